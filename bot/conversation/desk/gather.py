"""Which case an item belongs to: (open cases, item, time) -> this case, a new one, or a question to the worker.

Pure. The order of the rules is the order of certainty; where two patients could be meant, nobody guesses:
  1  a code that stands in the text or caption wins, always; one that is nobody's stops it (`sorting.sort`)
  2  a forward whose origin the platform tells belongs to the case that messages of this origin went to within the hour
  3  what is not forwarded belongs to the case whose question stands open, text also to the case last spoken of
  4  with no case open, anything begins one
  5  everything else is asked
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.conversation.desk import codes
from bot.messages import Inbound

__all__ = ["MOST_LIKELY", "TOGETHER_S", "Ask", "Into", "New", "OpenCase", "gather", "origin_of"]

# Forwards of one origin within this time are one patient's.
TOGETHER_S = 3600.0
# Cases offered in the question; more are reached by typing a code.
MOST_LIKELY = 3


@dataclass(frozen=True, slots=True)
class OpenCase:
    """What must be known of an open case to sort items. Times: epoch s.

    origin: of the forwards in it (`origin_of`), '' where none is known; origin_at: when the last of them came.
    empty: opened by a word, and nothing was put in yet.
    """

    code: str
    touched_at: float
    origin: str = ""
    origin_at: float = 0.0
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Into:
    """It belongs to this case."""

    code: str


@dataclass(frozen=True, slots=True)
class New:
    """It begins a case."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Same patient or new? likely: codes to offer, the likeliest first."""

    likely: tuple[str, ...]


Place = Into | New | Ask


def origin_of(item: Inbound) -> str:
    """Whose message was forwarded, as the worker made it known: a keyed hash (`bot.cases.store.origin_of`); '' unknown."""
    return item.forwarded_from if item.forwarded else ""


def gather(
    item: Inbound,
    at: float,
    cases: Mapping[str, OpenCase],
    *,
    current: str = "",
    question_open: bool = False,
) -> Place:
    """Where the item belongs. at: epoch s. current: code of the case last worked on; question_open: it waits for an answer."""
    code, _ = codes.found(item.text, frozenset(cases))
    if code:
        return Into(code)
    if not cases:
        return New()
    now = cases.get(current)
    if not item.forwarded:
        if now is not None and (question_open or not item.attachments):
            return Into(current)
        return Ask(_likely(cases, current))
    if now is not None and now.empty and at - now.touched_at <= TOGETHER_S:
        return Into(current)
    origin = origin_of(item)
    if not origin:
        return Ask(_likely(cases, current))
    same = sorted(
        (c for c in cases.values() if c.origin == origin), key=lambda c: (c.origin_at, c.code), reverse=True
    )
    lately = [c for c in same if abs(at - c.origin_at) <= TOGETHER_S]
    if len(lately) == 1:
        return Into(lately[0].code)
    if same or any(not c.origin for c in cases.values()):
        # Known from long ago, a sender with two patients, or maybe the patient of a case whose sender is not known.
        return Ask(_likely(cases, same[0].code if same else current))
    return New()


def _likely(cases: Mapping[str, OpenCase], first: str) -> tuple[str, ...]:
    latest = sorted(cases.values(), key=lambda c: (-c.touched_at, c.code))
    ordered = [first] if first in cases else []
    ordered += [c.code for c in latest if c.code != first]
    return tuple(ordered[:MOST_LIKELY])
