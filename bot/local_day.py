"""The calendar day of a place. Pure, by the deployment's time zone."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

__all__ = ["ends"]


def ends(at: float, zone: tzinfo) -> float:
    """When the day of a time ends in the zone: its next midnight. Both epoch s.

    Where the clock goes on at midnight, the first moment of the next day.
    """
    tomorrow = datetime.fromtimestamp(at, zone).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone).timestamp()
