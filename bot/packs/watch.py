"""Every process looks whether other packs speak by now, and takes them whole.

Called at the beginning of a turn, of a delivery, of a web request: at most every two seconds it reads one row, and where that
has changed it reads the live versions and hands `locales` a library made of them. Who works with the old library goes on with it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

import locales
from bot.database import reading
from bot.packs import shelf
from bot.packs.shelf import Shelved

__all__ = ["LOOK_S", "due", "look"]

log = logging.getLogger(__name__)

LOOK_S = 2.0
# After one look that failed the next comes as soon as after any other: a switch speaks everywhere within five seconds. A database
# that stays away is not asked by everybody all the time; when it is back, five seconds hold again.
AWAY_S = 4.0


@dataclass
class _Seen:
    """What this process knows of one database. revision None: the shipped packs speak. failed: looks that failed in a row."""

    failed: int = 0
    next_s: float = 0.0
    revision: int | None = None
    shelved: dict[str, Shelved] = field(default_factory=dict)
    library: locales.Library | None = None


_seen: WeakKeyDictionary[Engine, _Seen] = WeakKeyDictionary()
_lock = threading.Lock()


def due(engine: Engine, *, clock: Callable[[], float] = time.monotonic) -> bool:
    """True where it is time to look."""
    seen = _seen.get(engine)
    return seen is None or clock() >= seen.next_s


def look(engine: Engine, *, clock: Callable[[], float] = time.monotonic, at_once: bool = False) -> None:
    """Takes over what speaks now. Does nothing within two seconds of the last look (at_once: looks all the same), while
    another thread is looking, and where the database is away or what it holds cannot be taken: what was known goes on speaking.
    """
    if not at_once and not due(engine, clock=clock):
        return
    if not _lock.acquire(blocking=at_once):
        return
    seen = _seen.setdefault(engine, _Seen())
    try:
        seen.next_s = clock() + LOOK_S
        _take_over(engine, seen)
        seen.failed = 0
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a stored pack: turns go on with what was known
        log.warning("packs_not_read", extra={"error": type(error).__name__})
        seen.failed += 1
        seen.next_s = clock() + (LOOK_S if seen.failed == 1 else AWAY_S)
    finally:
        _lock.release()


def _take_over(engine: Engine, seen: _Seen) -> None:
    with reading(engine) as connection:
        revision = shelf.revision(connection)
        if revision != seen.revision:
            seen.library = None if revision is None else _made(connection, seen)
            # What a process begins with is no change.
            level = logging.DEBUG if seen.revision is None else logging.INFO
            log.log(level, "packs_changed", extra={"revision": revision or 0})
            seen.revision = revision
    locales.use(seen.library)


def _made(connection: Connection, seen: _Seen) -> locales.Library:
    base = seen.library or locales.shipped()
    seen.shelved = shelf.read(connection, base.template, seen.shelved)
    return base.with_packs({code: one.handed for code, one in seen.shelved.items()})
