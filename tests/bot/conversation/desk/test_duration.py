"""How long it has been there: one question of a worker's case, whose answer stands for those that ask it in weeks."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.clinical import questions
from bot.conversation import course
from bot.conversation.desk import facts
from bot.conversation.state import from_json, new_state, to_json
from bot.messages import Text
from tests.bot.conversation.desk.bench import Bench, harmless, keys, shown
from tests.bot.conversation.desk.test_desk import begun, told


def until(bench: Bench, code: str, question: str, shape: str) -> list[str]:
    """Answers what is harmless until this question stands open; the questions that were asked on the way."""
    asked: list[str] = []
    if not bench.cases[code].state.consent:
        bench.answer(code, "consent.yes")
    for _ in range(40):
        key = bench.replies[-1].key
        if key == question or not bench.cases[code].asks:
            return asked
        asked.append(key)
        bench.answer(code, f"shape.{shape}" if key == "shape" else harmless(bench.replies[-1]))
    raise AssertionError(f"no end: {asked}")


def asked_of(bench: Bench, code: str, duration: str) -> list[str]:
    """A bumpy rash of this duration: every question from there to the result."""
    until(bench, code, "duration", "rash")
    bench.answer(code, f"duration.{duration}")
    asked = []
    for _ in range(20):
        if not bench.cases[code].asks:
            return asked
        reply = bench.replies[-1]
        asked.append(reply.key)
        bench.answer(code, "look.bumps" if reply.key == "look" else harmless(reply))
    raise AssertionError(f"no end: {asked}")


@pytest.mark.parametrize("shape", ["spot", "rash", "other"])
def test_a_worker_is_asked_it_once_after_the_place(shape: str) -> None:
    bench = Bench()
    code = begun(bench)
    asked = until(bench, code, "duration", shape)
    assert "site" in asked
    (reply,) = bench.replies[-1:]
    assert [c.code.partition("~")[2] for c in reply.choices] == [
        "duration.days",
        "duration.weeks",
        "duration.months",
        "duration.years",
        "duration.unknown",
    ]
    bench.answer(code, "duration.weeks")
    assert "duration" not in until(bench, code, "none", shape)
    assert bench.cases[code].state.answers["duration"] == "weeks"


@pytest.mark.parametrize("shape", ["bite", "burn"])
def test_it_is_not_asked_where_nothing_but_going_there_follows(shape: str) -> None:
    bench = Bench()
    code = begun(bench)
    assert "duration" not in until(bench, code, "none", shape)
    assert bench.cases[code].told


def test_of_a_small_baby_it_is_not_asked() -> None:
    bench = Bench()
    code = begun(bench)
    bench.answer(code, "consent.yes", "age.infant")
    assert "duration" not in until(bench, code, "none", "rash")
    assert course.part(bench.cases[code].state) == "infant"


@pytest.mark.parametrize(
    ("duration", "weeks4"),
    [("days", "no"), ("weeks", "no"), ("months", "yes"), ("years", "yes"), ("unknown", None)],
)
def test_it_stands_for_more_than_four_weeks_which_is_not_asked_again(
    duration: str, weeks4: str | None
) -> None:
    answers = {"age": "adult", "shape": "rash", "site": "arm", "duration": duration}
    assert questions.known(answers).get("weeks4") == weeks4
    assert "weeks4" in questions.spent(answers)
    bench = Bench()
    assert "weeks4" not in asked_of(bench, begun(bench), duration)


def test_without_it_more_than_four_weeks_is_a_question_still() -> None:
    """So that the test before can fail: the same rash, of a case that was begun before this question was there."""
    bench = Bench()
    code = begun(bench)
    case = bench.cases[code]
    bench.cases[code] = replace(case, state=replace(case.state, timed=False))
    assert "duration" not in until(bench, code, "look", "rash")
    bench.answer(code, "look.bumps")
    asked = []
    while bench.cases[code].asks:
        asked.append(bench.replies[-1].key)
        bench.answer(code, harmless(bench.replies[-1]))
    assert "weeks4" in asked


def test_of_a_single_spot_it_changes_nothing_that_is_found() -> None:
    assert "weeks4" not in questions.known(
        {"age": "adult", "shape": "spot", "site": "arm", "duration": "years"}
    )


def test_the_letter_and_what_is_listed_of_the_case_say_it() -> None:
    bench = Bench()
    code = begun(bench)
    until(bench, code, "duration", "spot")
    bench.answer(code, "duration.months")
    bench.through(code)
    bench.found(code, ("BCC", "likely"))
    assert "How long it has been there: 4 weeks to a year." in shown(bench.answer(code, "desk.refer"))
    known = facts.about(bench.cases[code].state)
    assert Text("facts.duration", {"duration": Text("duration.months")}) in known


def test_a_case_stored_before_it_was_asked_goes_on_without_it() -> None:
    bench = Bench()
    code = begun(bench)
    until(bench, code, "site", "spot")
    case = bench.cases[code]
    stored = json.loads(to_json(case.state))
    assert stored.pop("timed") is True
    bench.cases[code] = replace(case, state=from_json(json.dumps(stored)))
    assert "duration" not in until(bench, code, "none", "spot")
    assert bench.wanted()


def test_a_case_of_an_older_desk_that_has_its_answer_is_not_thrown_back() -> None:
    bench = Bench()
    code = told(bench)
    case = bench.cases[code]
    answers = {key: said for key, said in case.state.answers.items() if key != "duration"}
    bench.cases[code] = replace(case, state=replace(case.state, timed=False, answers=answers))
    assert keys(bench.say(code)) == ["findings"]


def test_a_patient_in_their_own_chat_is_not_asked_it() -> None:
    assert not new_state("en").timed


def test_when_it_got_worse_it_is_asked_again() -> None:
    bench = Bench()
    code = told(bench)
    assert "duration" in bench.cases[code].state.answers
    bench.say(f"{code} worse")
    assert "duration" not in bench.cases[code].state.answers
    assert "duration" in until(bench, code, "none", "spot")


def test_of_who_refuses_it_is_not_asked() -> None:
    bench = Bench()
    code = begun(bench)
    bench.answer(code, "consent.no")
    assert "duration" not in until(bench, code, "none", "rash")
    assert course.part(bench.cases[code].state) == "refused"
