"""A button, or words that stand for one: an answer to the question that stands open, or to one from before."""

from __future__ import annotations

from dataclasses import replace

import locales
from bot.conversation import (
    another,
    commanded,
    commands,
    consent,
    course,
    elsewhere,
    followup,
    handover,
    language,
    later,
    photos,
    picking,
    questions,
    reminding,
    results,
    saying,
    teaching,
    unseen,
    whose,
)
from bot.conversation.events import Effect, FetchPhotos, Step
from bot.conversation.state import ChatState
from bot.messages import Reply, Text, Urgency, worst

__all__ = ["answered", "beside_which", "chosen", "of_which", "worse_of_which"]


def chosen(state: ChatState, code: str, at: float, welcome: tuple[Text, ...]) -> Step:
    """A button. One of another question asks the present one again."""
    question, _, answer = code.partition(".")
    offered = tuple(c.code for c in saying.present(state).choices)
    if code in offered or picking.of_rows(code, offered):
        return answered(state, code, at, welcome)
    if state.overlay == "which" and question == "menu":
        if answer == "new":
            return of_which(state, "new", at, welcome)
        if answer in results.TOPICS:
            return beside_which(state, (answer,), welcome)
    state = replace(reminding.unheard(state) if question == "language" else state, overlay="")
    if question == "language" and answer != "more":
        changed = language.set_to(state, answer)
        if changed is not None:
            return _language_set(changed, welcome)
    late = question in later.QUESTIONS and later.may_answer(state)
    # Who has said no may agree at any later moment.
    late = late or (code == "consent.yes" and state.consent == "no")
    if late or code in {c.code for c in saying.present(state).choices}:
        return answered(state, code, at, welcome)
    if picking.may_add(state, code) and _may_change(state):
        return _added(state, code, welcome)
    return saying.say(state, *welcome, Text("button.old"))


def answered(state: ChatState, code: str, at: float, welcome: tuple[Text, ...]) -> Step:
    """An answer to the question that stands open. code: one of its choices."""
    question, _, answer = code.partition(".")
    overlay = state.overlay
    state = replace(state, overlay="")
    if question == "language":
        if answer == "more":
            return saying.say(replace(state, overlay="language"), *welcome)
        changed = language.set_to(state, answer) or state
        return _language_set(changed, welcome)
    if overlay == "delete":
        if answer == "no":
            return saying.say(state, *welcome, Text("delete.kept"))
        fresh, reply, erasing = commands.erased(state)
        return Step(fresh, (reply,), erasing)
    if question in later.QUESTIONS:
        return reminding.answered(state, code, welcome)
    if question == "consent":
        return _consented(state, answer, at, welcome)
    if question == "which":
        return of_which(replace(state, overlay=overlay), answer, at, welcome)
    if question == "menu":
        return commanded.teach(state, welcome) if answer == "teaching" else _menu(state, answer, welcome)
    if question == "teaching":
        state, notes, taught = teaching.answered(state, answer)
        return saying.say(state, *welcome, *notes, effects=taught)
    if question == "safe":
        return _said_of_safety(state, answer, welcome)
    if code == "photo.use":
        return saying.say(photos.use_spare(state), *welcome)
    place = course.part(state)
    floor, before = state.floor, state
    state = unseen.age_again(before, questions.answered(state, code))
    if place == "symptoms" and course.part(state) != "request":
        # What is found next says by itself that the answer came.
        welcome = (*welcome, *picking.noted(before, state))
    if state.floor is not floor:
        # What was told before a sign of danger was found is told anew.
        state = replace(state, told=0)
    opened = place == "danger" and question.startswith("danger") and answer != "none"
    notes = (Text("danger.one_by_one"),) if opened and course.part(state) == "danger" else ()
    return saying.say(state, *welcome, *notes)


