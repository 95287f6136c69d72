"""Which packs' danger words are tried in a text."""

from __future__ import annotations

import pytest

from bot.clinical import alarms, listed
from bot.clinical.tongues import tongues


def tried(text: str, language: str = "") -> set[str]:
    return set(tongues(tuple(text.split()), language))


@pytest.mark.parametrize("language", ["en", "sw", "ar"])
def test_the_chats_language_and_english_are_always_tried(language: str):
    assert tried("xyzzy", language) >= {"en", language}


def test_a_pack_of_another_script_is_tried_where_its_letters_stand():
    assert "ar" not in tried("he has fever", "en")
    assert "ar" in tried("he has حمى", "en")
    assert "ar" in tried("هو", "sw")


def test_a_further_pack_needs_words_that_the_others_do_not_know():
    assert "sw" in tried("mtoto wangu ana homa", "en")
    assert "sw" in tried("my baby ana degedege", "ar")
    assert "sw" in tried("my baby has degedege since today", "en")
    assert "sw" not in tried("my baby has a rash since yesterday morning", "en")
    assert "sw" not in tried("Hana has a rash since yesterday morning", "en")


def test_where_nothing_tells_the_language_all_are_tried():
    assert tried("dgedge") >= {"en", "sw"}


def test_small_words_of_a_pack_that_is_not_tried_deny_nothing():
    # "hana" says in Swahili that somebody has not.
    assert "D03" in alarms.hear("hana seizure this morning again", language="en").stated
    assert alarms.hear("hana seizure leo asubuhi", language="sw").stated == ()


@pytest.mark.parametrize(
    ("text", "language", "sign"),
    [
        ("mtoto ana convulsions", "en", "D03"),
        ("mtoto ana convulsions", "ar", "D03"),
        ("midomo yake is swollen", "en", "D06"),
        ("ابني عنده seizure", "en", "D03"),
        ("his lips متورمة", "sw", "D06"),
        ("my son hawezi kupumua", "ar", "D05"),
    ],
)
def test_two_languages_in_one_text_are_heard_in_any_chat(text: str, language: str, sign: str):
    assert sign in alarms.hear(text, language=language).stated


def test_a_phrase_that_cannot_be_read_is_left_out_and_the_others_are_heard(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(listed, "_written", lambda name, code: ("a*b*c", "fever"))
    listed.own.cache_clear()
    try:
        assert listed.own("words.part_fever", "en") == ("fever",)
    finally:
        listed.own.cache_clear()
    assert "a*b*c" in caplog.text


@pytest.mark.parametrize(
    "text", ["midomo yake imeswell", "he amefaint again", "ngozi yote inapeel mwili mzima"]
)
def test_what_one_language_writes_on_to_a_word_of_another_is_left_out(text: str):
    assert alarms.hear(text, language="sw").stated


def test_a_chat_in_a_language_without_a_pack_is_heard_in_english():
    assert "D03" in alarms.hear("my son has convulsions", language="xx").stated
