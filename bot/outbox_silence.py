"""What becomes of a chat's line when its person says STOP, writes again, or answers what nobody has heard asked."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, case, func, select, update

from bot import alerts, outbox, silence
from bot.clock import db_now
from bot.conversation import course
from bot.messages import OPINION
from bot.outbox import OPEN_STATES
from bot.tables import Chat, ReplyRow

__all__ = ["SAID_ONCE", "drop_all", "hush", "resume", "take_back", "unheard"]

# What must not be lost for a STOP: the result of a case, and a clinician's answer. What is asked, and "go now", is said anew when
# the person writes again.
SAID_ONCE = (*sorted(course.RESULTS), OPINION)


def unheard(connection: Connection, chat_id: int, prefix: str) -> bool:
    """True where the newest reply of the chat whose key begins like this has not reached anybody: it was tried, and waits or was
    given up. One that is just leaving counts as read.
    """
    found = connection.execute(
        select(ReplyRow.state, ReplyRow.first_tried_at, ReplyRow.error)
        .where(ReplyRow.chat_id == chat_id, ReplyRow.key.startswith(prefix, autoescape=True))
        .order_by(ReplyRow.id.desc())
        .limit(1)
    ).first()
    if found is None:
        return False
    tried = found.first_tried_at is not None or found.error is not None
    waits = found.state == "queued" and tried
    return waits or found.state in ("parked", "failed", "dropped")


def take_back(connection: Connection, chat_id: int, prefix: str) -> None:
    """What has not left of such replies does not leave any more."""
    connection.execute(
        update(ReplyRow)
        .where(
            ReplyRow.chat_id == chat_id,
            ReplyRow.key.startswith(prefix, autoescape=True),
            ReplyRow.state.in_(("queued", "parked")),
        )
        .values(state="dropped", error="asked anew")
    )


def hush(connection: Connection, chat_id: int, waits: Collection[str] = SAID_ONCE) -> None:
    """A patient said STOP, or blocked us: nothing that is in line leaves. Replies of the keys `waits` wait until
    they write again, as long as a silent chat's state is kept; the rest goes.
    """
    in_line = (ReplyRow.chat_id == chat_id, ReplyRow.state.in_((*OPEN_STATES, "parked")))
    connection.execute(
        update(ReplyRow)
        .where(*in_line, ReplyRow.key.not_in(waits))
        .values(state="dropped", error=silence.SAID_STOP)
    )
    connection.execute(
        update(ReplyRow)
        .where(*in_line)
        .values(
            state="parked",
            error=silence.SAID_STOP,
            expires_at=func.coalesce(ReplyRow.expires_at, db_now() + silence.HUSHED_S),
            # What may have arrived is asked after, or counted, when it leaves at last.
            first_tried_at=case(
                (ReplyRow.state == "sending", func.coalesce(ReplyRow.first_tried_at, ReplyRow.created_at)),
                (silence.met_under_way(), ReplyRow.first_tried_at),
                else_=None,
            ),
        )
    )


def drop_all(connection: Connection, chat_id: int, error: str) -> None:
    """Drops what a stopped chat still has in line."""
    connection.execute(
        update(ReplyRow)
        .where(ReplyRow.chat_id == chat_id, ReplyRow.state.in_((*OPEN_STATES, "parked")))
        .values(state="dropped", error=error)
    )


def resume(connection: Connection, chat_id: int, *which: ColumnElement[bool]) -> bool:
    """The person wrote: what waited for it (WhatsApp's window, STOP) goes first, but for what is not good any more. Whether any
    did.

    What is not good for ever waits for the turn: that may say it again, and then it must not have left before.
    """
    outbox.drop_stale(connection, chat_id)
    # Who writes need not be called any more.
    connection.execute(
        update(ReplyRow)
        .where(ReplyRow.chat_id == chat_id, ReplyRow.state == "parked", ReplyRow.key == alerts.KNOCK)
        .values(state="dropped")
    )
    freed = connection.execute(
        update(ReplyRow)
        .where(ReplyRow.chat_id == chat_id, ReplyRow.state == "parked", *which)
        .values(
            state=case((silence.met_under_way(), "sending"), else_="queued"),
            expires_at=case((ReplyRow.error == silence.SAID_STOP, None), else_=ReplyRow.expires_at),
            error=None,
            next_try_at=None,
            attempts=0,
            created_at=db_now(),
        )
    )
    if freed.rowcount:
        connection.execute(update(Chat).where(Chat.id == chat_id).values(send_due_at=db_now()))
    return bool(freed.rowcount)
