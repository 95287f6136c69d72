"""A day as people of a language write it, by Babel."""

from __future__ import annotations

from datetime import datetime, tzinfo

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date

__all__ = ["day"]


def day(at: float, language: str, zone: tzinfo) -> str:
    """The day of a time (epoch s) in a time zone, such as '26 November 2026' in the language; English where Babel has none."""
    try:
        locale = Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse("en")
    return str(format_date(datetime.fromtimestamp(at, zone), "long", locale))
