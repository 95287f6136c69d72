"""People and roles as an administrator sees and changes them. Whatever changes something is in the audit trail.

There is always an administrator who can sign in: the last one can neither be removed nor given another role. Nor can a health
worker whose patients' cases are open and would be with nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Connection, func, select, update

from bot import audit, invitations, people
from bot.cases import claims, handed, left, moving, store
from bot.cases.keepers import OpenCases, patients_by_keeper, patients_of, without_patients
from bot.clock import db_now
from bot.console import codes, logins, roles, sessions
from bot.errors import NgoziError
from bot.join_codes import fresh_code
from bot.people import Member
from bot.tables import ConsoleSession, Login, Person

__all__ = [
    "LastAdmin",
    "OpenCases",
    "Shown",
    "bring_back",
    "change_role",
    "end_sessions",
    "everybody",
    "first_password",
    "give_left",
    "hand_over_open",
    "leave_to_clinic",
    "new_password",
    "one",
    "remove",
    "unused_logins",
]


class LastAdmin(NgoziError):
    """Nobody could run the place any more."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A member of staff. name: with which they sign in, '' for who does not. seen_at: their last page (epoch s), None for none.

    codes: one-time codes are on. sessions: how many are open. cases: open ones of their patients.
    first_until: until when the first password is good that they have not changed (epoch s); None where they have.
    """

    member: Member
    name: str
    codes: bool
    sessions: int
    seen_at: float | None
    cases: int
    first_until: float | None = None


def first_password() -> str:
    """A password for one sign-in, easy to read out: letters and digits that are not mistaken for each other."""
    return fresh_code()


def everybody(connection: Connection) -> list[Shown]:
    """All people with a role, those who are active first, then by number."""
    found = _shown(connection, people.members(connection), patients_by_keeper(connection))
    return sorted(found, key=lambda one: (not one.member.active, one.member.id))


def one(connection: Connection, person_id: int) -> Shown | None:
    """One of them; None where there is no such person."""
    cases = {person_id: len(patients_of(connection, person_id))}
    return next(iter(_shown(connection, people.members(connection, person_id), cases)), None)


def _shown(connection: Connection, members: Sequence[Member], cases: Mapping[int, int]) -> list[Shown]:
    """The members with how they sign in; their logins are read at once."""
    wanted = (
        select(
            Login.person_id,
            Login.name,
            Login.totp.is_not(None).label("codes"),
            Login.first_until,
            func.count(ConsoleSession.id).label("sessions"),
            func.max(ConsoleSession.seen_at).label("seen_at"),
        )
        .outerjoin(ConsoleSession, ConsoleSession.login_id == Login.id)
        .group_by(Login.id)
    )
    if len(members) == 1:
        wanted = wanted.where(Login.person_id == members[0].id)
    rows = {row.person_id: row for row in connection.execute(wanted).all()}
    found = []
    for member in members:
        login = rows.get(member.id)
        found.append(
            Shown(
                member,
                login.name if login else "",
                bool(login and login.codes),
                login.sessions if login else 0,
                login.seen_at if login else None,
                cases.get(member.id, 0),
                login.first_until if login else None,
            )
        )
    return found


def change_role(connection: Connection, person_id: int, role: str, by: int) -> None:
    """Gives an active member another role, at once. Raises LastAdmin; OpenCases; NgoziError: no such role or member."""
    if not roles.is_staff(role):
        raise NgoziError(f"role is {role!r}; expected one of {', '.join(roles.ROLES)}")
    admins = _admins(connection)
    before = connection.execute(
        select(Person.role).where(Person.id == person_id, Person.active).with_for_update()
    ).scalar_one_or_none()
    if before is None:
        raise NgoziError(f"person is {person_id}; expected the number of an active one")
    if before == role:
        return
    if admins == [person_id]:
        raise LastAdmin(f"person {person_id} is the last administrator; expected another one first")
    if before == "chw":
        without_patients(connection, person_id)
    connection.execute(update(Person).where(Person.id == person_id).values(role=role))
    audit.record(connection, "role_changed", person_id, by=by, before={"role": before}, after={"role": role})
    claims.with_role(connection, person_id, role, by)
    if not roles.may(role, "manage_people"):
        invitations.withdraw_all_of(connection, person_id, by)


def remove(connection: Connection, person_id: int, by: int, to: int | None = None) -> int:
    """Takes a member's role away and ends their sessions, at once; how many open cases went to person `to`.

    Raises LastAdmin; OpenCases where patients are left and `to` is None; NgoziError: no such active member, or `to` is no health
    worker or has no chat.
    """
    if _admins(connection) == [person_id]:
        raise LastAdmin(f"person {person_id} is the last administrator; expected another one first")
    people.remove(connection, person_id, by)
    # A code that they kept would bring them, or whom they choose, in again.
    invitations.withdraw_all_of(connection, person_id, by)
    if to is None:
        without_patients(connection, person_id)
        return 0
    return hand_over_open(connection, person_id, to, by)


def bring_back(
    connection: Connection, person_id: int, role: str, password_hash: str, by: int, codes_off: bool = False
) -> str:
    """Gives somebody who was removed a role again; the name with which they sign in, '' where they do not.

    Their old password is good no more: `password_hash` is of a first one. Cases that were made the clinic's stay so.

    Raises OpenCases where their patients' cases are open and they would be no health worker; NgoziError: no such role or person.
    """
    if not roles.is_staff(role):
        raise NgoziError(f"role is {role!r}; expected one of {', '.join(roles.ROLES)}")
    if role != "chw":
        without_patients(connection, person_id)
    people.restore(connection, person_id, cast(people.Role, role), by)
    login = logins.of_person(connection, person_id)
    if login is None:
        return ""
    new_password(connection, person_id, password_hash, by, codes_off)
    return login.name


def hand_over_open(connection: Connection, person_id: int, to: int, by: int | None = None) -> int:
    """Gives the open cases of somebody's patients, a member or not any more, to an active health worker; how many.

    Their own case stays theirs: nobody else reads of their skin. Whoever gets the cases is told in their chat.

    Raises NgoziError where `to` is none, or has no chat.
    """
    _health_worker(connection, to)
    return _given(connection, patients_of(connection, person_id), to, by)


def _given(connection: Connection, cases: Sequence[store.Case], to: int, by: int | None) -> int:
    handed.tell_worker(connection, [moving.hand_over(connection, case, to, by) for case in cases])
    return len(cases)


def give_left(connection: Connection, to: int, by: int | None = None) -> int:
    """Gives the open cases that are with nobody (bot.cases.left) to an active health worker; how many.

    Raises as `hand_over_open`.
    """
    _health_worker(connection, to)
    return _given(connection, left.with_nobody(connection), to, by)


def leave_to_clinic(connection: Connection, person_id: int, by: int | None = None) -> int:
    """Makes the open cases of a former member's patients the clinic's, also should they come back; how many.

    Raises NgoziError where there is no such person, or they still have a role; CaseMoved where one of the cases was given to
    another, or saved, meanwhile.
    """
    found = people.members(connection, person_id)
    if not found or found[0].active:
        raise NgoziError(f"person is {person_id}; expected one whose role was taken away")
    cases = patients_of(connection, person_id)
    for case in cases:
        left.keep(connection, case, by)
    return len(cases)


def _health_worker(connection: Connection, person_id: int) -> None:
    # Whoever looks after a case reads it in their chat; an administrator reads nobody's.
    found = people.members(connection, person_id)
    if not found or not found[0].active or found[0].role != "chw":
        raise NgoziError(
            f"person is {person_id}; expected an active health worker, who looks after the open cases"
        )
    handed.lock(connection, person_id)


def new_password(
    connection: Connection, person_id: int, password_hash: str, by: int, codes_off: bool
) -> None:
    """Gives somebody who forgot theirs a first password again; their sessions end. Raises NgoziError where nobody signs in so."""
    login = logins.of_person(connection, person_id)
    if login is None:
        raise NgoziError(f"person is {person_id}; expected one who signs in at the console")
    logins.set_password(connection, login.id, password_hash, by, must_change=True)
    if codes_off and login.codes:
        codes.codes_off(connection, login.id, by)


def unused_logins(connection: Connection, person_id: int) -> list[tuple[int, str]]:
    """Number and name of who has a first password that this person made and that is still good: who knows it may sign in."""
    rows = connection.execute(
        select(Person.id, Login.name)
        .join(Login, Login.person_id == Person.id)
        .where(
            Person.invited_by == person_id,
            Person.active,
            Login.active,
            Login.must_change,
            Login.first_until > db_now(),
        )
        .order_by(Person.id)
    ).all()
    return [(row.id, row.name) for row in rows]


def end_sessions(connection: Connection, person_id: int, by: int) -> int:
    """Ends all sessions of a person; how many."""
    login = logins.of_person(connection, person_id)
    ended = 0 if login is None else sessions.end_all(connection, login.id)
    if ended:
        before, after = {"sessions": ended}, {"sessions": 0}
        audit.record(connection, "sessions_ended", person_id, by=by, before=before, after=after)
    return ended


def _admins(connection: Connection) -> list[int]:
    """Who can run the place: their rows stay locked, so that two of them cannot take each other's role away."""
    rows = connection.execute(
        select(Person.id)
        .join(Login, Login.person_id == Person.id)
        .where(Person.role == "admin", Person.active, Login.active)
        .order_by(Person.id)
        .with_for_update(of=Person)
    ).scalars()
    return list(rows)
