"""By when a clinician's answer is due, before the patient must be seen at the latest; and a worker's next look. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

from bot import local_day
from bot.durations import DAY_S
from bot.messages import Urgency

__all__ = ["Due", "answer", "answer_by", "look"]

# Source: clinical.md section 1 (today: the same day; week: within 7 days). The next clinic has no date there: Design, as long as
# a worker waits before they look after such a case again.
_DAYS: Mapping[Urgency, int] = {Urgency.WEEK: 7, Urgency.ROUTINE: 14}


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is due: at once, on a day that is over, today, or by a later day. ends: when its last day ends (epoch s)."""

    stands: Literal["now", "over", "today", "by"]
    ends: float


def answer_by(urgency: Urgency, since: float, zone: tzinfo) -> float:
    """The last moment for an answer (epoch s). since: when the case was sent to the clinicians (epoch s).

    now: at once; today: that day of the calendar in the zone; week, routine: the day that many days later.
    """
    if urgency is Urgency.NOW:
        return since
    return local_day.ends(since + _DAYS.get(urgency, 0) * DAY_S, zone)


def answer(urgency: Urgency, since: float, at: float, zone: tzinfo) -> Due:
    """A clinician's answer, as it stands at a time (epoch s)."""
    by = answer_by(urgency, since, zone)
    return Due("now", by) if urgency is Urgency.NOW else _by(by, at, zone)


def look(due_at: float, at: float, zone: tzinfo) -> Due:
    """When a worker is to look after a case again, as it stands at a time: a day of the calendar, as their list has it."""
    return _by(local_day.ends(due_at, zone), at, zone)


def _by(ends: float, at: float, zone: tzinfo) -> Due:
    if ends <= at:
        return Due("over", ends)
    return Due("today" if ends == local_day.ends(at, zone) else "by", ends)
