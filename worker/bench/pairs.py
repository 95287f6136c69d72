"""Figures out of measurements. Pure: no clock, no process.

A rate by itself says more about the hour than about the code: on a shared machine it moves by half. So two things are
compared by running them one after the other, many times (A B, B A, A B, ...), and taking the ratio within each pair.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Ratio", "Round", "comparison", "paired", "percentile", "ratio_of_pairs"]


@dataclass(frozen=True, slots=True)
class Round:
    """What one arm did in one round. latencies_ms: one a request; failed: answers that were not the expected one."""

    count: int
    seconds: float
    latencies_ms: tuple[float, ...] = ()
    failed: int = 0

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return self.count / self.seconds


@dataclass(frozen=True, slots=True)
class Ratio:
    """How one arm stands to the other over all pairs."""

    median: float
    least: float
    most: float
    pairs: int


def percentile(values: Sequence[float], q: float) -> float:
    """The nearest-rank percentile: the smallest value that at least q percent do not exceed; NaN of nothing.

    q: above 0, at most 100. Raises ValueError for another q.
    """
    if not 0 < q <= 100:
        raise ValueError(f"q is {q!r}; expected above 0 and at most 100")
    if not values:
        return math.nan
    return sorted(values)[max(1, math.ceil(len(values) * q / 100)) - 1]


def ratio_of_pairs(a: Sequence[float], b: Sequence[float]) -> Ratio:
    """Median, least and greatest of a[i] / b[i]. Raises ValueError where they are not pairs of positive numbers."""
    if not a or len(a) != len(b):
        raise ValueError(
            f"there are {len(a)} and {len(b)} rounds; expected as many of each, and one at least"
        )
    if min(*a, *b) <= 0:
        raise ValueError(f"a round gave {min(*a, *b)!r}; expected more than 0")
    ratios = [x / y for x, y in zip(a, b, strict=True)]
    return Ratio(statistics.median(ratios), min(ratios), max(ratios), len(ratios))


def paired(a: Callable[[], Round], b: Callable[[], Round], rounds: int) -> tuple[list[Round], list[Round]]:
    """The rounds of both arms, run in turn; who goes first changes each time, so that a drift favours neither."""
    of_a: list[Round] = []
    of_b: list[Round] = []
    for number in range(rounds):
        if number % 2 == 0:
            of_a.append(a())
            of_b.append(b())
        else:
            of_b.append(b())
            of_a.append(a())
    return of_a, of_b


def comparison(of_a: Sequence[Round], of_b: Sequence[Round]) -> dict[str, Any]:
    """Both arms and their ratios as JSON: rate, p50 and p99, each the ratio within pairs."""
    ratios = {"per_second": [[r.per_second for r in arm] for arm in (of_a, of_b)]}
    for q in (50, 99):
        ratios[f"p{q}_ms"] = [[percentile(r.latencies_ms, q) for r in arm] for arm in (of_a, of_b)]
    return {
        "a": _arm(of_a),
        "b": _arm(of_b),
        "ratio": {name: asdict(ratio_of_pairs(a, b)) for name, (a, b) in ratios.items()},
    }


def _arm(rounds: Sequence[Round]) -> dict[str, Any]:
    latencies = [v for r in rounds for v in r.latencies_ms]
    return {
        "count": sum(r.count for r in rounds),
        "failed": sum(r.failed for r in rounds),
        "per_second": round(statistics.median(r.per_second for r in rounds), 2),
        "per_second_of_rounds": [round(r.per_second, 2) for r in rounds],
        "p50_ms": round(percentile(latencies, 50), 3),
        "p99_ms": round(percentile(latencies, 99), 3),
    }
