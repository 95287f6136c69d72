"""Who looked at which case: one row of the audit trail a case, a person and a day, however often they look."""

from __future__ import annotations

from sqlalchemy import Connection, select

from bot import audit
from bot.clock import now
from bot.database import insert_for
from bot.durations import DAY_S
from bot.tables import CaseView

__all__ = ["noted", "saw"]


def saw(connection: Connection, case_id: int, person_id: int) -> bool:
    """Notes that the person saw the case; True where it is their first look of the day (UTC)."""
    first = connection.execute(
        insert_for(connection)(CaseView)
        .values(case_id=case_id, person_id=person_id, day=int(now() // DAY_S))
        .on_conflict_do_nothing()
        .returning(CaseView.day)
    ).first()
    if first is None:
        return False
    audit.record(connection, "case_seen", case_id, by=person_id)
    return True


def noted(connection: Connection, case_id: int, person_id: int) -> bool:
    """True where the person's look of today is in the trail already."""
    day = int(now() // DAY_S)
    found = select(CaseView.day).where(
        CaseView.case_id == case_id, CaseView.person_id == person_id, CaseView.day == day
    )
    return connection.execute(found).first() is not None
