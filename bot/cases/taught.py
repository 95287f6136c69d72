"""The cases that may teach a model, all of them at once: what a training set holds, and why the others are left out.

A case may be used where it stands, the conversation's consent and the one to teach (bot.cases.teaching) stand too, and a
clinician named a condition. What is used is what was there when the patient agreed: a photograph that came later is not covered.
The database is asked three times, and once more for every AT_ONCE cases and photographs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any, Literal, NamedTuple, TypeVar, cast, get_args

from sqlalchemy import ColumnElement, Connection, Executable, func, select, union
from sqlalchemy.orm import InstrumentedAttribute, aliased

from bot.cases import opinions
from bot.cases.teaching import Side
from bot.casework import codes
from bot.clock import db_now
from bot.conversation.state import BadState, Glance, case_version_of, glance
from bot.media.vault import Stored
from bot.tables import CaseOpinion, CaseRow, Photo, TeachingConsent

__all__ = ["LEFT_OUT", "Counted", "Found", "Reason", "Taught", "counted", "found"]

# Why a case of which a clinician has an opinion, or that a patient gave, is not in a set.
Reason = Literal["no_consent", "withdrawn", "no_opinion", "no_condition", "disagree", "no_photo", "two_sides"]
LEFT_OUT: tuple[Reason, ...] = get_args(Reason)
AT_ONCE = 2000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Taught:
    """A case that may be used. patient: which cases are of one person; a number of this reading only, and no key to anybody.

    consent: the row that lets it be used, and when that was said. condition: what the clinicians say. answers: what was told,
    by the conversation's names. photos: earliest first.
    """

    case_id: int
    consent: tuple[int, float]
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
class Counted:
    """What a set would hold: how many cases, of how many patients, with how many photographs; cases by side; the others."""

    cases: int
    patients: int
    photographs: int
    sides: Mapping[Side, int]
    left_out: Mapping[Reason, int]


@dataclass(frozen=True, slots=True)
class _Agreed:
    """A case whose patient agreed once. row: of `cases`, narrow. consent: of `teaching_consents`."""

    row: Any
    of_desk: bool
    consent: Any


class _Chosen(NamedTuple):
    """A case that may be used. photos: rows that begin with id, time and name."""

    agreed: _Agreed
    seen: Glance
    condition: str
    photos: Sequence[Any]
    patient: int
    side: Side


_BY_AGE = itemgetter(1, 0)


def found(connection: Connection) -> Found:
    """Every case that may be used now. Nothing of who the patients are comes along but which cases are of one."""
    chosen, left = _chosen(connection, (Photo.wrapped_key, Photo.master_key_id, Photo.size_bytes))
    cases = tuple(
        Taught(
            one.agreed.row.id,
            (one.agreed.consent.id, one.agreed.consent.at),
            one.patient,
            one.side,
            one.condition,
            one.seen.answers,
            tuple(Stored(name, *where) for _, _, name, *where in one.photos),
        )
        for one in chosen
    )
    return Found(cases, left)


def counted(connection: Connection) -> Counted:
    """How much `found` would find: no key of a photograph is read for it."""
    chosen, left = _chosen(connection)
    return Counted(
        len(chosen),
        len({one.patient for one in chosen}),
        sum(len(one.photos) for one in chosen),
        Counter(one.side for one in chosen),
        left,
    )


def _chosen(
    connection: Connection, of_photos: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]] = ()
) -> tuple[list[_Chosen], dict[Reason, int]]:
    """The cases that may be used, and how many are left out. of_photos: columns, beside id, time and name of each photograph."""
    agreed = _agreed(connection)
    told = _told(connection, [one.row.id for one in agreed])
    left: dict[Reason, int] = {}
    without = _thought_of(connection) - sum(one.row.id in told for one in agreed)
    if without:
        left["no_consent"] = without
    named: list[tuple[_Agreed, Glance, str]] = []
    wanted: set[str] = set()
    for one in agreed:
        condition, reason = _said(one, told.get(one.row.id, {}))
        # The longest part comes last: the conversation is opened of those alone that all the rest speaks for.
        seen = None if reason else _seen(one)
        if seen is None:
            left[reason or "no_consent"] = left.get(reason or "no_consent", 0) + 1
        else:
            named.append((one, seen, condition))
            wanted.update(seen.earlier_photos, seen.photos)
    kept = _photos(connection, wanted, of_photos)
    taken: list[tuple[_Agreed, Glance, str, list[Any]]] = []
    # What was looked at anew ("worse") is two cases of the clinicians, with the same photographs: each teaches once.
    shown: set[str] = set()
    for one, seen, condition in named:
        until = one.consent.at
        names = {*seen.earlier_photos, *seen.photos}
        rows = sorted((kept[name] for name in names if name in kept), key=_BY_AGE)
        photos = [row for row in rows if row[1] <= until and row[2] not in shown]
        shown.update(row[2] for row in photos)
        if photos:
            taken.append((one, seen, condition, photos))
        else:
            left["no_photo"] = left.get("no_photo", 0) + 1
    patients = _patients([one for one, *_ in taken])
    sides: dict[int, set[str]] = {}
    for (one, *_), patient in zip(taken, patients, strict=True):
        sides.setdefault(patient, set()).add(one.consent.side)
    chosen = [
        _Chosen(one, seen, condition, photos, patient, one.consent.side)
        for (one, seen, condition, photos), patient in zip(taken, patients, strict=True)
        if len(sides[patient]) == 1
    ]
    if apart := len(taken) - len(chosen):
        # It showed later that two were one: earlier sets have them on both sides.
        left["two_sides"] = apart
    return chosen, left


def _thought_of(connection: Connection) -> int:
    """Of how many cases that stand a clinician has an opinion."""
    return int(connection.execute(select(func.count(CaseOpinion.case_id.distinct()))).scalar_one())


def _told(connection: Connection, ids: Sequence[int]) -> dict[int, dict[int, str]]:
    """By case the last condition that each clinician named; of these cases."""
    last: dict[int, dict[int, str]] = {}
    for some in _in_parts(ids):
        rows = connection.execute(
            select(CaseOpinion.case_id, CaseOpinion.person_id, CaseOpinion.condition)
            .where(CaseOpinion.case_id.in_(some))
            .order_by(CaseOpinion.id)
        )
        for case_id, person_id, condition in rows.all():
            last.setdefault(cast(int, case_id), {})[person_id] = condition
    return last


@cache
def _consents() -> Executable:
    """Every consent that was ever given. The longest part of asking would be to put the question: it is put together once."""
    return select(
        TeachingConsent.id,
        TeachingConsent.case_id,
        TeachingConsent.chat_id,
        TeachingConsent.case_version,
        TeachingConsent.at,
        TeachingConsent.withdrawn_at,
        TeachingConsent.side,
    ).order_by(TeachingConsent.id)


@cache
def _asked() -> Executable:
    """Cases that have a consent, or whose chat has one; found by the indexes, for a scan would read every conversation."""
    other = aliased(CaseRow)
    by_case = select(TeachingConsent.case_id).where(TeachingConsent.case_id.is_not(None))
    by_chat = select(other.id).join(TeachingConsent, TeachingConsent.chat_id == other.chat_id)
    return (
        select(
            CaseRow.id, CaseRow.code, CaseRow.chat_id, CaseRow.patient_chat_id, CaseRow.origin, CaseRow.state
        )
        .where(CaseRow.id.in_(union(by_case, by_chat)))
        .order_by(CaseRow.id)
    )


def _agreed(connection: Connection) -> list[_Agreed]:
    """The cases whose patients agreed once, by number."""
    consents = connection.execute(_consents()).all()
    by_case = {row.case_id: row for row in consents if row.case_id is not None}
    by_chat = {(row.chat_id, row.case_version): row for row in consents if row.chat_id is not None}
    rows = connection.execute(_asked()).all()
    agreed = []
    for row in rows:
        version = case_version_of(row.state)
        of_desk = codes.serves(row.code, version)
        consent = by_case.get(row.id) or (None if of_desk else by_chat.get((row.chat_id, version)))
        if consent is not None:
            agreed.append(_Agreed(row, of_desk, consent))
    return agreed


def _seen(one: _Agreed) -> Glance | None:
    """The case's conversation; None where the person gave no consent to the service, or took it back: then to this neither."""
    try:
        seen = glance(one.row.state)
    except BadState:
        # As a case that is read by itself: nothing is known of it, not even that it may be looked at.
        return None
    return seen if seen.consent == "yes" else None


def _said(one: _Agreed, told: Mapping[int, str]) -> tuple[str, Reason | None]:
    """What the clinicians say it is; why the case may not be used, None where nothing here speaks against it."""
    if one.consent.withdrawn_at is not None:
        return "", "withdrawn"
    if not told:
        return "", "no_opinion"
    named = set(told.values())
    if len(named) > 1:
        return "", "disagree"
    condition = named.pop()
    return (condition, None) if condition != opinions.NONE else ("", "no_condition")


def _photos(
    connection: Connection,
    ids: Iterable[str],
    more: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]],
) -> dict[str, Any]:
    """Those of these photographs that are kept still, by their ids: id, since when, name, and what more is asked for."""
    kept: dict[str, Any] = {}
    for some in _in_parts(sorted(ids)):
        rows = connection.execute(
            select(Photo.id, Photo.created_at, Photo.name, *more).where(
                Photo.id.in_(some),
                Photo.kind == "photo",
                Photo.wrapped_key.is_not(None),
                Photo.expires_at > db_now(),
            )
        )
        kept.update((row[0], row) for row in rows.all())
    return kept


def _in_parts(ids: Sequence[T]) -> Iterator[Sequence[T]]:
    """So many of them as one statement may name."""
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


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
