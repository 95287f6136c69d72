"""The database of language packs, opened for a command of `ngozi lang`, and one version in it by code and number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

import locales
from bot.database import reading
from bot.errors import NgoziError
from bot.packs import checking, store, watch, written
from bot.packs.store import Version
from bot.settings import Settings
from worker.opened import database
from worker.preparing import prepare

__all__ = ["found", "packs", "problems"]


@contextmanager
def packs() -> Iterator[Engine]:
    """The database of the settings, with the shipped packs in it; `locales` speaks with what is live there."""
    with database(Settings.read()) as engine:
        try:
            prepare(engine)
            watch.look(engine, at_once=True)
            yield engine
        finally:
            locales.use(None)


def found(connection: Connection, code: str, number: int | None) -> Version:
    """A version; number None: the newest of its language. Raises NgoziError with what there is."""
    listed = store.versions(connection, code)
    if not listed:
        known = sorted({version.language for version in store.versions(connection)})
        raise NgoziError(f"CODE is {code!r}; expected one of {', '.join(known)}")
    for version in listed:
        if number is None or version.number == number:
            return version
    numbers = ", ".join(str(version.number) for version in reversed(listed))
    raise NgoziError(f"--number is {number}; expected one of {numbers}")


def problems(code: str, number: int) -> tuple[str, list[str]]:
    """What the gate finds in a version: its name, and a line for each problem."""
    with packs() as engine, reading(engine) as connection:
        version = found(connection, code, number)
        faults = checking.problems(version, written.of_version(connection, version.id), locales.library())
    return f"{code} {version.number}", [str(fault) for fault in faults]
