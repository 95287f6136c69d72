"""What abstaining buys: how good the answers are where some photographs go without one, and who goes without.

Photographs are left out by the probability of the named condition, the least sure first.  Pure functions of tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from model import metrics

__all__ = ["SHARES", "Curve", "curve", "lines", "rows"]

SHARES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
"""Of the photographs, how many get an answer: the rows of the table."""
LEAST = 10
"""Fewer answered photographs than this say nothing."""


@dataclass(frozen=True)
class Curve:
    """Each list one number a share of photographs answered, from LEAST of them to all.  cancers: of all, those not answered."""

    answered: list[float]
    accuracy: list[float]
    balanced: list[float]
    cancers: list[float]


def _order(p: Tensor) -> Tensor:
    """Photographs from the surest to the least sure; ties by their place, so that a report comes out the same again."""
    return p.max(dim=1).values.sort(descending=True, stable=True).indices


def curve(p: Tensor, y: Tensor, cancer: Tensor) -> Curve:
    """p: (N, C); y: (N,) int64; cancer: (N,) bool, whether the true condition is one."""
    order = _order(p)
    hits = (p.argmax(1) == y)[order]
    out = Curve([], [], [], [])
    for count in range(min(LEAST, len(y)), len(y) + 1):
        kept = order[:count]
        out.answered.append(count / len(y))
        out.accuracy.append(float(hits[:count].float().mean()))
        out.balanced.append(metrics.balanced_accuracy(p[kept], y[kept]))
        out.cancers.append(float(cancer[order[count:]].sum()) / max(1, int(cancer.sum())))
    return out


def rows(
    p: Tensor,
    y: Tensor,
    cancer: Tensor,
    patients: Sequence[str],
    abstained: Tensor | None = None,
    *,
    rounds: int = 1000,
) -> list[dict[str, Any]]:
    """The table: one row a share of SHARES, and one for the model's own rule.  Intervals over the patients who were answered.

    abstained: (N,) bool, whom the model itself gave no answer, by whatever rule; None where it was not asked.
    """
    order = _order(p)
    wanted = [(f"{share:.0%}", order[: round(share * len(y))]) for share in SHARES]
    if abstained is not None:
        wanted.append(("by the model's own rule", (~abstained).nonzero()[:, 0]))
    out = []
    for name, kept in wanted:
        left = torch.ones(len(y), dtype=torch.bool)
        left[kept] = False
        row: dict[str, Any] = {
            "answered": name,
            "photographs": len(kept),
            "abstained": int(left.sum()),
            "cancers_abstained": int((left & cancer).sum()),
            "cancers": int(cancer.sum()),
        }
        if len(kept) >= LEAST:
            who = tuple(patients[n] for n in kept.tolist())
            row |= _figures(p[kept], y[kept], who, rounds)
        out.append(row)
    return out


def _figures(p: Tensor, y: Tensor, patients: Sequence[str], rounds: int) -> dict[str, Any]:
    wanted: dict[str, Callable[[Tensor], float]] = {
        "accuracy": lambda r: metrics.top_k(p[r], y[r], 1),
        "balanced_accuracy": lambda r: metrics.balanced_accuracy(p[r], y[r]),
    }
    return {name: asdict(metrics.bootstrap(f, patients, rounds=rounds)) for name, f in wanted.items()}


def lines(found: Sequence[dict[str, Any]], name: str) -> list[str]:
    """The table as Markdown.  name: of the way of asking."""
    said = [
        f"### {name}, abstention against accuracy", "",
        "| answered | photographs | accuracy where answered | balanced accuracy where answered | cancers among the abstained |",
        "| --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for row in found:
        cells = [
            f"{f['value']:.3f} ({f['low']:.3f} to {f['high']:.3f})" if f else "too few"
            for f in (row.get("accuracy"), row.get("balanced_accuracy"))
        ]
        cancers = f"{row['cancers_abstained']} of {row['abstained']} (of all {row['cancers']} cancers)"
        said.append(f"| {row['answered']} | {row['photographs']} | {' | '.join(cells)} | {cancers} |")
    return [*said, ""]
