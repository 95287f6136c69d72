"""Invitations that nobody has used, as an administrator sees and withdraws them. How they are made and used: `bot.people`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, select, update

from bot import audit, people
from bot.clock import db_now
from bot.errors import NgoziError
from bot.join_codes import hashed
from bot.tables import Invitation

__all__ = ["Open", "number_of", "open_ones", "withdraw"]


@dataclass(frozen=True, slots=True)
class Open:
    """One that can still be used. made_at, until: epoch s. by: who made it, None at the command line."""

    id: int
    role: str
    made_at: float
    until: float
    by: int | None


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


def _is_open() -> tuple[ColumnElement[bool], ...]:
    # A patient's code belongs to a case, and stands with it.
    return (
        Invitation.used_at.is_(None),
        Invitation.expires_at > db_now(),
        Invitation.role.in_(people.INVITED),
    )
