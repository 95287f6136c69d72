"""What somebody gets where a page cannot be given: what is wrong, and the way back from there."""

from __future__ import annotations

import re
from collections.abc import Iterable

from babel.units import format_unit
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from locales.days import locale_of

__all__ = ["back", "bare", "size"]

_BARE = Markup(
    '<!doctype html>\n<html lang="{language}" dir="{direction}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title} – Ngozi</title></head>'
    '<body><main><h1>{title}</h1><p role="alert">{problem}</p><p><a href="{address}">{label}</a></p></main></body></html>\n'
)


def back(pages: Iterable[re.Pattern[str]], path: str, sent: bool) -> str:
    """The nearest of the pages that somebody may see, from `path` (below /console) upwards; '' for none but the first page.

    sent: a form was sent to the path, so its own page is the nearest. Pages have no referrer, so the browser does not say.
    """
    known = list(pages)
    steps = path.rstrip("/").split("/")
    above = ["/".join(steps[:n]) for n in range(len(steps) if sent else len(steps) - 1, 1, -1)]
    return next((one for one in above if any(page.match(one) for page in known)), "")


def size(size_bytes: int, language: str) -> str:
    """How big something is, as people of the language write it: '6.1 MB', '262 kB'."""
    unit, by = ("megabyte", 1e6) if size_bytes >= 1e6 else ("kilobyte", 1e3)
    return str(
        format_unit(
            size_bytes / by,
            f"digital-{unit}",
            "short",
            "#,##0.#" if by == 1e6 else "#,##0",
            locale=locale_of(language),
        )
    )


def bare(language: str, direction: str, title: str, problem: str, address: str, label: str) -> Response:
    """A page without a template and without a look: for where those are what is wrong."""
    values = {"title": title, "problem": problem, "address": address, "label": label}
    return HTMLResponse(_BARE.format(language=language, direction=direction, **values), 500)
