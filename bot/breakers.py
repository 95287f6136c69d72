"""Breakers: an account whose provider is down is tried seldom, and by one process at a time."""

from __future__ import annotations

from sqlalchemy import Connection, func, select, update

from bot.clock import db_now
from bot.database import insert_for
from bot.tables import Breaker

__all__ = ["FIRST_S", "LONGEST_S", "failed", "wait_s", "worked"]

FIRST_S = 2.0
LONGEST_S = 60.0
# Who asks for a longer pause is asked again after so long. One that is open for longer is of a clock that was set back.
MOST_ASKED_S = 1800.0


def wait_s(connection: Connection, account: str) -> float:
    """0.0 where the account may be tried; else how long to wait. Half open, it lets one probe through at a time."""
    row = connection.execute(
        select(Breaker.failures, (Breaker.open_until - db_now()).label("wait_s")).where(
            Breaker.account == account
        )
    ).first()
    if row is None or row.failures == 0:
        return 0.0
    strange = row.wait_s > MOST_ASKED_S + LONGEST_S
    if row.wait_s > 0 and not strange:
        return float(row.wait_s)
    closed = Breaker.open_until > db_now() + MOST_ASKED_S if strange else Breaker.open_until <= db_now()
    probe = connection.execute(
        update(Breaker).where(Breaker.account == account, closed).values(open_until=db_now() + FIRST_S)
    )
    return 0.0 if probe.rowcount == 1 else FIRST_S


def failed(connection: Connection, account: str, retry_after_s: float | None = None) -> float:
    """Opens the account's breaker, longer each time; seconds until the next probe."""
    row = connection.execute(select(Breaker.failures).where(Breaker.account == account)).scalar_one_or_none()
    failures = (row or 0) + 1
    wait_s = (
        min(MOST_ASKED_S, retry_after_s)
        if retry_after_s
        else min(LONGEST_S, FIRST_S * 2.0 ** min(failures - 1, 10))
    )
    values = {"failures": failures, "open_until": db_now() + wait_s}
    connection.execute(
        insert_for(connection)(Breaker)
        .values(account=account, since=db_now(), **values)
        .on_conflict_do_update(
            index_elements=["account"], set_={**values, "since": func.coalesce(Breaker.since, db_now())}
        )
    )
    return wait_s


def worked(connection: Connection, account: str) -> None:
    """Closes the breaker after a success."""
    connection.execute(
        update(Breaker)
        .where(Breaker.account == account, Breaker.failures > 0)
        .values(failures=0, open_until=0.0, since=None)
    )
