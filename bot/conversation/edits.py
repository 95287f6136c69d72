"""An edited message: it answers anew the question that it answered when it was written, never the one that stands open now.

No edit lowers an urgency that was reached (rule 2 of clinical.md section 1): the answer changes, the floor stays. Danger words of
an edit are screened before anything here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.clinical import danger
from bot.clinical import questions as rule_questions
from bot.clinical.danger_signs import FIT_GROUP, GROUPS
from bot.conversation import ages, another, course, photos, questions, reminding, saying, signs, typed
from bot.conversation.state import ChatState
from bot.messages import Urgency, worst

__all__ = ["answered", "changed", "kept", "key_of", "questions_of", "unjudged"]

# Answers of one case that can still be changed by an edit.
MOST = 40
# What the whole case hangs on.
_WHOLE = ("age", "shape", "wound_kind", "site")
_DANGER = re.compile(r"(?:group\d+|D\d{2})(?:\.\w+)?")


def key_of(state: ChatState, code: str) -> str:
    """Under which key the answer of a choice of the open question is kept."""
    question = code.partition(".")[0]
    return signs.answers_key(question) if course.part(state) == "danger" else question


def kept(state: ChatState, key: str) -> ChatState:
    """The state that remembers which question its last message answered. key: of the answer, which was just kept."""
    if not state.last_ref or key not in state.answers:
        return state
    return replace(state, edits=(*state.edits, f"{state.last_ref} {key}")[-MOST:])


def questions_of(state: ChatState, ref: str) -> tuple[str, ...]:
    """Keys of the answers that a message gave, () where it gave none."""
    return tuple(key for said, _, key in (one.partition(" ") for one in state.edits) if ref and said == ref)


def answered(state: ChatState, key: str, text: str) -> ChatState | None:
    """The state with another answer to an earlier question; None where the text is no answer to it, or it is too late.

    After a result, and while one is made, what was said of danger can be changed, and age, kind and place: of these the case is
    looked at anew.
    """
    place = course.part(state)
    ended = place in (*course.RESULTS, *course.WORKING)
    if ended and key not in _WHOLE and not _DANGER.fullmatch(key):
        return None
    gone = {key, f"{key}.again", f"{key}.also", *(("wound_kind",) if key == "shape" else ())}
    if (asked := rule_questions.questions().get(key)) is not None and asked.sign:
        gone |= {asked.sign, f"{asked.sign}.again"}
    answers = {name: said for name, said in state.answers.items() if name not in gone}
    # As it was when that question stood open; what was reached since comes back below.
    then = replace(state, answers=answers, overlay="", handover="", offered=())
    offered = saying.present(then).choices
    if key == "age":
        code = ages.chosen(offered, text, state.speaks, state.here.channel)
    else:
        code = typed.choice(offered, text, state.speaks)
    if not code or key_of(then, code) != key:
        return None
    done = questions.answered(then, code)
    if key in _WHOLE:
        return changed(state, done.answers, done.floor)
    told = state.told if done.floor is state.floor else 0
    now = _asked_of_this(state.answers, done.answers)
    return course.as_told(state, replace(state, answers=now, floor=done.floor, told=told))


def changed(state: ChatState, answers: Mapping[str, str], floor: Urgency | None) -> ChatState:
    """The state with another age, kind or place: what was asked of the old one is asked anew. floor: after that answer.

    A result that was told, and one that is being made, is of the old answer: the case is looked at again, and how soon the person
    must be seen stays reached. Some days on, danger is asked first, as after "worse".
    """
    if answers == state.answers:
        return state
    told = state.told == state.case_version
    anew = replace(unjudged(state), floor=worst(floor, state.floor))
    if told:
        again = reminding.reopened(state)
        if not another.recent(state, state.last_at or 0.0):
            kept = {name: said for name, said in answers.items() if name in again.answers or name in _WHOLE}
            if photos.SAID_PRIVATE in kept:
                # Words that came since tell another place than the one that was answered then; a place told now does too.
                same = answers.get("site") == state.answers.get("site")
                del kept[photos.SAID_PRIVATE]
                kept |= {"site": "private", photos.SAID_PRIVATE: "private"} if same else {}
            return replace(again, answers=_asked_of_this(state.answers, kept), edits=state.edits)
        over = ("later.visit", "later.better", photos.SAID_PRIVATE)
        answers = {name: said for name, said in answers.items() if name not in over}
        # The photographs are of the same skin.
        anew = replace(
            again,
            floor=worst(floor, again.floor),
            edits=state.edits,
            photos=state.photos,
            spare=state.spare,
            earlier_photos=state.earlier_photos,
        )
    return replace(anew, answers=_asked_of_this(state.answers, answers))


def unjudged(state: ChatState) -> ChatState:
    """The state of a case without a plan or findings that nobody was told yet: what comes of the old ones is dropped.

    How soon the person must be seen by them stays reached.
    """
    nothing = state.findings is None and state.case_version not in (state.requested, state.planned)
    if state.told == state.case_version or nothing:
        return state
    found = state.findings
    reached = found.urgency if found is not None and not found.abstained else Urgency.ROUTINE
    floor = state.floor if reached is Urgency.ROUTINE else worst(state.floor, reached)
    state = another.leaving(state, other=False)
    version = state.case_version + 1
    return replace(state, case_version=version, findings=None, description=(), plan=None, floor=floor)


def _asked_of_this(before: Mapping[str, str], after: Mapping[str, str]) -> Mapping[str, str]:
    """The answers without those that were given about another age, kind or place: they are asked anew.

    A group of danger signs goes where it now has a sign that was not in it; what was said of each sign by itself stays, and the
    floor. One that was answered with yes or don't know asks a new sign of the short set by itself.
    """
    answers = dict(after)
    if "site" in answers and answers["site"] not in questions.places(answers):
        # A spot has other places than a rash.
        del answers["site"]
    for group in GROUPS:
        asked, now = (
            {s.id for s in danger.group_signs(told.get("age", ""), group, told)} for told in (before, answers)
        )
        moved = before.get("site") != answers.get("site") and "site" not in answers
        anew = not now <= asked or (group == FIT_GROUP and moved)
        if anew and (group == FIT_GROUP or answers.get(f"group{group}") == "none"):
            answers.pop(f"group{group}", None)
    return answers
