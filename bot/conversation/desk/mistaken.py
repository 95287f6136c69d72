"""A photograph that lies in the wrong case is deleted; whose it is, the worker says by sending it again with that code."""

from __future__ import annotations

from bot.conversation import saying, taking_out
from bot.conversation.desk import keeping
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import Case
from bot.conversation.events import Said
from bot.messages import Text

__all__ = ["take_out"]


def take_out(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
    """Deletes the photograph of the case that came last, and goes on with the case as it is without it."""
    if not case.open:
        sitting.say(Text("desk.closed", {"code": case.code}), about=case.code, key="closed")
        return
    taken = taking_out.last_photo(sitting.dressed(case.state))
    if taken is None:
        keeping.again(sitting, case, Text("desk.wrong.none"))
        return
    state, gone = taken
    step = saying.say(state, Text("desk.wrong.done"), effects=(gone,))
    case, replies = sitting.stepped(case.code, step)
    for reply in replies:
        sitting.speak(case, reply)
