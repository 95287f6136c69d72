"""Replies that were given up: found by whoever looks after the service, sent once more, or let go."""

from __future__ import annotations

from sqlalchemy import Connection, case, func, select, update

from bot.clock import db_now
from bot.tables import Chat, ReplyRow

__all__ = ["given_up", "let_go", "replay"]


def given_up(connection: Connection, reply_id: int) -> int | None:
    """The chat of a failed reply, its row locked; None where there is no such reply."""
    chat_id = connection.execute(
        select(ReplyRow.chat_id).where(ReplyRow.id == reply_id, ReplyRow.state == "failed")
    ).scalar_one_or_none()
    if chat_id is not None:
        # The chat first: the order of locks everywhere.
        connection.execute(select(Chat.id).where(Chat.id == chat_id).with_for_update())
    return chat_id


def replay(connection: Connection, reply_id: int) -> int | None:
    """Has a failed reply sent once more, from the part that did not leave; its chat, or None where there is no such reply."""
    chat_id = given_up(connection, reply_id)
    if chat_id is None:
        return None
    parts = connection.execute(select(ReplyRow.parts).where(ReplyRow.id == reply_id)).scalar_one_or_none()
    last = max(0, len(parts or ()) - 1)
    done = connection.execute(
        update(ReplyRow)
        .where(ReplyRow.id == reply_id, ReplyRow.state == "failed")
        .values(
            state="queued",
            attempts=0,
            rank=0,
            next_try_at=None,
            first_tried_at=None,
            created_at=db_now(),
            # Of one that an earlier version took for sent whole it is not known which part failed: the last goes again.
            parts_sent=case((ReplyRow.parts_sent > last, last), else_=ReplyRow.parts_sent),
        )
    )
    if done.rowcount != 1:
        return None
    connection.execute(
        update(Chat).where(Chat.id == chat_id).values(send_due_at=func.coalesce(Chat.send_due_at, db_now()))
    )
    return int(chat_id)


def let_go(connection: Connection, reply_id: int) -> bool:
    """Drops a failed reply: it will not be sent. False where it is none."""
    done = connection.execute(
        update(ReplyRow).where(ReplyRow.id == reply_id, ReplyRow.state == "failed").values(state="dropped")
    )
    return bool(done.rowcount == 1)
