"""The preview: the whole conversation of a sample case as each channel shows it, beside English."""

from __future__ import annotations

from starlette.responses import Response

import locales
from bot.database import reading
from bot.packs import preview, shelf, written
from bot.web.console.frame import Console, Visit
from bot.web.console.packs import find, version_path

__all__ = ["add"]


def add(console: Console) -> None:
    """Registers the page."""
    console.get("/packs/{language}/{number:number}/preview", "see_packs", show)


def show(visit: Visit) -> Response:
    """A conversation, message beside message."""
    sample, channel = visit.query("case", "talk"), visit.query("channel", "whatsapp")
    if sample not in preview.samples() or channel not in preview.CHANNELS:
        return visit.problem(404)
    with reading(visit.engine) as connection:
        version = find(visit, connection)
        if version is None:
            return visit.problem(404)
        said = written.of_version(connection, version.id)
    library = locales.library()
    one = shelf.handed(version, said, library.template)
    with locales.holding(shelf.beside(library, version.language, one)):
        theirs = preview.paired(sample, version.language, channel)
    return visit.page(
        "pack_preview.html",
        version=version,
        path=version_path(version),
        pairs=theirs,
        sample=sample,
        samples=preview.samples(),
        channel=channel,
        channels=preview.CHANNELS,
    )
