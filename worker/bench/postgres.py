"""A PostgreSQL database of the benchmark's own, on the server that NGOZI_DATABASE_URL names; the real one is not touched."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import NgoziError

__all__ = ["throwaway"]


@contextlib.contextmanager
def throwaway(server_url: str) -> Iterator[str]:
    """The address of an empty database, dropped on leaving. Raises NgoziError where the user may not make one."""
    name = f"ngozi_bench_{secrets.token_hex(6)}"
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 5})
    try:
        try:
            with admin.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name}"))
        except SQLAlchemyError as error:
            raise NgoziError(
                f"no database could be made on the PostgreSQL server ({type(error).__name__}); "
                "expected a reachable server and a user with CREATEDB"
            ) from None
        try:
            yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
        finally:
            with admin.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        admin.dispose()
