"""Several answers in one message, as the help says, and how long in a worker's own words."""

from __future__ import annotations

import pytest

import locales
from bot.conversation import typed
from bot.conversation.desk import DeskState
from bot.conversation.here import Here
from bot.conversation.questions import ask_age, ask_duration
from bot.conversation.state import new_state
from locales.placeholders import without_isolates
from tests.bot.conversation.desk.bench import Bench, shown
from tests.bot.conversation.desk.test_desk import begun
from tests.bot.conversation.desk.test_duration import until

LANGUAGES = locales.languages(allow_unreviewed=True)
# 3 weeks, 5 days, 6 months, 10 years, in each language.
HOW_LONG = {
    "en": ("3 weeks", "5 days", "6 months", "10yrs"),
    "fr": ("3 semaines", "depuis 5 jours", "6 mois", "10 ans"),
    "es": ("3 semanas", "5 días", "6 meses", "10 años"),
    "pt": ("3 semanas", "há 5 dias", "6 meses", "10 anos"),
    "sw": ("wiki 3", "siku 5", "miezi 6", "miaka 10"),
    "ar": ("3 أسابيع", "منذ ٥ أيام", "6 أشهر", "10 سنوات"),
    "hi": ("3 हफ़्ते", "5 दिन से", "६ महीने", "10 साल"),
    "bn": ("৩ সপ্তাহ", "৫ দিন", "6 মাস", "10 বছর"),
    "am": ("3 ሳምንት", "5 ቀን", "6 ወር", "10 ዓመት"),
    "ha": ("mako 3", "kwana 5", "watanni 6", "shekaru 10"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answers_that_the_help_gives_as_an_example_are_taken_in_one_message(language: str) -> None:
    bench = Bench(desk=DeskState(language=language, here=Here(channel="telegram"), notice_in=language))
    code = begun(bench)
    bench.answer(code, "consent.yes")
    bench.say("/help")
    (text,) = [t for t in bench.replies[-1].paragraphs if t.id == "desk.help.row"]
    told = without_isolates(locales.render(text, language))
    numbers = [n for n, letter in enumerate(told) if letter.isdigit()]
    bench.say(told[numbers[0] :].rstrip(".।። "))
    answers = bench.cases[code].state.answers
    assert answers["age"] == "adult"
    assert [answers.get(f"group{n}") for n in (1, 3)] == ["none"] * 2
    assert bench.replies[-1].key == "shape"


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_long_is_understood_as_a_number_and_a_unit_in_every_language(language: str) -> None:
    choices = ask_duration(new_state(language)).choices
    found = [typed.choice(choices, text, language) for text in HOW_LONG[language]]
    assert found == [f"duration.{key}" for key in ("weeks", "days", "months", "years")]


@pytest.mark.parametrize(
    ("language", "text", "key"),
    [
        ("en", "two weeks", "weeks"),
        ("en", "about three months", "months"),
        ("en", "a fortnight", "weeks"),
        ("ar", "أسبوعين", "weeks"),
        ("ar", "منذ شهرين", "months"),
        ("sw", "wiki mbili", "weeks"),
        ("sw", "siku tatu", "days"),
        ("hi", "दो हफ़्ते से", "weeks"),
        ("fr", "deux mois", "months"),
        ("es", "hace tres semanas", "weeks"),
        ("pt", "dois anos", "years"),
        ("en", "two or three weeks", ""),
        ("en", "two weeks and two days", ""),
    ],
)
def test_how_long_is_understood_with_its_number_in_words(language: str, text: str, key: str) -> None:
    choices = ask_duration(new_state(language)).choices
    assert typed.choice(choices, text, language) == (f"duration.{key}" if key else "")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("6 days", "days"),
        ("7 days", "weeks"),
        ("4 weeks", "weeks"),
        ("29 days", "months"),
        ("1 month", "months"),
        ("1 year", "months"),
        ("2 years", "years"),
        ("More than a year", "years"),
        ("2", "weeks"),  # the second of the list
        ("2 or 3 weeks", ""),
        ("3 weeks or 2 months", ""),
        ("3 nights", ""),
        ("weeks", ""),
        ("10000 days", ""),
    ],
)
def test_each_length_falls_into_its_own_answer(text: str, key: str) -> None:
    choices = ask_duration(new_state("en")).choices
    assert typed.choice(choices, text, "en") == (f"duration.{key}" if key else "")


def test_a_number_with_a_unit_answers_no_other_question() -> None:
    assert typed.choice(ask_age(new_state("en")).choices, "3 weeks", "en") == ""


def test_a_whole_case_of_a_worker_takes_three_messages_after_the_patients_yes() -> None:
    bench = Bench()
    code = begun(bench)
    bench.answer(code, "consent.yes")
    for words in ("34, none, none", "spot, back, none, 3 weeks", "no, no, no"):
        bench.say(words)
    assert bench.cases[code].state.answers["duration"] == "weeks"
    assert not bench.cases[code].asks
    assert bench.wanted()


def test_a_length_that_is_not_understood_is_kept_and_asked_again() -> None:
    bench = Bench()
    code = begun(bench)
    until(bench, code, "duration", "spot")
    (reply,) = bench.say("since the rains")
    assert "Kept with this case" in shown(reply)
    assert reply.key == "duration"
    assert "duration" not in bench.cases[code].state.answers
