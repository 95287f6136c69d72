"""Danger is heard before anything else is done with a text, whatever stands around it and wherever it goes."""

from __future__ import annotations

import pytest

import locales
from bot.conversation.desk import DeskState
from bot.conversation.desk.events import Escalate
from bot.messages import Text, Urgency
from tests.bot.conversation.desk.bench import Bench, keys, shown
from tests.bot.conversation.desk.test_desk import begun, told

SIGN = "he cannot breathe"
COMMANDS = (
    "better but now",
    "same,",
    "worse,",
    "seen",
    "ask a clinician",
    "refer",
    "signs",
    "open",
    "teaching",
    "voices",
    "link",
    "close",
    "close better",
    "hand over",
)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("closed", [False, True])
def test_a_sign_behind_a_command_is_answered_before_it(command: str, closed: bool) -> None:
    bench = Bench()
    code = told(bench)
    if closed:
        bench.answer(code, "close.better")
    replies = bench.say(f"{code} {command} {SIGN}")
    case = bench.cases[code]
    assert replies[0].key == "now"
    assert "These words may speak of danger" in shown(replies[0])
    assert case.open
    assert case.urgency is Urgency.NOW
    assert case.progress == ("worse" if command.startswith("worse") else "")
    assert SIGN in case.notes[-1].text


def test_a_clinician_is_asked_with_the_urgency_of_the_words_behind_it() -> None:
    bench = Bench()
    code = told(bench)
    first, second = bench.say(f"{code} ask a clinician {SIGN}")
    assert (first.key, second.key) == ("now", "escalated")
    assert bench.effects[-1] == Escalate(code, "asked", Urgency.NOW)


def test_a_sign_that_was_told_before_ends_a_command_too() -> None:
    bench = Bench()
    code = told(bench)
    bench.say(f"{code} {SIGN}")
    assert keys(bench.say(f"{code} better but {SIGN}")) == ["now"]
    assert bench.cases[code].progress == ""


def test_worse_with_a_sign_of_today_asks_that_sign_first_and_then_the_others() -> None:
    bench = Bench()
    code = told(bench)
    (reply,) = bench.say(f"{code} worse, rash since new medicine")
    assert reply.key == "d17"
    bench.answer(code, "d17.no")
    assert bench.replies[-1].key == "danger1"
    assert bench.cases[code].progress == "worse"


@pytest.mark.parametrize(
    "command", ["refer", "signs", "open", "teaching", "voices", "link", "close", "hand over", "better", "ask"]
)
def test_what_stands_behind_a_command_is_kept_with_the_case(command: str) -> None:
    bench = Bench()
    code = told(bench)
    bench.say(f"{code} {command} his mother knows")
    assert "his mother knows" in bench.cases[code].notes[-1].text


def test_the_name_of_a_colleague_and_an_outcome_are_no_notes() -> None:
    bench = Bench(members={7: "Amina"})
    code, other = told(bench, "amina"), told(bench, "baraka")
    bench.say(f"{code} hand over Amina")
    bench.say(f"close {other} better")
    assert bench.cases[code].notes == bench.cases[other].notes == ()


def test_a_sign_in_an_answer_of_a_row_is_heard() -> None:
    bench = Bench()
    code = begun(bench)
    bench.answer(code, "consent.yes")
    assert keys(bench.say(f"34, none, none, none, rash and {SIGN}")) == ["now"]
    assert bench.cases[code].urgency is Urgency.NOW


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "better but he cannot breathe"),
        ("sw", "nafuu lakini hawezi kupumua"),
        ("ar", "أفضل لكنه لا يستطيع التنفس"),
    ],
)
def test_it_is_heard_in_the_language_of_the_chat(language: str, words: str) -> None:
    bench = Bench(desk=DeskState(language=language, channel="telegram", notice_in=language))
    code = told(bench)
    (reply,) = bench.say(f"{code} {words}")
    assert reply.key == "now"
    assert locales.render(Text("desk.alarm"), language) in shown(reply, language)
