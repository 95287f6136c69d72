"""What is kept how long, in the language of the page.

The worker tells its table in English (worker.retention, bot.console.retention_told); here each of its sentences is looked up by
its English among the messages `console.kept.*`. A sentence that no message has (a worker of another version) is shown as told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import locales
from bot.web.console.frame import Visit

__all__ = ["told"]

_DAYS = re.compile(r"(\d{1,6}) days?")
# As worker.retention names what is a setting.
PHOTO_DAYS = "NGOZI_PHOTO_DAYS"


def told(visit: Visit, table: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """(what, how long, why) of each row."""
    names = {
        entry.source[0]: entry.id
        for entry in locales.library().template.values()
        if entry.id.startswith("console.kept.") and len(entry.source) == 1
    }
    days = visit.console.settings.photo_days

    def cell(text: str) -> str:
        plain = text.replace("`", "")
        if found := _DAYS.fullmatch(str(days) + " days" if plain == PHOTO_DAYS else plain):
            return visit.t("console.kept.days", count=int(found[1]))
        return visit.t(names[plain]) if plain in names else text

    return [(cell(what), cell(how_long), cell(why)) for what, how_long, why in table]
