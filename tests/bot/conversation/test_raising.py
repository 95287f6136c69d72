"""The question about health: asked where its answer could change how soon someone must be seen, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clinical import danger, modifiers, rows, symptoms
from bot.clinical.danger_signs import AGES
from bot.conversation import course, new_state, raising
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


# What is answered about a spot, or told of it in own words

HEALTH = ("none", "unknown", *modifiers.asked())


def of_case(answers: dict[str, str]) -> Urgency:
    """How soon, by signs of danger and by what was answered about the spot."""
    reached = danger.assess(answers["age"], answers).urgency
    return course.floor(replace(new_state("en"), answers=answers, floor=reached))


@pytest.mark.parametrize("health", HEALTH)
@pytest.mark.parametrize("age", AGES)
def test_a_change_is_as_pressing_by_a_button_as_in_own_words(age: str, health: str) -> None:
    told = {**PLAIN, "age": age, "group4": "none", "health": health}
    by_button, by_words = of_case({**told, "changed": "yes"}), of_case({**told, "D42.own": "yes"})
    assert by_button is by_words
    held = modifiers.held(age, health)
    assert by_button is (Urgency.TODAY if held else Urgency.WEEK)


@pytest.mark.parametrize("health", HEALTH)
@pytest.mark.parametrize("age", AGES)
def test_no_answer_that_raises_stays_routine_whatever_makes_people_weak(age: str, health: str) -> None:
    told = dict.fromkeys(symptoms.symptoms(), "no") | {"itch": "yes", "elevation": "unknown"}
    assert of_case({**PLAIN, "age": age, "group4": "none", "health": health, **told}) is Urgency.ROUTINE


@pytest.mark.parametrize("health", HEALTH)
@pytest.mark.parametrize("age", AGES)
def test_a_painful_rash_is_raised_by_its_rules_alone(age: str, health: str) -> None:
    told = {"age": age, "health": health, "shape": "rash", "site": "trunk", "hurt": "yes"}
    assert symptoms.raised_by(told) is Urgency.WEEK
    assert symptoms.raised_by({**told, "shape": "spot"}) is (
        Urgency.TODAY if modifiers.held(age, health) else Urgency.WEEK
    )


SAID = st.lists(
    st.sampled_from(
        [
            *((key, said) for key in symptoms.symptoms() for said in ("yes", "no", "unknown")),
            *(("health", said) for said in HEALTH if said not in ("none", "unknown")),
            *(("D41", said) for said in ("yes", "no")),
            ("D42.own", "yes"),
        ]
    ),
    unique_by=lambda one: one[0],
    max_size=8,
)


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(AGES), st.sampled_from(["back", "lip", "ear"]), SAID, st.randoms(use_true_random=False)
)
def test_no_order_of_answers_about_a_spot_lowers_it_and_every_order_ends_alike(
    age: str, site: str, said: list[tuple[str, str]], chance: object
) -> None:
    orders = [said, said[::-1]]
    chance.shuffle(shuffled := list(said))  # type: ignore[attr-defined]
    ends = set()
    for order in (*orders, shuffled):
        told = {**PLAIN, "age": age, "site": site, "group4": "none"}
        before = of_case(told)
        for key, answer in order:
            told[key] = answer
            after = of_case(told)
            assert after.rank <= before.rank
            before = after
        ends.add(before)
    assert len(ends) == 1


def test_a_spot_that_its_answers_make_pressing_is_asked_about_health_and_a_harmless_one_is_not() -> None:
    told = {**PLAIN, "group4": "none"}
    assert not raising.by_spot(told)
    assert not raising.by_spot({**told, "changed": "no", "itch": "yes"})
    assert raising.by_spot({**told, "changed": "yes"})
    assert not raising.by_spot({**told, "site": "lip"})
    assert not raising.by_spot({**told, "changed": "yes", "health": "unknown"})
    # Of old age it is known already: one step, however many hold.
    assert not raising.by_spot({**told, "age": "older", "changed": "yes"})


@pytest.mark.parametrize(("age", "soon"), [("adult", "week"), ("older", "today")])
@pytest.mark.parametrize("consent", ["yes", "no"])
def test_who_refuses_a_photograph_of_a_lip_is_told_the_same_as_who_has_none(
    consent: str, age: str, soon: str
) -> None:
    talk = Talk()
    talk.say("hello")
    talk.press(f"consent.{consent}", f"age.{age}", "danger1.none", "danger3.none")
    talk.press("shape.spot", "site.lip", "danger4.none")
    if consent == "yes":
        talk.press("photo.none")
    assert course.urgency(talk.state) is Urgency(soon)
    said = {t.id for t in talk.replies[-1].paragraphs}
    assert f"findings.do.{soon}" in said
    assert ("findings.why_answers" in said) == (soon == "today")


def test_a_case_that_was_told_its_result_is_not_thrown_back() -> None:
    answers = {**PLAIN, "group4": "none", "photo": "none", "changed": "yes"}
    state = replace(new_state("en"), language="en", consent="yes", answers=answers)
    assert course.part(state) == "health"
    assert course.part(replace(state, told=state.case_version)) == "no_photo"


def test_what_must_be_seen_sooner_than_in_a_week_is_no_row_of_the_answers_about_a_spot() -> None:
    row = {
        "key": "x",
        "question": "question.changed",
        "label": "symptoms.itch",
        "source": "s",
        "tag": "design",
        "status": "unreviewed",
    }
    with pytest.raises(rows.BadRow, match="expected 'week' or 'routine'"):
        symptoms.parse({"symptoms": [{**row, "urgency": "today"}]})
