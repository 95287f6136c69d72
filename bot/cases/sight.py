"""Who may see a photograph of a patient, and the photograph where they may.

A clinician, and the health worker whose chat looks after the case. Asked at the moment of showing, never earlier: a case may
have been handed over, a role taken back, a photograph erased since the reply was made.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from bot import people
from bot.media.vault import Stored
from bot.tables import CaseRow, Photo

__all__ = ["may_see", "of_photo"]


def may_see(connection: Connection, chat_id: int, photo_id: str) -> bool:
    """True where whoever writes in the chat may be shown the photograph now."""
    role = people.role_of(connection, chat_id)
    if role == "clinician":
        return True
    if role != "chw":
        return False
    return (
        connection.execute(
            select(CaseRow.id)
            .join(Photo, Photo.case_id == CaseRow.id)
            .where(Photo.id == photo_id, CaseRow.chat_id == chat_id)
        ).first()
        is not None
    )


def of_photo(connection: Connection, photo_id: str) -> Stored | None:
    """What opens the photograph; None where it was erased or never was."""
    row = connection.execute(
        select(Photo.name, Photo.wrapped_key, Photo.master_key_id, Photo.size_bytes).where(
            Photo.id == photo_id, Photo.wrapped_key.is_not(None)
        )
    ).first()
    return None if row is None else Stored(row.name, row.wrapped_key, row.master_key_id, row.size_bytes)
