"""When a case is asked about again: the intervals of the facts, and the choice among rows."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clinical import follow_up, rows
from bot.clinical.follow_up import plan
from bot.messages import Urgency


def asked(urgency: str, *codes: str, suspicious: bool = False) -> list[tuple[str, int]]:
    return [(a.kind, a.days) for a in plan(Urgency(urgency), codes, suspicious=suspicious)]


@pytest.mark.parametrize(
    ("urgency", "codes", "suspicious", "expected"),
    [
        ("now", ["scabies"], True, []),
        ("week", [], True, [("visit", 7), ("visit", 14)]),
        ("routine", ["MEL"], True, [("visit", 7), ("visit", 14)]),
        ("week", [], False, [("better", 7), ("better", 14)]),
        ("week", ["nobody_knows_it"], False, [("better", 7), ("better", 14)]),
        ("routine", ["NEV"], False, []),
        ("routine", [], False, []),
        ("today", [], False, [("visit", 1), ("better", 2)]),
        ("today", ["scabies"], False, [("visit", 1), ("better", 2)]),
        ("today", ["cellulitis"], False, [("visit", 1), ("better", 3)]),
        ("today", [], True, [("visit", 1), ("better", 2)]),
        ("today", ["urticaria"], True, [("visit", 1), ("better", 2)]),
        ("week", ["scabies"], False, [("better", 14), ("better", 28)]),
        ("week", ["IMPETIGO"], False, [("better", 5), ("better", 10)]),
        ("week", ["scabies", "impetigo"], False, [("better", 5), ("better", 10)]),
        ("week", ["scabies", "leprosy"], False, [("visit", 7), ("better", 28)]),
        ("routine", ["molluscum"], False, []),
        ("week", ["molluscum"], False, []),
    ],
)
def test_the_interval_is_that_of_the_facts(
    urgency: str, codes: list[str], suspicious: bool, expected: list[tuple[str, int]]
) -> None:
    assert asked(urgency, *codes, suspicious=suspicious) == expected


@given(
    st.sampled_from(list(Urgency)),
    st.lists(st.sampled_from([*follow_up.table().by_code, "MEL", "x"]), max_size=4),
    st.booleans(),
)
def test_whatever_was_found_at_most_two_are_asked_and_after_now_none(
    urgency: Urgency, codes: list[str], suspicious: bool
) -> None:
    asks = plan(urgency, codes, suspicious=suspicious)
    assert len(asks) <= follow_up.MOST
    assert all(1 <= a.days <= follow_up.MOST_DAYS for a in asks)
    assert [a.days for a in asks] == sorted({a.days for a in asks})
    if urgency is Urgency.NOW:
        assert asks == ()
    elif suspicious:
        assert asks[0].kind == "visit"
    if urgency is Urgency.TODAY:
        assert asks[0].days <= 2


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("by_urgency", "now", "asks"), [{"ask": "visit", "days": 1}], "emergency"),
        (("by_urgency", "week", "asks"), [{"ask": "better", "days": 29}], "1 to 28"),
        (
            ("by_urgency", "week", "asks"),
            [{"ask": "better", "days": 7}, {"ask": "visit", "days": 7}],
            "later",
        ),
        (("suspicious", "asks"), [{"ask": "visit", "days": d} for d in (1, 2, 3)], "at most 2"),
        (("suspicious", "asks"), [{"ask": "how", "days": 1}], "better"),
        (("suspicious", "source"), "", "source"),
        (("conditions", "scabies", "codes"), ["Scabies"], "lower case"),
        (("conditions", "scabies", "codes"), ["impetigo"], "once"),
    ],
)
def test_a_row_that_its_schema_does_not_allow_is_refused(
    path: tuple[str, ...], value: object, says: str
) -> None:
    document = copy.deepcopy(dict(rows.document("follow_up.yaml")))
    place = document
    for key in path[:-1]:
        place = place[key]  # type: ignore[assignment]
    place[path[-1]] = value
    with pytest.raises(rows.BadRow, match=says):
        follow_up.parse(document)
