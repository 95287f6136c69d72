"""One sore in the mouth or on private parts, told in own words: the second question of its row decides, as after a button."""

from __future__ import annotations

import pytest

from bot.messages import Urgency
from tests.bot.conversation.talk import Talk, ids
from tests.bot.conversation.test_danger_words import at_danger, at_site, told


@pytest.mark.parametrize("moment", [at_danger, at_site, told])
@pytest.mark.parametrize("text", ["I have a small sore in my mouth", "only a sore on my penis, no fever"])
def test_one_sore_asks_for_fever_a_rash_or_blisters(moment: type[Talk], text: str):
    talk = moment()
    reply = talk.say(text)
    assert reply.key == "d18also"
    assert ids(reply)[0] == "danger.heard"
    assert talk.press("d18also.no").key != "now"
    assert talk.state.answers["D18"] == "yes"
    assert talk.state.floor is Urgency.TODAY


def test_the_yes_to_the_second_question_means_now():
    talk = at_site()
    talk.say("mouth ulcer")
    assert talk.press("d18also.yes").key == "now"


def test_the_second_question_is_not_answered_by_the_sore_said_again():
    talk = at_site()
    talk.say("mouth ulcer")
    assert talk.say("a sore in my mouth").key == "d18also"
    assert talk.state.answers.get("D18.also") is None


def test_fever_said_with_it_or_after_it_means_now():
    assert at_site().say("sores in my mouth and fever").key == "now"
    talk = at_site()
    talk.say("mouth ulcer")
    assert talk.say("sores in my mouth and I have a fever").key == "now"


def test_who_denied_the_rest_is_not_asked_for_it_again():
    talk = at_site()
    talk.say("mouth ulcer")
    talk.press("d18also.no")
    assert talk.say("I told you, a sore in my mouth").key != "d18also"
    assert talk.state.floor is Urgency.TODAY


def test_before_consent_it_is_kept_and_its_second_question_comes_first():
    talk = Talk()
    talk.say("hello, I have a sore in my mouth")
    assert talk.press("consent.yes", "age.adult").key == "d18also"


@pytest.mark.parametrize("text", ["a black mole on my toe", "My toenail is black, what is it?"])
def test_a_mole_or_a_black_nail_does_not_end_a_talk(text: str):
    talk = at_site()
    assert talk.say(text).key != "now"
    assert talk.state.floor is not Urgency.NOW
