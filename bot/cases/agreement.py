"""Clinicians beside what the computer told: how often they agree, by condition and by how soon. Pure.

Cohen's kappa (Educational and Psychological Measurement 20:37, 1960); for how soon, an order, weighted by the distance as well
(Cohen, Psychological Bulletin 70:213, 1968). Intervals: percentile bootstrap over cases, because two opinions on one case are
not two cases (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). Of fewer than FEWEST cases no number
is given: a group so small may be somebody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.cases.opinions import Opinion
from bot.messages import Urgency

__all__ = ["FEWEST", "Agreement", "ByCondition", "Estimate", "kappa", "measured", "table"]

FEWEST = 5
RESAMPLES = 2000
SEED = 20_261_126
SOONS = tuple(Urgency)

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval of 95 %; low and high None where no resample gave one."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class ByCondition:
    """Opinions of one condition ('' for none, None for the rest together). first: told as the likeliest; among: named at all."""

    code: str | None
    opinions: int
    first: int
    among: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """cases, opinions: how many; the rest is None or empty where there are fewer than FEWEST cases.

    conditions: clinicians' conditions, the most frequent first. soon: rows clinician, columns computer, by urgency. under, over:
    share told as less, as more pressing than the clinician says. kappa_*: None where all is of one kind.
    """

    cases: int
    opinions: int
    conditions: Sequence[ByCondition] = ()
    soon: Sequence[Sequence[int]] = ()
    first: Estimate | None = None
    under: Estimate | None = None
    over: Estimate | None = None
    kappa_condition: Estimate | None = None
    kappa_soon: Estimate | None = None
    kappa_soon_weighted: Estimate | None = None


def kappa(counts: Matrix, *, weighted: bool = False) -> float | None:
    """Cohen's kappa of a square table (rows one rater, columns the other); None where chance alone gives full agreement.

    weighted: disagreement counts by its distance (linear).
    """
    n = counts.sum()
    if n == 0:
        return None
    k = len(counts)
    apart = np.abs(np.subtract.outer(np.arange(k), np.arange(k))).astype(np.float64)
    if not weighted:
        apart = (apart > 0).astype(np.float64)
    expected = np.outer(counts.sum(1), counts.sum(0)) / n
    by_chance = float((apart * expected).sum())
    return None if by_chance == 0 else 1.0 - float((apart * counts).sum()) / by_chance


def table(rows: Sequence[int], columns: Sequence[int], size: int, weights: Matrix | None = None) -> Matrix:
    """Counts of pairs of categories (numbers below `size`), each counted `weights` times."""
    flat = np.asarray(rows, np.int64) * size + np.asarray(columns, np.int64)
    return np.bincount(flat, weights=weights, minlength=size * size).astype(np.float64).reshape(size, size)


def measured(opinions: Sequence[Opinion], basis: str = "") -> Agreement:
    """The agreement of these opinions with what was told then. basis: 'model' or 'rules'; '' for all."""
    kept = [o for o in opinions if o.told_urgency is not None and (not basis or o.basis == basis)]
    # An opinion whose case is gone is a case of its own.
    keys = [f"c{o.case_id}" if o.case_id is not None else f"o{o.id}" for o in kept]
    cases = len(set(keys))
    if cases < FEWEST:
        return Agreement(cases, len(kept))
    number = {key: index for index, key in enumerate(dict.fromkeys(keys))}
    of_case = np.asarray([number[key] for key in keys])
    codes = sorted({o.condition for o in kept} | {_first(o) for o in kept})
    said = [codes.index(o.condition) for o in kept]
    told = [codes.index(_first(o)) for o in kept]
    soon_said = [o.urgency.rank for o in kept]
    soon_told = [(o.told_urgency or o.urgency).rank for o in kept]
    draws = np.random.default_rng(SEED).multinomial(cases, [1 / cases] * cases, size=RESAMPLES)
    ones = np.ones(len(kept))

    def numbers(weights: Matrix) -> tuple[float | None, ...]:
        what = table(said, told, len(codes), weights)
        soon = table(soon_said, soon_told, len(SOONS), weights)
        n = weights.sum()
        return (
            float(np.trace(what) / n),
            float(np.triu(soon, 1).sum() / n),
            float(np.tril(soon, -1).sum() / n),
            kappa(what),
            kappa(soon),
            kappa(soon, weighted=True),
        )

    found = numbers(ones)
    resampled = [numbers(draw[of_case].astype(np.float64)) for draw in draws]
    first, under, over, what, soon, soon_weighted = (
        _estimate(value, [one[index] for one in resampled]) for index, value in enumerate(found)
    )
    return Agreement(
        cases,
        len(kept),
        _conditions(kept, keys),
        [[int(cell) for cell in row] for row in table(soon_said, soon_told, len(SOONS))],
        first,
        under,
        over,
        what,
        soon,
        soon_weighted,
    )


def _first(opinion: Opinion) -> str:
    return opinion.told[0] if opinion.told else ""


def _estimate(value: float | None, resampled: Sequence[float | None]) -> Estimate | None:
    if value is None:
        return None
    known = [one for one in resampled if one is not None]
    if not known:
        return Estimate(value, None, None)
    low, high = np.percentile(known, [2.5, 97.5])
    return Estimate(value, float(low), float(high))


def _conditions(kept: Sequence[Opinion], keys: Sequence[str]) -> list[ByCondition]:
    """Conditions of at least FEWEST cases each; the others together."""
    cases = Counter(code for _, code in {(key, o.condition) for key, o in zip(keys, kept, strict=True)})
    shown: list[ByCondition] = []
    rest: list[Opinion] = []
    for code, _ in cases.most_common():
        of_it = [o for o in kept if o.condition == code]
        if cases[code] < FEWEST:
            rest += of_it
        else:
            shown.append(_counted(code, of_it))
    if rest:
        shown.append(_counted(None, rest))
    return shown


def _counted(code: str | None, of_it: Sequence[Opinion]) -> ByCondition:
    return ByCondition(
        code,
        len(of_it),
        sum(_first(o) == o.condition for o in of_it),
        sum(o.condition in o.told or (o.condition == "" and not o.told) for o in of_it),
    )
