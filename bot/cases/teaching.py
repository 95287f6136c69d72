"""Consent that a case may teach the model: given, withdrawn, forgotten. Which cases a set may hold: bot.cases.taught.

It is another consent than that of the conversation: asked for by itself, never taken for given, taken back at any time. The
only writer of `teaching_consents`.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from bot import audit
from bot.cases import store
from bot.clock import db_now
from bot.tables import CaseRow, TeachingConsent

__all__ = [
    "Side",
    "agree",
    "all_stand",
    "forget_cases",
    "forget_chats",
    "withdraw_case",
    "withdraw_chat",
]

Side = Literal["train", "val"]
# One patient of five is kept for looking how well the model learned.
_VAL_OF = 5

# Given and taken back


def agree(
    connection: Connection,
    text_version: str,
    case_version: int,
    *,
    chat_id: int | None = None,
    case_id: int | None = None,
    by: int | None = None,
) -> None:
    """The patient said yes: of the chat's own case of this version, or of a health worker's case (then by: who read it out)."""
    mine = _is(chat_id, case_version) if case_id is None else TeachingConsent.case_id == case_id
    values: dict[str, Any] = {
        "at": db_now(),
        "text_version": text_version[:64],
        "case_version": case_version,
        "withdrawn_at": None,
        "by_person": by,
    }
    known = connection.execute(select(TeachingConsent.id).where(mine).limit(1)).scalar_one_or_none()
    if known is not None:
        connection.execute(update(TeachingConsent).where(TeachingConsent.id == known).values(**values))
    else:
        known = connection.execute(
            insert(TeachingConsent)
            .values(
                chat_id=chat_id if case_id is None else None,
                case_id=case_id,
                side=_side(connection, chat_id, case_id),
                **values,
            )
            .returning(TeachingConsent.id)
        ).scalar_one()
    audit.record(connection, "teaching_agreed", known, by=by)


def withdraw_case(connection: Connection, case_id: int, by: int | None = None) -> int:
    """How many consents of a health worker's case were taken back: 1, or 0 where none stood."""
    return _withdraw(connection, TeachingConsent.case_id == case_id, by)


def withdraw_chat(connection: Connection, chat_id: int) -> int:
    """How many consents the person in this chat took back: of its own cases, and of those whose patient they are."""
    theirs = select(CaseRow.id).where(CaseRow.patient_chat_id == chat_id)
    return _withdraw(
        connection, or_(TeachingConsent.chat_id == chat_id, TeachingConsent.case_id.in_(theirs)), None
    )


def _withdraw(connection: Connection, which: ColumnElement[bool], by: int | None) -> int:
    ids = list(
        connection.execute(
            update(TeachingConsent)
            .where(which, TeachingConsent.withdrawn_at.is_(None))
            .values(withdrawn_at=db_now())
            .returning(TeachingConsent.id)
        ).scalars()
    )
    for one in ids:
        audit.record(connection, "teaching_withdrawn", one, by=by)
    return len(ids)


def forget_cases(connection: Connection, case_ids: Sequence[int]) -> None:
    """Deletes what is kept of these cases; also of a chat's own case that the clinicians saw as one of them."""
    own = [
        _is(row.chat_id, row.state.case_version)
        for row in map(store.read, connection.execute(select(CaseRow).where(CaseRow.id.in_(case_ids))).all())
        if not row.of_desk
    ]
    connection.execute(delete(TeachingConsent).where(or_(TeachingConsent.case_id.in_(case_ids), *own)))


def forget_chats(connection: Connection, chat_ids: Sequence[int]) -> None:
    """Deletes what is kept of these chats' own cases."""
    connection.execute(delete(TeachingConsent).where(TeachingConsent.chat_id.in_(chat_ids)))


def _is(chat_id: int | None, case_version: int) -> ColumnElement[bool]:
    return and_(TeachingConsent.chat_id == chat_id, TeachingConsent.case_version == case_version)


def _side(connection: Connection, chat_id: int | None, case_id: int | None) -> Side:
    """The side of the patient's earlier consents, also of those that were taken back; a drawn one where there is none."""
    patient_chat, of_cases = chat_id, []
    if case_id is not None:
        row = connection.execute(
            select(CaseRow.patient_chat_id, CaseRow.origin).where(CaseRow.id == case_id)
        ).one()
        patient_chat = row.patient_chat_id
        if row.origin:
            of_cases.append(CaseRow.origin == row.origin)
    if patient_chat is not None:
        of_cases.append(CaseRow.patient_chat_id == patient_chat)
    same = [TeachingConsent.chat_id == patient_chat] if patient_chat is not None else []
    if of_cases:
        same.append(TeachingConsent.case_id.in_(select(CaseRow.id).where(or_(*of_cases))))
    if same:
        known = connection.execute(
            select(TeachingConsent.side).where(or_(*same)).order_by(TeachingConsent.id).limit(1)
        ).scalar_one_or_none()
        if known is not None:
            return cast(Side, known)
    return "val" if secrets.randbelow(_VAL_OF) == 0 else "train"


# What may be used


def all_stand(connection: Connection, consent_ids: Sequence[int]) -> bool:
    """Whether none of these consents was taken back or forgotten since."""
    standing = select(func.count()).where(
        TeachingConsent.id.in_(consent_ids), TeachingConsent.withdrawn_at.is_(None)
    )
    return int(connection.execute(standing).scalar_one()) == len(set(consent_ids))
