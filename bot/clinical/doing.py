"""What a person is told to do, in a form that can be compared: two results that say the same need no question between them.

A name alone changes nothing that anybody does, nor does how sure it is: three cancers of the skin are one thing to do, a likely
and a possible scabies another one thing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from bot.clinical import conditions
from bot.messages import Urgency

__all__ = ["Done", "done_for"]

Done = tuple[Urgency, frozenset[tuple[str, ...]]]
"""How soon; and of each condition that is named what is done at home, about others, about work, by hand, for a programme."""


def done_for(urgency: Urgency, codes: Iterable[str]) -> Done:
    """codes: of the conditions that are named; none of them where nothing may be. Raises KeyError for one that is not known."""
    return urgency, frozenset(_of(code) for code in (tuple(codes) or ("",)))


@cache
def _of(code: str) -> tuple[str, ...]:
    entry = conditions.entry(code)
    texts = (entry.home, entry.contagious, entry.work, entry.examine)
    return (*(text.id for text in texts), "report" if entry.report else "")
