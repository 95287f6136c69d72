"""Danger is heard before anything else is done with a text, whatever stands around it and wherever it goes."""

from __future__ import annotations

import pytest

import locales
from bot.conversation.desk import DeskState
from bot.conversation.desk.events import Escalate
from bot.conversation.here import Here
from bot.messages import Text, Urgency
from tests.bot.conversation.desk.bench import Bench, keys, photograph, shown
from tests.bot.conversation.desk.test_desk import begun, told
from tests.bot.conversation.desk.test_duration import until

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
    assert case.reached is Urgency.NOW
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
    assert keys(bench.say(f"34, none, none, rash and {SIGN}")) == ["now"]
    assert bench.cases[code].reached is Urgency.NOW


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "better but he cannot breathe"),
        ("sw", "nafuu lakini hawezi kupumua"),
        ("ar", "أفضل لكنه لا يستطيع التنفس"),
    ],
)
def test_it_is_heard_in_the_language_of_the_chat(language: str, words: str) -> None:
    bench = Bench(desk=DeskState(language=language, here=Here(channel="telegram"), notice_in=language))
    code = told(bench)
    (reply,) = bench.say(f"{code} {words}")
    assert reply.key == "now"
    assert locales.render(Text("desk.alarm"), language) in shown(reply, language)


def two_cases(bench: Bench) -> tuple[str, str]:
    """Of neither is it known whose messages went there."""
    first, second = begun(bench, ""), ""
    bench.say("new")
    second = bench.desk.current
    return first, second


@pytest.mark.parametrize("cases", [1, 2])
@pytest.mark.parametrize("as_caption", [False, True])
def test_a_forwarded_sign_is_answered_first_and_then_it_is_asked_whose_it_is(
    cases: int, as_caption: bool
) -> None:
    bench = Bench(emergency="112")
    code = begun(bench, "") if cases == 1 else two_cases(bench)[0]
    bench.at += 4000.0
    if as_caption:
        alarm, question = bench.hear(photograph("x1", SIGN, ""))
    else:
        alarm, question = bench.forward(SIGN)
    assert alarm.key == "now"
    for said in (
        "These words may speak of danger",
        "The patient must go now",
        "112",
        "Is it hard to breathe",
    ):
        assert said in shown(alarm), said
    assert alarm.choices == ()
    assert question.key == "held"
    bench.press(f"gather1.{code}")
    assert bench.cases[code].reached is Urgency.NOW
    assert bench.replies[-1].key == "now"


def test_a_sign_is_asked_about_before_what_has_waited_longer() -> None:
    bench = Bench(channel="whatsapp")
    begun(bench, "")
    bench.photo("x1", origin="")
    alarm, question = bench.forward(SIGN, "juma")
    assert alarm.key == "now"
    assert question.choices[-1].code == "gather2.new"
    bench.say(str(len(question.choices)))
    assert [c.reached for c in bench.cases.values()][-1] is Urgency.NOW
    assert bench.replies[-1].choices[-1].code == "gather1.new", "what waited is asked about after it"


def test_a_forwarded_wish_to_die_names_who_can_help_before_it_is_asked_whose_it_is() -> None:
    bench = Bench(crisis_line="116")
    begun(bench, "")
    alarm, question = bench.forward("I want to die")
    assert "116" in shown(alarm)
    assert "Do not leave them alone" in shown(alarm)
    assert (alarm.key, question.key) == ("handover", "held")


def test_a_sign_with_nobodys_code_is_answered_and_waits() -> None:
    bench = Bench()
    code = begun(bench)
    alarm, question = bench.say(f"Z9-99 {SIGN}")
    assert alarm.key == "now"
    assert "no case with the code Z9-99" in shown(question)
    bench.press(f"gather1.{code}")
    assert bench.cases[code].reached is Urgency.NOW


def test_a_sign_that_nobody_sorted_is_named_before_it_is_let_go_of() -> None:
    bench = Bench()
    begun(bench, "")
    bench.photo("x1", origin="")
    bench.forward(f"my brother says {SIGN}", "juma")
    (reply,) = (r for r in bench.tick(24 * 3600.0) if r.key == "forgotten")
    assert f"my brother says {SIGN}" in shown(reply)
    assert "forgotten: 1." in shown(reply)
    assert not bench.desk.held


def test_in_a_stopped_chat_a_sign_waits_until_it_can_be_named() -> None:
    bench = Bench()
    begun(bench, "")
    bench.forward(SIGN, "juma")
    bench.say("stop")
    assert bench.tick(48 * 3600.0) == []
    assert len(bench.desk.held) == 1
    assert bench.desk.wake_at is None or bench.desk.wake_at > bench.at
    bench.say("/list")
    assert SIGN in shown(bench.tick(1.0))


def test_a_command_with_a_sign_and_no_case_begins_one() -> None:
    bench = Bench()
    assert keys(bench.say(f"/list {SIGN}")) == ["now"]
    assert [c.reached for c in bench.cases.values()] == [Urgency.NOW]


def test_what_stands_behind_a_command_is_kept_as_it_was_written() -> None:
    bench = Bench()
    code = told(bench)
    bench.say(f"{code} Better, said Mrs. O'Hara - 37.5 at noon!")
    assert [n.text for n in bench.cases[code].notes] == ["said Mrs. O'Hara - 37.5 at noon!"]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("site", "chest pain"),
        ("site", "{code} chest pain, 3 weeks"),
        ("duration", "chest pain for 3 days"),
        ("duration", "he had chest pain since 2 weeks"),
        ("age", "swallowed bleach, 2 days"),
    ],
)
def test_words_of_danger_do_not_answer_where_how_long_and_how_old(question: str, words: str) -> None:
    bench = Bench()
    code = begun(bench)
    until(bench, code, question, "spot")
    answers = dict(bench.cases[code].state.answers)
    words = words.format(code=code)
    (reply,) = bench.say(words)
    assert "These words may speak of danger" in shown(reply) or "can be a sign of danger" in shown(reply)
    assert bench.cases[code].state.answers == answers
    assert reply.key == question, "it is asked again"
    assert bench.cases[code].notes[-1].text == words.removeprefix(f"{code} ")
