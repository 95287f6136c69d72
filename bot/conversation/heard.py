"""What a person said, sorted and answered: commands first, then photographs, then answers and free text."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import (
    another,
    answers,
    commanded,
    commands,
    course,
    elsewhere,
    health,
    language,
    later,
    photos,
    recordings,
    reminding,
    saying,
    screening,
    taking_out,
    too_early,
    typed,
    unseen,
    whose,
    words,
)
from bot.conversation.events import DropPhotos, Effect, FetchPhotos, Said, Step
from bot.conversation.state import ChatState
from bot.messages import Attachment, Inbound, Reply, Text

__all__ = ["present", "said", "typed_words"]


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
        state = replace(state, language=language.guessed(items, state.here.unreviewed))
    if event.too_early:
        items = too_early.heard_still(state, items)
        if not items:
            return saying.say(state, *welcome)
    return _handled(state, items, event.at, welcome)


def present(state: ChatState, event: Said) -> ChatState:
    """The state with what every message brings along of the deployment and of the time."""
    return replace(
        state,
        here=event.here,
        heard=event.heard,
        place=event.place,
        near=event.near or state.near,
        mapped=event.mapped,
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
        return saying.awaiting(state, welcome, effects)
    why = () if recordings.FULL in state.carry else recordings.not_understood(state)
    return saying.say(state, *welcome, *why, effects=effects)


def _fetched_together(effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """The effects with one fetching for all: each is answered, and what stands open is asked once."""
    wanted = tuple(a for e in effects if isinstance(e, FetchPhotos) for a in e.attachments)
    rest = tuple(e for e in effects if not isinstance(e, FetchPhotos))
    return (*rest, FetchPhotos(wanted)) if wanted else rest


def _written(state: ChatState, items: tuple[Inbound, ...], at: float, welcome: tuple[Text, ...]) -> Step:
    state = elsewhere.pressed(whose.heard(state, items), items)
    found = elsewhere.found(state, items)
    claimed = not found and elsewhere.claimed(state, items)
    other = found or claimed
    if not claimed and any(item.kind == "message" and item.text.strip() for item in items):
        state = replace(state, unclaimed=())
    screened = screening.screened(state, items)
    asks = not other and screened.answered and not screened.harm and course.part(screened.state) == "danger"
    if asks and all(i.kind == "message" for i in items) and reminding.worse(state, _words(items)):
        # The sign that they speak of is asked first, then all that is asked of whom it is worse with.
        screened = screening.screened(reminding.reopened(state), items)
    if screened.harm and state.overlay in later.QUESTIONS:
        # It waits until they go on with their skin: it is not spent.
        waits = reminding.unheard(state)
        owed = replace(screened.state, reminders_asked=waits.reminders_asked, owed=waits.owed)
        screened = replace(screened, state=owed)
    told = screened.state
    noted: tuple[Text, ...] = ()
    if not told.handover:
        own = elsewhere.own_words(state, items) if other and elsewhere.of_somebody(state) else items
        told, noted = health.heard(told, own)
    seen = unseen.heard(told, items)
    worse = not other and (told != screened.state or seen.found) and _is_worse(screened, seen.state, items)
    if worse:
        # Both are heard: what they speak of beside it is of the case that is looked at anew.
        noted = (Text("later.sorry"), *noted)
        opened = reminding.with_health(reminding.got_worse(screened.state), told)
        seen = unseen.heard_anew(opened, screened.state, items)
    welcome = (*welcome, *noted)
    screened = replace(screened, state=seen.state, notes=(*screened.notes, *seen.notes))
    urgent = screened.answered and (course.part(seen.state) == "now" or bool(seen.state.handover))
    if other and not urgent and not seen.found:
        state = replace(seen.state, last_ref=items[-1].ref)
        done = elsewhere.ask(state, at, (*welcome, *screened.notes), of_photo=claimed)
        return replace(done, effects=(*done.effects, *screened.effects))
    alone = seen.alone or (worse and not _photographs(seen.items))
    done = _screened(screened, seen.items, at, welcome, alone=alone)
    return replace(done, effects=(*done.effects, *screened.effects, *seen.effects))


def _is_worse(screened: screening.Screened, after: ChatState, items: tuple[Inbound, ...]) -> bool:
    """True where the items say that it got worse, and nothing graver came of them. after: what else they say."""
    if screened.answered or course.part(after) == "now" or any(i.kind != "message" for i in items):
        return False
    return reminding.worse(screened.state, _words(items))


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
            return answers.of_which(state, "new", at, welcome)
        if name in commanded.COMMANDS and not _answers_question(state, item, name):
            return _without_photos(commanded.COMMANDS[name](state, welcome), items)
    if alone:
        return saying.say(state, *welcome)
    sent = _photographs(items)
    taken = taking_out.last_photo(state) if taking_out.wanted(state, _words(items)) else None
    if taken is not None:
        state, gone = taken
        welcome = (*welcome, Text("photo.wrong.done"))
        if not sent:
            return saying.say(state, *welcome, effects=(gone,))
        # The right one came with the words.
        done = _screened(replace(screened, state=state, notes=()), _without_words(items), at, welcome)
        return replace(done, effects=(gone, *done.effects))
    if sent and whose.is_asked(state):
        # The question of a reminder that stood open waits.
        state = replace(reminding.unheard(state), overlay="")
        state, notes, effects = another.held(state, sent, at, photos.MOST)
        return saying.say(state, *welcome, *notes, effects=effects)
    if sent:
        if state.overlay in later.QUESTIONS and course.part(state) in course.RESULTS:
            # The answer to how it is: the same case, some days on.
            state = reminding.reopened(state)
            welcome = (*welcome, Text("later.same_problem"))
        elif reminding.worse(state, _words(items)):
            # "Worse" under a photograph: all is asked anew, and the photograph stands beside the earlier ones.
            state = reminding.got_worse(state)
            welcome = (*welcome, Text("later.sorry"))
        state = replace(state, overlay="")
        state, notes, effects = photos.arrived(state, sent, at)
        if any(isinstance(effect, FetchPhotos) for effect in effects):
            return saying.awaiting(state, welcome, effects)
        return saying.say(state, *welcome, *notes, effects=effects)
    item = items[-1]
    if item.choice:
        return answers.chosen(state, item.choice, at, welcome)
    if item.kind == "unusable":
        welcome = (*welcome, *words.not_usable(state, item))
        # Words that stand under it are words like any others.
        return (
            words.heard(state, item.text, at, welcome) if item.text.strip() else saying.say(state, *welcome)
        )
    if item.kind == "edit":
        return words.edited(state, item, at, welcome)
    return words.heard(state, item.text, at, welcome)


def _without_words(items: tuple[Inbound, ...]) -> tuple[Inbound, ...]:
    return tuple(replace(item, text="") for item in items)


def _answers_question(state: ChatState, item: Inbound, name: str) -> bool:
    """True where a word that is also a command answers the question that stands open: "cancel" before erasing, and whatever
    only another language has as a command.
    """
    if typed.is_foreign(item.text, state.speaks):
        open_question = words.as_offered(saying.present(state), state.offered)
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
