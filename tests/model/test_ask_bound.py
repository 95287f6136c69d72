"""The bound by hindsight: no order that looks at the answers is ahead of it, and it is walked as people answer."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from model import ask_bound
from model.answers import SYMPTOMS

N = 40


def made() -> tuple[dict[frozenset[int], Tensor], Tensor, Tensor]:
    """(by set, answers, labels) drawn at random: three conditions, what is said after each set of at most two questions."""
    rng = torch.Generator().manual_seed(3)
    sets = [frozenset(c) for count in range(3) for c in itertools.combinations(range(len(SYMPTOMS)), count)]
    by_set = {one: torch.randn(N, 3, generator=rng).softmax(1) for one in sets}
    values = torch.randint(-1, 2, (N, len(SYMPTOMS)), generator=rng)
    return by_set, values, torch.randint(0, 3, (N,), generator=rng)


def right(p: Tensor, y: Tensor) -> float:
    return float((p.argmax(1) == y).float().sum())


def test_there_are_750_trees_and_none_asks_twice() -> None:
    found = list(ask_bound.trees())
    assert len(found) == len({str(t) for t in found}) == 750
    assert all(t.first not in (t.after_yes, t.after_no, t.after_unknown) for t in found)


def test_no_pair_in_any_order_is_ahead_of_the_best_tree() -> None:
    by_set, values, y = made()
    tree, p = ask_bound.best_tree(by_set, values, y, right)
    pairs = [p for one, p in by_set.items() if len(one) == 2]
    assert right(p, y) > max(right(one, y) for one in pairs)
    for row in range(N):
        second = {1: tree.after_yes, -1: tree.after_no, 0: tree.after_unknown}[int(values[row, tree.first])]
        assert torch.equal(p[row], by_set[frozenset({tree.first, second})][row])


def test_a_tree_for_each_likeliest_condition_is_ahead_of_one_for_all() -> None:
    by_set, values, y = made()
    _, one = ask_bound.best_tree(by_set, values, y, right)
    each = ask_bound.best_by_likeliest(by_set, values, y, lambda p, y: (p.argmax(1) == y).float())
    assert right(each, y) > right(one, y)
