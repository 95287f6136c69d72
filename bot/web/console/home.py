"""The first page: where one can go from here."""

from __future__ import annotations

from starlette.responses import Response

from bot.cases import inbox
from bot.database import reading
from bot.web.console.case_page import CASES
from bot.web.console.frame import Console
from bot.web.console.visit import ROOT, Visit

__all__ = ["add"]


def add(console: Console) -> None:
    """Registers the page."""
    console.get("/", "signed_in", show, nav="console.nav.home")


def show(visit: Visit) -> Response:
    """A card for each place that this person may go to; on that of the cases, how many wait and how many are theirs to answer."""
    counts: dict[str, int] = {}
    if visit.may("see_cases"):
        with reading(visit.engine) as connection:
            counts = inbox.counts(connection, visit.me.person_id)
    return visit.page(
        "home.html",
        role=visit.shown(f"console.role.{visit.me.role}"),
        cases=f"{ROOT}{CASES}",
        counts={state: counts[state] for state in ("waiting", "mine") if counts.get(state)},
    )
