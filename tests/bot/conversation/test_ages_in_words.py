"""An age of ten and more in words: "seventy", "in her forties", "soixante-douze", "सत्तर साल"; in doubt it is asked again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import locales
from bot.conversation import ages, typed
from bot.conversation.numerals import with_digits
from bot.conversation.questions import ask_duration
from bot.conversation.state import new_state
from tests.bot.conversation.talk import Talk, ids

TOLD = {
    "en": {
        "seventy": 70,
        "seventy years old": 70,
        "she is seventy-two": 72,
        "about sixty five": 65,
        "in her forties": 40,
        "he is in his 70s": 70,
        "thirty": 30,
        "nineteen years": 19,
        "twelve years old": 12,
        "my wife is twenty two years old": 22,
        "a hundred years": 100,
        "around 30": 30,
    },
    "fr": {
        "soixante-dix": 70,
        "soixante et onze ans": 71,
        "elle a soixante-douze ans": 72,
        "quatre-vingts ans": 80,
        "quatre-vingt-dix-sept ans": 97,
        "vingt et un ans": 21,
        "quarante-deux ans": 42,
        "environ cinquante ans": 50,
        "la quarantaine": 40,
        "seize ans": 16,
    },
    "es": {
        "setenta y dos": 72,
        "tiene setenta años": 70,
        "unos sesenta y cinco años": 65,
        "veintidós años": 22,
        "dieciséis años": 16,
        "cuarenta y tantos": 40,
    },
    "pt": {
        "setenta e dois anos": 72,
        "tem trinta anos": 30,
        "cerca de quarenta anos": 40,
        "dezoito anos": 18,
        "sessenta e cinco": 65,
    },
    "sw": {
        "miaka sabini na mbili": 72,
        "sabini": 70,
        "ana miaka thelathini": 30,
        "kama miaka arobaini na tano": 45,
        "miaka kumi na mbili": 12,
    },
    "ar": {
        "سبعين سنة": 70,
        "اثنين وسبعين سنة": 72,
        "عمرها خمسة وستون سنة": 65,
        "ثلاثين": 30,
        "خمسة و أربعين سنة": 45,
        "خمسة عشر سنة": 15,
        "حوالي خمسين سنة": 50,
        "في الأربعينات": 40,
    },
    "hi": {
        "सत्तर साल": 70,
        "बहत्तर साल की है": 72,
        "पैंसठ": 65,
        "लगभग चालीस साल": 40,
        "उनतीस साल": 29,
        "पंद्रह साल": 15,
    },
    "bn": {
        "সত্তর বছর": 70,
        "বাহাত্তর বছর": 72,
        "পঁয়ষট্টি": 65,
        "প্রায় চল্লিশ বছর": 40,
        "পনেরো বছর": 15,
    },
    "am": {
        "ሰባ ዓመት": 70,
        "ሰባ ሁለት ዓመት": 72,
        "ስልሳ አምስት": 65,
        "ሠላሳ": 30,
        "አስራ አምስት ዓመት": 15,
    },
    "ha": {
        "shekara saba'in": 70,
        "shekara saba'in da biyu": 72,
        "sittin da biyar": 65,
        "shekara talatin": 30,
        "shekara goma sha biyar": 15,
    },
}


def group_of(years: int) -> str:
    return next(
        name for name, least in (("older", 65), ("middle", 40), ("adult", 18), ("child", 0)) if years >= least
    )


@pytest.mark.parametrize(("language", "text"), [(code, text) for code, told in TOLD.items() for text in told])
def test_an_age_in_words_is_its_group_and_it_is_said_which(language: str, text: str):
    assert ages.group(text, language) == group_of(TOLD[language][text])


@pytest.mark.parametrize("language", TOLD)
def test_it_is_taken_at_the_question_of_age(language: str):
    text, years = next(iter(TOLD[language].items()))
    talk = Talk(hint=language)
    talk.say("hello" if language == "en" else "/start")
    talk.press("consent.yes")
    reply = talk.say(text)
    assert talk.state.answers.get("age") == group_of(years)
    assert "age.noted" in ids(reply)
    assert reply.key == "danger1"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "in her sixties"),
        ("en", "under twenty"),
        ("en", "about eighteen"),
        ("en", "for twenty years"),
        ("en", "twenty years ago"),
        ("en", "seventy or eighty"),
        ("en", "my mother is ten"),
        ("en", "thirty years and two months"),
        ("en", "two hundred"),
        ("fr", "depuis vingt ans"),
        ("es", "menos de treinta años"),
        ("pt", "menos de trinta anos"),
        ("ar", "منذ عشرين سنة"),
        ("hi", "saath saal ka bachcha"),
        ("hi", "साठ साल का बच्चा"),
        ("en", "child of forty years"),
        ("en", "boy of forty"),
        ("fr", "enfant de soixante ans"),
        ("es", "niña de sesenta años"),
        ("pt", "criança de sessenta anos"),
        ("sw", "mtoto wa miaka sitini"),
        ("ar", "طفل عمره ستين سنة"),
        ("bn", "ষাট বছরের বাচ্চা"),
        ("am", "የስልሳ ዓመት ልጅ"),
        ("ha", "yaro shekara sittin"),
    ],
)
def test_what_is_in_doubt_is_asked_again(language: str, text: str):
    assert ages.group(text, language) == ""


@pytest.mark.parametrize(
    ("language", "text", "age"),
    [
        ("en", "my daughter is forty years old", "middle"),
        ("en", "a child of twelve years", "child"),
        ("hi", "saath saal", "middle"),
        ("hi", "बारह साल का बच्चा", "child"),
        ("en", "child of 40 years", "middle"),
    ],
)
def test_beside_who_is_no_child_or_is_one_by_its_age_it_is_taken(language: str, text: str, age: str):
    assert ages.group(text, language) == age


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "ten days"), ("en", "twelve weeks old"), ("fr", "quinze jours"), ("sw", "siku kumi")],
)
def test_days_and_weeks_in_words_are_of_a_baby(language: str, text: str):
    assert ages.group(text, language) == "infant"


@given(st.sampled_from(sorted(TOLD)), st.integers(1, 9), st.sampled_from((20, 30, 40, 50, 60, 70, 80, 90)))
def test_a_ten_and_a_number_below_ten_are_their_sum(language: str, below: int, ten: int):
    """Where a language counts so; Hindi and Bengali have a word for each number."""
    if language in ("hi", "bn") or (language == "fr" and ten in (70, 90)) or (language == "es" and ten == 20):
        return
    units = [w for w in locales.phrases(f"words.number_{below}", language) if " " not in w and w.isalpha()]
    tens = [
        p.partition(" ")[2] for p in locales.phrases("words.number_tens", language) if p.startswith(f"{ten} ")
    ]
    join = {"fr": " ", "es": " y ", "pt": " e ", "sw": " na ", "ha": " da "}.get(language, " ")
    text = f"{units[0]} و{tens[0]}" if language == "ar" else f"{tens[0]}{join}{units[0]}"
    assert with_digits(locales.normalise(text), language, frozenset()) == str(ten + below)


@pytest.mark.parametrize("language", TOLD)
def test_every_number_of_the_list_is_itself(language: str):
    for phrase in locales.phrases("words.number_tens", language):
        number, _, words = phrase.partition(" ")
        assert with_digits(locales.normalise(words), language, frozenset()) == number, phrase
    if language in ("hi", "bn"):
        listed = {int(p.partition(" ")[0]) for p in locales.phrases("words.number_tens", language)}
        assert listed == set(range(10, 101))


@pytest.mark.parametrize(
    ("language", "text", "key"),
    [
        ("en", "two years and ten months", ""),
        ("en", "one month and ten days", ""),
        ("en", "a month and ten days", ""),
        ("en", "a year and ten days", ""),
        ("en", "a month and 10 days", ""),
        ("en", "two or ten weeks", ""),
        ("fr", "un mois et dix jours", ""),
        ("sw", "mwezi mmoja na siku kumi", ""),
        ("ar", "شهرين و عشرة أيام", ""),
        ("hi", "एक महीना दस दिन", ""),
        ("en", "ten days", "weeks"),
        ("en", "for ten weeks", "months"),
        ("en", "about twenty two days", "weeks"),
        ("en", "10 weeks, worse every month", "months"),
        ("fr", "depuis dix jours", "weeks"),
        ("es", "quince días", "weeks"),
        ("pt", "dez dias", "weeks"),
        ("sw", "siku kumi", "weeks"),
        ("ar", "عشرة أيام", "weeks"),
        ("hi", "दस दिन से", "weeks"),
        ("bn", "দশ দিন ধরে", "weeks"),
        ("am", "አስር ቀን", "weeks"),
        ("ha", "kwana goma", "weeks"),
    ],
)
def test_of_two_lengths_of_time_never_the_shorter_is_taken(language: str, text: str, key: str):
    choices = ask_duration(new_state(language)).choices
    assert typed.choice(choices, text, language) == (key and f"duration.{key}")
