"""Chats, members and cases for the tests of the stores."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from bot import people
from bot.cases import store
from bot.clock import db_now
from bot.conversation.state import ChatState, new_state
from bot.tables import Chat, Person

__all__ = ["KEYS", "a_case", "a_chat", "a_member"]

KEYS = {1: b"k" * 32}


def a_chat(connection: Connection, address: str, channel: str = "telegram") -> int:
    return int(
        connection.execute(
            insert(Chat)
            .values(
                channel=channel,
                account="main",
                address=address,
                created_at=db_now(),
                stopped=False,
                turns=0,
            )
            .returning(Chat.id)
        ).scalar_one()
    )


def a_member(connection: Connection, address: str, role: people.Role = "chw") -> tuple[int, int]:
    """Number of the person, number of their chat."""
    chat_id = a_chat(connection, address)
    person_id = int(
        connection.execute(
            insert(Person).values(role=role, created_at=db_now(), active=True).returning(Person.id)
        ).scalar_one()
    )
    connection.execute(Chat.__table__.update().where(Chat.id == chat_id).values(person_id=person_id))  # type: ignore[attr-defined]
    return person_id, chat_id


def a_case(connection: Connection, chat_id: int, state: ChatState | None = None) -> store.Case:
    return store.open_case(connection, chat_id, state or new_state("sw"))
