"""Which sentences are begun next: leases on rows of `talk_jobs`.

One row a chat at a time, in order. What was under way when a process died goes alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, exists, select, update
from sqlalchemy.orm import aliased

from bot import talk
from bot.clock import db_now
from bot.database import reading, transaction
from bot.errors import LeaseLost
from bot.leases import TALK, hold, take
from bot.tables import TalkJob

__all__ = ["PASSED_BY", "Claims", "Wanted"]

# So many times others may begin while a row waits to be tried alone; then the generator is let run empty for it.
PASSED_BY = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row that we hold. left_s: until nobody waits any more. worn_out: it has had all its tries alone."""

    id: int
    chat_id: int
    findings_job_id: int
    case_version: int
    kind: talk.Kind
    token: str
    alone: bool
    attempts: int
    left_s: float
    worn_out: bool


class Claims:
    """The leases of one process. lease_s: how long one lasts. max_alone: tries that a row has by itself."""

    def __init__(self, engine: Engine, lease_s: float, max_alone: int) -> None:
        self._engine = engine
        self._lease_s = lease_s
        self._max_alone = max_alone
        self._passed = 0

    def next(self, most: int, *, empty: bool) -> list[Wanted]:
        """At most `most` rows to begin together, or one that must go alone, which needs the generator `empty`."""
        with reading(self._engine) as connection:
            if not talk.overdue(connection, 1):
                return []
        with transaction(self._engine) as connection:
            connection.execute(
                update(TalkJob)
                .where(TalkJob.state == "wanted", TalkJob.token.is_not(None), TalkJob.until < db_now())
                .values(alone=True, token=None, until=None)
            )
            lonely = connection.execute(_first(alone=True).limit(1)).all()
            company = connection.execute(_first(alone=False).limit(most)).all()
            if lonely and (not company or self._passed >= PASSED_BY):
                if not empty:
                    return []
                chosen, self._passed = lonely, 0
            else:
                chosen = company
                self._passed += 1 if lonely and company else 0
            held = [
                _wanted(row, take(connection, TALK, row.id, self._lease_s), self._max_alone) for row in chosen
            ]
            jobs = [job for job in held if job is not None]
            for job in jobs:
                if job.alone and not job.worn_out:
                    connection.execute(
                        update(TalkJob).where(TalkJob.id == job.id).values(attempts=TalkJob.attempts + 1)
                    )
        return jobs

    def renew(self, jobs: Sequence[Wanted]) -> list[Wanted]:
        """Those that are not ours any more."""
        lost = []
        with transaction(self._engine) as connection:
            for job in sorted(jobs, key=lambda j: j.id):
                try:
                    hold(connection, TALK, job.id, job.token, self._lease_s)
                except LeaseLost:
                    lost.append(job)
        return lost

    def set_apart(self, job: Wanted) -> None:
        """After an error it is tried alone."""
        self._let_go(job, alone=True, until=None)

    def give_back(self, job: Wanted) -> None:
        """Not begun, or broken off by us: no try is counted."""
        self._let_go(job, until=None, attempts=TalkJob.attempts - (1 if job.alone else 0))

    def _let_go(self, job: Wanted, **values: Any) -> None:
        with transaction(self._engine) as connection:
            connection.execute(
                update(TalkJob)
                .where(TalkJob.id == job.id, TalkJob.token == job.token)
                .values(token=None, **values)
            )


def _first(*, alone: bool) -> Any:
    """The oldest wanted row of each chat, where nobody works on it."""
    older = aliased(TalkJob)
    return (
        select(TalkJob, (TalkJob.created_at + talk.DEADLINE_S - db_now()).label("left_s"))
        .where(
            *talk.free(),
            TalkJob.alone.is_(alone),
            ~exists().where(
                older.chat_id == TalkJob.chat_id,
                older.state == "wanted",
                older.id < TalkJob.id,
                older.created_at > db_now() - talk.DEADLINE_S,
            ),
        )
        .order_by(TalkJob.id)
    )


def _wanted(row: Any, token: str | None, max_alone: int) -> Wanted | None:
    if token is None:
        return None
    return Wanted(
        row.id,
        row.chat_id,
        row.findings_job_id,
        row.case_version,
        row.kind,
        token,
        row.alone,
        row.attempts,
        max(0.0, row.left_s),
        row.alone and row.attempts >= max_alone,
    )
