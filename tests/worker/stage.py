"""A stage for worker tests: a real database and vault, and one scripted channel in place of a platform."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, insert, select, update

from bot import outbox
from bot.channels import Account, HttpRequest, MediaFailed, Received, SendFailed, Sent
from bot.clock import db_now
from bot.database import transaction
from bot.media.vault import Vault
from bot.messages import Attachment, Inbound, Outgoing, Reply, Text
from bot.settings import Settings
from bot.tables import Chat, InboundRow, ReplyRow
from tests.conftest import KEYS
from worker.parts import Parts


@dataclass
class ScriptedChannel:
    """A channel that records, and answers as told: `script` holds failures, taken one a send."""

    sent: list[Outgoing] = field(default_factory=list)
    script: list[SendFailed | None] = field(default_factory=list)
    photos: dict[str, bytes | MediaFailed] = field(default_factory=dict)
    forgotten: list[Attachment] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    on_fetch: Callable[[Attachment], None] = lambda _: None

    def receive(self, request: HttpRequest) -> Received:
        raise NotImplementedError

    def parse(self, payload: str) -> Inbound:
        data = json.loads(payload)
        data["attachments"] = tuple(Attachment(**a) for a in data.get("attachments", ()))
        if data.get("recording"):
            data["recording"] = Attachment(**data["recording"])
        return Inbound(**data)

    def fetch(self, attachment: Attachment) -> bytes:
        self.on_fetch(attachment)
        found = self.photos[attachment.ref]
        if isinstance(found, MediaFailed):
            raise found
        return found

    def send(self, outgoing: Outgoing) -> Sent:
        failure = self.script.pop(0) if self.script else None
        if failure is not None:
            raise failure
        self.sent.append(outgoing)
        return Sent(f"P{len(self.sent)}")

    def typing(self, address: str, reply_context: str) -> None:
        self.typed.append(address)

    def forget(self, attachment: Attachment) -> None:
        self.forgotten.append(attachment)


@dataclass
class Wakes:
    """Wake-ups, recorded instead of sent."""

    calls: list[tuple[str, int, float]] = field(default_factory=list)

    def __call__(self, task: str, row_id: int, after_s: float = 0.0) -> None:
        self.calls.append((task, row_id, after_s))


@dataclass
class Stage:
    """What a worker test works with. reads: who types has read what was queued for them (see `read`)."""

    parts: Parts
    channel: ScriptedChannel
    wakes: Wakes
    account: Account
    reads: bool = True

    @property
    def engine(self) -> Engine:
        return self.parts.engine

    def chat(self, address: str = "c1") -> int:
        """A chat on the scripted channel."""
        with transaction(self.engine) as connection:
            return int(
                connection.execute(
                    insert(Chat)
                    .values(
                        channel=self.account.channel,
                        account=self.account.name,
                        address=address,
                        created_at=db_now(),
                        last_inbound_at=db_now(),
                        stopped=False,
                        turns=0,
                    )
                    .returning(Chat.id)
                ).scalar_one()
            )

    def say(self, chat_id: int, *ids: str) -> None:
        """Queues one reply a message id."""
        with transaction(self.engine) as connection:
            for name in ids:
                outbox.queue(connection, chat_id, 1, [Reply((Text(name),))], "en")

    def read(self, chat_id: int) -> None:
        """A question in line that was never tried has arrived: somebody who answers has read it."""
        if not self.reads:
            return
        untried = (ReplyRow.state == "queued", ReplyRow.first_tried_at.is_(None), ReplyRow.attempts == 0)
        with transaction(self.engine) as connection:
            waiting = connection.execute(
                select(ReplyRow.id, ReplyRow.texts).where(ReplyRow.chat_id == chat_id, *untried)
            ).all()
            asked = [row.id for row in waiting if row.texts.get("choices")]
            connection.execute(update(ReplyRow).where(ReplyRow.id.in_(asked)).values(state="sent"))

    def replies(self) -> list[ReplyRow]:
        with transaction(self.engine) as connection:
            return list(connection.execute(select(ReplyRow).order_by(ReplyRow.id)).all())  # type: ignore[arg-type]

    def pass_time(self, seconds: float) -> None:
        """Moves every due time and lease into the past by so much."""
        with transaction(self.engine) as connection:
            connection.execute(
                update(ReplyRow).values(
                    next_try_at=ReplyRow.next_try_at - seconds, created_at=ReplyRow.created_at - seconds
                )
            )
            connection.execute(
                update(Chat).values(
                    send_until=Chat.send_until - seconds,
                    turn_until=Chat.turn_until - seconds,
                    send_due_at=Chat.send_due_at - seconds,
                )
            )
            connection.execute(update(InboundRow).values(settle_until=InboundRow.settle_until - seconds))
            for statement in (
                "update rates set free_at = free_at - :s",
                "update breakers set open_until = open_until - :s",
            ):
                connection.exec_driver_sql(statement.replace(":s", str(float(seconds))))


@contextmanager
def stage(
    engine: Engine, folder: Path, channel: str = "telegram", env: Mapping[str, str] | None = None
) -> Iterator[Stage]:
    """A stage on a migrated database."""
    (folder / "home").mkdir(mode=0o700, parents=True, exist_ok=True)
    key = folder / "home" / "secret_key"
    key.touch(0o600)
    key.write_text(base64.b64encode(KEYS[1]).decode())
    settings = Settings.read(
        {
            "NGOZI_HOME": str(folder / "home"),
            "NGOZI_ALLOW_UNREVIEWED": "1",
            "NGOZI_WORDS": "0",
            "NGOZI_LISTEN": "0",
            **(env or {}),
        }
    )
    scripted, wakes, account = ScriptedChannel(), Wakes(), Account(channel, "main")
    vault = Vault(settings.media_url, settings.master_keys)
    yield Stage(Parts(settings, engine, {account: scripted}, vault, wakes), scripted, wakes, account)
