"""The questions that matter: asked as planned, or in a fixed order where no plan comes; nobody is left without a word."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation import course, from_json, to_json
from bot.conversation.events import PlanReady, Ticked, WantFindings, WantPlan
from bot.conversation.planning import ASKED, PLAN_S
from bot.messages import Inbound, Plan, Question
from bot.plans import MOST
from tests.bot.conversation.plans import PLANS
from tests.bot.conversation.talk import Talk, ids

PLAN = Plan(
    Question("elevation", yes=Question("hurt"), no=Question("itch", yes=Question("bleed")), unknown=None)
)


def asked_for(plan: Plan | None = None, *, plans: bool = True) -> Talk:
    """A talk that has just told all but what matters of the spot."""
    talk = Talk(plan=plan, plans=plans)
    talk.photo()
    talk.press("consent.yes")
    talk.no_danger()
    talk.press("shape.spot", "site.back", "danger4.none")
    return talk


def plans_wanted(talk: Talk) -> list[WantPlan]:
    return [e for e in talk.effects if isinstance(e, WantPlan)]


def planned(talk: Talk, plan: Plan | None, version: int | None = None) -> None:
    talk.event(PlanReady(version or talk.state.case_version, plan, talk.at))


@pytest.mark.parametrize(
    ("answers", "questions"),
    [
        (("yes", "no"), ("elevation", "hurt")),
        (("no", "no"), ("elevation", "itch")),
        (("no", "yes", "unknown"), ("elevation", "itch", "bleed")),
        (("unknown",), ("elevation",)),
    ],
)
def test_the_plan_is_walked_and_its_answers_go_to_the_findings(
    answers: tuple[str, ...], questions: tuple[str, ...]
) -> None:
    talk = asked_for(PLAN)
    for answer, question in zip(answers, questions, strict=True):
        assert talk.replies[-1].key == question
        reply = talk.press(f"{question}.{answer}")
    assert reply.key == "silence"
    told = talk.wanted().answers
    assert {q: told.get(q) for q in questions} == {
        q: a if a != "unknown" else None for q, a in zip(questions, answers, strict=True)
    }
    assert len(plans_wanted(talk)) == 1
    assert talk.found(("NEV", "likely")).key == "findings"


def test_nothing_more_is_asked_of_a_spot_that_a_health_worker_looks_at_anyway() -> None:
    talk = asked_for(Plan(Question("bleed", yes=Question("hurt"))))
    assert talk.press("bleed.yes").key == "health"
    talk.press("health.none")
    assert talk.wanted().answers["bleed"] == "yes"
    assert talk.wanted().floor == "week"
    talk = Talk()
    talk.photo()
    talk.press("consent.yes")
    talk.no_danger()
    talk.press("shape.spot", "site.back", "danger4.yes")
    while course.part(talk.state) in ("danger", "health"):
        key = talk.replies[-1].key
        talk.press("health.none" if key == "health" else f"{key}.{'yes' if key == 'd14' else 'no'}")
    assert talk.wanted().floor == "today"
    assert not plans_wanted(talk)


def test_where_no_answer_matters_findings_are_asked_for_at_once() -> None:
    talk = asked_for(Plan())
    assert isinstance(talk.effects[-1], WantFindings)
    assert talk.found(("NEV", "likely")).key == "findings"


def test_asking_the_engine_is_not_said_and_offers_nothing() -> None:
    talk = asked_for(plans=False)
    assert course.part(talk.state) == "planning"
    assert talk.replies[-1].key == "danger4"
    assert talk.state.offered == ()
    assert talk.state.wake_at == talk.at + PLAN_S


def test_a_plan_that_does_not_come_gives_way_to_the_fixed_order_and_is_dropped_when_it_does() -> None:
    talk = asked_for(plans=False)
    began = talk.at
    talk.event(Ticked(began + PLAN_S - 0.1))
    assert course.part(talk.state) == "planning"
    talk.event(Ticked(began + PLAN_S))
    assert talk.replies[-1].key == ASKED[0]
    before = talk.state
    planned(talk, PLAN)
    assert talk.state == before
    for question in ASKED:
        assert talk.replies[-1].key == question
        talk.press(f"{question}.no")
    assert isinstance(talk.effects[-1], WantFindings)


def test_an_engine_that_can_make_no_plan_leaves_the_fixed_order() -> None:
    talk = asked_for(None)
    assert talk.replies[-1].key == ASKED[0]


def test_whoever_writes_while_the_plan_is_made_hears_that_work_goes_on() -> None:
    talk = asked_for(plans=False)
    began = talk.at
    assert ids(talk.say("hello?")) == ["findings.still_looking"]
    assert ids(talk.press("danger4.none")) == ["button.old", "findings.still_looking"]
    assert ids(talk.hear(Inbound("unusable", unusable="voice"))) == [
        "unusable.voice",
        "findings.still_looking",
    ]
    assert talk.state.wake_at == began + PLAN_S
    planned(talk, PLAN)
    assert talk.replies[-1].key == "elevation"


def test_a_topic_asked_for_while_the_plan_is_made_is_answered_with_the_findings() -> None:
    talk = asked_for(plans=False)
    talk.say("is it dangerous?")
    planned(talk, Plan())
    talk.found(("SEK", "likely"), urgency="routine")
    assert [r.key for r in talk.replies[-2:]] == ["findings", "answer.danger"]


def test_a_new_photograph_makes_the_plan_void_and_what_was_answered_is_not_asked_again() -> None:
    talk = asked_for(PLAN)
    first = plans_wanted(talk)[0]
    talk.press("elevation.no", "itch.unknown")
    talk.plans = False
    talk = asked_for(PLAN)
    talk.press("elevation.no")
    talk.plans = False
    assert talk.photo("p2").key == "silence"
    again = plans_wanted(talk)[-1]
    assert again.case_version == first.case_version + 1
    assert again.photo_ids == ("id-p1", "id-p2")
    assert again.answers["elevation"] == "no"
    planned(talk, PLAN, version=first.case_version)
    assert course.part(talk.state) == "planning"
    planned(talk, Plan(Question("grew")))
    assert ids(talk.replies[-1]) == ["photo.got", "question.grew"]
    talk.press("grew.unknown")
    assert talk.wanted().photo_ids == ("id-p1", "id-p2")
    assert talk.wanted().answers["elevation"] == "no"


def test_dont_know_is_told_to_the_next_plan_and_not_to_the_findings() -> None:
    talk = asked_for(PLAN)
    talk.press("elevation.no", "itch.unknown")
    talk.photo("p2")
    assert plans_wanted(talk)[-1].answers["itch"] == "unknown"
    assert "itch" not in talk.wanted().answers


def test_a_late_plan_changes_nothing_once_findings_are_asked_for() -> None:
    talk = asked_for(None)
    for question in ASKED:
        talk.press(f"{question}.no")
    before = talk.state
    planned(talk, PLAN)
    assert talk.state == before


def test_a_plan_waits_for_who_has_stopped_and_is_walked_when_they_write() -> None:
    talk = asked_for(plans=False)
    talk.say("stop")
    replies = len(talk.replies)
    planned(talk, PLAN)
    assert len(talk.replies) == replies
    reply = talk.say("hello")
    assert ids(reply)[0] == "resume.hello"
    assert reply.key == "elevation"


def test_who_stopped_is_not_woken_for_a_plan_and_not_left_alone_after() -> None:
    talk = asked_for(plans=False)
    began = talk.at
    talk.say("stop")
    assert talk.state.wake_at is not None
    assert talk.state.wake_at > began + PLAN_S
    talk.at = began + 3_600
    talk.say("hello")
    assert talk.state.wake_at == began + PLAN_S  # at once
    talk.event(Ticked(talk.at))
    assert talk.replies[-1].key == ASKED[0]


@pytest.mark.parametrize("plan", [PLAN, Plan()])
def test_a_plan_is_not_put_over_a_question_that_stands_open(plan: Plan) -> None:
    talk = asked_for(plans=False)
    talk.say("delete my data")
    replies = len(talk.replies)
    planned(talk, plan)
    assert len(talk.replies) == replies
    assert isinstance(talk.effects[-1], WantFindings) == (plan.first is None)
    reply = talk.press("delete.no")
    assert reply.key == ("elevation" if plan.first else "looking")


def test_a_plan_that_comes_while_danger_is_asked_waits_for_its_answer() -> None:
    talk = asked_for(plans=False)
    talk.say("his leg is hot and swollen and very sore")
    if course.part(talk.state) == "danger":
        replies = len(talk.replies)
        planned(talk, PLAN)
        assert len(talk.replies) == replies
    else:
        raise AssertionError(course.part(talk.state))
    while course.part(talk.state) == "danger":
        reply = talk.press(f"{talk.replies[-1].key}.no")
    assert reply.key == "elevation"


def test_who_is_handed_over_is_asked_nothing_of_a_plan_and_the_engine_nothing_either() -> None:
    talk = asked_for(plans=False)
    talk.say("I want to die")
    assert talk.state.handover
    replies, effects = len(talk.replies), len(talk.effects)
    planned(talk, Plan())
    assert (len(talk.replies), len(talk.effects)) == (replies, effects)


def test_without_a_photograph_the_fixed_order_is_asked_without_the_engine() -> None:
    talk = Talk(plans=False)
    talk.say("hello")
    talk.press("consent.yes")
    talk.no_danger()
    talk.press("shape.spot", "site.back", "danger4.none")
    assert talk.press("photo.none").key == ASKED[0]
    assert not plans_wanted(talk)


@settings(deadline=None, max_examples=60)
@given(PLANS, PLANS, st.lists(st.sampled_from(["yes", "no", "unknown", "photo"]), min_size=8, max_size=8))
def test_every_plan_ends_in_findings_after_at_most_four_questions(
    first: Plan, second: Plan, answers: list[str]
) -> None:
    talk = asked_for(first)
    asked: list[str] = []
    for answer in answers:
        if course.part(talk.state) != "question":
            break
        if answer == "photo":
            talk.plan = second
            talk.photo(f"p{len(talk.replies)}")
            continue
        asked.append(talk.replies[-1].key)
        talk.press(f"{asked[-1]}.{answer}")
    if course.part(talk.state) == "waiting":
        assert isinstance(talk.effects[-1], WantFindings)
        assert talk.wanted().case_version == talk.state.case_version
    assert len(asked) == len(set(asked)) <= MOST


def test_a_state_of_before_plans_still_waits_for_its_findings() -> None:
    talk = asked_for(None)
    for question in ASKED:
        talk.press(f"{question}.no")
    held = json.loads(to_json(talk.state))
    for name in ("planned", "planned_at", "planned_for", "plan", "unplanned"):
        del held[name]
    old = from_json(json.dumps(held))
    assert course.part(old) == "waiting"
    talk.state = old
    assert talk.found(("NEV", "likely")).key == "findings"


def test_a_stored_plan_that_cannot_be_read_costs_the_plan_and_nothing_else() -> None:
    talk = asked_for(PLAN)
    held = json.loads(to_json(talk.state))
    held["plan"] = {"first": ["cough", None, None, None]}
    state = from_json(json.dumps(held))
    assert state == dataclasses.replace(talk.state, plan=None, unplanned=talk.state.case_version)
    talk.state = state
    assert talk.say("hello").key == ASKED[0]
