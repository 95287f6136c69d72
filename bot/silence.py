"""Whether a patient said STOP in their chat and has not written since."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, select

from bot import stored_state
from bot.durations import DAY_S
from bot.tables import Chat, ReplyRow

__all__ = ["HUSHED_S", "SAID_STOP", "in_chat", "met_under_way", "said_stop"]

# The error of a reply that waits because of it.
SAID_STOP = "stopped"
# As long as the conversation itself waits for somebody who is silent (worker.retention_rules, "states").
HUSHED_S = 31 * DAY_S


def said_stop(state: str | None) -> bool:
    """Of a chat's stored state. A desk is never silent so: what concerns the patients whom a member looks after still comes."""
    patient = stored_state.conversation(state)
    return patient is not None and patient.stopped


def met_under_way() -> ColumnElement[bool]:
    """Of a reply that waits because of it: whether its next part may have arrived all the same. Its time of trying is kept only
    then.
    """
    return and_(ReplyRow.state == "parked", ReplyRow.error == SAID_STOP, ReplyRow.first_tried_at.is_not(None))


def in_chat(connection: Connection, chat_id: int) -> bool:
    """Of the chat with this number."""
    return said_stop(connection.execute(select(Chat.state).where(Chat.id == chat_id)).scalar_one_or_none())
