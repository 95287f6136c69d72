"""How a person signs in at the console: a name and a password (argon2id). One-time codes: `bot.console.codes`.

Checking a password takes a tenth of a second and 64 MiB on purpose, so it is done outside of any transaction: read the login
(`named`), `check` it, then write. A name that nobody has is checked against a hash that no password fits.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from bot import audit
from bot.cases import claims, keepers
from bot.clock import db_now
from bot.console import roles, sessions
from bot.durations import DAY_S
from bot.errors import NgoziError
from bot.tables import Login, Person

__all__ = [
    "FIRST_DAYS",
    "LONGEST",
    "SHORTEST",
    "Fault",
    "Known",
    "add",
    "alike",
    "check",
    "end_one",
    "fault_of",
    "hashed",
    "mark_of",
    "named",
    "normal_name",
    "of_person",
    "rehash",
    "set_language",
    "set_password",
    "signed_in",
    "signed_out",
]

SHORTEST, LONGEST = 12, 200
# A first password was written down or read out by another: whoever finds it later finds nothing.
FIRST_DAYS = 14
NAME_CHARS = 40

Fault = Literal["short", "long", "name", "plain"]

# RFC 9106's second choice: 64 MiB, three passes.
HASHER = PasswordHasher()
# The hash of 32 random bytes that nobody kept, with the parameters of HASHER.
_NOBODY = HASHER.hash(secrets.token_hex(32))


@dataclass(frozen=True, slots=True)
class Known:
    """One login. role: of the person now. open: may sign in (neither closed nor removed). codes: one-time codes are on.

    late: it has a first password, which is good no more.
    """

    id: int
    person_id: int
    name: str
    role: str
    password_hash: str
    must_change: bool
    open: bool
    codes: bool
    late: bool = False


def normal_name(text: str) -> str:
    """A login name in its one writing; '' for what cannot be one: 2 to 40 letters and digits of any script, and . _ - within."""
    name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).strip().casefold())
    inner = name.replace(".", "").replace("_", "").replace("-", "")
    ok = 2 <= len(name) <= NAME_CHARS and all(unicodedata.category(c)[0] in "LMN" for c in inner) and inner
    return name if ok and name[0] not in ".-" else ""


def fault_of(password: str, name: str) -> Fault | None:
    """Why a password is not taken; None where it is. There are no rules on kinds of letters (NIST SP 800-63B)."""
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    folded = unicodedata.normalize("NFKC", password).casefold()
    if name and len(folded.replace(name, "")) < SHORTEST // 2:
        return "name"
    return "plain" if len(set(folded)) < 5 else None


def alike(one: str, other: str) -> bool:
    """Whether two passwords are one, on whatever keyboard they were typed."""
    return _plain(one) == _plain(other)


def hashed(password: str) -> str:
    """The argon2id hash of a password; slow, so outside of transactions."""
    return HASHER.hash(_plain(password))


def add(
    connection: Connection,
    name: str,
    password_hash: str,
    role: str,
    by: int | None = None,
    person_id: int | None = None,
    must_change: bool = False,
) -> int:
    """The number of the person who may sign in now: a new one of that role, or `person_id`, whose role it becomes.

    Raises OpenCases where a health worker with open cases would be one no more; NgoziError: no name, taken, not a role of the
    console, no such active person, has a login.
    """
    normal = normal_name(name)
    if not normal:
        raise NgoziError(f"name is {name!r}; expected 2 to {NAME_CHARS} letters, digits, dots, - or _")
    if not roles.is_staff(role):
        raise NgoziError(f"role is {role!r}; expected one of {', '.join(roles.ROLES)}")
    if named(connection, normal) is not None:
        raise NgoziError(f"name is {normal!r}; expected one that nobody has")
    if person_id is None:
        person_id = int(
            connection.execute(
                insert(Person)
                .values(role=role, created_at=db_now(), active=True, invited_by=by)
                .returning(Person.id)
            ).scalar_one()
        )
    else:
        before = connection.execute(
            select(Person.role).where(Person.id == person_id, Person.active).with_for_update()
        ).scalar_one_or_none()
        if before is None or of_person(connection, person_id) is not None:
            raise NgoziError(
                f"person is {person_id}; expected an active one without a login (ngozi user list)"
            )
        if before == "chw" and role != before:
            keepers.without_patients(connection, person_id)
        if before != role:
            connection.execute(update(Person).where(Person.id == person_id).values(role=role))
            audit.record(
                connection, "role_changed", person_id, by=by, before={"role": before}, after={"role": role}
            )
            claims.with_role(connection, person_id, role, by)
    connection.execute(
        insert(Login).values(
            person_id=person_id,
            name=normal,
            password_hash=password_hash,
            must_change=must_change,
            first_until=_first_until(must_change),
            created_at=db_now(),
        )
    )
    audit.record(connection, "login_made", person_id, by=by, after={"role": role})
    return person_id


def named(connection: Connection, name: str) -> Known | None:
    """The login of that name, as it was typed; None where nobody has it."""
    return _one(connection, Login.name == normal_name(name))


def of_person(connection: Connection, person_id: int) -> Known | None:
    """The login of a person; None where they have none."""
    return _one(connection, Login.person_id == person_id)


def _one(connection: Connection, which: object) -> Known | None:
    row = connection.execute(
        select(
            Login,
            Person.role,
            Person.active.label("member"),
            and_(Login.must_change, Login.first_until <= db_now()).label("late"),
        )
        .join(Person, Person.id == Login.person_id)
        .where(which)  # type: ignore[arg-type]
    ).first()
    if row is None:
        return None
    return Known(
        row.id,
        row.person_id,
        row.name,
        row.role,
        row.password_hash,
        row.must_change,
        bool(row.active and row.member and roles.is_staff(row.role)),
        row.totp is not None,
        bool(row.late),
    )


def _first_until(must_change: bool) -> ColumnElement[float] | None:
    return db_now() + FIRST_DAYS * DAY_S if must_change else None


def check(known: Known | None, password: str) -> bool:
    """True where the password is this login's and it is open. As slow for a name that nobody has; outside of transactions."""
    try:
        HASHER.verify(_NOBODY if known is None else known.password_hash, _plain(password[:LONGEST]))
    except (VerificationError, InvalidHashError):
        return False
    return known is not None and known.open and len(password) <= LONGEST


