"""How many webhook calls are kept a second, and how long each takes: against an empty handler of the same server
process, and against bare INSERT+COMMIT on the same database; the empty handler against itself shows what is noise."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from worker.bench.child import Child, clean_env, started
from worker.bench.load import MOST_PER_ROUND
from worker.bench.machine import memory
from worker.bench.pairs import Round, comparison, paired
from worker.bench.web_process import ACCEPT_PATH, EMPTY_PATH

__all__ = ["ROUNDS", "measure"]

ROUNDS = 7
CONNECTIONS = 16
# A made-up bot; its secret is derived from the throw-away key of the measured server.
TOKEN = "123456789:made-up-token-for-bench"  # noqa: S105


@dataclass(frozen=True)
class Arms:
    """The things that are compared, each run for `seconds` by the load process."""

    load: Child
    port: int
    secret: str
    database_url: str
    seconds: float
    bare_connections: int

    def empty(self) -> Round:
        """The handler that does nothing."""
        return self._http(EMPTY_PATH)

    def accept(self) -> Round:
        """The real webhook."""
        return self._http(ACCEPT_PATH)

    def bare(self) -> Round:
        """INSERT and COMMIT alone."""
        return _round(
            self.load.ask(
                kind="bare",
                database_url=self.database_url,
                connections=self.bare_connections,
                seconds=self.seconds,
            )
        )

    def _http(self, path: str) -> Round:
        return _round(
            self.load.ask(
                kind="http",
                path=path,
                port=self.port,
                secret=self.secret,
                connections=CONNECTIONS,
                seconds=self.seconds,
            )
        )


def _round(said: dict[str, Any]) -> Round:
    return Round(said["count"], said["seconds"], tuple(said["latencies_ms"]), said["failed"])


def measure(
    database_url: str, seconds: float, step: Callable[[str], None]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The three comparisons, and the memory of the web process before and after.

    database_url: '' for SQLite in a throw-away folder. seconds: for each arm of each comparison, over all rounds.
    """
    with tempfile.TemporaryDirectory(prefix="ngozi-bench-") as home:
        url = database_url or f"sqlite:///{home}/bench.sqlite3"
        lite = url.startswith("sqlite")
        env = {**clean_env(home, url), "NGOZI_TELEGRAM_TOKEN": TOKEN}
        with (
            started("worker.bench.web_process", env=env) as web,
            started("worker.bench.load", env=env) as load,
        ):
            said = web.read()
            # SQLite has one writer: more than one connection only makes them wait for each other.
            bare_connections = 1 if lite else CONNECTIONS
            arms = Arms(load, said["port"], said["secret"], url, seconds / ROUNDS, bare_connections)
            kind = "SQLite" if lite else "PostgreSQL"
            step(f"webhook, {kind}: warming")
            for arm in (arms.empty, arms.accept, arms.bare):
                arm()
            idle = memory(f"web, {kind}, begun", web.pid)
            figures: dict[str, Any] = {
                "connections": CONNECTIONS,
                "bare_connections": bare_connections,
                "rounds": ROUNDS,
                "seconds_a_round": round(seconds / ROUNDS, 3),
                "most_a_round": MOST_PER_ROUND,
            }
            for name, a, b in (
                ("accept_to_empty", arms.accept, arms.empty),
                ("accept_to_bare", arms.accept, arms.bare),
                ("empty_to_empty", arms.empty, arms.empty),
            ):
                step(f"webhook, {kind}: {name.replace('_', ' ')}")
                figures[name] = comparison(*paired(a, b, ROUNDS))
            return figures, [idle, memory(f"web, {kind}, after the load", web.pid)]
