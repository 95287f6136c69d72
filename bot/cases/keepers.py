"""Who looks after a case: the person whose chat it is the case of. What they may see of it, what they leave behind.

Of a member's cases those of their patients are the clinic's (`Case.of_desk`); a case of their own skin is theirs whatever their
role becomes.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, select

from bot.cases.store import Case, read
from bot.tables import CaseRow, Chat

__all__ = ["kept_by", "open_of", "patients_of"]


def kept_by(person_id: int) -> ColumnElement[bool]:
    """Cases that the person's chats look after, for a query of `cases`."""
    return CaseRow.chat_id.in_(select(Chat.id).where(Chat.person_id == person_id))


def open_of(connection: Connection, person_id: int) -> list[Case]:
    """The open cases of a person's chats, by number; their own too."""
    rows = connection.execute(
        select(CaseRow).where(kept_by(person_id), CaseRow.closed_at.is_(None)).order_by(CaseRow.id)
    ).all()
    return [read(row) for row in rows]


def patients_of(connection: Connection, person_id: int) -> list[Case]:
    """The open cases of a person's patients, by number: whom somebody else must look after when they go."""
    return [case for case in open_of(connection, person_id) if case.of_desk]
