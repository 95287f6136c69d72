"""A day as people of a language write it, by Babel, and the locale that is asked for it."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from functools import cache

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date

__all__ = ["date_of", "day", "locale_of"]

# Babel takes plain `en` for that of the United States, and writes the month first. Wherever Ngozi works the day comes first; a
# pack that says its region (en-US) keeps its own.
_PLAIN = {"en": "en_GB"}


@cache
def locale_of(language: str) -> Locale:
    """Babel's locale of a pack, by which dates, times and numbers are written; English where Babel has none."""
    try:
        return Locale.parse(_PLAIN.get(language, language.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(_PLAIN["en"])


def day(at: float, language: str, zone: tzinfo) -> str:
    """The day of a time (epoch s) in a time zone, such as '26 November 2026' in the language; English where Babel has none."""
    return date_of(datetime.fromtimestamp(at, zone).date(), language)


def date_of(day: date, language: str) -> str:
    """A day, as `day` writes it."""
    return str(format_date(day, "long", locale_of(language)))
