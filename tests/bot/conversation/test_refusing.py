"""Who says no to photographs hears how soon and where to go as anybody else: the same signs, the same urgency."""

from __future__ import annotations

import pytest

from bot.clinical.danger_signs import AGES
from bot.conversation import course
from bot.messages import Urgency
from tests.bot.conversation.talk import Talk, ids
from tests.bot.conversation.test_rules import begun


def refusing(age: str = "adult") -> Talk:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.no")
    talk.no_danger(age)
    return talk


def test_a_small_baby_is_sent_to_a_health_worker_today() -> None:
    talk = refusing("infant")
    reply = talk.press("shape.rash", "danger4.none")
    assert reply.key == "refused"
    assert ids(reply)[0] == "findings.do.today"
    assert "sent.infant" in ids(reply)
    assert "sent.no_danger" not in ids(reply)


def test_the_bite_of_a_dog_is_go_now() -> None:
    talk = refusing()
    assert talk.press("shape.bite").key == "danger4"
    assert talk.press("danger4.yes", "d07.no", "d25.no", "d26.yes").key == "now"


def test_a_burn_has_its_first_aid_and_goes_today() -> None:
    reply = refusing().press("shape.burn", "danger4.none")
    assert ids(reply)[:2] == ["findings.do.today", "now.aid.burn"]


def test_a_hot_swollen_spot_goes_today_and_diabetes_makes_that_now() -> None:
    talk = refusing()
    reply = talk.press("shape.spot", "site.arm", "danger4.yes", "d14.yes")
    assert (talk.state.floor, reply.key) == (Urgency.TODAY, "health")
    assert talk.press("health.diabetes").key == "now"


def test_a_spot_without_any_sign_is_shown_on_the_next_visit_and_is_not_called_safe() -> None:
    reply = refusing().press("shape.spot", "site.back", "danger4.none")
    assert ids(reply) == ["findings.do.routine", "sent.no_danger", "findings.watch"]
    palm = refusing()
    palm.press("shape.spot", "site.hand", "danger4.yes")
    while palm.replies[-1].key.startswith("d"):
        key = palm.replies[-1].key
        palm.press(f"{key}.yes" if key == "d47" else f"{key}.no")
    assert ids(palm.well()) == ["findings.do.week", "findings.watch"]
    lip = refusing().press("shape.spot", "site.lip", "danger4.none")
    assert ids(lip) == ["findings.do.week", "findings.watch"], "no word of no danger sign beside a week"
    rash = refusing().press("shape.rash", "site.back", "danger4.none")
    assert ids(rash) == ["findings.do.routine", "sent.no_danger", "sent.rash_today"]


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize("problem", ["spot", "rash", "bite", "burn", "other"])
@pytest.mark.parametrize("site", ["face", "leg_foot", "private"])
def test_no_answer_of_a_no_is_less_pressing_than_that_of_a_yes(age: str, problem: str, site: str) -> None:
    """Of what is said of danger and place alone; what rules and model find in a look or a photograph may be more pressing."""
    said = refusing(age)
    agreed = begun(age=age)
    for talk in (said, agreed):
        talk.press(f"shape.{problem}")
        if course.part(talk.state) == "site":
            talk.press(f"site.{site}")
        talk.press("danger4.none")
    now = (age, problem) == ("infant", "burn")
    assert said.replies[-1].key == ("now" if now else "refused")
    if course.part(agreed.state) in course.RESULTS:
        assert course.urgency(said.state) is course.urgency(agreed.state)
    assert course.urgency(said.state).rank <= course.floor(agreed.state).rank


def test_who_agrees_later_goes_on_where_they_are() -> None:
    talk = refusing()
    # The button stood under a result of before kind and place were asked of a no.
    assert talk.press("consent.yes").key == "shape"
    assert talk.state.consent == "yes"
    late = refusing()
    late.press("shape.spot", "site.back", "danger4.none")
    assert late.press("consent.yes").key == "photo"
    # No photograph is looked at between.
    assert late.state.photos == ()
