"""Whether it is worth asking about health, and about the skin's colour: only where an answer could change what is done.

A modifier raises what was reached (rule 4 of clinical.md section 1), and some rows of the community rules name one. What
colour the skin has sends somebody to a health worker who would not go otherwise: within a week with albinism (2.12), and where
the skin is one that the model has not learned. For most people none of this is so, and each question would be one message more
for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from bot.clinical import danger, modifiers, symptoms
from bot.conversation import ruled
from bot.messages import Urgency, worst

__all__ = ["by_rules", "by_signs", "by_skin", "by_spot"]

_Answers = tuple[tuple[str, str], ...]


def by_signs(answers: Mapping[str, str]) -> bool:
    """Whether it could raise what the signs of danger reached so far. False once it was asked, and for a small baby."""
    return _open(answers) and _signs(tuple(sorted(answers.items())))


def by_spot(answers: Mapping[str, str]) -> bool:
    """Whether it could raise what was answered about a spot. False once it was asked, and for a small baby.

    Of a spot whose place alone is pressing (lip, ear) it is not asked: what is known of the person raises it all the same.
    """
    return _open(answers) and _spot(tuple(sorted(answers.items())))


def by_rules(answers: Mapping[str, str]) -> bool:
    """Whether it could change the urgency that the community rules give. False once it was asked, and for a small baby."""
    return _open(answers) and _rules(tuple(sorted(answers.items())))


def by_skin(answers: Mapping[str, str], reached: Urgency | None) -> bool:
    """Whether the skin's colour could change what somebody with a spot is told to do. reached: how soon, by all that is known.

    False once it was asked, and where a health worker looks at the spot anyway.
    """
    return "skin" not in answers and reached in (None, Urgency.ROUTINE)


def _open(answers: Mapping[str, str]) -> bool:
    # A small baby's age is a modifier by itself.
    return "health" not in answers and answers.get("age") != "infant"


@lru_cache(4096)
def _signs(told: _Answers) -> bool:
    # What a sign asks of health by itself is not asked twice: of a burn, pregnancy.
    return _differs(lambda answers: danger.assess(answers.get("age", ""), answers, known=False).urgency, told)


@lru_cache(4096)
def _spot(told: _Answers) -> bool:
    return _differs(
        lambda answers: worst(
            symptoms.raised_by({**answers, "site": ""}),
            danger.assess(answers.get("age", ""), answers).urgency,
        ),
        told,
    )


@lru_cache(4096)
def _rules(told: _Answers) -> bool:
    def urgency(answers: Mapping[str, str]) -> Urgency | None:
        found = ruled.findings(answers, Urgency.ROUTINE) if ruled.applies(answers) else None
        found = found or ruled.joined(None, answers)
        return found.urgency if found else None

    return _differs(urgency, told)


def _differs(urgency: Callable[[Mapping[str, str]], Urgency | None], told: _Answers) -> bool:
    held = {urgency({**dict(told), "health": answer}) for answer in ("none", *modifiers.asked())}
    return len(held) > 1
