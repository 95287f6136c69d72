"""A visit that is told though nobody has asked yet: "I went to the clinic already", "they cut it out".

It is noted as the yes to the question of a reminder, which then is not asked. A yes that was none would leave a spot that may be
a cancer unseen (clinical.md section 6): where a text says more than that, or comes right after the result, the question is asked.
"""

from __future__ import annotations

import locales
from bot.clinical import statements
from bot.conversation import later, typed
from bot.conversation.state import ChatState

__all__ = ["in_doubt", "told"]

# So soon after a result it may be of a visit before it, also one of "today" or "this morning". Design.
_JUST_TOLD_S = 12 * 3600.0


def told(state: ChatState, text: str) -> str:
    """The yes to whether somebody has looked, where a text says so and no more; '' where it does not."""
    return "visit.yes" if _speaks(state, text) and not _just_told(state) and _alone(state, text) else ""


def in_doubt(state: ChatState, text: str) -> bool:
    """True where a text speaks of somebody who looked, and may mean more or an earlier visit: it is asked."""
    if not _speaks(state, text):
        return False
    if typed.mentions("looked", text, state.speaks):
        return True
    # "Yesterday", "last week" may be before the result.
    return _alone(state, text, "words.beside_visit", "words.visit_when")


def _speaks(state: ChatState, text: str) -> bool:
    """True where a text speaks of a visit after a result that nobody was said to have looked at, and asks nothing."""
    of_result = not state.overlay and not state.timed and state.told == state.case_version
    if not of_result or not later.may_say_worse(state) or not later.unseen(state):
        return False
    if not any(typed.mentions(name, text, state.speaks) for name in ("looked", "went")):
        return False
    return not statements.asks(text, state.language) and not typed.topics(text, state.speaks)


def _alone(state: ChatState, text: str, *beside: str) -> bool:
    """True where nothing else is said that could change it. beside: the lists of what may stand there."""
    if statements.hedged(text, state.language):
        return False
    rest = typed.without("went", typed.without("looked", text, state.speaks), state.speaks)
    small = (locales.own_words(name, state.speaks) for name in beside or ("words.beside_visit",))
    return set(rest.split()) <= frozenset().union(*small)


def _just_told(state: ChatState) -> bool:
    at, now = state.told_at, state.last_at
    return at is not None and now is not None and now < at + _JUST_TOLD_S
