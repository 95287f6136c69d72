"""What becomes of the cases that somebody is answering when they can answer them no more: others may take them, at once."""

from __future__ import annotations

from sqlalchemy import Connection, update

from bot import audit
from bot.clock import db_now
from bot.tables import CaseRow

__all__ = ["MAY_ANSWER", "give_back", "with_role"]

MAY_ANSWER = ("clinician", "supervisor")


def give_back(connection: Connection, person_id: int, by: int | None) -> int:
    """Gives back whatever the person is answering now; how many cases. by: who took their role away, or they themselves."""
    found = connection.execute(
        update(CaseRow)
        .where(CaseRow.claimed_by == person_id, CaseRow.claimed_until > db_now(), CaseRow.closed_at.is_(None))
        .values(claimed_by=None, claimed_until=None)
        .returning(CaseRow.id)
    ).scalars()
    numbers = sorted(found)
    for case_id in numbers:
        before, after = {"claimed_by": person_id}, {"claimed_by": None}
        audit.record(connection, "case_released", case_id, by=by, before=before, after=after)
    return len(numbers)


def with_role(connection: Connection, person_id: int, role: str, by: int | None) -> None:
    """The same where they have a role now that answers none."""
    if role not in MAY_ANSWER:
        give_back(connection, person_id, by)
