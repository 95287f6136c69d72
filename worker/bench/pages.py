"""Every page of the console that is only looked at, asked for as each role that may see it: how long it takes, what it asks of
the database.

In the server's own way (ASGI, the application's middleware, a session's cookie), without a socket between. A route with a part
that `worker.bench.clinic` does not know fails: a new page is measured, or somebody says how to get there.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import Engine, event
from starlette.applications import Starlette
from starlette.middleware import Middleware

import locales
from bot import migrations
from bot.console import roles
from bot.database import connect
from bot.packs import watch
from bot.settings import Settings
from bot.web.console import furnish
from bot.web.console.frame import COOKIE, Console
from bot.web.console.visit import ROOT, Entry
from bot.web.spoken_packs import SpokenPacks
from worker.bench import machine
from worker.bench.clinic import Clinic, analyze, open_clinic
from worker.bench.pairs import percentile

__all__ = ["LONGEST_MS", "ROUNDS", "Answer", "Asked", "Visitor", "asked", "markdown", "measure", "statements"]

# What is promised of a page at 10,000 cases.
LONGEST_MS = 100
ROUNDS = 15

# A page that shows something else where it is asked otherwise.
ALSO: dict[str, Sequence[str]] = {
    "/cases": ("state=all", "state=closed", "page=3"),
    "/agreement": ("basis=model",),
    "/audit": ("what=case_seen",),
    "/packs/{language}/{number:number}": ("show=unread", "words=photo"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One address as one role asks for it."""

    role: str
    route: str
    path: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. seconds: until the whole of it was there."""

    status: int
    size_bytes: int
    seconds: float


def asked(entries: Sequence[Entry], clinic: Clinic) -> list[Asked]:
    """Every page that is looked at, for each role that may. Raises KeyError for a route whose parts nobody knows."""
    found = []
    for entry in entries:
        if entry.method != "GET":
            continue
        own = "own " if entry.path.startswith("/own-cases") else ""

        def part(name: re.Match[str], own: str = own) -> str:
            return clinic.parts.get(own + name[1], "") or clinic.parts[name[1]]

        path = re.sub(r"\{(\w+)(?::\w+)?\}", part, entry.path)
        for role in roles.ROLES:
            if roles.may(role, entry.access):
                found.append(Asked(role, entry.path, path))
                found += [Asked(role, f"{entry.path}?{q}", f"{path}?{q}") for q in ALSO.get(entry.path, ())]
    return found


class Visitor:
    """Somebody's browser, for each role; nothing is fetched beside the page."""

    def __init__(self, app: Starlette, clinic: Clinic) -> None:
        self._app = app
        self._clinic = clinic

    async def get(self, one: Asked) -> Answer:
        """The page."""
        cookies = {COOKIE: self._clinic.tokens[one.role]}
        way = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=way, base_url="http://console", cookies=cookies) as client:
            began = time.perf_counter()
            got = await client.get(ROOT + one.path, headers={"accept-language": "en"})
            return Answer(got.status_code, len(got.content), time.perf_counter() - began)


