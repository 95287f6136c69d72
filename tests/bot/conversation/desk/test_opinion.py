"""After a clinician's word on how soon: any sign that is told later counts, in lists, letter, queue and on the day it is due."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation import course
from bot.conversation.desk.events import Escalate, OpinionCame
from bot.messages import Urgency
from tests.bot.conversation.desk.bench import Bench, harmless, shown
from tests.bot.conversation.desk.test_desk import told

SIGN = "he cannot breathe"


def judged(bench: Bench, opinion: Urgency = Urgency.ROUTINE) -> str:
    """A case of this week of which a clinician has said how soon."""
    code = told(bench, "amina", ("BCC", "likely"))
    over = bench.cases[code].reached
    assert over is Urgency.WEEK
    bench.event(OpinionCame(code, "nothing to worry", opinion, bench.at, over))
    assert bench.cases[code].reached is opinion
    return code


@pytest.mark.parametrize("forwarded", [False, True])
def test_a_sign_after_a_clinicians_routine_is_an_emergency_everywhere(forwarded: bool) -> None:
    bench = Bench()
    code = judged(bench)
    if forwarded:
        bench.forward(SIGN, "amina")
    else:
        bench.say(f"{code} {SIGN}")
    assert bench.cases[code].reached is Urgency.NOW
    assert f"{code}: now" in shown(bench.say("list"))
    assert code in shown(bench.say("today"))
    letter = shown(bench.say(f"{code} refer"))
    assert "A clinician has read the case" not in letter
    bench.say(f"{code} ask a clinician")
    assert bench.effects[-1] == Escalate(code, "asked", Urgency.NOW)


def test_the_same_findings_again_leave_the_clinicians_word_as_it_is() -> None:
    bench = Bench()
    code = judged(bench)
    assert "The clinician says this" in shown(bench.say(code))


def test_a_word_that_was_more_pressing_stays_the_more_pressing() -> None:
    bench = Bench()
    code = judged(bench, Urgency.NOW)
    bench.say(f"{code} rash since new medicine")
    bench.answer(code, "d17.yes")
    assert bench.cases[code].reached is Urgency.NOW


def test_the_next_word_of_a_clinician_stands_above_the_sign() -> None:
    bench = Bench()
    code = judged(bench)
    bench.say(f"{code} {SIGN}")
    bench.event(OpinionCame(code, "seen, all well", Urgency.WEEK, bench.at, Urgency.NOW))
    assert bench.cases[code].reached is Urgency.WEEK
    assert bench.cases[code].by_clinician


@settings(max_examples=40, deadline=None)
@given(opinion=st.sampled_from(Urgency), data=st.data())
def test_whatever_a_clinician_said_no_answer_after_it_ends_with_less_than_any_sign_reached(
    opinion: Urgency, data: st.DataObject
) -> None:
    bench = Bench()
    code = judged(bench, opinion)
    bench.say(f"{code} worse")
    for _ in range(30):
        case = bench.cases[code]
        if not case.asks or course.part(case.state) != "danger":
            break
        inner = [c.code.partition("~")[2] for c in bench.replies[-1].choices]
        bench.answer(code, data.draw(st.sampled_from(inner)) if inner else harmless(bench.replies[-1]))
        case = bench.cases[code]
        reached = course.urgency(case.state)
        if reached.rank < Urgency.WEEK.rank:
            assert case.reached.rank <= reached.rank
