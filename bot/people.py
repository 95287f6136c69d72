"""Who stands behind a chat: members by number and role, and where they are reached.

Whoever was removed keeps number and chats, and has no role any more until they are brought back. How one becomes a member by a
code: `bot.invitations`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

from sqlalchemy import ColumnElement, Connection, delete, exists, func, or_, select, update

from bot import audit
from bot.cases import claims
from bot.channels import Account
from bot.clock import db_now
from bot.errors import NgoziError
from bot.tables import Chat, ConsoleSession, Login, Person

__all__ = [
    "INVITED",
    "Member",
    "Role",
    "active_chats",
    "answers_cases",
    "anyone_works",
    "chat_of",
    "leave",
    "members",
    "person_of",
    "reached_on",
    "remove",
    "restore",
    "role_of",
    "talks",
]

Role = Literal["patient", "chw", "clinician", "supervisor", "admin"]
# Roles that a code typed in a chat may give. The others sign in at the console.
INVITED: tuple[Role, ...] = ("chw", "clinician")


@dataclass(frozen=True, slots=True)
class Member:
    """One person. chats: how many chats are theirs. created_at: epoch s."""

    id: int
    role: Role
    created_at: float
    invited_by: int | None
    active: bool
    chats: int


def person_of(connection: Connection, chat_id: int) -> Member | None:
    """The active member behind a chat; None for everybody else, who is a patient."""
    found = connection.execute(
        select(Person.id).join(Chat, Chat.person_id == Person.id).where(Chat.id == chat_id, Person.active)
    ).scalar_one_or_none()
    return None if found is None else members(connection, found)[0]


def role_of(connection: Connection, chat_id: int) -> Role:
    """The role of whoever writes in this chat; 'patient' where nobody was invited."""
    role = connection.execute(
        select(Person.role).join(Chat, Chat.person_id == Person.id).where(Chat.id == chat_id, Person.active)
    ).scalar_one_or_none()
    return cast(Role, role) if role in get_args(Role) else "patient"


def talks() -> ColumnElement[bool]:
    """Chats that were not erased, or in which somebody has written since: for a query of `chats`."""
    return or_(Chat.erased_at.is_(None), Chat.last_inbound_at > Chat.erased_at)


def chat_of(connection: Connection, person_id: int) -> int | None:
    """The chat in which an active member is reached: the one they wrote in last. None where there is none."""
    return connection.execute(
        select(Chat.id)
        .join(Person, Person.id == Chat.person_id)
        .where(Person.id == person_id, Person.active, Chat.stopped.is_(False), talks())
        .order_by(func.coalesce(Chat.last_inbound_at, Chat.created_at).desc(), Chat.id.desc())
        .limit(1)
    ).scalar_one_or_none()


def reached_on(connection: Connection, person_id: int, account: Account) -> int | None:
    """The person's chat on one account of ours, the one they wrote in last; None where there is none."""
    return connection.execute(
        select(Chat.id)
        .where(
            Chat.person_id == person_id,
            Chat.channel == account.channel,
            Chat.account == account.name,
            Chat.stopped.is_(False),
            talks(),
        )
        .order_by(func.coalesce(Chat.last_inbound_at, Chat.created_at).desc(), Chat.id.desc())
        .limit(1)
    ).scalar_one_or_none()


def anyone_works(connection: Connection) -> bool:
    """True where a health worker or clinician works here: somebody who can be shown what a patient sends."""
    works = select(Person.id).where(Person.role.in_(INVITED), Person.active).limit(1)
    return connection.execute(works).first() is not None


def active_chats(connection: Connection, role: Role) -> list[int]:
    """Chats in which active members of a role are reached, one a member: the one they wrote in last."""
    found = connection.execute(select(Person.id).where(Person.role == role, Person.active)).scalars()
    chats = [chat_of(connection, person_id) for person_id in sorted(found)]
    return [chat_id for chat_id in chats if chat_id is not None]


def answers_cases(connection: Connection) -> bool:
    """True where somebody is there who answers cases: a clinician with a chat, or one who signs in at the console."""
    if active_chats(connection, "clinician"):
        return True
    signs_in = (
        select(Person.id)
        .join(Login, Login.person_id == Person.id)
        .where(Person.role.in_(claims.MAY_ANSWER), Person.active, Login.active)
    )
    return connection.execute(signs_in.limit(1)).first() is not None


def leave(connection: Connection, chat_id: int) -> None:
    """The chat is nobody's any more; a member without a chat is none, unless they sign in at the console."""
    person_id = connection.execute(select(Chat.person_id).where(Chat.id == chat_id)).scalar_one_or_none()
    if person_id is None:
        return
    connection.execute(update(Chat).where(Chat.id == chat_id).values(person_id=None))
    left = connection.execute(select(func.count()).where(Chat.person_id == person_id)).scalar_one()
    if not left:
        # Whoever signs in at the console is a member without a chat too.
        gone = connection.execute(
            update(Person)
            .where(Person.id == person_id, ~exists().where(Login.person_id == Person.id, Login.active))
            .values(active=False)
        )
        if gone.rowcount:
            claims.give_back(connection, person_id, by=person_id)
    before, after = {"chats": left + 1}, {"chats": left}
    audit.record(connection, "person_left", person_id, before=before, after=after)


def remove(connection: Connection, person_id: int, by: int | None = None) -> None:
    """Takes a member's role away, at once in all chats and at the console. Raises NgoziError where there is no such member."""
    done = connection.execute(
        update(Person).where(Person.id == person_id, Person.active).values(active=False)
    )
    if done.rowcount != 1:
        raise NgoziError(f"person is {person_id}; expected the number of an active one (ngozi user list)")
    claims.give_back(connection, person_id, by)
    ended = connection.execute(
        delete(ConsoleSession).where(
            ConsoleSession.login_id.in_(select(Login.id).where(Login.person_id == person_id))
        )
    ).rowcount
    audit.record(
        connection,
        "person_removed",
        person_id,
        by=by,
        before={"active": True},
        after={"active": False},
        sessions_ended=ended,
    )


def restore(connection: Connection, person_id: int, role: Role, by: int) -> None:
    """Makes a member of somebody who was removed, or left, with the chats that they have. Raises NgoziError: no such person."""
    before = connection.execute(
        select(Person.role).where(Person.id == person_id, Person.active.is_(False)).with_for_update()
    ).scalar_one_or_none()
    if before is None:
        raise NgoziError(f"person is {person_id}; expected the number of one who has no role any more")
    connection.execute(update(Person).where(Person.id == person_id).values(active=True, role=role))
    # Findings and answers of their cases that came meanwhile have waited for them.
    connection.execute(
        update(Chat)
        .where(Chat.person_id == person_id, or_(Chat.due_at.is_(None), Chat.due_at > db_now()))
        .values(due_at=db_now())
    )
    audit.record(
        connection,
        "person_restored",
        person_id,
        by=by,
        before={"active": False, "role": before},
        after={"active": True, "role": role},
    )


def members(connection: Connection, person_id: int | None = None) -> list[Member]:
    """All persons, or one, by number; those who left or were removed too."""
    chats = select(func.count()).where(Chat.person_id == Person.id).scalar_subquery()
    wanted = select(Person, chats.label("chats")).order_by(Person.id)
    if person_id is not None:
        wanted = wanted.where(Person.id == person_id)
    return [
        Member(row.id, cast(Role, row.role), row.created_at, row.invited_by, row.active, row.chats)
        for row in connection.execute(wanted).all()
    ]
