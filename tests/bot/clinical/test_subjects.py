"""A thing that hurts is no violence, and what a person does is: in ten languages."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.clinical import alarms
from tests.bot.clinical.hurts import HARMED, HARMLESS


def test_the_lists_speak_all_ten_languages():
    harmless, harmed = (Counter(code for code, *_ in rows) for rows in (HARMLESS, HARMED))
    assert len(harmless) == len(harmed) == 10
    assert min(harmless.values()) >= 8
    assert min(harmed.values()) >= 5


@pytest.mark.parametrize(("language", "text"), HARMLESS)
def test_what_a_thing_an_animal_or_the_body_does_is_no_violence(language: str, text: str):
    assert alarms.hear(text, "adult", language).harm == ""


@pytest.mark.parametrize(("language", "harm", "text"), HARMED)
def test_what_a_person_does_to_somebody_and_despair_are_heard(language: str, harm: str, text: str):
    assert alarms.hear(text, "adult", language).harm == harm


@pytest.mark.parametrize(
    ("language", "text"),
    [
        # A thing named beside is what it was done with, or not who did it.
        ("en", "he burned me with hot oil"),
        ("en", "my husband and his dog attack me"),
        ("en", "the sore is from my husband, he beats me"),
        ("en", "it hurts and my husband beats me"),
        ("en", "the sun burned me. my husband beats me"),
        ("en", "a cow kicked me and my father beats me"),
        ("ar", "ضربني بحجر"),
        ("ar", "حرقني بالزيت"),
        ("am", "በጫማ መታኝ"),
        ("hi", "मुझे जूते से मारा"),
        ("bn", "আমাকে জুতা দিয়ে মেরেছে"),
        ("ha", "ina jin ciwo saboda yana dukana"),
        # They, in Hausa.
        ("ha", "sun azabtar da ni"),
        ("sw", "baba ananipiga na kiatu"),
        ("sw", "amenipiga kiatu"),
        ("en", "beaten by my husband with a shoe"),
        ("en", "the soap was thrown on me and i was beaten"),
        ("en", "my face hurts me, my boyfriend punched me"),
        ("ar", "حرقتني بالشاي"),
        ("fr", "ma patronne m'a brûlée avec le fer"),
        ("es", "me pega con la chancla"),
        ("pt", "meu pai me bate com a bota"),
        ("ha", "kishiyata ta kona ni da ruwan zafi"),
    ],
)
def test_a_thing_beside_a_person_takes_nothing_back(language: str, text: str):
    assert alarms.hear(text, "adult", language).harm == "hurt"
