"""How soon a patient must be seen, as the database works it out: to look for, and to order by."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy import case as sql_case
from sqlalchemy.orm import InstrumentedAttribute

from bot.messages import Urgency
from bot.tables import CaseRow

__all__ = ["by_urgency", "soon_as_stored"]


def soon_as_stored() -> ColumnElement[str]:
    """How soon the patient must be seen, '' where nothing is known: `weighing.as_stored`, as the database works it out."""
    known = _rank(CaseRow.urgency, len(Urgency))
    over = _rank(CaseRow.opinion_over, Urgency.ROUTINE.rank)
    stands = or_(known >= over, _rank(CaseRow.opinion, len(Urgency)) <= known)
    return sql_case((and_(CaseRow.opinion != "", stands), CaseRow.opinion), else_=CaseRow.urgency)


def by_urgency() -> ColumnElement[int]:
    """0 for `now` up to 4 for unknown, a clinician's word weighed in: to order by."""
    return _rank(soon_as_stored(), len(Urgency))


def _rank(urgency: ColumnElement[str] | InstrumentedAttribute[str], unknown: int) -> ColumnElement[int]:
    return sql_case({u.value: u.rank for u in Urgency}, value=urgency, else_=unknown)
