"""What stays of the state of a chat that has long been silent: what is no data of a case, and what is said there later needs.

An answer of a clinician that comes after months is told in the person's language, and whoever said STOP is not written to.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_

from bot import conversation, stored_state
from bot.conversation.desk import DeskState, write_desk
from bot.conversation.state import rested
from bot.tables import Chat

__all__ = ["at_rest", "awake"]

# Keys are sorted, so that no state that a turn has written begins so.
_MARK = '{"rests":true,'


def at_rest(state: str | None, *, works: bool) -> str | None:
    """Of a chat's stored state; None where it cannot be read, or nothing of it is needed.

    works: whoever writes there has a role here: of their desk stays how they want it, without what it was about.
    """
    read = stored_state.read(state)
    if read is None:
        return None
    if not isinstance(read, DeskState):
        return _marked(conversation.to_json(rested(read)))
    if works:
        return _marked(write_desk(_cleared(read)))
    return _marked(conversation.to_json(conversation.new_state(read.language)))


def awake() -> ColumnElement[bool]:
    """Chats that have a state of which more stands there than stays."""
    return and_(Chat.state.is_not(None), ~Chat.state.startswith(_MARK, autoescape=True))


def _cleared(desk: DeskState) -> DeskState:
    return DeskState(
        role=desk.role,
        language=desk.language,
        notice_in=desk.notice_in,
        stopped=desk.stopped,
        group_told=desk.group_told,
        greeted=desk.greeted,
        here=desk.here,
        latitude=desk.latitude,
        longitude=desk.longitude,
        location_asked=desk.location_asked,
    )


def _marked(state: str) -> str:
    return _MARK + state[1:]
