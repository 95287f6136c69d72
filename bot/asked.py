"""Whether the question that stands open can have been read by whoever writes: an answer counts from when its question has left.

Not from when it was shown: a provider that tells it late must not make anybody answer twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from bot import parts_told
from bot.tables import InboundRow, ReplyRow

__all__ = ["after_the_words"]

# The same question stands in few replies after one another.
_LOOK_BACK = 6
# A platform tells its time in whole seconds.
_GRACE_S = 1.0


def after_the_words(
    connection: Connection,
    chat_id: int,
    offered: Sequence[str],
    ids: Collection[int],
    sent_at: float | None,
) -> bool:
    """True where the question that offers these codes left after the words were written, or has not left at all.

    ids: the inbound rows of the words. sent_at: when the platform says that they were written. False where no such reply is
    kept any more.
    """
    if not offered:
        return False
    position, received_at = _last_of(connection, ids)
    if position is None or received_at is None:
        return False
    written_at = received_at if sent_at is None else min(received_at, sent_at + _GRACE_S)
    said = connection.execute(
        select(
            ReplyRow.uuid,
            ReplyRow.state,
            ReplyRow.texts,
            ReplyRow.parts,
            ReplyRow.error,
            ReplyRow.resent,
            ReplyRow.first_tried_at,
            ReplyRow.provider_id,
        )
        .where(ReplyRow.chat_id == chat_id)
        .order_by(ReplyRow.id.desc())
        .limit(_LOOK_BACK)
    ).all()
    known = False
    for reply in said:
        codes = [choice["code"] for choice in reply.texts.get("choices") or ()]
        if not codes:
            continue
        if codes != list(offered):
            break
        known = True
        if _before(connection, reply, position, written_at):
            return False
    return known


def _before(connection: Connection, reply: Row[Any], position: int, written_at: float) -> bool:
    """Whether the question had left when the words were written."""
    if not _has_left(connection, reply):
        # Under way for the first time: it may be on the phone before we are told that it was taken. Its tries do not say so: some
        # failures count as none.
        under_way = reply.state == "sending" and reply.error is None and reply.first_tried_at is not None
        return under_way and bool(reply.first_tried_at <= written_at)
    number = reply.provider_id or ""
    if position > 0 and number.isascii() and number.isdigit() and not reply.resent:
        # Telegram numbers what both sides write, in its own order: no clock is asked. Of one that left twice it is not known
        # which of the two they read.
        return int(number) < position
    return reply.first_tried_at is None or bool(reply.first_tried_at <= written_at)


def _has_left(connection: Connection, reply: Row[Any]) -> bool:
    """Whether the part with the choices, the last one, is with the provider: also where a photograph before it failed."""
    if reply.state in parts_told.LEFT:
        return True
    last = len(reply.parts or ()) - 1
    if last < 1:
        return False
    told = parts_told.of_parts(connection, reply.uuid, last + 1).get(last)
    return told is not None and not told.failed


def _last_of(connection: Connection, ids: Collection[int]) -> tuple[int | None, float | None]:
    """(position, received at) of the last of these inbound rows; None twice where none is kept."""
    row = connection.execute(
        select(func.max(InboundRow.position), func.max(InboundRow.received_at)).where(InboundRow.id.in_(ids))
    ).one()
    return row[0], row[1]
