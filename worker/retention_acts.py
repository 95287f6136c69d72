"""What becomes of rows that are too old, and which chats are silent, owe nothing or are empty.

Whether something is too old says worker.retention_rules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from bot import copies, reminders, resting
from bot.channels import Account
from bot.clock import db_now
from bot.tables import (
    CaseRow,
    Chat,
    Copy,
    FindingsJob,
    InboundRow,
    Person,
    Photo,
    Rate,
    ReplyRow,
    Straggler,
    TalkJob,
    Turn,
)
from worker import chat_rows, effects

__all__ = [
    "Act",
    "blank_origins",
    "blank_states",
    "delete_chats",
    "deleted",
    "empty",
    "owes_nothing",
    "redact_old",
    "silent_since",
]

Act = Callable[[Connection, Sequence[Any]], object]


def deleted(key: InstrumentedAttribute[Any]) -> Act:
    """Rows of a table are deleted. key: its column that names them."""

    def act(connection: Connection, ids: Sequence[Any]) -> None:
        connection.execute(delete(key.class_).where(key.in_(ids)))

    return act


def owes_nothing() -> tuple[ColumnElement[bool], ...]:
    """Chats where nobody is at work and nobody waits for anything."""
    chat = Chat.id
    return (
        Chat.due_at.is_(None),
        Chat.send_due_at.is_(None),
        or_(Chat.turn_until.is_(None), Chat.turn_until < db_now()),
        or_(Chat.send_until.is_(None), Chat.send_until < db_now()),
        ~exists().where(InboundRow.chat_id == chat, InboundRow.state == "received"),
        ~exists().where(ReplyRow.chat_id == chat, ReplyRow.state.in_(("queued", "sending", "parked"))),
        ~exists().where(FindingsJob.chat_id == chat, FindingsJob.applied.is_(False)),
        ~exists().where(TalkJob.chat_id == chat, TalkJob.applied.is_(False)),
    )


def empty() -> tuple[ColumnElement[bool], ...]:
    """Chats of which no row is left that has an age of its own."""
    return (
        *owes_nothing(),
        ~exists().where(InboundRow.chat_id == Chat.id),
        ~exists().where(Photo.chat_id == Chat.id),
        ~exists().where(Straggler.chat_id == Chat.id),
        ~exists().where(or_(CaseRow.chat_id == Chat.id, CaseRow.patient_chat_id == Chat.id)),
        ~exists().where(Person.id == Chat.person_id, Person.active),
    )


def silent_since(before: ColumnElement[float]) -> ColumnElement[bool]:
    """Chats in which nobody has written since."""
    return func.coalesce(Chat.last_inbound_at, Chat.created_at) < before


def blank_states(connection: Connection, ids: Sequence[int]) -> None:
    """Of what a chat was about stays what is needed later (bot.resting)."""
    works = exists().where(Person.id == Chat.person_id, Person.active)
    for row in connection.execute(
        select(Chat.id, Chat.channel, Chat.account, Chat.state, works.label("works")).where(Chat.id.in_(ids))
    ).all():
        effects.drop_pending(connection, Account(row.channel, row.account), row.state)
        rest = resting.at_rest(row.state, works=row.works)
        connection.execute(update(Chat).where(Chat.id == row.id).values(state=rest, wake_at=None))
    reminders.forget(connection, ids)


def delete_chats(connection: Connection, ids: Sequence[int]) -> None:
    """With what hangs on them; what Twilio still holds of them is redacted, because afterwards nobody could ask for it."""
    for row in connection.execute(select(Chat.id, Chat.channel, Chat.account).where(Chat.id.in_(ids))).all():
        copies.hand_over(connection, row.id, Account(row.channel, row.account))
    chat_rows.forget(connection, ids)
    connection.execute(delete(Turn).where(Turn.chat_id.in_(ids)))
    # SQLite gives the number of a deleted chat to the next one: it must not inherit a pause.
    connection.execute(delete(Rate).where(Rate.scope.in_([f"chat:{i}" for i in ids])))
    connection.execute(delete(Chat).where(Chat.id.in_(ids)))


def redact_old(connection: Connection, ids: Sequence[str]) -> None:
    """What Twilio holds is redacted, for soon nobody can ask for it any more."""
    rows = connection.execute(
        select(Copy.chat_id, Copy.provider_id, Chat.channel, Chat.account)
        .join(Chat, Chat.id == Copy.chat_id)
        .where(Copy.provider_id.in_(ids))
    ).all()
    for row in rows:
        copies.forget(connection, Account(row.channel, row.account), "", row.provider_id)
    connection.execute(delete(Copy).where(Copy.provider_id.in_(ids)))


def blank_origins(connection: Connection, ids: Sequence[str]) -> None:
    """Where a photograph lies at the provider is forgotten."""
    connection.execute(update(Photo).where(Photo.id.in_(ids)).values(origin_ref="", origin_message=""))
