"""Figures, against scikit-learn and by hand."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from model import metrics


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_balanced_accuracy_and_auc_are_scikit_learns(seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    p = torch.rand(60, 4, generator=rng).softmax(1)
    y = torch.cat([torch.arange(4), torch.randint(0, 4, (56,), generator=rng)])
    assert math.isclose(
        metrics.balanced_accuracy(p, y), balanced_accuracy_score(y, p.argmax(1)), abs_tol=1e-6
    )
    score = (p[:, 0] * 10).round()  # with ties
    assert math.isclose(metrics.auc(score, y == 0), roc_auc_score(y == 0, score), abs_tol=1e-6)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=60))
def test_the_threshold_finds_at_least_95_in_100_cancers(scores: list[float]) -> None:
    score = torch.tensor(scores)
    t = metrics.threshold_at(score, torch.ones(len(scores), dtype=torch.bool))
    assert float((score >= t).float().mean()) >= 0.95


def test_specificity_by_hand() -> None:
    score = torch.tensor([0.9, 0.8, 0.7, 0.75, 0.1, 0.2])
    positive = torch.tensor([True, True, True, False, False, False])
    assert metrics.specificity_at(score, positive) == pytest.approx(2 / 3)


def test_a_model_that_is_as_right_as_it_is_sure_has_no_calibration_error() -> None:
    p = torch.tensor([[0.75, 0.25]] * 4)
    assert metrics.ece(p, torch.tensor([0, 0, 0, 1])) == pytest.approx(0.0)
    assert metrics.ece(p, torch.tensor([1, 1, 1, 1])) == pytest.approx(0.75)


def test_photographs_of_one_patient_are_drawn_together() -> None:
    seen: set[tuple[int, ...]] = set()

    def figure(rows: torch.Tensor) -> float:
        counts = torch.bincount(rows, minlength=4)
        assert int(counts[0]) == int(counts[1])
        seen.add(tuple(counts.tolist()))
        return float(rows.float().mean())

    found = metrics.bootstrap(figure, ["a", "a", "b", "c"], rounds=50)
    assert len(seen) > 3
    assert found.low <= found.value <= found.high
