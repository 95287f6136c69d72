"""Handing a case to another health worker: who is there, chosen from a list, or named by name or number.

A case that was given leaves the desk at once. So a typed number that can mean two things is asked about: a place of the list,
and a colleague's number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import locales
from bot.channels import LIMITS
from bot.conversation.desk import codes
from bot.conversation.desk.events import GiveCase
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import Case
from bot.messages import Choice, Text

__all__ = ["OVERLAY", "awaited", "came_from", "doubted", "hand_over", "label", "named", "names", "pressed"]

# Names under one question; behind them 'others', where there are more.
PAGE = 8
# In `DeskState.overlay` while it is asked to whom: a number beyond the list is a colleague's.
OVERLAY = "hand "
# Before the answer of a choice of two, of which a typed number was asked about: there its place in the list is enough.
_OF_TWO = "two."


def hand_over(sitting: Sitting, case: Case | None, words: str) -> None:
    """Gives the case to whom the words name, by name or by the number that `ngozi user list` shows; else asks to whom."""
    sitting.desk = replace(sitting.desk, overlay="")
    if case is None or not case.open:
        sitting.say(Text("desk.which"), key="which")
        return
    if number := names(sitting, words):
        _give(sitting, case, number)
    else:
        _ask(sitting, case, 0)


def names(sitting: Sitting, words: str) -> int:
    """The number of whom the words name, by name or by a number that may be nobody's; 0 where they name nobody."""
    digits = "".join(c for c in locales.normalise(words) if c.isascii() and c.isdecimal())
    return named(sitting, words) or (int(digits) if digits and len(digits) < 10 else 0)


def pressed(sitting: Sitting, case: Case, answer: str) -> bool:
    """Takes a choice of the list; False where it is none. answer: a colleague's number, or 'from8' for the names behind."""
    answer = answer.removeprefix(_OF_TWO)
    start = answer.removeprefix("from")
    if not (start.isascii() and start.isdecimal() and len(start) < 10):
        return False
    if not case.open:
        sitting.say(Text("desk.closed", {"code": case.code}), about=case.code, key="closed")
    elif answer != start:
        _ask(sitting, case, int(start))
    else:
        _give(sitting, case, int(start))
    return True


def doubted(sitting: Sitting, choice: str, number: int) -> bool:
    """Asks which is meant, where the number of this choice in the list is also that of another colleague; else False."""
    code, inner = codes.unwrapped(choice)
    question, _, answer = inner.partition(".")
    case = sitting.cases.get(code)
    if question != "hand" or case is None or not case.open or number not in sitting.around.members:
        return False
    place = answer.removeprefix(_OF_TWO)
    limits = LIMITS.get(sitting.desk.here.channel)
    numbered = limits is None or len(sitting.desk.offered) > limits.buttons
    if place == str(number) or (place != answer and numbered):
        return False
    if (there := label(sitting.around.members, place)) is None:
        # Whoever stood at this place has left meanwhile.
        return False
    two = {place: there, str(number): _who(sitting.around.members, number)}
    # By number, and 2 never first: so a number of the two is never the place of the other.
    ordered = sorted(two, key=lambda one: (not one.isdecimal(), int(one) if one.isdecimal() else 0))
    if ordered[0] == "2":
        ordered.reverse()
    buttons = [Choice(codes.wrapped(code, f"hand.{_OF_TWO}{one}"), two[one]) for one in ordered]
    asked = Text("desk.hand.which", {"number": str(number)})
    sitting.say(asked, choices=buttons, about=code, key="hand")
    sitting.desk = replace(sitting.desk, overlay=f"{OVERLAY}{code}")
    return True


def named(sitting: Sitting, words: str) -> int:
    """The number of the one colleague whose name the words are; 0 where they name nobody."""
    said = locales.normalise(words)
    alike = [n for n, name in sitting.around.members.items() if name and locales.normalise(name) == said]
    return alike[0] if len(alike) == 1 else 0


def awaited(overlay: str) -> str:
    """The code of the case that is to be handed to a number that is typed now; '' where none is."""
    return overlay.removeprefix(OVERLAY) if overlay.startswith(OVERLAY) else ""


def label(members: Mapping[int, str], answer: str) -> Text | None:
    """The words on a button of the list; None where there is nobody of this number."""
    answer = answer.removeprefix(_OF_TWO)
    if answer.startswith("from"):
        return Text("desk.hand.more")
    number = int(answer) if answer.isascii() and answer.isdecimal() and len(answer) < 10 else 0
    return _who(members, number) if number in members else None


def came_from(number: int, name: str) -> Text:
    """To whoever got a case: from whom."""
    return Text("desk.hand.from", {"name": name}) if name else Text("desk.hand.got", {"number": str(number)})


def _who(members: Mapping[int, str], number: int) -> Text:
    name = members[number]
    return Text("plain.text", {"text": name}) if name else Text("desk.hand.member", {"number": str(number)})


def _ask(sitting: Sitting, case: Case, start: int) -> None:
    members = sitting.around.members
    if not members:
        sitting.say(Text("desk.hand.alone"), about=case.code, key="hand")
        return
    # By name; who has none comes after, by number.
    ordered = sorted(members, key=lambda number: (not members[number], members[number], number))
    start = start if start < len(ordered) else 0
    buttons = [
        Choice(codes.wrapped(case.code, f"hand.{number}"), _who(members, number))
        for number in ordered[start : start + PAGE]
    ]
    if start + PAGE < len(ordered):
        buttons.append(Choice(codes.wrapped(case.code, f"hand.from{start + PAGE}"), Text("desk.hand.more")))
    sitting.say(Text("desk.hand.whom"), choices=buttons, about=case.code, key="hand")
    sitting.desk = replace(sitting.desk, overlay=f"{OVERLAY}{case.code}")


def _give(sitting: Sitting, case: Case, number: int) -> None:
    sitting.desk = replace(sitting.desk, overlay="")
    members = sitting.around.members
    if number not in members:
        sitting.say(Text("desk.hand.nobody", {"number": str(number)}), about=case.code, key="hand")
        return
    name = members[number]
    done = Text("desk.hand.to", {"name": name}) if name else Text("desk.hand.done", {"number": str(number)})
    sitting.effects.append(GiveCase(case.code, number))
    sitting.say(done, about=case.code, key="handed")
    sitting.leave(case.code)
