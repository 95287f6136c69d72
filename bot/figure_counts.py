"""Figures of the plots: how many rows of `figures` and of cases there are of something by day or week, and of how many people.

What may be shown of them: bot.small_groups. Statements are made once: making them anew for each page took longer than a
third of its time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Connection,
    Double,
    Integer,
    Select,
    String,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.orm import aliased

from bot.durations import DAY_S, HOUR_S
from bot.tables import CaseRow, Chat, Figure, Person

__all__ = ["ANSWERED", "OUTCOMES", "PEOPLE_UP_TO", "Cell", "Key", "answers", "outcomes", "per", "per_week"]

# How long a case waited for a clinician's answer: up to so many seconds.
_UP_TO = (("hour", HOUR_S), ("four", 4 * HOUR_S), ("day", DAY_S), ("three", 3 * DAY_S))

ANSWERED = (*(name for name, _ in _UP_TO), "longer", "waiting")

OUTCOMES = ("seen", "better", "referred", "lost", "died", "other")

Key = Literal["urgency", "code", "place_id"]

# Whether a group is of fewer than five people is all that is asked.
PEOPLE_UP_TO = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """How many there are of something, and of how many people, PEOPLE_UP_TO for more."""

    count: int
    people: int


def per(
    connection: Connection, kind: Literal["case", "photo"], key: Literal["day", "week"], first: int, last: int
) -> dict[int, Cell]:
    """Counts by day or week from day `first` to day `last`. A week is named by its Monday."""
    rows = connection.execute(_of_days(key), {"kind": kind, "first": first, "last": last}).all()
    return {day: Cell(count, min(people, PEOPLE_UP_TO)) for day, count, people in rows}


def per_week(
    connection: Connection, kind: Literal["case", "photo"], key: Key, first: int, last: int
) -> dict[int, dict[str, Cell]]:
    """Counts by week (named by its Monday) and a key, from day `first`, a Monday, to day `last`, a Sunday."""
    return _cells(connection, _of_figures(key), {"kind": kind, "first": first, "last": last})


def answers(connection: Connection, weeks: Sequence[float]) -> dict[int, dict[str, Cell]]:
    """Cases that were sent to a clinician, by the number of the week and how long the answer took (ANSWERED).

    weeks: when each begins (epoch s), and last when the last one ends.
    """
    return _cells(connection, _of_answers(len(weeks) - 1), _bounds(weeks))


def outcomes(connection: Connection, weeks: Sequence[float]) -> dict[int, dict[str, Cell]]:
    """Cases that were closed, by the number of the week and what became of the patient. weeks: as for `answers`."""
    return _cells(connection, _of_outcomes(len(weeks) - 1), _bounds(weeks))


def _bounds(weeks: Sequence[float]) -> dict[str, float]:
    return {f"week{n}": at for n, at in enumerate(weeks)}


def _cells(
    connection: Connection, asked: Select[Any, Any, Any, Any], values: Mapping[str, object]
) -> dict[int, dict[str, Cell]]:
    found: dict[int, dict[str, Cell]] = {}
    for week, key, count, people in connection.execute(asked, values).all():
        found.setdefault(int(week), {})[key] = Cell(int(count), min(people, PEOPLE_UP_TO))
    return found


def _within(table: type[Figure]) -> tuple[ColumnElement[bool], ...]:
    return (
        table.kind == bindparam("kind"),
        table.day >= bindparam("first"),
        table.day <= bindparam("last"),
    )


@cache
def _of_days(key: Literal["day", "week"]) -> Select[Any, Any, Any]:
    day = (Figure.day if key == "day" else _monday(Figure.day)).label("key")
    return select(day, func.count(), func.count(Figure.who.distinct())).where(*_within(Figure)).group_by(day)


@cache
def _of_figures(key: Key) -> Select[Any, Any, Any, Any]:
    if key == "place_id":
        # Of many places each is found too rarely for stopping at five to pay.
        week = _monday(Figure.day).label("week")
        return (
            select(week, Figure.place_id, func.count(), func.count(Figure.who.distinct()))
            .where(*_within(Figure))
            .group_by(week, Figure.place_id)
        )
    # In the order of the index, so that nothing is sorted; the days of a week are put together afterwards.
    columns = [getattr(Figure, name) for name in _INDEXED[: _INDEXED.index(key) + 1]]
    days = (
        select(Figure.day, *columns, func.count().label("count"))
        .where(*_within(Figure))
        .group_by(Figure.day, *columns)
        .subquery()
    )
    week = _monday(days.c.day).label("week")
    groups = (
        select(week, days.c[key].label("key"), func.sum(days.c.count).label("count"))
        .group_by(week, days.c[key])
        .cte("groups")
    )
    one = aliased(Figure)
    people = select(one.who).where(
        one.kind == bindparam("kind"),
        one.day >= groups.c.week,
        one.day <= groups.c.week + 6,
        getattr(one, key) == groups.c.key,
    )
    return _counted(groups, people)


# As the index of the table has them.
_INDEXED: tuple[Key, ...] = ("urgency", "code")


def _monday(day: Any) -> Any:
    return day - (day + 3) % 7


@cache
def _of_answers(weeks: int) -> Select[Any, Any, Any, Any]:
    def took(row: type[CaseRow]) -> ColumnElement[Any]:
        waited = row.answered_at - row.escalated_at
        return case(
            (row.answered_at.is_(None), "waiting"),
            *[(waited <= most, name) for name, most in _UP_TO],
            else_="longer",
        )

    # A case that was closed without an answer is nobody's answer.
    return _of_cases(
        weeks,
        lambda row: row.escalated_at.expression,
        took,
        lambda row: row.answered_at.is_not(None) | row.closed_at.is_(None),
    )


@cache
def _of_outcomes(weeks: int) -> Select[Any, Any, Any, Any]:
    return _of_cases(
        weeks, lambda row: row.closed_at.expression, lambda row: row.outcome.expression, lambda _: true()
    )


def _of_cases(
    weeks: int,
    moment: Callable[[type[CaseRow]], ColumnElement[Any]],
    column: Callable[[type[CaseRow]], ColumnElement[Any]],
    which: Callable[[type[CaseRow]], ColumnElement[bool]],
) -> Select[Any, Any, Any, Any]:
    bounds: list[BindParameter[float]] = [bindparam(f"week{n}", type_=Double()) for n in range(weeks + 1)]
    at = moment(CaseRow)
    week, key = _place(at, bounds, 0, weeks).label("week"), column(CaseRow).label("key")
    each = select(week, key).where(at >= bounds[0], at < bounds[-1], which(CaseRow)).subquery()
    found = (
        select(each.c.week, each.c.key, func.count().label("count"))
        .group_by(each.c.week, each.c.key)
        .subquery()
    )
    groups = select(
        found.c.week,
        found.c.key,
        found.c.count,
        case(*[(found.c.week == n, bounds[n]) for n in range(weeks)]).label("begins"),
        case(*[(found.c.week == n, bounds[n + 1]) for n in range(weeks)]).label("ends"),
    ).cte("groups")
    one = aliased(CaseRow)
    # One patient by the patient's chat, or whom it was forwarded from; a patient's own chat; else each case is one.
    who = case(
        (one.patient_chat_id.is_not(None), literal("chat ") + cast(one.patient_chat_id, String)),
        (one.origin != "", one.origin),
        (Person.id.is_(None), literal("chat ") + cast(one.chat_id, String)),
        else_=literal("case ") + cast(one.id, String),
    )
    people = (
        select(who.label("who"))
        .select_from(one)
        .join(Chat, Chat.id == one.chat_id)
        .outerjoin(Person, Person.id == Chat.person_id)
        .where(
            moment(one) >= groups.c.begins,
            moment(one) < groups.c.ends,
            which(one),
            column(one) == groups.c.key,
        )
    )
    return _counted(groups, people)


def _place(
    at: ColumnElement[Any], bounds: Sequence[ColumnElement[Any]], low: int, high: int
) -> ColumnElement[int]:
    """The number of the week, from `low` to before `high`, in which `at` lies; halved again and again: every row pays for it."""
    if high - low == 1:
        return literal_column(str(low), Integer())
    middle = (low + high) // 2
    return case(
        (at < bounds[middle], _place(at, bounds, low, middle)), else_=_place(at, bounds, middle, high)
    )


def _counted(groups: CTE, people: Select[Any]) -> Select[Any, Any, Any, Any]:
    """Each group with how many people it is of, up to PEOPLE_UP_TO: whoever stops there need not read the rest."""
    few = people.correlate(groups).distinct().limit(PEOPLE_UP_TO).subquery()
    return select(
        groups.c.week, groups.c.key, groups.c.count, select(func.count()).select_from(few).scalar_subquery()
    ).select_from(groups)
