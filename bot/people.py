"""Who stands behind a chat, and the codes that make somebody a health worker or a clinician.

An invitation's code is shown once, to whoever made it; kept is a keyed hash. A chat in which five wrong codes were typed within
an hour is not listened to until the hour is over. Whoever was removed keeps number and chats, and has no role any more.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from bot import audit
from bot.clock import db_now
from bot.errors import NgoziError
from bot.tables import Chat, ConsoleSession, Invitation, JoinTry, Login, Person

__all__ = [
    "INVITED",
    "MAX_DAYS",
    "Member",
    "NotJoined",
    "Redeemed",
    "Role",
    "active_chats",
    "answers_cases",
    "chat_of",
    "invite",
    "leave",
    "looks_like_code",
    "members",
    "person_of",
    "redeem",
    "remove",
    "role_of",
    "wants_to_join",
]

Role = Literal["patient", "chw", "clinician", "supervisor", "admin"]
# Roles that a code typed in a chat may give. The others sign in at the console.
INVITED: tuple[Role, ...] = ("chw", "clinician")
MAX_DAYS = 90

# Neither 0 and O, nor 1, I and L, nor U and V. Two groups of six, each with a digit and a letter, so that no word, no telephone
# number and no pair of words is taken for a code: 58 bits.
LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ"
DIGITS = "23456789"
GROUP = 6
JOIN = "/join"
WRONG_TRIES = 5
TRIES_IN_S = 3600.0

NotJoined = Literal["unknown", "used", "expired", "throttled"]


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The chat's person has this role now. known: was a member before (the number stayed the same)."""

    person_id: int
    role: Role
    known: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """One person. chats: how many chats are theirs. created_at: epoch s."""

    id: int
    role: Role
    created_at: float
    invited_by: int | None
    active: bool
    chats: int


def wants_to_join(text: str) -> bool:
    """True of a message that is a code and nothing else, or begins with /join: it is for `redeem`."""
    return looks_like_code(text) is not None or text.lower().split()[:1] == [JOIN]


def looks_like_code(text: str) -> str | None:
    """The code that a whole message is, in one writing (XXXXXX-XXXXXX), with or without /join before it; else None."""
    words = unicodedata.normalize("NFKC", text).split()
    meant = bool(words) and words[0].lower() == JOIN
    groups = ["".join(_plain(c) for c in word) for word in words[meant:]]
    groups = [group for group in groups if group]
    # Without /join more than two words are a sentence, whatever letters they have together: "rash K7-42 rash" is of a case.
    if len(groups) == 1 or meant:
        whole = "".join(groups)
        groups = [whole[:GROUP], whole[GROUP:]]
    if len(groups) == 2 and all(len(group) == GROUP and _is_group(group) for group in groups):
        return "-".join(groups)
    return None


def _plain(letter: str) -> str:
    if unicodedata.category(letter) in (
        "Pd",
        "Cf",
    ):  # dashes, and marks of direction that a copy brought along
        return ""
    digit = unicodedata.decimal(letter, None)
    return str(digit) if digit is not None else letter.upper()


def _is_group(group: str) -> bool:
    return (
        all(c in LETTERS or c in DIGITS for c in group)
        and any(c in LETTERS for c in group)
        and any(c in DIGITS for c in group)
    )


def _fresh_group() -> str:
    while True:
        group = "".join(secrets.choice(LETTERS + DIGITS) for _ in range(GROUP))
        if _is_group(group):
            return group


def _hash(key: bytes, code: str) -> str:
    return hmac.new(key, b"invitation\0" + code.encode(), hashlib.sha256).hexdigest()


def invite(
    connection: Connection,
    keys: Mapping[int, bytes],
    role: Role,
    days: int = 7,
    invited_by: int | None = None,
) -> str:
    """A new code, to be handed to one person; it is good for `days`. keys: the master keys. Raises NgoziError."""
    if role not in INVITED:
        raise NgoziError(f"role is {role!r}; expected one of {', '.join(INVITED)}")
    if not 1 <= days <= MAX_DAYS:
        raise NgoziError(f"days is {days}; expected 1 to {MAX_DAYS}")
    code = f"{_fresh_group()}-{_fresh_group()}"
    invitation_id = connection.execute(
        insert(Invitation)
        .values(
            role=role,
            code_hash=_hash(keys[max(keys)], code),
            created_at=db_now(),
            expires_at=db_now() + days * 86_400.0,
            invited_by=invited_by,
        )
        .returning(Invitation.id)
    ).scalar_one()
    audit.record(connection, "invitation_made", invitation_id, by=invited_by, role=role)
    return code


