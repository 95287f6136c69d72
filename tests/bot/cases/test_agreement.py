"""Agreement between clinicians and the computer: right by hand, by scikit-learn, and silent on few."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cases import agreement
from bot.cases.opinions import Opinion
from bot.messages import Urgency


def one(number: int, condition: str, urgency: str, told: tuple[str, ...], told_urgency: str | None, case: int | None = -1,
        basis: str = "model") -> Opinion:  # fmt: skip
    return Opinion(
        number, number if case == -1 else case, 1, 0.0, condition, Urgency(urgency), told,
        Urgency(told_urgency) if told_urgency else None, None, basis, "m",
    )  # fmt: skip


def test_kappa_of_a_table_worked_by_hand() -> None:
    # Agreement 0.70, by chance 0.50: (0.70 - 0.50) / (1 - 0.50).
    assert agreement.kappa(np.array([[20.0, 5.0], [10.0, 15.0]])) == pytest.approx(0.4)
    assert agreement.kappa(np.eye(3) * 4) == pytest.approx(1.0)
    assert agreement.kappa(np.array([[7.0, 0.0], [0.0, 0.0]])) is None
    assert agreement.kappa(np.zeros((2, 2))) is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=4, max_size=60), st.booleans())
def test_kappa_is_scikit_learns(pairs: list[tuple[int, int]], weighted: bool) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rows, columns = [a for a, _ in pairs], [b for _, b in pairs]
    ours = agreement.kappa(agreement.table(rows, columns, 4), weighted=weighted)
    if ours is None:
        assert len({*rows, *columns}) == 1
        return
    theirs = metrics.cohen_kappa_score(
        rows, columns, labels=[0, 1, 2, 3], weights="linear" if weighted else None
    )
    assert ours == pytest.approx(theirs)


def test_under_triage_is_what_was_told_as_less_pressing_than_the_clinician_says() -> None:
    found = agreement.measured(
        [
            one(1, "MEL", "today", ("NEV",), "routine"),
            one(2, "NEV", "routine", ("NEV",), "today"),
            one(3, "NEV", "routine", ("NEV", "MEL"), "week"),
            one(4, "NEV", "week", ("MEL", "NEV"), "week"),
            one(5, "", "week", (), "week"),
        ]
    )
    assert (found.cases, found.opinions) == (5, 5)
    assert found.under is not None
    assert found.over is not None
    assert found.first is not None
    assert (found.under.value, found.over.value, found.first.value) == pytest.approx((0.2, 0.4, 0.6))
    assert found.soon[Urgency.TODAY.rank][Urgency.ROUTINE.rank] == 1
    assert sum(map(sum, found.soon)) == 5
    (rest,) = found.conditions
    assert (rest.code, rest.opinions, rest.first, rest.among) == (None, 5, 3, 4)


def test_of_fewer_than_five_cases_nothing_is_said_however_many_opinions() -> None:
    few = [one(n, "MEL", "week", ("MEL",), "week", case=n % 4) for n in range(40)]
    found = agreement.measured(few)
    assert (found.cases, found.opinions, found.soon, found.first, found.conditions) == (4, 40, (), None, ())


def test_a_condition_of_few_cases_is_not_shown_by_itself() -> None:
    many = [one(n, "NEV", "week", ("NEV",), "week") for n in range(5)]
    found = agreement.measured([*many, *[one(10 + n, "MEL", "week", ("NEV",), "week") for n in range(4)]])
    assert [(c.code, c.opinions) for c in found.conditions] == [("NEV", 5), (None, 4)]


def test_only_what_was_told_counts_and_by_its_kind() -> None:
    told = [one(n, "MEL", "week", ("MEL",), "week", basis="rules" if n % 2 else "model") for n in range(20)]
    found = agreement.measured([*told, one(99, "MEL", "week", (), None)], "rules")
    assert found.opinions == 10
    assert agreement.measured([*told, one(99, "MEL", "week", (), None)]).opinions == 20


def test_the_interval_is_of_cases_not_of_opinions() -> None:
    apart = [one(n, "MEL" if n % 3 else "NEV", "week", ("MEL",), "week") for n in range(30)]
    # The same opinions, five on each of six cases.
    together = [
        one(n, "MEL" if (n // 5) % 3 else "NEV", "week", ("MEL",), "week", case=n // 5) for n in range(30)
    ]
    width = []
    for opinions in (apart, together):
        first = agreement.measured(opinions).first
        assert first is not None
        assert first.low is not None
        assert first.high is not None
        assert first.low <= first.value <= first.high
        width.append(first.high - first.low)
    assert width[1] > 1.5 * width[0]


def test_opinions_of_cases_that_are_gone_are_cases_of_their_own() -> None:
    assert (
        agreement.measured([one(n, "MEL", "week", ("MEL",), "week", case=None) for n in range(6)]).cases == 6
    )
