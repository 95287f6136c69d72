"""An age that is typed: days, weeks and months are never years, and whoever is unclear is asked again."""

from __future__ import annotations

import pytest

import locales
from bot.conversation import ages
from bot.conversation.questions import ask_age
from bot.conversation.state import new_state
from bot.messages import Inbound
from tests.bot.conversation.desk.bench import Bench
from tests.bot.conversation.desk.test_desk import begun
from tests.bot.conversation.talk import Talk, ids

LANGUAGES = locales.languages(allow_unreviewed=True)
# 10 days, 6 weeks, 2 months, 18 months, 3 years, 34 years, each in the words of the language.
TOLD = {
    "en": ("10 days", "6 weeks old", "2 months", "18 months", "3 years old", "34 years"),
    "fr": ("10 jours", "il a 6 semaines", "2 mois", "18 mois", "3 ans", "j'ai 34 ans"),
    "es": ("10 días", "6 semanas", "tiene 2 meses", "18 meses", "3 años", "34 años"),
    "pt": ("10 dias", "6 semanas", "2 meses", "18 meses", "tem 3 anos", "34 anos"),
    "sw": ("siku 10", "wiki 6", "miezi 2", "miezi 18", "miaka 3", "miaka 34"),
    "ar": ("١٠ أيام", "6 أسابيع", "عمره 2 شهر", "18 شهرًا", "3 سنوات", "34 سنة"),
    "hi": ("10 दिन", "6 हफ़्ते का", "2 महीने", "18 महीने", "3 साल", "34 साल"),
    "bn": ("১০ দিন", "৬ সপ্তাহ", "২ মাস", "১৮ মাস", "৩ বছর", "৩৪ বছর"),
    "am": ("10 ቀን", "የ6 ሳምንት", "2 ወር", "18 ወር", "3 ዓመት", "34 ዓመት"),
    "ha": ("kwana 10", "sati 6", "wata 2", "wata 18", "shekara 3", "shekara 34"),
}
GROUPS = ("infant", "infant", "infant", "child", "child", "adult")


def at_age(language: str = "en", channel: str = "webchat") -> Talk:
    talk = Talk(hint=language, channel=channel)
    talk.say("hello")
    talk.press("consent.yes")
    return talk


@pytest.mark.parametrize("language", LANGUAGES)
def test_days_weeks_and_months_are_no_years_in_any_language(language: str) -> None:
    found = []
    for text in TOLD[language]:
        talk = at_age(language)
        talk.say(text)
        found.append(talk.state.answers.get("age"))
    assert found == list(GROUPS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_holds_whatever_language_the_chat_has(language: str) -> None:
    assert [ages.group(text, "en") for text in TOLD[language]] == list(GROUPS)


@pytest.mark.parametrize("channel", ["whatsapp", "telegram"])
def test_a_worker_who_types_days_tells_of_a_baby_and_its_signs_are_asked(channel: str) -> None:
    bench = Bench()
    code = begun(bench)
    bench.answer(code, "consent.yes")
    bench.say("10 days, none, none")
    answers = bench.cases[code].state.answers
    assert answers["age"] == "infant"
    bench = Bench()
    code = begun(bench)
    bench.answer(code, "consent.yes")
    bench.say("10 dayz, none, none")
    assert "age" not in bench.cases[code].state.answers
    assert bench.replies[-1].key == "age"


@pytest.mark.parametrize(
    "text",
    [
        "10 dayz",
        "10 d",
        "less than 5 months",
        "under 1 year",
        "under 5 years",
        "not yet 2 years",
        "about 10",
        "my baby is 10",
        "2.5 months",
        "1 year 2 months",
        "0 years",
        "a month and 34 years",
        "mother 30 years, baby",
        "1990",
        "130 years",
        "4",
    ],
)
def test_what_is_unclear_is_asked_again(text: str) -> None:
    talk = at_age()
    reply = talk.say(text)
    assert "age" not in talk.state.answers
    assert reply.key == "age"
    assert ids(reply)[0] == "typed.unclear"


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("13 weeks", "infant"),
        ("14 weeks", "child"),
        ("91 days", "infant"),
        ("3 months", "child"),
        ("my baby is 5 months old", "child"),
        ("my baby has 7 days only", "infant"),
        ("215 months", "child"),
        ("216 months", "adult"),
        ("1 year", "child"),
        ("17", "child"),
        ("34", "adult"),
        ("I am 34", "adult"),
        ("मेरा बेटा 5 साल का है", "child"),
        ("tem 5 meses, é menina", "child"),
        ("he will be 70 years", "older"),
        ("40yrs", "middle"),
        ("baby", "infant"),
        ("Under 3 months", "infant"),
        ("child", "child"),
    ],
)
def test_what_is_clear_is_taken(text: str, age: str) -> None:
    talk = at_age()
    talk.say(text)
    assert talk.state.answers.get("age") == age


def test_who_types_a_number_sees_which_group_it_was_taken_for() -> None:
    talk = at_age(channel="whatsapp")
    reply = talk.say("3")
    assert talk.state.answers["age"] == "adult"
    assert ids(reply)[0] == "age.noted"
    assert reply.paragraphs[0].args["age"] == locales.Text("age.adult")
    assert reply.key == "danger1"
    assert "age.noted" not in ids(at_age().press("age.adult"))


def test_beside_buttons_a_small_number_is_no_place_of_a_list() -> None:
    talk = at_age(channel="telegram")
    assert talk.say("3").key == "age"
    assert "age" not in talk.state.answers
    bench = Bench()
    code = begun(bench)
    bench.answer(code, "consent.yes")
    bench.say("3")
    assert "age" not in bench.cases[code].state.answers


