"""A health worker's summary that comes by itself on Monday morning: one row a worker, with the time of the next one.

The row is the truth: the sweep wakes the chat of whoever is due, its turn takes the row, and the row moves on to the next Monday
in the transaction that writes the summary. So there is one a week, however many processes try. In quiet hours none is due. The
only writer of `weekly_summaries`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, or_, select, update

from bot import people
from bot.clock import db_now
from bot.database import insert_for
from bot.durations import DAY_S
from bot.errors import LeaseLost
from bot.quiet_hours import QuietHours
from bot.tables import Chat, Person, WeeklySummary

__all__ = ["LATE_S", "Due", "done", "due", "next_after", "overdue", "plan", "switch", "to_plan"]

# By the clock on the wall; later where it is quiet then.
MORNING = 7
# One that could not be sent for so long is left out: the next one says what is so by then.
LATE_S = 3 * DAY_S


@dataclass(frozen=True, slots=True)
class Due:
    """A worker's summary whose time has come. at: epoch s, as it stands in the row."""

    person_id: int
    at: float


def next_after(at: float, quiet: QuietHours) -> float:
    """The next Monday morning after a time, out of the quiet hours; both epoch s, by the deployment's time zone."""
    local = datetime.fromtimestamp(at, quiet.zone).date()
    monday = local - timedelta(days=local.weekday())
    while (due_at := _morning(monday, quiet)) <= at:
        monday += timedelta(days=7)
    return due_at


def _morning(day: date, quiet: QuietHours) -> float:
    return quiet.over(datetime(day.year, day.month, day.day, MORNING, tzinfo=quiet.zone).timestamp())


def to_plan(connection: Connection) -> list[int]:
    """Active health workers without a row, and those whose summary is so late that it is left out; by number."""
    late = WeeklySummary.wanted & (WeeklySummary.due_at <= db_now() - LATE_S)
    return list(
        connection.execute(
            select(Person.id)
            .outerjoin(WeeklySummary, WeeklySummary.person_id == Person.id)
            .where(Person.role == "chw", Person.active, or_(WeeklySummary.person_id.is_(None), late))
            .order_by(Person.id)
        ).scalars()
    )


def plan(connection: Connection, person_ids: Sequence[int], quiet: QuietHours) -> None:
    """The next Monday for these of `to_plan`; what another process has planned meanwhile stays."""
    at = next_after(_now(connection), quiet)
    for person_id in person_ids:
        connection.execute(
            insert_for(connection)(WeeklySummary)
            .values(person_id=person_id, due_at=at, wanted=True)
            .on_conflict_do_update(
                index_elements=["person_id"],
                set_={"due_at": at},
                where=WeeklySummary.due_at <= db_now() - LATE_S,
            )
        )


def overdue(connection: Connection, quiet: QuietHours, limit: int) -> list[int]:
    """Chats of workers whose summary is due, one a worker (`people.chat_of`), where nobody holds it."""
    if limit <= 0 or quiet.holds(_now(connection)):
        return []
    free = or_(Chat.turn_until.is_(None), Chat.turn_until < db_now()).label("free")
    rows = connection.execute(
        select(Chat.id, Chat.person_id, free)
        .join(Person, Person.id == Chat.person_id)
        .join(WeeklySummary, WeeklySummary.person_id == Person.id)
        .where(
            WeeklySummary.wanted,
            WeeklySummary.due_at <= db_now(),
            Person.role == "chw",
            Person.active,
            Chat.stopped.is_(False),
            people.talks(),
        )
        .order_by(Chat.person_id, func.coalesce(Chat.last_inbound_at, Chat.created_at).desc(), Chat.id.desc())
    ).all()
    # Of each worker the chat they wrote in last.
    last = {row.person_id: row for row in reversed(rows)}
    return [row.id for row in last.values() if row.free][:limit]


def due(connection: Connection, chat_id: int, person_id: int, quiet: QuietHours) -> Due | None:
    """The worker's summary if it is to be told now, and in this chat; else None."""
    at = connection.execute(
        select(WeeklySummary.due_at).where(
            WeeklySummary.person_id == person_id, WeeklySummary.wanted, WeeklySummary.due_at <= db_now()
        )
    ).scalar_one_or_none()
    if at is None or quiet.holds(_now(connection)) or people.chat_of(connection, person_id) != chat_id:
        return None
    return Due(person_id, at)


def done(connection: Connection, due: Due, quiet: QuietHours) -> None:
    """This week's was told, or there was nothing to tell: the next is due on Monday. Raises LeaseLost where another did it."""
    moved = connection.execute(
        update(WeeklySummary)
        .where(WeeklySummary.person_id == due.person_id, WeeklySummary.due_at == due.at)
        .values(due_at=next_after(max(_now(connection), due.at), quiet))
    )
    if moved.rowcount != 1:
        raise LeaseLost(f"the summary of person {due.person_id} was told by another turn")


def switch(connection: Connection, person_id: int, wanted: bool, quiet: QuietHours) -> None:
    """Whether the worker wants it to come by itself, in whichever of their chats they said so."""
    at = next_after(_now(connection), quiet)
    connection.execute(
        insert_for(connection)(WeeklySummary)
        .values(person_id=person_id, due_at=at, wanted=wanted)
        .on_conflict_do_update(index_elements=["person_id"], set_={"due_at": at, "wanted": wanted})
    )


def _now(connection: Connection) -> float:
    return float(connection.execute(select(db_now())).scalar_one())
