"""A case goes to another chat: to a colleague's, or to the clinic's own, in which nobody writes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, or_, select, update

from bot import audit
from bot.cases.store import OWED, Case, changed, read
from bot.clock import db_now
from bot.conversation.state import to_json
from bot.errors import NgoziError
from bot.messages import OPINION
from bot.people import chat_of
from bot.tables import CaseRow, Chat, FindingsJob, ReplyRow, TalkJob

__all__ = ["hand_over", "leave"]


def hand_over(connection: Connection, case: Case, person_id: int, by: int | None = None) -> Case:
    """Gives the case to another member: from now on it is the case of the chat they wrote in last.

    Photographs and work under way go along, and a clinician's answer that has not left for the chat before. Raises CaseMoved;
    NgoziError where the person cannot be reached.
    """
    chat_id = chat_of(connection, person_id)
    if chat_id is None:
        raise NgoziError(f"person is {person_id}; expected an active one who has a chat")
    # The chat first: the order of locks everywhere.
    connection.execute(select(Chat.id).where(Chat.id == chat_id).with_for_update())
    row = changed(connection, case, chat_id=chat_id, handed_to=person_id, **_to_tell_again(connection, case))
    for owner in (FindingsJob, TalkJob):
        connection.execute(update(owner).where(owner.case_id == case.id).values(chat_id=chat_id))
    # What was made for the case and not told yet is the other chat's to tell.
    connection.execute(
        update(Chat)
        .where(Chat.id == chat_id, or_(Chat.due_at.is_(None), Chat.due_at > db_now()))
        .values(due_at=db_now())
    )
    audit.record(
        connection,
        "case_handed_over",
        case.id,
        by=by,
        before={"chat": case.chat_id},
        after={"chat": chat_id},
        to=person_id,
    )
    return read(row)


def _to_tell_again(connection: Connection, case: Case) -> dict[str, Any]:
    """A clinician's answer that its chat has not heard is told by the next: what is queued is not sent there any more, and what
    was dropped (who was to hear it works here no more, or cannot be written to) never was.
    """
    # Only the last answer can be told: whether an earlier one was heard says nothing of it.
    last = connection.execute(
        select(ReplyRow.state)
        .where(
            ReplyRow.case_id == case.id,
            ReplyRow.chat_id == case.chat_id,
            ReplyRow.key == OPINION,
        )
        .order_by(ReplyRow.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    if case.answer_told_at is None or last not in ("queued", "sending", "parked", "failed", "dropped"):
        return {}
    return {"answer_told_at": OWED if case.answered_at is None else None}


def leave(connection: Connection, case: Case, chat_id: int) -> Case:
    """Moves the case, with the state that is given, to a chat in which nobody writes; nobody has touched it by that.

    A clinician's answer that the chat before has not heard waits for who gets the case. Raises CaseMoved.
    """
    # One that is owed would keep a case that waits from being answered: in that chat nobody tells it.
    again = _to_tell_again(connection, case) if case.answered_at is not None else {}
    row = changed(
        connection,
        case,
        chat_id=chat_id,
        handed_to=None,
        state=to_json(case.state),
        touched_at=CaseRow.touched_at,
        **again,
    )
    return read(row)
