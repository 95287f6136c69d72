"""The database, opened for as long as a command needs it, and closed whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from bot.database import connect
from bot.settings import Settings

__all__ = ["database"]


@contextmanager
def database(settings: Settings) -> Iterator[Engine]:
    """The engine of these settings' database; disposed of at the end."""
    engine = connect(settings.database_url, keys=settings.master_keys)
    try:
        yield engine
    finally:
        engine.dispose()
