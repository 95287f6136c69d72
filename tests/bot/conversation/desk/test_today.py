"""Who is due: on this day of the calendar, by the clock on the wall where the worker is, and whoever was due before."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.messages import Urgency
from tests.bot.conversation.desk.bench import Bench, harmless, shown
from tests.bot.conversation.desk.test_desk import begun, told
from tests.bot.conversation.desk.test_duration import until

NAIROBI = ZoneInfo("Africa/Nairobi")


def at(day: int, hour: int, zone: ZoneInfo = NAIROBI) -> float:
    return datetime(2026, 3, day, hour, tzinfo=zone).timestamp()


def bench_at(day: int, hour: int, zone: ZoneInfo = NAIROBI) -> Bench:
    return Bench(at=at(day, hour, zone), zone=zone)


def listed(bench: Bench, day: int, hour: int) -> str:
    bench.at = at(day, hour, bench.zone)  # type: ignore[arg-type]
    return shown(bench.say("today"))


@pytest.mark.parametrize("hour", [0, 6, 23])
def test_a_case_told_in_the_evening_is_due_on_the_whole_of_its_day(hour: int) -> None:
    bench = bench_at(2, 19)
    code = told(bench, "amina", ("BCC", "likely"))
    assert bench.cases[code].reached is Urgency.WEEK
    assert code not in listed(bench, 8, 23)
    assert code in listed(bench, 9, hour)


def test_what_was_due_before_stays_on_the_list() -> None:
    bench = bench_at(2, 9)
    code = told(bench, "amina", ("BCC", "likely"))
    assert code in listed(bench, 12, 6)


def test_whoever_is_due_tomorrow_morning_is_not_on_tonights_list() -> None:
    bench = bench_at(2, 7)
    code = told(bench, "amina", ("BCC", "likely"))
    assert code not in listed(bench, 8, 20)


@pytest.mark.parametrize(("zone", "due"), [("Africa/Nairobi", True), ("America/Lima", False)])
def test_the_day_is_that_of_the_deployers_time_zone(zone: str, due: bool) -> None:
    """Due on the 9th at 20:30 UTC: that is the 9th in both. At 01:00 UTC of the 9th it is the 8th in Lima still."""
    here = Bench(at=datetime(2026, 3, 2, 20, 30, tzinfo=ZoneInfo("UTC")).timestamp(), zone=ZoneInfo(zone))
    code = told(here, "amina", ("BCC", "likely"))
    here.at = datetime(2026, 3, 9, 1, tzinfo=ZoneInfo("UTC")).timestamp()
    assert (code in shown(here.say("today"))) is due


def test_a_letter_bears_the_day_of_the_place() -> None:
    bench = bench_at(3, 1)  # in UTC it is the evening before
    code = told(bench, "amina", ("BCC", "likely"))
    assert "3 March 2026" in shown(bench.answer(code, "desk.refer"))


def bitten(bench: Bench) -> str:
    """A case that must be seen today."""
    code = begun(bench, "amina")
    until(bench, code, "shape", "")
    bench.answer(code, "shape.bite")
    while bench.cases[code].asks:
        bench.answer(code, harmless(bench.replies[-1]))
    return code


def test_who_must_be_seen_today_is_on_todays_list() -> None:
    bench = bench_at(2, 9)
    code = bitten(bench)
    assert bench.cases[code].reached is Urgency.TODAY
    assert code in shown(bench.say("today"))


@pytest.mark.parametrize("forwarded", [False, True])
def test_a_case_that_turns_to_an_emergency_is_on_todays_list(forwarded: bool) -> None:
    bench = bench_at(2, 9)
    code = told(bench, "amina", ("BCC", "likely"))
    assert code not in shown(bench.say("today"))
    if forwarded:
        bench.forward("he cannot breathe", "amina")
    else:
        bench.say(f"{code} he cannot breathe")
    assert code in shown(bench.say("today"))


def test_a_case_that_is_opened_again_has_a_day() -> None:
    bench = bench_at(2, 9)
    code = told(bench, "amina", ("BCC", "likely"))
    bench.answer(code, "close.lost")
    assert bench.cases[code].due_at is None
    bench.say(code)
    assert code in listed(bench, 9, 9)


def test_what_rises_no_further_stays_on_its_day() -> None:
    bench = bench_at(2, 9)
    code = told(bench, "amina", ("BCC", "likely"))
    due = bench.cases[code].due_at
    bench.at += 86_400.0
    bench.say(f"{code} nothing new")
    assert bench.cases[code].due_at == due