@contextmanager
def statements(engine: Engine) -> Iterator[Callable[[], int]]:
    """How many statements went to the database so far, by a function; BEGIN and the like are none."""
    count = 0

    def counted(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal count
        count += not statement.startswith("BEGIN")

    event.listen(engine, "before_cursor_execute", counted)
    try:
        yield lambda: count
    finally:
        event.remove(engine, "before_cursor_execute", counted)


def measure(
    databases: Mapping[str, str], cases: int, rounds: int, step: Callable[[str], None]
) -> dict[str, Any]:
    """The report. databases: name to address ('' = SQLite in a throw-away folder). rounds: how often each page is asked for.

    All pages are asked for once, then all of them again: what the machine does meanwhile falls on all alike.
    """
    report: dict[str, Any] = {
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": machine.commit(),
        "machine": machine.describe(),
        "cases": cases,
        "rounds": rounds,
        "pages": {},
    }
    for name, url in databases.items():
        step(f"console, {name}: making {cases} cases")
        with tempfile.TemporaryDirectory(prefix="ngozi-bench-") as home:
            report["pages"][name] = _measured(
                url or f"sqlite:///{home}/bench.sqlite3", home, cases, rounds, step
            )
    report["load_at_end"] = round(os.getloadavg()[0], 2)
    return report


def _measured(
    url: str, home: str, cases: int, rounds: int, step: Callable[[str], None]
) -> list[dict[str, Any]]:
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    settings = Settings.read({"NGOZI_HOME": home, "NGOZI_SECRET_KEY": key, "NGOZI_ALLOW_UNREVIEWED": "1"})
    engine = connect(url, keys=settings.master_keys)
    try:
        migrations.upgrade(engine)
        console = furnish(Console(settings, engine))
        clinic = open_clinic(engine, console.vault, settings.master_keys, cases)
        analyze(engine)
        watch.look(engine, at_once=True)
        app = Starlette(routes=console.routes(), middleware=[Middleware(SpokenPacks, engine=engine)])
        visitor = Visitor(app, clinic)
        return asyncio.run(_walk(visitor, engine, asked(console.entries, clinic), rounds, step))
    finally:
        locales.use(None)
        engine.dispose()


async def _walk(
    visitor: Visitor, engine: Engine, wanted: Sequence[Asked], rounds: int, step: Callable[[str], None]
) -> list[dict[str, Any]]:
    took: dict[Asked, list[float]] = {one: [] for one in wanted}
    busy: dict[Asked, list[float]] = {one: [] for one in wanted}
    seen: dict[Asked, tuple[Answer, int]] = {}
    for number in range(rounds + 1):
        step(f"console: round {number} of {rounds}")
        for one in wanted:
            began = time.process_time()
            with statements(engine) as so_far:
                answer = await visitor.get(one)
            # The first round fills what a process keeps, and writes down who looks at a case.
            if number:
                took[one].append(answer.seconds * 1000)
                busy[one].append((time.process_time() - began) * 1000)
                seen[one] = (answer, so_far())
    return [
        {
            "role": one.role,
            "route": one.route,
            "status": seen[one][0].status,
            "size_bytes": seen[one][0].size_bytes,
            "statements": seen[one][1],
            "p50_ms": round(percentile(took[one], 50), 2),
            "p95_ms": round(percentile(took[one], 95), 2),
            "cpu_p50_ms": round(percentile(busy[one], 50), 2),
        }
        for one in wanted
    ]


def markdown(report: Mapping[str, Any]) -> str:
    """The report in words: a row for each page, of the role for which it takes longest."""
    its = report["machine"]
    lines = [
        "# The console's pages",
        "",
        f"Every page that is only looked at, at {report['cases']} made-up cases and what belongs to them: an opinion on every "
        "second case, a consent to teach of one patient in ten, five rows of the trail and four replies a case. "
        f"Asked for {report['rounds']} times as each role that may see it; shown is the role for which it takes longest. "
        f"Written by `ngozi bench --pages {report['cases']}`.",
        "",
        f"Measured {report['at']} at commit {report['commit']}: {its['cores']} cores ({its['cpu']}), {its['memory_gib']:g} GiB, "
        f"Python {its['python']}, SQLite {its['sqlite']}; load before it began {its['load']:g}, when it ended "
        f"{report['load_at_end']:g}. In one process, from the call of the application to the last byte; `computing` is the "
        "processor time of that process alone, which others on the machine lengthen less.",
        "",
    ]
    for name, rows in report["pages"].items():
        slow = [row for row in rows if row["p50_ms"] >= LONGEST_MS]
        heavy = [row for row in rows if row["cpu_p50_ms"] >= LONGEST_MS]
        lines += [
            f"## {name}",
            "",
            f"{len(rows) - len(slow)} of {len(rows)} pages by role take less than {LONGEST_MS} ms (p50), "
            f"{len(rows) - len(heavy)} of them less than {LONGEST_MS} ms of computing.",
            "",
            "| page | roles | p50 ms | p95 ms | computing p50 ms | statements | kB |",
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        for route in dict.fromkeys(row["route"] for row in rows):
            of_it = sorted((row for row in rows if row["route"] == route), key=lambda row: -row["p50_ms"])
            first = next((row for row in of_it if row["status"] == 200), of_it[0])
            lines.append(
                f"| `{route}` | {', '.join(row['role'] for row in of_it)} | {first['p50_ms']:.0f} | {first['p95_ms']:.0f} "
                f"| {first['cpu_p50_ms']:.0f} | {first['statements']} | {first['size_bytes'] / 1000:.1f} |"
            )
        lines.append("")
    return "\n".join(lines)
