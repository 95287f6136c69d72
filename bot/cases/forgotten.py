"""What is left of cases that are deleted: their codes for a while, and of what clinicians thought codes that lead to nobody."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update

from bot.cases import taken_codes
from bot.durations import DAY_S
from bot.tables import CaseNote, CaseOpinion, CaseRow, CaseView, Invitation, ReviewItem

__all__ = ["MONTH_S", "forget"]

# So roughly is kept when a clinician had an opinion of a case that is gone.
MONTH_S = 30 * DAY_S


def forget(connection: Connection, case_ids: Sequence[int]) -> None:
    """Deletes cases, their notes and codes for the patient; what else belongs to them must be gone (worker.case_erasing).

    Their codes are not given to another patient for `taken_codes.CODE_DAYS`: they stand in somebody's notebook.
    """
    taken_codes.left_by(connection, case_ids)
    connection.execute(delete(CaseNote).where(CaseNote.case_id.in_(case_ids)))
    connection.execute(delete(CaseView).where(CaseView.case_id.in_(case_ids)))
    _unlink(connection, case_ids)
    connection.execute(
        update(ReviewItem)
        .where(ReviewItem.case_id.in_(case_ids))
        .values(case_id=None, note_id=None, soon="", thought="", looks="")
    )
    # Codes for the patient, used or not: there is nothing to link to any more.
    connection.execute(delete(Invitation).where(Invitation.case_id.in_(case_ids)))
    connection.execute(delete(CaseRow).where(CaseRow.id.in_(case_ids)))


def _unlink(connection: Connection, case_ids: Sequence[int]) -> None:
    """Of what clinicians thought last of these cases only codes are left, of nobody and of no day."""
    rows = connection.execute(
        select(CaseOpinion.id, CaseOpinion.at, CaseOpinion.case_id, CaseOpinion.person_id)
        .where(CaseOpinion.case_id.in_(case_ids))
        .order_by(CaseOpinion.id)
    ).all()
    last = {(row.case_id, row.person_id): row for row in rows}
    connection.execute(
        delete(CaseOpinion).where(
            CaseOpinion.case_id.in_(case_ids), CaseOpinion.id.not_in([row.id for row in last.values()])
        )
    )
    for row in last.values():
        connection.execute(
            update(CaseOpinion)
            .where(CaseOpinion.id == row.id)
            .values(case_id=None, at=row.at - row.at % MONTH_S)
        )
