"""Where to go: the nearest place that the deployment knows, or how to hear of it.

Of a chat we know the place only where the person sent their location, or where there is one alone (`Said.place`, `Said.near`).
"""

from __future__ import annotations

from bot.conversation import course
from bot.conversation.state import ChatState
from bot.messages import Text, Urgency

__all__ = ["asked", "under_result"]

# Channels in which a person can send where they are.
_LOCATED = ("telegram", "whatsapp")


def asked(state: ChatState) -> list[Text]:
    """The answer to "where do I go?"."""
    return list(_known(state)) or [Text("where.ask")]


def under_result(state: ChatState) -> tuple[Text, ...]:
    """What stands under a result that has an urgency, where the deployment knows places; nothing of a health worker's patient."""
    pressing = course.soon(state) in (Urgency.TODAY, Urgency.WEEK)
    return _known(state) if pressing and not state.timed else ()


def _known(state: ChatState) -> tuple[Text, ...]:
    if name := state.near or state.place:
        return (Text("where.near", {"name": name}),)
    return (Text("where.send"),) if state.mapped and state.here.channel in _LOCATED else ()
