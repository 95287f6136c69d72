"""Consent that a case may teach the model: given, withdrawn, forgotten; and the cases that a training set may hold.

It is another consent than that of the conversation: asked for by itself, never taken for given, taken back at any time. A case
may be used where it stands, the first consent stands too, and a clinician named a condition. What is used is what was there when
the patient agreed: a photograph that came later is not covered. The only writer of `teaching_consents`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from bot import audit
from bot.cases import opinions, store
from bot.clock import db_now
from bot.media.vault import Stored
from bot.tables import CaseOpinion, CaseRow, Photo, TeachingConsent

__all__ = [
    "LEFT_OUT",
    "Found",
    "Side",
    "Taught",
    "agree",
    "all_stand",
    "forget_cases",
    "forget_chats",
    "found",
    "standing",
    "stands_in_chat",
    "withdraw",
    "withdraw_chat",
    "withdraw_person",
]

Side = Literal["train", "val"]
# One patient of five is kept for looking how well the model learned.
_VAL_OF = 5
# Why a case of which a clinician has an opinion, or that a patient gave, is not in a set.
Reason = Literal["no_consent", "withdrawn", "no_opinion", "no_condition", "disagree", "no_photo", "two_sides"]
LEFT_OUT: tuple[Reason, ...] = get_args(Reason)


@dataclass(frozen=True, slots=True)
class Taught:
    """A case that may be used. patient: which cases are of one person; a number of this reading only, and no key to anybody.

    consent_id: the row that lets it be used. condition: what the clinicians say. answers: what was told, by the conversation's
    names. photos: earliest first.
    """

    case_id: int
    consent_id: int
    patient: int
    side: Side
    condition: str
    answers: Mapping[str, str]
    photos: tuple[Stored, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The cases that may be used, and how many cases were left out for which reason."""

    cases: tuple[Taught, ...]
    left_out: Mapping[Reason, int] = field(default_factory=dict)


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
    """How many consents the person in this chat took back: of its own cases, and of those whose patient they are."""
    return _withdraw(connection, _of_person(chat_id), None)


def withdraw_person(connection: Connection, case: store.Case, by: int) -> int:
    """How many consents the patient of this case took back: of this case, and all that are known to be theirs by their chat."""
    chat_id = case.patient_chat_id if case.of_desk else case.chat_id
    which = _of(case) if chat_id is None else or_(_of(case), _of_person(chat_id))
    return _withdraw(connection, which, by)


def _of_person(chat_id: int) -> ColumnElement[bool]:
    theirs = select(CaseRow.id).where(CaseRow.patient_chat_id == chat_id)
    return or_(TeachingConsent.chat_id == chat_id, TeachingConsent.case_id.in_(theirs))


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


def all_stand(connection: Connection, consent_ids: Sequence[int]) -> bool:
    """Whether none of these consents was taken back or forgotten since."""
    standing = select(func.count()).where(
        TeachingConsent.id.in_(consent_ids), TeachingConsent.withdrawn_at.is_(None)
    )
    return int(connection.execute(standing).scalar_one()) == len(set(consent_ids))


def found(connection: Connection) -> Found:
    """Every case that may be used now. Nothing of who the patients are comes along but which cases are of one."""
    consents = list(connection.execute(select(TeachingConsent).order_by(TeachingConsent.id)).all())
    by_case = {row.case_id: row for row in consents if row.case_id is not None}
    by_chat = {(row.chat_id, row.case_version): row for row in consents if row.chat_id is not None}
    asked = or_(
        CaseRow.id.in_(select(CaseOpinion.case_id).where(CaseOpinion.case_id.is_not(None))),
        CaseRow.id.in_(list(by_case)),
        CaseRow.chat_id.in_([chat for chat, _ in by_chat]),
    )
    left: dict[Reason, int] = {}
    taken: list[tuple[store.Case, Any, str, tuple[Stored, ...]]] = []
    # What was looked at anew ("worse") is two cases of the clinicians, with the same photographs: each teaches once.
    seen: set[str] = set()
    for row in connection.execute(select(CaseRow).where(asked).order_by(CaseRow.id)).all():
        case = store.read(row)
        consent = by_case.get(case.id) or (
            None if case.of_desk else by_chat.get((case.chat_id, case.state.case_version))
        )
        told = opinions.of_case(connection, case.id)
        if consent is None and not told:
            # Another case of a chat that agreed to one.
            continue
        condition, reason = _said(case, consent, told)
        photos = () if reason or consent is None else _photos(connection, case, consent.at)
        photos = tuple(one for one in photos if one.name not in seen)
        seen |= {one.name for one in photos}
        if reason or not photos:
            left[reason or "no_photo"] = left.get(reason or "no_photo", 0) + 1
        else:
            taken.append((case, consent, condition, photos))
    patients = _patients([case for case, *_ in taken])
    sides: dict[int, set[str]] = {}
    for (_, consent, *_), patient in zip(taken, patients, strict=True):
        sides.setdefault(patient, set()).add(consent.side)
    cases = []
    for (case, consent, condition, photos), patient in zip(taken, patients, strict=True):
        if len(sides[patient]) > 1:
            # It showed later that two were one: earlier sets have them on both sides.
            left["two_sides"] = left.get("two_sides", 0) + 1
            continue
        cases.append(
            Taught(
                case.id, consent.id, patient, cast(Side, consent.side), condition, case.state.answers, photos
            )
        )
    return Found(tuple(cases), left)


def _said(case: store.Case, consent: Any, told: Sequence[opinions.Opinion]) -> tuple[str, Reason | None]:
    """What the clinicians say it is; why the case may not be used, None where it may."""
    # Whoever gave no consent to the service, or took it back, gave none to this.
    if consent is None or case.state.consent != "yes":
        return "", "no_consent"
    if consent.withdrawn_at is not None:
        return "", "withdrawn"
    if not told:
        return "", "no_opinion"
    last: dict[int, str] = {}
    for one in told:
        last.setdefault(one.person_id, one.condition)
    named = set(last.values())
    if len(named) > 1:
        return "", "disagree"
    condition = named.pop()
    return (condition, None) if condition != opinions.NONE else ("", "no_condition")


def _photos(connection: Connection, case: store.Case, until: float) -> tuple[Stored, ...]:
    """The photographs that were there when the patient agreed, and still are."""
    rows = connection.execute(
        select(Photo.name, Photo.wrapped_key, Photo.master_key_id, Photo.size_bytes)
        .where(
            Photo.id.in_((*case.state.earlier_photos, *case.state.photos)),
            Photo.kind == "photo",
            Photo.wrapped_key.is_not(None),
            Photo.expires_at > db_now(),
            Photo.created_at <= until,
        )
        .order_by(Photo.created_at, Photo.id)
    ).all()
    return tuple(Stored(row.name, row.wrapped_key, row.master_key_id, row.size_bytes) for row in rows)


def _patients(cases: Sequence[store.Case]) -> list[int]:
    """For each case the number of its patient: one by the patient's chat, or by whom it was forwarded from."""
    root: dict[str, str] = {}

    def top(key: str) -> str:
        while root.setdefault(key, key) != key:
            key = root[key]
        return key

    for case in cases:
        keys = [f"case {case.id}"]
        if not case.of_desk:
            keys.append(f"chat {case.chat_id}")
        if case.patient_chat_id is not None:
            keys.append(f"chat {case.patient_chat_id}")
        if case.origin:
            keys.append(f"origin {case.origin}")
        for key in keys[1:]:
            root[top(key)] = top(keys[0])
    numbers: dict[str, int] = {}
    return [numbers.setdefault(top(f"case {case.id}"), len(numbers)) for case in cases]
