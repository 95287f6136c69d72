"""The model in a process of its own, beside the embedded runner: `python -m worker.engine_process`.

A model that crashes takes this process and nothing else. It looks at the rows twice a second; every chat that has
findings or a sentence is told to the parent as one line on standard output.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable

from bot import logs
from bot.errors import NgoziError
from bot.settings import Settings
from model import tries
from worker import parts as parts_room
from worker.engine import Engine
from worker.engine_threads import EngineThreads
from worker.loaded import Loaded, SupportsAnalysis
from worker.model_loading import load

__all__ = ["main"]

log = logging.getLogger(__name__)

POLL_S = 0.2


class LineWake:
    """Wakes the parent's workers: one line 'task id' each."""

    def __call__(self, task: str, row_id: int, after_s: float = 0.0) -> None:
        del after_s
        # One write a line: several threads wake.
        sys.stdout.write(f"{task} {row_id}\n")
        sys.stdout.flush()


def _end_with_parent() -> None:
    """The parent holds our standard input open; when it ends, however it ends, so do we."""
    sys.stdin.buffer.read()
    _end(0)


def _end(status: int) -> None:
    """At once: an ordinary end would wait for threads that compute, and trip over the one that reads standard input."""
    tries.take_back()
    os._exit(status)


def main(load_model: Callable[[Settings], Loaded | SupportsAnalysis | None] = load) -> None:
    """Runs until standard input closes."""
    settings = Settings.read()
    logs.set_up(settings.log, settings.secret_values())
    signal.signal(signal.SIGTERM, lambda number, _: _end(128 + number))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    parts = parts_room.build(settings, LineWake())
    try:
        EngineThreads(parts, Engine(parts, lambda: load_model(settings)), POLL_S).start()
    except Exception as error:  # noqa: BLE001 - whatever it is: the parent starts us again, and the log says why
        reason = str(error) if isinstance(error, NgoziError) else type(error).__name__
        log.error("model_not_loaded", extra={"reason": reason})
        sys.stderr.flush()
        _end(70)
    sys.stdout.write("ready 0\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
