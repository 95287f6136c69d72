"""A clock that leaps ahead must not delete what is not old yet: after a leap, deleting by age waits for a day.

A machine with an empty clock battery, or a wrong date at a host, would delete at once what can never be brought back. A machine
that was off for longer than a day looks the same and keeps a day longer what it should: that harms less. But one that runs some
hours a week only would never delete: where the last leap is not long ago, the clock is hardly at fault again.
"""

from __future__ import annotations

import logging

from sqlalchemy import Connection, delete, select

from bot.clock import db_now
from bot.database import insert_for, transaction
from bot.durations import DAY_S
from bot.tables import Heartbeat
from bot.web.health import CLOCK_S
from worker.parts import Parts

__all__ = ["LEAP_S", "deleting_waits", "just_back", "leapt"]

log = logging.getLogger(__name__)

# Sweeps come every few seconds.
LEAP_S = DAY_S
WAIT_S = DAY_S
# After a leap that follows on another one within so long.
OFTEN_S = 40 * DAY_S
SHORT_S = 3600.0
NAME = "leap"
# Who did not sweep for so long was off, or asleep: what waits is not late for want of an engine, and engines are starting too.
PAUSE_S = 600.0
BACK_S = 3600.0
PAUSE = "pause"


def leapt(since_sweep_s: float | None) -> bool:
    """True where so long a time lies between two sweeps that the clock may have leapt."""
    return since_sweep_s is not None and since_sweep_s > LEAP_S


def deleting_waits(parts: Parts) -> bool:
    """Whether deleting by age must wait. Called before the sweep notes that it is at work: it looks at the last one."""
    with transaction(parts.engine) as connection:
        # One in the future was noted under the wrong clock, which is right again.
        connection.execute(
            delete(Heartbeat).where(Heartbeat.process == NAME, Heartbeat.at > db_now() + CLOCK_S)
        )
        # In this order: whoever notes the leap does it before they note the sweep.
        since_sweep_s = connection.execute(
            select(db_now() - Heartbeat.at).where(Heartbeat.process == "sweep")
        ).scalar_one_or_none()
        last = connection.execute(
            select((db_now() - Heartbeat.at).label("ago"), Heartbeat.details).where(Heartbeat.process == NAME)
        ).first()
        if since_sweep_s is not None and since_sweep_s > PAUSE_S:
            _note(connection, PAUSE, {})
        if leapt(since_sweep_s):
            often = last is not None and LEAP_S < last.ago < OFTEN_S
            _note(connection, NAME, {"wait_s": SHORT_S if often else WAIT_S})
            log.error("clock_leapt", extra={"seconds": round(float(since_sweep_s or 0.0))})
            return True
    return last is not None and bool(0 <= last.ago < (last.details or {}).get("wait_s", WAIT_S))


def just_back(connection: Connection) -> bool:
    """True for an hour after a pause in which nobody swept: the machine was off or asleep, or its clock leapt."""
    ago = connection.execute(
        select(db_now() - Heartbeat.at).where(Heartbeat.process == PAUSE)
    ).scalar_one_or_none()
    return ago is not None and -CLOCK_S <= ago < BACK_S


def _note(connection: Connection, process: str, details: dict[str, float]) -> None:
    values = {"at": db_now(), "details": details}
    connection.execute(
        insert_for(connection)(Heartbeat)
        .values(process=process, **values)
        .on_conflict_do_update(index_elements=["process"], set_=values)
    )
