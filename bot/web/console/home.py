"""The first page: where one can go from here."""

from __future__ import annotations

from starlette.responses import Response

from bot.web.console.frame import Console, Visit

__all__ = ["add"]


def add(console: Console) -> None:
    """Registers the page."""
    console.get("/", "signed_in", show, nav="console.nav.home")


def show(visit: Visit) -> Response:
    """A card for each place that this person may go to."""
    return visit.page("home.html", role=visit.t(f"console.role.{visit.me.role}"))
