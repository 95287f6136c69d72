"""Scores of several raters: how many agree, and how far the raters agree with each other. Pure.

Krippendorff's alpha for intervals (Krippendorff, Content Analysis, 2004, chapter 11): raters may be different ones from answer to
answer, and some may be missing. Intervals of 95 % by resampling answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.cases.agreement import FEWEST, Estimate

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
    rated = [list(one) for one in answers if len(one) >= 2]
    if not rated:
        return None
    # Squared differences within an answer, each answer's pairs weighted by its raters; and over all scores as if by chance.
    within = sum(_pairs(one) / (len(one) - 1) for one in rated)
    whole = [score for one in rated for score in one]
    n = len(whole)
    between = _pairs(whole) / (n - 1)
    return None if between == 0 else 1.0 - within / between


def _pairs(values: Sequence[float]) -> float:
    """The sum of squared differences over all ordered pairs."""
    there = np.asarray(values, np.float64)
    return float(2 * (len(there) * (there**2).sum() - there.sum() ** 2))


def summed(answers: Mapping[int, Sequence[Sequence[int]]]) -> list[Question] | None:
    """The seven questions over the answers (by id, each with its raters' seven scores); None for fewer than FEWEST answers."""
    scored = [rows for rows in answers.values() if rows]
    if len(scored) < FEWEST:
        return None
    draws = np.random.default_rng(SEED).integers(0, len(scored), size=(RESAMPLES, len(scored)))
    found = []
    for index in range(len(QUESTIONS)):
        of_answer = [[float(row[index]) for row in rows] for rows in scored]
        flat = [score for one in of_answer for score in one]
        shares = [_share([s for at in draw for s in of_answer[at]]) for draw in draws]
        value = alpha(of_answer)
        between = None
        if value is not None:
            alphas = [a for draw in draws if (a := alpha([of_answer[at] for at in draw])) is not None]
            between = _estimate(value, alphas)
        found.append(Question(len(flat), sum(flat) / len(flat), _estimate(_share(flat), shares), between))
    return found


def _share(scores: Sequence[float]) -> float:
    return sum(score >= AGREES for score in scores) / len(scores)


def _estimate(value: float, resampled: Sequence[float]) -> Estimate:
    if not resampled:
        return Estimate(value, None, None)
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Estimate(value, float(low), float(high))
