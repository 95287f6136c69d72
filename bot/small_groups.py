"""What may be shown of counts: never a group of fewer than LEAST people, and none by subtraction either. Pure.

The cells of a block are parts of one total that somebody may know from elsewhere. Where a cell is of too few people (of one to
four) it is hidden, and so are as many of the larger cells as it takes that its number cannot be told from the total: what is
hidden together holds LEAST people, and could be distributed in SLACK + 1 ways at least. Where that cannot be had, nothing of
the block is shown. Which of the larger go along is decided by the order in which they are given and never by their numbers:
were it the smallest, everybody would know that what is hidden is no larger than what is shown, and could leave out most of the
ways. So the order must be one of the keys alone. A cell of nobody is no group. Over time: blocks are weeks that have ended, so
that two looks at the page do not differ by the person who came between; by one who is erased, or answered later, they do. Each
week is a block of its own, and no sum over weeks is shown of any group: with it, what is hidden in one week could be worked
out from the others. (Whoever knows such a sum from elsewhere still can.)
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

from bot.figure_counts import PEOPLE_UP_TO, Cell

__all__ = ["LEAST", "SLACK", "nested", "shown"]

LEAST = PEOPLE_UP_TO
SLACK = LEAST - 2

K = TypeVar("K", bound=Hashable)
L = TypeVar("L", bound=Hashable)


def shown(cells: Mapping[K, Cell]) -> dict[K, int | None]:
    """The count of each cell that may be shown, None for one that may not. cells: in an order of the keys alone."""
    small = [key for key, cell in cells.items() if 0 < cell.people < LEAST]
    if not small:
        return {key: cell.count for key, cell in cells.items()}
    hidden = set(small)
    large = [key for key, cell in cells.items() if cell.people >= LEAST]
    slack = sum(cells[key].count - 1 for key in small)
    for position, key in enumerate(large):
        if position and slack >= SLACK:
            break
        hidden.add(key)
        slack += cells[key].count - LEAST
    if not large or slack < SLACK or len(hidden) == sum(cell.people > 0 for cell in cells.values()):
        return dict.fromkeys(cells)
    return {key: None if key in hidden else cell.count for key, cell in cells.items()}


def nested(
    parents: Mapping[K, Cell], children: Mapping[K, Mapping[L, Cell]]
) -> tuple[dict[K, int | None], dict[K, dict[L, int | None]]]:
    """`shown` of cells and of their parts, whose sums the cells are: of a cell that is hidden no part is shown."""
    above = shown(parents)
    return above, {
        key: dict.fromkeys(parts) if above.get(key) is None else shown(parts)
        for key, parts in children.items()
    }
