"""A photograph that lies in the wrong case is deleted; whose it is, the worker says by sending it again with that code.

It is gone for good: of several it is asked which, unless its number stands behind the words.
"""

from __future__ import annotations

import hashlib

from bot.conversation import saying, taking_out, typed
from bot.conversation.desk import codes, in_a_row, keeping
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import Case
from bot.conversation.events import Said
from bot.messages import Choice, Text

__all__ = ["pressed", "take_out"]


def take_out(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
    """Deletes the one photograph of the case, or the one of this number; of several without a number it asks which."""
    if not case.open:
        sitting.say(Text("desk.closed", {"code": case.code}), about=case.code, key="closed")
        return
    there = taking_out.photographs(case.state)
    number = in_a_row.number(rest) or typed.number(rest, sitting.desk.speaks)
    if rest.strip() and not number:
        case = keeping.note(sitting, case, rest)
    if not there:
        keeping.again(sitting, case, Text("desk.wrong.none"))
    elif 1 <= number <= len(there) or (len(there) == 1 and not number):
        _delete(sitting, case, there[number - 1] if number else there[0])
    else:
        _ask(sitting, case, there)


def pressed(sitting: Sitting, case: Case, mark: str) -> None:
    """Deletes the photograph that was chosen from the list; one that is gone already stays gone."""
    name = next((name for name in taking_out.photographs(case.state) if _mark(name) == mark), "")
    if not case.open:
        sitting.say(Text("desk.closed", {"code": case.code}), about=case.code, key="closed")
    elif name:
        _delete(sitting, case, name)
    else:
        keeping.again(sitting, case, Text("button.old"))


def _ask(sitting: Sitting, case: Case, there: tuple[str, ...]) -> None:
    labels = [Text("desk.wrong.photo", {"number": str(n)}) for n in range(1, len(there))]
    labels.append(Text("desk.wrong.last", {"number": str(len(there))}))
    buttons = [
        Choice(codes.wrapped(case.code, f"wrong.{_mark(name)}"), label)
        for name, label in zip(there, labels, strict=True)
    ]
    sitting.say(Text("desk.wrong.which"), choices=buttons, about=case.code, key="wrong")


def _mark(name: str) -> str:
    """What a button says of a photograph: an old button never means another one, whatever came or went since."""
    return hashlib.blake2s(name.encode(), digest_size=4).hexdigest()


def _delete(sitting: Sitting, case: Case, name: str) -> None:
    state, gone = taking_out.taken(sitting.dressed(case.state), name)
    step = saying.say(state, Text("desk.wrong.done"), effects=(gone,))
    case, replies = sitting.stepped(case.code, step)
    for reply in replies:
        sitting.speak(case, reply)
