"""What is shown in the web chat: one row a message, in both directions, numbered within its chat.

The number grows without a gap that could fill later: it is taken as max + 1 under a unique constraint, so a
reader that has seen number n has seen everything before it (a sequence of the database does not promise that:
its numbers may be committed out of order, and a page that asks for 'after 6' would lose 5 for good).
A chat that has no row starts at the clock's milliseconds, so that numbers go on growing after an erasure
without anything of the erased chat being kept.

payload   not null: put down, not yet known to be accepted by the inbox: not shown; the page tries again under
          the same id.  null: accepted (direction 'in'), or ours ('out')
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Index,
    String,
    Text,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from bot.channels.webchat import refs
from bot.clock import db_now
from bot.database import transaction
from bot.messages import Outgoing
from bot.tables import Base, Chat, FindingsJob

__all__ = ["Kept", "Line", "Pulse", "SqlWebChatStore", "WebchatMessage", "erase_rows"]

_TRIES = 8


class WebchatMessage(Base):
    """One message of a web chat. photos: how many came with it; their bytes lie in the vault only.

    medium: what of ours is seen or heard with it: {"kind", "ref"}; ref: the id of a photograph or recording, or a handle.
    A message of the person that was spoken has the kind 'spoken' and no ref: the page does not play it again.
    """

    __tablename__ = "webchat_messages"
    address: Mapped[str] = mapped_column(String(64), primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    direction: Mapped[str] = mapped_column(String(3))
    uuid: Mapped[str] = mapped_column(String(48))
    text: Mapped[str] = mapped_column(Text)
    choices: Mapped[list[Any]]
    language: Mapped[str] = mapped_column(String(16), default="")
    photos: Mapped[int] = mapped_column(default=0)
    payload: Mapped[str | None] = mapped_column(Text)
    medium: Mapped[dict[str, Any] | None]
    created_at: Mapped[float]
    __table_args__ = (
        UniqueConstraint("address", "direction", "uuid"),
        Index("ix_webchat_messages_created_at", "created_at"),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One message as the page shows it. choices: (code, label). at: epoch seconds."""

    n: int
    direction: Literal["in", "out"]
    uuid: str
    text: str
    choices: tuple[tuple[str, str], ...]
    language: str
    photos: int
    at: float
    medium: Literal["", "photo", "voice", "recording", "spoken"] = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A message of the person as it was put down. payload: what the inbox has yet to accept, or None."""

    n: int
    payload: str | None


@dataclass(frozen=True, slots=True)
class Pulse:
    """How a chat stands. latest, first: newest and oldest number shown, 0 where the chat is empty."""

    latest: int = 0
    first: int = 0
    state: Literal["idle", "received", "looking"] = "idle"


class SqlWebChatStore:
    """The web chat's messages in the database. Every call is short and makes its own transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, outgoing: Outgoing) -> None:
        """Puts one of our messages down; the same id a second time changes nothing."""
        self._add(
            address=outgoing.address,
            direction="out",
            uuid=outgoing.id,
            text=outgoing.text,
            choices=[list(choice) for choice in outgoing.choices],
            language=outgoing.language,
            photos=0,
            payload=None,
            medium=None
            if outgoing.medium is None
            else {"kind": outgoing.medium.kind, "ref": outgoing.medium.ref},
        )

    def medium(self, address: str, uuid: str) -> tuple[str, str] | None:
        """(kind, ref) of what is seen or heard with our message of this id in this chat, or None."""
        with self._reading() as connection:
            found = connection.scalar(
                select(WebchatMessage.medium).where(
                    WebchatMessage.address == address,
                    WebchatMessage.direction == "out",
                    WebchatMessage.uuid == uuid,
                )
            )
        return None if not found else (str(found["kind"]), str(found["ref"]))

    def keep(
        self,
        address: str,
        uuid: str,
        text: str,
        photos: int,
        payload: str,
        choice: str = "",
        *,
        spoken: bool = False,
    ) -> Kept:
        """Puts a message of the person down; where its id is known: what was put down then."""
        return self._add(
            address=address,
            direction="in",
            uuid=uuid,
            text=text,
            choices=[[choice, text]] if choice else [],
            language="",
            photos=photos,
            payload=payload,
            medium={"kind": "spoken", "ref": ""} if spoken else None,
        )

    def kept(self, address: str, uuid: str) -> Kept | None:
        """The person's message of this id, or None."""
        with self._reading() as connection:
            return _find(connection, address, "in", uuid)

    def accepted(self, address: str, uuid: str) -> None:
        """Marks the person's message as accepted by the inbox: from now on it is shown."""
        with transaction(self._engine) as connection:
            connection.execute(
                update(WebchatMessage)
                .where(
                    WebchatMessage.address == address,
                    WebchatMessage.direction == "in",
                    WebchatMessage.uuid == uuid,
                )
                .values(payload=None)
            )

    def after(self, address: str, n: int, limit: int = 200) -> list[Line]:
        """The messages of a chat with a number above n, oldest first, at most `limit`."""
        with self._reading() as connection:
            rows = connection.execute(
                select(WebchatMessage.__table__)
                .where(
                    WebchatMessage.address == address, WebchatMessage.n > n, WebchatMessage.payload.is_(None)
                )
                .order_by(WebchatMessage.n)
                .limit(limit)
            ).all()
        return [
            Line(
                n=row.n,
                direction="out" if row.direction == "out" else "in",
                uuid=row.uuid,
                text=row.text,
                choices=tuple((str(code), str(label)) for code, label in row.choices),
                language=row.language,
                photos=row.photos,
                at=row.created_at,
                medium=row.medium["kind"] if row.medium else "",
            )
            for row in rows
        ]

    def label(self, address: str, choice: str) -> str | None:
        """The words on the button `choice` as last offered in this chat, or None where it never was."""
        with self._reading() as connection:
            rows = connection.scalars(
                select(WebchatMessage.choices)
                .where(WebchatMessage.address == address, WebchatMessage.direction == "out")
                .order_by(WebchatMessage.n.desc())
                .limit(50)
            )
            for choices in rows:
                for code, label in choices:
                    if code == choice:
                        return str(label)
        return None

    def language(self, address: str) -> str | None:
        """The language that we last spoke in this chat, or None where we have not spoken yet."""
        with self._reading() as connection:
            language: str | None = connection.scalar(
                select(WebchatMessage.language)
                .where(WebchatMessage.address == address, WebchatMessage.direction == "out")
                .order_by(WebchatMessage.n.desc())
                .limit(1)
            )
            return language

    def state(self, account: str, address: str) -> str | None:
        """Where the conversation of this chat stands, as it is stored; None where there is none yet."""
        with self._reading() as connection:
            found: str | None = connection.scalar(
                select(Chat.state).where(
                    Chat.channel == "webchat", Chat.account == account, Chat.address == address
                )
            )
            return found

    def pulses(self, addresses: Sequence[str]) -> dict[str, Pulse]:
        """How each of these chats stands; one read for all of them, so that waiting pages stay cheap."""
        found: dict[str, Pulse] = {address: Pulse() for address in addresses}
        with self._reading() as connection:
            for start in range(0, len(addresses), 500):
                some = addresses[start : start + 500]
                looking = set(connection.scalars(_looking(some)))
                bounds = (
                    select(
                        WebchatMessage.address,
                        func.max(WebchatMessage.n).label("latest"),
                        func.min(WebchatMessage.n).label("first"),
                    )
                    .where(WebchatMessage.address.in_(some), WebchatMessage.payload.is_(None))
                    .group_by(WebchatMessage.address)
                    .subquery()
                )
                rows = connection.execute(
                    select(bounds, WebchatMessage.direction).join(
                        WebchatMessage,
                        (WebchatMessage.address == bounds.c.address) & (WebchatMessage.n == bounds.c.latest),
                    )
                )
                for address, latest, first, direction in rows:
                    state: Literal["idle", "received", "looking"] = (
                        "received" if direction == "in" else "idle"
                    )
                    found[address] = Pulse(latest, first, "looking" if address in looking else state)
        return found

    def erase(self, address: str) -> tuple[str, ...]:
        """Erases everything shown in a chat; the vault handles that must be forgotten with it."""
        with transaction(self._engine) as connection:
            return erase_rows(connection, address)

    def sweep(self, shown_before: float, unaccepted_before: float) -> tuple[str, ...]:
        """Erases what is too old (epoch seconds); the vault handles of messages that were never accepted."""
        with transaction(self._engine) as connection:
            never = (WebchatMessage.payload.is_not(None)) & (WebchatMessage.created_at < unaccepted_before)
            found = _refs(connection.scalars(select(WebchatMessage.payload).where(never)))
            connection.execute(delete(WebchatMessage).where(never))
            connection.execute(
                delete(WebchatMessage).where(
                    WebchatMessage.payload.is_(None), WebchatMessage.created_at < shown_before
                )
            )
        return found

    def _add(self, **values: Any) -> Kept:
        for last in (*([False] * (_TRIES - 1)), True):
            try:
                with transaction(self._engine) as connection:
                    known = _find(connection, values["address"], values["direction"], values["uuid"])
                    if known is not None:
                        return known
                    now = connection.scalar(select(db_now())) or 0.0
                    top = connection.scalar(
                        select(func.max(WebchatMessage.n)).where(WebchatMessage.address == values["address"])
                    )
                    n = int(now * 1000) if top is None else top + 1
                    connection.execute(insert(WebchatMessage).values(n=n, created_at=now, **values))
                return Kept(n, values["payload"])
            except IntegrityError:
                # Another process took this number, or put this very message down, at the same moment.
                if last:
                    raise
        raise AssertionError("unreachable")

    def _reading(self) -> Any:
        # `read_only` lets the engine begin without SQLite's write lock (see bot.database).
        return self._engine.connect().execution_options(read_only=True)


