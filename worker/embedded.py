"""Everything in one command: web server, workers in threads, the model in a child process. No server to install."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

from bot.queue import SWEEP, TURN, CeleryWake, Wake, make_celery
from bot.settings import Settings
from worker import app as tasks
from worker import parts as parts_room
from worker.engine import Engine
from worker.parts import Parts
from worker.running import ThreadedWorker
from worker.typing_shown import Typing

__all__ = ["EngineChild", "embedded"]

log = logging.getLogger(__name__)

# A child that dies is started again, after a pause that grows while it keeps dying.
RESTART_S = (0.2, 1.0, 5.0, 15.0)
LIVED_S = 30.0
THREADS = 8
ENGINE_COMMAND = (sys.executable, "-m", "worker.engine_process")


class EngineChild:
    """The model process: started, listened to, and started again when it dies."""

    def __init__(self, wake: Wake, command: tuple[str, ...] = ENGINE_COMMAND) -> None:
        self._wake = wake
        self._command = command
        self._process: subprocess.Popen[str] | None = None
        self._stopping = threading.Event()
        self.ready = threading.Event()
        self._thread = threading.Thread(target=self._keep_running, name="engine-child", daemon=True)

    def start(self) -> None:
        """Starts the child; `ready` is set when its model is loaded."""
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._process.pid if self._process else None

    def _keep_running(self) -> None:
        deaths = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                list(self._command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=dict(os.environ),
                # Ctrl-C in a terminal reaches all of a group at once; the child is ended by us, after the workers.
                process_group=0,
            )
            self._listen(self._process)
            code = self._process.wait()
            _close_pipes(self._process)
            if self._stopping.is_set():
                return
            deaths = 0 if time.monotonic() - began > LIVED_S else deaths + 1
            log.error("engine_died", extra={"exit_status": code, "deaths": deaths})
            self._stopping.wait(RESTART_S[min(deaths, len(RESTART_S) - 1)])

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            word, _, number = line.strip().partition(" ")
            if word == "ready":
                self.ready.set()
            elif word == TURN and number.isdigit():
                self._wake(TURN, int(number))

    def stop(self) -> None:
        """Ends the child."""
        self._stopping.set()
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._thread.join(5)


def _close_pipes(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


@contextlib.contextmanager
def _left_in_order() -> Iterator[None]:
    """SIGTERM leaves what runs here as Ctrl-C does; a second one ends it at once.

    uvicorn ends in order and then raises the signal once more, which by default would be the end of all the rest too.
    """
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def leave(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextlib.contextmanager
def embedded(
    settings: Settings, *, engine_command: tuple[str, ...] = ENGINE_COMMAND
) -> Iterator[tuple[Parts, EngineChild | None]]:
    """The running workers of the embedded mode; everything is stopped on leaving.

    Without a model (NGOZI_MODEL=off) there is no child: this process answers that a person must look.
    """
    celery = make_celery("memory://")
    wake = CeleryWake(celery)
    parts = parts_room.build(settings, wake)
    child = EngineChild(wake, engine_command) if settings.model != "off" else None
    by_hand = Engine(parts, lambda: None)
    tasks.register(celery, parts, (lambda: None) if child is not None else by_hand.run)
    # One worker for all queues: the selection of queues belongs to the application, so two workers of one application in
    # one process would both serve the queues of the second.
    worker = ThreadedWorker(celery, THREADS)
    typing = Typing(parts)
    stopping = threading.Event()

    def sweep_again() -> None:
        while not stopping.is_set():
            wake(SWEEP, 0)
            stopping.wait(settings.sweep_s)

    clock = threading.Thread(target=sweep_again, name="sweep-clock", daemon=True)
    try:
        worker.start()
        if child is not None:
            child.start()
        clock.start()
        typing.start()
        with _left_in_order():
            yield parts, child
    finally:
        stopping.set()
        typing.stop()
        wake.close()
        worker.stop()
        if child is not None:
            child.stop()
        parts.engine.dispose()
