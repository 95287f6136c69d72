"""Nobody is spoken to first at night, by the clock on their wall, also where that clock is changed."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import quiet_hours
from bot.quiet_hours import QuietHours

# Among them clocks that change at midnight, by half an hour, and one that left out a whole day.
ZONES = ("UTC", "Africa/Lagos", "Asia/Kolkata", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
         "America/Havana", "America/Sao_Paulo", "Pacific/Apia", "Africa/Cairo", "Asia/Kathmandu", "America/St_Johns")  # fmt: skip


def at(zone: str, wall: str, fold: int = 0) -> float:
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def wall(zone: str, epoch_s: float) -> str:
    return datetime.fromtimestamp(epoch_s, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def over(zone: str, text: str, start: int = 20, end: int = 7, fold: int = 0) -> str:
    return wall(zone, QuietHours(ZoneInfo(zone), start, end).over(at(zone, text, fold)))


@pytest.mark.parametrize(
    ("due", "told"),
    [
        ("2026-06-01 19:59", "2026-06-01 19:59"),
        ("2026-06-01 20:00", "2026-06-02 07:00"),
        ("2026-06-01 23:30", "2026-06-02 07:00"),
        ("2026-06-02 00:10", "2026-06-02 07:00"),
        ("2026-06-02 06:59", "2026-06-02 07:00"),
        ("2026-06-02 07:00", "2026-06-02 07:00"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Africa/Lagos", "Asia/Kathmandu"])
def test_what_is_due_at_night_waits_for_the_morning(zone: str, due: str, told: str) -> None:
    assert over(zone, due) == told


def test_morning_is_seven_on_the_wall_though_the_night_was_an_hour_shorter_or_longer() -> None:
    for night, length_h in (("2026-03-28 22:00", 8), ("2026-10-24 22:00", 10), ("2026-06-01 22:00", 9)):
        began = at("Europe/Berlin", night)
        ended = QuietHours(ZoneInfo("Europe/Berlin"), 20, 7).over(began)
        assert wall("Europe/Berlin", ended).endswith("07:00")
        assert (ended - began) / 3600 == length_h


def test_a_morning_that_the_change_leaves_out_begins_when_the_clock_goes_on() -> None:
    assert over("Europe/Berlin", "2026-03-28 23:00", 20, 2) == "2026-03-29 03:00"


def test_the_hour_that_comes_twice_is_quiet_both_times() -> None:
    for fold in (0, 1):
        assert over("Europe/Berlin", "2026-10-25 02:30", 20, 3, fold) == "2026-10-25 03:00"


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    assert over("Africa/Lagos", "2026-06-01 12:30", 12, 14) == "2026-06-01 14:00"
    assert over("Africa/Lagos", "2026-06-01 15:00", 12, 14) == "2026-06-01 15:00"
    assert over("Africa/Lagos", "2026-06-01 03:00", 0, 0) == "2026-06-01 03:00"
    assert over("Africa/Lagos", "2026-06-01 22:00", 20, 0) == "2026-06-02 00:00"


@given(
    st.sampled_from(ZONES),
    st.floats(1.3e9, 1.9e9),
    st.integers(0, 23),
    st.integers(0, 23),
)
def test_a_time_is_never_moved_back_nor_into_the_night_nor_further_than_the_morning(
    zone: str, due: float, start: int, end: int
) -> None:
    quiet = QuietHours(ZoneInfo(zone), start, end)
    told = quiet.over(due)
    assert not quiet.holds(told)
    assert told >= due
    assert (told == due) == (not quiet.holds(due))
    # The night, an hour more where the clock is put back; Samoa once left out a day.
    assert told - due <= (((end - start) % 24) + 1) * 3600
    assert quiet.over(told) == told


@pytest.mark.parametrize("text", ["", "20", "20-", "a-b", "24-7", "7-24", "-1-7", "20-7-8", "20:00-7:00"])
def test_what_is_no_span_of_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no span"):
        quiet_hours.hours(text)


@pytest.mark.parametrize("name", ["", "Lagos", "/etc/passwd", "../UTC", "Africa", "Mars/Base\0"])
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        quiet_hours.zone(name)
