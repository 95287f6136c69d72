"""Sentences wanted of the language model -> its generator -> written -> the chat woken.

The generator answers many chats at once in a thread of its own; rows join and leave it between two tokens. This only leases what
is wanted, hands it in, keeps the leases alive and writes what comes back, so that neither findings nor photographs ever wait for
a sentence.

A request that kills the process must not take its neighbours with it: what was under way then is tried by itself, with the
generator empty; only such tries count, and after MAX_ALONE of them the row is parked and its chat told.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import SQLAlchemyError

from bot import talk
from bot.cases import store
from bot.clock import db_now
from bot.conversation import BadState, ChatState, from_json
from bot.conversation.talk import may_stand
from bot.database import reading, transaction
from bot.errors import LeaseLost
from bot.leases import TALK, hold
from bot.queue import TURN
from bot.tables import Chat, FindingsJob, TalkJob
from worker.loaded import Speech
from worker.parts import Parts
from worker.talk_claims import Claims, Wanted

if TYPE_CHECKING:  # torch is loaded where a language model is, and nowhere else
    from model.prompts import Turn
    from model.requests import Ticket

__all__ = ["MAX_ALONE", "Talking"]

log = logging.getLogger(__name__)

MAX_ALONE = 3
# Leases are short, because nobody waits longer than talk.DEADLINE_S: what a crash left is taken up again within that.
LEASE_S = 8.0
# So often it is looked whether chats whose rows the generator keeps have been erased or gone on to another case.
FORGET_S = 2.0
HELD_MOST = 256
# Earlier questions of a case that a further one is answered from, beside the description.
EARLIER = 6


class Talking:
    """Sees to one process's language model. Its generator is started here and closed with it.

    Either `start`, which works in a thread of its own, or `run` again and again.
    """

    def __init__(self, parts: Parts, speech: Speech, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._parts = parts
        self._speaker = speech.speaker
        self._question = speech.question
        self._clock = clock
        lease_s = min(LEASE_S, parts.settings.lease_s)
        self._claims = Claims(parts.engine, lease_s, MAX_ALONE)
        self._renew_s = lease_s / 4
        # The last: the topic of an answer's question, computed by the generator's thread before its first word.
        self._running: dict[int, tuple[Wanted, Ticket, Future[str] | None]] = {}
        # The generator's name of a chat -> number and time of its findings job (SQLite gives numbers again).
        self._held: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._renew_at = self._forget_at = 0.0
        self._bell = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._error = ""
        self._speaker.generator.start()

    @property
    def last_error(self) -> str:
        """The kind of the last error, ours or the generator's; '' where there was none."""
        return self._error or str(self._speaker.generator.health()["last_error"])

    def wake(self) -> None:
        """Something is wanted; from any thread."""
        self._bell.set()

    def start(self, poll_s: float) -> None:
        """Works until `close`. poll_s: how often the rows are looked at where nobody wakes us."""
        self._thread = threading.Thread(target=self._serve, args=(poll_s,), name="talking", daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Works until nothing is wanted; at once where a thread sees to it. Raises nothing for the database's sake."""
        if self._thread is not None:
            self._bell.set()
            return
        while self.step():
            self._bell.wait(0.05)
            self._bell.clear()

    def _serve(self, poll_s: float) -> None:
        while not self._closing.is_set():
            busy = False
            try:
                busy = self.step()
            except Exception as error:  # the outermost loop: whoever comes next must be answered
                self._error = type(error).__name__
                log.exception("talk_failed")
            self._bell.wait(min(poll_s, self._renew_s) if busy or self._held else poll_s)
            self._bell.clear()

    def close(self) -> None:
        """Ends the generator; what was under way is wanted again, without a try counted."""
        self._closing.set()
        self._bell.set()
        if self._thread is not None:
            self._thread.join()
        self._speaker.generator.close()
        try:
            self._collect()
        except SQLAlchemyError as error:
            log.warning("talk_database_failed", extra={"error": type(error).__name__})

    def step(self) -> bool:
        """Writes what has come back, hands in what is wanted; True while there is something to do."""
        try:
            self._collect()
            self._renew()
            self._forget()
            begun = 0 if self._closing.is_set() else self._hand_in()
        except SQLAlchemyError as error:
            log.warning("talk_database_failed", extra={"error": type(error).__name__})
            begun = 0
        return bool(self._running) or begun > 0

    def _hand_in(self) -> int:
        """How many rows were taken up."""
        alone = any(job.alone for job, *_ in self._running.values())
        free = int(self._speaker.generator.health()["row_limit"]) - len(self._running)
        if alone or free < 1:
            return 0
        jobs = self._claims.next(free, empty=not self._running)
        for job in jobs:
            if job.worn_out:
                log.error("talk_parked", extra={"job_id": job.id, "attempts": job.attempts})
                self._finish(job, "parked")
                continue
            try:
                ticket, asked = self._submit(job)
            except Exception as error:  # what cannot be asked is of every kind; it fails by itself
                if self._closing.is_set():
                    self._claims.give_back(job)
                    continue
                self._error = type(error).__name__
                log.exception("talk_not_asked", extra={"job_id": job.id})
                self._finish(job, "parked")
                continue
            self._running[job.id] = job, ticket, asked
            if asked is not None:
                asked.add_done_callback(lambda _: self._bell.set())
            ticket.future.add_done_callback(lambda _: self._bell.set())
        return len(jobs)

    def _submit(self, job: Wanted) -> tuple[Ticket, Future[str] | None]:
        """The answer to come, and of a question its topic. Raises SealError, ValueError and whatever a speaker raises."""
        # By the clock of before: reading and tokenising take their part of the time.
        deadline_s = self._clock() + job.left_s
        with reading(self._parts.engine) as connection:
            seen = connection.execute(
                select(FindingsJob.soft, FindingsJob.created_at).where(
                    FindingsJob.id == job.findings_job_id,
                    FindingsJob.chat_id == job.chat_id,
                    FindingsJob.soft.is_not(None),
                )
            ).first()
            turns = self._turns(connection, job)
        if seen is None:
            raise ValueError(f"findings job {job.findings_job_id} has no soft tokens any more")
        chat = f"{job.chat_id}/{job.case_version}/{job.findings_job_id}/{seen.created_at}"
        request = self._speaker.request(
            talk.open_soft(self._parts.sealer, job.findings_job_id, seen.soft),
            turns,
            exact=job.kind == "describe",
            chat=chat,
            deadline_s=deadline_s,
        )
        asked = self._speaker.topic_asked(turns[-1].question) if job.kind == "answer" else None
        ticket = self._speaker.generator.submit(request)
        self._held[chat] = job.findings_job_id, seen.created_at
        self._held.move_to_end(chat)
        while len(self._held) > HELD_MOST:
            self._speaker.generator.forget(self._held.popitem(last=False)[0])
        return ticket, asked

    def _turns(self, connection: Connection, job: Wanted) -> list[Turn]:
        """What was said of the photograph before and passed the guard, and the open question. Raises SealError."""
        from model.prompts import Turn

        sealer = self._parts.sealer
        state = _state(connection, job)
        rows = connection.execute(
            select(TalkJob.id, TalkJob.kind, TalkJob.question, TalkJob.result)
            .where(
                TalkJob.chat_id == job.chat_id,
                TalkJob.case_version == job.case_version,
                TalkJob.findings_job_id == job.findings_job_id,
                TalkJob.id <= job.id,
                TalkJob.state.in_(("done", "wanted")),
            )
            .order_by(TalkJob.id)
        ).all()
        turns: list[Turn] = []
        for row in rows:
            asked = (
                self._question if row.kind == "describe" else talk.open_question(sealer, row.id, row.question)
            )
            if row.id == job.id:
                turns.append(Turn(asked))
                continue
            text = talk.open_result(sealer, row.id, row.result)[0]
            if text and state is not None and may_stand(state, row.kind, text):
                turns.append(Turn(asked, text))
        return [*turns[:1], *turns[1:][-EARLIER - 1 :]]

    def _collect(self) -> None:
        """Writes what the generator has finished. An answer that is not to its question counts as failed."""
        for job, ticket, asked in list(self._running.values()):
            if asked is not None and _topic(asked) == "":
                # Of nothing that it was taught: whatever it said would miss the question.
                ticket.cancel()
                self._finish(job, "parked")
                del self._running[job.id]
                continue
            if not ticket.future.done():
                continue
            result = ticket.result(0)
            if result.finished:
                text = result.text.strip()
                fits = asked is None or self._speaker.topic_said(text) == _topic(asked)
                self._finish(job, "done" if fits else "parked", text if fits else "")
            elif result.why == "deadline":
                self._finish(job, "parked")
            elif result.why == "cancelled":
                self._claims.give_back(job)
            else:
                self._error = "" if result.error is None else type(result.error).__name__
                log.warning("talk_row_failed", extra={"job_id": job.id, "error": self._error})
                self._claims.set_apart(job)
            del self._running[job.id]

    def _finish(self, job: Wanted, state: str, text: str = "") -> None:
        """Writes a sentence, or that there is none, and makes the chat due; nothing where the row is not ours any more.

        A case that was erased or superseded meanwhile took the lease with it.
        """
        result = None
        if text:
            try:
                features = self._speaker.concepts(text)
            except (
                Exception
            ) as error:  # a speaker's own reading of its words; the words are there all the same
                self._error, features = type(error).__name__, ()
                log.exception("talk_not_read", extra={"job_id": job.id})
            result = talk.seal_result(self._parts.sealer, job.id, text, features)
        try:
            with transaction(self._parts.engine) as connection:
                # Chats before jobs: the order in which a turn locks them.
                connection.execute(update(Chat).where(Chat.id == job.chat_id).values(due_at=db_now()))
                hold(connection, TALK, job.id, job.token, None, state=state, result=result)
        except LeaseLost:
            log.info("talk_discarded", extra={"job_id": job.id})
            return
        self._parts.wake(TURN, job.chat_id)

    def _renew(self) -> None:
        if not self._running or self._clock() < self._renew_at:
            return
        self._renew_at = self._clock() + self._renew_s
        for job in self._claims.renew([job for job, *_ in self._running.values()]):
            # Told without it, erased or superseded: nobody waits for the rest.
            self._running.pop(job.id)[1].cancel()

    def _forget(self) -> None:
        """What the generator keeps of a case goes when the case's soft tokens have."""
        if not self._held or self._clock() < self._forget_at:
            return
        self._forget_at = self._clock() + FORGET_S
        with reading(self._parts.engine) as connection:
            rows = connection.execute(
                select(FindingsJob.id, FindingsJob.created_at).where(
                    FindingsJob.id.in_([number for number, _ in self._held.values()]),
                    FindingsJob.soft.is_not(None),
                )
            ).all()
        there = {(row.id, row.created_at) for row in rows}
        for chat in [chat for chat, seen in self._held.items() if seen not in there]:
            self._speaker.generator.forget(chat)
            del self._held[chat]


def _topic(asked: Future[str]) -> str | None:
    """The topic of a question, "" for none that was taught; None where it is not there yet, or could not be had."""
    if not asked.done() or asked.cancelled() or asked.exception() is not None:
        return None
    return asked.result()


def _state(connection: Connection, job: Wanted) -> ChatState | None:
    """Where the chat's conversation stands, or that of the worker's case it is about; None where that cannot be read."""
    case_id = connection.execute(select(TalkJob.case_id).where(TalkJob.id == job.id)).scalar_one()
    if case_id is not None:
        case = store.by_id(connection, case_id)
        return None if case is None else case.state
    held = connection.execute(select(Chat.state).where(Chat.id == job.chat_id)).scalar_one()
    try:
        return None if held is None else from_json(held)
    except BadState:
        return None
