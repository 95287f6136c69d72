"""The questions about a spot: when the engine is asked which of them matter, and which one is next.

The engine's plan is a tree that is walked here without it. Where none comes in time, or none can be made, a fixed order takes
its place. Nothing is asked of a spot that a health worker looks at anyway: no answer makes that later, and none of these makes it
sooner.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Literal

from bot.clinical import symptoms
from bot.conversation.state import ChatState
from bot.messages import Plan, Urgency, worst
from bot.plans import MOST

__all__ = ["ASKED", "PLAN_S", "awaited", "awaits", "due", "made", "question", "wanting"]

# The fixed order: the symptom answers that help the model most. Chosen on the training patients: see MODEL_CARD.md.
ASKED: tuple[str, ...] = ("changed", "bleed", "elevation")
# A plan that has not come by then is not waited for.
PLAN_S = 15.0


def awaits(state: ChatState) -> Literal["", "plan", "planning"]:
    """'plan' where the engine is to be asked for one, 'planning' where it was asked and has not answered, else ''."""
    version = state.case_version
    if not state.photos or state.findings is not None or version in (state.requested, state.unplanned):
        return ""
    if _settled(state) or all(key in state.answers for key in symptoms.symptoms()):
        return ""
    if state.planned != version or state.planned_for != _basis(state):
        return "plan"
    return "planning" if state.plan is None else ""


def question(state: ChatState) -> str:
    """The key of the next question, '' where all were asked. Not for a state that awaits a plan."""
    if _settled(state) or sum(key in state.answers for key in symptoms.symptoms()) >= MOST:
        return ""
    if state.photos and state.plan is not None and state.unplanned != state.case_version:
        following = state.plan.first
        while following is not None and following.key in state.answers:
            following = following.after(state.answers[following.key])
        return following.key if following is not None else ""
    return next((key for key in ASKED if key not in state.answers), "")


def wanting(state: ChatState) -> ChatState:
    """The state of a chat that asks for a plan now; one asked for before the photographs or answers changed is void."""
    version = state.case_version + (state.planned == state.case_version)
    return replace(
        state,
        case_version=version,
        planned=version,
        planned_at=state.last_at,
        planned_for=_basis(state),
        plan=None,
    )


def made(state: ChatState, plan: Plan | None) -> ChatState:
    """The state with the plan, or with the fixed order in its place."""
    return replace(state, plan=plan) if plan is not None else replace(state, unplanned=state.case_version)


def awaited(state: ChatState) -> bool:
    """Whether a plan that was asked for has not come: also while something more pressing is asked."""
    return awaits(state) == "planning"


def due(state: ChatState) -> float | None:
    """When a plan is given up (epoch s); None where none is awaited."""
    if state.stopped or state.planned_at is None or not awaited(state):
        return None
    return state.planned_at + PLAN_S


def _settled(state: ChatState) -> bool:
    """Whether the answers so far send the person to a health worker, who looks at the spot."""
    reached = worst(state.floor, symptoms.raised_by(state.answers))
    return reached is not None and reached is not Urgency.ROUTINE


def _basis(state: ChatState) -> str:
    """What a plan is made from but for the answers that it asks for itself, as a short hash."""
    told = [state.answers.get(key, "") for key in ("age", "site", "skin")]
    return hashlib.sha256("\n".join((*state.photos, *told)).encode()).hexdigest()[:16]
