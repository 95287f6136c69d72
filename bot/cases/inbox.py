"""The clinicians' list of cases: who waits for a person comes first, then the most pressing, of those the one that waits longest.

Names and texts are never searched. A list reads one narrow index (`ix_cases_inbox`), and of the table only the rows it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select
from sqlalchemy import case as sql_case

from bot.cases import keepers
from bot.cases.weighing_sql import by_urgency, soon_as_stored
from bot.casework import codes, weighing
from bot.clock import db_now
from bot.messages import Urgency
from bot.tables import CaseRow

__all__ = [
    "PAGE",
    "Filters",
    "Listed",
    "Page",
    "State",
    "counts",
    "last_page",
    "listed",
    "place_ids",
    "state_of",
]

PAGE = 50

# waiting: for a clinician, nobody answers yet; mine: claimed by who asks; open: all that are open.
State = Literal["waiting", "mine", "open", "answered", "closed", "all"]


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; '' for any. urgency: one of `Urgency`, or 'unknown'. code: a case's, as it was typed."""

    state: State = "open"
    urgency: str = ""
    place: str = ""
    language: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line. since: when it was sent to the clinicians, else opened (epoch s). claimed_by: while the claim lasts.

    found_urgency: as in `bot.cases.store.Case`.
    due_at: when whoever looks after it is to do so again (epoch s). second_by: asked for the second opinion that it waits for.
    """

    id: int
    code: str
    found_urgency: Urgency | None
    opinion: Urgency | None
    reason: str
    waits: bool
    answered: bool
    closed: bool
    outcome: str
    since: float
    claimed_by: int | None
    language: str
    place_id: str
    asked: str
    due_at: float | None
    opinion_over: Urgency | None
    second_by: int | None

    @property
    def soon(self) -> Urgency | None:
        """How soon the patient must be seen, a clinician's word weighed in; None where nothing is known."""
        return weighing.as_stored(self.opinion, self.opinion_over, self.found_urgency)


@dataclass(frozen=True, slots=True)
class Page:
    """cases: at most PAGE. number: from 0. more: there is a next page."""

    cases: Sequence[Listed] = field(default_factory=tuple)
    number: int = 0
    more: bool = False


def listed(
    connection: Connection, filters: Filters, person_id: int, number: int = 0, *, kept_by: int | None = None
) -> Page:
    """A page of the list for this person. kept_by: only cases that this person's chats look after; None: all."""
    number = max(0, number)
    waits = _waits()
    since = func.coalesce(CaseRow.escalated_at, CaseRow.opened_at)
    ids = (
        select(CaseRow.id)
        .where(*_where(filters, person_id), *_kept(kept_by))
        .order_by(
            sql_case((waits, 0), (CaseRow.closed_at.is_(None), 1), else_=2),
            by_urgency(),
            # Of closed ones the latest first.
            sql_case((CaseRow.closed_at.is_(None), since), else_=-CaseRow.closed_at),
            CaseRow.id,
        )
        .offset(number * PAGE)
        .limit(PAGE + 1)
    )
    wanted = list(connection.execute(ids).scalars())
    rows = connection.execute(
        select(
            CaseRow.id,
            CaseRow.code,
            CaseRow.urgency,
            CaseRow.opinion,
            CaseRow.reason,
            CaseRow.closed_at,
            CaseRow.answered_at,
            CaseRow.outcome,
            CaseRow.language,
            CaseRow.place_id,
            CaseRow.asked,
            CaseRow.due_at,
            CaseRow.opinion_over,
            CaseRow.second_by,
            since.label("since"),
            waits.label("waits"),
            sql_case((CaseRow.claimed_until > db_now(), CaseRow.claimed_by), else_=None).label("held_by"),
        ).where(CaseRow.id.in_(wanted[:PAGE]))
    ).all()
    found = {
        row.id: Listed(
            id=row.id,
            code=row.code,
            found_urgency=Urgency(row.urgency) if row.urgency else None,
            opinion=Urgency(row.opinion) if row.opinion else None,
            reason=row.reason,
            waits=bool(row.waits),
            answered=row.answered_at is not None,
            closed=row.closed_at is not None,
            outcome=row.outcome,
            since=row.since,
            claimed_by=row.held_by,
            language=row.language,
            place_id=row.place_id,
            asked=row.asked,
            due_at=row.due_at,
            opinion_over=Urgency(row.opinion_over) if row.opinion_over else None,
            second_by=row.second_by if row.waits else None,
        )
        for row in rows
    }
    return Page(tuple(found[one] for one in wanted[:PAGE] if one in found), number, len(wanted) > PAGE)


