"""Findings wanted -> batch -> model -> findings written -> the chat woken. The only caller of `model`.

A photograph that kills the process must not take its neighbours with it: a job whose batch died is tried alone, only
tries that it made alone count, and after MAX_ALONE of them it is parked and its sender told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Protocol

from PIL import Image
from sqlalchemy import Connection, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from bot.clinical.conditions import catalogue
from bot.clock import db_now
from bot.database import transaction
from bot.errors import LeaseLost
from bot.findings import findings_to_json
from bot.leases import JOB, hold, take
from bot.media.vault import Stored, VaultError, VaultUnavailable
from bot.messages import Findings, Urgency
from bot.queue import TURN
from bot.tables import Chat, FindingsJob, Photo
from model.analysis import Analysis, CatalogueEntry
from worker.findings import failed, join
from worker.parts import Parts

__all__ = ["Engine", "SupportsAnalysis"]

log = logging.getLogger(__name__)

BATCH = 8
MAX_ALONE = 3
# So many batches may pass a photograph that waits to be tried alone.
PASSED_BY = 4
STORAGE_WAIT_S = 10.0
ANSWERS = frozenset({"age", "site", "skin_type", "itch", "grew", "hurt", "changed", "bleed", "elevation"})


class SupportsAnalysis(Protocol):
    """The seam to `model`: what a diagnoser of any kind offers."""

    def analyse_batch(
        self,
        cases: Sequence[tuple[Sequence[Image.Image], Mapping[str, str | float | bool | None]]],
        catalogue: Mapping[str, CatalogueEntry],
    ) -> list[Analysis]: ...


@dataclass(frozen=True, slots=True)
class _Job:
    id: int
    chat_id: int
    token: str
    photo_ids: tuple[str, ...]
    answers: Mapping[str, str]
    floor: Urgency
    attempts: int


class Engine:
    """Works off findings jobs. load: gives the diagnoser, called once, at the first job."""

    def __init__(self, parts: Parts, load: Callable[[], SupportsAnalysis | None]) -> None:
        self._parts = parts
        self._load = load
        self._diagnoser: SupportsAnalysis | None = None
        self._loaded = False
        self._batches = 0  # in company, since one was tried alone
        entries = catalogue()
        self._catalogue = {
            code: CatalogueEntry(code, e.urgency.value, e.cancer) for code, e in entries.items()
        }
        self._cancers = frozenset(code for code, e in entries.items() if e.cancer)

    def warm(self) -> None:
        """Loads the model now."""
        if not self._loaded:
            self._diagnoser = self._load()
            self._loaded = True

    def run(self) -> int:
        """Works until no job is waiting; how many were answered. Raises nothing for the database's sake."""
        done = 0
        try:
            while batch := self._claim():
                self.warm()
                done += self._work(batch)
        except SQLAlchemyError as error:
            log.warning("engine_database_failed", extra={"error": type(error).__name__})
        return done

    def _claim(self) -> list[_Job]:
        """Leases the next batch: one job that must go alone, or up to BATCH others."""
        lease_s = self._parts.settings.lease_s
        alone_first = self._batches >= PASSED_BY
        with transaction(self._parts.engine) as connection:
            waiting = FindingsJob.state == "wanted"
            connection.execute(
                update(FindingsJob)
                .where(waiting, FindingsJob.token.is_not(None), FindingsJob.until < db_now())
                .values(alone=True, token=None, until=None)
            )
            rows = connection.execute(
                select(FindingsJob)
                .where(waiting, or_(FindingsJob.until.is_(None), FindingsJob.until < db_now()))
                .order_by(FindingsJob.alone.desc() if alone_first else FindingsJob.alone, FindingsJob.id)
                .limit(BATCH)
            ).all()
            if not rows:
                return []
            # Those that never died go first and together: a poisonous photograph holds up nobody. But not for ever: under
            # a steady load it would never be its turn.
            chosen = rows[:1] if rows[0].alone else [r for r in rows if not r.alone]
            self._batches = 0 if alone_first or rows[0].alone else self._batches + 1
            jobs = []
            for row in chosen:
                token = take(connection, JOB, row.id, lease_s)
                if token is not None:
                    jobs.append(
                        _Job(
                            row.id,
                            row.chat_id,
                            token,
                            tuple(row.photo_ids),
                            row.answers,
                            Urgency(row.floor),
                            row.attempts,
                        )
                    )
            if len(jobs) == 1:
                connection.execute(
                    update(FindingsJob)
                    .where(FindingsJob.id == jobs[0].id)
                    .values(attempts=FindingsJob.attempts + 1)
                )
        return jobs

    def _work(self, batch: list[_Job]) -> int:
        if len(batch) == 1 and batch[0].attempts >= MAX_ALONE:
            log.error("findings_parked", extra={"job_id": batch[0].id, "attempts": batch[0].attempts})
            return self._finish(batch[0], failed(batch[0].floor), "parked")
        try:
            cases = [(self._photographs(job), _for_model(job.answers)) for job in batch]
        except VaultUnavailable:
            log.warning("findings_wait_for_storage", extra={"jobs": len(batch)})
            self._put_back(batch)
            return 0
        try:
            findings = self._think(batch, cases)
        except Exception:  # the outermost loop of a batch: the model's errors are of every kind
            log.exception("findings_failed", extra={"jobs": len(batch)})
            self._separate(batch)
            return 0
        return sum(self._finish(job, found, "done") for job, found in zip(batch, findings, strict=True))

    def _think(
        self, batch: list[_Job], cases: list[tuple[list[Image.Image], dict[str, Any]]]
    ) -> list[Findings]:
        if self._diagnoser is None:  # NGOZI_MODEL=off: a person must look
            return [failed(job.floor) for job in batch]
        seen = [i for i, (images, _) in enumerate(cases) if images]
        analyses = self._diagnoser.analyse_batch([cases[i] for i in seen], self._catalogue) if seen else []
        found = {
            i: join(a, batch[i].floor, self._cancers, batch[i].answers)
            for i, a in zip(seen, analyses, strict=True)
        }
        return [found.get(i) or failed(job.floor) for i, job in enumerate(batch)]

    def _photographs(self, job: _Job) -> list[Image.Image]:
        """The photographs that are still there (one may have been erased meanwhile)."""
        with transaction(self._parts.engine) as connection:
            rows = connection.execute(
                select(Photo).where(Photo.id.in_(job.photo_ids), Photo.wrapped_key.is_not(None))
            ).all()
        images: list[Image.Image] = []
        for row in sorted(rows, key=lambda r: job.photo_ids.index(r.id)):
            try:
                data = self._parts.vault.get(
                    Stored(row.name, row.wrapped_key, row.master_key_id, row.size_bytes)
                )
            except VaultUnavailable:
                raise
            except VaultError as error:
                log.error("photo_unreadable", extra={"photo_id": row.id, "error": type(error).__name__})
                continue
            image = Image.open(BytesIO(data))
            image.load()
            images.append(image)
        return images

    def _finish(self, job: _Job, findings: Findings, state: str) -> int:
        """Writes findings and makes the chat due; 0 where the job was superseded or taken over."""
        try:
            with transaction(self._parts.engine) as connection:
                # Chats before jobs: the order in which a turn locks them.
                connection.execute(update(Chat).where(Chat.id == job.chat_id).values(due_at=db_now()))
                self._superseded(connection, job)
                hold(connection, JOB, job.id, job.token, None, state=state, result=findings_to_json(findings))
        except LeaseLost:
            log.info("findings_discarded", extra={"job_id": job.id})
            return 0
        self._parts.wake(TURN, job.chat_id)
        return 1

    def _superseded(self, connection: Connection, job: _Job) -> None:
        state = connection.execute(
            select(FindingsJob.state).where(FindingsJob.id == job.id)
        ).scalar_one_or_none()
        if state != "wanted":
            raise LeaseLost(f"findings job {job.id} is {state}; expected wanted")

    def _put_back(self, batch: list[_Job]) -> None:
        """The storage was away: all wait a little; no try is counted and nobody is set apart."""
        with transaction(self._parts.engine) as connection:
            connection.execute(
                update(FindingsJob)
                .where(
                    FindingsJob.id.in_([j.id for j in batch]), FindingsJob.token.in_([j.token for j in batch])
                )
                .values(
                    token=None,
                    until=db_now() + STORAGE_WAIT_S,
                    attempts=FindingsJob.attempts - (1 if len(batch) == 1 else 0),
                )
            )

    def _separate(self, batch: list[_Job]) -> None:
        """After an error each is tried alone."""
        with transaction(self._parts.engine) as connection:
            connection.execute(
                update(FindingsJob)
                .where(
                    FindingsJob.id.in_([j.id for j in batch]), FindingsJob.token.in_([j.token for j in batch])
                )
                .values(alone=True, token=None, until=None)
            )


def _for_model(answers: Mapping[str, str]) -> dict[str, Any]:
    """What the model reads of the answers."""
    return {k: v for k, v in answers.items() if k in ANSWERS}


def overdue(connection: Connection, limit: int) -> list[int]:
    """Jobs that nobody works on."""
    return list(
        connection.execute(
            select(FindingsJob.id)
            .where(
                FindingsJob.state == "wanted", or_(FindingsJob.until.is_(None), FindingsJob.until < db_now())
            )
            .order_by(FindingsJob.id)
            .limit(limit)
        ).scalars()
    )
