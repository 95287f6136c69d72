"""Leases: one conditional UPDATE gives a piece of work to one process for a while.

A lease is a token and an expiry by the database's clock. Whoever completes the work names the token in the same
UPDATE; where no row matches, somebody else has taken over and the work is thrown away (`LeaseLost`).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_, update
from sqlalchemy.orm import InstrumentedAttribute

from bot.clock import db_now
from bot.errors import LeaseLost
from bot.tables import Base, Chat, FindingsJob, TalkJob

__all__ = ["JOB", "SEND", "TALK", "TURN", "LeaseColumns", "hold", "take"]

# Processes may be set to leases of different length while the settings change.
_SLACK_S = 600.0


@dataclass(frozen=True, slots=True)
class LeaseColumns:
    """Which columns of which table make up a lease."""

    table: type[Base]
    id: InstrumentedAttribute[int]
    token: InstrumentedAttribute[str | None]
    until: InstrumentedAttribute[float | None]


TURN = LeaseColumns(Chat, Chat.id, Chat.turn_token, Chat.turn_until)
SEND = LeaseColumns(Chat, Chat.id, Chat.send_token, Chat.send_until)
JOB = LeaseColumns(FindingsJob, FindingsJob.id, FindingsJob.token, FindingsJob.until)
TALK = LeaseColumns(TalkJob, TalkJob.id, TalkJob.token, TalkJob.until)


def take(connection: Connection, lease: LeaseColumns, row_id: int, lease_s: float) -> str | None:
    """A fresh token if the row was free (never taken, released or expired), else None.

    One that would last far longer than any is of a clock that was set back since: it counts as expired.
    """
    free = or_(lease.until.is_(None), lease.until < db_now(), lease.until > db_now() + 2 * lease_s + _SLACK_S)
    token = secrets.token_hex(8)
    taken = connection.execute(
        update(lease.table)
        .where(lease.id == row_id, free)
        .values({lease.token: token, lease.until: db_now() + lease_s})
    )
    return token if taken.rowcount == 1 else None


def hold(
    connection: Connection, lease: LeaseColumns, row_id: int, token: str, lease_s: float | None, **values: Any
) -> None:
    """Writes `values` to the row, if the lease is still ours; renews it, or releases it where lease_s is None.

    Raises LeaseLost where it is not ours any more.
    """
    kept = lease_s is not None
    done = connection.execute(
        update(lease.table)
        .where(lease.id == row_id, lease.token == token)
        .values(
            {
                lease.token: token if kept else None,
                lease.until: db_now() + lease_s if kept else None,
                **values,
            }
        )
    )
    if done.rowcount != 1:
        raise LeaseLost(
            f"{lease.table.__tablename__} {row_id}: the lease was taken over; expected it to be held"
        )
