"""Findings, or a plan of questions, wanted -> batch -> model -> written -> the chat woken.

Where there is a language model too, the photograph's soft tokens are kept with the findings, and a description is wanted in the
same transaction; worker.talking sees to it, in a thread of its own. These two are the only callers of `model`.

A photograph that kills the process must not take its neighbours with it: a job whose batch died is tried alone, only
tries that it made alone count, and after MAX_ALONE of them it is parked and its sender told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from PIL import Image
from sqlalchemy import Connection, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from bot import talk
from bot.clinical.conditions import catalogue
from bot.clock import db_now
from bot.database import transaction
from bot.errors import LeaseLost
from bot.findings import findings_to_json
from bot.leases import JOB, hold, take
from bot.media.vault import VaultUnavailable
from bot.messages import Findings, Plan, Urgency
from bot.plans import plan_to_json
from bot.queue import TURN
from bot.tables import Chat, FindingsJob
from model.analysis import CatalogueEntry
from worker import model_card
from worker.findings import as_plan, failed, join, judge
from worker.loaded import Loaded, Speech, SupportsAnalysis
from worker.parts import Parts
from worker.photographs import read_back
from worker.talking import Talking

__all__ = ["Engine", "overdue"]

log = logging.getLogger(__name__)

BATCH = 8
MAX_ALONE = 3
# So many batches may pass a photograph that waits to be tried alone.
PASSED_BY = 4
STORAGE_WAIT_S = 10.0
ANSWERS = frozenset({"age", "site", "skin_type", "itch", "grew", "hurt", "changed", "bleed", "elevation"})


@dataclass(frozen=True, slots=True)
class _Job:
    id: int
    kind: str
    chat_id: int
    case_version: int
    token: str
    photo_ids: tuple[str, ...]
    answers: Mapping[str, str]
    floor: Urgency
    attempts: int


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a job is answered with. Neither findings nor a plan: no plan could be made."""

    findings: Findings | None = None
    soft: bytes = b""
    plan: Plan | None = None

    def as_json(self) -> dict[str, Any] | None:
        if self.findings is not None:
            return findings_to_json(self.findings)
        return plan_to_json(self.plan) if self.plan is not None else None


def _failed(job: _Job) -> _Answer:
    return _Answer() if job.kind == "plan" else _Answer(failed(job.floor))


