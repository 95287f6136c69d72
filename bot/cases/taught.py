"""The cases that may teach a model, all of them at once: what a training set holds, and why the others are left out.

A case may be used where it stands, the conversation's consent and the one to teach (bot.cases.teaching) stand too, and a
clinician named a condition. What is used is what was there when the patient agreed: a photograph that came later is not covered.
The database is asked three times, and once more for every PHOTOS_AT_ONCE photographs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

from sqlalchemy import Connection, or_, select

from bot.cases import codes, opinions
from bot.cases.teaching import Side
from bot.clock import db_now
from bot.conversation.state import BadState, Glance, glance
from bot.media.vault import Stored
from bot.tables import CaseOpinion, CaseRow, Photo, TeachingConsent

__all__ = ["LEFT_OUT", "Found", "Reason", "Taught", "found"]

# Why a case of which a clinician has an opinion, or that a patient gave, is not in a set.
Reason = Literal["no_consent", "withdrawn", "no_opinion", "no_condition", "disagree", "no_photo", "two_sides"]
LEFT_OUT: tuple[Reason, ...] = get_args(Reason)
PHOTOS_AT_ONCE = 2000


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


@dataclass(frozen=True, slots=True)
class _Agreed:
    """A case whose patient agreed once. row: of `cases`, narrow. consent: of `teaching_consents`."""

    row: Any
    seen: Glance
    of_desk: bool
    consent: Any


def found(connection: Connection) -> Found:
    """Every case that may be used now. Nothing of who the patients are comes along but which cases are of one."""
    told = _told(connection)
    agreed = _agreed(connection)
    left: dict[Reason, int] = {}
    without = len(told.keys() - {one.row.id for one in agreed})
    if without:
        left["no_consent"] = without
    named: list[tuple[_Agreed, str]] = []
    for one in agreed:
        condition, reason = _said(one, told.get(one.row.id, {}))
        if reason:
            left[reason] = left.get(reason, 0) + 1
        else:
            named.append((one, condition))
    kept = _photos(connection, [one for one, _ in named])
    taken: list[tuple[_Agreed, str, tuple[Stored, ...]]] = []
    # What was looked at anew ("worse") is two cases of the clinicians, with the same photographs: each teaches once.
    shown: set[str] = set()
    for one, condition in named:
        ids = (*one.seen.earlier_photos, *one.seen.photos)
        rows = sorted(
            {name: kept[name] for name in ids if name in kept}.values(), key=lambda r: (r.created_at, r.id)
        )
        photos = tuple(
            Stored(r.name, r.wrapped_key, r.master_key_id, r.size_bytes)
            for r in rows
            if r.created_at <= one.consent.at and r.name not in shown
        )
        shown |= {photo.name for photo in photos}
        if photos:
            taken.append((one, condition, photos))
        else:
            left["no_photo"] = left.get("no_photo", 0) + 1
    patients = _patients([one for one, *_ in taken])
    sides: dict[int, set[str]] = {}
    for (one, *_), patient in zip(taken, patients, strict=True):
        sides.setdefault(patient, set()).add(one.consent.side)
    cases = []
    for (one, condition, photos), patient in zip(taken, patients, strict=True):
        if len(sides[patient]) > 1:
            # It showed later that two were one: earlier sets have them on both sides.
            left["two_sides"] = left.get("two_sides", 0) + 1
            continue
        side = cast(Side, one.consent.side)
        cases.append(Taught(one.row.id, one.consent.id, patient, side, condition, one.seen.answers, photos))
    return Found(tuple(cases), left)


def _told(connection: Connection) -> dict[int, dict[int, str]]:
    """By case the last condition that each clinician named."""
    rows = connection.execute(
        select(CaseOpinion.case_id, CaseOpinion.person_id, CaseOpinion.condition)
        .where(CaseOpinion.case_id.is_not(None))
        .order_by(CaseOpinion.id)
    )
    last: dict[int, dict[int, str]] = {}
    for case_id, person_id, condition in rows:
        last.setdefault(case_id, {})[person_id] = condition
    return last


def _agreed(connection: Connection) -> list[_Agreed]:
    """The cases whose patients agreed once, by number."""
    consents = list(connection.execute(select(TeachingConsent).order_by(TeachingConsent.id)).all())
    by_case = {row.case_id: row for row in consents if row.case_id is not None}
    by_chat = {(row.chat_id, row.case_version): row for row in consents if row.chat_id is not None}
    rows = connection.execute(
        select(
            CaseRow.id, CaseRow.code, CaseRow.chat_id, CaseRow.patient_chat_id, CaseRow.origin, CaseRow.state
        )
        .where(
            or_(
                CaseRow.id.in_(select(TeachingConsent.case_id).where(TeachingConsent.case_id.is_not(None))),
                CaseRow.chat_id.in_(
                    select(TeachingConsent.chat_id).where(TeachingConsent.chat_id.is_not(None))
                ),
            )
        )
        .order_by(CaseRow.id)
    )
    agreed = []
    for row in rows:
        try:
            seen = glance(row.state)
        except BadState:
            # As a case that is read by itself: nothing is known of it, not even that it may be looked at.
            seen = Glance("", 1, (), (), {})
        of_desk = codes.serves(row.code, seen.case_version)
        consent = by_case.get(row.id) or (None if of_desk else by_chat.get((row.chat_id, seen.case_version)))
        if consent is not None:
            agreed.append(_Agreed(row, seen, of_desk, consent))
    return agreed


def _said(one: _Agreed, told: Mapping[int, str]) -> tuple[str, Reason | None]:
    """What the clinicians say it is; why the case may not be used, None where it may."""
    # Whoever gave no consent to the service, or took it back, gave none to this.
    if one.seen.consent != "yes":
        return "", "no_consent"
    if one.consent.withdrawn_at is not None:
        return "", "withdrawn"
    if not told:
        return "", "no_opinion"
    named = set(told.values())
    if len(named) > 1:
        return "", "disagree"
    condition = named.pop()
    return (condition, None) if condition != opinions.NONE else ("", "no_condition")


def _photos(connection: Connection, agreed: Iterable[_Agreed]) -> dict[str, Any]:
    """The photographs of these cases that are kept still, by their ids."""
    wanted = sorted({name for one in agreed for name in (*one.seen.earlier_photos, *one.seen.photos)})
    kept = {}
    for start in range(0, len(wanted), PHOTOS_AT_ONCE):
        rows = connection.execute(
            select(
                Photo.id,
                Photo.name,
                Photo.wrapped_key,
                Photo.master_key_id,
                Photo.size_bytes,
                Photo.created_at,
            ).where(
                Photo.id.in_(wanted[start : start + PHOTOS_AT_ONCE]),
                Photo.kind == "photo",
                Photo.wrapped_key.is_not(None),
                Photo.expires_at > db_now(),
            )
        )
        kept.update({row.id: row for row in rows})
    return kept


def _patients(agreed: Sequence[_Agreed]) -> list[int]:
    """For each case the number of its patient: one by the patient's chat, or by whom it was forwarded from."""
    root: dict[str, str] = {}

    def top(key: str) -> str:
        while root.setdefault(key, key) != key:
            key = root[key]
        return key

    for one in agreed:
        keys = [f"case {one.row.id}"]
        if not one.of_desk:
            keys.append(f"chat {one.row.chat_id}")
        if one.row.patient_chat_id is not None:
            keys.append(f"chat {one.row.patient_chat_id}")
        if one.row.origin:
            keys.append(f"origin {one.row.origin}")
        for key in keys[1:]:
            root[top(key)] = top(keys[0])
    numbers: dict[str, int] = {}
    return [numbers.setdefault(top(f"case {one.row.id}"), len(numbers)) for one in agreed]
