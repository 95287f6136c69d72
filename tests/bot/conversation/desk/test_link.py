"""A worker asks for the code by which a patient hears a clinician's answer in their own chat."""

from __future__ import annotations

import pytest

import locales
from bot.conversation import typed
from bot.conversation.desk.events import LinkPatient
from bot.conversation.here import Here
from bot.messages import Text
from tests.bot.conversation.desk.bench import INVITATION, Bench, keys, shown
from tests.bot.conversation.desk.test_desk import begun, told

LANGUAGES = sorted(locales.languages(True))


def test_the_code_is_told_with_what_it_is_for_and_made_good_by_the_effect() -> None:
    bench = Bench()
    code = told(bench)
    (reply,) = bench.say(f"{code} link")
    assert reply.key == "link"
    assert INVITATION in shown(reply)
    assert "write this code in your own chat" in shown(reply).lower()
    assert bench.effects[-1] == LinkPatient(code, INVITATION)


def test_it_is_of_the_case_that_is_named_and_of_no_other() -> None:
    bench = Bench()
    first, second = begun(bench, "amina"), begun(bench, "juma")
    bench.say(f"link {first}")
    assert bench.effects[-1] == LinkPatient(first, INVITATION)
    before = list(bench.effects)
    assert keys(bench.say("link")) == ["which"], (
        "of the one that was named, or of the one that is asked about?"
    )
    assert bench.effects == before
    bench.say(f"link {second}")
    assert bench.effects[-1] == LinkPatient(second, INVITATION)


def test_a_closed_case_has_no_code() -> None:
    bench = Bench()
    code = told(bench)
    bench.answer(code, "close.better")
    before = list(bench.effects)
    assert "closed" in shown(bench.say(f"{code} link")[-1])
    assert bench.effects == before


def test_whoever_asks_a_clinician_hears_that_there_is_a_code() -> None:
    bench = Bench()
    code = told(bench)
    assert f"{code} LINK" in shown(bench.say(f"escalate {code}")[-1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_that_sentences_name_are_understood(language: str) -> None:
    bench = Bench()
    bench.desk = type(bench.desk)(language=language, here=Here(channel="telegram"), notice_in=language)
    code = told(bench)
    for phrase in locales.words("words.desk_link", language):
        before = len(bench.effects)
        assert keys(bench.say(f"{code} {phrase}")) == ["link"], phrase
        assert bench.effects[before:] == [LinkPatient(code, INVITATION)]
    named = {
        "desk.link.offer": "desk_link",
        "desk.link.closed": "desk_open",
        "join.patient": "stop",
    }
    for message, listed in named.items():
        sentence = locales.normalise(locales.render(Text(message, {"code": code}), language))
        words = sentence.split()
        pieces = [" ".join(words[a:b]) for a in range(len(words)) for b in range(a + 1, len(words) + 1)]
        assert any(typed.is_word(listed, piece, language) for piece in pieces), (message, sentence)
