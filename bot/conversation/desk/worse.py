"""A worker says that a case got worse, and beside it something of health, of private parts or of a small baby: both are heard."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import course, health, reminding, typed, unseen
from bot.conversation.desk import commands, keeping, waiting
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import Case
from bot.conversation.events import Said
from bot.conversation.state import ChatState
from bot.messages import Inbound, Text

__all__ = ["meant", "told"]


def told(
    sitting: Sitting,
    case: Case,
    before: ChatState,
    words: tuple[Inbound, ...],
    event: Said,
    *notes: Text,
) -> None:
    """Says the notes and what stands open now of a case that was opened again. before: as it was when the words came."""
    spoken, noted = health.heard(sitting.dressed(before), words)
    if spoken != sitting.dressed(before) and course.part(case.state) != "now":
        # What makes it an emergency leaves no sign to ask.
        now = course.part(spoken) == "now"
        state = spoken if now else reminding.with_health(case.state, spoken)
        case = sitting.put(replace(case, state=state))
        notes = () if now else (*notes, *noted)
    seen = unseen.heard_anew(sitting.dressed(case.state), sitting.dressed(before), words)
    if seen.found:
        keeping.unseen_told(sitting, case, seen, notes, event)
    else:
        keeping.again(sitting, case, *notes)


def meant(sitting: Sitting, told: commands.Typed) -> commands.Typed:
    """The words as the command 'worse' where they say it of a case that was told: of the current one without its code too.

    Not while it is asked whose something is: they could be of that one.
    """
    case = sitting.cases.get(told.code) if told.code else sitting.current()
    asked = waiting.open_question(sitting.desk) or sitting.in_doubt()
    if told.command or case is None or (not told.code and asked):
        return told
    state = sitting.dressed(case.state)
    if not case.told or not reminding.worse(state, told.rest):
        return told
    # More than the bare word is kept with the case.
    rest = "" if typed.is_word("worse", told.rest, state.speaks) else told.rest
    return commands.Typed("worse", case.code, rest)
