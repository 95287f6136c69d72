"""What is kept how long, in the language of the page.

The worker tells its table in English with a code for each row (worker.kept, bot.console.retention_told). A row or a time
that no message has (a worker of another version) is shown as it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import locales
from bot.web.console.frame import Visit

__all__ = ["told"]

_DAYS = re.compile(r"(\d{1,6}) days?")
# As worker.kept names what is a setting.
_PHOTO_DAYS = "`NGOZI_PHOTO_DAYS`"
_TIMES = {
    "kept": "console.kept.always",
    "until done": "console.kept.until_done",
    "until asked, 29 days at most": "console.kept.until_asked",
    "until drained": "console.kept.until_drained",
    "until they leave or are removed": "console.kept.until_removed",
    "until replaced": "console.kept.until_replaced",
    "as long as the case": "console.kept.with_case",
    "as its case": "console.kept.as_case",
}


def told(
    visit: Visit, table: Iterable[tuple[str, str, str, str]], photo_days: int
) -> list[tuple[str, str, str]]:
    """(what, how long, why) of each row."""
    known = locales.library().template

    def words(message_id: str, english: str) -> str:
        return visit.t(message_id) if message_id in known else english

    def how_long(text: str) -> str:
        if text == _PHOTO_DAYS:
            return visit.t("console.kept.days", count=photo_days)
        if found := _DAYS.fullmatch(text):
            return visit.t("console.kept.days", count=int(found[1]))
        return visit.t(_TIMES[text]) if text in _TIMES else text

    return [
        (words(f"console.kept.{code}", what), how_long(kept), words(f"console.kept.{code}_why", why))
        for code, what, kept, why in table
    ]