def test_an_edited_age_is_read_in_the_same_way() -> None:
    talk = at_age()
    talk.hear(Inbound("message", text="29", ref="1"))
    talk.hear(Inbound("edit", text="10 days", ref="1"))
    assert talk.state.answers["age"] == "infant"


def test_only_one_choice_is_asked_about_here() -> None:
    assert ages.chosen(ask_age(new_state("en")).choices, "3 weeks", "en", "whatsapp") == "age.infant"


def test_ethiopic_numerals_answer_a_numbered_list_and_tell_an_age() -> None:
    talk = at_age("am", "whatsapp")
    talk.say("፲፭ ቀን")
    assert talk.state.answers["age"] == "infant"
    talk = at_age("am", "whatsapp")
    talk.say("፬")
    assert talk.state.answers["age"] == "middle"


@pytest.mark.parametrize("channel", ["telegram", "webchat"])
@pytest.mark.parametrize("number", ["1", "3", "٢"])
def test_a_number_beside_buttons_is_no_answer_to_a_list_of_signs_of_danger(channel: str, number: str) -> None:
    talk = Talk(channel=channel)
    talk.say("hello")
    talk.press("consent.yes", "age.adult")
    reply = talk.say(number)
    assert (reply.key, "typed.unclear" in ids(reply)) == ("danger1", True)
    assert "group1" not in talk.state.answers
    talk.press("danger1.yes")
    one = talk.replies[-1].key
    assert talk.say("1").key != one, "yes, no and don't know of one sign have nothing beside them"


def test_where_the_list_has_numbers_they_are_answers_to_it() -> None:
    talk = Talk(channel="whatsapp")
    talk.say("hello")
    talk.press("consent.yes", "age.adult")
    talk.say("1")
    assert talk.state.answers["group1"] == "none"


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
def test_a_worker_s_number_beside_buttons_is_no_answer_to_it_either(channel: str) -> None:
    bench = Bench(channel=channel)
    bench.say("new")
    (code,) = bench.cases
    bench.answer(code, "consent.yes", "age.adult")
    (reply,) = bench.say("1")
    assert ("group1" in bench.cases[code].state.answers) == (channel == "whatsapp")
    assert reply.key == ("danger3" if channel == "whatsapp" else "danger1")


IN_WORDS = {
    "en": {
        "child": (
            "my grandson is 4 years old",
            "my grandson is four years old",
            "one year",
            "three months",
            "my niece is 7",
        ),
        "infant": ("two months", "she is two months old", "three weeks"),
        "adult": ("me, 30",),
        "older": ("my mother is 71",),
    },
    "fr": {"child": ("un an", "une fille de deux ans", "mon petit-fils a 4 ans"), "infant": ("deux mois",)},
    "es": {"child": ("un año", "una niña de dos años", "mi nieto tiene 4 años"), "infant": ("dos meses",)},
    "pt": {"child": ("um ano", "meu neto tem 4 anos"), "infant": ("dois meses",)},
    "sw": {
        "child": ("mwanangu ana miaka 4", "mjukuu wangu ana miaka minne", "mtoto wa mwaka mmoja"),
        "infant": ("miezi miwili", "wiki tatu"),
    },
    "ar": {
        "child": ("حفيدي عمره ٤ سنوات", "خمس سنوات", "عمره أربع سنوات", "عمره سنتين"),
        "infant": ("عمرها شهرين",),
    },
    "hi": {"child": ("मेरा पोता 4 साल का है", "चार साल का"), "infant": ("दो महीने",)},
    "bn": {"child": ("আমার নাতির বয়স ৪ বছর", "চার বছর"), "infant": ("দুই মাস",)},
    "am": {"child": ("የአራት ዓመት ልጅ", "ልጄ 4 ዓመት ነው"), "infant": ("ሁለት ወር",)},
    "ha": {"child": ("jikana shekara 4", "shekara huɗu"), "infant": ("wata biyu",)},
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_age_is_understood_in_words_and_beside_whose_it_is(language: str) -> None:
    told = [(text, age) for age, texts in IN_WORDS[language].items() for text in texts]
    assert [(text, ages.group(text, language)) for text, _ in told] == told


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "mother of 9"),
        ("en", "my wife is 9"),
        ("en", "since two months"),
        ("en", "two months and one year"),
        ("en", "under two years"),
        ("en", "not yet two years"),
        ("en", "she is four"),
        ("es", "hace dos meses"),
        ("fr", "depuis deux mois"),
        ("ar", "منذ شهرين"),
        ("hi", "दो महीने से"),
        ("en", "two months now"),
        ("en", "2 months now"),
        ("en", "since 2 months"),
        ("fr", "il y a deux mois"),
        ("fr", "il y a 2 mois"),
        ("ar", "عندي من شهرين"),
        ("sw", "miezi miwili sasa"),
        ("sw", "ni miezi miwili"),
        ("es", "son dos meses"),
        ("bn", "দুই মাস হলো"),
        ("am", "ሁለት ወር ሆነ"),
    ],
)
def test_words_of_something_else_are_no_age(language: str, text: str) -> None:
    assert ages.group(text, language) == ""


def test_who_types_an_age_in_words_sees_which_group_it_was_taken_for() -> None:
    talk = at_age()
    assert ids(talk.say("two months"))[0] == "age.noted"
    assert talk.state.answers["age"] == "infant"
