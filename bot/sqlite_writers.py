"""The writers of one process on one SQLite file take turns, in the order in which they came.

SQLite lets one writer in at a time, and whoever finds it taken sleeps and looks again (1 ms, then longer, up to 100 ms):
with many writers some sleep while others pass them again and again. So the threads of a process wait in a line of
ours and only its head asks SQLite. Other processes (the model, `ngozi erase`) still meet through SQLite's busy timeout.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

__all__ = ["BUSY_TIMEOUT_S", "Turnstile", "WriterConnection", "turnstile"]

# How long a writer waits, in the line and for other processes together.
BUSY_TIMEOUT_S = 10.0
# The line may not use up all of it: another process holds SQLite's lock for milliseconds.
LEAST_BUSY_S = 1.0
# Time spent in the line that is not worth a PRAGMA.
SHORT_S = 0.5


class Turnstile:
    """A lock that is handed over first come, first served. Its holder is an object, not a thread."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._holder: object | None = None
        self._thread = 0  # who came in, to tell a wait for oneself from a wait for others
        self._line: deque[tuple[object, int, threading.Lock]] = deque()

    def enter(self, who: object, timeout_s: float) -> float:
        """Waits for its turn; the seconds that it took.

        Raises sqlite3.OperationalError, as SQLite does, where it did not come in time; sqlite3.ProgrammingError at once
        where this thread is inside already: it would wait for itself.
        """
        thread = threading.get_ident()
        gate = threading.Lock()
        with self._mutex:
            if self._holder is None:
                self._holder, self._thread = who, thread
                return 0.0
            if self._thread == thread:
                raise sqlite3.ProgrammingError(
                    "a write transaction was begun inside another of the same thread; expected one at a time"
                )
            gate.acquire()
            self._line.append((who, thread, gate))
        began = time.monotonic()
        try:
            came = gate.acquire(timeout=timeout_s)
        except BaseException:  # a signal's exception, not ours: the place must not stay taken
            self._step_out(who, gate)
            self.leave(who)
            raise
        if not came and not self._step_out(who, gate):
            raise sqlite3.OperationalError("database is locked")
        return time.monotonic() - began

    def _step_out(self, who: object, gate: threading.Lock) -> bool:
        """Leaves the line; True where the turn came at this very moment."""
        with self._mutex:
            if self._holder is who:
                return True
            self._line = deque(place for place in self._line if place[2] is not gate)
            return False

    def leave(self, who: object) -> None:
        """Lets the next one in. Nothing where `who` is not inside."""
        with self._mutex:
            if self._holder is not who:
                return
            self._holder, self._thread = None, 0
            if self._line:
                self._holder, self._thread, gate = self._line.popleft()
                gate.release()


_turnstiles: dict[str, Turnstile] = {}
# A child process has none of the threads that stand in its parent's lines.
os.register_at_fork(after_in_child=_turnstiles.clear)


def turnstile(path: str | Path) -> Turnstile:
    """The one turnstile of this process for a database file, however its path is written."""
    return _turnstiles.setdefault(os.path.realpath(path), Turnstile())


class WriterConnection(sqlite3.Connection):
    """A connection that holds the turnstile while it writes. Whatever ends the transaction gives it back."""

    def __init__(self, database: str, *arguments: Any, **options: Any) -> None:
        super().__init__(database, *arguments, **options)
        self._turnstile = turnstile(database)
        self._busy_s = BUSY_TIMEOUT_S

    def come_in(self) -> None:
        """Waits until this connection may say BEGIN IMMEDIATE. Raises as `Turnstile.enter`."""
        waited_s = self._turnstile.enter(self, BUSY_TIMEOUT_S)
        left_s = BUSY_TIMEOUT_S if waited_s < SHORT_S else max(LEAST_BUSY_S, BUSY_TIMEOUT_S - waited_s)
        if left_s != self._busy_s:
            try:
                self.execute(f"PRAGMA busy_timeout={int(left_s * 1000)}")
            except BaseException:
                self.go_out()
                raise
            self._busy_s = left_s

    def go_out(self) -> None:
        """Lets the next writer in, if this connection is inside."""
        self._turnstile.leave(self)

    def commit(self) -> None:
        """See sqlite3. A refused COMMIT leaves the transaction open, and its place taken, until it is rolled back."""
        try:
            super().commit()
        finally:
            if not self._writing():
                self.go_out()

    def rollback(self) -> None:
        """See sqlite3."""
        try:
            super().rollback()
        finally:
            if not self._writing():
                self.go_out()

    def close(self) -> None:
        """See sqlite3; closing rolls back."""
        try:
            super().close()
        finally:
            self.go_out()

    def _writing(self) -> bool:
        try:
            return self.in_transaction
        except sqlite3.ProgrammingError:  # closed meanwhile
            return False
