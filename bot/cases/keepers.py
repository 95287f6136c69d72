"""Who looks after a case: the person whose chat it is the case of. What they may see of it, what they leave behind.

Of a member's cases those of their patients are the clinic's (`Case.of_desk`); a case of their own skin is theirs whatever their
role becomes.
"""

from __future__ import annotations

from collections import Counter

from sqlalchemy import ColumnElement, Connection, select

from bot.cases.store import Case, read
from bot.casework import codes
from bot.conversation.state import case_version_of
from bot.errors import NgoziError
from bot.tables import CaseRow, Chat

__all__ = ["OpenCases", "kept_by", "patients_by_keeper", "patients_of", "without_patients"]


class OpenCases(NgoziError):
    """Patients would be looked after by nobody, and a clinician's answers about them told to nobody."""


def kept_by(person_id: int) -> ColumnElement[bool]:
    """Cases that the person's chats look after, for a query of `cases`."""
    return CaseRow.chat_id.in_(select(Chat.id).where(Chat.person_id == person_id))


def patients_of(connection: Connection, person_id: int) -> list[Case]:
    """The open cases of a person's patients, by number: whom somebody else must look after when they go."""
    rows = connection.execute(
        select(CaseRow).where(kept_by(person_id), CaseRow.closed_at.is_(None)).order_by(CaseRow.id)
    ).all()
    return [case for case in map(read, rows) if case.of_desk]


def patients_by_keeper(connection: Connection) -> Counter[int]:
    """How many open cases of patients each person has, by number of the person. Of a conversation its version alone is read."""
    rows = connection.execute(
        select(Chat.person_id, CaseRow.code, CaseRow.state)
        .join(Chat, Chat.id == CaseRow.chat_id)
        .where(CaseRow.closed_at.is_(None), Chat.person_id.is_not(None))
    ).all()
    return Counter(row.person_id for row in rows if codes.serves(row.code, case_version_of(row.state)))


def without_patients(connection: Connection, person_id: int) -> None:
    """Raises OpenCases where the person has open cases of patients; for who would take their role away."""
    count = len(patients_of(connection, person_id))
    if count:
        raise OpenCases(
            f"person {person_id} looks after {count} open cases; expected them to be closed or given to a health worker first"
        )
