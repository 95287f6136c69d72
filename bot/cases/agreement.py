"""Clinicians beside what the computer told: how often they agree, by condition and by how soon. Pure.

Cohen's kappa (Educational and Psychological Measurement 20:37, 1960); for how soon, an order, weighted by the distance as well
(Cohen, Psychological Bulletin 70:213, 1968). Intervals: percentile bootstrap over cases, because two opinions on one case are
not two cases (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13).

What somebody has, how soon they must be seen and what found it are groups of patients: none of fewer than FEWEST cases is shown,
nor can it be told from the others (bot.small_groups). How often the two agree is no trait of a patient: shares and kappas
are of all cases, where there are FEWEST at least.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bot import small_groups
from bot.cases.opinions import Said
from bot.figure_counts import Cell
from bot.messages import Urgency

__all__ = ["FEWEST", "Agreement", "ByCondition", "Estimate", "kappa", "measured", "table"]

FEWEST = small_groups.LEAST
RESAMPLES = 2000
FEWEST_RESAMPLES = 200
# Groups of alike cases times draws.
DRAWN = 100_000
SEED = 20_261_126
SOONS = tuple(Urgency)

Matrix = NDArray[np.float64]
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval of 95 %; low and high None where no resample gave one."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class ByCondition:
    """Opinions of one condition ('' for none, None for those together of which none is shown by itself).

    first: told as the likeliest; among: named at all.
    """

    code: str | None
    opinions: int
    first: int
    among: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """cases, opinions: how many. All is None or empty where there are too few cases to be shown.

    conditions: clinicians' conditions, the most frequent first. soon: rows clinician, columns computer, by urgency; None in a
    cell that is not shown, empty where none can be. under, over: share told as less, as more pressing than the clinician says.
    kappa_*: None where all is of one kind.
    """

    cases: int | None = None
    opinions: int | None = None
    conditions: Sequence[ByCondition] = ()
    soon: Sequence[Sequence[int | None]] = ()
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


def measured(alike: Mapping[tuple[Said, ...], int], basis: str = "") -> Agreement:
    """The agreement of opinions with what was told then. alike: how many cases have these opinions (bot.cases.opinions.alike).

    basis: 'model' or 'rules'; '' for all.
    """
    if basis and not _told_apart(alike, basis):
        return Agreement()
    kept: Counter[tuple[Said, ...]] = Counter()
    for several, count in alike.items():
        if some := tuple(o for o in several if o.told_urgency and (not basis or o.basis == basis)):
            kept[some] += count
    groups = sorted(kept)
    sizes = np.asarray([kept[group] for group in groups], np.int64)
    cases, opinions = int(sizes.sum()), sum(count * len(group) for group, count in kept.items())
    if cases < FEWEST:
        return Agreement()
    flat = [(at, one) for at, group in enumerate(groups) for one in group]
    of_group = np.asarray([at for at, _ in flat])
    codes = sorted({o.condition for _, o in flat} | {_first(o) for _, o in flat})
    said = [codes.index(o.condition) for _, o in flat]
    told = [codes.index(_first(o)) for _, o in flat]
    soon_said = [Urgency(o.urgency).rank for _, o in flat]
    soon_told = [Urgency(o.told_urgency).rank for _, o in flat]
    # Whole cases are drawn. Cases with the same opinions are the same draw, so what is drawn is how many there are of each group;
    # of many groups fewer times, for a page that is asked for again and again.
    times = int(np.clip(DRAWN // len(groups), FEWEST_RESAMPLES, RESAMPLES))
    draws = np.random.default_rng(SEED).multinomial(cases, sizes / cases, size=times)
    whole = np.concatenate([sizes[None], draws]).astype(np.float64)
    what = _tables(whole, of_group, said, told, len(codes))
    soon = _tables(whole, of_group, soon_said, soon_told, len(SOONS))
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
        opinions,
        _conditions(kept),
        _soon(kept),
        first,
        under,
        over,
        kappa_what,
        kappa_soon,
        kappa_weighted,
    )


def _tables(
    draws: Matrix, of_group: NDArray[np.int64], rows: Sequence[int], columns: Sequence[int], size: int
) -> Matrix:
    """Counts of pairs of categories in each draw.  draws: (R, groups), how many cases of each.  Returns (R, size, size)."""
    flat = np.asarray(rows, np.int64) * size + np.asarray(columns, np.int64)
    pairs, which = np.unique(flat, return_inverse=True)
    held = np.zeros((draws.shape[1], len(pairs)))
    np.add.at(held, (of_group, which), 1.0)
    counts = np.zeros((len(draws), size * size))
    counts[:, pairs] = draws @ held
    return counts.reshape(len(draws), size, size)


def _first(opinion: Said) -> str:
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


def _cells(kept: Mapping[tuple[Said, ...], int], key: Callable[[Said], K]) -> dict[K, Cell]:
    """Opinions by a trait, in the order of the traits, and of how many cases they are (FEWEST for more).

    A case stands for a patient here.
    """
    cases: Counter[K] = Counter()
    told: Counter[K] = Counter()
    for group, count in kept.items():
        cases.update(dict.fromkeys({key(one) for one in group}, count))
        for one in group:
            told[key(one)] += count
    return {trait: Cell(told[trait], min(cases[trait], FEWEST)) for trait in sorted(told, key=repr)}


def _told_apart(alike: Mapping[tuple[Said, ...], int], basis: str) -> bool:
    """Whether what this found may be shown beside the sum of all."""
    told: Counter[tuple[Said, ...]] = Counter()
    for several, count in alike.items():
        told[tuple(o for o in several if o.told_urgency)] += count
    return small_groups.shown(_cells(told, lambda one: one.basis)).get(basis) is not None


def _soon(kept: Mapping[tuple[Said, ...], int]) -> list[list[int | None]]:
    found = small_groups.shown(_cells(kept, lambda one: (one.urgency, one.told_urgency)))
    if all(count is None for count in found.values()):
        return []
    return [[found.get((said.value, told.value), 0) for told in SOONS] for said in SOONS]


def _conditions(kept: Mapping[tuple[Said, ...], int]) -> list[ByCondition]:
    """Conditions that may be shown by themselves; the others together, from which none of them can be told."""
    cells = _cells(kept, lambda one: one.condition)
    by_itself = small_groups.shown(cells)
    of_each: dict[str, Counter[Said]] = {}
    for group, count in kept.items():
        for one in group:
            of_each.setdefault(one.condition, Counter())[one] += count
    shown: list[ByCondition] = []
    rest: Counter[Said] = Counter()
    for code in sorted(cells, key=lambda code: (-cells[code].count, code)):
        if by_itself[code] is None:
            rest += of_each[code]
        else:
            shown.append(_counted(code, of_each[code]))
    if rest:
        shown.append(_counted(None, rest))
    return shown


def _counted(code: str | None, of_it: Mapping[Said, int]) -> ByCondition:
    def together(which: Callable[[Said], bool]) -> int:
        return sum(count for one, count in of_it.items() if which(one))

    return ByCondition(
        code,
        together(lambda _: True),
        together(lambda one: _first(one) == one.condition),
        together(lambda one: one.condition in one.told or (one.condition == "" and not one.told)),
    )
