"""Which question comes next: at most four, each of use, and what answers may never do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clinical import asking, community, conditions, questions, weighing
from bot.clinical.danger_signs import AGES, fitting, kind_of
from bot.conversation import ruled
from bot.messages import Urgency

Answers = dict[str, str]
SITES = ("face", "head_neck", "trunk", "arm", "hand", "leg_foot", "many")
SAID = st.sampled_from(["yes", "no", "no", "unknown"])


@st.composite
def cases(draw: st.DrawFn, kind: str = "") -> Answers:
    """What is told before the rules ask."""
    kind = kind or draw(st.sampled_from(asking.KINDS))
    age = draw(st.sampled_from([a for a in AGES if a != "infant"]))
    told = {"age": age, "health": draw(st.sampled_from(["none", "unknown", "diabetes", "pregnant", "frail"]))}
    told |= {"shape": "rash"} if kind == "rash" else {"shape": "wound", "wound_kind": "other"}
    told["site"] = draw(st.sampled_from(SITES))
    shown = fitting(age, kind, told["site"])
    told["group4"] = draw(st.sampled_from(["none", "none", "yes"]))
    if told["group4"] == "yes":
        told |= {s.id: draw(st.sampled_from(["yes", "no"])) for s in shown}
    return told


def played(told: Answers, answer: Callable[[str], str]) -> tuple[Answers, list[str]]:
    """The answers after all questions, and the questions in order."""
    told, asked = dict(told), []
    while key := asking.following(told):
        asked.append(key)
        assert len(asked) <= asking.MOST or asked[asking.MOST :] == [asking.owed(told)]
        told[key] = answer(key)
    return told, asked


@settings(max_examples=150, deadline=None)
@given(cases(), st.data())
def test_it_always_ends_within_four_questions_and_one_that_is_owed_and_asks_none_twice(
    told: Answers, data: st.DataObject
) -> None:
    looks = [look.answer for look in questions.looks().values()] + ["unknown"]

    def answer(key: str) -> str:
        return data.draw(st.sampled_from(looks) if key == questions.LOOK else SAID)

    known = questions.spent(told)
    _, asked = played(told, answer)
    assert len(asked) == len(set(asked)) <= asking.MOST + 1
    assert not set(asked) & known


@settings(max_examples=60, deadline=None)
@given(cases(), st.data())
def test_where_it_stops_early_no_single_answer_would_change_what_is_done(
    told: Answers, data: st.DataObject
) -> None:
    told, asked = played(told, lambda key: "unknown" if key == questions.LOOK else data.draw(SAID))
    if len(asked) >= asking.MOST:
        return
    so_far = weighing.case_of(told)
    before = asking.told_to_do(so_far)
    kind = kind_of(told)
    for one in questions.questions().values():
        fits = kind in one.kinds and (not one.sites or told["site"] in one.sites)
        if fits and one.key not in questions.spent(told):
            for answer in ("yes", "no"):
                after = weighing.case_of({**told, one.key: answer})
                assert asking.told_to_do(after, so_far=so_far) == before, one.key


@settings(max_examples=300, deadline=None)
@given(cases(), st.sampled_from(sorted(community.rules())), st.data())
def test_an_answer_that_raises_a_condition_never_lowers_it(
    told: Answers, code: str, data: st.DataObject
) -> None:
    rule = community.rules()[code]
    if kind_of(told) not in rule.kinds:
        told |= {"shape": "wound", "wound_kind": "other"} if "other" in rule.kinds else {"shape": "rash"}
    clue = data.draw(st.sampled_from([c for c in rule.raises if c.ask in questions.questions()]))
    others = data.draw(st.dictionaries(st.sampled_from(sorted(questions.questions())), SAID, max_size=6))
    case = weighing.case_of({**told, **others})
    case = replace(case, said={k: v for k, v in case.said.items() if k != clue.ask})
    n = next(i for i, r in enumerate(weighing.sheet(case.kind).rules) if r.code == code)
    with_it = replace(case, said={**case.said, clue.ask: clue.says})
    assert weighing.weighed(with_it)[n] >= weighing.weighed(case)[n]


@settings(max_examples=200, deadline=None)
@given(
    cases(),
    st.sampled_from(list(Urgency)),
    st.dictionaries(st.sampled_from(sorted(questions.questions())), SAID, max_size=8),
)
def test_the_rules_never_go_below_the_floor(told: Answers, floor: Urgency, said: Answers) -> None:
    found = ruled.findings({**told, **said}, floor)
    assert found.urgency.rank <= floor.rank
    assert len(found.conditions) <= 2
    assert found.abstained == (not found.conditions)
    assert bool(found.reasons) == bool(found.conditions)
    assert all(conditions.entry(c.code).urgency.rank >= found.urgency.rank for c in found.conditions)


@settings(max_examples=100, deadline=None)
@given(cases(), st.dictionaries(st.sampled_from(sorted(questions.questions())), SAID, max_size=6), st.data())
def test_dont_know_carries_no_information(told: Answers, said: Answers, data: st.DataObject) -> None:
    free = [key for key in questions.questions() if key not in said]
    key = data.draw(st.sampled_from(free))
    told = {**told, **said}
    assert weighing.verdict(weighing.case_of({**told, key: "unknown"})) == weighing.verdict(
        weighing.case_of(told)
    )
    assert asking.asked({**told, key: "unknown"}) == asking.asked(told) + 1


@settings(max_examples=60, deadline=None)
@given(cases(), st.dictionaries(st.sampled_from(sorted(questions.questions())), SAID, max_size=4))
def test_the_expected_drop_is_never_negative(told: Answers, said: Answers) -> None:
    case = weighing.case_of({**told, **said})
    table, sums = weighing.sheet(case.kind), weighing.weighed(case)
    for key in questions.questions():
        assert asking.worth(table, sums, key) > -1e-9, key


def test_a_single_spot_is_not_asked_about_and_gets_no_rash_question() -> None:
    assert asking.following({"age": "adult", "shape": "spot", "site": "arm", "health": "none"}) == ""
    assert asking.following({"age": "adult", "shape": "wound", "wound_kind": "bite"}) == ""


# Of these, four questions do not always lead to the name; the person hears "I do not know" and is seen within a week. Rare and
# harmless ones wait behind what must not be missed. A shorter list is better, a longer one a change to be looked at.
# Albinism is asked of by itself, and its row tells to do what others of sun-harmed skin do: no question is spent on its name.
NOT_REACHED = {"ALBINISM_SUN", "IMPETIGO", "MYCETOMA", "CONTACT", "MOLLUSCUM", "HEAT_RASH", "BITES", "KELOID"}


def test_four_questions_lead_to_most_conditions_where_every_sign_is_there() -> None:
    reached = set()
    for rule in community.rules().values():
        truth = {c.ask: c.says for c in rule.raises}
        look = next((c.ask for c in rule.raises if c.ask in questions.looks()), "look_unknown")
        site = next(
            (s for s in ("leg_foot", "head_neck", "trunk", "face", "hand") if s in rule.sites), "many"
        )
        base = {"age": "child" if "child" in rule.ages else "adult", "health": "none", "site": site}
        for kind in set(asking.KINDS) & rule.kinds:
            told = {
                **base,
                **({"shape": "rash"} if kind == "rash" else {"shape": "wound", "wound_kind": "other"}),
            }
            signs = {s.id for s in fitting(base["age"], kind, site)}
            asked = {
                q.sign: truth.get(q.key, "no") for q in questions.questions().values() if q.sign in signs
            }
            told |= {"group4": "yes", **dict.fromkeys(signs, "no"), **asked}
            after, _ = played(
                told,
                lambda key, truth=truth, look=look: (  # type: ignore[misc]
                    look.removeprefix("look_") if key == questions.LOOK else truth.get(key, "no")
                ),
            )
            if rule.code in [c.code for c in weighing.verdict(weighing.case_of(after)).named]:
                reached.add(rule.code)
    assert set(community.rules()) - reached == NOT_REACHED


@pytest.mark.parametrize(
    ("told", "truth", "named", "urgency"),
    [
        ({}, {"look": "itchy", "home_itch": "yes", "webs": "yes", "itch_night": "yes"}, "SCABIES", "week"),
        ({"group4": "yes", "D44": "yes"}, {"look": "patch", "itch": "no"}, "LEPROSY", "week"),
        ({}, {"look": "ring", "itch": "yes"}, "TINEA_BODY", "week"),
        ({}, {"look": "dry", "folds": "yes", "itch": "yes"}, "ECZEMA", "week"),
        ({}, {"look": "blisters", "glands": "yes", "fever": "yes"}, "MPOX", "today"),
        ({"age": "child", "site": "face"}, {"look": "crust"}, "IMPETIGO", "week"),
        ({"age": "child"}, {"look": "blisters", "crops": "yes"}, "CHICKENPOX", "week"),
        (
            {"shape": "wound", "wound_kind": "other", "site": "leg_foot", "age": "child"},
            {"opened": "yes", "hurt": "no", "still_water": "yes"},
            "BURULI",
            "week",
        ),
    ],
)
def test_typical_people_are_understood(told: Answers, truth: Answers, named: str, urgency: str) -> None:
    base = {"age": "adult", "health": "none", "site": "many", "shape": "rash", "group4": "none", **told}
    after, _ = played(base, lambda key: truth.get(key, "unknown" if key == questions.LOOK else "no"))
    verdict = weighing.verdict(weighing.case_of(after))
    assert named in [c.code for c in verdict.named]
    assert verdict.urgency.value == urgency
    case = weighing.case_of(after)
    sums = weighing.weighed(case)
    assert weighing.sheet(case.kind).rules[sums.index(max(sums))].code == named
    assert weighing.reasons(case, (named,))
