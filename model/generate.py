"""Many answers at once: requests wait in line, rows join and leave a batch between two decode steps, one thread owns the model.

At most `prefills` newcomers are computed between two steps, so that running rows never wait long (serving.md section 3).
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import torch

from model.batch import Batch
from model.cache_rows import KeptRows
from model.requests import Closed, QueueFull, Request, Ticket, Why
from model.running import Running

__all__ = ["Generator"]

_T = TypeVar("_T")


class Generator:
    """Answers requests with a causal language model of transformers.

    decode: ids to text, without special tokens.  rows: most at once (8 is right for a CPU, 32 for a GPU).  own_width: rows of one
    exact forward, empty ones included; another width is another kernel, so it stays the same for good.  1 for bitsandbytes int8.
    waiting: most requests in line.  keep_bytes: of finished rows kept for follow-ups.  threads: torch's, where `start` is used.
    Either `start` (a thread of its own) or `step` again and again by the thread that owns the model.
    Raises ValueError for weights made under torch.inference_mode (they are seven times slower) and unknown kinds of cache.
    """

    def __init__(
        self,
        language_model: Any,
        decode: Callable[[list[int]], str],
        *,
        rows: int = 8,
        own_width: int = 8,
        waiting: int = 64,
        prefills: int = 2,
        keep_bytes: int = 256 * 2**20,
        threads: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if min(rows, own_width, waiting, prefills) < 1:
            raise ValueError(
                f"rows {rows}, own_width {own_width}, waiting {waiting}, prefills {prefills}; expected 1 or more"
            )
        if any(p.is_inference() for p in language_model.parameters()):
            raise ValueError(
                "weights were loaded under torch.inference_mode; expected them loaded outside of it"
            )
        self.kept = KeptRows(keep_bytes)
        self.steps = 0
        self._batch = Batch(language_model, self.kept, rows, own_width)
        self._decode, self._prefills, self._threads, self._clock = decode, prefills, threads, clock
        self._waiting, self._most_waiting = deque[Running](), waiting
        self._calls = deque[tuple[Callable[[], Any], Future[Any]]]()
        self._wake, self._closed = threading.Condition(), False
        self._thread: threading.Thread | None = None

    def submit(self, request: Request) -> Ticket:
        """Puts a request in line, from any thread.  Raises QueueFull, Closed, ValueError for embeddings of another width."""
        if request.embeds.shape[1] != self._batch.width:
            raise ValueError(f"embeds are {request.embeds.shape[1]} wide; expected {self._batch.width}")
        ticket = Ticket(request)
        with self._wake:
            if self._closed:
                raise Closed("the generator is closed; expected requests before that")
            if len(self._waiting) >= self._most_waiting:
                raise QueueFull(
                    f"{len(self._waiting)} requests wait; expected fewer than {self._most_waiting}"
                )
            self._waiting.append(Running(ticket, self._decode))
            self._wake.notify()
        return ticket

    def call(self, work: Callable[[], _T]) -> Future[_T]:
        """Has the model's thread do something else with the model between two steps, such as score_candidates."""
        future: Future[_T] = Future()
        with self._wake:
            if self._closed:
                raise Closed("the generator is closed; expected work before that")
            self._calls.append((work, future))
            self._wake.notify()
        return future

    def forget(self, chat: str) -> Future[None]:
        """Cancels what is under way for a chat and drops its kept row, for whoever asks to be erased."""
        return self.call(lambda: self._forget(chat))

    def health(self) -> dict[str, Any]:
        """Counts only: running, waiting, row_limit, rows and bytes kept, steps, the last error's kind."""
        return {
            "running": len(self._batch),
            "waiting": len(self._waiting),
            "row_limit": self._batch.row_limit,
            "kept_rows": len(self.kept),
            "kept_bytes": self.kept.size_bytes,
            "steps": self.steps,
            "last_error": self._batch.last_error,
        }

    def start(self) -> Generator:
        self._thread = threading.Thread(target=self._run, name="generator", daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Ends all rows as cancelled, drops those that were kept and waits for the thread."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()
        else:
            self._end_all()

    def __enter__(self) -> Generator:
        return self.start()

    def __exit__(self, *args: object) -> None:
        self.close()

    @torch.inference_mode()
    def step(self) -> bool:
        """One round: other work, who must leave, newcomers, one token for every row.  False if there was nothing to do."""
        if not self._busy():
            return False
        self._do_calls()
        try:
            self._drop_ended()
            self._admit()
            self._batch.advance()
        except Exception as error:  # noqa: BLE001   ours, not a row's: nobody is left waiting, and the next ones are served
            self._batch.abandon(Why.failed, "the step could not be finished", error)
            self._batch.last_error = f"step: {type(error).__name__}"
        self._put_back()
        self.steps += 1
        return True

    def _run(self) -> None:
        if self._threads is not None:
            torch.set_num_threads(self._threads)
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._closed or self._busy())
                if self._closed:
                    break
            self.step()
        self._end_all()

    def _busy(self) -> bool:
        return bool(self._waiting or self._calls or len(self._batch))

    def _do_calls(self) -> None:
        while self._calls:
            work, future = self._calls.popleft()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(work())
                except Exception as error:  # noqa: BLE001   the caller's work; its error is the caller's
                    future.set_exception(error)

    def _forget(self, chat: str) -> None:
        with self._wake:
            mine = [run for run in self._waiting if run.request.chat == chat]
            for run in mine:
                self._waiting.remove(run)
        for run in mine:
            run.end(Why.cancelled, kept=False)
        self._batch.drop(lambda run: Why.cancelled if run.request.chat == chat else None)
        self.kept.forget(chat)  # last: a row that was ended has just been kept

    def _ended_by(self, run: Running) -> Why | None:
        if run.ticket.cancelled:
            return Why.cancelled
        deadline_s = run.request.deadline_s
        return Why.deadline if deadline_s is not None and self._clock() >= deadline_s else None

    def _drop_ended(self) -> None:
        with self._wake:
            ended = [(run, why) for run in self._waiting if (why := self._ended_by(run)) is not None]
            for run, _ in ended:
                self._waiting.remove(run)
        for run, why in ended:
            run.end(why, kept=False)
        self._batch.drop(self._ended_by)
        self._put_back()

    def _admit(self) -> None:
        for _ in range(self._prefills):
            with self._wake:
                if not self._waiting or len(self._batch) >= self._batch.row_limit:
                    return
                run = self._waiting.popleft()
            self._batch.admit(run)
            if self._put_back():
                return

    def _put_back(self) -> bool:
        """Interrupted rows go to the head of the line, beyond its bound: they have been accepted."""
        back, self._batch.interrupted = self._batch.interrupted, []
        with self._wake:
            self._waiting.extendleft(reversed(back))
        return bool(back)

    def _end_all(self) -> None:
        self._batch.abandon(Why.cancelled, "the generator was closed")
        with self._wake:
            waiting, calls = list(self._waiting), list(self._calls)
            self._waiting.clear()
            self._calls.clear()
        for run in waiting:
            run.reason = "the generator was closed"
            run.end(Why.cancelled, kept=False)
        for _, future in calls:
            future.cancel()
        self.kept.clear()
