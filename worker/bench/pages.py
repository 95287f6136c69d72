"""Every page of the console that is only looked at, asked for as each role that may see it: how long it takes, what it asks of
the database.

In the server's own way (ASGI, the application's middleware, a session's cookie), without a socket between. A route with a part
that `worker.bench.clinic` does not know fails: a new page is measured, or somebody says how to get there.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import Engine, event
from starlette.applications import Starlette

from bot.console import roles
from bot.web.console.frame import COOKIE, ROOT, Entry
from worker.bench.clinic import Clinic

__all__ = ["Answer", "Asked", "Visitor", "asked", "statements"]

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
