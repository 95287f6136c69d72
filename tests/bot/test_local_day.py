"""When a day ends, by the clock on the wall."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import local_day


@pytest.mark.parametrize(
    ("zone", "local", "ends"),
    [
        ("UTC", "2026-03-02T23:59", "2026-03-03T00:00"),
        ("UTC", "2026-03-03T00:00", "2026-03-04T00:00"),
        ("Africa/Nairobi", "2026-12-31T12:00", "2026-12-31T21:00"),
        # In Cairo the clock goes from 00:00 to 01:00 on 24 April 2026; that day begins at 22:00 UTC.
        ("Africa/Cairo", "2026-04-23T12:00", "2026-04-23T22:00"),
    ],
)
def test_a_day_ends_at_its_midnight(zone: str, local: str, ends: str) -> None:
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp()
    found = datetime.fromtimestamp(local_day.ends(at, ZoneInfo(zone)), UTC)
    assert found.isoformat(timespec="minutes") == f"{ends}+00:00"


@given(
    at=st.floats(min_value=1.7e9, max_value=1.9e9),
    zone=st.sampled_from(["Africa/Lagos", "Africa/Cairo", "America/Santiago", "Asia/Kolkata", "Asia/Beirut"]),
)
def test_the_end_is_the_first_moment_of_the_next_day(at: float, zone: str) -> None:
    here = ZoneInfo(zone)
    end = local_day.ends(at, here)
    assert at < end
    day = datetime.fromtimestamp(at, here).date()
    assert datetime.fromtimestamp(end - 0.001, here).date() == day
    assert (datetime.fromtimestamp(end, here).date() - day).days == 1
