"""Joins what the model saw, what the coach said and what the rules demand into the chat's `Findings`.

The questions that matter are planned with the same joining: what it would say after an answer.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.clinical import doing, symptoms
from bot.messages import Condition, Findings, Plan, Question, Urgency, worst
from model.analysis import Analysis, Judge, Node, Verdict

__all__ = ["as_plan", "failed", "join", "judge"]

# From a probability to an everyday word. Above LIKELY one condition stands out; below POSSIBLE it is not named.
# Calibrated probabilities: see MODEL_CARD.md. A cancer is named earlier, because missing it costs most.
LIKELY = 0.60
POSSIBLE = 0.20
POSSIBLE_CANCER = 0.10
NAMED_AT_MOST = 2
# Skin that the training photographs hardly show (types V and VI, albinism): see MODEL_CARD.md.
UNPROVEN_SKIN = ("5", "6", "albinism")


def join(analysis: Analysis, floor: Urgency, cancers: frozenset[str], answers: Mapping[str, str]) -> Findings:
    """The chat's findings. floor: the urgency that answers gave; the model may raise it, never lower it.

    answers: as asked in the chat; 'skin' is '1' to '6', 'albinism' or 'unknown'.
    """
    unproven = analysis.unproven_skin_type or answers.get("skin") in UNPROVEN_SKIN
    urgency = worst(floor, Urgency(analysis.urgency)) or floor
    if analysis.abstained or not analysis.in_scope:
        reason = "out_of_scope" if not analysis.in_scope else "unsure"
        return Findings((), urgency, True, reason, unproven, analysis.model, basis="model")
    named = []
    for score in sorted(analysis.conditions, key=lambda c: -c.probability):
        threshold = POSSIBLE_CANCER if score.code in cancers else POSSIBLE
        if score.probability >= LIKELY:
            named.append(Condition(score.code, "likely"))
        elif score.probability >= threshold:
            named.append(Condition(score.code, "possible"))
    if len(named) > NAMED_AT_MOST:
        # Of several possible ones, the likeliest and the likeliest cancer are told.
        rest = [c for c in named[1:] if c.code in cancers] or named[1:]
        named = [named[0], rest[0]]
    if not named:
        return Findings((), urgency, True, "unsure", unproven, analysis.model, basis="model")
    return Findings(tuple(named), urgency, False, "", unproven, analysis.model, basis="model")


def failed(floor: Urgency) -> Findings:
    """Findings for a case that the model could not look at: nothing named, a person must look within a week."""
    return Findings((), worst(floor, Urgency.WEEK) or floor, True, "failed", basis="model")


def judge(floor: Urgency, cancers: frozenset[str], answers: Mapping[str, str]) -> Judge:
    """What a person would be told to do, in a form that can be compared (`bot.clinical.doing`); how soon comes first.

    Of an analysis and the symptom answers that led to it. floor, cancers, answers: as for `join`. Where a health worker looks
    within a week anyway, the six conditions ask nothing of a person until then that is worth a question more: what is named
    does not count there. Measured on the 130 photographs of val (LOG.md, 2026-11-26): one question less, as many cancers sent
    within a week, no fewer named.
    """

    def told(analysis: Analysis, said: Mapping[str, bool]) -> Verdict:
        words = {key: "yes" if yes else "no" for key, yes in said.items()}
        raised = worst(floor, symptoms.raised_by(words)) or floor
        found = join(analysis, raised, cancers, answers)
        if found.urgency is not Urgency.ROUTINE:
            return (found.urgency,)
        return doing.done_for(found.urgency, (c.code for c in found.conditions))

    return told


def as_plan(first: Node | None) -> Plan:
    """The model's tree as the chat walks it."""
    return Plan(_question(first))


def _question(node: Node | None) -> Question | None:
    if node is None:
        return None
    return Question(node.question, _question(node.yes), _question(node.no), _question(node.unknown))
