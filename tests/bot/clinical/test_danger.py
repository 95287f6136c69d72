from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.clinical.danger import assess
from bot.clinical.danger_signs import AGES, all_signs
from bot.messages import Urgency, worst

KEYS = [
    *(f"group{n}" for n in (1, 2, 3)),
    *(s.id + more for s in all_signs() for more in ("", ".again", ".also")),
]
ANSWERS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["yes", "no", "unknown", "none"]))


@given(
    st.sampled_from(AGES), ANSWERS, st.sampled_from(KEYS), st.sampled_from(["yes", "no", "unknown", "none"])
)
def test_one_answer_more_never_lowers_an_urgency(age: str, answers: dict[str, str], key: str, said: str):
    before = assess(age, answers).urgency
    after = assess(age, {key: said, **answers}).urgency
    assert worst(before, after) == after


def _asked(age: str, replies: dict[str, str]) -> tuple[Urgency | None, list[str]]:
    """Answers what is asked until nothing is; 'no' and 'none' unless `replies` says otherwise."""
    told: dict[str, str] = {}
    order = []
    while (following := assess(age, told).next) is not None:
        assert len(order) < 100
        if following.kind == "group":
            key = f"group{following.group}"
        else:
            assert following.sign
            key = following.sign.id + ("" if following.kind == "sign" else f".{following.kind}")
        order.append(key)
        told[key] = replies.get(key, "none" if following.kind == "group" else "no")
    return assess(age, told).urgency, order


def test_an_adult_without_signs_is_asked_three_messages():
    assert _asked("adult", {}) == (None, ["group1", "group2", "group3"])


def test_every_sign_of_every_age_ends_in_its_urgency():
    for sign in all_signs():
        for age in sign.ages:
            reached, order = _asked(
                age, {f"group{sign.group}": "yes", sign.id: "yes", f"{sign.id}.also": "yes"}
            )
            assert reached is Urgency.NOW
            assert order[-1] in (sign.id, f"{sign.id}.also")


def test_dont_know_means_now_for_a_small_baby_and_today_for_others():
    said = {"group1": "unknown", "D04": "unknown", "D04.again": "unknown"}
    assert _asked("infant", said)[0] is Urgency.NOW
    assert _asked("adult", said)[0] is Urgency.TODAY
    assert _asked("adult", {**said, "D04.again": "no"})[0] is None
    assert _asked("adult", {**said, "D04.again": "yes"})[0] is Urgency.NOW


def test_yes_to_a_group_and_no_to_each_sign_counts_as_dont_know():
    assert _asked("adult", {"group2": "yes"})[0] is Urgency.TODAY
    assert _asked("infant", {"group2": "yes"})[0] is Urgency.NOW
    assert _asked("adult", {"group2": "unknown"})[0] is None


def test_mouth_sores_alone_mean_today_and_old_age_raises_that():
    said = {"group3": "yes", "D18": "yes"}
    assert _asked("adult", said)[0] is Urgency.TODAY
    assert _asked("older", said)[0] is Urgency.NOW
    assert (
        assess(
            "adult",
            {
                "group1": "none",
                "group2": "none",
                **said,
                "D08": "no",
                "D17": "no",
                "D18.also": "no",
                "D19": "no",
            },
            frozenset({"diabetes"}),
        ).urgency
        is Urgency.NOW
    )
