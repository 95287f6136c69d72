"""Clinicians beside the computer: a table by condition, one by how soon, with intervals."""

from __future__ import annotations

from starlette.responses import Response

import locales
from bot.cases import agreement, opinions
from bot.clinical import conditions
from bot.database import reading
from bot.messages import Urgency
from bot.web.console import look
from bot.web.console.frame import Console
from bot.web.console.visit import Visit

__all__ = ["add"]

BASES = ("", "model", "rules")
_LINES = ("first", "kappa_condition", "under", "over", "kappa_soon", "kappa_soon_weighted")
_SHARES = ("first", "under", "over")


def add(console: Console) -> None:
    """Registers the page."""
    console.get(
        "/agreement", "see_agreement", show, nav="console.nav.agreement", about="console.about.agreement"
    )


def show(visit: Visit) -> Response:
    """The tables, of all findings or of one kind of them."""
    basis = visit.query("basis")
    basis = basis if basis in BASES else ""
    with reading(visit.engine) as connection:
        found = agreement.measured(opinions.alike(connection), basis)
    named = {c.code: locales.render(c.name, visit.language) for c in conditions.everything().values()}

    def shown(name: str) -> tuple[str, str]:
        one: agreement.Estimate | None = getattr(found, name)
        if one is None:
            return "–", ""
        form = look.percent if name in _SHARES else look.two_digits
        span = (
            ""
            if one.low is None or one.high is None
            else (form(one.low, visit.language), form(one.high, visit.language))
        )
        return form(one.value, visit.language), " – ".join(span) if span else ""

    return visit.page(
        "agreement.html",
        found=found,
        basis=basis,
        bases=BASES,
        fewest=agreement.FEWEST,
        lines=[(name, *shown(name)) for name in _LINES],
        named=named,
        urgencies=[u.value for u in Urgency],
    )