class Engine:
    """Works off jobs for findings and plans. load: gives the models, or a diagnoser alone; called once, at the first job.

    talking: sees to the language model, once it is loaded; None where there is none. last_error: kind of the model's last one.
    loading: what is being loaded at this moment, "findings" or "language model", or "". on_loading: called when that changes.
    """

    def __init__(self, parts: Parts, load: Callable[[], Loaded | SupportsAnalysis | None]) -> None:
        self._parts = parts
        self._load = load
        self._diagnoser: SupportsAnalysis | None = None
        self.talking: Talking | None = None
        self._later: Callable[[], Speech | None] | None = None
        self.device = ""
        self.loaded = False
        self.loading = ""
        self.on_loading: Callable[[], None] = lambda: None
        self.last_error = ""
        self.card: dict[str, Any] = {}  # of the model that is loaded, for the console
        self._batches = 0  # in company, since one was tried alone
        entries = catalogue()
        self._catalogue = {
            code: CatalogueEntry(code, e.urgency.value, e.cancer) for code, e in entries.items()
        }
        self._cancers = frozenset(code for code, e in entries.items() if e.cancer)

    def warm(self) -> None:
        """Loads the model now."""
        if self.loaded:
            return
        with self._loading("findings"):
            try:
                found = self._load()
            except Exception as error:
                self.last_error = type(error).__name__  # the health page says it while nobody can answer
                raise
            models = found if isinstance(found, Loaded) else Loaded(found)
            self._diagnoser = models.diagnoser
            self._later = models.later
            if models.speech is not None:
                self.talking = Talking(self._parts, models.speech)
            self.device = models.device
            if models.diagnoser is not None:
                self.card = model_card.said(self._parts.settings, models.diagnoser)
            self.loaded = True

    def listen(self) -> bool:
        """Loads the language model, if there is one that was left for later; whether it talks now."""
        later, self._later = self._later, None
        if later is not None:
            with self._loading("language model"):
                found = later()
                if found is not None:
                    self.talking = Talking(self._parts, found)
        return self.talking is not None

    @contextmanager
    def _loading(self, what: str) -> Iterator[None]:
        self.loading = what
        self.on_loading()
        try:
            yield
        finally:
            self.loading = ""
            self.on_loading()

    def close(self) -> None:
        """Ends what runs beside the caller's thread; sentences that are under way are given back."""
        if self.talking is not None:
            self.talking.close()

    def run(self, ending: Callable[[], bool] = lambda: False) -> int:
        """Works until no job is waiting, or `ending` says so; how many were answered.

        Raises nothing for the database's sake.
        """
        done = 0
        try:
            while not ending() and (batch := self._claim()):
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
                            row.kind,
                            row.chat_id,
                            row.case_version,
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
            return self._finish(batch[0], _failed(batch[0]), "parked")
        try:
            cases = [(read_back(self._parts, job.photo_ids), _for_model(job.answers)) for job in batch]
        except VaultUnavailable:
            log.warning("findings_wait_for_storage", extra={"jobs": len(batch)})
            self._put_back(batch)
            return 0
        try:
            answers = self._think(batch, cases)
        except Exception as error:  # the outermost loop of a batch: the model's errors are of every kind
            self.last_error = type(error).__name__
            log.exception("findings_failed", extra={"jobs": len(batch)})
            self._separate(batch)
            return 0
        return sum(self._finish(job, said, "done") for job, said in zip(batch, answers, strict=True))

    def _think(
        self, batch: list[_Job], cases: list[tuple[list[Image.Image], dict[str, Any]]]
    ) -> list[_Answer]:
        """What is said of each job; with NGOZI_MODEL=off a person must look, and nothing is planned."""
        said = [_failed(job) for job in batch]
        if self._diagnoser is None:
            return said
        seen = [i for i, (images, _) in enumerate(cases) if images]
        found = [i for i in seen if batch[i].kind != "plan"]
        analyses = self._diagnoser.analyse_batch([cases[i] for i in found], self._catalogue) if found else []
        for i, a in zip(found, analyses, strict=True):
            said[i] = _Answer(join(a, batch[i].floor, self._cancers, batch[i].answers), a.soft)
        planned = [i for i in seen if batch[i].kind == "plan"]
        if planned:
            judges = [judge(batch[i].floor, self._cancers, batch[i].answers) for i in planned]
            plans = self._diagnoser.plans([cases[i] for i in planned], self._catalogue, judges)
            for i, first in zip(planned, plans, strict=True):
                said[i] = _Answer(plan=as_plan(first))
        return said

    def _finish(self, job: _Job, said: _Answer, state: str) -> int:
        """Writes what is said and makes the chat due; 0 where the job was superseded or taken over.

        What names nothing is not described either: words must not say what the numbers do not.
        """
        soft, findings = said.soft, said.findings
        describe = self.talking is not None and bool(soft) and findings is not None and not findings.abstained
        kept = talk.seal_soft(self._parts.sealer, job.id, soft) if describe else None
        try:
            with transaction(self._parts.engine) as connection:
                # Chats before jobs: the order in which a turn locks them.
                chat_id, case_id = self._whose(connection, job)
                connection.execute(update(Chat).where(Chat.id == chat_id).values(due_at=db_now()))
                self._superseded(connection, job)
                hold(connection, JOB, job.id, job.token, None, state=state, result=said.as_json(), soft=kept)
                if describe:
                    talk.want_description(connection, chat_id, job.id, job.case_version, case_id)
        except LeaseLost:
            log.info("findings_discarded", extra={"job_id": job.id})
            return 0
        self._parts.wake(TURN, chat_id)
        if describe and self.talking is not None:
            self.talking.wake()
        return 1

    def _whose(self, connection: Connection, job: _Job) -> tuple[int, int | None]:
        """The chat that waits for it, which is another where its case was handed over meanwhile; and the case."""
        row = connection.execute(
            select(FindingsJob.chat_id, FindingsJob.case_id).where(FindingsJob.id == job.id)
        ).first()
        return (job.chat_id, None) if row is None else (row.chat_id, row.case_id)

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
