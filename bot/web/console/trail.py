"""The audit trail, to be looked at: filters and pages. It is changed by nobody; `ngozi audit verify` says whether it is whole."""

from __future__ import annotations

from starlette.responses import Response

from bot import audit
from bot.database import reading
from bot.web.console import trail_words
from bot.web.console.frame import Console
from bot.web.console.visit import Visit

__all__ = ["add"]

ON_A_PAGE = 50


def add(console: Console) -> None:
    """Registers the page."""
    console.get("/audit", "see_audit", show, nav="console.nav.audit", about="console.about.audit")


def show(visit: Visit) -> Response:
    """The latest rows first."""
    what, subject = visit.query("what")[:40].strip(), visit.query("subject")[:80].strip()
    by, before = _number(visit.query("by")), _number(visit.query("before"))
    with reading(visit.engine) as connection:
        rows = audit.rows(connection, what=what, subject=subject, by=by, before_id=before, most=ON_A_PAGE + 1)
        kinds = audit.kinds(connection)
        head = audit.head(connection)
    more = rows[ON_A_PAGE - 1].id if len(rows) > ON_A_PAGE else None
    return visit.page(
        "trail.html",
        rows=[
            (
                row,
                trail_words.event(visit, row.link.what),
                trail_words.subject(visit, row.link),
                trail_words.details(visit, row.link),
            )
            for row in rows[:ON_A_PAGE]
        ],
        kinds=trail_words.events(visit, kinds),
        head=head,
        what=what,
        subject=subject,
        by="" if by is None else str(by),
        more=more,
    )


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
