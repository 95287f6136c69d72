"""How soon a patient must be seen, by a clinician's word and by what was reached since. Pure."""

from __future__ import annotations

from bot.messages import Urgency, worst

__all__ = ["as_stored", "by_clinician", "how_soon"]


def by_clinician(opinion: Urgency | None, over: Urgency | None, reached: Urgency) -> bool:
    """True while the clinician's own word stands: nothing more pressing was reached than was known when it was given.

    opinion: theirs, None where there is none. over: what was reached then, None where nothing was known. reached: now.
    """
    return opinion is not None and reached.rank >= (over or Urgency.ROUTINE).rank


def how_soon(opinion: Urgency | None, over: Urgency | None, reached: Urgency) -> Urgency:
    """The clinician's word while it stands; then the more pressing of the two. Where there is no word, what was reached."""
    if opinion is not None and by_clinician(opinion, over, reached):
        return opinion
    return worst(opinion, reached) or reached


def as_stored(opinion: Urgency | None, over: Urgency | None, urgency: Urgency | None) -> Urgency | None:
    """The same of a row, where nothing may be known yet: None without a clinician's word."""
    return opinion if urgency is None else how_soon(opinion, over, urgency)
