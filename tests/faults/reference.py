"""What each person must be told: the same code, in one thread, with nothing killed. The measure of all the rest."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import update

from bot import inbox, migrations
from bot.channels import Account, Channel, HttpRequest, RawUpdate, Received, Sent
from bot.channels.registry import build
from bot.clock import db_now
from bot.database import connect, transaction
from bot.media.vault import Vault
from bot.messages import Attachment, Inbound, Outgoing
from bot.queue import TURN
from bot.settings import Settings
from bot.tables import InboundRow, Rate
from tests.faults.people import Person, Photo, Say, photo_bytes, telegram_update
from tests.faults.stand_in import StandIn
from worker.engine import Engine
from worker.inline import Inline
from worker.parts import Parts

__all__ = ["expected"]


@dataclass
class Listening:
    """A real adapter that parses, while photographs come from the script and messages are only noted."""

    adapter: Channel
    photos: dict[str, bytes] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def receive(self, request: HttpRequest) -> Received:
        return self.adapter.receive(request)

    def parse(self, payload: str) -> Inbound:
        return self.adapter.parse(payload)

    def fetch(self, attachment: Attachment) -> bytes:
        return self.photos[attachment.ref]

    def send(self, outgoing: Outgoing) -> Sent:
        self.said.append(outgoing.text)
        return Sent(f"n{len(self.said)}")

    def typing(self, address: str, reply_context: str) -> None:
        pass

    def forget(self, attachment: Attachment) -> None:
        pass


def expected(crowd: Sequence[Person], env: dict[str, str]) -> dict[str, list[list[str]]]:
    """For every address, the texts of every step of its script, in order."""
    told = {}
    # The parts of a script that are alike are answered alike: one run a kind of script and channel.
    for person in crowd:
        told[person.address] = _one(person, env)
    return told


def _one(person: Person, env: dict[str, str]) -> list[list[str]]:
    with tempfile.TemporaryDirectory(prefix="ngozi-reference-") as home:
        settings = Settings.read(
            {
                **env,
                "NGOZI_HOME": home,
                "NGOZI_BROKER_URL": "memory://",
                "NGOZI_DATABASE_URL": "",
                "NGOZI_MEDIA_URL": "",
                "NGOZI_SPOOL": "",
            }
        )
        engine = connect(settings.database_url, keys=settings.master_keys)
        migrations.upgrade(engine)
        account = Account(person.channel, "main")
        vault = Vault(settings.media_url, settings.master_keys)
        adapters = build(settings, engine, vault)
        listening = Listening(adapters[account])
        wake = Inline()
        wake.parts = Parts(settings, engine, {account: listening}, vault, wake)
        wake.engine = Engine(wake.parts, StandIn)
        steps = []
        count = 0
        for step in person.script:
            before = len(listening.said)
            chats: set[int] = set()
            for said in step:
                count += 1
                chats.update(inbox.receive(engine, account, [_raw(person, said, count, listening)]))
            with transaction(engine) as connection:
                connection.execute(update(InboundRow).values(settle_until=db_now() - 1))
                connection.execute(update(Rate).values(free_at=0.0))
            for chat in chats:
                wake(TURN, chat)
            wake.run()
            while _unpaced(wake, chats):
                pass
            steps.append(listening.said[before:])
        engine.dispose()
        for adapter in adapters.values():
            close = getattr(adapter, "close", None)
            if close is not None:
                close()
        return steps


def _unpaced(wake: Inline, chats: set[int]) -> bool:
    """Sends what the pace of the channel held back; True while there was something."""
    from bot import outbox
    from bot.queue import DELIVER
    from bot.tables import Chat, ReplyRow

    with transaction(wake.parts.engine) as connection:
        connection.execute(update(Rate).values(free_at=0.0))
        connection.execute(update(ReplyRow).values(next_try_at=None))
        connection.execute(update(Chat).where(Chat.send_due_at.is_not(None)).values(send_due_at=db_now() - 1))
        waiting = [c for c in outbox.chats_with_work(connection, 100) if c in chats]
    for chat in waiting:
        wake(DELIVER, chat)
    wake.run()
    return bool(waiting)


def _raw(person: Person, said: Say | Photo, number: int, listening: Listening) -> RawUpdate:
    if person.channel == "telegram":
        body = telegram_update(person, said, number) | {"update_id": number}
        if isinstance(said, Photo):
            listening.photos[body["message"]["photo"][0]["file_id"]] = photo_bytes(said)
        album = said.album if isinstance(said, Photo) else ""
        return RawUpdate(str(number), person.address, json.dumps(body), number, album)
    form = {
        "MessageSid": f"SM{number:032d}",
        "From": person.address,
        "To": "whatsapp:+15550100",
        "Body": said.text if isinstance(said, Say) else "",
        "NumMedia": "0",
    }
    if isinstance(said, Photo):
        url = f"https://api.twilio.com/photo/{number}"
        listening.photos[url] = photo_bytes(said)
        form |= {"NumMedia": "1", "MediaUrl0": url, "MediaContentType0": "image/jpeg"}
    return RawUpdate(
        form["MessageSid"], person.address, json.dumps(form), None, "burst" if isinstance(said, Photo) else ""
    )
