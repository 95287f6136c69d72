"""How colleagues call each other, and which health workers a case can be handed to."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, and_, exists, select

from bot import people
from bot.tables import Chat, Login, Person

__all__ = ["name_of", "names", "of"]


def of(connection: Connection, person_id: int | None) -> Mapping[int, str]:
    """Number -> the name they chose for the console, '' where they have none; of active health workers but this one.

    Only who is reached in a chat: a case needs one to go to (`bot.people.chat_of`).
    """
    reached = exists().where(Chat.person_id == Person.id, Chat.stopped.is_(False), people.talks())
    rows = connection.execute(
        select(Person.id, Login.name)
        .outerjoin(Login, and_(Login.person_id == Person.id, Login.active))
        .where(Person.role == "chw", Person.active, Person.id != (person_id or 0), reached)
        .order_by(Person.id)
    ).all()
    return {row.id: row.name or "" for row in rows}


def name_of(connection: Connection, person_id: int | None) -> str:
    """The name somebody chose for the console, '' where they have none."""
    named = select(Login.name).where(Login.person_id == person_id, Login.active)
    return connection.execute(named).scalar_one_or_none() or ""


def names(connection: Connection, numbers: Collection[int]) -> Mapping[int, str]:
    """Number -> the name they chose for the console, of those who have one; also of who was removed."""
    if not numbers:
        return {}
    rows = connection.execute(select(Login.person_id, Login.name).where(Login.person_id.in_(numbers))).all()
    return {row.person_id: row.name for row in rows}
