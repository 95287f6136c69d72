"""Private parts and babies under 3 months that words speak of, typed or under a photograph, whatever question stands open.

Of both no photograph is asked for, kept or looked at (clinical.md 5.3, 7.3). Private parts are the place of an open case from
then on; after a result they are another problem, of which a photograph is not taken. A small baby has the age asked once more:
words may be about another child ("my baby is 3 weeks old, and I itch").
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.conversation import another, course, edits, photos, reminding, saying, unseen_words
from bot.conversation.events import DropPhotos, Effect, Step
from bot.conversation.state import ChatState
from bot.messages import Attachment, Inbound, Text, Urgency, worst

__all__ = ["IDS", "Heard", "age_again", "heard", "heard_anew", "told"]

_PRIVATE = Text("sent.private")
_BABY = Text("age.heard")
_DELETED = Text("sent.photo_deleted")
# What is said here of words that were understood.
IDS = frozenset((_PRIVATE.id, _BABY.id))


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of it. items: without the photographs that are dropped. alone: what stands open now is all that is said. found:
    the words speak of either.
    """

    state: ChatState
    items: tuple[Inbound, ...]
    notes: tuple[Text, ...] = ()
    effects: tuple[Effect, ...] = ()
    alone: bool = False
    found: bool = False


def heard(state: ChatState, items: tuple[Inbound, ...]) -> Heard:
    """The state after what the items say of private parts and of small babies; captions too."""
    spoken = tuple(item for item in items if item.kind != "choice" and item.text.strip())
    if not spoken or state.at_once or course.part(state) == "now":
        return Heard(state, items)
    sent = tuple(dict.fromkeys(a for item in items for a in item.attachments if a.kind == "photo"))
    age = state.answers.get("age", "")
    private = (
        age != "infant" and state.answers.get("site") != "private" and _private(state, spoken, bool(sent))
    )
    baby = age != "infant" and photos.AGE_BEFORE not in state.answers and _baby(state, spoken)
    if baby and not age and not sent and not _waiting(state):
        # The age is not known yet: it is asked as ever.
        baby = False
    if not (private or baby):
        return Heard(state, items)
    dropped = (*sent, *_waiting(state))
    state = _without_waiting(state)
    notes: list[Text] = []
    if private:
        state = _of_private(state)
        ends = course.part(state) == "private" and state.told != state.case_version
        # The result says it by itself.
        notes += [] if ends else [_PRIVATE]
    if baby and age:
        state = _asking_the_age(state)
        notes.append(_BABY)
    if dropped and not photos.unkept(state):
        notes.append(_DELETED)
    items = tuple(
        replace(item, attachments=tuple(a for a in item.attachments if a.kind != "photo")) for item in items
    )
    return Heard(
        state,
        items,
        () if state.handover else tuple(notes),
        (DropPhotos(dropped),) if dropped else (),
        bool(sent) or (baby and bool(age)) or items[-1].kind == "edit",
        found=True,
    )


def heard_anew(opened: ChatState, told: ChatState, items: tuple[Inbound, ...]) -> Heard:
    """`heard` of a case that the same words open again. told: the case before them, of which the photographs stay."""
    if photos.SAID_PRIVATE in heard(told, items).state.answers:
        opened = replace(opened, answers={**opened.answers, photos.SAID_PRIVATE: "private"})
    return heard(opened, items)


def told(seen: Heard, notes: tuple[Text, ...] = ()) -> Step:
    """The step of items at a worker's desk: the notes, and what stands open now. Nothing of it is an answer."""
    step = saying.say(seen.state, *notes, *seen.notes)
    return reminding.scheduled(replace(step, effects=(*step.effects, *seen.effects)))


def _private(state: ChatState, spoken: tuple[Inbound, ...], with_photograph: bool) -> bool:
    place = course.part(state)
    if place == "site" and not state.overlay and not with_photograph:
        # It is the answer to the question that stands open.
        return False
    text = _words(state, spoken, "site")
    of_signs = place == "danger" and not with_photograph
    return bool(text) and unseen_words.of_private_parts(text, state.language, of_signs=of_signs)


def _baby(state: ChatState, spoken: tuple[Inbound, ...]) -> bool:
    text = _words(state, spoken, "age")
    return bool(text) and unseen_words.of_a_small_baby(text, state.language)


def _words(state: ChatState, spoken: tuple[Inbound, ...], key: str) -> str:
    """The text of the items, without an edit that answers that very question anew."""
    return "\n".join(
        i.text for i in spoken if i.kind != "edit" or key not in edits.questions_of(state, i.ref)
    )


def _waiting(state: ChatState) -> tuple[Attachment, ...]:
    return tuple(a for a in state.pending if a.kind == "photo")


def _without_waiting(state: ChatState) -> ChatState:
    """The state without photographs that wait for consent, or for whose they are."""
    if not _waiting(state):
        return state
    left = tuple(a for a in state.pending if a.kind != "photo")
    overlay = "" if state.overlay == "which" else state.overlay
    return replace(state, pending=left, pending_since=state.pending_since if left else None, overlay=overlay)


def _of_private(state: ChatState) -> ChatState:
    """An open case is of private parts; a told one stays what it is."""
    if state.told == state.case_version and course.part(state) in course.RESULTS:
        return replace(state, answers={**state.answers, photos.SAID_PRIVATE: "private"})
    return edits.changed(state, {**state.answers, "site": "private"}, state.floor)


def _asking_the_age(state: ChatState) -> ChatState:
    """The age is asked once more. A result that was told is left behind until it, or another one, is told again."""
    # The question of a reminder waits: what is asked under these words is the age.
    state = replace(reminding.unheard(state), overlay="")
    reached = course.urgency(state)
    answers = {key: said for key, said in state.answers.items() if key != "age"}
    answers[photos.AGE_BEFORE] = state.answers["age"]
    floor = state.floor if reached is Urgency.ROUTINE else worst(state.floor, reached)
    if state.told == state.case_version:
        state = replace(another.leaving(state, other=False), case_version=state.case_version + 1)
        # What was found is told again where the age was right.
        return replace(state, answers=answers, floor=floor)
    unjudged = edits.unjudged(state)
    return replace(unjudged, answers=answers, floor=worst(floor, unjudged.floor))


def age_again(before: ChatState, state: ChatState) -> ChatState:
    """The state after an answer, where it is the age that was asked once more: of another age the case is looked at anew."""
    was = before.answers.get(photos.AGE_BEFORE)
    if was is None or "age" in before.answers or "age" not in state.answers:
        return state
    earlier = replace(before, answers={**before.answers, "age": was})
    if earlier.answers == state.answers:
        return state
    of_told = earlier.left_version != 0 and earlier.left_version == earlier.told
    if of_told and not another.recent(earlier, earlier.last_at or 0.0):
        # Some days on: danger first, as after "worse".
        again = reminding.reopened(earlier)
        return replace(again, answers={**again.answers, "age": state.answers["age"]})
    return edits.changed(earlier, state.answers, state.floor)