def last_page(connection: Connection, filters: Filters, person_id: int, *, kept_by: int | None = None) -> int:
    """The number of the last page of the list, from 0. As in `listed`."""
    found = select(func.count()).select_from(CaseRow).where(*_where(filters, person_id), *_kept(kept_by))
    return max(0, (connection.execute(found).scalar_one() - 1) // PAGE)


def counts(connection: Connection, person_id: int, *, kept_by: int | None = None) -> dict[str, int]:
    """How many cases wait, are this person's to answer now, and are open. kept_by: as in `listed`."""
    row = connection.execute(
        select(
            func.count(sql_case((_waits() & _free(), 1))).label("waiting"),
            func.count(sql_case((_mine(person_id), 1))).label("mine"),
            func.count().label("open"),
        ).where(CaseRow.closed_at.is_(None), *_kept(kept_by))
    ).one()
    return {"waiting": row.waiting, "mine": row.mine, "open": row.open}


def place_ids(connection: Connection, *, kept_by: int | None = None) -> list[str]:
    """Places that cases have, for the filter. kept_by: as in `listed`."""
    wanted = select(CaseRow.place_id).where(CaseRow.place_id != "", *_kept(kept_by)).distinct()
    return sorted(connection.execute(wanted).scalars())


def _kept(person_id: int | None) -> tuple[ColumnElement[bool], ...]:
    return () if person_id is None else (keepers.kept_by(person_id),)


def _where(filters: Filters, person_id: int) -> list[ColumnElement[bool]]:
    if filters.code:
        found = [code for code, _ in codes.found_in(filters.code)]
        return [CaseRow.code.in_(found[:5])]
    where = list(_state(filters.state, person_id))
    if filters.urgency:
        known = filters.urgency in tuple(Urgency)
        where.append(soon_as_stored() == (filters.urgency if known else ""))
    if filters.language:
        where.append(CaseRow.language == filters.language)
    if filters.place:
        where.append(CaseRow.place_id == filters.place)
    return where


def _state(state: State, person_id: int) -> tuple[ColumnElement[bool], ...]:
    match state:
        case "waiting":
            return (_waits(), _free())
        case "mine":
            return (CaseRow.closed_at.is_(None), _mine(person_id))
        case "answered":
            return (CaseRow.closed_at.is_(None), CaseRow.answered_at.is_not(None))
        case "closed":
            return (CaseRow.closed_at.is_not(None),)
        case "all":
            return ()
        case _:
            return (CaseRow.closed_at.is_(None),)


def state_of(typed: str) -> State:
    """A state as it came in an address; 'open' for what is none."""
    return next((one for one in get_args(State) if one == typed), "open")


def _waits() -> ColumnElement[bool]:
    return and_(CaseRow.closed_at.is_(None), CaseRow.escalated_at.is_not(None), CaseRow.answered_at.is_(None))


def _free() -> ColumnElement[bool]:
    return or_(CaseRow.claimed_until.is_(None), CaseRow.claimed_until < db_now())


def _mine(person_id: int) -> ColumnElement[bool]:
    return and_(CaseRow.claimed_by == person_id, CaseRow.claimed_until > db_now())
