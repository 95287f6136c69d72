"""One version of a pack at a page: the one that the address names, and what all its pages say of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from sqlalchemy import Connection
from starlette.responses import Response

import locales
from bot.database import reading
from bot.packs import life, store
from bot.packs.store import Version
from bot.packs.written import Unapproved
from bot.web.console.visit import Page, Visit

__all__ = ["find", "of_version", "refused", "state_of", "unapproved", "version_path"]


def find(visit: Visit, connection: Connection) -> Version | None:
    """The version that the address names."""
    language, number = visit.path("language"), int(visit.path("number"))
    return next((v for v in store.versions(connection, language) if v.number == number), None)


def of_version(page: Callable[[Visit, Version], Response]) -> Page:
    """A page that is handed the version its address names; where there is none, that is said (404).

    The version is as it was before the page began: what changes one reads it again under its lock (bot.packs.store).
    """

    @wraps(page)
    def found(visit: Visit) -> Response:
        with reading(visit.engine) as connection:
            version = find(visit, connection)
        return visit.problem(404) if version is None else page(visit, version)

    return found


def version_path(version: Version) -> str:
    """The version's own page."""
    return f"/packs/{version.language}/{version.number}"


def state_of(visit: Visit, version: Version) -> str:
    """The name of the version's state in the language of the page."""
    return locales.render(life.state_text(version.state), visit.language)


def refused(visit: Visit, error: life.Refused) -> list[str]:
    """Why not, in the language of the page."""
    return [locales.render(reason, visit.language) for reason in error.reasons]


def unapproved(visit: Visit, left: Unapproved) -> list[str]:
    """Why sentences were not approved, in the language of the page."""
    problems = []
    if left.own:
        problems.append(visit.shown("console.packs.own", count=len(left.own)))
    if left.moved:
        problems.append(visit.shown("console.packs.left", count=len(left.moved)))
    return problems
