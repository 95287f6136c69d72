"""An answer as a rater sees it, whoever gave it: how soon, what it may be, what else is said.

What betrays its source (a sentence about the computer, 'I agree with the computer') is left out. Of all that is shown a hash is
kept with the answer: all raters see the same thing, or nobody sees it any more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from bot.cases import casefile, notes, opinions, spoken, store
from bot.cases.notes import Note
from bot.cases.store import Case
from bot.casework import answers
from bot.clinical import conditions
from bot.conversation import course, results
from bot.messages import Text, Urgency
from bot.sealing import Sealer
from bot.tables import ReviewItem

__all__ = ["Answered", "looks", "shown", "speaks_of_computer", "stands", "word"]

# Of the computer's sentences: what stands in the form already, and what says that a computer speaks.
_LEFT_OUT = ("findings.do.", "findings.likely", "findings.possible", "findings.also", "findings.rules.", "findings.not_diagnosis",
             "findings.unproven", "findings.photo_kept", "findings.unsure", "findings.out_of_scope", "findings.unusable",
             "findings.failed", "findings.why_answers", "notice.")  # fmt: skip

# Of a clinician's: what speaks of the computer.
_SPEAKS_OF_IT = "same"

# An opinion that comes with an answer is written so soon after it.
_ONE_DEED_S = 5.0


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer as it is scored. named: what it may be, () where nothing is named. said: what else."""

    case: Case
    soon: Urgency
    named: Sequence[Text]
    said: Sequence[Text]


def speaks_of_computer(note: Note) -> bool:
    """True where a clinician's answer would tell that there is a computer's."""
    return _SPEAKS_OF_IT in answers.from_note(note.text).said


def word(connection: Connection, case: Case, note: Note, *, last: bool) -> tuple[Urgency, str] | None:
    """How soon, and what it is ('' for nothing named), in the word of who wrote the answer, as it was then; None where another
    clinician's answer came after it and how soon is not known any more.
    """
    theirs = [
        one
        for one in opinions.of_case(connection, case.id)
        if one.person_id == note.author and one.at <= note.at + _ONE_DEED_S
    ]
    thought = theirs[0].condition if theirs else ""
    if theirs and theirs[0].at >= note.at:
        return theirs[0].urgency, thought
    return (case.opinion or case.reached, thought) if last else None


def looks(connection: Connection, case: Case, soon: Urgency | None = None, thought: str = "") -> str:
    """A hash of all that a rater is shown of the case. soon, thought: a clinician's, whose words are the note's and stay.

    None and '' for the computer's answer.
    """
    file = casefile.opened(case)
    seen = [file.about, file.answers, file.signs.present]
    said = (soon, thought) if soon is not None else (course.urgency(case.state), *_of_computer(case))
    photos = [one.id for one in spoken.pictures(connection, case) if one.kind == "photo"]
    return hashlib.sha256(repr((seen, said, photos)).encode()).hexdigest()


def _of_computer(case: Case) -> tuple[list[Text], list[Text]]:
    """What it names, and what else it says."""
    said = [one for one in results.result(case.state).paragraphs if not one.id.startswith(_LEFT_OUT)]
    return [conditions.entry(c.code).name for c in results.named(case.state)], said


def stands(connection: Connection, item_id: int) -> bool:
    """True while the item's case is there and looks as when it was drawn. Of what was drawn before that was kept, always."""
    item = connection.execute(select(ReviewItem).where(ReviewItem.id == item_id)).first()
    case = None if item is None or item.case_id is None else store.by_id(connection, item.case_id)
    if item is None or case is None:
        return False
    soon = Urgency(item.soon) if item.soon else None
    return item.looks in ("", looks(connection, case, soon, item.thought))


def shown(connection: Connection, sealer: Sealer, item_id: int) -> Answered | None:
    """The answer in its one form; None where case or answer are gone, or look otherwise than when they were drawn."""
    item = connection.execute(select(ReviewItem).where(ReviewItem.id == item_id)).first()
    case = None if item is None or item.case_id is None else store.by_id(connection, item.case_id)
    if item is None or case is None:
        return None
    soon = Urgency(item.soon) if item.soon else None
    if item.looks not in ("", looks(connection, case, soon, item.thought)):
        return None
    if item.source == "computer":
        return Answered(case, course.urgency(case.state), *_of_computer(case))
    note = next(
        (n for n in notes.of_case(connection, sealer, case.id, "clinician") if n.id == item.note_id), None
    )
    if note is None:
        return None
    answer = answers.from_note(note.text)
    said = [Text("plain.text", one.args) if one.id == "plain.text" else one for one in answers.texts(answer)]
    # 'Own words, not translated' is the clinicians' alone.
    said = [Text("plain.text", {"text": answer.own}) if one.id == "clinic.own_words" else one for one in said]
    # Of what was drawn before it was kept: as it is now.
    told = (soon, item.thought) if soon is not None else word(connection, case, note, last=True)
    assert told is not None  # the last one's is always known
    return Answered(case, told[0], [conditions.entry(told[1]).name] if told[1] else [], said)