def of_which(state: ChatState, answer: str, at: float, welcome: tuple[Text, ...]) -> Step:
    """The photograph is of the same problem, or of a new one; so are words without one."""
    old = answer == "same" and not another.recent(state, at) and not photos.not_taken(state)
    before = state
    # Of words for somebody else it may be asked of any case, also of one that takes its photographs unasked.
    unasked = bool(state.whose_now) and not photos.asks_which(state)
    state, waited = another.taken(state)
    if not waited:
        return elsewhere.answered(before, state, answer, welcome)
    if answer == "same":
        state = whose.of_same(state)
    if answer == "same" and unasked:
        state, notes, effects = photos.arrived(state, waited, at)
    elif old:
        # Some days on: danger first, as after "worse".
        state, welcome = reminding.reopened(state), (*welcome, Text("later.same_problem"))
        state, notes, effects = photos.arrived(state, waited, at)
    else:
        state, notes, effects = (photos.of_same if answer == "same" else photos.of_new)(state, waited)
        state = state if answer == "same" else whose.begun(before, state)
    if any(isinstance(effect, FetchPhotos) for effect in effects):
        return saying.awaiting(state, welcome, effects)
    return saying.say(state, *welcome, *notes, effects=effects)


def worse_of_which(state: ChatState, at: float, welcome: tuple[Text, ...]) -> Step:
    """It is the same problem and worse: all is asked anew, and the photographs that waited stand beside the earlier ones."""
    state, waited = another.taken(whose.of_same(state))
    state = reminding.got_worse(replace(state, unclaimed=()))
    welcome = (*welcome, Text("later.sorry"))
    if not waited:
        return saying.say(state, *welcome)
    state, notes, effects = photos.arrived(state, waited, at)
    if any(isinstance(effect, FetchPhotos) for effect in effects):
        return saying.awaiting(state, welcome, effects)
    return saying.say(state, *welcome, *notes, effects=effects)


def beside_which(state: ChatState, topics: tuple[str, ...], welcome: tuple[Text, ...]) -> Step:
    """What was asked about the result, while it is open whose the photograph is; that is asked again under it."""
    reply = followup.answer(state, topics)
    return saying.say(replace(state, overlay="which"), *welcome, *reply.paragraphs)


def _may_change(state: ChatState) -> bool:
    """False for a case that has come to 'go now', was refused, or whose person is being handed over."""
    return course.part(state) not in ("now", "refused") and not state.handover


def _added(state: ChatState, code: str, welcome: tuple[Text, ...]) -> Step:
    """One symptom more: what was reached before stays reached."""
    reached = course.urgency(state)
    state, notes = picking.added(state, code)
    if reached is not Urgency.ROUTINE:
        state = replace(state, floor=worst(state.floor, reached))
    return saying.say(state, *welcome, *notes)


def _said_of_safety(state: ChatState, answer: str, welcome: tuple[Text, ...]) -> Step:
    """They are safe, they are not, or they go on with their skin."""
    if answer == "go_on":
        return saying.say(replace(state, handover="", handover_told=False), *welcome)
    if answer == "yes":
        return saying.say(replace(state, handover_told=True), *welcome)
    return saying.say_only(state, handover.not_safe(state))


def _consented(state: ChatState, answer: str, at: float, welcome: tuple[Text, ...]) -> Step:
    effects: tuple[Effect, ...]
    if answer == "yes":
        state, notes, effects = consent.agreed(state, at)
        if effects:
            return saying.awaiting(state, welcome, effects)
    else:
        state, notes, effects = consent.refused(state, at)
    return saying.say(state, *welcome, *notes, effects=effects)


def _menu(state: ChatState, topic: str, welcome: tuple[Text, ...]) -> Step:
    if topic == "new":
        return commanded.new(state, welcome)
    if state.told != state.case_version:
        # The result came while the person had stopped: it is told before anything about it.
        return saying.say(replace(state, meanwhile=topic), *welcome)
    reply = followup.answer(state, (topic,))
    return saying.say_only(state, replace(reply, paragraphs=(*welcome, *reply.paragraphs)))


def _language_set(state: ChatState, welcome: tuple[Text, ...]) -> Step:
    name = locales.pack(state.language).name
    notes = () if course.part(state) == "consent" else (Text("language.set", {"language": name}),)
    if state.owed and course.part(state) in course.RESULTS:
        # What they were reading was the question of a reminder, not the result.
        return saying.say_only(state, Reply((*welcome, *notes), (), "language"))
    return saying.say(state, *welcome, *notes, again=True)
