"""The question about health: asked where its answer could change how soon someone must be seen, and nowhere else."""

from __future__ import annotations

import pytest

from bot.clinical import danger, modifiers
from bot.conversation import course, raising
from bot.messages import Reply, Urgency
from tests.bot.conversation.talk import Talk, waiting

PLAIN = {
    "age": "adult",
    "group1": "none",
    "group2": "none",
    "group3": "none",
    "shape": "spot",
    "site": "back",
}


def hot_place(talk: Talk) -> Reply:
    """A sign of today is told of in passing; the more pressing one that the words could mean too is denied."""
    talk.say("and one place is hot swollen and painful")
    return talk.press("d08.no")


def test_a_spot_without_any_sign_goes_through_without_it() -> None:
    talk = waiting()
    assert "health" not in talk.state.answers
    assert "health" not in [reply.key for reply in talk.replies]


@pytest.mark.parametrize("health", modifiers.asked())
def test_a_sign_that_was_reached_brings_it_and_the_answer_raises(health: str) -> None:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    talk.no_danger()
    assert hot_place(talk).key == "d14"
    talk.press("d14.yes")
    assert talk.replies[-1].key == "health"
    assert talk.state.floor is Urgency.TODAY
    assert talk.press(f"health.{health}").key == "now"


def test_a_rash_whose_rules_name_it_is_asked_before_its_result() -> None:
    """Chickenpox in pregnancy, scabies of a frail person: the rows `sooner` of community.yaml."""
    itchy = {**PLAIN, "shape": "rash", "site": "many", "group4": "none", "look": "itchy"}
    itchy |= {"itch_night": "yes", "home_itch": "yes", "webs": "yes"}
    assert raising.by_rules(itchy)
    assert not raising.by_rules({**itchy, "health": "none"})
    assert not raising.by_rules({**itchy, "age": "infant"})


@pytest.mark.parametrize("sign", ["D14", "D41", "D44"])
def test_where_it_is_not_asked_no_answer_would_have_changed_the_signs(sign: str) -> None:
    for answer in ("yes", "no"):
        told = {**PLAIN, "group4": "yes", sign: answer}
        plain = danger.assess("adult", {**told, "health": "none"}).urgency
        held = {danger.assess("adult", {**told, "health": key}).urgency for key in modifiers.asked()}
        assert raising.by_signs(told) == (held != {plain})
        assert raising.by_signs(told) == (answer == "yes")


def test_it_is_asked_once() -> None:
    told = {**PLAIN, "group4": "yes", "D14": "yes"}
    assert raising.by_signs(told)
    assert not raising.by_signs({**told, "health": "unknown"})


def test_findings_that_come_while_it_is_asked_do_not_ask_it_twice() -> None:
    talk = waiting()
    hot_place(talk)
    assert talk.press("d14.yes").key == "health"
    assert talk.found(("NEV", "likely")).key == "silence"
    assert talk.press("health.none").key == "findings"


def test_an_urgency_that_findings_gave_does_not_fall_while_a_sign_is_asked_after_them() -> None:
    talk = waiting()
    talk.found(("MEL", "possible"), urgency="today")
    assert course.urgency(talk.state) is Urgency.TODAY
    assert hot_place(talk).key == "d14"
    assert course.urgency(talk.state) is Urgency.TODAY
