"""What the plots show: no group of fewer than five people, neither shown nor left to be worked out."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.figure_counts import Cell
from bot.small_groups import LEAST, nested, shown

cells = st.builds(
    lambda people, more: Cell(people + (more if people else 0), people), st.integers(0, 12), st.integers(0, 4)
)
blocks = st.lists(cells, min_size=1, max_size=7).map(lambda found: dict(enumerate(found)))


@given(blocks)
def test_no_small_group_is_shown_and_what_is_shown_is_true(block: dict[int, Cell]) -> None:
    for key, count in shown(block).items():
        assert count in (None, block[key].count)
        assert count is None or not 0 < block[key].people < LEAST


@given(blocks)
def test_what_is_hidden_together_is_no_small_group(block: dict[int, Cell]) -> None:
    """Whoever knows the total learns the sum of what is hidden, and no more."""
    hidden = [block[key] for key, count in shown(block).items() if count is None]
    if not hidden or len(hidden) == len(block):
        return
    assert len(hidden) >= 2
    assert max(cell.people for cell in hidden) >= LEAST, "so the hidden ones are five people or more together"


@given(blocks)
def test_a_hidden_small_group_cannot_be_told_from_the_total(block: dict[int, Cell]) -> None:
    """Not even by somebody who knows this rule, the total, and which of the hidden groups are the small ones."""
    known = shown(block)
    hidden = [key for key, count in known.items() if count is None]
    if len(hidden) == len(block):
        return
    total = sum(cell.count for cell in block.values()) - sum(count for count in known.values() if count)
    small = [key for key in hidden if block[key].people < LEAST]
    least = {key: 1 if key in small else LEAST for key in hidden}
    spare = total - sum(least.values())
    ways = itertools.product(
        *[range(least[key], min(least[key] + spare, least[key] + 6) + 1) for key in hidden[:-1]]
    )
    fits = (
        [(*way, total - sum(way)) for way in ways if total - sum(way) >= least[hidden[-1]]] if hidden else []
    )
    for key in small:
        assert len({way[hidden.index(key)] for way in fits}) >= LEAST - 1, (key, total)


@pytest.mark.parametrize(("width", "most"), [(2, 24), (3, 16), (4, 11)])
def test_no_numbers_but_one_would_look_so(width: int, most: int) -> None:
    """Whoever tries all numbers that make the same picture with the same total finds four at least for each that is small."""
    alike: dict[tuple[tuple[int | None, ...], int], list[tuple[int, ...]]] = {}
    for numbers in itertools.product(range(most + 1), repeat=width):
        # A total of fewer is shown nowhere.
        if sum(numbers) >= LEAST:
            seen = shown({n: Cell(count, min(count, LEAST)) for n, count in enumerate(numbers)})
            alike.setdefault((tuple(seen.values()), sum(numbers)), []).append(numbers)
    told = []
    for (seen_as, total), ways in alike.items():
        # Of larger ones not all ways were tried.
        if total - sum(one or 0 for one in seen_as) > most:
            continue
        for n, one in enumerate(seen_as):
            values = {way[n] for way in ways}
            if one is None and values & set(range(1, LEAST)) and len(values) < LEAST - 1:
                told.append((seen_as, total, n, values))
    assert told == []


def test_what_goes_with_a_small_group_does_not_depend_on_the_numbers() -> None:
    # Five, five and four of a week of fourteen: with the smallest of the large ones hidden, the four could be worked out.
    several = {"now": Cell(0, 0), "today": Cell(5, 5), "week": Cell(20, 20), "routine": Cell(4, 4)}
    assert shown(several) == {"now": 0, "today": None, "week": 20, "routine": None}
    turned = {"now": Cell(0, 0), "today": Cell(20, 20), "week": Cell(5, 5), "routine": Cell(4, 4)}
    assert shown(turned) == {"now": 0, "today": None, "week": 5, "routine": None}


@given(blocks)
def test_groups_of_nobody_or_of_many_are_all_shown(block: dict[int, Cell]) -> None:
    kept = {key: cell for key, cell in block.items() if not 0 < cell.people < LEAST}
    assert shown(kept) == {key: cell.count for key, cell in kept.items()}


@given(st.lists(blocks, min_size=1, max_size=4))
def test_the_days_of_a_hidden_week_are_hidden(weeks: list[dict[int, Cell]]) -> None:
    # Of how many people a week is: as many as its largest day at least, as if the same ones came each day.
    parents = {
        n: Cell(sum(c.count for c in week.values()), max(c.people for c in week.values()))
        for n, week in enumerate(weeks)
    }
    above, parts = nested(parents, dict(enumerate(weeks)))
    for n, week in enumerate(weeks):
        if above[n] is None:
            assert set(parts[n].values()) == {None}
        else:
            assert parts[n] == shown(week)


def test_one_small_group_takes_a_larger_one_with_it() -> None:
    block = {"a": Cell(2, 2), "b": Cell(9, 9), "c": Cell(40, 30), "d": Cell(0, 0)}
    assert shown(block) == {"a": None, "b": None, "c": 40, "d": 0}
    tight = {"a": Cell(1, 1), "b": Cell(5, 5), "c": Cell(7, 7), "d": Cell(30, 30)}
    assert shown(tight) == {"a": None, "b": None, "c": None, "d": None}, "one and five could be told from six"
    assert shown({"a": Cell(3, 3), "b": Cell(0, 0)}) == {"a": None, "b": None}
