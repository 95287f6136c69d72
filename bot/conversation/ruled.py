"""What the community rules find in a case, without a model: findings of a rash or a wound, and what joins those of a spot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.clinical import asking, conditions, weighing
from bot.clinical.danger_signs import kind_of
from bot.messages import Condition, Findings, Urgency, worst

__all__ = ["NAMED_AT_MOST", "applies", "findings", "joined"]

NAMED_AT_MOST = 2


def applies(answers: Mapping[str, str]) -> bool:
    """True for the kinds of problem that the rules judge by themselves: a rash, and a wound that is neither bite nor burn."""
    return kind_of(answers) in asking.KINDS


def findings(answers: Mapping[str, str], floor: Urgency) -> Findings:
    """The findings of the rules. floor: the urgency that answers gave; the rules may raise it, never lower it."""
    case = weighing.case_of(answers)
    verdict = weighing.verdict(case)
    urgency = worst(floor, verdict.urgency) or floor
    if not verdict.named:
        return Findings((), urgency, True, "unsure", basis="rules")
    reasons = weighing.reasons(case, [c.code for c in verdict.named])
    return Findings(verdict.named, urgency, reasons=reasons, basis="rules")


def joined(found: Findings | None, answers: Mapping[str, str]) -> Findings | None:
    """The findings of a single spot with what its answers raise strongly by the rules; as they were where that is nothing.

    found: the model's, None where there are none. Of two names the model's cancer stays and its likeliest; the more pressing
    urgency holds. What the rules would only see at the next visit does not join: the model knows spots better.
    """
    if kind_of(answers) != "spot":
        return found
    case = weighing.case_of(answers)
    verdict = weighing.verdict(case)
    known = conditions.community()
    pressing = [c for c in verdict.named if known[c.code].urgency is not Urgency.ROUTINE]
    if not pressing:
        return found
    first = pressing[0]
    reasons = weighing.reasons(case, (first.code,))
    if found is None or found.abstained:
        urgency = worst(found.urgency if found else None, verdict.urgency) or verdict.urgency
        base = found or Findings((), urgency)
        return replace(
            base,
            conditions=(first,),
            urgency=urgency,
            abstained=False,
            reason="",
            reasons=reasons,
            basis="rules",
        )
    cancers = {code for code, entry in conditions.catalogue().items() if entry.cancer}
    kept = _kept(found.conditions, cancers)
    urgency = worst(found.urgency, verdict.urgency) or found.urgency
    if len(kept) >= NAMED_AT_MOST:
        return replace(found, urgency=urgency)
    return replace(
        found, conditions=(*kept, Condition(first.code, "possible")), urgency=urgency, reasons=reasons
    )


def _kept(named: tuple[Condition, ...], cancers: set[str]) -> tuple[Condition, ...]:
    """Of the model's names, those that stay beside one of the rules: its cancers, else the likeliest."""
    of_cancer = tuple(c for c in named if c.code in cancers)[:NAMED_AT_MOST]
    return of_cancer or named[:1]
