"""The Celery tasks: thin shells around the rooms. A task that dies is found again by the sweep."""

from __future__ import annotations

import threading
from collections.abc import Callable

from celery import Celery

from bot.queue import DELIVER, SWEEP, THINK, TURN
from worker import deliver, sweep, turn
from worker.parts import Parts

__all__ = ["register"]


def register(app: Celery, parts: Parts, think: Callable[[], object]) -> None:
    """Gives the application its four tasks. think: works off findings jobs until none is waiting."""

    @app.task(name=TURN, ignore_result=True, shared=False)
    def take_turn(chat_id: int) -> None:
        turn.run(parts, chat_id)

    @app.task(name=DELIVER, ignore_result=True, shared=False)
    def deliver_replies(chat_id: int) -> None:
        deliver.run(parts, chat_id)

    one_engine = threading.Lock()

    @app.task(name=THINK, ignore_result=True, shared=False)
    def think_of_findings(job_id: int) -> None:
        del job_id  # the rows say what is waiting; one thread owns the model
        with one_engine:
            think()

    @app.task(name=SWEEP, ignore_result=True, shared=False)
    def sweep_overdue(_: int = 0) -> None:
        sweep.run(parts)
