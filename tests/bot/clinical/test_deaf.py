"""No pack falls deaf to danger: not one that was taken off, not one that lost a sentence, not by one bad phrase."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

import locales
from bot.clinical import alarms, phrase_gate
from bot.packs import shelf
from bot.packs.written import Sentence
from locales.catalogue import Translations


def handed(code: str) -> locales.Handed:
    shipped = locales.shipped()
    return locales.Handed(shipped.pack(code), shipped.translations(code))


def exchanged(code: str, texts: Mapping[str, str | None]) -> locales.Handed:
    """The shipped pack with other texts of some messages; None: without."""
    one = handed(code)
    shipped = locales.shipped()
    keys = {name: (name, shipped.entry(name).source[0]) for name in texts}
    gone = {keys[name] for name in texts}
    kept = {key: forms for key, forms in one.translations.forms.items() if key not in gone}
    new = {keys[name]: (text,) for name, text in texts.items() if text is not None}
    held = one.translations
    return replace(one, translations=Translations({**kept, **new}, held.plural, held.plural_of))


@pytest.fixture(autouse=True)
def _shipped_again() -> Iterator[None]:
    yield
    locales.use(None)


def speak(**packs: locales.Handed) -> None:
    others = {code: handed(code) for code in locales.shipped().codes if code not in ("en", *packs)}
    locales.use(locales.shipped().with_packs({**others, **packs}))


@pytest.mark.parametrize("language", ["", "sw"])
def test_a_language_that_was_taken_off_is_still_heard(language: str) -> None:
    speak(sw=replace(handed("sw"), offered=False))
    assert "sw" not in locales.languages()
    assert "D05" in alarms.hear("siwezi kupumua", "", language).stated


def test_a_language_that_lost_a_sentence_is_still_heard() -> None:
    speak(sw=exchanged("sw", {"consent.ask": None}))
    assert "sw" not in locales.languages()
    assert "D05" in alarms.hear("siwezi kupumua", "", "sw").stated


@pytest.mark.parametrize("slip", ["!nada", "@fever", "-@fever"])
def test_one_bad_phrase_is_refused_by_the_gate_and_deafens_nobody(slip: str) -> None:
    shipped = locales.shipped()
    words = shipped.translations("sw").of(shipped.entry("words.part_general"))[0]
    speak(sw=exchanged("sw", {"words.part_general": f"{words}|{slip}"}))
    assert any(slip in line for line in phrase_gate.problems(["sw"]))
    assert "D05" in alarms.hear("I cannot breathe", "", "en").stated
    assert "D05" in alarms.hear("siwezi kupumua", "", "sw").stated


def test_danger_words_of_a_live_version_outlive_a_changed_english_list() -> None:
    template = locales.shipped().template
    stale = Sentence("words.sign_d05", ("hapumui vizuri",), "hash of an English of another day", 1)
    heard = shelf._heard("sw", {"words.sign_d05": stale}, template)
    assert heard["words.sign_d05"] == ("hapumui vizuri",)
    shipped = locales.shipped().translations("sw").of(template["words.sign_d06"])
    assert heard["words.sign_d06"] == shipped != ()
    assert not any(name.startswith("consent.") for name in heard)
    assert shelf._heard("so", {}, template) == {}
