"""Scores of several raters: how many agree, and how far the raters agree with each other. Pure.

Krippendorff's alpha for intervals (Krippendorff, Content Analysis, 2004, chapter 11): raters may be different ones from answer to
answer, and some may be missing. Intervals of 95 % by resampling answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.cases.agreement import FEWEST, Estimate, Matrix

__all__ = ["AGREES", "QUESTIONS", "Question", "alpha", "summed"]

# The seven questions of the SkinGPT-4 study (Nature Communications 15:5649, 2024, figure 4), and its scale of five.
QUESTIONS = ("correct", "informative", "useful", "helps_doctors", "helps_patients", "private", "would_use")
LOWEST, HIGHEST = 1, 5
# 'Agree' and 'strongly agree'.
AGREES = 4
RESAMPLES = 1000
SEED = 20_261_126


@dataclass(frozen=True, slots=True)
class Question:
    """One question over all scored answers. agree: share of scores from AGREES on. between: alpha, None where undefined."""

    scores: int
    mean: float
    agree: Estimate
    between: Estimate | None


def alpha(answers: Sequence[Sequence[float]]) -> float | None:
    """Krippendorff's alpha over answers, each with the scores of its raters; None where all scores are the same or alone."""
    if not any(len(one) >= 2 for one in answers):
        return None
    there = [np.asarray(one, np.float64) for one in answers]
    counts, sums, squares = (
        np.asarray([[what(one)] for one in there]) for what in (len, np.sum, lambda one: (one**2).sum())
    )
    found = float(_alphas(np.ones((1, len(there))), counts.astype(np.float64), sums, squares)[0, 0])
    return None if np.isnan(found) else found


def summed(answers: Mapping[int, Sequence[Sequence[int]]]) -> list[Question] | None:
    """The seven questions over the answers (by id, each with its raters' seven scores); None for fewer than FEWEST answers."""
    scored = [np.asarray(rows, np.float64) for rows in answers.values() if rows]
    if len(scored) < FEWEST:
        return None
    draws = np.random.default_rng(SEED).integers(0, len(scored), size=(RESAMPLES, len(scored)))
    # How often each answer is in each draw; first once each, as they are.  (1 + R, answers)
    times = np.ones((1 + RESAMPLES, len(scored)))
    times[1:] = [np.bincount(draw, minlength=len(scored)) for draw in draws]
    # Of each answer and question: scores, their sum, that of their squares, how many agree.  (answers, 7)
    counts = np.asarray([[len(rows)] * len(QUESTIONS) for rows in scored], np.float64)
    sums = np.asarray([rows.sum(0) for rows in scored])
    squares = np.asarray([(rows**2).sum(0) for rows in scored])
    agree = np.asarray([(rows >= AGREES).sum(0) for rows in scored])
    shares = (times @ agree) / (times @ counts)
    alphas = _alphas(times, counts, sums, squares)
    return [
        Question(
            int(counts[:, index].sum()),
            float(sums[:, index].sum() / counts[:, index].sum()),
            _estimate(float(shares[0, index]), shares[1:, index]),
            None if np.isnan(alphas[0, index]) else _estimate(float(alphas[0, index]), alphas[1:, index]),
        )
        for index in range(len(QUESTIONS))
    ]


def _alphas(times: Matrix, counts: Matrix, sums: Matrix, squares: Matrix) -> Matrix:
    """`alpha` of many draws and all questions at once: NaN where it is undefined.

    times: (R, answers), how often each is drawn. counts, sums, squares: (answers, questions), of the scores.
    """
    several = counts >= 2
    pairs = 2 * (counts * squares - sums**2)
    within = times @ np.where(several, pairs / np.maximum(counts - 1, 1), 0.0)
    n, total, square = (times @ np.where(several, one, 0.0) for one in (counts, sums, squares))
    between = 2 * (n * square - total**2) / np.maximum(n - 1, 1)
    # Whole scores: their squared differences are whole numbers too, and 0 only where all are the same.
    known = between > 0.5 / np.maximum(n, 1)
    return np.where(known, 1.0 - within / np.where(known, between, 1.0), np.nan)


def _estimate(value: float, resampled: Matrix) -> Estimate:
    known = resampled[~np.isnan(resampled)]
    if not len(known):
        return Estimate(value, None, None)
    low, high = np.percentile(known, [2.5, 97.5])
    return Estimate(value, float(low), float(high))
