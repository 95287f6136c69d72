"""The pseudo-languages make text that never went through the catalogue stand out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import locales
from locales import Text
from locales.library import Library
from locales.placeholders import names
from tests.locales.folders import folder


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(folder(tmp_path))


def test_accents_brackets_and_length(library: Library) -> None:
    shown = library.render(Text("danger.go"), "qps")
    plain = library.render(Text("danger.go"), "en")
    assert shown.startswith("⟦")
    assert shown.endswith("⟧")
    assert len(shown) >= 1.4 * len(plain)
    assert not re.search("[A-Za-z]", shown)


def test_arguments_stay_as_they_are(library: Library) -> None:
    assert " Moshi " in library.render(Text("photos.received", {"count": 2, "place": "Moshi"}), "qps")


def test_the_right_to_left_one_holds_no_latin_letter(library: Library) -> None:
    assert library.pack("qpr").direction == "rtl"
    assert not re.search("[A-Za-z]", library.render(Text("danger.go"), "qpr"))


@pytest.mark.parametrize("language", ["qps", "qpr"])
def test_every_shipped_message_keeps_its_placeholders(language: str) -> None:
    shelf = locales.library()
    for entry in shelf.template.values():
        for english, pseudo in zip(entry.source, shelf.translations(language).of(entry), strict=True):
            assert names(pseudo) == names(english), entry.id


def test_pseudo_languages_are_offered_to_nobody() -> None:
    assert not {"qps", "qpr"} & set(locales.languages())
    assert locales.negotiate("qps") is None


def test_typed_words_work_as_in_english(library: Library) -> None:
    assert library.words("words.yes", "qps") == {"yes", "y", "ok"}
