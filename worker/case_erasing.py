"""Erasing a case: one by itself, and those that go with a chat.

With a case go its notes, photographs, findings, sentences of the language model, replies in whichever chat those are, and what
a clinician has written as an answer to it and not sent. Its code stays taken for a while (bot.cases.taken_codes): it stands in a
notebook. What a health worker typed about it is wiped with any other message; at Twilio it stays until the texts of the chat are
redacted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from bot import audit, copies, figures, parts_told, people, stored_state, talk
from bot.cases import forgotten, left, store, teaching
from bot.channels import LIMITS, Account
from bot.channels.webchat_store import WebchatMessage
from bot.clock import db_now
from bot.conversation.desk import DeskState, write_desk
from bot.settings import Settings
from bot.stored_state import written
from bot.tables import CaseRow, Chat, Copy, FindingsJob, Person, Photo, Receipt, ReplyRow, TalkJob
from worker import stragglers

__all__ = ["beside", "erase_case", "forget_cases", "of_chat"]


def beside(connection: Connection, *, chat_id: int | None = None, case_ids: Sequence[int] = ()) -> list[int]:
    """Chats that hold something of these cases, or of those that go with the chat, or may be about to.

    For who holds other chats while it erases: it locks these with them, in order, before it touches a case.
    """
    cases: list[ColumnElement[bool]] = [CaseRow.id.in_(case_ids)]
    if chat_id is not None:
        cases += [CaseRow.chat_id == chat_id, CaseRow.patient_chat_id == chat_id]
    rows = connection.execute(
        select(CaseRow.id, CaseRow.chat_id, CaseRow.patient_chat_id).where(or_(*cases))
    ).all()
    if not rows:
        return []
    told = select(ReplyRow.chat_id).where(ReplyRow.case_id.in_([row.id for row in rows]))
    keep = {one for row in rows for one in (row.chat_id, row.patient_chat_id) if one is not None}
    return list(
        connection.execute(
            # A clinician may be taking one of them at this moment: of that there is no reply yet.
            select(Chat.id)
            .where(or_(Chat.id.in_(keep), Chat.id.in_(told), _of_clinicians()))
            .order_by(Chat.id)
        ).scalars()
    )


def _of_clinicians() -> ColumnElement[bool]:
    """Chats of clinicians, and of those who were: their desk stays as it was until they write."""
    clinicians = Chat.person_id.in_(select(Person.id).where(Person.role == "clinician"))
    return and_(
        Chat.person_id.is_not(None),
        or_(clinicians, Chat.state.contains(written("role", "clinician"), autoescape=True)),
    )


def erase_case(connection: Connection, case_id: int, settings: Settings) -> None:
    """Erases one case, whoever looks after it; nothing where it is gone. What is left: an audit entry with its number."""
    chats = connection.execute(
        select(Chat.id, Chat.channel)
        .where(Chat.id.in_(beside(connection, case_ids=[case_id])))
        .order_by(Chat.id)
        .with_for_update()
    ).all()
    for chat in chats:
        _stop_sending(connection, chat.id, case_id)
        stragglers.leave(connection, chat.id, chat.channel, settings, case_id)
    _forget_drafts(connection, case_id)
    photos, replies = forget_cases(connection, [case_id])
    audit.record(connection, "case_erased", case_id, photographs=photos, replies=replies)


def _stop_sending(connection: Connection, chat_id: int, case_id: int) -> None:
    """Takes the sending lease away where what is being sent is of this case; else the sender is left alone."""
    first = connection.execute(
        select(ReplyRow.case_id)
        .where(ReplyRow.chat_id == chat_id, ReplyRow.state.in_(("queued", "sending")))
        .order_by(ReplyRow.id)
        .limit(1)
    ).scalar_one_or_none()
    if first == case_id:
        # The next sender finds what is left to say.
        connection.execute(
            update(Chat)
            .where(Chat.id == chat_id)
            .values(send_token=None, send_until=None, send_due_at=db_now())
        )


def _forget_drafts(connection: Connection, case_id: int) -> None:
    """Empties the answers to the case that clinicians have begun; a turn under way that writes one loses its lease.

    That they were at this case stays: so they are told that it is gone.
    """
    code = connection.execute(select(CaseRow.code).where(CaseRow.id == case_id)).scalar_one_or_none()
    if code is None:
        return
    at_it = Chat.state.contains(written("current", code), autoescape=True)
    for desk in connection.execute(select(Chat.id, Chat.state).where(_of_clinicians(), at_it)).all():
        read = stored_state.read(desk.state)
        if isinstance(read, DeskState):
            emptied = write_desk(replace(read, draft="", offered=()))
            connection.execute(
                update(Chat)
                .where(Chat.id == desk.id)
                .values(state=emptied, turn_token=None, turn_until=None, due_at=db_now())
            )


def of_chat(connection: Connection, chat_id: int, settings: Settings) -> int:
    """Before a chat is erased: how many cases went with it, its own and those of which it is the patient's.

    Whoever works here no more has no say over the patients they had: those cases, open and closed, are the clinic's from now on.
    Photographs that came through the chat but belong to a case that stays, or that another chat looks after, stay with it.
    """
    works = people.role_of(connection, chat_id) in people.INVITED
    rows = connection.execute(
        select(CaseRow)
        .where(or_(CaseRow.chat_id == chat_id, CaseRow.patient_chat_id == chat_id))
        .order_by(CaseRow.id)
        # Nobody saves one between here and where it is moved: the chat goes in any case.
        .with_for_update()
    ).all()
    gone = []
    for case in map(store.read, rows):
        if works or not case.of_desk or case.patient_chat_id == chat_id:
            gone.append(case.id)
        else:
            left.keep(connection, case)
    _move_photos(connection, chat_id)
    for case_id in gone:
        erase_case(connection, case_id, settings)
    return len(gone)


def _move_photos(connection: Connection, chat_id: int) -> None:
    rows = connection.execute(
        select(Photo.id, Photo.origin_ref, Photo.origin_message, CaseRow.chat_id, Chat.channel, Chat.account)
        .join(CaseRow, CaseRow.id == Photo.case_id)
        .join(Chat, Chat.id == Photo.chat_id)
        .where(
            Photo.chat_id == chat_id,
            CaseRow.chat_id != chat_id,
            or_(CaseRow.patient_chat_id.is_(None), CaseRow.patient_chat_id != chat_id),
        )
    ).all()
    for row in rows:
        # The copy in this chat goes all the same.
        if row.origin_ref:
            copies.forget(connection, Account(row.channel, row.account), row.origin_ref, row.origin_message)
        copies.note(connection, row.channel, chat_id, row.origin_message)
        connection.execute(
            update(Photo)
            .where(Photo.id == row.id)
            .values(chat_id=row.chat_id, origin_ref="", origin_message="")
        )


def forget_cases(connection: Connection, case_ids: Sequence[int]) -> tuple[int, int]:
    """Deletes cases and all that belongs to them, and has the providers' copies deleted; how many photographs and replies.

    For who knows that none of their replies is being sent (`erase_case` does not need to know).
    """
    for row in connection.execute(
        select(CaseRow.state, Chat.channel, Chat.account)
        .join(Chat, Chat.id == CaseRow.chat_id)
        .where(CaseRow.id.in_(case_ids))
    ).all():
        _forget_pending(connection, Account(row.channel, row.account), row.state)
    photos = connection.execute(
        select(Photo.id, Photo.origin_ref, Photo.origin_message, Photo.chat_id, Chat.channel, Chat.account)
        .join(Chat, Chat.id == Photo.chat_id)
        .where(Photo.case_id.in_(case_ids))
    ).all()
    for photo in photos:
        account = Account(photo.channel, photo.account)
        if photo.origin_ref:
            copies.forget(connection, account, photo.origin_ref, photo.origin_message)
        _redact(connection, account, photo.chat_id, photo.origin_message)
    talk.forget_photos(connection, [photo.id for photo in photos])
    connection.execute(delete(Photo).where(Photo.case_id.in_(case_ids)))
    replies = _forget_replies(connection, ReplyRow.case_id.in_(case_ids))
    connection.execute(delete(FindingsJob).where(FindingsJob.case_id.in_(case_ids)))
    connection.execute(delete(TalkJob).where(TalkJob.case_id.in_(case_ids)))
    figures.forget_cases(connection, case_ids)
    teaching.forget_cases(connection, case_ids)
    forgotten.forget(connection, case_ids)
    return len(photos), replies


def _forget_pending(connection: Connection, account: Account, state: str) -> None:
    """Photographs that the case's conversation names by reference only lie on the provider's server alone."""
    if account.channel != left.CLINIC and LIMITS[account.channel].copy == "server":
        for attachment in stored_state.pending(state):
            copies.forget(connection, account, attachment.ref, attachment.message_ref)


def _forget_replies(connection: Connection, where: ColumnElement[bool]) -> int:
    rows = connection.execute(
        select(
            ReplyRow.uuid,
            ReplyRow.parts,
            ReplyRow.parts_sent,
            ReplyRow.provider_id,
            ReplyRow.chat_id,
            Chat.channel,
            Chat.account,
            Chat.address,
        )
        .join(Chat, Chat.id == ReplyRow.chat_id)
        .where(where)
    ).all()
    for row in rows:
        account = Account(row.channel, row.account)
        keys = parts_told.keys(row.uuid, row.parts, row.parts_sent)
        told = connection.execute(select(Receipt.provider_id).where(Receipt.outgoing_id.in_(keys))).scalars()
        for provider_id in {row.provider_id or "", *told}:
            _redact(connection, account, row.chat_id, provider_id)
        connection.execute(delete(Receipt).where(Receipt.outgoing_id.in_(keys)))
        if account.channel == "webchat":
            connection.execute(
                delete(WebchatMessage).where(
                    WebchatMessage.address == row.address,
                    WebchatMessage.direction == "out",
                    WebchatMessage.uuid.in_(keys),
                )
            )
    connection.execute(delete(ReplyRow).where(where))
    return len(rows)


def _redact(connection: Connection, account: Account, chat_id: int, provider_id: str) -> None:
    if account.channel in copies.REDACTED and provider_id:
        copies.forget(connection, account, "", provider_id)
        connection.execute(
            delete(Copy).where(Copy.chat_id == chat_id, Copy.provider_id == provider_id[: copies.ID_LENGTH])
        )
