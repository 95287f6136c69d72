"""What the model says of one case, and what it is told of the conditions. No torch here: anybody may import this."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Analysis", "CatalogueEntry", "Judge", "Node", "Score", "Verdict"]

UrgencyName = Literal["now", "today", "week", "routine"]


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What the model must know of a condition to weigh it: how soon it is to be seen, and whether it is a cancer."""

    code: str
    urgency: str
    cancer: bool


@dataclass(frozen=True, slots=True)
class Score:
    """One condition and its calibrated probability, 0 to 1; those of an analysis sum to 1."""

    code: str
    probability: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the model says of one case.

    scope_score: 0 to 1, higher = more like what the model knows. abstained: no condition should be named; `reason`
    says why in one word. unproven_skin_type: skin that the model has not learned (asked, never guessed).
    model: name, version and hash of the weights. soft: the photograph as soft tokens for the language model, float16,
    (Q + 1, D) row by row, b"" where there is none; derived from a photograph and to be kept like one.
    """

    in_scope: bool
    scope_score: float
    conditions: tuple[Score, ...]
    cancer_probability: float
    urgency: str
    abstained: bool
    reason: str
    unproven_skin_type: bool
    model: str
    soft: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Node:
    """A question about a spot (one of answers.SYMPTOMS), and what is asked after each answer; None where nothing more is."""

    question: str
    yes: Node | None = None
    no: Node | None = None
    unknown: Node | None = None


Verdict = tuple[Hashable, ...]
"""What a person is told to do, in a form that can be compared; how soon comes first."""
Judge = Callable[[Analysis, Mapping[str, bool]], Verdict]
"""(what the model says, the symptom answers that led to it, beyond those of the case) -> what the person is told to do."""
