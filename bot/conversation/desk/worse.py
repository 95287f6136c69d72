"""A worker says that a case got worse, and beside it something of health, of private parts or of a small baby: both are heard."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import course, health, reminding, unseen
from bot.conversation.desk import keeping
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import Case
from bot.conversation.events import Said
from bot.conversation.state import ChatState
from bot.messages import Inbound, Text

__all__ = ["told"]


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
