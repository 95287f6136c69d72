"""The engine, and one way to open a transaction.

SQLite: WAL, BEGIN IMMEDIATE (a transaction that will write takes the lock at once, so it never dies half-way
of a lock it could not upgrade), busy timeout 10 s, synchronous=FULL (a 200 that was answered survives a power cut). The
writers of one process take turns (`bot.sqlite_writers`); readers wait for nobody.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    DataError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
    StatementError,
)

from bot.sqlite_writers import BUSY_TIMEOUT_S, WriterConnection

__all__ = [
    "RECORDS_FAULTS",
    "connect",
    "insert_for",
    "is_begun",
    "is_records_fault",
    "keys_of",
    "lacks_tables",
    "last",
    "reading",
    "transaction",
    "wipe_log",
]

_WRITE = "BEGIN IMMEDIATE"
_KEYS = "master_keys"
_LAST = "ngozi_last"


def connect(url: str, *, pool_size: int = 10, keys: Mapping[int, bytes] | None = None) -> Engine:
    """An engine for SQLite or PostgreSQL; nothing is opened yet. The folder of an SQLite file is made.

    keys: the master keys, for what is written with them wherever this database is (`keys_of`).
    """
    engine = _sqlite(url) if url.startswith("sqlite") else _postgresql(url, pool_size)
    engine.update_execution_options(**{_KEYS: keys})
    return engine


def _postgresql(url: str, pool_size: int) -> Engine:
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_timeout=10,
        connect_args={
            "connect_timeout": 3,
            # A machine that vanished must not hang a webhook: it has a spool to go to.
            "tcp_user_timeout": 10000,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "options": "-c statement_timeout=20000 -c lock_timeout=10000",
        },
    )


def _sqlite(url: str) -> Engine:
    path = url.removeprefix("sqlite:///")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        connect_args={
            "timeout": BUSY_TIMEOUT_S,
            "check_same_thread": False,
            "factory": WriterConnection,
        },
        pool_size=8,
        max_overflow=24,
        pool_timeout=BUSY_TIMEOUT_S,
    )

    @event.listens_for(engine, "connect")
    def _open(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            f"busy_timeout={int(BUSY_TIMEOUT_S * 1000)}",
            "foreign_keys=ON",
            "secure_delete=ON",  # what was said must not stay readable in free pages
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A page that only reads must not take the one lock of writers (execution option read_only).
        if connection.get_execution_options().get("read_only", False):
            connection.exec_driver_sql("BEGIN")
            return
        raw: Any = connection.connection.dbapi_connection
        try:
            raw.come_in()
        # What SQLAlchemy would make of them: whoever handles a busy database handles a long line of writers too.
        except sqlite3.OperationalError as error:
            raise OperationalError(_WRITE, None, error) from error
        except sqlite3.ProgrammingError as error:
            raise ProgrammingError(_WRITE, None, error) from error
        try:
            connection.exec_driver_sql(_WRITE)
        except BaseException:
            raw.go_out()
            raise

    return engine


def is_begun(url: str) -> bool:
    """True where something was kept in this database before. Makes nothing. Raises SQLAlchemyError where a server is away."""
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        return file.is_file() and file.stat().st_size > 0
    engine = _postgresql(url, 1)
    try:
        return inspect(engine).has_table("alembic_version")
    finally:
        engine.dispose()


def lacks_tables(error: SQLAlchemyError) -> bool:
    """True where the database answers and has not the tables or columns of this version: `ngozi migrate` was not run."""
    if not isinstance(error, OperationalError | ProgrammingError):
        return False
    # 42P01 undefined_table, 42703 undefined_column (PostgreSQL, appendix A).
    if getattr(error.orig, "sqlstate", None) in ("42P01", "42703"):
        return True
    said = str(error.orig)
    return isinstance(error.orig, sqlite3.Error) and any(
        words in said for words in ("no such table", "no such column", "has no column named")
    )


def insert_for(connection: Connection) -> type[sqlite.Insert] | type[postgresql.Insert]:
    """The dialect's INSERT, which both know ON CONFLICT."""
    return sqlite.Insert if connection.dialect.name == "sqlite" else postgresql.Insert


def keys_of(connection: Connection) -> Mapping[int, bytes] | None:
    """The master keys that the connection's engine was opened with; None where it got none."""
    found: Mapping[int, bytes] | None = connection.get_execution_options().get(_KEYS)
    return found


def last(connection: Connection, write: Callable[[], None]) -> None:
    """Has `write` done as one of the last things of the transaction; at once outside of `transaction`.

    For a row that every writer of a kind needs: its lock is taken after all others and held for a moment only.
    """
    waiting: list[Callable[[], None]] | None = connection.get_execution_options().get(_LAST)
    if waiting is None:
        write()
    else:
        waiting.append(write)


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A connection inside one transaction: committed on leaving, rolled back on an error.

    Nothing inside it may touch the network or the model.
    """
    waiting: list[Callable[[], None]] = []
    with engine.begin() as connection:
        connection.execution_options(**{_LAST: waiting})
        yield connection
        for write in waiting:
            write()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that only looks: on SQLite it does not wait for, nor hold up, whoever writes."""
    with engine.connect().execution_options(read_only=True) as connection:
        yield connection


# Beside the database's own: a value that the driver cannot even hand over.
RECORDS_FAULTS = (ValueError, TypeError)


def is_records_fault(error: Exception) -> bool:
    """True where it is the record that cannot be kept (a NUL, a value too long), and not the database that is away, full,
    read-only, or of another version.
    """
    return isinstance(error, (DataError, IntegrityError, *RECORDS_FAULTS)) or type(error) is StatementError


def wipe_log(engine: Engine) -> bool:
    """SQLite: empties the write-ahead log, where deleted texts stay readable after their pages were wiped.

    False where somebody is reading or writing: nobody is made to wait, the next minute tries again. True elsewhere.
    """
    if engine.dialect.name != "sqlite":
        return True
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        (patience_ms,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute("PRAGMA busy_timeout=0")
        try:
            (busy, *_) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout={int(patience_ms)}")
            cursor.close()
    finally:
        raw.close()
    return not busy
