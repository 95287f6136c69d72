"""When the weekly summary is due: once a week, on Monday morning by the clock on the wall, never in the quiet hours."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import weekly
from bot.quiet_hours import QuietHours
from tests.bot.test_quiet_hours import ZONES, at, wall


@pytest.mark.parametrize(
    ("now", "hours", "due"),
    [
        ("2026-06-03 12:00", (20, 7), "2026-06-08 07:00"),  # a Wednesday
        ("2026-06-08 06:59", (20, 7), "2026-06-08 07:00"),
        ("2026-06-08 07:00", (20, 7), "2026-06-15 07:00"),
        ("2026-06-07 23:59", (20, 9), "2026-06-08 09:00"),
        ("2026-06-08 08:00", (20, 9), "2026-06-08 09:00"),
        ("2026-06-07 23:59", (0, 0), "2026-06-08 07:00"),
        ("2026-06-07 23:59", (5, 13), "2026-06-08 13:00"),
    ],
)
def test_it_is_due_on_the_next_monday_morning_when_it_is_not_quiet(
    now: str, hours: tuple[int, int], due: str
) -> None:
    for zone in ("Africa/Nairobi", "America/Lima"):
        assert wall(zone, weekly.next_after(at(zone, now), QuietHours(ZoneInfo(zone), *hours))) == due


@given(
    st.floats(min_value=0.0, max_value=4_000_000_000.0),
    st.sampled_from(ZONES),
    st.integers(0, 23),
    st.integers(0, 23),
)
def test_each_is_after_the_one_before_on_another_monday_and_never_at_night(
    now: float, zone: str, start: int, end: int
) -> None:
    quiet = QuietHours(ZoneInfo(zone), start, end)
    first = weekly.next_after(now, quiet)
    second = weekly.next_after(first, quiet)
    assert now < first < second
    days = [datetime.fromtimestamp(one, quiet.zone).date() for one in (first, second)]
    assert not quiet.holds(first)
    assert not quiet.holds(second)
    spoken_to = [hour for hour in range(24) if not quiet._within(hour)]
    if max(spoken_to) >= 8:
        # Where nobody may be spoken to from Monday's morning to its end it becomes Tuesday.
        assert [day.weekday() for day in days] == [0, 0]
    assert 6 <= (days[1] - days[0]).days <= 8
