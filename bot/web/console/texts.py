"""What is kept how long, and the words with which people are asked for consent.

The days of photographs are set here, up to what the operator allows; consent texts are sentences of the language packs, changed
and approved there.
"""

from __future__ import annotations

from starlette.responses import Response

import locales
from bot import photo_terms
from bot.console import retention_told
from bot.database import reading, transaction
from bot.messages import Text
from bot.web.console.frame import Console
from bot.web.console.kept import told
from bot.web.console.visit import Visit

__all__ = ["add"]


def add(console: Console) -> None:
    """Registers the pages."""
    console.get("/texts", "manage_texts", show, nav="console.nav.texts", about="console.about.texts")
    console.post("/texts/photo-days", "manage_texts", set_days)


def show(visit: Visit) -> Response:
    """The texts in the language that was chosen, and all times."""
    return _page(visit)


def set_days(visit: Visit) -> Response:
    """Sets how many days photographs are kept. Where some would go at once it is asked first."""
    most = visit.console.settings.photo_days
    written = visit.form.get("days").strip()[:10]
    days = int(written) if written.isdecimal() else 0
    if not 1 <= days <= most:
        return _page(visit, written, visit.shown("console.texts.days_wrong", most=most))
    with reading(visit.engine) as connection:
        going = photo_terms.would_go(connection, days)
    if going and (asks := visit.unsure("/texts", "photo_days", count=going, days=days)):
        return asks
    with transaction(visit.engine) as connection:
        photo_terms.put(connection, days, most=most, by=visit.me.person_id)
    return visit.go("/texts", said="saved")


def _page(visit: Visit, written: str = "", problem: str = "") -> Response:
    settings = visit.console.settings
    with reading(visit.engine) as connection:
        kept = retention_told.table(connection)
        days = photo_terms.in_force(connection, settings.photo_days)
    codes = locales.languages(settings.allow_unreviewed)
    wanted = visit.query("language")
    language = wanted if wanted in codes else visit.language
    said = [
        Text("consent.who"),
        Text("consent.keep", {"count": days}),
        Text("consent.may_refuse"),
        *([Text("consent.emergency", {"number": settings.emergency})] if settings.emergency else []),
        Text("consent.ask"),
    ]
    return visit.page(
        "texts.html",
        400 if problem else 200,
        kept=told(visit, kept, days),
        settings=settings,
        days=days,
        written=written or days,
        problem=problem,
        consent=[locales.render(text, language) for text in said],
        spoken=language,
        spoken_direction=locales.pack(language).direction,
        languages=[(code, locales.pack(code).name) for code in codes],
    )
