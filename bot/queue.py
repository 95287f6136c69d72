"""Wake-up calls. The row is the truth; a broker that loses everything costs seconds (the sweep), never a message.

Task and queue names have their one home here. A task carries one id and nothing else.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from typing import Any, Protocol, runtime_checkable

from celery import Celery
from kombu import Queue

__all__ = ["DELIVER", "SWEEP", "THINK", "TURN", "CeleryWake", "HasLine", "Wake", "Wakes", "make_celery"]

log = logging.getLogger(__name__)

TURN = "ngozi.turn"  # id of a chat
DELIVER = "ngozi.deliver"  # id of a chat
THINK = "ngozi.think"  # id of a findings job
SWEEP = "ngozi.sweep"  # no id: 0
# What to wake once the transaction stands: names of tasks, each with its id.
Wakes = list[tuple[str, int]]
QUEUE_OF = {TURN: "turn", DELIVER: "deliver", THINK: "gpu", SWEEP: "sweep"}

# With acks_late a task that outlives this is run twice; ours are short and idempotent (leases), so keep it low:
# after a killed worker Redis gives its tasks back sooner. The sweep would find them anyway.
VISIBILITY_TIMEOUT_S = 120
BROKER_PATIENCE_S = 3.0


class Wake(Protocol):
    """Something that wakes a worker, at once or a little later; never raises, never blocks for long.

    after_s is a courtesy of this process (an album that settles, a pause in sending): the row's due time and the
    sweep stand behind it.
    """

    def __call__(self, task: str, row_id: int, after_s: float = 0.0) -> None: ...


@runtime_checkable
class HasLine(Protocol):
    """A `Wake` that can say how many of its wake-ups nobody has taken yet."""

    def waiting(self, task: str) -> int | None:
        """How many wait in the queue of this task; None where the broker does not answer. May take seconds."""
        ...


def make_celery(broker_url: str) -> Celery:
    """The Celery application, with the same settings for producers and workers."""
    app = Celery("ngozi", broker=broker_url, set_as_current=False)
    transport: dict[str, Any]
    if broker_url.startswith("memory:"):
        transport = {"polling_interval": 0.02}  # the default adds up to a second a hop
    else:
        transport = {
            "visibility_timeout": VISIBILITY_TIMEOUT_S,
            "socket_connect_timeout": 2,
            "socket_timeout": 5,
            "socket_keepalive": True,
        }
    app.conf.update(
        broker_transport_options=transport,
        result_backend_transport_options=transport,
        visibility_timeout=VISIBILITY_TIMEOUT_S,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        task_acks_late=True,
        task_reject_on_worker_lost=False,  # the row's own lease and the sweep bring it back, with a count
        task_queues=[Queue(name, durable=True) for name in sorted(set(QUEUE_OF.values()))],
        task_routes={task: {"queue": name} for task, name in QUEUE_OF.items()},
        task_create_missing_queues=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
        task_serializer="json",
        accept_content=["json"],
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_publish_retry=False,
        enable_utc=True,
    )
    return app


class CeleryWake:
    """Sends wake-ups from a thread of its own, so that a broker that hangs never holds a request or a turn.

    The line is bounded; when it is full or the broker is away, wake-ups are dropped and the sweep finds the rows.
    """

    def __init__(self, app: Celery, *, length: int = 10_000) -> None:
        self._app = app
        self._length = length
        self._line: list[tuple[float, int, str, int]] = []
        self._ready = threading.Condition()
        self._count = itertools.count()
        self._closing = False
        self._thread = threading.Thread(target=self._send_all, name="wake", daemon=True)
        self._thread.start()

    def __call__(self, task: str, row_id: int, after_s: float = 0.0) -> None:
        with self._ready:
            if len(self._line) >= self._length:
                log.warning("wake_dropped", extra={"task_name": task, "row_id": row_id})
                return
            heapq.heappush(self._line, (time.monotonic() + after_s, next(self._count), task, row_id))
            self._ready.notify()

    def waiting(self, task: str) -> int | None:
        """See HasLine. Two tasks that share a queue are counted together."""
        name = QUEUE_OF[task]
        try:
            with self._app.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, timeout=BROKER_PATIENCE_S)
                with connection.channel() as channel:
                    # To declare it again changes nothing, and answers with its length.
                    return int(channel.queue_declare(queue=name, durable=True).message_count)
        except Exception as error:  # noqa: BLE001 - as in _send_all: of every kind, and nothing to conclude
            log.info("broker_not_asked", extra={"task_name": task, "error": type(error).__name__})
            return None

    def close(self, timeout_s: float = 5.0) -> None:
        """Sends what is due and stops; what is due later is left to the sweep."""
        with self._ready:
            self._closing = True
            self._ready.notify()
        self._thread.join(timeout_s)

    def _next(self) -> tuple[str, int] | None:
        with self._ready:
            while True:
                wait_s = self._line[0][0] - time.monotonic() if self._line else None
                if wait_s is not None and wait_s <= 0:
                    _, _, task, row_id = heapq.heappop(self._line)
                    return task, row_id
                if self._closing:
                    return None
                self._ready.wait(wait_s)

    def _send_all(self) -> None:
        while (item := self._next()) is not None:
            task, row_id = item
            if task == SWEEP and self.waiting(SWEEP):
                # While no worker sweeps, the clock must not fill the broker; one in line is enough.
                continue
            try:
                self._app.send_task(task, args=[row_id], queue=QUEUE_OF[task], ignore_result=True)
            except Exception as error:  # noqa: BLE001 - kombu, redis and OS errors of every kind; the sweep repairs
                log.warning(
                    "wake_failed", extra={"task_name": task, "row_id": row_id, "error": type(error).__name__}
                )
