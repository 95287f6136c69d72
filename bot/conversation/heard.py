"""What a person said, sorted and answered: commands first, then photographs, then answers and free text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import locales
from bot.conversation import (
    ages,
    another,
    commands,
    consent,
    course,
    edits,
    followup,
    handover,
    health,
    language,
    later,
    photos,
    picking,
    planning,
    questions,
    recordings,
    reminding,
    results,
    saying,
    screening,
    talk,
    teaching,
    typed,
    unseen,
)
from bot.conversation.events import DropPhotos, Effect, FetchPhotos, Said, Step
from bot.conversation.state import ChatState
from bot.messages import Attachment, Inbound, Reply, Text, Urgency, worst

__all__ = [
    "PATIENCE_S",
    "SILENCE_S",
    "UNANSWERED_PHOTO_S",
    "patience_due",
    "present",
    "said",
    "typed_words",
    "waking",
]

# A chat waits so long for an answer, and a photograph that nobody agreed to so long for consent.
SILENCE_S = 30 * 24 * 3600.0
UNANSWERED_PHOTO_S = 24 * 3600.0
# Findings that take longer than this are said to: somebody who hears nothing sends the photograph again, or gives up.
PATIENCE_S = 60.0


def said(state: ChatState, event: Said) -> Step:
    """What follows from what the person said."""
    items = tuple(i for i in event.items if i.kind not in ("noise", "migrated"))
    if not items:
        return Step(state)
    state = present(state, event)
    if event.unheard:
        state = reminding.unheard(state)
    if any(item.kind == "stopped" for item in items):
        return Step(replace(state, stopped=True, overlay=""))
    if all(item.kind == "group" for item in items):
        if state.group_told:
            return Step(state)
        return Step(replace(state, group_told=True), (Reply((Text("group.private"),), (), "group"),))
    items = tuple(item for item in items if item.kind != "group")
    welcome: tuple[Text, ...] = ()
    if state.stopped:
        state = replace(state, stopped=False)
        welcome = (Text("resume.hello"),)
    if not state.language:
        state = language.guessed(state, items)
    return _handled(state, items, event.at, welcome)


def waking(state: ChatState) -> ChatState:
    """The state with the time at which silence has been long enough."""
    due = [state.last_at + SILENCE_S] if state.last_at is not None else []
    due += [state.pending_since + UNANSWERED_PHOTO_S] if state.pending_since is not None else []
    due += [at for at in (planning.due(state), patience_due(state), talk.answer_due(state)) if at is not None]
    return replace(state, wake_at=min(due, default=None))


def patience_due(state: ChatState) -> float | None:
    """When to say that the findings take longer (epoch s); None where none are awaited, or it was said of these."""
    if state.stopped or state.patience == state.case_version or course.part(state) != "waiting":
        return None
    return None if state.requested_at is None else state.requested_at + PATIENCE_S


def present(state: ChatState, event: Said) -> ChatState:
    """The state with what every message brings along of the deployment and of the time."""
    return replace(
        state,
        channel=event.channel,
        unreviewed=event.unreviewed,
        emergency=event.emergency,
        crisis_line=event.crisis_line,
        violence_line=event.violence_line,
        photo_days=event.photo_days,
        heard=event.heard,
        place=event.place,
        near=event.near or state.near,
        last_at=event.at,
    )


def typed_words(state: ChatState, words: tuple[str, ...], at: float, notes: tuple[Text, ...]) -> Step:
    """What follows from the words of voice messages: what would follow had they been typed. notes: what is said first."""
    return _handled(state, tuple(Inbound("message", text=text) for text in words), at, notes)


def _handled(state: ChatState, items: tuple[Inbound, ...], at: float, welcome: tuple[Text, ...]) -> Step:
    """What was said and sent, and beside it what was spoken."""
    spoken = recordings.sent(items)
    if not spoken:
        return _written(state, items, at, welcome)
    # Words that stand under a voice message are words like any others.
    captions = (
        replace(i, kind="message", unusable=None, recording=None)
        for i in items
        if i.recording and i.text.strip()
    )
    others = (*(item for item in items if item.recording is None), *captions)
    state, effects = recordings.arrived(state, spoken, at)
    if others:
        done = _written(state, others, at, welcome)
        return replace(done, effects=_fetched_together((*done.effects, *effects)))
    if any(isinstance(effect, FetchPhotos) for effect in effects):
        return Step(replace(state, carry=tuple(t.id for t in welcome) + state.carry), (), effects)
    return saying.say(state, *welcome, *recordings.not_understood(state), effects=effects)


def _fetched_together(effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """The effects with one fetching for all: each is answered, and what stands open is asked once."""
    wanted = tuple(a for e in effects if isinstance(e, FetchPhotos) for a in e.attachments)
    rest = tuple(e for e in effects if not isinstance(e, FetchPhotos))
    return (*rest, FetchPhotos(wanted)) if wanted else rest


def _written(state: ChatState, items: tuple[Inbound, ...], at: float, welcome: tuple[Text, ...]) -> Step:
    screened = screening.screened(state, items)
    asks = screened.answered and not screened.harm and course.part(screened.state) == "danger"
    if asks and all(i.kind == "message" for i in items) and reminding.worse(state, _words(items)):
        # The sign that they speak of is asked first, then all that is asked of whom it is worse with.
        screened = screening.screened(reminding.reopened(state), items)
    if screened.harm and state.overlay in later.QUESTIONS:
        # It waits until they go on with their skin: it is not spent.
        waits = reminding.unheard(state)
        owed = replace(screened.state, reminders_asked=waits.reminders_asked, owed=waits.owed)
        screened = replace(screened, state=owed)
    if not screened.state.handover:
        spoken, noted = health.heard(screened.state, items)
        screened, welcome = replace(screened, state=spoken), (*welcome, *noted)
    seen = unseen.heard(screened.state, items)
    screened = replace(screened, state=seen.state, notes=(*screened.notes, *seen.notes))
    done = _screened(screened, seen.items, at, welcome, alone=seen.alone)
    return replace(done, effects=(*done.effects, *screened.effects, *seen.effects))


def _words(items: tuple[Inbound, ...]) -> str:
    return "\n".join(item.text for item in items if item.text.strip())


def _screened(
    screened: screening.Screened,
    items: tuple[Inbound, ...],
    at: float,
    welcome: tuple[Text, ...],
    *,
    alone: bool = False,
) -> Step:
    """alone: the items are answered by the notes and what stands open, unless one is a command."""
    state = screened.state
    said = [item for item in items if item.kind != "edit"]
    if said:
        state = replace(state, last_ref="" if said[-1].kind == "choice" else said[-1].ref)
    # Nothing stands before "go now" or the hand-over.
    urgent = screened.answered and (course.part(state) == "now" or bool(state.handover))
    welcome = screened.notes if urgent else (*welcome, *screened.notes)
    if screened.answered and not _photographs(items):
        return saying.say(state, *welcome)
    for item in items:
        name = typed.command(item.text, state.speaks) if item.text else ""
        if name == "new" and _photographs(items) and state.consent:
            state = photos.new_case(state)
            state = replace(state, carry=(*state.carry, "new.start", *another.still(state)))
            break
        if name == "new" and state.overlay == "which" and not _photographs(items):
            return _of_which(state, "new", at, welcome)
        if name in _COMMANDS and not _answers_question(state, item, name):
            return _without_photos(_COMMANDS[name](state, welcome), items)
    if alone:
        return saying.say(state, *welcome)
    sent = _photographs(items)
    if sent:
        if state.overlay in later.QUESTIONS and course.part(state) in course.RESULTS:
            # The answer to how it is: the same case, some days on.
            state = reminding.reopened(state)
            welcome = (*welcome, Text("later.same_problem"))
        state = replace(state, overlay="")
        state, notes, effects = photos.arrived(state, sent, at)
        if any(isinstance(effect, FetchPhotos) for effect in effects):
            return Step(replace(state, carry=tuple(t.id for t in welcome) + state.carry), (), effects)
        return saying.say(state, *welcome, *notes, effects=effects)
    item = items[-1]
    if item.choice:
        return _chosen(state, item.choice, at, welcome)
    if item.kind == "unusable":
        welcome = (*welcome, *_not_usable(state, item))
        # Words that stand under it are words like any others.
        return _typed(state, item.text, at, welcome) if item.text.strip() else saying.say(state, *welcome)
    if item.kind == "edit":
        return _edited(state, item, at, welcome)
    return _typed(state, item.text, at, welcome)


def _answers_question(state: ChatState, item: Inbound, name: str) -> bool:
    """True where a word that is also a command answers the question that stands open: "cancel" before erasing, and whatever
    only another language has as a command.
    """
    if typed.is_foreign(item.text, state.speaks):
        open_question = _as_offered(saying.present(state), state.offered)
        return bool(typed.choice(open_question.choices, item.text, state.speaks))
    if item.text.strip().startswith("/") or state.overlay != "delete" or name == "delete":
        return False
    return bool(typed.choice(commands.deletion().choices, item.text, state.speaks))


def _photographs(items: tuple[Inbound, ...]) -> tuple[Attachment, ...]:
    return tuple(dict.fromkeys(a for item in items for a in item.attachments if a.kind == "photo"))


def _without_photos(step: Step, items: tuple[Inbound, ...]) -> Step:
    """The command comes first: a photograph that stands over it is not looked at."""
    sent = _photographs(items)
    return replace(step, effects=(*step.effects, DropPhotos(sent))) if sent else step


def _chosen(state: ChatState, code: str, at: float, welcome: tuple[Text, ...]) -> Step:
    """A button. One of another question asks the present one again."""
    question, _, answer = code.partition(".")
    offered = tuple(c.code for c in saying.present(state).choices)
    if code in offered or picking.of_rows(code, offered):
        return _answered(state, code, at, welcome)
    if state.overlay == "which" and question == "menu":
        if answer == "new":
            return _of_which(state, "new", at, welcome)
        if answer in results.TOPICS:
            return _beside_which(state, (answer,), welcome)
    state = replace(reminding.unheard(state) if question == "language" else state, overlay="")
    if question == "language" and answer != "more":
        changed = language.set_to(state, answer)
        if changed is not None:
            return _language_set(changed, welcome)
    late = question in later.QUESTIONS and later.may_answer(state)
    # Who has said no may agree at any later moment.
    late = late or (code == "consent.yes" and state.consent == "no")
    if late or code in {c.code for c in saying.present(state).choices}:
        return _answered(state, code, at, welcome)
    if picking.may_add(state, code) and _may_change(state):
        return _added(state, code, welcome)
    return saying.say(state, *welcome, Text("button.old"))


def _answered(state: ChatState, code: str, at: float, welcome: tuple[Text, ...]) -> Step:
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
        return _of_which(replace(state, overlay=overlay), answer, at, welcome)
    if question == "menu":
        return _teaching(state, welcome) if answer == "teaching" else _menu(state, answer, welcome)
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


def _of_which(state: ChatState, answer: str, at: float, welcome: tuple[Text, ...]) -> Step:
    """The photograph is of the same problem, or of a new one."""
    old = answer == "same" and not another.recent(state, at) and not photos.not_taken(state)
    state, waited = another.taken(state)
    if old:
        # Some days on: danger first, as after "worse".
        state, welcome = reminding.reopened(state), (*welcome, Text("later.same_problem"))
        state, notes, effects = photos.arrived(state, waited, at)
    else:
        state, notes, effects = (photos.of_same if answer == "same" else photos.of_new)(state, waited)
    if any(isinstance(effect, FetchPhotos) for effect in effects):
        return Step(replace(state, carry=tuple(t.id for t in welcome) + state.carry), (), effects)
    return saying.say(state, *welcome, *notes, effects=effects)


def _beside_which(state: ChatState, topics: tuple[str, ...], welcome: tuple[Text, ...]) -> Step:
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
            return Step(replace(state, carry=tuple(t.id for t in welcome)), (), effects)
    else:
        state, notes, effects = consent.refused(state, at)
    return saying.say(state, *welcome, *notes, effects=effects)


def _menu(state: ChatState, topic: str, welcome: tuple[Text, ...]) -> Step:
    if topic == "new":
        return _new(state, welcome)
    if state.told != state.case_version:
        # The result came while the person had stopped: it is told before anything about it.
        return saying.say(replace(state, meanwhile=topic), *welcome)
    reply = followup.answer(state, (topic,))
    return saying.say_only(state, replace(reply, paragraphs=(*welcome, *reply.paragraphs)))


def _edited(state: ChatState, item: Inbound, at: float, welcome: tuple[Text, ...]) -> Step:
    """Another answer to the question that the message answered; one that answered nothing yet is taken as said now."""
    keys = edits.questions_of(state, item.ref)
    place = course.part(state)
    if not keys and item.ref and item.ref == state.last_ref:
        return _typed(state, item.text, at, welcome)
    if place == "now" or state.handover:
        return saying.say(state, *welcome)
    if not keys and place in course.RESULTS and not state.overlay:
        return _free_text(state, item.text, at, welcome)
    anew = edits.answered(state, keys[0], item.text) if len(keys) == 1 else None
    if anew is None:
        return saying.say(state, *welcome, Text("edit.not_taken"))
    return saying.say(anew, *welcome, *(() if anew.answers == state.answers else (Text("edit.taken"),)))


def _typed(state: ChatState, text: str, at: float, welcome: tuple[Text, ...]) -> Step:
    """Free text: an answer to the open question, else a topic, else a kind sentence and the question again."""
    open_question = _as_offered(saying.present(state), state.offered)
    place = course.part(state)
    of_age = place == "age" and not state.overlay
    if of_age:
        code = ages.chosen(open_question.choices, text, state.speaks, state.channel)
    elif open_question.key.startswith("danger") and ages.no_place(open_question.choices, text, state.channel):
        # Beside buttons a 1 may be the first sign of the list, and no "none of these".
        code = ""
    else:
        code = typed.choice(open_question.choices, text, state.speaks)
    if not code and place == "symptoms" and not state.overlay:
        code = picking.typed(open_question.choices, text, state.speaks)
    if not code and place == "health" and not state.overlay and "health.none" in state.offered:
        code = health.answer(text, state.speaks)
    if not code and place == "danger" and not state.overlay:
        code = _begins_with_yes(open_question, text, state.speaks)
    if not code and not of_age:
        code = _in_words(open_question, text, state)
    code = code or reminding.late(state, text) or reminding.looked(state, text)
    if code:
        key = edits.key_of(state, code)
        if of_age and course.part(questions.answered(state, code)) != "now":
            welcome = (*welcome, *ages.noted(code, text))
        step = _answered(state, code, at, welcome)
        return step if state.overlay else replace(step, state=edits.kept(step.state, key))
    if state.overlay == "which":
        asked = typed.topics(text, state.speaks)
        if asked:
            return _beside_which(state, asked, welcome)
        known = _greets(text, state.speaks) or _of_health(state, text, welcome)
        return saying.say(state, *welcome, *(() if known else (Text("typed.unclear"),)))
    if state.overlay:
        step = _typed(replace(state, overlay=""), text, at, welcome)
        return reminding.asked_again(state, text, step, welcome) if state.overlay in later.QUESTIONS else step
    if state.handover:
        return saying.say(state, *welcome)
    if not state.timed and reminding.in_doubt(state, text):
        return saying.say(replace(state, overlay="better"), *welcome)
    if place in course.RESULTS:
        return _free_text(state, text, at, welcome)
    if place in course.WORKING:
        asked = typed.topics(text, state.speaks)
        return saying.say(replace(state, meanwhile=asked[0] if asked else state.meanwhile), *welcome)
    known = place == "now" or not state.offered or _greets(text, state.speaks) or _is_answered(welcome)
    known = (
        known
        or _of_health(state, text, welcome)
        or (place == "health" and "health.none" not in state.offered)
    )
    return saying.say(state, *welcome, *(() if known else (Text("typed.unclear"),)))


def _as_offered(question: Reply, offered: tuple[str, ...]) -> Reply:
    """The question with the choices that the person was shown, in that order: a typed 2 or "yes" means one of those.

    offered: codes of the last message. A question that the chat has come to since, by findings or by a new version of this
    program, was not read by anybody, and is asked before it is answered.
    """
    known = {choice.code: choice for choice in question.choices}
    return replace(question, choices=tuple(known[code] for code in offered if code in known))


def _in_words(question: Reply, text: str, state: ChatState) -> str:
    """The choice of which the number is typed in words ("two"), where the choices were shown with numbers."""
    if not ages.is_numbered(state.channel, len(question.choices)):
        return ""
    place = typed.number(text, state.speaks)
    return question.choices[place - 1].code if 1 <= place <= len(question.choices) else ""


def _begins_with_yes(question: Reply, text: str, code: str) -> str:
    """The yes of a question about danger where a longer text begins with a word for yes: the safe side of a doubt."""
    first = locales.normalise(text).split()[:1]
    if not first or not typed.is_word("yes", first[0], code):
        return ""
    return next((c.code for c in question.choices if c.code.endswith(".yes")), "")


def _free_text(state: ChatState, text: str, at: float, welcome: tuple[Text, ...]) -> Step:
    """Free text after a result: what the catalogue answers, then the language model. Danger was screened before."""
    asked = typed.topics(text, state.speaks)
    if state.told != state.case_version:
        return saying.say(replace(state, meanwhile=asked[0] if asked else ""), *welcome)
    if screening.ALARM in welcome:
        return saying.say_only(state, Reply(welcome, results.menu(state), "alarm"))
    if asked:
        reply = followup.answer(state, asked)
        return saying.say_only(state, replace(reply, paragraphs=(*welcome, *reply.paragraphs)))
    if typed.is_word("thanks", text, state.speaks):
        return saying.say(state, *welcome, Text("menu.thanks"))
    if _greets(text, state.speaks):
        return saying.say(state, *welcome)
    if not unseen.IDS.isdisjoint(t.id for t in welcome) or _of_health(state, text, welcome):
        return saying.say(state, *welcome)
    wanted = talk.wanted(state, text)
    if wanted is not None:
        # Nothing is said yet: the answer comes in seconds, or the sentence of `talk.unclear` does.
        if any(t.args for t in welcome):
            # What is carried is carried by its name alone: what was heard of a voice message is said now.
            awaiting = replace(state, asked=state.case_version, asked_at=at)
            return saying.say_only(awaiting, Reply(welcome, (), "heard"), (wanted,))
        carried = state.carry + tuple(t.id for t in welcome)
        return Step(replace(state, asked=state.case_version, asked_at=at, carry=carried), (), (wanted,))
    reply = talk.unclear(state)
    return saying.say_only(state, replace(reply, paragraphs=(*welcome, *reply.paragraphs)))


def _not_usable(state: ChatState, item: Inbound) -> tuple[Text, ...]:
    """What is said of something that cannot be read; of a location the nearest place, where one is known."""
    if item.location is not None and state.near and course.part(state) != "now" and not state.handover:
        return (Text("where.near", {"name": state.near}),)
    return recordings.not_understood(state, item.unusable or "other")


def _is_answered(welcome: tuple[Text, ...]) -> bool:
    """True where it is said already that something cannot be used, or what the words are of: no more need be said of them."""
    return any(text.id.startswith("unusable.") or text.id in unseen.IDS for text in welcome)


def _of_health(state: ChatState, text: str, welcome: tuple[Text, ...]) -> bool:
    """True where what a text says of health was noted, and nothing more need be said of it."""
    return any(t.id == health.NOTED for t in welcome) and health.only_this(text, state.speaks)


def _greets(text: str, code: str) -> bool:
    return typed.command(text, code) == "hello" or any(
        typed.is_word(w, text, code) for w in ("hello", "thanks")
    )


def _language_set(state: ChatState, welcome: tuple[Text, ...]) -> Step:
    name = locales.pack(state.language).name
    notes = () if course.part(state) == "consent" else (Text("language.set", {"language": name}),)
    if state.owed and course.part(state) in course.RESULTS:
        # What they were reading was the question of a reminder, not the result.
        return saying.say_only(state, Reply((*welcome, *notes), (), "language"))
    return saying.say(state, *welcome, *notes, again=True)


def _new(state: ChatState, welcome: tuple[Text, ...]) -> Step:
    state = photos.new_case(state)
    if not state.consent:
        # A danger that was told in the first words ended the old case: whoever writes NEW is out of it.
        return saying.say(state, *welcome)
    if state.consent == "no":
        return saying.say(replace(state, consent=""), *welcome)
    return saying.say(state, *welcome, Text("new.start"), *(Text(name) for name in another.still(state)))


def _stop(state: ChatState, welcome: tuple[Text, ...]) -> Step:
    state, reply = commands.stopped(state)
    return Step(state, (reply,))


def _delete(state: ChatState, welcome: tuple[Text, ...]) -> Step:
    return saying.say(replace(state, overlay="delete"), *welcome)


def _language(state: ChatState, welcome: tuple[Text, ...]) -> Step:
    # The question of a reminder that stands open is asked in the new language.
    return saying.say(replace(reminding.unheard(state), overlay="language"), *welcome)


def _teaching(state: ChatState, welcome: tuple[Text, ...]) -> Step:
    if course.part(state) in teaching.NOTHING_BEFORE or state.handover:
        state, notes, taught = teaching.taken_back(state)
        return saying.say(replace(state, overlay=""), *welcome, *notes, effects=taught)
    return saying.say(replace(state, overlay="teaching"), *welcome)


def _help(state: ChatState, welcome: tuple[Text, ...]) -> Step:
    return saying.say(replace(state, overlay=""), *welcome, *commands.help_texts(state))


_COMMANDS: dict[str, Callable[[ChatState, tuple[Text, ...]], Step]] = {
    "stop": _stop,
    "delete": _delete,
    "language": _language,
    "new": _new,
    "teaching": _teaching,
    "help": _help,
}
