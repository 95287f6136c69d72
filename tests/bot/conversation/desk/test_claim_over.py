"""A clinician's answer is not lost where their time for the case ran out, and is not sent where the case is gone."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.desk import Around, Case, DeskState, step
from bot.conversation.desk.events import AnswerCase, DeskStep, TakeCase, Waiting
from bot.conversation.events import Said
from bot.conversation.here import Here
from bot.conversation.state import new_state
from bot.messages import Inbound, Urgency

CASE = Case("K7-42", replace(new_state("en"), floor=Urgency.TODAY), opened_at=0, touched_at=0, escalated=True)
WAITING = Waiting(CASE, 0.0)
WAITS = Around((), clinicians=True, queue=(WAITING,))
MINE = Around((), clinicians=True, taken=(WAITING,))
GONE = Around((), clinicians=True)
WORDS = "Looks like cellulitis. To the clinic today, and mark the edge."


def go(desk: DeskState, around: Around, text: str = "", choice: str = "") -> DeskStep:
    item = Inbound("choice", choice=choice) if choice else Inbound("message", text=text)
    return step(desk, Said((item,), 10.0, here=Here(channel="telegram")), {}, around)


def taken() -> DeskState:
    desk = DeskState(role="clinician", language="en", here=Here(channel="telegram"), notice_in="en")
    return go(desk, WAITS, "take K7-42").desk


def said(done: DeskStep) -> list[str]:
    return [text.id for text in done.replies[-1].paragraphs]


def test_words_for_a_case_that_waits_again_take_it_again_and_are_read_back() -> None:
    done = go(taken(), WAITS, WORDS)
    assert done.effects == (TakeCase("K7-42"),)
    assert done.desk.draft == WORDS
    assert "clinic.read_back" in said(done)


def test_an_answer_that_was_read_back_is_sent_though_the_time_ran_out_between() -> None:
    desk = go(taken(), MINE, WORDS).desk
    done = go(desk, WAITS, choice="K7-42~send.today")
    assert done.effects == (TakeCase("K7-42"), AnswerCase("K7-42", WORDS, Urgency.TODAY))


def test_of_a_case_that_is_gone_it_is_said_that_nothing_was_sent() -> None:
    desk = go(taken(), MINE, WORDS).desk
    done = go(desk, GONE, choice="K7-42~send.today")
    assert said(done) == ["clinic.lost"]
    assert not done.effects
    assert said(go(taken(), GONE, WORDS))[-1] == "clinic.lost"


def test_words_without_a_case_take_none() -> None:
    desk = DeskState(role="clinician", language="en", here=Here(channel="telegram"), notice_in="en")
    assert said(go(desk, WAITS, WORDS)) == ["clinic.take_first"]
