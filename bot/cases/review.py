"""Blinded review: clinicians score sampled answers without seeing who or what answered (facts: skingpt4.md section 3).

An answer is shown in one form, whoever gave it (`blinded`). Nobody scores a case that they opened or answered.

All raters of an answer see the same thing: a clinician's word is kept as it was when the answer was drawn, and of all that is
shown a hash. Once the case looks otherwise (other findings, another photograph, one that is gone), nobody scores it any more.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from bot import audit
from bot.cases import blinded, notes, store
from bot.cases.raters import HIGHEST, LOWEST, QUESTIONS
from bot.clock import db_now
from bot.conversation import course
from bot.errors import NgoziError
from bot.sealing import Sealer
from bot.tables import CaseNote, CaseOpinion, CaseRow, CaseView, ReviewItem, ReviewRound, ReviewScore

__all__ = [
    "SIZES",
    "Drawn",
    "MovedMeanwhile",
    "Round",
    "SeenMeanwhile",
    "begin",
    "begun",
    "draw",
    "just_started",
    "left",
    "rounds",
    "score",
    "start",
    "unscored",
]

SIZES = (10, 20, 40)
# In ReviewItem.looks: the case looks otherwise than when it was drawn.
_MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Drawn:
    """One answer that was drawn. note_id: the clinician's, None for the computer's. Others: as ReviewItem keeps them."""

    case_id: int
    note_id: int | None
    soon: str = ""
    thought: str = ""
    looks: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """One round. answers: by source, by answer: the seven scores of each rater. size: how many answers were sampled."""

    id: int
    at: float
    size: int
    raters: int
    answers: Mapping[str, Mapping[int, Sequence[Sequence[int]]]]


def draw(connection: Connection, sealer: Sealer, size: int) -> list[Drawn]:
    """The answers of a new round: of cases with a result, of each the computer's or a clinician's, all by chance.

    Opens many cases and notes and writes nothing: do it in `reading`, for who writes on SQLite holds everybody up.
    """
    if size not in SIZES:
        raise NgoziError(f"size is {size}; expected one of {SIZES}")
    ids = list(connection.execute(select(CaseRow.id).where(CaseRow.told_at.is_not(None))).scalars())
    random.shuffle(ids)
    items: list[Drawn] = []
    for case_id in ids:
        if len(items) == size:
            break
        case = store.by_id(connection, case_id)
        if case is None or course.part(case.state) not in ("findings", "no_photo"):
            continue
        every = notes.of_case(connection, sealer, case_id, "clinician")
        written = [note for note in every if not blinded.speaks_of_computer(note)]
        said = blinded.word(connection, case, written[-1], last=written[-1] is every[-1]) if written else None
        if said is not None and random.random() < 0.5:
            looks = blinded.looks(connection, case, said[0], said[1])
            items.append(Drawn(case_id, written[-1].id, said[0].value, said[1], looks))
        else:
            items.append(Drawn(case_id, None, looks=blinded.looks(connection, case)))
    return items


def start(connection: Connection, drawn: Sequence[Drawn], person_id: int) -> int:
    """Begins a round of what was drawn: how many answers it has. Cases that were erased meanwhile are left out."""
    ids = [one.case_id for one in drawn]
    # Held as the insert itself holds them, or one could be erased between the look and the insert.
    held = select(CaseRow.id).where(CaseRow.id.in_(ids)).order_by(CaseRow.id)
    there = set(connection.execute(held.with_for_update(read=True, key_share=True)).scalars())
    items = [one for one in drawn if one.case_id in there]
    if not items:
        return 0
    round_id = connection.execute(
        insert(ReviewRound).values(at=db_now(), by_person=person_id).returning(ReviewRound.id)
    ).scalar_one()
    connection.execute(
        insert(ReviewItem),
        [
            {
                "round_id": round_id,
                "case_id": one.case_id,
                "source": "computer" if one.note_id is None else "clinician",
                "note_id": one.note_id,
                "soon": one.soon,
                "thought": one.thought,
                "looks": one.looks,
            }
            for one in items
        ],
    )
    audit.record(connection, "review_started", round_id, by=person_id, after={"answers": len(items)})
    return len(items)


def unscored(connection: Connection) -> int | None:
    """Answers of the present round whose scores nobody has given; None where there was no round yet."""
    latest = connection.execute(
        select(ReviewRound.id).order_by(ReviewRound.id.desc()).limit(1)
    ).scalar_one_or_none()
    if latest is None:
        return None
    rows = connection.execute(
        select(ReviewItem.id, ReviewScore.scores)
        .outerjoin(ReviewScore, ReviewScore.item_id == ReviewItem.id)
        .where(ReviewItem.round_id == latest)
    ).all()
    return len({row.id for row in rows} - {row.id for row in rows if row.scores})


def just_started(connection: Connection) -> bool:
    """True within a minute of the last round: whoever pressed twice means one."""
    recent = select(ReviewRound.id).where(ReviewRound.at > db_now() - 60.0)
    return connection.execute(recent.limit(1)).first() is not None


class SeenMeanwhile(NgoziError):
    """The rater looked at the case at the desk after it was shown blinded."""


class MovedMeanwhile(NgoziError):
    """The case looks otherwise by now than what other raters were shown."""


def left(connection: Connection, person_id: int) -> list[int]:
    """Answers of the latest round that this person may score and has not; one that was begun comes first."""
    latest = select(func.max(ReviewRound.id)).scalar_subquery()
    known = (
        select(CaseNote.case_id).where(CaseNote.author == person_id),
        select(CaseOpinion.case_id).where(
            CaseOpinion.person_id == person_id, CaseOpinion.case_id.is_not(None)
        ),
        select(CaseView.case_id).where(CaseView.person_id == person_id),
    )
    rows = connection.execute(
        select(ReviewItem.id, ReviewScore.scores)
        .outerjoin(ReviewScore, (ReviewScore.item_id == ReviewItem.id) & (ReviewScore.person_id == person_id))
        .where(
            ReviewItem.round_id == latest,
            ReviewItem.case_id.is_not(None),
            ReviewItem.looks != _MOVED,
            *(ReviewItem.case_id.not_in(one) for one in known),
        )
        .order_by(ReviewScore.item_id.is_(None), ReviewItem.id)
    ).all()
    begun_ = [row.id for row in rows if row.scores is not None and not row.scores]
    fresh = [row.id for row in rows if row.scores is None]
    # Each rater in an order of their own, or tired eyes would always meet the same answers.
    random.shuffle(fresh)
    return begun_ + fresh


def begin(connection: Connection, person_id: int) -> int | None:
    """The next answer for this person, from now on theirs to see; None where none is left."""
    for item_id in left(connection, person_id):
        if blinded.stands(connection, item_id):
            break
        connection.execute(update(ReviewItem).where(ReviewItem.id == item_id).values(looks=_MOVED))
    else:
        return None
    if not begun(connection, item_id, person_id):
        connection.execute(
            insert(ReviewScore).values(item_id=item_id, person_id=person_id, at=db_now(), scores=[])
        )
        case_id = connection.execute(select(ReviewItem.case_id).where(ReviewItem.id == item_id)).scalar_one()
        audit.record(connection, "review_seen", item_id, by=person_id, case=case_id)
    return item_id


def begun(connection: Connection, item_id: int, person_id: int) -> bool:
    """True where the person may see this answer and its photographs."""
    return (
        connection.execute(
            select(ReviewScore.item_id).where(
                ReviewScore.item_id == item_id, ReviewScore.person_id == person_id
            )
        ).first()
        is not None
    )


def score(connection: Connection, item_id: int, person_id: int, scores: Sequence[int]) -> None:
    """Keeps the seven scores; once given they stay.

    Raises SeenMeanwhile, MovedMeanwhile; NgoziError: not seven from 1 to 5, or not begun by this person.
    """
    if len(scores) != len(QUESTIONS) or not all(LOWEST <= one <= HIGHEST for one in scores):
        raise NgoziError(f"scores are {list(scores)!r}; expected {len(QUESTIONS)} from {LOWEST} to {HIGHEST}")
    row = connection.execute(
        select(ReviewScore.scores)
        .where(ReviewScore.item_id == item_id, ReviewScore.person_id == person_id)
        .with_for_update()
    ).first()
    if row is None or row.scores:
        raise NgoziError(f"item {item_id} is not begun by person {person_id}, or scored already")
    opened = select(CaseView.case_id).join(ReviewItem, ReviewItem.case_id == CaseView.case_id)
    if connection.execute(opened.where(CaseView.person_id == person_id, ReviewItem.id == item_id)).first():
        raise SeenMeanwhile(f"the case of item {item_id} was opened by person {person_id}")
    if not blinded.stands(connection, item_id):
        raise MovedMeanwhile(f"the case of item {item_id} is gone or looks otherwise than when it was drawn")
    connection.execute(
        update(ReviewScore)
        .where(ReviewScore.item_id == item_id, ReviewScore.person_id == person_id)
        .values(scores=list(scores), at=db_now())
    )
    before, after = {"scored": False}, {"scored": True}
    audit.record(connection, "review_scored", item_id, by=person_id, before=before, after=after)


def rounds(connection: Connection, most: int = 5) -> list[Round]:
    """The last rounds, the latest first."""
    known = connection.execute(select(ReviewRound).order_by(ReviewRound.id.desc()).limit(most)).all()
    rows = connection.execute(
        select(
            ReviewItem.round_id, ReviewItem.id, ReviewItem.source, ReviewScore.person_id, ReviewScore.scores
        )
        .outerjoin(ReviewScore, ReviewScore.item_id == ReviewItem.id)
        .where(ReviewItem.round_id.in_([row.id for row in known]))
    ).all()
    of_round: dict[int, list[Any]] = {}
    for item in rows:
        of_round.setdefault(item.round_id, []).append(item)
    found = []
    for row in known:
        items = of_round.get(row.id, [])
        by_source: dict[str, dict[int, list[list[int]]]] = {"computer": {}, "clinician": {}}
        for item in items:
            of_item = by_source[item.source].setdefault(item.id, [])
            if item.scores:
                of_item.append([int(one) for one in item.scores])
        raters = {item.person_id for item in items if item.scores}
        found.append(Round(row.id, row.at, len({item.id for item in items}), len(raters), by_source))
    return found
