"""Who is signed in at the console. The cookie holds a random token; the database holds its hash.

A session ends by itself half an hour after its last page and eight hours after signing in, and at once when its person signs
out, changes the password, or is removed. Every sign-in makes a new token: none that was in the browser before is taken over.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from bot.clock import db_now
from bot.tables import ConsoleSession, Login, Person

__all__ = ["IDLE_S", "LONGEST_S", "Session", "Shown", "end", "end_all", "find", "of_login", "start", "touch"]

IDLE_S = 1800.0
LONGEST_S = 8 * 3600.0
# A page that is looked at often need not write every time.
TOUCH_S = 60.0


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in. language: '' where none was chosen. stale: the row should be touched."""

    id: int
    login_id: int
    person_id: int
    name: str
    role: str
    language: str
    csrf: str
    must_change: bool
    stale: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A session as its owner sees it. Times: epoch s."""

    id: int
    created_at: float
    seen_at: float


def start(connection: Connection, login_id: int) -> str:
    """The token of a new session, for the cookie; it is shown nowhere else."""
    token = secrets.token_urlsafe(32)
    connection.execute(
        insert(ConsoleSession).values(
            token_hash=_hash(token),
            login_id=login_id,
            csrf=secrets.token_urlsafe(32),
            created_at=db_now(),
            seen_at=db_now(),
        )
    )
    return token


def find(connection: Connection, token: str) -> Session | None:
    """The session of a token; None where there is none, it ran out, or its person may not sign in any more."""
    if not token or len(token) > 100:
        return None
    row = connection.execute(
        select(
            ConsoleSession.id,
            ConsoleSession.login_id,
            ConsoleSession.csrf,
            Login.person_id,
            Login.name,
            Login.language,
            Login.must_change,
            Person.role,
            (ConsoleSession.seen_at < db_now() - TOUCH_S).label("stale"),
        )
        .join(Login, Login.id == ConsoleSession.login_id)
        .join(Person, Person.id == Login.person_id)
        .where(ConsoleSession.token_hash == _hash(token), *_good())
    ).first()
    if row is None:
        return None
    return Session(
        row.id,
        row.login_id,
        row.person_id,
        row.name,
        row.role,
        row.language,
        row.csrf,
        row.must_change,
        bool(row.stale),
    )


def touch(connection: Connection, session_id: int) -> None:
    """The person was there just now."""
    connection.execute(update(ConsoleSession).where(ConsoleSession.id == session_id).values(seen_at=db_now()))


def of_login(connection: Connection, login_id: int) -> list[Shown]:
    """Where a person is signed in, the latest first."""
    rows = connection.execute(
        select(ConsoleSession.id, ConsoleSession.created_at, ConsoleSession.seen_at)
        .where(ConsoleSession.login_id == login_id, _young())
        .order_by(ConsoleSession.seen_at.desc())
    ).all()
    return [Shown(row.id, row.created_at, row.seen_at) for row in rows]


def end(connection: Connection, session_id: int, login_id: int) -> bool:
    """Ends one session of a person; False where it is not theirs or gone."""
    done = connection.execute(
        delete(ConsoleSession).where(ConsoleSession.id == session_id, ConsoleSession.login_id == login_id)
    )
    return done.rowcount == 1


def end_all(connection: Connection, login_id: int, but: int | None = None) -> int:
    """Ends all sessions of a person, but the one that is given; how many."""
    which = [ConsoleSession.login_id == login_id]
    if but is not None:
        which.append(ConsoleSession.id != but)
    return connection.execute(delete(ConsoleSession).where(*which)).rowcount


def _good() -> tuple[ColumnElement[bool], ...]:
    return (_young(), Login.active.is_(True), Person.active.is_(True))


def _young() -> ColumnElement[bool]:
    return (ConsoleSession.seen_at > db_now() - IDLE_S) & (ConsoleSession.created_at > db_now() - LONGEST_S)


def _hash(token: str) -> str:
    # A token has 256 random bits: nothing slow is needed to keep it from being guessed.
    return hashlib.sha256(token.encode()).hexdigest()
