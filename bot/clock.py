"""Time. Leases and due times are judged by the database's clock, so that processes on different machines agree."""

from __future__ import annotations

import time

from sqlalchemy import Double
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

__all__ = ["db_now", "now"]


class db_now(FunctionElement[float]):
    """The database's clock in epoch seconds, as an SQL expression (not frozen at transaction start)."""

    type = Double()
    inherit_cache = True
    name = "db_now"


@compiles(db_now, "sqlite")
def _sqlite(element: object, compiler: object, **_: object) -> str:
    # julianday keeps milliseconds; unixepoch('subsec') would need SQLite 3.42 (Debian 12 has 3.40).
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(db_now, "postgresql")
def _postgresql(element: object, compiler: object, **_: object) -> str:
    return "extract(epoch from clock_timestamp())::double precision"


def now() -> float:
    """This machine's clock in epoch seconds; for what is shown and for the conversation, never for leases."""
    return time.time()
