"""What hangs on a chat and goes with it, whether it is erased or too old: one list for both.

What more goes, and in which way, is said there: photographs and texts in worker.effects, the chat's own row in
worker.retention_acts. A test holds every table that names a chat against this.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from bot import parts_told, reminders
from bot.cases import teaching
from bot.tables import Base, Figure, FindingsJob, JoinTry, Receipt, ReplyRow, TalkJob

__all__ = ["OF_A_CHAT", "forget"]

# Their `chat_id` says whose they are. Receipts go with their replies, reminders and consents are forgotten where they are kept.
OF_A_CHAT: tuple[type[Base], ...] = (ReplyRow, FindingsJob, TalkJob, JoinTry, Figure)
CHUNK = 500


def forget(connection: Connection, chat_ids: Sequence[int]) -> int:
    """Deletes the rows of these chats; how many replies."""
    rows = connection.execute(
        select(ReplyRow.uuid, ReplyRow.parts, ReplyRow.parts_sent).where(ReplyRow.chat_id.in_(chat_ids))
    ).all()
    told = [key for row in rows for key in parts_told.keys(row.uuid, row.parts, row.parts_sent)]
    for start in range(0, len(told), CHUNK):
        connection.execute(delete(Receipt).where(Receipt.outgoing_id.in_(told[start : start + CHUNK])))
    for table in OF_A_CHAT:
        connection.execute(delete(table).where(table.__table__.c.chat_id.in_(chat_ids)))
    teaching.forget_chats(connection, chat_ids)
    reminders.forget(connection, chat_ids)
    return len(rows)
