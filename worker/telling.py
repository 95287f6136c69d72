"""What a turn says in other chats; how that is done: `bot.telling`."""

from __future__ import annotations

from sqlalchemy import Connection

from bot import people
from bot.cases import store
from bot.conversation.desk import voice
from bot.conversation.desk.events import Escalate
from bot.messages import Reply, Text, Urgency
from bot.queue import Wakes
from bot.telling import lock, tell

__all__ = ["clinicians", "lock", "on_duty", "tell"]


def clinicians(connection: Connection, turn_id: int, row: store.Case, told: Escalate) -> Wakes:
    """What must be seen now or today is told to every clinician at once; the others are found in the queue."""
    if told.urgency not in (Urgency.NOW, Urgency.TODAY):
        return []
    soon = Text("clinic.new", {"soon": Text(f"desk.short.{told.urgency.value}")})
    return _clinicians(connection, turn_id, row, (soon,), "queued")


def on_duty(connection: Connection, turn_id: int, row: store.Case, danger: tuple[Text, ...]) -> Wakes:
    """That a patient may be in danger from themself or from somebody, and the case's code: nothing else of them."""
    return _clinicians(connection, turn_id, row, (*danger, Text("clinic.harm.now")), "on_duty")


def _clinicians(
    connection: Connection, turn_id: int, row: store.Case, said: tuple[Text, ...], key: str
) -> Wakes:
    reply = Reply((voice.address(row.code), *said, Text("clinic.take_it", {"code": row.code})), (), key)
    woken: Wakes = []
    for chat_id in people.active_chats(connection, "clinician"):
        woken += tell(connection, chat_id, turn_id, reply, row.id)
    return woken
