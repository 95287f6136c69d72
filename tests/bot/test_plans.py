"""Plans as JSON: both ways, and nothing else is taken for one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from bot.messages import Plan, Question
from bot.plans import MOST, BadPlan, plan_from_json, plan_to_json
from tests.bot.conversation.plans import PLANS


@settings(deadline=None)
@given(PLANS)
def test_a_plan_survives_its_json(plan: Plan) -> None:
    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan)))) == plan


def test_the_largest_plan_has_forty_questions_and_takes_less_than_two_kilobytes() -> None:
    keys = ("elevation", "changed", "bleed", "grew")

    def whole(depth: int) -> Question | None:
        return None if depth == MOST else Question(keys[depth], *(whole(depth + 1) for _ in range(3)))

    text = json.dumps(plan_to_json(Plan(whole(0))))
    assert text.count("[") == 40
    assert len(text) < 2_000


@pytest.mark.parametrize(
    "read",
    [
        {},
        [],
        None,
        {"first": "changed"},
        {"first": ["changed"]},
        {"first": ["changed", None, None]},
        {"first": ["cough", None, None, None]},
        {"first": [["changed"], None, None, None]},
        {"first": [1, None, None, None]},
        {"first": ["changed", ["changed", None, None, None], None, None]},
        {"first": ["changed", None, {"key": "bleed"}, None]},
    ],
)
def test_what_is_no_plan_is_refused(read: Any) -> None:
    with pytest.raises(BadPlan, match="expected"):
        plan_from_json(read)


def test_a_way_of_five_questions_is_refused() -> None:
    read: list[Any] | None = None
    for key in ("itch", "grew", "hurt", "changed", "bleed"):
        read = [key, None, None, read]
    with pytest.raises(BadPlan, match="number 5 .* expected at most 4"):
        plan_from_json({"first": read})
