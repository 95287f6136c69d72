"""Something is said in a chat that is not the turn's own: to another worker, to the clinicians, to a patient.

Such a reply has no choices, so that it changes nothing of what is being asked there. Chats are locked before, in order. It is a
row like any other reply: it leaves once, whoever dies. Whoever said STOP is not written to: what they would have been told of a
health worker's case, that worker tells them (`NOT_REACHED`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from sqlalchemy import Connection, select

from bot import conversation, outbox, silence
from bot.conversation.desk import is_desk, read_desk
from bot.messages import Reply, Text
from bot.queue import DELIVER, Wakes
from bot.tables import Chat

__all__ = ["NOT_REACHED", "NO_TURN", "language_of", "lock", "reaches", "tell"]

# What is told from the console or the command line is of no turn.
NO_TURN = 0
# To a health worker, with what their patient was to hear too.
NOT_REACHED = Text("desk.link.not_reached")


def lock(connection: Connection, chat_ids: Iterable[int]) -> None:
    """Rows of chats are locked in the order of their numbers, so that two turns never wait for each other."""
    connection.execute(
        select(Chat.id).where(Chat.id.in_(sorted(chat_ids))).order_by(Chat.id).with_for_update()
    )


def tell(connection: Connection, chat_id: int, turn_id: int, reply: Reply, case_id: int | None) -> Wakes:
    """Queues a reply in another chat, in its language; what to wake. Nothing where it may not be written to."""
    if not reaches(connection, chat_id):
        return []
    state = connection.execute(select(Chat.state).where(Chat.id == chat_id)).scalar_one()
    outbox.queue(connection, chat_id, turn_id, [reply], language_of(state), case_id)
    return [(DELIVER, chat_id)]


def reaches(connection: Connection, chat_id: int) -> bool:
    """False where the platform says that nothing may be written, and where a patient said STOP and has not written since.

    A member's STOP ends what the desk says by itself; what concerns the patients they look after still comes.
    """
    other = connection.execute(select(Chat.state, Chat.stopped).where(Chat.id == chat_id)).one()
    return not (other.stopped or silence.said_stop(other.state))


def language_of(state: str | None) -> str:
    """The language of a chat with this state."""
    with contextlib.suppress(conversation.BadState):
        if state:
            return read_desk(state).speaks if is_desk(state) else conversation.from_json(state).speaks
    return "en"