def erase_rows(connection: Connection, address: str) -> tuple[str, ...]:
    """Erases a chat's rows in the caller's transaction; the vault handles to be forgotten with it."""
    found = _refs(
        connection.scalars(
            select(WebchatMessage.payload).where(
                WebchatMessage.address == address, WebchatMessage.payload.is_not(None)
            )
        )
    )
    connection.execute(delete(WebchatMessage).where(WebchatMessage.address == address))
    return found


def _refs(payloads: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(ref for payload in payloads if payload for ref in refs(json.loads(payload)))


def _find(connection: Connection, address: str, direction: str, uuid: str) -> Kept | None:
    row = connection.execute(
        select(WebchatMessage.n, WebchatMessage.payload).where(
            WebchatMessage.address == address,
            WebchatMessage.direction == direction,
            WebchatMessage.uuid == uuid,
        )
    ).one_or_none()
    return None if row is None else Kept(row.n, row.payload)


def _looking(addresses: Sequence[str]) -> Any:
    """The addresses for which findings are wanted, or there but not told yet."""
    return (
        select(Chat.address)
        .join(FindingsJob, FindingsJob.chat_id == Chat.id)
        .where(
            Chat.channel == "webchat",
            Chat.address.in_(addresses),
            (FindingsJob.state == "wanted") | ((FindingsJob.state == "done") & ~FindingsJob.applied),
        )
        .distinct()
    )
