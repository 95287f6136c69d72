"""Something is said in a chat that is not the turn's own: to another worker, to the clinicians, to a patient.

Such a reply has no choices, so that it changes nothing of what is being asked there. Chats are locked before, in order.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from sqlalchemy import Connection, select

from bot import conversation, outbox, people
from bot.cases import store
from bot.conversation.desk import is_desk, read_desk, voice
from bot.conversation.desk.events import Escalate
from bot.messages import Reply, Text, Urgency
from bot.queue import DELIVER
from bot.tables import Chat

__all__ = ["clinicians", "lock", "tell"]


def lock(connection: Connection, chat_ids: Iterable[int]) -> None:
    """Rows of chats are locked in the order of their numbers, so that two turns never wait for each other."""
    connection.execute(
        select(Chat.id).where(Chat.id.in_(sorted(chat_ids))).order_by(Chat.id).with_for_update()
    )


def tell(
    connection: Connection, chat_id: int, turn_id: int, reply: Reply, case_id: int | None
) -> list[tuple[str, int]]:
    """Queues a reply in another chat, in its language; what to wake."""
    other = connection.execute(select(Chat.state, Chat.stopped).where(Chat.id == chat_id)).one()
    if other.stopped:
        return []
    outbox.queue(connection, chat_id, turn_id, [reply], _language(other.state), case_id)
    return [(DELIVER, chat_id)]


def _language(state: str | None) -> str:
    with contextlib.suppress(conversation.BadState):
        if state:
            return read_desk(state).speaks if is_desk(state) else conversation.from_json(state).speaks
    return "en"


def clinicians(
    connection: Connection, turn_id: int, row: store.Case, told: Escalate
) -> list[tuple[str, int]]:
    """What must be seen now or today is told to every clinician at once; the others are found in the queue."""
    if told.urgency not in (Urgency.NOW, Urgency.TODAY):
        return []
    reply = Reply(
        (
            voice.address(row.code),
            Text("clinic.new", {"soon": Text(f"desk.short.{told.urgency.value}")}),
            Text("clinic.take_it", {"code": row.code}),
        ),
        (),
        "queued",
    )
    woken: list[tuple[str, int]] = []
    for chat_id in people.active_chats(connection, "clinician"):
        woken += tell(connection, chat_id, turn_id, reply, row.id)
    return woken
