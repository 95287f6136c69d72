"""A training set of the cases whose patients agreed: how large it would be, why others are left out, and the order for it."""

from __future__ import annotations

from starlette.responses import Response

import locales
from bot import orders
from bot.cases import taught
from bot.database import reading, transaction
from bot.messages import Text
from bot.queue import SWEEP
from bot.web.console.frame import Console
from bot.web.console.visit import Visit

__all__ = ["add"]

SHOWN = 5


def add(console: Console) -> None:
    """Registers the page."""
    console.get(
        "/training",
        "export_cases",
        show,
        nav="console.nav.training",
        about="console.about.training",
    )
    console.post("/training/order", "export_cases", order)


def show(visit: Visit) -> Response:
    """Counts only: no case is named."""
    with reading(visit.engine) as connection:
        count = taught.counted(connection)
        made = orders.latest(connection, ("training_set",), SHOWN)
    asked = [Text(f"teaching.{name}") for name in ("what", "how", "choice", "way_back")]
    return visit.page(
        "training.html",
        count=count,
        left_out=[(reason, count.left_out[reason]) for reason in taught.LEFT_OUT if reason in count.left_out],
        made=made,
        asked=[locales.render(text, visit.language) for text in asked],
    )


def order(visit: Visit) -> Response:
    """Orders a set; the worker makes it with its next sweep."""
    with transaction(visit.engine) as connection:
        orders.ask(connection, "training_set", "", visit.me.person_id)
    visit.console.wake(SWEEP, 0)
    return visit.go("/training", said="ordered")
