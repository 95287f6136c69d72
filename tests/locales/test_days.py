"""Days as people write them: in English the day comes before the month, unless a pack says that it is of another region."""

from __future__ import annotations

from datetime import UTC, date

import pytest

import locales
from bot.web.console import look
from locales.days import date_of

AT = 1_795_651_260.0  # 26 November 2026, 00:01 UTC


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "26 November 2026"),
        ("en-US", "November 26, 2026"),
        ("sw", "26 Novemba 2026"),
        ("fr", "26 novembre 2026"),
        ("xx", "26 November 2026"),
    ],
)
def test_the_day_comes_first_unless_a_pack_says_its_region(language: str, written: str) -> None:
    assert date_of(date(2026, 11, 26), language) == written


def test_a_time_at_the_console_has_its_day_first_in_plain_english() -> None:
    at = look.moment(AT, "en", UTC)
    assert at.startswith("26 Nov 2026"), at
    assert "AM" not in at
    assert "PM" not in at
    assert locales.day(AT, "en", UTC) == "26 November 2026"
    assert (look.number(1234.5, "en"), look.percent(0.25, "en")) == ("1,234.5", "25%")
