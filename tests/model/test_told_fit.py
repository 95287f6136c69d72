"""The shipped second listener is what its corpora teach, and its thresholds keep their promises on what was held out."""

from __future__ import annotations

import numpy as np
import pytest

from bot.clinical import ear
from bot.clinical.danger_signs import all_signs
from bot.clinical.grams import PLACES, traits
from bot.clinical.matching import read
from bot.messages import Urgency
from model import told_fit

NOW = {s.id for s in all_signs() if s.urgency is Urgency.NOW} - {"D45"}


@pytest.mark.parametrize("code", sorted(ear.languages()))
def test_every_corpus_holds_eight_statements_a_sign_and_many_that_are_none(code: str) -> None:
    kinds = [line.kind for line in told_fit.corpus(code)]
    assert {*kinds} == {*NOW, "die", "hurt", *told_fit.NOT_STATED}
    assert min(kinds.count(kind) for kind in {*kinds}) >= 8
    assert kinds.count("NO") >= 120
    assert kinds.count("OK") >= 200
    assert all(line.text for line in told_fit.corpus(code))


def test_the_shipped_weights_are_learned_anew_from_the_corpus() -> None:
    lines, shipped = told_fit.corpus("sw"), ear.ear("sw")
    typed = [read(line.text) for line in lines]
    again = told_fit.fit(
        [traits(t.words) for t in typed], [line.kind for line in lines], shipped.signs, PLACES
    )
    # Sums in another order may move a weight by one step of 127.
    assert np.abs(again.weights.astype(int) - shipped.weights).max() <= 1
    stretch = shipped.scale / again.scale
    assert np.allclose(stretch, stretch[0], rtol=1e-4)
    moved = again.bias * stretch - shipped.bias
    assert np.allclose(moved, moved[0], atol=1e-3)
    one = ear.Ear(shipped.signs, again.weights, shipped.scale, shipped.bias)
    decided, before = (np.array([e.hear(t) for t in typed]) for e in (one, shipped))
    clear = (np.abs(before - ear.ASKED) > 0.02) & (np.abs(before - ear.STATED) > 0.02)
    for limit in (ear.ASKED, ear.STATED):
        assert np.array_equal((decided >= limit)[clear], (before >= limit)[clear])


def test_no_line_that_must_not_is_at_the_threshold_of_what_is_stated() -> None:
    highest = np.array([0.1, 0.7, 0.4])
    assert told_fit.stated_from(highest) > 0.7


def test_two_of_a_hundred_harmless_lines_may_be_asked_about() -> None:
    harmless = np.arange(100.0)
    assert np.sum(harmless >= told_fit.asked_from(harmless)) == 2


def test_scaled_scores_are_0_where_it_is_asked_and_1_where_it_is_stated() -> None:
    fitted = told_fit.Fitted(
        np.ones((1, 2), np.int8), np.array([0.5, 0.4], np.float32), np.zeros(2, np.float32)
    )
    scaled = told_fit.scaled(fitted, (0.5, 1.5))
    score = scaled.weights[0] * scaled.scale + scaled.bias
    assert np.allclose(score, [0.0, -0.1])


def test_every_fold_holds_lines_of_every_kind() -> None:
    kinds = ["D05"] * 7 + ["OK"] * 11
    fold = told_fit.fold_of(kinds)
    assert {*fold[:7]} == {*fold[7:]} == {*range(told_fit.FOLDS)}
    assert np.array_equal(fold, told_fit.fold_of(kinds))
