"""The engine's own threads: findings, sentences, and a pulse for the health page. Whoever wakes it waits for nothing."""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import db_now
from bot.database import insert_for, transaction
from bot.durations import DAY_S
from bot.tables import Heartbeat
from bot.web.health import ENGINE
from worker.engine import Engine
from worker.parts import Parts

__all__ = ["EngineThreads", "beat"]

log = logging.getLogger(__name__)

BEAT_S = 10.0
# Containers have a new name at every start.
GONE_S = DAY_S


class EngineThreads:
    """One engine of this process. poll_s: how often it looks at the rows where nobody wakes it."""

    def __init__(self, parts: Parts, engine: Engine, poll_s: float) -> None:
        self._parts = parts
        self._engine = engine
        self._poll_s = poll_s
        self._bell = threading.Event()
        self._closing = threading.Event()
        self._beat_due = threading.Event()
        engine.on_loading = self._beat_due.set  # seen at once, not with the next beat
        self._threads = [
            threading.Thread(target=self._think, name="engine", daemon=True),
            threading.Thread(target=self._pulse, name="engine-pulse", daemon=True),
        ]

    def start(self) -> None:
        """Loads the models and works until `close`. Raises what loading raises, once the health page can say it."""
        think, pulse = self._threads
        pulse.start()  # it can be seen that the models are being loaded
        try:
            self._engine.warm()
        except Exception:
            self._beat()
            raise
        think.start()
        # Findings do not wait for the language model, which is converted the first time that it is loaded.
        threading.Thread(target=self._listen, name="engine-listen", daemon=True).start()

    def wake(self) -> None:
        """Something is wanted; from any thread, at once."""
        self._bell.set()
        if self._engine.talking is not None:
            self._engine.talking.wake()

    def close(self) -> None:
        """Finishes the findings that are under way, gives back the rest."""
        self._closing.set()
        self._bell.set()
        self._beat_due.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        self._engine.close()

    def _think(self) -> None:
        while not self._closing.is_set():
            try:
                self._engine.run(self._closing.is_set)
            except Exception:  # the outermost loop: the next findings must have their turn
                log.exception("engine_failed")
            self._bell.wait(self._poll_s)
            self._bell.clear()

    def _listen(self) -> None:
        try:
            talks = self._engine.listen()
        except Exception as error:  # without words is better than not at all
            self._engine.last_error = type(error).__name__
            log.exception("language_model_failed")
            return
        if talks and self._engine.talking is not None:
            if self._closing.is_set():
                self._engine.talking.close()
            else:
                self._engine.talking.start(self._poll_s)

    def _beat(self) -> None:
        try:
            beat(self._parts, self._engine)
        except SQLAlchemyError as error:
            log.debug("engine_pulse_failed", extra={"error": type(error).__name__})
        except Exception:  # the outermost loop: a pulse that stops looks like an engine that died
            log.exception("engine_pulse_failed")

    def _pulse(self) -> None:
        while True:
            self._beat()
            self._beat_due.wait(BEAT_S)
            self._beat_due.clear()
            if self._closing.is_set():
                return


def beat(parts: Parts, engine: Engine) -> None:
    """Writes what the health page says of this engine."""
    # Engines of one machine have a device each.
    name = f"{ENGINE}{socket.gethostname()}:{os.environ.get('CUDA_VISIBLE_DEVICES', '')}"[:60]
    details: dict[str, Any] = {
        "loaded": engine.loaded,
        "loading": engine.loading,
        "device": engine.device,
        "language_model": engine.talking is not None,
        "last_error": engine.last_error or (engine.talking.last_error if engine.talking is not None else ""),
        **_memory(engine.loaded),
        **engine.card,
    }
    values = {"at": db_now(), "details": details}
    with transaction(parts.engine) as connection:
        connection.execute(
            insert_for(connection)(Heartbeat)
            .values(process=name, **values)
            .on_conflict_do_update(index_elements=["process"], set_=values)
        )
        connection.execute(
            delete(Heartbeat).where(Heartbeat.process.startswith(ENGINE), Heartbeat.at < db_now() - GONE_S)
        )


def _memory(loaded: bool) -> dict[str, int]:
    """Of this process, in MiB; of its GPU too, where it has one.

    loaded: the models are there. Before, another thread may be in the middle of importing torch: half a module is no module.
    """
    found = {}
    pages = Path("/proc/self/statm")
    if pages.exists():
        found["memory_mib"] = int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
    torch: Any = sys.modules.get("torch") if loaded else None
    if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
        found["device_memory_mib"] = torch.cuda.memory_reserved() >> 20
    return found
