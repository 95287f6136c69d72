"""Celery workers inside a process: started, watched and stopped."""

from __future__ import annotations

import logging
import threading
from typing import Any

from celery import Celery
from celery.app import trace
from celery.worker import WorkController

__all__ = ["ThreadedWorker"]

log = logging.getLogger(__name__)

NAME = "ngozi@embedded"


class ThreadedWorker:
    """A Celery worker for all queues of its application, in a thread of this process (embedded mode)."""

    def __init__(self, app: Celery, threads: int) -> None:
        # Threads of the pool look their tasks up in the process's default application: that must be this one.
        trace.setup_worker_optimizations(app, NAME)
        self._app = app
        self._controller: Any = WorkController(
            app=app,
            pool_cls="threads",
            concurrency=threads,
            hostname=NAME,
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
            loglevel="WARNING",
        )
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        """Begins to take tasks."""
        self._thread.start()

    def _run(self) -> None:
        try:
            self._controller.start()
        except Exception:  # the outermost loop of the thread
            log.exception("worker_thread_failed")

    def stop(self, timeout_s: float = 5.0) -> None:
        """Lets running tasks end and stops."""
        self._controller.stop()
        self._thread.join(timeout_s)
        trace.reset_worker_optimizations(self._app)
