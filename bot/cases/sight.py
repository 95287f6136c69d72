"""Who may see a photograph of a patient and hear of a case, and the photograph where they may.

A clinician, and the health worker whose chat looks after the case. Asked at the moment of showing, never earlier: a case may
have been handed over, a role taken back, a photograph erased since the reply was made.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from bot import people
from bot.cases import store
from bot.media.vault import Stored
from bot.tables import CaseRow, Chat, Photo, ReplyRow

__all__ = ["may_hear", "may_see", "of_photo"]

# What names patients and is of no single case: lists, of whoever works here.
_LISTS = frozenset({"desk.list", "desk.today", "desk.given.some", "clinic.queue", "clinic.queue.mine"})
# To whoever gave a case away: who has it now, and nothing of the patient.
_GIVEN_AWAY = "handed"


def may_hear(connection: Connection, chat_id: int, reply_id: int) -> bool:
    """True where what waits to be sent in the chat is still for whoever writes there.

    Of a case: its patient, who looks after it now, and a clinician. Of one's own case whatever one's role has become.
    """
    reply = connection.execute(
        select(ReplyRow.key, ReplyRow.texts, ReplyRow.case_id).where(ReplyRow.id == reply_id)
    ).one()
    if reply.case_id is None:
        named = {text["id"] for text in reply.texts["paragraphs"]} & _LISTS
        if not named:
            return True
        role = people.role_of(connection, chat_id)
        of_clinicians = any(name.startswith("clinic.") for name in named)
        return role == "clinician" or (role in people.INVITED and not of_clinicians)
    case = store.by_id(connection, reply.case_id)
    if case is None or case.patient_chat_id == chat_id:
        return True
    role = people.role_of(connection, chat_id)
    if role not in people.INVITED:
        return case.chat_id == chat_id and not case.of_desk
    return role == "clinician" or reply.key == _GIVEN_AWAY or _keeps(connection, chat_id, case.chat_id)


def _keeps(connection: Connection, chat_id: int, keeper: int) -> bool:
    """True where it is the same chat, or another one of the same person."""
    whose = select(Chat.person_id).where(Chat.id == chat_id).scalar_subquery()
    mine = select(Chat.id).where(Chat.id == keeper, Chat.person_id == whose)
    return keeper == chat_id or connection.execute(mine).first() is not None


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
