"""A clock that leaps ahead must not delete what is not old yet: after a leap, deleting by age waits for a day.

A machine with an empty clock battery, or a wrong date at a host, would delete at once what can never be brought back. A machine
that was off for longer than a day looks the same and keeps a day longer what it should: that harms less.
"""

from __future__ import annotations

import logging

from sqlalchemy import select

from bot.clock import db_now
from bot.database import insert_for, transaction
from bot.durations import DAY_S
from bot.tables import Heartbeat
from worker.parts import Parts

__all__ = ["LEAP_S", "deleting_waits", "leapt"]

log = logging.getLogger(__name__)

# Sweeps come every few seconds.
LEAP_S = DAY_S
WAIT_S = DAY_S
NAME = "leap"


def leapt(since_sweep_s: float | None) -> bool:
    """True where so long a time lies between two sweeps that the clock may have leapt."""
    return since_sweep_s is not None and since_sweep_s > LEAP_S


def deleting_waits(parts: Parts) -> bool:
    """Whether deleting by age must wait. Called before the sweep notes that it is at work: it looks at the last one."""
    with transaction(parts.engine) as connection:
        # In this order: whoever notes the leap does it before they note the sweep.
        since_sweep_s = connection.execute(
            select(db_now() - Heartbeat.at).where(Heartbeat.process == "sweep")
        ).scalar_one_or_none()
        if leapt(since_sweep_s):
            values = {"at": db_now()}
            connection.execute(
                insert_for(connection)(Heartbeat)
                .values(process=NAME, **values)
                .on_conflict_do_update(index_elements=["process"], set_=values)
            )
            log.error("clock_leapt", extra={"seconds": round(float(since_sweep_s or 0.0))})
            return True
        ago = connection.execute(
            select(db_now() - Heartbeat.at).where(Heartbeat.process == NAME)
        ).scalar_one_or_none()
    # One in the future was noted under the wrong clock, which is right again.
    return ago is not None and 0 <= ago < WAIT_S
