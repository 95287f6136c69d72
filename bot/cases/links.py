"""Cases of health workers whose patient has linked their own chat: which they are, and the end of it.

The link is made by a code (`bot.invitations.redeem`). Whoever changes it changes the case: a turn that read it before is done
again, so that no answer goes to a chat that was linked, or let go of, a moment ago.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from bot.tables import CaseRow

__all__ = ["Link", "of_case", "of_patient", "unlink"]


@dataclass(frozen=True, slots=True)
class Link:
    """A case that a patient is linked to. code: its short code. chat_id: the health worker's chat that looks after it."""

    case_id: int
    code: str
    chat_id: int


def of_case(connection: Connection, case_id: int) -> Link | None:
    """The case of this number, linked or not; None where it was erased."""
    row = connection.execute(_LINK.where(CaseRow.id == case_id)).first()
    return None if row is None else Link(row.id, row.code, row.chat_id)


def of_patient(connection: Connection, chat_id: int) -> list[Link]:
    """Cases, open and closed, whose answers are told in this chat as the patient's own."""
    rows = connection.execute(_LINK.where(CaseRow.patient_chat_id == chat_id).order_by(CaseRow.id)).all()
    return [Link(row.id, row.code, row.chat_id) for row in rows]


def unlink(connection: Connection, chat_id: int) -> None:
    """Nothing of any health worker's case is told in this chat any more."""
    connection.execute(
        update(CaseRow)
        .where(CaseRow.patient_chat_id == chat_id)
        .values(patient_chat_id=None, version=CaseRow.version + 1)
    )


_LINK = select(CaseRow.id, CaseRow.code, CaseRow.chat_id)
