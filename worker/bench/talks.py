"""People who talk with Ngozi as fast as it answers, and the sink that its replies end in.

They press what somebody with nothing alarming would press, out of what is offered: a changed conversation changes
their way, not this file.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.channels import HttpRequest, RawUpdate, Received, Sent, webchat
from bot.channels.webchat import WebChat
from bot.clock import now
from bot.media.drawn import LESIONS, draw
from bot.messages import Attachment, Inbound, Outgoing
from worker.trial import choose

__all__ = ["PHOTO_SIDE_PX", "Sink", "Talk", "drawn_photos"]

# The long side of what Telegram makes of a photograph.
PHOTO_SIDE_PX = 1280
PHOTOS = 12


def drawn_photos() -> list[bytes]:
    """PHOTOS different drawn photographs as JPEG: all skin types, all kinds of spot."""
    made = []
    for seed in range(PHOTOS):
        buffer = io.BytesIO()
        picture = draw(1 + seed % 6, LESIONS[(seed + seed // 6) % len(LESIONS)], PHOTO_SIDE_PX, seed)
        picture.save(buffer, "JPEG", quality=85)
        made.append(buffer.getvalue())
    return made


@dataclass
class Sink:
    """The web chat's adapter, whose photographs come from memory and whose messages go to `told`."""

    adapter: WebChat
    photos: list[bytes]
    told: Callable[[Outgoing], None]

    def receive(self, request: HttpRequest) -> Received:
        """Nothing: updates are given to the inbox."""
        return self.adapter.receive(request)

    def parse(self, payload: str) -> Inbound:
        """As the real one."""
        return self.adapter.parse(payload)

    def fetch(self, attachment: Attachment) -> bytes:
        """The photograph with that number."""
        return self.photos[int(attachment.ref) % len(self.photos)]

    def send(self, outgoing: Outgoing) -> Sent:
        """Tells the person."""
        self.told(outgoing)
        return Sent(outgoing.id)

    def typing(self, address: str, reply_context: str) -> None:
        """Nothing."""

    def forget(self, attachment: Attachment) -> None:
        """Nothing."""


@dataclass
class Talk:
    """One person: a photograph, the answers, findings, one question of the menu. Times are of this process's clock.

    waits_ms: from each message to the reply that ends its turn. photo_ms, think_ms: of the photograph's turn, and from the
    last answer to the findings; None until then.
    """

    number: int
    address: str = field(default_factory=lambda: webchat.address_of(webchat.new_secret()) or "")
    sent: int = 0
    heard: int = 0
    finished: bool = False
    waits_ms: list[float] = field(default_factory=list)
    photo_ms: float | None = None
    think_ms: float | None = None
    _sent_at: float = 0.0
    _asked: bool = False

    def begin(self) -> RawUpdate:
        """The photograph, with which they begin."""
        photo = {"ref": str(self.number), "mime": "image/jpeg", "size": 100_000}
        return self._say(photos=[photo])

    def hear(self, outgoing: Outgoing) -> RawUpdate | None:
        """What they say to it; None where it asks nothing or they have done."""
        self.heard += 1
        offered = dict(outgoing.choices)
        if not offered or self.finished:
            return None
        wait_ms = (time.perf_counter() - self._sent_at) * 1000
        self.waits_ms.append(wait_ms)
        menu = [c for c in offered if c.startswith("menu.") and c != "menu.new"]
        if self.sent == 1:
            self.photo_ms = wait_ms
        if menu:
            if self._asked:
                self.finished = True
                return None
            self.think_ms = wait_ms
            self._asked = True
            return self._say(choice=menu[0])
        return self._say(choice=choose(offered, {"language": "en"}))

    def _say(self, choice: str = "", photos: list[dict[str, object]] | None = None) -> RawUpdate:
        self.sent += 1
        update = webchat.update(
            self.address,
            f"bench-{self.sent:06d}",
            choice=choice,
            photos=photos or (),
            language_hint="en",
            at=now(),
        )
        self._sent_at = time.perf_counter()
        return update
