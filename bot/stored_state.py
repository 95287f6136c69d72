"""What is remembered of a chat, as its row keeps it: a patient's conversation, or the desk of whoever works here.

Who takes a turn reads it whole and says what it makes of one that cannot be read (`worker.turn`, `worker.desk`). All others ask
here, and to them a state that cannot be read is as none: the chat begins anew with its next message.
"""

from __future__ import annotations

import contextlib
import json
import re

from bot.conversation.desk import DeskState, read_desk
from bot.conversation.state import BadState, ChatState, from_json
from bot.messages import Attachment

__all__ = ["conversation", "pending", "read", "speaks", "stopped", "written"]

# Only a desk writes this; in a text in JSON a quotation mark has a backslash before it. So a state is parsed once.
_DESK = re.compile(r'"kind":\s*"desk"')


def read(text: str | None) -> ChatState | DeskState | None:
    """The state of a text; None where there is none and where it cannot be read."""
    with contextlib.suppress(BadState):
        if text:
            return read_desk(text) if _DESK.search(text) else from_json(text)
    return None


def conversation(text: str | None) -> ChatState | None:
    """The patient's conversation of a text; None of a desk too."""
    state = read(text)
    return state if isinstance(state, ChatState) else None


def speaks(text: str | None) -> str:
    """The language to write in; English where it is not known."""
    state = read(text)
    return "en" if state is None else state.speaks


def stopped(text: str | None) -> bool:
    """True where it was asked that nothing be said, by a patient or at a desk. Of a patient alone: `bot.silence.said_stop`."""
    state = read(text)
    return state is not None and state.stopped


def pending(text: str | None) -> tuple[Attachment, ...]:
    """What lies with the platform and is named here by reference only: not yet agreed to, or not yet put into a case."""
    match read(text):
        case DeskState(held=held):
            return tuple(one for waits in held for one in waits.item.references)
        case ChatState(pending=references):
            return references
        case _:
            return ()


def written(field: str, value: str) -> str:
    """A field as both kinds of state write it: to be looked for in a row, whose text nobody needs to read then."""
    return f"{json.dumps(field)}:{json.dumps(value, ensure_ascii=False)}"
