"""What the languages that Babel knows are called. Asking Babel loads the data of every one of them, 135 MiB that stay; so the
names stand in languages.json, which `python -m bot.packs.language_names > bot/packs/languages.json` makes for another Babel.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

__all__ = ["known_locales"]

_FILE = Path(__file__).with_name("languages.json")


@cache
def known_locales() -> tuple[tuple[str, str], ...]:
    """(code, name in English and for itself) of the languages that Babel knows, by code; without regions."""
    return tuple(json.loads(_FILE.read_text("utf-8")).items())


def _made() -> dict[str, str]:
    from babel.core import Locale
    from babel.localedata import locale_identifiers

    found = {}
    for identifier in sorted(locale_identifiers()):
        if "_" not in identifier and identifier not in ("root", "en"):
            locale = Locale.parse(identifier)
            found[identifier] = f"{locale.english_name} · {locale.display_name}"
    return found


if __name__ == "__main__":
    print(json.dumps(_made(), ensure_ascii=False, indent=0))
