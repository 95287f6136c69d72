"""What is told about others: whether they can catch it, work and school, home. Of several answers the most careful one.

What was answered comes before what is named: who had contact with mpox is never told that nobody can catch it (clinical.md, D35
to D37, and 2.12). Two names that say opposite things would be read as one wishes, so only the more careful is said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.clinical import conditions, weighing
from bot.clinical.conditions import ConditionEntry
from bot.conversation import course, results
from bot.conversation.state import ChatState
from bot.messages import Text, Urgency

__all__ = ["catching", "home", "work"]

# The most careful first; those of one line do not contradict each other. Design.
_CATCHING = (
    ("contagious.easy",),
    ("contagious.zoster", "contagious.close", "contagious.touch"),
    ("contagious.slow",),
    ("contagious.unknown",),
    ("contagious.leprosy",),
    ("contagious.insects", "contagious.ground"),
    ("contagious.unlikely",),
)
_WORK = (
    ("work.apart",),
    ("work.crusts",),
    ("work.crust",),
    ("work.treated_day",),
    ("work.rest",),
    ("work.treated",),
    ("work.unknown",),
    ("work.covered",),
    ("work.may",),
)

# Of these two everybody goes about as always.
_MAY = ("work.covered", "work.may")


def catching(state: ChatState) -> list[Text]:
    """Whether others can catch it."""
    return _careful(_entries(state), lambda entry: entry.contagious, _CATCHING)


def work(state: ChatState) -> list[Text]:
    """Whether one may work or go to school. Who must be seen today is told to go there, and to no other place."""
    said = _careful(_entries(state), lambda entry: entry.work, _WORK)
    if course.soon(state) is Urgency.TODAY and any(text.id in _MAY for text in said):
        return [Text("work.rest")]
    return said


def home(state: ChatState) -> list[Text]:
    """What is done at home. Where others must be kept from it, nothing that could be read as the opposite."""
    entries = _entries(state)
    away = [e for e in entries if e.contagious.id in ("contagious.easy", "contagious.zoster")]
    easily = [e for e in away if results.spreads(e)]
    age, site = state.answers.get("age", ""), state.answers.get("site", "")
    return [entry.home_for(age, site) for entry in easily or away or entries]


def _entries(state: ChatState) -> list[ConditionEntry]:
    """What answers speak for by themselves, then what is named; nothing known where there is neither."""
    named = tuple(c.code for c in results.named(state))
    codes = (*weighing.spoken_for(state.answers, named), *named)
    return [conditions.entry(code) for code in dict.fromkeys(codes)] or [conditions.unknown()]


def _careful(
    entries: Sequence[ConditionEntry],
    of: Callable[[ConditionEntry], Text],
    levels: Sequence[Sequence[str]],
) -> list[Text]:
    """What the entries say on the most careful level that any of them reaches."""
    level = min(_level(of(entry).id, levels) for entry in entries)
    return [of(entry) for entry in entries if _level(of(entry).id, levels) == level]


def _level(name: str, levels: Sequence[Sequence[str]]) -> int:
    return next(n for n, level in enumerate(levels) if name in level)
