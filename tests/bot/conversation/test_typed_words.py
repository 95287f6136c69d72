"""What is typed in words: numbers of a list, another language's no, worse that goes on to another place, who has looked."""

from __future__ import annotations

import pytest

from bot.conversation import course
from bot.conversation.events import ReminderDue
from tests.bot.conversation.talk import Talk, ids, waiting

NUMBERS = {
    "en": ("one", "two"),
    "fr": ("un", "deux"),
    "es": ("uno", "dos"),
    "pt": ("um", "dois"),
    "sw": ("moja", "mbili"),
    "ar": ("واحد", "اثنان"),
    "hi": ("एक", "दो"),
    "bn": ("এক", "দুই"),
    "am": ("አንድ", "ሁለት"),
    "ha": ("ɗaya", "biyu"),
}


def at_group(language: str, channel: str) -> Talk:
    talk = Talk(hint=language, channel=channel)
    talk.say("hello")
    talk.press(f"language.{language}", "consent.yes", "age.adult")
    return talk


@pytest.mark.parametrize("language", NUMBERS)
@pytest.mark.parametrize("place", [1, 2])
def test_a_number_in_words_is_the_number(language: str, place: int):
    by_words, by_digit = at_group(language, "whatsapp"), at_group(language, "whatsapp")
    by_words.press("danger1.none", "danger3.none")
    by_digit.press("danger1.none", "danger3.none")
    by_words.say(NUMBERS[language][place - 1])
    by_digit.say(str(place))
    assert by_words.state.answers == by_digit.state.answers
    assert "shape" in by_words.state.answers


@pytest.mark.parametrize("language", NUMBERS)
def test_a_number_in_words_is_nothing_where_no_numbers_are_shown(language: str):
    talk = at_group(language, "telegram")
    talk.say(NUMBERS[language][0])
    assert "group1" not in talk.state.answers


def test_two_at_the_question_of_age_is_no_second_choice():
    talk = Talk(channel="whatsapp")
    talk.say("hello")
    talk.press("consent.yes")
    talk.say("two")
    assert talk.state.answers.get("age") != "child"


@pytest.mark.parametrize(("language", "said"), [("en", "yes"), ("sw", "yes"), ("fr", "yes"), ("am", "no")])
def test_aye_is_a_no_in_amharic_alone(language: str, said: str):
    talk = at_group(language, "telegram")
    talk.press("danger1.yes")
    sign = talk.replies[-1].key
    talk.say("aye")
    assert talk.state.answers.get(sign.upper()) == said


def asked(kind: str, language: str = "en") -> Talk:
    talk = waiting()
    talk.press(f"language.{language}")
    talk.found(("NEV", "possible"), urgency="week")
    talk.at += 7 * 86_400
    talk.event(ReminderDue(talk.state.case_version, kind, 1, talk.at))
    assert talk.state.overlay == kind
    return talk


WORSE = [
    ("en", "It spread to my face"),
    ("en", "it has spread to my arms"),
    ("en", "It has grown"),
    ("en", "it's worst"),
    ("en", "its getting bad"),
    ("fr", "ça s'est étendu à mon visage"),
    ("fr", "ça devient mauvais"),
    ("es", "se extendió a mi cara"),
    ("es", "se está poniendo feo"),
    ("pt", "espalhou para o rosto"),
    ("pt", "está ficando feio"),
    ("sw", "imeenea usoni"),
    ("sw", "inakuwa mbaya"),
    ("ar", "ينتشر إلى وجهي"),
    ("ar", "صارت أكبر"),
    ("hi", "चेहरे पर फैल गया"),
    ("hi", "naye dane aa gaye"),
    ("bn", "ছড়িয়ে পড়েছে"),
    ("bn", "বড় হচ্ছে"),
    ("am", "ወደ ፊቴ ተስፋፋ"),
    ("am", "እየከፋ ነው"),
    ("ha", "ya bazu zuwa fuskata"),
    ("ha", "ya kara baci"),
]


@pytest.mark.parametrize(("language", "text"), WORSE)
def test_other_words_of_worse_ask_about_danger_again(language: str, text: str):
    talk = asked("better", language)
    version = talk.state.case_version
    reply = talk.say(text)
    assert (reply.key, "later.sorry" in ids(reply)) == ("danger1", True)
    assert talk.state.case_version == version + 1


@pytest.mark.parametrize(("language", "text"), WORSE[::3])
def test_they_do_before_anybody_has_asked(language: str, text: str):
    talk = waiting()
    talk.press(f"language.{language}")
    talk.found(("NEV", "possible"), urgency="week")
    talk.at += 2 * 86_400
    assert talk.say(text).key == "danger1"


@pytest.mark.parametrize("text", ["it bleeds now", "it is bleeding now", "the swelling spread to my eye"])
def test_worse_that_may_be_danger_is_never_a_topic(text: str):
    talk = asked("better")
    reply = talk.say(text)
    assert course.part(talk.state) in ("danger", "now") or reply.key == "reminder.better"
    assert not any(paragraph.startswith("contagious") for paragraph in ids(reply))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "can it spread to my children?"),
        ("ar", "هل ينتشر إلى أطفالي"),
        ("en", "did i give it to my wife"),
    ],
)
def test_spreading_to_others_is_a_question_about_others(language: str, text: str):
    talk = waiting()
    talk.press(f"language.{language}")
    talk.found(("NEV", "possible"), urgency="week")
    assert any(paragraph.startswith("contagious") for paragraph in ids(talk.say(text)))


LOOKED = [
    ("en", "The nurse looked at it"),
    ("en", "the doctor cut it out"),
    ("en", "I went"),
    ("en", "i went to clinic they gave cream"),
    ("fr", "l'infirmière a regardé"),
    ("es", "me vio el doctor"),
    ("pt", "a enfermeira olhou"),
    ("sw", "nesi ameangalia"),
    ("ar", "الممرضة شافت"),
    ("hi", "नर्स ने देखा"),
    ("bn", "নার্স দেখেছে"),
    ("am", "ነርሷ አየችው"),
    ("ha", "nas ta duba"),
]


@pytest.mark.parametrize(("language", "text"), LOOKED)
def test_in_own_words_somebody_has_looked(language: str, text: str):
    talk = asked("visit", language)
    talk.say(text)
    assert talk.state.answers.get("later.visit") == "yes"


@pytest.mark.parametrize(
    "text",
    ["i went yesterday but the doctor was not there", "i went but nobody looked", "should i say i went?"],
)
def test_who_went_in_vain_is_asked_once_more(text: str):
    talk = asked("visit")
    talk.say(text)
    assert talk.state.answers.get("later.visit") != "yes"
    assert talk.state.overlay == "visit"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "none but he shakes"),
        ("fr", "aucun mais il tremble"),
        ("sw", "hakuna lakini anatetemeka"),
        ("am", "የለም ግን ይንቀጠቀጣል"),
        ("hi", "कोई नहीं पर कांप रहा है"),
        ("bn", "কোনোটা না তবে কাঁপছে"),
    ],
)
def test_none_but_he_shakes_asks_about_fits(language: str, text: str):
    talk = Talk(hint=language)
    talk.say("hello")
    talk.press(f"language.{language}", "consent.yes", "age.child")
    assert talk.say(text).key == "d03"
    assert "group1" not in talk.state.answers
