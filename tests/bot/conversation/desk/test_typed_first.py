"""What a worker types first is heard: right after a question that a case asks anew, and before their language is known."""

from __future__ import annotations

import pytest

from bot.conversation.desk import DeskState
from bot.conversation.here import Here
from bot.messages import Inbound, Urgency
from tests.bot.conversation.desk.bench import Bench, keys, photograph, shown
from tests.bot.conversation.desk.test_desk import begun, told


def test_a_typed_yes_right_after_new_is_the_patients_yes() -> None:
    bench = Bench()
    bench.say("new")
    assert keys(bench.say("yes")) == ["age"]


@pytest.mark.parametrize(("word", "key"), [("yes", "d04"), ("none", "danger3"), ("I don't know", "d04")])
def test_a_typed_word_right_after_worse_answers_the_signs_of_danger(word: str, key: str) -> None:
    bench = Bench()
    code = told(bench)
    bench.say(f"{code} worse")
    (reply,) = bench.say(word)
    assert reply.key == key
    assert bench.cases[code].notes == ()


def test_a_typed_yes_right_after_an_alarm_answers_the_sign() -> None:
    bench = Bench()
    code = told(bench)
    bench.forward("rash since new medicine", "amina")
    bench.say("yes")
    assert bench.cases[code].state.answers["D17"] == "yes"


def new_worker() -> Bench:
    return Bench(desk=DeskState(here=Here(channel="whatsapp")), channel="whatsapp")


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("the child has fits and cannot breathe", "en"),
        ("mtoto hawezi kupumua", "sw"),
        ("طفلي لا يستطيع التنفس", "ar"),
    ],
)
def test_danger_in_the_first_words_is_answered_in_their_language(words: str, language: str) -> None:
    bench = new_worker()
    (reply,) = bench.say(words)
    assert reply.key == "now"
    assert bench.desk.language == language
    (case,) = bench.cases.values()
    assert case.reached is Urgency.NOW


def test_danger_in_words_that_tell_no_language_is_answered_before_the_language_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.clinical.alarms.language_of", lambda text: "")
    bench = new_worker()
    assert keys(bench.say("he cannot breathe")) == ["now", "language"]
    bench.press("language.sw")
    (case,) = bench.cases.values()
    assert case.reached is Urgency.NOW
    assert [n.text for n in case.notes] == ["he cannot breathe"]


def test_words_before_the_language_wait_and_are_kept_with_the_case_that_they_begin() -> None:
    bench = new_worker()
    assert keys(bench.say("a boy with an itchy arm")) == ["language"]
    bench.press("language.en")
    (case,) = bench.cases.values()
    assert [n.text for n in case.notes] == ["a boy with an itchy arm"]
    assert bench.replies[-1].key == "consent"


def test_a_command_before_the_language_is_done_after_it_and_begins_no_case() -> None:
    bench = new_worker()
    bench.say("/list")
    bench.press("language.en")
    assert bench.cases == {}
    assert bench.replies[-1].key == "list"


def test_words_and_pictures_before_the_language_all_arrive() -> None:
    bench = new_worker()
    bench.say("a boy with an itchy arm")
    bench.hear(photograph("x1", "", "amina"))
    bench.hear(Inbound("unusable", unusable="location", location=(-1.2, 36.8)))
    bench.press("language.en")
    assert bench.desk.latitude == -1.2
    assert not [h for h in bench.desk.held if h.group == 0]
    held = [h.item.attachments[0].ref for h in bench.desk.held]
    assert held + [a.ref for c in bench.cases.values() for a in c.state.pending] == ["x1"]


def test_another_language_in_mid_case_asks_the_open_question_again() -> None:
    bench = Bench()
    code = begun(bench)
    bench.answer(code, "consent.yes")
    bench.say("/lang")
    replies = bench.press("language.sw")
    assert keys(replies) == ["language_set", "age"]
    assert bench.cases[code].state.offered
    bench.say("34")
    assert bench.cases[code].state.answers["age"] == "adult"
    assert "Tunaendelea" in shown(replies, "sw")
