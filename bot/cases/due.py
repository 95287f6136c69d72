"""By when a clinician's answer is due: before the patient must be seen at the latest. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo

from bot import local_day
from bot.messages import Urgency

__all__ = ["answer_by"]

DAY_S = 86_400.0
# Source: clinical.md section 1 (today: the same day; week: within 7 days). The next clinic has no date there: Design, as long as
# a worker waits before they look after such a case again.
_DAYS: Mapping[Urgency, int] = {Urgency.WEEK: 7, Urgency.ROUTINE: 14}


def answer_by(urgency: Urgency, since: float, zone: tzinfo) -> float:
    """The last moment for an answer (epoch s). since: when the case was sent to the clinicians (epoch s).

    now: at once; today: that day of the calendar in the zone; week, routine: the day that many days later.
    """
    if urgency is Urgency.NOW:
        return since
    return local_day.ends(since + _DAYS.get(urgency, 0) * DAY_S, zone)
