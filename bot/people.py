"""Who stands behind a chat, and the codes that make somebody a health worker or a clinician.

An invitation's code is shown once, to whoever made it; kept is a keyed hash. A chat in which five wrong codes were typed within
an hour is not listened to until the hour is over. Whoever was removed keeps number and chats, and has no role any more
until they are brought back.

A code that belongs to a case makes nobody a member: it links the patient's own chat to that case of a health worker, so that a
clinician's answers about it are told there too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, func, insert, or_, select, update

from bot import audit
from bot.channels import Account
from bot.clock import db_now
from bot.errors import NgoziError
from bot.join_codes import DIGITS, LETTERS, fresh_code, hashed, looks_like_code, wants_to_join
from bot.tables import CaseRow, Chat, ConsoleSession, Invitation, JoinTry, Login, Person

__all__ = [
    "DIGITS",
    "INVITED",
    "LETTERS",
    "LINK_DAYS",
    "MAX_DAYS",
    "Linked",
    "Member",
    "NotJoined",
    "Redeemed",
    "Role",
    "active_chats",
    "answers_cases",
    "anyone_works",
    "case_meant",
    "chat_of",
    "fresh_code",
    "invite",
    "invite_patient",
    "leave",
    "looks_like_code",
    "members",
    "person_of",
    "reached_on",
    "redeem",
    "remove",
    "restore",
    "role_meant",
    "role_of",
    "talks",
    "wants_to_join",
]

Role = Literal["patient", "chw", "clinician", "supervisor", "admin"]
# Roles that a code typed in a chat may give. The others sign in at the console.
INVITED: tuple[Role, ...] = ("chw", "clinician")
MAX_DAYS = 90
# A patient's code is handed over at once, or read out.
LINK_DAYS = 7

WRONG_TRIES = 5
TRIES_IN_S = 3600.0

NotJoined = Literal["unknown", "used", "expired", "throttled", "closed", "member"]


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The chat's person has this role now. known: was a member before (the number stayed the same)."""

    person_id: int
    role: Role
    known: bool = False


@dataclass(frozen=True, slots=True)
class Linked:
    """The chat is the patient's of this case now."""

    case_id: int


@dataclass(frozen=True, slots=True)
class Member:
    """One person. chats: how many chats are theirs. created_at: epoch s."""

    id: int
    role: Role
    created_at: float
    invited_by: int | None
    active: bool
    chats: int


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
    code = fresh_code()
    _invited(connection, keys, role, code, days, invited_by)
    return code


def invite_patient(
    connection: Connection, keys: Mapping[int, bytes], case_id: int, code: str, invited_by: int | None
) -> None:
    """Makes `code` (of `fresh_code`) the one by which the case's patient links their own chat; earlier ones of it are too old."""
    connection.execute(
        update(Invitation)
        .where(Invitation.case_id == case_id, Invitation.used_at.is_(None))
        .values(expires_at=db_now())
    )
    _invited(connection, keys, "patient", code, LINK_DAYS, invited_by, case_id)


def _invited(
    connection: Connection,
    keys: Mapping[int, bytes],
    role: Role,
    code: str,
    days: int,
    invited_by: int | None,
    case_id: int | None = None,
) -> None:
    invitation_id = connection.execute(
        insert(Invitation)
        .values(
            role=role,
            code_hash=hashed(keys[max(keys)], code),
            created_at=db_now(),
            expires_at=db_now() + days * 86_400.0,
            invited_by=invited_by,
            case_id=case_id,
        )
        .returning(Invitation.id)
    ).scalar_one()
    audit.record(
        connection, "invitation_made", invitation_id, by=invited_by, after={"role": role, "days": days}
    )


def redeem(
    connection: Connection, keys: Mapping[int, bytes], chat_id: int, text: str
) -> Redeemed | Linked | NotJoined:
    """What came of a code typed in a chat; a wrong one is counted. One code makes one person, whoever is first.

    A patient's code links the chat to its case and to no other; a member's chat, or a closed case, uses it up in nothing.

    text: a message of which `wants_to_join` is true.
    """
    # The chat's row first (the order of locks everywhere): tries of one chat at the same moment are counted one by one.
    connection.execute(select(Chat.id).where(Chat.id == chat_id).with_for_update())
    if _throttled(connection, chat_id):
        return "throttled"
    found = connection.execute(_of_code(keys, text).with_for_update()).first()
    if found is None or found.used_at is not None or found.late:
        connection.execute(insert(JoinTry).values(chat_id=chat_id, at=db_now()))
        return "unknown" if found is None else "used" if found.used_at is not None else "expired"
    if found.case_id is not None:
        return _link(connection, chat_id, found.id, found.case_id)
    role = cast(Role, found.role)
    before = person_of(connection, chat_id)
    if before is not None and before.role in ("admin", "supervisor"):
        # The last administrator could lose the console by trying a code out.
        return "member"
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


def case_meant(connection: Connection, keys: Mapping[int, bytes], chat_id: int, text: str) -> int | None:
    """The case to which a code typed in this chat would link it now; None of every other text. Nothing is written or counted."""
    if looks_like_code(text) is None or _throttled(connection, chat_id):
        return None
    found = connection.execute(_of_code(keys, text)).first()
    if found is None or found.used_at is not None or found.late or found.case_id is None:
        return None
    open_case = select(CaseRow.id).where(CaseRow.id == found.case_id, CaseRow.closed_at.is_(None))
    if person_of(connection, chat_id) is not None:
        return None
    return connection.execute(open_case).scalar_one_or_none()


def role_meant(connection: Connection, keys: Mapping[int, bytes], chat_id: int, text: str) -> Role | None:
    """The role that a code typed in this chat would give now; None of every other text. Nothing is written or counted."""
    if looks_like_code(text) is None or _throttled(connection, chat_id):
        return None
    found = connection.execute(_of_code(keys, text)).first()
    if found is None or found.used_at is not None or found.late or found.case_id is not None:
        return None
    return cast(Role, found.role)


def _throttled(connection: Connection, chat_id: int) -> bool:
    tries = connection.execute(
        select(func.count()).where(JoinTry.chat_id == chat_id, JoinTry.at > db_now() - TRIES_IN_S)
    ).scalar_one()
    return tries >= WRONG_TRIES


def _of_code(keys: Mapping[int, bytes], text: str) -> Select[Invitation, bool]:
    """The invitation of a typed code, and whether it is too late."""
    code = looks_like_code(text)
    hashes = [] if code is None else [hashed(key, code) for key in keys.values()]
    late = (Invitation.expires_at <= db_now()).label("late")
    return select(Invitation, late).where(Invitation.code_hash.in_(hashes))


def _link(connection: Connection, chat_id: int, invitation_id: int, case_id: int) -> Linked | NotJoined:
    """Makes the chat the patient's of this case. The case counts as changed: a turn that read it before is done again."""
    if person_of(connection, chat_id) is not None:
        return "member"
    done = connection.execute(
        update(CaseRow)
        .where(CaseRow.id == case_id, CaseRow.closed_at.is_(None))
        .values(patient_chat_id=chat_id, version=CaseRow.version + 1)
    )
    if done.rowcount != 1:
        return "closed"
    connection.execute(update(Invitation).where(Invitation.id == invitation_id).values(used_at=db_now()))
    audit.record(connection, "patient_linked", case_id, invitation=invitation_id)
    return Linked(case_id)


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
