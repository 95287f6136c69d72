"""Database migrations (Alembic), run from code: `ngozi migrate`.

env  what Alembic runs; the connection is handed in

The revisions lie in versions/, which Alembic reads as files.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

__all__ = ["current", "head", "upgrade"]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def upgrade(engine: Engine) -> None:
    """Brings the database to the newest revision; safe to call again and from two processes (one waits)."""
    config = _config()
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # What serves people gives up after seconds (bot.database); an index over years of rows takes longer.
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current(engine: Engine) -> str | None:
    """The revision that the database has, or None where it has none."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The newest revision that this code knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()
