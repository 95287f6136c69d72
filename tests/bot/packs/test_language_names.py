"""The names of languages stand in a file, so that nobody who looks at the list of packs loads every locale there is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from babel.localedata import locale_identifiers

from bot.packs import language_names

ROOT = Path(__file__).parents[3]


def test_the_file_is_what_babel_says() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "bot.packs.language_names"], cwd=ROOT, capture_output=True, check=True
    )
    assert made.stdout == language_names._FILE.read_bytes()


def test_all_languages_are_listed_by_both_names() -> None:
    known = dict(language_names.known_locales())
    assert set(known) == {one for one in locale_identifiers() if "_" not in one} - {"root", "en"}
    assert known["so"] == "Somali · Soomaali"
