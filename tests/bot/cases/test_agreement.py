"""Agreement between clinicians and the computer: right by hand, by scikit-learn, and silent on few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, update

from bot.cases import agreement, opinions
from bot.cases.opinions import Said
from bot.conversation.state import new_state
from bot.database import reading, transaction
from bot.messages import Urgency
from bot.tables import CaseOpinion
from tests.bot.cases.world import a_case, a_member


@dataclass(frozen=True)
class One:
    """An opinion, and which case it is on."""

    case: str
    said: Said


def one(number: int, condition: str, urgency: str, told: tuple[str, ...], told_urgency: str | None, case: int | None = -1,
        basis: str = "model") -> One:  # fmt: skip
    on = f"gone {number}" if case is None else f"case {number if case == -1 else case}"
    return One(on, Said(condition, urgency, told, told_urgency or "", basis))


def measured(several: Sequence[One], basis: str = "") -> agreement.Agreement:
    of_case: dict[str, list[Said]] = {}
    for each in several:
        of_case.setdefault(each.case, []).append(each.said)
    return agreement.measured(Counter(tuple(sorted(said)) for said in of_case.values()), basis)


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
    found = measured(
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
    assert found.soon == [], "each field is of one case"
    (rest,) = found.conditions
    assert (rest.code, rest.opinions, rest.first, rest.among) == (None, 5, 3, 4)


def test_of_fewer_than_five_cases_nothing_is_said_however_many_opinions() -> None:
    few = [one(n, "MEL", "week", ("MEL",), "week", case=n % 4) for n in range(40)]
    found = measured(few)
    assert found == agreement.Agreement()


def some(condition: str, count: int, at: int, basis: str = "model", soon: str = "week") -> list[One]:
    return [one(at + n, condition, soon, (condition,), "week", basis=basis) for n in range(count)]


def test_a_condition_of_few_cases_is_neither_shown_nor_what_it_could_be_told_from() -> None:
    found = measured([*some("NEV", 5, 0), *some("MEL", 4, 10)])
    assert [(c.code, c.opinions) for c in found.conditions] == [(None, 9)]
    found = measured([*some("NEV", 9, 0), *some("SEK", 8, 20), *some("MEL", 1, 40)])
    assert [(c.code, c.opinions) for c in found.conditions] == [("SEK", 8), (None, 10)]
    found = measured([*some("NEV", 9, 0), *some("SEK", 6, 20)])
    assert [(c.code, c.opinions) for c in found.conditions] == [("NEV", 9), ("SEK", 6)]


def test_a_field_of_few_cases_is_not_shown_in_the_table_by_how_soon() -> None:
    week, today = Urgency.WEEK.rank, Urgency.TODAY.rank
    found = measured(
        [*some("NEV", 20, 0), *some("NEV", 8, 30, soon="today"), *some("NEV", 1, 50, soon="now")]
    )
    assert found.soon[week][week] == 20
    assert found.soon[today][week] is None, "or the one could be told from the sum"
    assert found.soon[Urgency.NOW.rank][week] is None
    assert found.soon[week][today] == 0
    assert found.under is not None


def test_what_found_few_cases_is_not_shown_and_neither_is_what_the_others_are_without_them() -> None:
    several = [*some("MEL", 6, 0), *some("NEV", 1, 10, basis="rules")]
    assert measured(several).cases == 7
    assert measured(several, "model") == measured(several, "rules") == agreement.Agreement()
    several = [*some("MEL", 6, 0), *some("NEV", 5, 10, basis="rules")]
    assert (measured(several, "model").cases, measured(several, "rules").cases) == (6, 5)


def test_only_what_was_told_counts_and_by_its_kind() -> None:
    told = [one(n, "MEL", "week", ("MEL",), "week", basis="rules" if n % 2 else "model") for n in range(20)]
    found = measured([*told, one(99, "MEL", "week", (), None)], "rules")
    assert found.opinions == 10
    assert measured([*told, one(99, "MEL", "week", (), None)]).opinions == 20


def test_the_interval_is_of_cases_not_of_opinions() -> None:
    apart = [one(n, "MEL" if n % 3 else "NEV", "week", ("MEL",), "week") for n in range(30)]
    # The same opinions, five on each of six cases.
    together = [
        one(n, "MEL" if (n // 5) % 3 else "NEV", "week", ("MEL",), "week", case=n // 5) for n in range(30)
    ]
    width = []
    for several in (apart, together):
        first = measured(several).first
        assert first is not None
        assert first.low is not None
        assert first.high is not None
        assert first.low <= first.value <= first.high
        width.append(first.high - first.low)
    assert width[1] > 1.5 * width[0]


def test_opinions_of_cases_that_are_gone_are_cases_of_their_own() -> None:
    assert measured([one(n, "MEL", "week", ("MEL",), "week", case=None) for n in range(6)]).cases == 6


def test_cases_with_the_same_opinions_are_drawn_as_often_as_if_each_were_drawn_by_itself() -> None:
    # 60 cases of two kinds: the interval of a share of one in four is the binomial's, 0.25 +- 1.96 * 0.0559.
    found = measured(
        [one(n, "NEV" if n % 4 == 0 else "MEL", "week", ("NEV",), "week") for n in range(60)]
    ).first
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0.25, 0.14, 0.36), abs=0.025)


def test_the_database_counts_cases_with_the_same_last_opinions(engine: Engine) -> None:
    state = replace(new_state("sw"), consent="yes")
    with transaction(engine) as connection:
        dr, other = (a_member(connection, name, "clinician")[0] for name in ("d1", "d2"))
        _, chat = a_member(connection, "w")
        cases = [a_case(connection, chat, state) for _ in range(7)]
        for case in cases:
            opinions.add(connection, case, dr, "SEK", Urgency.TODAY)
            opinions.add(connection, case, dr, "NEV", Urgency.WEEK)
        for case in cases[:3]:
            opinions.add(connection, case, other, "", Urgency.NOW)
        connection.execute(
            update(CaseOpinion).where(CaseOpinion.case_id == cases[0].id).values(told=["MEL", "NEV"])
        )
        connection.execute(update(CaseOpinion).where(CaseOpinion.case_id == cases[6].id).values(case_id=None))
    with reading(engine) as connection:
        found = opinions.alike(connection)
    nev, none, sek = (
        Said("NEV", "week", (), "", ""),
        Said("", "now", (), "", ""),
        Said("SEK", "today", (), "", ""),
    )
    told = ("MEL", "NEV")
    assert found == {
        (none, nev): 2, (replace(none, told=told), replace(nev, told=told)): 1, (nev,): 4, (sek,): 1,
    }  # fmt: skip
