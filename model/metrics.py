"""What a prediction is worth: figures with intervals from a bootstrap over patients. Pure functions of tensors."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = [
    "Figure",
    "auc",
    "balanced_accuracy",
    "bootstrap",
    "calibration_bins",
    "ece",
    "roc",
    "specificity_at",
    "top_k",
]

SENSITIVITY = 0.95
BINS = 10


@dataclass(frozen=True)
class Figure:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def balanced_accuracy(p: Tensor, y: Tensor) -> float:
    """Mean recall over the conditions that occur.  p: (N, C); y: (N,)."""
    chosen = p.argmax(1)
    return float(torch.stack([(chosen[y == c] == c).float().mean() for c in y.unique()]).mean())


def auc(score: Tensor, positive: Tensor) -> float:
    """Area under the ROC curve; ties count half.  score: (N,); positive: (N,) bool."""
    a, b = score[positive], score[~positive]
    if not len(a) or not len(b):
        return float("nan")
    return float(((a[:, None] > b[None]).float() + 0.5 * (a[:, None] == b[None]).float()).mean())


def threshold_at(score: Tensor, positive: Tensor, sensitivity: float = SENSITIVITY) -> float:
    """The highest threshold at which at least this share of positives score at or above it."""
    ranked = score[positive].sort().values
    missed = int((1.0 - sensitivity) * len(ranked) + 1e-9)
    return float(ranked[missed])


def specificity_at(score: Tensor, positive: Tensor, sensitivity: float = SENSITIVITY) -> float:
    """Share of negatives below the threshold of that sensitivity."""
    if not bool(positive.any()) or bool(positive.all()):
        return float("nan")
    return float((score[~positive] < threshold_at(score, positive, sensitivity)).float().mean())


def calibration_bins(p: Tensor, y: Tensor) -> list[tuple[float, float, int]]:
    """(mean confidence, accuracy, count) of each filled bin of the top probability."""
    confidence, chosen = p.max(1)
    bins = []
    for b in range(BINS):
        inside = (confidence > b / BINS) & (confidence <= (b + 1) / BINS)
        if bool(inside.any()):
            right = (chosen[inside] == y[inside]).float().mean()
            bins.append((float(confidence[inside].mean()), float(right), int(inside.sum())))
    return bins


def ece(p: Tensor, y: Tensor) -> float:
    """Expected calibration error of the top probability, ten bins."""
    return sum(abs(c - a) * n for c, a, n in calibration_bins(p, y)) / len(y)


def top_k(p: Tensor, y: Tensor, k: int) -> float:
    """Share of photographs whose condition is among the k most probable."""
    return float((p.topk(k, dim=1).indices == y[:, None]).any(1).float().mean())


def roc(score: Tensor, positive: Tensor) -> tuple[list[float], list[float]]:
    """False and true positive rates, from (0, 0) to (1, 1)."""
    order = score.argsort(descending=True)
    hits = positive[order].float()
    true = torch.cat([torch.zeros(1), hits.cumsum(0) / hits.sum().clamp(min=1)])
    false = torch.cat([torch.zeros(1), (1 - hits).cumsum(0) / (1 - hits).sum().clamp(min=1)])
    return false.tolist(), true.tolist()


def bootstrap(
    figure: Callable[[Tensor], float], patients: Sequence[str], *, rounds: int = 1000, seed: int = 1
) -> Figure:
    """The figure over all rows, with the 2.5 and 97.5 percentiles over resampled patients.

    figure: of row indices (n,) int64.  Rows of one patient are drawn together.
    """
    rows: dict[str, list[int]] = {}
    for index, patient in enumerate(patients):
        rows.setdefault(patient, []).append(index)
    names = sorted(rows)
    chance = random.Random(seed)
    drawn = []
    for _ in range(rounds):
        sample = torch.tensor([i for name in chance.choices(names, k=len(names)) for i in rows[name]])
        value = figure(sample)
        if value == value:  # a draw without one cancer has no AUC
            drawn.append(value)
    drawn.sort()
    whole = figure(torch.arange(len(patients)))
    if not drawn:
        return Figure(whole, float("nan"), float("nan"))
    return Figure(whole, drawn[int(0.025 * len(drawn))], drawn[min(len(drawn) - 1, int(0.975 * len(drawn)))])
