"""What the rules may never tell, over many answers: not later than a sign allows, nothing of another part of the body."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from bot.clinical import conditions, danger, questions
from bot.clinical.danger_signs import kind_of
from bot.conversation import course, new_state, others, results, ruled
from bot.conversation.state import ChatState
from bot.messages import Condition, Findings, Urgency
from tests.bot.conversation.talk import Talk, ids

SITES = ("face", "nose", "head_neck", "trunk", "back", "arm", "forearm", "hand", "leg_foot", "many")
AGES = ("child", "adult", "middle", "older")
LIMBS = {"arm", "forearm", "hand", "leg_foot"}
# Home advice that is for one part of the body, and where it may be said.
ONLY_AT = {
    "home.raise_limb": LIMBS,
    "home.sore_move": LIMBS | {"many"},
    "home.feet": {"leg_foot", "many"},
    "home.limb": {"leg_foot", "many"},
    "home.arm": LIMBS - {"leg_foot"},
    "home.toes": {"leg_foot", "many"},
    "home.scalp": {"head_neck", "many"},
    "home.away": {"arm", "forearm", "hand", "many"},
}


def drawn(rng: random.Random) -> dict[str, str]:
    """The answers of somebody with a rash or a wound; what was asked of them is as random as what they say."""
    told = {"age": rng.choice(AGES), "group1": "none", "group3": "none", "group4": "none"}
    told |= {"shape": "rash"} if rng.random() < 0.75 else {"shape": "wound", "wound_kind": "other"}
    told |= {"site": rng.choice(SITES), "health": rng.choice(("none", "none", "diabetes", "pregnant"))}
    kind = kind_of(told)
    if kind == "rash":
        looks = [look.answer for look in questions.looks().values() if look.fits(told["site"])]
        told[questions.LOOK] = rng.choice([*looks, "unknown"])
    fitting = [
        one
        for one in questions.questions().values()
        if kind in one.kinds
        and (not one.ages or told["age"] in one.ages)
        and (not one.sites or told["site"] in one.sites)
    ]
    often = rng.choice((0.2, 0.35, 0.6))
    for one in rng.sample(fitting, rng.randint(2, 8)):
        told[one.key] = "yes" if rng.random() < often else rng.choice(("no", "no", "unknown"))
        if one.sign and told[one.key] == "yes":
            told[one.sign] = "yes"
    return told


def state_of(told: dict[str, str], findings: Findings | None = None) -> ChatState:
    """A chat that has come to its result with these answers."""
    floor = danger.assess(told["age"], told).urgency
    found = findings or ruled.findings(told, floor or Urgency.ROUTINE)
    return replace(new_state(), language="en", consent="yes", answers=told, floor=floor, findings=found)


@cache
def cases() -> tuple[ChatState, ...]:
    rng = random.Random(27)
    drawn_ones = (state_of(drawn(rng)) for _ in range(3000))
    return tuple(state for state in drawn_ones if course.part(state) == "findings")


def with_yes(*keys: str) -> Iterator[ChatState]:
    for state in cases():
        if any(state.answers.get(key) == "yes" for key in keys):
            yield state


def test_a_fever_or_a_new_weakness_is_never_told_to_wait_beyond_today() -> None:
    found = list(with_yes("fever", "weak"))
    assert len(found) > 200
    for state in found:
        assert course.soon(state) is Urgency.TODAY, state.answers


def test_the_result_of_today_lets_nobody_work() -> None:
    found = [state for state in cases() if course.soon(state) is Urgency.TODAY]
    assert len(found) > 200
    for state in found:
        said = {text.id for text in others.work(state)}
        assert not said & {"work.may", "work.covered"}, (state.answers, said)


@pytest.mark.parametrize("code", ["BCC", "NEV", "SEK"])
def test_what_the_model_names_lets_nobody_work_today_either(code: str) -> None:
    told = {"age": "adult", "group1": "none", "group3": "none", "group4": "yes", "D14": "yes"}
    told |= {"shape": "spot", "site": "back", "health": "none", "changed": "no", "skin": "2"}
    state = state_of(told, Findings((Condition(code, "likely"),), Urgency.WEEK))
    state = replace(state, photos=("p",))
    assert course.soon(state) is Urgency.TODAY
    assert [text.id for text in others.work(state)] == ["work.rest"]


def test_home_advice_is_of_the_part_of_the_body_that_was_named() -> None:
    seen: set[str] = set()
    for state in cases():
        for text in others.home(state):
            seen.add(text.id)
            assert state.answers["site"] in ONLY_AT.get(text.id, SITES), (state.answers, text.id)
    assert seen >= {"home.raise_limb", "home.feet", "home.limb", "home.arm", "home.toes", "home.edge"}


@pytest.mark.parametrize("code", sorted(conditions.everything()))
@pytest.mark.parametrize("site", SITES)
def test_of_every_condition_home_advice_fits_every_place_where_it_is_asked(code: str, site: str) -> None:
    said = conditions.entry(code).home_for("adult", site).id
    assert site in ONLY_AT.get(said, SITES) or code in ("TINEA_FOOT", "TINEA_SCALP")


def test_a_swollen_arm_or_leg_is_a_reason_only_where_there_is_one() -> None:
    for state in cases():
        assert state.findings is not None
        if {"because.look_swelling", "because.swollen_limb"} & set(state.findings.reasons):
            assert state.answers["site"] in LIMBS | {"many"}, state.answers


# What one case after the other is asked and told


def rash(age: str, site: str, fitting: str = "none") -> Talk:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    talk.no_danger(age)
    talk.press("shape.rash", f"site.{site}", f"danger4.{fitting}")
    return talk


def through(talk: Talk, look: str, *yes: str, health: str = "none") -> list[str]:
    """The keys of what is asked, to the end: yes to these, and no to the rest."""
    asked: list[str] = []
    while course.part(talk.state) not in (*course.RESULTS, "now"):
        key = talk.replies[-1].key
        asked.append(key)
        said = {questions.LOOK: look, "health": health}.get(key, "yes" if key in yes else "no")
        talk.press(f"{key}.{said}")
        assert len(asked) < 20
    return asked


@pytest.mark.parametrize("age", ["child", "adult", "older"])
@pytest.mark.parametrize("site", ["many", "trunk", "face"])
def test_blisters_in_crops_are_asked_of_every_age_and_a_pregnant_woman_goes_today(
    age: str, site: str
) -> None:
    talk = rash(age, site)
    asked = through(talk, "blisters", "crops", health="pregnant")
    assert {"crops", "health"} <= set(asked)
    assert ids(talk.replies[-1])[0] == "findings.do.today"
    assert "findings.apart" in ids(talk.replies[-1])
    assert [text.id for text in others.work(talk.state)] == ["work.crusts"]


def test_who_has_raised_marks_is_asked_first_whether_they_fainted() -> None:
    talk = rash("adult", "trunk")
    talk.press("look.weals")
    assert talk.replies[-1].paragraphs[0].id == "danger.sign.d07"
    talk.press("faint.yes")
    assert course.part(talk.state) == "now"
    assert "faint" not in through(rash("adult", "trunk"), "dry")


def test_pus_on_another_skin_disease_can_be_caught_from_it() -> None:
    told = {"age": "child", "group1": "none", "group3": "none", "group4": "none", "site": "forearm"}
    told |= {"shape": "rash", "health": "none", "look": "dry", "folds": "yes", "crust": "yes"}
    named = (Condition("ECZEMA", "likely"), Condition("PSORIASIS", "possible"))
    state = state_of(told, Findings(named, Urgency.TODAY, basis="rules"))
    assert [text.id for text in others.catching(state)] == ["contagious.touch"]
    assert [text.id for text in others.work(state)] == ["work.crust"]
    assert [text.id for text in others.home(state)] == ["home.wash_cover", "home.dry", "home.scale"]


@pytest.mark.parametrize(
    ("code", "catching"), [("LEISH", "contagious.insects"), ("SCABIES", "contagious.touch")]
)
def test_a_sores_own_crust_is_no_other_disease_but_pus_on_top_is(code: str, catching: str) -> None:
    told = {"age": "adult", "group1": "none", "group3": "none", "group4": "none", "site": "arm"}
    told |= {"shape": "rash", "health": "none", "look": "crust"}
    state = state_of(told, Findings((Condition(code, "likely"),), Urgency.WEEK, basis="rules"))
    assert catching in [text.id for text in others.catching(state)]


def test_a_child_with_a_contact_hears_nothing_of_sex() -> None:
    for age, home in (("child", "home.apart_child"), ("adult", "home.apart")):
        talk = rash(age, "trunk", "yes")
        through(talk, "blisters", "d36")
        assert home in {text.id for text in others.home(talk.state)}


@pytest.mark.parametrize("more", [("hurt",), ()])
def test_eczema_that_hurts_is_seen_today(more: tuple[str, ...]) -> None:
    talk = rash("adult", "forearm")
    asked = through(talk, "dry", "folds", "itch", *more)
    assert asked.count("hurt") == 1
    assert "ECZEMA" in [c.code for c in results.named(talk.state)]
    assert course.soon(talk.state) is (Urgency.TODAY if more else Urgency.WEEK)


def test_eczema_with_blisters_is_seen_today() -> None:
    talk = rash("adult", "forearm")
    object.__setattr__(
        talk.state, "answers", {**talk.state.answers, "folds": "yes", "itch": "yes", "comes_goes": "yes"}
    )
    through(talk, "blisters")
    assert course.soon(talk.state) is Urgency.TODAY


@pytest.mark.parametrize("more", [("eye",), ()])
def test_who_may_have_river_blindness_is_asked_about_the_eyes(more: tuple[str, ...]) -> None:
    talk = rash("adult", "leg_foot")
    asked = through(talk, "dry", "shins", "firm_lumps", "river", "itch", "weeks4", *more)
    assert asked.count("eye") == 1
    assert "ONCHO" in [c.code for c in results.named(talk.state)]
    assert course.soon(talk.state) is (Urgency.TODAY if more else Urgency.WEEK)
