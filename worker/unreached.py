"""A clinician's answer that could not reach the patient's own chat: the health worker of the case tells it in person.

A platform refuses at once, while the reply is being sent (worker.deliver), or says so afterwards, in a callback: then the sweep
comes here (`settle`). What it has to do stands in the rows, and it is done in the transaction that notes it as done.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from bot.cases import links
from bot.database import reading, transaction
from bot.queue import Wakes
from bot.tables import CaseRow, Chat, ReplyRow
from bot.telling import NO_TURN, NOT_REACHED
from worker import linking, telling
from worker.parts import Parts

__all__ = ["after_refusal", "after_stop", "locked", "settle"]

AT_ONCE = 100


def locked(connection: Connection, chat_id: int) -> list[links.Link]:
    """The cases of which this chat is told as the patient's own; its row and their workers' chats are locked, in order."""
    found = links.of_patient(connection, chat_id)
    if found:
        telling.lock(connection, {chat_id, *(one.chat_id for one in found)})
    return found


def after_stop(connection: Connection, chat_id: int, found: Sequence[links.Link]) -> Wakes:
    """The provider says that nothing may be written there any more: the links end, as after STOP; what to wake."""
    return linking.end(connection, NO_TURN, chat_id, found, erased=False)


def after_refusal(connection: Connection, found: Sequence[links.Link], reply_id: int) -> Wakes:
    """One reply was given up: where it was such a copy, the worker of its case is told; what to wake."""
    lost = connection.execute(select(ReplyRow.key, ReplyRow.case_id).where(ReplyRow.id == reply_id)).one()
    woken: Wakes = []
    for one in found:
        if lost.key in linking.COPIES and lost.case_id == one.case_id:
            woken += linking.tell(connection, NO_TURN, one, NOT_REACHED)
    return woken


def settle(parts: Parts) -> None:
    """Tells the workers what the platform said afterwards: that a copy was refused, or that nothing may be written there."""
    with reading(parts.engine) as connection:
        stopped = connection.execute(
            select(Chat.id)
            .join(CaseRow, CaseRow.patient_chat_id == Chat.id)
            .where(Chat.stopped.is_(True))
            .distinct()
            .limit(AT_ONCE)
        ).scalars()
        chats = list(stopped)
        refused = connection.execute(
            select(ReplyRow.id, ReplyRow.chat_id).where(*linking.UNTOLD).limit(AT_ONCE)
        ).all()
    for chat_id in chats:
        _at_stopped(parts, chat_id)
    for row in refused:
        _at_refused(parts, row.id, row.chat_id)


def _at_stopped(parts: Parts, chat_id: int) -> None:
    with transaction(parts.engine) as connection:
        found = locked(connection, chat_id)
        still = connection.execute(select(Chat.stopped).where(Chat.id == chat_id)).scalar_one_or_none()
        woken = after_stop(connection, chat_id, found) if still else []
    _wake(parts, woken)


def _at_refused(parts: Parts, reply_id: int, chat_id: int) -> None:
    with transaction(parts.engine) as connection:
        found = locked(connection, chat_id)
        noted = connection.execute(
            update(ReplyRow)
            .where(ReplyRow.id == reply_id, ReplyRow.chat_id == chat_id, *linking.UNTOLD)
            .values(rank=0)
        )
        woken = after_refusal(connection, found, reply_id) if noted.rowcount == 1 else []
    _wake(parts, woken)


def _wake(parts: Parts, woken: Sequence[tuple[str, int]]) -> None:
    for task, chat_id in woken:
        parts.wake(task, chat_id)
