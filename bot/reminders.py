"""Questions that are asked later about a case: rows with a due time, asked at most once. The only writer of `reminders`.

The row is the truth: the sweep wakes a chat that has one due, its turn takes it, and the row's end is written in the
transaction that writes the chat's state and the question. In quiet hours none is due; what is due waits for the morning.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Connection, delete, or_, select, update

from bot.clinical.follow_up import Kind
from bot.clock import db_now
from bot.conversation.events import Remind
from bot.database import insert_for
from bot.durations import DAY_S
from bot.quiet_hours import QuietHours
from bot.tables import Chat, Reminder

__all__ = ["Due", "close", "drop", "due", "forget", "overdue", "put_off", "write"]

PUT_OFF_S = 3600.0


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder whose time has come."""

    id: int
    case_version: int
    kind: Kind
    number: int


def write(connection: Connection, chat_id: int, wanted: Remind, quiet: QuietHours) -> None:
    """What is asked of the chat later is this and nothing else; what was wanted before is dropped.

    Times count from now, by the database's clock, and are moved out of the quiet hours.
    """
    drop(connection, chat_id)
    began: float = connection.execute(select(db_now())).scalar_one()
    for one in wanted.asks:
        connection.execute(
            insert_for(connection)(Reminder).values(
                chat_id=chat_id,
                case_version=wanted.case_version,
                kind=one.kind,
                number=one.number,
                due_at=quiet.over(began + one.days * DAY_S),
                state="wanted",
                created_at=began,
            )
        )


def due(connection: Connection, chat_id: int, quiet: QuietHours) -> Due | None:
    """The chat's reminder whose time has come; the last of several, because one question is asked and not two."""
    row = connection.execute(
        select(Reminder.id, Reminder.case_version, Reminder.kind, Reminder.number)
        .where(Reminder.chat_id == chat_id, Reminder.state == "wanted", Reminder.due_at <= db_now())
        .order_by(Reminder.due_at.desc(), Reminder.id.desc())
        .limit(1)
    ).first()
    if row is None or _is_quiet(connection, quiet):
        return None
    return Due(row.id, row.case_version, cast(Kind, row.kind), row.number)


def close(connection: Connection, chat_id: int, reminder_id: int, *, asked: bool) -> None:
    """The turn has used the row; earlier ones of the chat go unasked."""
    connection.execute(
        update(Reminder)
        .where(Reminder.id == reminder_id, Reminder.state == "wanted")
        .values(state="asked" if asked else "dropped")
    )
    connection.execute(
        update(Reminder)
        .where(Reminder.chat_id == chat_id, Reminder.state == "wanted", Reminder.due_at <= db_now())
        .values(state="dropped")
    )


def put_off(connection: Connection, reminder_id: int) -> None:
    """The row stays wanted, and is due again in an hour: the person is being asked something else just now."""
    connection.execute(
        update(Reminder)
        .where(Reminder.id == reminder_id, Reminder.state == "wanted")
        .values(due_at=db_now() + PUT_OFF_S)
    )


def drop(connection: Connection, chat_id: int, but: Collection[int] = ()) -> None:
    """Nothing is asked later of the chat's cases; but: of no version but these."""
    of = [Reminder.chat_id == chat_id, Reminder.state == "wanted"]
    if but:
        of.append(Reminder.case_version.not_in(but))
    connection.execute(update(Reminder).where(*of).values(state="dropped"))


def forget(connection: Connection, chat_ids: Sequence[int]) -> None:
    """Deletes all rows of these chats."""
    connection.execute(delete(Reminder).where(Reminder.chat_id.in_(chat_ids)))


def overdue(connection: Connection, quiet: QuietHours, limit: int) -> list[int]:
    """Chats with a reminder that is due and that nobody holds."""
    if _is_quiet(connection, quiet):
        return []
    return list(
        connection.execute(
            select(Reminder.chat_id)
            .join(Chat, Chat.id == Reminder.chat_id)
            .where(
                Reminder.state == "wanted",
                Reminder.due_at <= db_now(),
                or_(Chat.turn_until.is_(None), Chat.turn_until < db_now()),
            )
            .group_by(Reminder.chat_id)
            .limit(limit)
        ).scalars()
    )


def _is_quiet(connection: Connection, quiet: QuietHours) -> bool:
    return quiet.holds(connection.execute(select(db_now())).scalar_one())
