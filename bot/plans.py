"""Plans as they are kept, in a row of their own and in the state of a chat: their one JSON, and back, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.clinical import symptoms
from bot.messages import Plan, Question

__all__ = ["MOST", "BadPlan", "plan_from_json", "plan_to_json"]

# Questions that one case is asked after its photograph, at most.
MOST = 4


class BadPlan(ValueError):
    """A stored plan that cannot be read; says what it holds and what was expected."""


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """Plain JSON; `plan_from_json` gives an equal plan back. A question is [key, after yes, after no, after don't know]."""
    return {"first": _to_json(plan.first)}


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """The inverse of `plan_to_json`.

    Raises BadPlan for a question that is not known or stands twice on one way, or for a way longer than MOST; so a plan never
    has more than 40 questions.
    """
    if not isinstance(data, Mapping) or "first" not in data:
        raise BadPlan(f"plan is {str(data)[:60]!r}; expected an object with first")
    return Plan(_from_json(data["first"], ()))


def _to_json(question: Question | None) -> list[Any] | None:
    if question is None:
        return None
    return [question.key, _to_json(question.yes), _to_json(question.no), _to_json(question.unknown)]


def _from_json(read: Any, before: tuple[str, ...]) -> Question | None:
    if read is None:
        return None
    if not isinstance(read, list) or len(read) != 4:
        raise BadPlan(f"question is {str(read)[:60]!r}; expected [key, yes, no, unknown] or null")
    key = read[0]
    if not isinstance(key, str) or key not in symptoms.symptoms() or key in before:
        known = ", ".join(symptoms.symptoms())
        raise BadPlan(f"question is {str(key)[:60]!r} after {before}; expected another one of {known}")
    if len(before) >= MOST:
        raise BadPlan(f"question {key!r} is number {len(before) + 1} of its way; expected at most {MOST}")
    way = (*before, key)
    return Question(key, *(_from_json(after, way) for after in read[1:]))
