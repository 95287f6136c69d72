"""Words that mean yes, worse or better only by themselves, and what may stand before a number in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation import typed
from bot.conversation.questions import ask_duration
from bot.conversation.state import new_state
from bot.messages import Choice, Text
from tests.bot.conversation.talk import Talk
from tests.bot.conversation.test_reminding import found, remind

YES_OR_NO = tuple(Choice(f"d05.{said}", Text(f"answer.{said}")) for said in ("yes", "no", "unknown"))
CONSENT = tuple(Choice(f"consent.{said}", Text(f"consent.{said}")) for said in ("yes", "no"))


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "i think so"), ("en", "it does"), ("es", "hay"), ("ar", "في"), ("ha", "i"), ("sw", "kuna")],
)
def test_what_says_that_it_is_there_agrees_to_nothing(language: str, words: str) -> None:
    assert typed.choice(YES_OR_NO, words, language) == "d05.yes"
    assert typed.choice(CONSENT, words, language) == ""


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", "ya no"),
        ("es", "ya le dije que no"),
        ("ha", "ya warke"),
        ("ar", "في حالتي لا يوجد"),
        ("en", "right arm only"),
        ("en", "true but what do you mean"),
        ("sw", "si kweli hata kidogo"),
    ],
)
def test_a_word_that_is_also_something_else_is_no_yes_at_the_head_of_a_longer_text(
    language: str, words: str
) -> None:
    talk = Talk()
    talk.photo()
    talk.press("consent.yes", "age.adult", "danger1.yes")
    talk.state = replace(talk.state, language=language)
    talk.say(words)
    assert talk.state.answers.get("D04") != "yes"


def test_yes_and_more_is_a_yes() -> None:
    talk = Talk()
    talk.photo()
    talk.press("consent.yes", "age.adult", "danger1.yes")
    talk.say("yes, since the morning")
    assert talk.state.answers.get("D04") == "yes"


@pytest.mark.parametrize(
    "words", ["I have been busy", "I went home", "i went but it was closed", "we went but the nurse was away"]
)
def test_who_went_and_says_more_is_asked_whether_somebody_looked(words: str) -> None:
    talk = found()
    remind(talk, "visit")
    talk.say(words)
    assert talk.state.answers.get("later.visit") != "yes"


@pytest.mark.parametrize(
    "words", ["I went", "yes I went", "we went to the hospital", "the nurse looked at it"]
)
def test_who_went_has_been(words: str) -> None:
    talk = found()
    remind(talk, "visit")
    talk.say(words)
    assert talk.state.answers.get("later.visit") == "yes"


@pytest.mark.parametrize(
    "words",
    ["it smells bad", "that is bad news", "growing up he had eczema"],
)
def test_a_word_that_means_worse_by_itself_opens_nothing_inside_a_longer_text(words: str) -> None:
    talk = found()
    before = talk.state.case_version
    talk.at += 4 * 86_400.0
    talk.say(words)
    assert talk.state.case_version == before


@pytest.mark.parametrize(
    ("language", "words", "key"),
    [
        ("en", "twenty two weeks", "months"),
        ("en", "thirty two days", "months"),
        ("fr", "vingt-deux jours", "weeks"),
        ("es", "treinta y dos semanas", "months"),
        ("en", "for three weeks", "weeks"),
        ("hi", "two weeks", "weeks"),
        ("fr", "two months", "months"),
        ("sw", "wiki tatu", "weeks"),
    ],
)
def test_a_number_in_words_is_whole(language: str, words: str, key: str) -> None:
    choices = ask_duration(new_state(language)).choices
    assert typed.choice(choices, words, language) == f"duration.{key}"