def redeem(
    connection: Connection, keys: Mapping[int, bytes], chat_id: int, text: str
) -> Redeemed | NotJoined:
    """What came of a code typed in a chat; a wrong one is counted. One code makes one person, whoever is first.

    text: a message of which `wants_to_join` is true.
    """
    # The chat's row first (the order of locks everywhere): tries of one chat at the same moment are counted one by one.
    connection.execute(select(Chat.id).where(Chat.id == chat_id).with_for_update())
    tries = connection.execute(
        select(func.count()).where(JoinTry.chat_id == chat_id, JoinTry.at > db_now() - TRIES_IN_S)
    ).scalar_one()
    if tries >= WRONG_TRIES:
        return "throttled"
    code = looks_like_code(text)
    hashes = [] if code is None else [_hash(key, code) for key in keys.values()]
    found = connection.execute(
        select(Invitation, (Invitation.expires_at <= db_now()).label("late"))
        .where(Invitation.code_hash.in_(hashes))
        .with_for_update()
    ).first()
    if found is None or found.used_at is not None or found.late:
        connection.execute(insert(JoinTry).values(chat_id=chat_id, at=db_now()))
        return "unknown" if found is None else "used" if found.used_at is not None else "expired"
    role = cast(Role, found.role)
    before = person_of(connection, chat_id)
    if before is not None:
        person_id = before.id
        connection.execute(update(Person).where(Person.id == person_id).values(role=role))
    else:
        person_id = _join(connection, chat_id, role, found.invited_by)
    connection.execute(
        update(Invitation).where(Invitation.id == found.id).values(used_at=db_now(), used_by=person_id)
    )
    audit.record(
        connection,
        "person_joined",
        person_id,
        by=found.invited_by,
        before=None if before is None else {"role": before.role},
        after={"role": role},
        invitation=found.id,
    )
    return Redeemed(person_id, role, known=before is not None)


def _join(connection: Connection, chat_id: int, role: Role, invited_by: int | None) -> int:
    person_id = int(
        connection.execute(
            insert(Person)
            .values(role=role, created_at=db_now(), active=True, invited_by=invited_by)
            .returning(Person.id)
        ).scalar_one()
    )
    connection.execute(update(Chat).where(Chat.id == chat_id).values(person_id=person_id))
    return person_id


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


def chat_of(connection: Connection, person_id: int) -> int | None:
    """The chat in which an active member is reached: the one they wrote in last. None where there is none."""
    return connection.execute(
        select(Chat.id)
        .join(Person, Person.id == Chat.person_id)
        .where(Person.id == person_id, Person.active, Chat.stopped.is_(False), Chat.erased_at.is_(None))
        .order_by(func.coalesce(Chat.last_inbound_at, Chat.created_at).desc(), Chat.id.desc())
        .limit(1)
    ).scalar_one_or_none()


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
        .where(Person.role.in_(("clinician", "supervisor")), Person.active, Login.active)
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
        connection.execute(
            update(Person)
            .where(Person.id == person_id, ~exists().where(Login.person_id == Person.id, Login.active))
            .values(active=False)
        )
    audit.record(connection, "person_left", person_id, chats=left)


def remove(connection: Connection, person_id: int, by: int | None = None) -> None:
    """Takes a member's role away, at once in all chats and at the console. Raises NgoziError where there is no such member."""
    done = connection.execute(
        update(Person).where(Person.id == person_id, Person.active).values(active=False)
    )
    if done.rowcount != 1:
        raise NgoziError(f"person is {person_id}; expected the number of an active one (ngozi user list)")
    connection.execute(
        delete(ConsoleSession).where(
            ConsoleSession.login_id.in_(select(Login.id).where(Login.person_id == person_id))
        )
    )
    audit.record(
        connection, "person_removed", person_id, by=by, before={"active": True}, after={"active": False}
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
