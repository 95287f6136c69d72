"""How long a minute, an hour and a day are, in seconds. A day of a calendar, which may be longer: `bot.local_day`."""

from __future__ import annotations

__all__ = ["DAY_S", "HOUR_S", "MINUTE_S"]

MINUTE_S = 60.0
HOUR_S = 3600.0
DAY_S = 86_400.0
