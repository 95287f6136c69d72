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
FEWEST_RESAMPLES = 200
DRAWN_CASES = 1_000_000
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
    found = float(_kappas(counts[None], weighted)[0])
    return None if np.isnan(found) else found


def _kappas(counts: Matrix, weighted: bool) -> Matrix:
    """Of many tables at once.  (R, k, k) -> (R,), NaN where there is none."""
    k = counts.shape[-1]
    apart = np.abs(np.subtract.outer(np.arange(k), np.arange(k))).astype(np.float64)
    if not weighted:
        apart = (apart > 0).astype(np.float64)
    n = counts.sum((1, 2))
    rows, columns = counts.sum(2), counts.sum(1)
    by_chance = ((rows @ apart) * columns).sum(1) / np.where(n == 0, 1.0, n)
    known = by_chance > 0
    return np.where(known, 1.0 - (apart * counts).sum((1, 2)) / np.where(known, by_chance, 1.0), np.nan)


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
    # Whole cases are drawn; of many cases fewer times, for a page that is asked for again and again.
    times = int(np.clip(DRAWN_CASES // cases, FEWEST_RESAMPLES, RESAMPLES))
    draws = np.random.default_rng(SEED).multinomial(cases, [1 / cases] * cases, size=times).astype(np.float64)
    whole = np.concatenate([np.ones((1, cases)), draws])
    what = _tables(whole, of_case, said, told, len(codes))
    soon = _tables(whole, of_case, soon_said, soon_told, len(SOONS))
    n = what.sum((1, 2))
    first, under, over, kappa_what, kappa_soon, kappa_weighted = map(
        _estimate,
        (
            np.trace(what, axis1=1, axis2=2) / n,
            np.triu(soon, 1).sum((1, 2)) / n,
            np.tril(soon, -1).sum((1, 2)) / n,
            _kappas(what, weighted=False),
            _kappas(soon, weighted=False),
            _kappas(soon, weighted=True),
        ),
    )
    return Agreement(
        cases,
        len(kept),
        _conditions(kept, keys),
        [[int(cell) for cell in row] for row in table(soon_said, soon_told, len(SOONS))],
        first,
        under,
        over,
        kappa_what,
        kappa_soon,
        kappa_weighted,
    )


def _tables(
    draws: Matrix, of_case: NDArray[np.int64], rows: Sequence[int], columns: Sequence[int], size: int
) -> Matrix:
    """Counts of pairs of categories in each draw of cases.  draws: (R, cases), how often each.  Returns (R, size, size)."""
    flat = np.asarray(rows, np.int64) * size + np.asarray(columns, np.int64)
    pairs, which = np.unique(flat, return_inverse=True)
    held = np.zeros((draws.shape[1], len(pairs)))
    np.add.at(held, (of_case, which), 1.0)
    counts = np.zeros((len(draws), size * size))
    counts[:, pairs] = draws @ held
    return counts.reshape(len(draws), size, size)


def _first(opinion: Opinion) -> str:
    return opinion.told[0] if opinion.told else ""


def _estimate(values: Matrix) -> Estimate | None:
    """values: of the opinions as they are, then of each draw; NaN where there is none."""
    value, drawn = float(values[0]), values[1:]
    if np.isnan(value):
        return None
    known = drawn[~np.isnan(drawn)]
    if not len(known):
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
