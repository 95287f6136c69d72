"""Typed words that mean a choice of the list that was shown last: its number in words, several numbers, the words of a button."""

from __future__ import annotations

from bot.conversation import ages, picking, typed
from bot.conversation.desk import codes, deeds, in_a_row
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import DeskState
from bot.conversation.events import Said
from bot.messages import Choice, Inbound

__all__ = ["by_words", "in_words", "several"]


def by_words(sitting: Sitting, text: str) -> str:
    """The choice of the desk's own last question that the words mean, '' for none."""
    labels = tuple(
        Choice(code, label)
        for code in sitting.desk.offered
        if (label := deeds.label_of(sitting, code)) is not None
    )
    return typed.choice(labels, text, sitting.desk.speaks) if labels else ""


def in_words(desk: DeskState, text: str) -> int | None:
    """A number of the last list that is typed in words, where it was shown with numbers; of ages "two" may be years."""
    if not ages.is_numbered(desk.here.channel, len(desk.offered)):
        return None
    number = typed.number(text, desk.speaks)
    of_age = any(codes.unwrapped(choice)[1].startswith("age.") for choice in desk.offered)
    return None if of_age or not 1 <= number <= len(desk.offered) else number


def several(sitting: Sitting, text: str, event: Said) -> bool:
    """Takes the numbers of several symptoms ("1 3"), where the last list is that of one case; else False."""
    listed = [codes.unwrapped(choice) for choice in sitting.desk.offered]
    case = sitting.cases.get(listed[0][0]) if len({code for code, _ in listed}) == 1 else None
    choice = picking.by_numbers(tuple(inner for _, inner in listed), text) if case is not None else ""
    if case is None or not choice:
        return False
    in_a_row.to_case(sitting, case, Inbound("choice", choice=choice), event)
    return True
