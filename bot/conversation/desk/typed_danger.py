"""Danger in words that a worker typed: answered before whatever else they are, for the case that they are of, or held."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.desk import (
    codes,
    commands,
    crossing,
    danger,
    deeds,
    in_a_row,
    keeping,
    sorting,
    waiting,
)
from bot.conversation.desk.sitting import Sitting
from bot.conversation.events import Said
from bot.messages import Inbound

__all__ = ["answered"]


def answered(
    sitting: Sitting, item: Inbound, named: codes.Written, told: commands.Typed, event: Said
) -> bool:
    """Danger in typed words comes before whatever else they are: a command, answers in a row, a text that goes nowhere."""
    if danger.of_oneself(sitting, item):
        waiting.hold(sitting, (item,))
        return True
    if named.stops:
        if not danger.speaks((item,), sitting.desk.language):
            return False
        waiting.hold(sitting, (item,), sorting.not_whose(named))
        return True
    case = sitting.cases.get(named.code) if named.code else sitting.current()
    if case is not None and not named.code and crossing.could_be_of_two(sitting, case, item.text):
        if not danger.speaks((item,), sitting.desk.language):
            return False
        waiting.hold(sitting, (item,))
        return True
    if case is None:
        if not danger.speaks((item,), sitting.desk.language):
            return False
        sorting.sort(sitting, (item,), event)
        return True
    if told.command:
        return deeds.of_danger(sitting, case, told, event)
    words = replace(item, text=named.rest)
    found = danger.in_case(sitting, case, (words,))
    if not found.said:
        return False
    case = sitting.opened(case)
    if found.answered:
        case = keeping.noted(sitting, sitting.put(replace(found.case, outcome="")), (words,))
        keeping.again(sitting, case, *found.said)
    else:
        # Beside a sign that is asked later they may be an answer: whole, not in parts of which one could be lost.
        in_a_row.to_case(sitting, case, words, event)
    return True
