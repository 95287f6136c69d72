"""What a command does: one function each, from the state and what is said first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.conversation import (
    another,
    commands,
    course,
    photos,
    reminding,
    saying,
    teaching,
)
from bot.conversation.events import Step
from bot.conversation.state import ChatState
from bot.messages import Text

__all__ = ["COMMANDS", "new", "teach"]


def new(state: ChatState, welcome: tuple[Text, ...]) -> Step:
    """A new case."""
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


def teach(state: ChatState, welcome: tuple[Text, ...]) -> Step:
    """Asks whether the case may teach the model; what was agreed is taken back where there is nothing to ask about."""
    if course.part(state) in teaching.NOTHING_BEFORE or state.handover:
        state, notes, taught = teaching.taken_back(state)
        return saying.say(replace(state, overlay=""), *welcome, *notes, effects=taught)
    return saying.say(replace(state, overlay="teaching"), *welcome)


def _help(state: ChatState, welcome: tuple[Text, ...]) -> Step:
    return saying.say(replace(state, overlay=""), *welcome, *commands.help_texts(state.here))


# By the name of the command (`typed.command`).
COMMANDS: dict[str, Callable[[ChatState, tuple[Text, ...]], Step]] = {
    "stop": _stop,
    "delete": _delete,
    "language": _language,
    "new": new,
    "teaching": teach,
    "help": _help,
}
