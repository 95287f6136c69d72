"""What two questions could give at most: trees chosen in hindsight, by the very photographs that judge them.

A tree asks everybody one question, and then one that hangs on the answer (yes, no, not known); there are 750. The best of them is
ahead of every order that looks at the answers alone. Where each condition that the photograph holds likeliest has a tree of its
own, the best set of trees is ahead of every order that looks at that too. Nothing here is a way of asking: it knows the answers.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from model.answers import SYMPTOMS

__all__ = ["Tree", "best_by_likeliest", "best_tree", "trees"]

Figure = Callable[[Tensor, Tensor], float]
"""(p (n, C), y (n,)) -> a figure, the higher the better."""
Worth = Callable[[Tensor, Tensor], Tensor]
"""(p (n, C), y (n,)) -> (n,) what each photograph adds to a figure, the higher the better."""
BySet = Mapping[frozenset[int], Tensor]
"""questions that were asked -> (N, C) probabilities under their answers, where known"""


@dataclass(frozen=True)
class Tree:
    """Two questions, by their places in SYMPTOMS."""

    first: int
    after_yes: int
    after_no: int
    after_unknown: int

    def __str__(self) -> str:
        yes, no, unknown = (SYMPTOMS[q] for q in (self.after_yes, self.after_no, self.after_unknown))
        return f"{SYMPTOMS[self.first]}, then {yes} (yes), {no} (no), {unknown} (not known)"


def trees() -> Iterator[Tree]:
    """All of them."""
    for first in range(len(SYMPTOMS)):
        others = [q for q in range(len(SYMPTOMS)) if q != first]
        for seconds in itertools.product(others, repeat=3):
            yield Tree(first, *seconds)


def best_tree(by_set: BySet, values: Tensor, y: Tensor, figure: Figure) -> tuple[Tree, Tensor]:
    """The tree with the highest figure, and its probabilities (N, C).  values: (N, 6) 1 yes, -1 no, 0 not known."""
    return max(
        ((tree, _walked(tree, by_set, values)) for tree in trees()), key=lambda found: figure(found[1], y)
    )


def best_by_likeliest(by_set: BySet, values: Tensor, y: Tensor, worth: Worth) -> Tensor:
    """Probabilities (N, C) where each condition likeliest before any question has the tree worth most to its photographs."""
    none = by_set[frozenset()]
    group = none.argmax(dim=1)
    best, most = none.clone(), torch.full((none.shape[1],), -torch.inf)
    for tree in trees():
        p = _walked(tree, by_set, values)
        each = worth(p, y)
        for c in group.unique().tolist():
            rows = group == c
            if each[rows].sum() > most[c]:
                most[c] = each[rows].sum()
                best[rows] = p[rows]
    return best


def _walked(tree: Tree, by_set: BySet, values: Tensor) -> Tensor:
    """What is said after the two questions that each person was asked."""
    p = by_set[frozenset()].clone()
    for value, second in ((1, tree.after_yes), (-1, tree.after_no), (0, tree.after_unknown)):
        rows = values[:, tree.first] == value
        p[rows] = by_set[frozenset({tree.first, second})][rows]
    return p
