"""Tries at something that may end with its process, counted in a file: the third in a row is the last for a day.

Counted is a process that was killed, as where memory runs out. One that ends in order takes its try back: it ends here, at the
end of the interpreter, or by `take_back` where somebody ends it without one.
"""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["AGAIN_S", "MOST_KILLED", "TooMany", "counted", "take_back"]

MOST_KILLED = 3
AGAIN_S = 86400.0

# What is being tried in this process: its file, how many were killed before it, and when the last of them began (epoch s).
_under_way: dict[Path, tuple[int, float]] = {}


class TooMany(Exception):
    """killed: how many tries ended with their process."""

    def __init__(self, killed: int) -> None:
        super().__init__(f"{killed} tries were killed")
        self.killed = killed


@contextmanager
def counted(path: Path) -> Iterator[None]:
    """Counts a try before it is made; one that ends by itself, well or not, ends the count.  Raises TooMany."""
    at = path.stat().st_mtime if path.is_file() else 0.0
    fresh = path.is_file() and 0 <= time.time() - at < AGAIN_S
    said = path.read_text("ascii").strip() if fresh else ""
    killed = int(said) if said.isdigit() else 0
    if killed >= MOST_KILLED:
        raise TooMany(killed)
    _under_way[path] = (killed, at)
    path.write_text(f"{killed + 1}\n", "ascii")
    try:
        yield
    finally:
        _under_way.pop(path, None)
        path.unlink(missing_ok=True)


@atexit.register
def take_back() -> None:
    """This process ends in order: what it is trying is no kill. Those of before still count, from when they were."""
    for path, (killed, at) in list(_under_way.items()):
        with suppress(OSError):
            if killed:
                path.write_text(f"{killed}\n", "ascii")
                os.utime(path, (at, at))
            else:
                path.unlink(missing_ok=True)
