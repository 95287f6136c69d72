"""From probabilities to what is said of a case: urgency, whether to abstain. The one place; diagnosis and planning share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from model.analysis import Analysis, CatalogueEntry, Score

__all__ = ["Limits", "Seen"]

_RANK = ("now", "today", "week", "routine")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the photographs say beside the probabilities.

    in_scope, scope_score: whether and how far they are like what the model knows.  unproven_skin: told, never guessed.
    """

    in_scope: bool = True
    scope_score: float = 1.0
    unproven_skin: bool = False


@dataclass(frozen=True)
class Limits:
    """Conditions and thresholds of a model, as its manifest holds them."""

    codes: tuple[str, ...]
    cancers: frozenset[str]
    unsure_below: float
    cancer_above: float
    model: str = ""

    def analysis(self, p: Tensor, seen: Seen, catalogue: Mapping[str, CatalogueEntry]) -> Analysis:
        """p: (C,), sums to 1."""
        probabilities: list[float] = p.tolist()
        cancer = sum(
            value for code, value in zip(self.codes, probabilities, strict=True) if code in self.cancers
        )
        top = max(range(len(probabilities)), key=probabilities.__getitem__)
        sure = probabilities[top] >= self.unsure_below
        reason = "out_of_scope" if not seen.in_scope else "" if sure else "unsure"
        # Unsure is not safe: somebody looks within a week, as for a suspicion of cancer (clinical.md 2.13).
        urgency = "week" if reason or cancer >= self.cancer_above else "routine"
        entry = catalogue.get(self.codes[top])
        urgency = min(urgency, entry.urgency if entry is not None else "week", key=_RANK.index)
        return Analysis(
            in_scope=seen.in_scope,
            scope_score=seen.scope_score,
            conditions=tuple(Score(c, v) for c, v in zip(self.codes, probabilities, strict=True)),
            cancer_probability=cancer,
            urgency=urgency,
            abstained=bool(reason),
            reason=reason,
            unproven_skin_type=seen.unproven_skin,
            model=self.model,
        )
