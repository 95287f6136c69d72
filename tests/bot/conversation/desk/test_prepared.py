"""Prepared answers of a clinician's chat: none says less than the signs of danger, none goes out beside a time that contradicts it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.desk import Around, Case, DeskState, DeskStep, step
from bot.conversation.desk.events import AnswerCase, Waiting
from bot.conversation.events import Said
from bot.conversation.here import Here
from bot.conversation.state import new_state
from bot.messages import Inbound, Urgency
from tests.bot.conversation.desk.bench import shown

CODE = "K7-42"


def pressed(*choices: str, floor: Urgency | None = None) -> DeskStep:
    """The step of the last of these buttons; the case's code stands before each."""
    taken = Waiting(Case(CODE, replace(new_state("en"), floor=floor), 1.0, 1.0), 1.0)
    desk = DeskState(
        role="clinician", language="en", here=Here(channel="telegram"), notice_in="en", current=CODE
    )
    for choice in choices:
        item = Inbound("choice", choice=f"{CODE}~{choice}")
        done = step(
            desk,
            Said((item,), 9.0, here=Here(channel="telegram")),
            {},
            Around((), clinicians=True, taken=(taken,)),
        )
        desk = done.desk
    return done


def sent(done: DeskStep) -> list[Urgency | None]:
    return [one.opinion for one in done.effects if isinstance(one, AnswerCase)]


@pytest.mark.parametrize("soon", ["now", "today"])
def test_a_prepared_answer_does_not_go_out_beside_a_time_that_contradicts_it(soon: str) -> None:
    done = pressed("say.watch", f"send.{soon}")
    assert sent(done) == []
    (reply,) = done.replies
    assert "Look at it again in a week" in shown(reply)
    assert "does not go with" in shown(reply)
    assert f"{CODE}~send.week" in [one.code for one in reply.choices]
    assert done.desk.draft == "[[watch]]", "nothing is lost"
    assert sent(pressed("say.watch", f"send.{soon}", "send.week")) == [Urgency.WEEK]


@pytest.mark.parametrize("soon", ["week", "routine", "as_before"])
def test_one_that_fits_goes_out(soon: str) -> None:
    assert sent(pressed("say.watch", f"send.{soon}")) == [None if soon == "as_before" else Urgency(soon)]


def test_a_prepared_answer_that_says_less_than_the_signs_of_danger_is_not_drafted() -> None:
    done = pressed("say.watch", floor=Urgency.TODAY)
    assert "more urgent than this" in shown(done.replies[0])
    assert done.desk.draft == ""
    assert sent(pressed("say.watch", "send.as_before", floor=Urgency.TODAY)) == []


def test_a_time_that_is_less_than_the_signs_needs_own_words_beside_a_prepared_answer_too() -> None:
    done = pressed("say.photo", "send.routine", floor=Urgency.TODAY)
    assert sent(done) == []
    assert "more urgent than this" in shown(done.replies[0])
    assert sent(pressed("say.photo", "send.routine", "send.as_before", floor=Urgency.TODAY)) == [None]
    taken = Waiting(Case(CODE, replace(new_state("en"), floor=Urgency.TODAY), 1.0, 1.0), 1.0)
    desk = DeskState(
        role="clinician",
        language="en",
        here=Here(channel="telegram"),
        notice_in="en",
        current=CODE,
        draft="An old scar",
    )
    said = Said((Inbound("choice", choice=f"{CODE}~send.routine"),), 9.0, here=Here(channel="telegram"))
    own = step(desk, said, {}, Around((), clinicians=True, taken=(taken,)))
    assert sent(own) == [Urgency.ROUTINE], "the clinician answers for their own words"
