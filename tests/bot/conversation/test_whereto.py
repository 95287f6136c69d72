"""Where do I go?: the place that is known, or how to hear of it; and that anybody can begin with a new skin problem."""

from __future__ import annotations

from dataclasses import replace

import pytest

import locales
from bot.conversation import course
from bot.conversation.here import Here
from tests.bot.conversation.talk import Talk, ids, waiting

LANGUAGES = locales.languages(allow_unreviewed=True)
WHERE = {
    "en": ("where do i go", "where is the clinic?", "nearest hospital"),
    "fr": ("où dois-je aller ?", "l'hôpital le plus proche"),
    "es": ("¿a dónde voy?", "¿dónde queda la clínica?"),
    "pt": ("aonde devo ir?", "onde fica o posto"),
    "sw": ("niende wapi?", "hospitali ya karibu"),
    "ar": ("أين أذهب؟", "وين المستشفى"),
    "hi": ("मैं कहाँ जाऊँ?", "अस्पताल कहाँ है"),
    "bn": ("কোথায় যাব?", "হাসপাতাল কোথায়"),
    "am": ("የት ልሂድ?", "ሆስፒታል የት ነው"),
    "ha": ("ina zan je?", "ina asibiti"),
}
NEW = {
    "en": ("new problem", "I have a new problem", "another problem", "another person"),
    "fr": ("un autre problème", "nouveau problème"),
    "es": ("otro problema", "otra persona"),
    "pt": ("outro problema", "outra pessoa"),
    "sw": ("tatizo lingine", "nina tatizo jipya"),
    "ar": ("مشكلة أخرى", "شخص آخر"),
    "hi": ("नई समस्या", "दूसरी तकलीफ़"),
    "bn": ("নতুন সমস্যা", "আরেকটা সমস্যা"),
    "am": ("ሌላ ችግር", "ሌላ ሰው"),
    "ha": ("wata matsala", "sabuwar matsala"),
}


def told(language: str = "en", urgency: str = "week", **more: object) -> Talk:
    talk = waiting()
    talk.press(f"language.{language}")
    talk.state = replace(talk.state, **more)  # type: ignore[arg-type]
    talk.found(("NEV", "possible"), urgency=urgency)
    return talk


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_to_go_is_answered_in_every_language(language: str) -> None:
    for text in WHERE[language]:
        talk = told(language)
        reply = talk.say(text)
        assert (reply.key, ids(reply)[0]) == ("answer.where", "where.ask"), text
        assert "findings.do.week" in ids(reply)
        assert not talk.questions()


def test_the_menu_s_when_says_where_too() -> None:
    talk = told(near="Amani Health Centre")
    talk.state = replace(talk.state, near="Amani Health Centre")
    assert ids(talk.press("menu.when"))[-1] == "where.near"


@pytest.mark.parametrize("urgency", ["today", "week"])
def test_a_known_place_is_named_under_the_result_and_to_who_asks(urgency: str) -> None:
    talk = told(urgency=urgency, near="Amani Health Centre")
    assert ids(talk.replies[-1])[-1] == "where.near"
    talk.state = replace(talk.state, near="Amani Health Centre")
    assert ids(talk.say("where do i go"))[0] == "where.near"


def test_where_places_are_known_a_location_is_asked_for() -> None:
    talk = told(mapped=True, here=Here("telegram"))
    assert ids(talk.replies[-1])[-1] == "where.send"
    talk = told(mapped=True, here=Here("webchat"))
    assert "where.send" not in ids(talk.replies[-1]), "nobody can send a location there"
    assert "where.send" not in ids(told(here=Here("telegram")).replies[-1])


def test_what_can_wait_names_no_place() -> None:
    talk = told(urgency="routine", near="Amani Health Centre")
    assert course.urgency(talk.state).value == "routine"
    assert "where.near" not in ids(talk.replies[-1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_problem_is_a_case_of_its_own(language: str) -> None:
    label = locales.render(locales.Text("menu.new"), language)
    for text in (*NEW[language], label):
        talk = told(language)
        version = talk.state.case_version
        talk.say(text)
        assert talk.state.case_version == version + 1, text
        assert not talk.questions()
