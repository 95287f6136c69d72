"""Whoever wants to die or is hurt by somebody: a fixed hand-over to people. No model, no skin, until the person goes on.

Facts: clinical.md 5.4 (stay kind, ask "are you safe now?", the local line; nothing of what was told is said back, because others
may read the phone).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from bot.conversation.state import ChatState
from bot.messages import Choice, Reply, Text

__all__ = ["HARM", "Harm", "ask", "begun", "beside_go_now", "marks", "not_safe", "texts", "to_clinicians"]

Harm = Literal["die", "hurt"]
# The reason for which the case stands before the clinicians.
HARM = "harm"


def begun(state: ChatState, harm: Harm) -> ChatState:
    """The state with what was said kept among the answers of the case: under 'handover' what was said last, and of each kind in
    which version of the case it was said first.
    """
    first = {f"handover.{harm}": str(state.case_version)}
    return replace(state, answers={**first, **state.answers, "handover": harm})


def marks(answers: Mapping[str, str]) -> dict[str, str]:
    """Of the answers of a case those about the hand-over; they name a case that moves from version to version."""
    return {key: said for key, said in answers.items() if key.startswith("handover.")}


def ask(state: ChatState) -> Reply:
    """Where people are who can help, and whether they are safe now; once that was said, only the way on."""
    if state.handover_told:
        return Reply((Text("handover.here"), *_lines(state)), _choices("go_on"), "handover")
    return Reply((*texts(state), Text("handover.safe")), _choices("yes", "no", "go_on"), "handover")


def to_clinicians(state: ChatState) -> tuple[Text, ...]:
    """What a clinician is told of it: that somebody may be in danger, and from whom; nothing of what was said."""
    kinds: tuple[Harm, ...] = ("die", "hurt")
    return tuple(Text(f"clinic.harm.{kind}") for kind in kinds if f"handover.{kind}" in state.answers)


def not_safe(state: ChatState) -> Reply:
    """They are not safe: to people, now."""
    return Reply((Text("handover.go"), *_lines(state)), _choices("yes", "go_on"), "handover")


def texts(state: ChatState) -> tuple[Text, ...]:
    """What is said first, without the question."""
    said = (Text("handover.heard"), *_lines(state))
    return (*said, Text("handover.private")) if state.handover == "hurt" else said


def beside_go_now(state: ChatState) -> tuple[ChatState, tuple[Text, ...]]:
    """The hand-over of a case that came to "go now": who can help, once, and nothing is asked any more."""
    said = (Text("handover.here"), *_lines(state)) if state.handover_told else texts(state)
    return replace(state, handover="", handover_told=False), said


def _lines(state: ChatState) -> tuple[Text, ...]:
    line = state.here.violence_line if state.handover == "hurt" else state.here.crisis_line
    call = (Text("handover.line", {"number": line}),) if line else ()
    danger = (
        Text("handover.emergency", {"number": state.here.emergency})
        if state.here.emergency
        else Text("handover.emergency_local")
    )
    return (*call, danger)


def _choices(*answers: str) -> tuple[Choice, ...]:
    return tuple(Choice(f"safe.{answer}", Text(f"safe.{answer}")) for answer in answers)
