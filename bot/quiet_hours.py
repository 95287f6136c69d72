"""Hours in which nobody is spoken to first: what is due then waits for the morning. Pure, by the deployment's time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = ["QuietHours", "hours", "zone"]

_HOURS = re.compile(r"(\d{1,2})-(\d{1,2})")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` o'clock up to `end` o'clock, local time; none where both are the same hour."""

    zone: ZoneInfo
    start: int
    end: int

    def holds(self, at: float) -> bool:
        """True where the time (epoch s) lies within the quiet hours."""
        return self._within(datetime.fromtimestamp(at, self.zone).hour)

    def over(self, at: float) -> float:
        """The time itself where it is not quiet, else when the quiet hours end (epoch s, never earlier than `at`).

        By the clock on the wall, also over the night in which it changes. A morning that a change leaves out begins when
        the clock goes on.
        """
        while self.holds(at):
            local = datetime.fromtimestamp(at, self.zone)
            day = local.date() + timedelta(days=local.hour >= self.end)
            morning = datetime(day.year, day.month, day.day, self.end, tzinfo=self.zone).timestamp()
            # Where the clock was put back over the end, that hour comes twice: on to the next quarter of an hour.
            at = max(morning, at + 900.0) if morning <= at else morning
        return at

    def _within(self, hour: int) -> bool:
        if self.start <= self.end:
            return self.start <= hour < self.end
        return hour >= self.start or hour < self.end


def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name such as Africa/Lagos. Raises ValueError."""
    try:
        found = ZoneInfo(name)
        datetime.now(UTC).astimezone(found)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"no time zone is called {name!r}") from None
    return found


def hours(text: str) -> tuple[int, int]:
    """Start and end of '20-7'. Raises ValueError."""
    match = _HOURS.fullmatch(text.strip())
    read = (int(match[1]), int(match[2])) if match else (24, 24)
    if max(read) > 23:
        raise ValueError(f"{text!r} is no span of hours")
    return read
