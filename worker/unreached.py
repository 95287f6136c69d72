"""A clinician's answer that could not reach the patient's own chat: the health worker of the case tells it in person."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from bot.cases import links
from bot.tables import ReplyRow
from bot.telling import NO_TURN, NOT_REACHED
from worker import linking, telling

__all__ = ["after_refusal", "after_stop", "locked"]

# What the patient alone would have heard; the rest of what is said in their chat is of their own conversation.
_COPIES = ("opinion", "closed")


def locked(connection: Connection, chat_id: int) -> list[links.Link]:
    """The cases of which this chat is told as the patient's own; its row and their workers' chats are locked, in order."""
    found = links.of_patient(connection, chat_id)
    if found:
        telling.lock(connection, {chat_id, *(one.chat_id for one in found)})
    return found


def after_stop(connection: Connection, chat_id: int, found: Sequence[links.Link]) -> list[tuple[str, int]]:
    """The provider says that nothing may be written there any more: the links end, as after STOP; what to wake."""
    return linking.end(connection, NO_TURN, chat_id, found, erased=False)


def after_refusal(
    connection: Connection, found: Sequence[links.Link], reply_id: int
) -> list[tuple[str, int]]:
    """One reply was given up: where it was such a copy, the worker of its case is told; what to wake."""
    lost = connection.execute(select(ReplyRow.key, ReplyRow.case_id).where(ReplyRow.id == reply_id)).one()
    woken: list[tuple[str, int]] = []
    for one in found:
        if lost.key in _COPIES and lost.case_id == one.case_id:
            woken += linking.tell(connection, NO_TURN, one, NOT_REACHED)
    return woken
