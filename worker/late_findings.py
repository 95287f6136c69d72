"""Findings that nobody makes are not waited for without end: after some hours a person must look, as where the model cannot.

Said so to whoever waits, and to a clinician by the way of every case that is left open (worker.patient_cases, the desk). With
no engine at work nobody else would say it. Nothing is told of the photograph afterwards: a case has one result, and this one says
already that a person must look within a week.
"""

from __future__ import annotations

import logging

from sqlalchemy import ColumnElement, Connection, or_, select, update

from bot.clock import db_now
from bot.database import reading, transaction
from bot.findings import findings_to_json
from bot.messages import Urgency
from bot.queue import TURN
from bot.tables import Chat, FindingsJob
from worker import jumps
from worker.findings import failed
from worker.parts import Parts

__all__ = ["LATE_S", "give_up"]

log = logging.getLogger(__name__)

# Who heard after a minute that it takes longer is left with that no longer. A restart, an upgrade and a long line of photographs
# are over by then. Design.
LATE_S = 3 * 3600.0
AT_ONCE = 100


def give_up(parts: Parts) -> None:
    """Parks what has waited so long, with what the engine says of a photograph that it cannot look at, and wakes the chats."""
    with reading(parts.engine) as connection:
        if jumps.just_back(connection):
            return
        jobs = connection.execute(
            select(FindingsJob.id).where(*_nobodys()).order_by(FindingsJob.id).limit(AT_ONCE)
        ).scalars()
        waiting = list(jobs)
    for job_id in waiting:
        with transaction(parts.engine) as connection:
            chat_id = _park(connection, job_id)
        if chat_id is not None:
            log.error("findings_late", extra={"job_id": job_id})
            parts.wake(TURN, chat_id)


def _nobodys() -> tuple[ColumnElement[bool], ...]:
    return (
        FindingsJob.state == "wanted",
        FindingsJob.created_at < db_now() - LATE_S,
        # Whoever is at it now may finish.
        or_(FindingsJob.until.is_(None), FindingsJob.until < db_now()),
    )


def _park(connection: Connection, job_id: int) -> int | None:
    """The chat that hears of it; None where somebody was first."""
    job = select(FindingsJob).where(FindingsJob.id == job_id, *_nobodys())
    row = connection.execute(job).first()
    if row is None:
        return None
    # Chats before jobs: the order in which a turn locks them.
    connection.execute(update(Chat).where(Chat.id == row.chat_id).values(due_at=db_now()))
    said = None if row.kind == "plan" else findings_to_json(failed(Urgency(row.floor)))
    done = connection.execute(
        update(FindingsJob)
        .where(FindingsJob.id == job_id, FindingsJob.chat_id == row.chat_id, *_nobodys())
        .values(state="parked", result=said, token=None, until=None)
    )
    return int(row.chat_id) if done.rowcount == 1 else None
