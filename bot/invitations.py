"""The codes that make somebody a health worker or a clinician, or link a patient's own chat to their case.

An invitation's code is shown once, to whoever made it; kept is a keyed hash. A chat in which five wrong codes were typed within
an hour is not listened to until the hour is over.

A code that belongs to a case makes nobody a member: it links the patient's own chat to that case of a health worker, so that a
clinician's answers about it are told there too. A code of one's own (OWN) makes nobody a member either: it makes a chat that of
whoever signs in at the console and asked for it, with the role that they have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update

from bot import audit
from bot.clock import db_now
from bot.durations import DAY_S
from bot.errors import NgoziError
from bot.join_codes import fresh_code, hashed, looks_like_code
from bot.people import INVITED, Member, Role, person_of
from bot.tables import CaseRow, Chat, Invitation, JoinTry, Person

__all__ = [
    "LINK_DAYS",
    "MAX_DAYS",
    "OWN",
    "OWN_DAYS",
    "Linked",
    "NotJoined",
    "Open",
    "Redeemed",
    "case_meant",
    "invite",
    "invite_own",
    "invite_patient",
    "last_by",
    "number_of",
    "open_ones",
    "redeem",
    "role_meant",
    "withdraw",
    "withdraw_all_of",
]

MAX_DAYS = 90
# A patient's code is handed over at once, or read out.
LINK_DAYS = 7
# One's own is typed at once.
OWN_DAYS = 1
OWN = "own"
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
class Open:
    """One that can still be used. made_at, until: epoch s. by: who made it, None at the command line."""

    id: int
    role: str
    made_at: float
    until: float
    by: int | None


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


def invite_own(connection: Connection, keys: Mapping[int, bytes], person_id: int) -> str:
    """A code that makes the chat in which it is typed this member's own; an earlier one of theirs is too old."""
    connection.execute(
        update(Invitation)
        .where(Invitation.role == OWN, Invitation.invited_by == person_id, Invitation.used_at.is_(None))
        .values(expires_at=db_now())
    )
    code = fresh_code()
    _invited(connection, keys, OWN, code, OWN_DAYS, person_id)
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
    role: str,
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
            expires_at=db_now() + days * DAY_S,
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
    before = person_of(connection, chat_id)
    if found.role == OWN:
        return _own(connection, chat_id, found.id, found.invited_by, before)
    role = cast(Role, found.role)
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
    # One's own changes nobody's role.
    return None if found.role == OWN else cast(Role, found.role)


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
    earlier = connection.execute(
        select(CaseRow.patient_chat_id).where(CaseRow.id == case_id).with_for_update()
    ).scalar_one_or_none()
    done = connection.execute(
        update(CaseRow)
        .where(CaseRow.id == case_id, CaseRow.closed_at.is_(None))
        .values(patient_chat_id=chat_id, version=CaseRow.version + 1)
    )
    if done.rowcount != 1:
        return "closed"
    connection.execute(update(Invitation).where(Invitation.id == invitation_id).values(used_at=db_now()))
    before, after = {"chat": earlier}, {"chat": chat_id}
    audit.record(connection, "patient_linked", case_id, before=before, after=after, invitation=invitation_id)
    return Linked(case_id)


def _own(
    connection: Connection, chat_id: int, invitation_id: int, person_id: int, before: Member | None
) -> Redeemed | NotJoined:
    """Makes the chat this person's, unless it is another member's; nothing of their role changes."""
    role = connection.execute(
        select(Person.role).where(Person.id == person_id, Person.active).with_for_update()
    ).scalar_one_or_none()
    if role is None:
        return "expired"
    if before is not None and before.id != person_id:
        return "member"
    connection.execute(update(Chat).where(Chat.id == chat_id).values(person_id=person_id))
    connection.execute(
        update(Invitation).where(Invitation.id == invitation_id).values(used_at=db_now(), used_by=person_id)
    )
    audit.record(
        connection,
        "person_joined",
        person_id,
        by=person_id,
        before={"chat": None if before is None else chat_id},
        after={"chat": chat_id},
        invitation=invitation_id,
    )
    return Redeemed(person_id, cast(Role, role), known=True)


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


def open_ones(connection: Connection) -> list[Open]:
    """Those that nobody has used, the first to run out first; the codes themselves are kept nowhere."""
    rows = connection.execute(
        select(Invitation).where(*_is_open()).order_by(Invitation.expires_at, Invitation.id)
    ).all()
    return [Open(row.id, row.role, row.created_at, row.expires_at, row.invited_by) for row in rows]


def number_of(connection: Connection, keys: Mapping[int, bytes], code: str) -> int:
    """The number of the invitation that was just made with this code."""
    mine = select(Invitation.id).where(Invitation.code_hash == hashed(keys[max(keys)], code))
    return int(connection.execute(mine).scalar_one())


def withdraw(connection: Connection, number: int, by: int | None) -> None:
    """Makes the code good for nobody, at once. Raises NgoziError where there is no open one of that number."""
    # One statement: of a code typed at the same moment either the member is there, or the code is gone.
    done = connection.execute(
        update(Invitation)
        .where(Invitation.id == number, *_is_open())
        .values(expires_at=db_now())
        .returning(Invitation.role)
    ).scalar_one_or_none()
    if done is None:
        raise NgoziError(f"invitation is {number}; expected the number of an open one (ngozi user list)")
    before, after = {"role": done, "open": True}, {"role": done, "open": False}
    audit.record(connection, "invitation_withdrawn", number, by=by, before=before, after=after)


def withdraw_all_of(connection: Connection, person_id: int, by: int | None) -> None:
    """Makes every open code that this person made good for nobody: they may let nobody in any more."""
    made = (
        select(Invitation.id).where(Invitation.invited_by == person_id, *_is_open()).order_by(Invitation.id)
    )
    for number in connection.execute(made).scalars().all():
        withdraw(connection, number, by)


def last_by(connection: Connection, person_id: int) -> int:
    """The number of the last invitation that this person made, 0 for none: a form that comes twice names the one before."""
    made = select(func.max(Invitation.id)).where(Invitation.invited_by == person_id)
    return connection.execute(made).scalar_one() or 0


def _is_open() -> tuple[ColumnElement[bool], ...]:
    # A patient's code belongs to a case, and stands with it.
    return (
        Invitation.used_at.is_(None),
        Invitation.expires_at > db_now(),
        Invitation.role.in_(INVITED),
    )