def signed_in(connection: Connection, known: Known, password_hash: str | None) -> str:
    """After a right password and code: the token of a new session. password_hash: see `rehash`."""
    if password_hash is not None:
        connection.execute(update(Login).where(Login.id == known.id).values(password_hash=password_hash))
    token = sessions.start(connection, known.id)
    audit.record(connection, "signed_in", known.person_id, by=known.person_id)
    return token


def signed_out(connection: Connection, session_id: int, login_id: int, person_id: int) -> None:
    """Ends this session, which its person has; nothing where it is gone."""
    if sessions.end(connection, session_id, login_id):
        audit.record(connection, "signed_out", person_id, by=person_id)


def end_one(connection: Connection, session_id: int, login_id: int, person_id: int) -> bool:
    """A person ends a session of theirs in another browser; False where it is none of theirs."""
    done = sessions.end(connection, session_id, login_id)
    if done:
        before, after = {"session": session_id}, {"session": None}
        audit.record(connection, "sessions_ended", person_id, by=person_id, before=before, after=after)
    return done


def rehash(known: Known, password: str) -> str | None:
    """A hash with today's parameters where the kept one has older ones; slow, outside of transactions."""
    return hashed(password) if HASHER.check_needs_rehash(known.password_hash) else None


def set_password(
    connection: Connection,
    login_id: int,
    password_hash: str,
    by: int | None,
    keep_session: int | None = None,
    must_change: bool = False,
) -> None:
    """Changes the password and ends all sessions but the one in which it was changed."""
    old = connection.execute(
        select(Login.person_id, Login.password_hash, Login.must_change)
        .where(Login.id == login_id)
        .with_for_update()
    ).one()
    connection.execute(
        update(Login)
        .where(Login.id == login_id)
        .values(password_hash=password_hash, must_change=must_change, first_until=_first_until(must_change))
    )
    ended = sessions.end_all(connection, login_id, keep_session)
    audit.record(
        connection,
        "password_changed",
        old.person_id,
        by=by,
        before={"password": _mark(old.password_hash), "must_change": bool(old.must_change)},
        after={"password": _mark(password_hash), "must_change": must_change},
        sessions_ended=ended,
    )


def mark_of(connection: Connection, person_id: int) -> str:
    """Which password somebody has now, for a form that makes another; '' for who has none."""
    found = connection.execute(
        select(Login.password_hash).where(Login.person_id == person_id)
    ).scalar_one_or_none()
    return _mark(found) if found is not None else ""


def _mark(password_hash: str) -> str:
    """Which hash it was: a hash of it. Nobody can try passwords on that, because the salt is in what was hashed."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:16]


def set_language(connection: Connection, login_id: int, language: str) -> None:
    """The language of the console for this person; '' for the browser's."""
    before = connection.execute(
        select(Login.language, Login.person_id).where(Login.id == login_id).with_for_update()
    ).one()
    if before.language == language:
        return
    connection.execute(update(Login).where(Login.id == login_id).values(language=language))
    audit.record(
        connection,
        "console_language",
        before.person_id,
        by=before.person_id,
        before={"language": before.language},
        after={"language": language},
    )


def _plain(password: str) -> str:
    # A password typed on another keyboard must be the same one (NIST SP 800-63B).
    return unicodedata.normalize("NFKC", password)
