"""Do you agree? in typed words: none refuses nothing, and what agrees to nothing else agrees here."""

from __future__ import annotations

from dataclasses import replace

import pytest

import locales
from bot.conversation.events import DropPhotos
from tests.bot.conversation.desk.bench import Bench
from tests.bot.conversation.desk.test_desk import begun
from tests.bot.conversation.talk import Talk, ids

LANGUAGES = locales.languages(allow_unreviewed=True)
NONE = {
    "en": "none",
    "fr": "aucun",
    "es": "ninguno",
    "pt": "nenhum",
    "sw": "hakuna",
    "ar": "لا شيء",
    "hi": "कोई नहीं",
    "bn": "একটাও না",
    "am": "የለም",
    "ha": "babu",
}
NO = {
    "en": "no",
    "fr": "non",
    "es": "no",
    "pt": "não",
    "sw": "hapana",
    "ar": "لا",
    "hi": "नहीं",
    "bn": "না",
    "am": "አይ",
    "ha": "a'a",
}
AGREES = [
    ("en", "yes ok"),
    ("en", "Fine."),
    ("en", "k"),
    ("en", "I do"),
    ("en", "no problem"),
    ("fr", "pas de problème"),
    ("es", "no hay problema"),
    ("pt", "sem problema"),
    ("sw", "haina shida"),
    ("ar", "لا مانع"),
    ("hi", "कोई दिक्कत नहीं"),
    ("bn", "সমস্যা নেই"),
    ("am", "ችግር የለም"),
    ("ha", "ba matsala"),
]
NONE_OF_THEM = [
    ("en", "no, none of them"),
    ("en", "No, none. Thank you"),
    ("en", "no to all"),
    ("en", "no no"),
    ("fr", "non, aucun"),
    ("es", "no, ninguna de estas"),
    ("pt", "não, nenhuma, obrigado"),
    ("sw", "hapana, hakuna hata moja"),
    ("ar", "لا والحمد لله"),
    ("ar", "لا، لا شيء"),
    ("hi", "नहीं, कोई नहीं"),
    ("bn", "না, একটাও না"),
    ("am", "አይ፣ ምንም የለም"),
    ("ha", "a'a, babu ko ɗaya"),
]


def at_consent(language: str) -> Talk:
    talk = Talk(hint=language)
    talk.say("hello")
    talk.press(f"language.{language}")
    talk.photo("p1")
    assert not talk.state.consent
    return talk


@pytest.mark.parametrize("language", LANGUAGES)
def test_none_is_no_answer_to_the_question_of_consent_and_the_photograph_stays(language: str) -> None:
    talk = at_consent(language)
    reply = talk.say(NONE[language])
    assert (talk.state.consent, reply.key) == ("", "consent")
    assert ids(reply)[0] == "typed.unclear"
    assert [a.ref for a in talk.state.pending] == ["p1"]
    assert not [e for e in talk.effects if isinstance(e, DropPhotos)]
    talk.say(NO[language])
    assert talk.state.consent == "no"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_that_says_only_that_something_is_not_there_refuses_nothing(language: str) -> None:
    not_there = locales.words("words.not_there", language)
    assert not_there < locales.words("words.no", language)
    for text in sorted(not_there):
        talk = at_consent(language)
        talk.say(text)
        assert talk.state.consent == "", text


@pytest.mark.parametrize(("language", "text"), AGREES)
def test_other_words_agree(language: str, text: str) -> None:
    talk = at_consent(language)
    talk.say(text)
    assert talk.state.consent == "yes"


@pytest.mark.parametrize(("language", "text"), AGREES)
def test_they_say_nothing_of_a_sign_of_danger(language: str, text: str) -> None:
    talk = at_consent(language)
    talk.press("consent.yes", "age.adult")
    before = dict(talk.state.answers)
    if text != "yes ok":
        assert talk.say(text).key == "danger1"
        assert talk.state.answers == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_agrees_and_refuses(language: str) -> None:
    agrees = locales.words("words.agrees", language)
    assert not agrees & (locales.words("words.no", language) | locales.words("words.none", language))


@pytest.mark.parametrize(("language", "text"), NONE_OF_THEM)
def test_no_said_twice_is_none_of_the_signs_that_are_asked_together(language: str, text: str) -> None:
    talk = at_consent(language)
    talk.press("consent.yes", "age.adult")
    talk.say(text)
    assert talk.state.answers.get("group1") == "none"


@pytest.mark.parametrize(
    "text", ["none, he eats and plays", "no, he is hot", "no yes", "thanks", "no, I agree"]
)
def test_a_no_with_something_else_is_asked_again(text: str) -> None:
    talk = at_consent("en")
    talk.press("consent.yes", "age.adult")
    talk.say(text)
    assert "group1" not in talk.state.answers


def test_what_would_be_erased_by_a_yes_is_not_erased_by_fine() -> None:
    talk = at_consent("en")
    talk.press("consent.yes")
    talk.say("delete")
    talk.say("fine")
    assert talk.state.consent == "yes"


def test_a_worker_s_none_refuses_nothing_for_a_patient() -> None:
    bench = Bench()
    code = begun(bench)
    bench.say("none")
    assert bench.cases[code].state.consent == ""
    bench.say("no problem")
    assert bench.cases[code].state.consent == "yes"


def test_in_a_chat_without_a_language_none_refuses_nothing_either() -> None:
    talk = at_consent("en")
    talk.state = replace(talk.state, language="")
    talk.say("hakuna")
    assert talk.state.consent != "no"
