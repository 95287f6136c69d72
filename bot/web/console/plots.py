"""Counts over time: drawn on the server, with a table behind each plot, and nothing of fewer than five people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date
from markupsafe import Markup
from starlette.responses import Response

import locales
from bot import figures, places
from bot.console import plot_svg, small_groups
from bot.console.plot_svg import Bar
from bot.database import reading
from bot.figures import Cell
from bot.messages import Urgency
from bot.web.console import look
from bot.web.console.frame import Console, Visit
from locales.days import locale_of

__all__ = ["add"]

WEEKS, DAY_WEEKS = 12, 4
# Places beyond the busiest so many are counted together.
PLACES = 12
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot of the page. rows: (name, number as shown) of the table behind it. empty: nothing may be or is to be shown."""

    id: str
    title: str
    about: str
    picture: Markup
    head: str
    rows: Sequence[tuple[str, str]]
    empty: str = ""


def add(console: Console) -> None:
    """Registers the page."""
    console.get("/plots", "see_plots", show, nav="console.nav.plots", about="console.about.plots")


def show(visit: Visit) -> Response:
    """Twelve weeks that have ended; days of the last four of them."""
    zone = visit.console.settings.quiet.zone
    monday = figures.monday(figures.day_of(zone))
    first, last = monday - 7 * WEEKS, monday - 1
    since, until = _moment(first, zone), _moment(monday, zone)
    with reading(visit.engine) as connection:
        weeks = figures.per(connection, "case", "week", first, last)
        days = figures.per(connection, "case", "day", monday - 7 * DAY_WEEKS, last)
        urgency = figures.per(connection, "case", "urgency", first, last)
        groups = figures.per(connection, "case", "code", first, last)
        by_place = figures.per(connection, "case", "place_id", first, last)
        coached = figures.per(connection, "photo", "code", first, last)
        answered = figures.answers(connection, since, until)
        ended = figures.outcomes(connection, since, until)
        names = {place.id: place.name for place in places.all_places(connection)}
    made = [
        *_over_time(visit, weeks, days, first, monday),
        _by(visit, "urgency", _filled(urgency, [u.value for u in Urgency]), "console.plots.urgency_"),
        _by(visit, "group", _filled(groups, figures.GROUPS), "console.plots.group_"),
        _by(visit, "place", _busiest(by_place), "", names),
        _by(visit, "answer", _filled(answered, figures.ANSWERED), "console.plots.answer_"),
        _by(visit, "outcome", _filled(ended, figures.OUTCOMES), "console.plots.outcome_"),
        _by(visit, "coach", _filled(coached, figures.COACH), "console.plots.coach_"),
    ]
    return visit.page(
        "plots.html",
        plots=made,
        least=small_groups.LEAST,
        first=_day(first, visit.language),
        last=_day(last, visit.language),
    )


def _over_time(
    visit: Visit, weeks: Mapping[int, Cell], days: Mapping[int, Cell], first: int, monday: int
) -> list[Plot]:
    nobody = Cell(0, 0)
    all_weeks = {day: weeks.get(day, nobody) for day in range(first, monday, 7)}
    parts = {
        week: {day: days.get(day, nobody) for day in range(week, week + 7)}
        for week in range(monday - 7 * DAY_WEEKS, monday, 7)
    }
    by_week, by_day = small_groups.nested(all_weeks, parts)
    flat = {day: count for part in by_day.values() for day, count in part.items()}
    # As many labels as fit under the picture.
    return [
        _timed(visit, "days", flat, [day for day in flat if day % 7 == monday % 7]),
        _timed(visit, "weeks", by_week, list(by_week)[::4]),
    ]


def _timed(visit: Visit, name: str, counts: Mapping[int, int | None], labelled: Sequence[int]) -> Plot:
    bars = [Bar(_short(day, visit.language) if day in labelled else "", n) for day, n in counts.items()]
    title = visit.t(f"console.plots.{name}")
    rtl = locales.pack(visit.language).direction == "rtl"
    return Plot(
        name,
        title,
        visit.t(f"console.plots.{name}_about"),
        plot_svg.columns(bars, title, visit.number, rtl=rtl),
        visit.t(f"console.plots.{name}_head"),
        [(_day(day, visit.language), _said(visit, n)) for day, n in counts.items()],
        _nothing(visit, counts),
    )


def _by(
    visit: Visit, name: str, cells: Mapping[str, Cell], prefix: str, names: Mapping[str, str] | None = None
) -> Plot:
    counts = small_groups.shown(cells)
    total = sum(cell.count for cell in cells.values())
    title = visit.t(f"console.plots.{name}")
    rtl = locales.pack(visit.language).direction == "rtl"

    def label(key: str) -> str:
        if key == "?":
            return visit.t("console.plots.unknown")
        if names is not None:
            known = {"": "console.plots.no_place", "…": "console.plots.other_places"}.get(key)
            return visit.t(known) if known else names.get(key, key)
        return visit.t(f"{prefix}{key or 'good'}")

    def said(count: int | None) -> str:
        if not count:
            return _said(visit, count)
        share = look.percent(count / total, visit.language)
        return visit.t("console.plots.share", number=visit.number(count), percent=share)

    bars = [Bar(label(key), count, said(count)) for key, count in counts.items()]
    return Plot(
        name,
        title,
        visit.t(f"console.plots.{name}_about"),
        plot_svg.rows(bars, title, visit.t("console.plots.hidden"), rtl=rtl),
        visit.t(f"console.plots.{name}_head"),
        [(bar.label, bar.said if bar.count is not None else visit.t("console.plots.hidden")) for bar in bars],
        _nothing(visit, counts),
    )


def _nothing(visit: Visit, counts: Mapping[Any, int | None]) -> str:
    if all(count is None for count in counts.values()) and counts:
        return visit.t("console.plots.too_few", least=small_groups.LEAST)
    return visit.t("console.plots.none") if not any(counts.values()) and None not in counts.values() else ""


def _filled(cells: Mapping[str, Cell], keys: Sequence[str]) -> dict[str, Cell]:
    """In the order of the keys, also where there is none. What has another key comes last: left out, it could be told."""
    nobody = Cell(0, 0)
    return {key: cells.get(key, nobody) for key in keys} | _together(
        "?", [cell for key, cell in cells.items() if key not in keys]
    )


def _together(key: str, rest: Sequence[Cell]) -> dict[str, Cell]:
    """Of how many people the rest is together is not known: as many as its largest part at least."""
    return {key: Cell(sum(c.count for c in rest), max(c.people for c in rest))} if rest else {}


def _busiest(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    ordered = sorted(cells.items(), key=lambda item: (-item[1].count, item[0]))
    # By their ids: an order by number would tell which of two that are hidden is the larger.
    return dict(sorted(ordered[:PLACES])) | _together("…", [cell for _, cell in ordered[PLACES:]])


def _said(visit: Visit, count: int | None) -> str:
    return visit.t("console.plots.hidden") if count is None else visit.number(count)


def _moment(day: int, zone: Any) -> float:
    at = _EPOCH + timedelta(days=day)
    return datetime(at.year, at.month, at.day, tzinfo=zone).timestamp()


def _day(day: int, language: str) -> str:
    return look.undirected(format_date(_EPOCH + timedelta(days=day), "medium", locale=locale_of(language)))


def _short(day: int, language: str) -> str:
    return str(format_date(_EPOCH + timedelta(days=day), "d MMM", locale=locale_of(language)))
