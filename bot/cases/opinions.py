"""What clinicians think a case is, beside what was told of it at that moment: kept for evaluation, in codes only.

An opinion changes nothing for the person: what they are told goes with an answer (bot.cases.deeds).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, cast, func, insert, select
from sqlalchemy import Text as SqlText

from bot.cases.store import Case
from bot.clinical import conditions
from bot.clock import db_now
from bot.conversation import course, results
from bot.errors import NgoziError
from bot.messages import Urgency
from bot.tables import CaseOpinion

__all__ = ["NONE", "Opinion", "Said", "add", "alike", "just_given", "of_case", "open_to"]

# The condition of a case that a clinician would not name either.
NONE = ""
# A page that is loaded anew sends its form once more.
AGAIN_S = 60.0
# Neither stands in a code.
_BETWEEN, _LINE = "\t", "\n"


@dataclass(frozen=True, slots=True)
class Opinion:
    """One opinion. condition: code, NONE where the clinician names none. told: codes that were named then, likeliest first.

    told_urgency: by all that was known then; floor: by signs of danger, None where none was found. basis: 'model', 'rules' or
    '' for no findings. at: epoch s (of a case that is gone: its month). case_id: None then.
    """

    id: int
    case_id: int | None
    person_id: int
    at: float
    condition: str
    urgency: Urgency
    told: tuple[str, ...]
    told_urgency: Urgency | None
    floor: Urgency | None
    basis: str
    model: str


@dataclass(frozen=True, slots=True, order=True)
class Said:
    """One opinion beside what was told then, in the words as kept: without whose it is, of which case and when."""

    condition: str
    urgency: str
    told: tuple[str, ...]
    told_urgency: str
    basis: str


def add(connection: Connection, case: Case, person_id: int, condition: str, urgency: Urgency) -> int:
    """The id of the new opinion, with what the case's conversation says now beside it. Raises NgoziError: no such condition."""
    if condition != NONE and condition not in conditions.everything():
        raise NgoziError(f"condition is {condition!r}; expected a code of the catalogue, or '' for none")
    found = course.found(case.state)
    named = [c.code for c in results.named(case.state)]
    return int(
        connection.execute(
            insert(CaseOpinion)
            .values(
                case_id=case.id,
                person_id=person_id,
                at=db_now(),
                condition=condition,
                urgency=urgency.value,
                told=named,
                # Before the result nothing was told of how soon.
                told_urgency=course.urgency(case.state).value if case.told_at is not None else "",
                floor=case.state.floor or "",
                basis="" if found is None else found.basis or "model",
                model="" if found is None else found.model[:80],
            )
            .returning(CaseOpinion.id)
        ).scalar_one()
    )


def just_given(
    connection: Connection, case_id: int, person_id: int, condition: str, urgency: Urgency
) -> bool:
    """Whether this person's last opinion on the case is the same, and of this minute: then the form came twice."""
    mine = select(
        CaseOpinion.condition, CaseOpinion.urgency, (CaseOpinion.at > db_now() - AGAIN_S).label("now")
    ).where(CaseOpinion.case_id == case_id, CaseOpinion.person_id == person_id)
    last = connection.execute(mine.order_by(CaseOpinion.id.desc()).limit(1)).first()
    return (
        last is not None and bool(last.now) and (last.condition, last.urgency) == (condition, urgency.value)
    )


def of_case(connection: Connection, case_id: int) -> list[Opinion]:
    """All opinions on a case, the latest first."""
    rows = connection.execute(
        select(CaseOpinion).where(CaseOpinion.case_id == case_id).order_by(CaseOpinion.id.desc())
    ).all()
    return [_read(row) for row in rows]


def open_to(opinions: Sequence[Opinion], person_id: int, *, second: bool) -> list[Opinion]:
    """Those that a person may read now. second: a second opinion is waited for; it is made before the first one is read."""
    if second and not any(one.person_id == person_id for one in opinions):
        return []
    return list(opinions)


def alike(connection: Connection) -> Counter[tuple[Said, ...]]:
    """How many cases have the same opinions: of each case the last one of each clinician, in the order of `Said`.

    An opinion whose case is gone is a case of its own. The database counts: of ten thousand cases a few hundred rows come back.
    """
    last = (
        select(func.max(CaseOpinion.id))
        .where(CaseOpinion.case_id.is_not(None))
        .group_by(CaseOpinion.case_id, CaseOpinion.person_id)
    )
    parts = (CaseOpinion.condition, CaseOpinion.urgency, CaseOpinion.told_urgency, CaseOpinion.basis)
    line: ColumnElement[str] = cast(CaseOpinion.told, SqlText)
    for part in parts:
        line = part + _BETWEEN + line
    # Of two kinds of numbers, so that no case and no opinion are taken for one.
    key = func.coalesce(CaseOpinion.case_id, -CaseOpinion.id)
    of_case = (
        select(func.aggregate_strings(line, _LINE).label("said"))
        .where(CaseOpinion.case_id.is_(None) | CaseOpinion.id.in_(last))
        .group_by(key)
        .subquery()
    )
    rows = connection.execute(select(of_case.c.said, func.count()).group_by(of_case.c.said))
    found: Counter[tuple[Said, ...]] = Counter()
    for said, count in rows:
        # In whatever order the database put them together.
        found[tuple(sorted(map(_said, said.split(_LINE))))] += count
    return found


def _said(line: str) -> Said:
    basis, told_urgency, urgency, condition, told = line.split(_BETWEEN, 4)
    return Said(condition, urgency, tuple(str(code) for code in json.loads(told)), told_urgency, basis)


def _read(row: object) -> Opinion:
    values = row._mapping  # type: ignore[attr-defined]
    return Opinion(
        id=values["id"],
        case_id=values["case_id"],
        person_id=values["person_id"],
        at=values["at"],
        condition=values["condition"],
        urgency=Urgency(values["urgency"]),
        told=tuple(str(code) for code in values["told"]),
        told_urgency=Urgency(values["told_urgency"]) if values["told_urgency"] else None,
        floor=Urgency(values["floor"]) if values["floor"] else None,
        basis=values["basis"],
        model=values["model"],
    )
