"""Consent that a case may teach the model: given, withdrawn, forgotten. Which cases a set may hold: bot.cases.taught.

It is another consent than that of the conversation: asked for by itself, never taken for given, taken back at any time. The
only writer of `teaching_consents`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

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
    "standing",
    "stands_for_person",
    "stands_in_chat",
    "withdraw",
    "withdraw_chat",
    "withdraw_person",
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


def standing(connection: Connection, cases: Iterable[store.Case]) -> frozenset[int]:
    """The numbers of those of these cases that may be used as far as their patients' word goes: a consent stands now.

    Who else may take one back (the patient in their own chat, a clinician at the console) writes in no conversation: whoever
    tells of a consent asks here.
    """
    known = {case.id: case for case in cases}
    if not known:
        return frozenset()
    rows = connection.execute(
        select(TeachingConsent.case_id, TeachingConsent.chat_id, TeachingConsent.case_version).where(
            or_(*map(_of, known.values())), TeachingConsent.withdrawn_at.is_(None)
        )
    ).all()
    by_case = {row.case_id for row in rows}
    by_chat = {(row.chat_id, row.case_version) for row in rows}
    return frozenset(
        number
        for number, case in known.items()
        if number in by_case or (not case.of_desk and (case.chat_id, case.state.case_version) in by_chat)
    )


def stands_in_chat(connection: Connection, chat_id: int, case_version: int) -> bool:
    """Whether a consent for the chat's own case of this version stands now."""
    row = connection.execute(
        select(TeachingConsent.id)
        .where(_is(chat_id, case_version), TeachingConsent.withdrawn_at.is_(None))
        .limit(1)
    ).first()
    return row is not None


def withdraw(connection: Connection, case: store.Case, by: int | None = None) -> int:
    """How many consents of this case were taken back: 0 where none stood."""
    return _withdraw(connection, _of(case), by)


def withdraw_chat(connection: Connection, chat_id: int) -> int:
    """How many consents the person in this chat took back: of its own cases, and of those that are known to be theirs."""
    return _withdraw(connection, _among(_persons(connection, {_chat(chat_id)})), None)


def withdraw_person(connection: Connection, case: store.Case, by: int) -> int:
    """How many consents the patient of this case took back: of this case, and of all that are known to be theirs."""
    return _withdraw(connection, _among(_persons(connection, _keys(case))), by)


def stands_for_person(connection: Connection, case: store.Case) -> bool:
    """Whether any consent of the patient of this case stands now: that there is something to take back."""
    return bool(_persons(connection, _keys(case)))


def _persons(connection: Connection, keys: set[str]) -> list[int]:
    """The consents that stand of whoever has one of these keys: a chat, a case, whom messages were forwarded from.

    Two cases are of one patient where `bot.cases.taught` counts them so, or where a case that teaches nothing ties them.
    """
    tied = connection.execute(
        select(CaseRow.origin, CaseRow.patient_chat_id).where(
            CaseRow.patient_chat_id.is_not(None), CaseRow.origin != ""
        )
    ).all()
    ties = {frozenset((f"origin {row.origin}", _chat(row.patient_chat_id))) for row in tied}
    rows = connection.execute(
        select(
            TeachingConsent.id,
            TeachingConsent.chat_id,
            TeachingConsent.case_id,
            CaseRow.origin,
            CaseRow.patient_chat_id,
        )
        .outerjoin(CaseRow, CaseRow.id == TeachingConsent.case_id)
        .where(TeachingConsent.withdrawn_at.is_(None))
    ).all()
    held = {
        row.id: {
            *([_chat(row.chat_id)] if row.chat_id is not None else []),
            *([_chat(row.patient_chat_id)] if row.patient_chat_id is not None else []),
            *([f"case {row.case_id}"] if row.case_id is not None else []),
            *([f"origin {row.origin}"] if row.origin else []),
        }
        for row in rows
    }
    theirs: list[int] = []
    while True:
        known = len(keys)
        found = [number for number, its in held.items() if its & keys]
        keys = keys.union(*(held.pop(number) for number in found), *(tie for tie in ties if tie & keys))
        theirs += found
        if len(keys) == known and not found:
            return theirs


def _keys(case: store.Case) -> set[str]:
    chat_id = case.patient_chat_id if case.of_desk else case.chat_id
    return {
        f"case {case.id}",
        *([_chat(chat_id)] if chat_id is not None else []),
        *([f"origin {case.origin}"] if case.origin else []),
    }


def _chat(chat_id: int) -> str:
    return f"chat {chat_id}"


def _among(ids: Sequence[int]) -> ColumnElement[bool]:
    return TeachingConsent.id.in_(ids)


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
        audit.record(
            connection, "teaching_withdrawn", one, by=by, before={"stands": True}, after={"stands": False}
        )
    return len(ids)


def forget_cases(connection: Connection, case_ids: Sequence[int]) -> None:
    """Deletes what is kept of these cases; also of a chat's own case that the clinicians saw as one of them."""
    rows = connection.execute(select(CaseRow).where(CaseRow.id.in_(case_ids))).all()
    which = [_of(store.read(row)) for row in rows]
    connection.execute(delete(TeachingConsent).where(or_(TeachingConsent.case_id.in_(case_ids), *which)))


def forget_chats(connection: Connection, chat_ids: Sequence[int]) -> None:
    """Deletes what is kept of these chats' own cases."""
    connection.execute(delete(TeachingConsent).where(TeachingConsent.chat_id.in_(chat_ids)))


def _of(case: store.Case) -> ColumnElement[bool]:
    """What is kept of this case; of a chat's own case also what was said in that chat."""
    mine = TeachingConsent.case_id == case.id
    return mine if case.of_desk else or_(mine, _is(case.chat_id, case.state.case_version))


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


def all_stand(connection: Connection, consents: Iterable[Sequence[float] | int]) -> bool:
    """Whether none of these consents, each its number and its time, was taken back or forgotten since.

    By its number alone, as earlier versions noted it, it may be another patient's: SQLite gives that of a deleted row to the
    next one.
    """
    rows = connection.execute(
        select(TeachingConsent.id, TeachingConsent.at).where(TeachingConsent.withdrawn_at.is_(None))
    ).all()
    stand: set[object] = {(row.id, row.at) for row in rows} | {row.id for row in rows}
    return all((one if isinstance(one, int) else tuple(one)) in stand for one in consents)
