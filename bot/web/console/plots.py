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
from bot import figure_counts, figures, places, small_groups
from bot.console import plot_svg
from bot.console.plot_svg import Bar
from bot.database import reading
from bot.figure_counts import Cell
from bot.messages import Urgency
from bot.web.console import look, place_names
from bot.web.console.frame import Console
from bot.web.console.visit import Visit
from locales.days import locale_of

__all__ = ["add"]

WEEKS, DAY_WEEKS = 12, 4
# So many places are drawn; the table has all.
PLACES = 8
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot of the page. rows: (day or week, numbers as shown) of the table behind it, under `columns`.

    empty: why there is nothing to be shown, '' where there is.
    """

    id: str
    title: str
    about: str
    picture: Markup
    head: str
    rows: Sequence[tuple[str, Sequence[str]]]
    empty: str = ""
    columns: Sequence[str] = ()


def add(console: Console) -> None:
    """Registers the page."""
    console.get("/plots", "see_plots", show, nav="console.nav.plots", about="console.about.plots")


def show(visit: Visit) -> Response:
    """Twelve weeks that have ended; days of the last four of them."""
    zone = visit.console.settings.quiet.zone
    monday = figures.monday(figures.day_of(zone))
    first, last = monday - 7 * WEEKS, monday - 1
    weeks = range(first, monday, 7)
    moments = [_moment(day, zone) for day in (*weeks, monday)]
    with reading(visit.engine) as connection:
        totals = figure_counts.per(connection, "case", "week", first, last)
        days = figure_counts.per(connection, "case", "day", monday - 7 * DAY_WEEKS, last)
        urgency = figure_counts.per_week(connection, "case", "urgency", first, last)
        groups = figure_counts.per_week(connection, "case", "code", first, last)
        by_place = figure_counts.per_week(connection, "case", "place_id", first, last)
        coached = figure_counts.per_week(connection, "photo", "code", first, last)
        answered = _named(weeks, figure_counts.answers(connection, moments))
        ended = _named(weeks, figure_counts.outcomes(connection, moments))
        names = {place.id: place.name for place in places.all_places(connection)}
    nobody = Cell(0, 0)
    every = {week: totals.get(week, nobody) for week in weeks}
    made = [
        *_over_time(visit, every, days, monday),
        _by_week(visit, "urgency", weeks, urgency, [u.value for u in Urgency], above=every),
        _by_week(visit, "group", weeks, groups, figures.GROUPS, above=every),
        _by_place(visit, weeks, by_place, names, every),
        _by_week(visit, "answer", weeks, answered, figure_counts.ANSWERED),
        _by_week(visit, "outcome", weeks, ended, figure_counts.OUTCOMES),
        _coach(visit, weeks, coached),
    ]
    return visit.page(
        "plots.html",
        plots=made,
        least=small_groups.LEAST,
        first=_day(first, visit.language),
        last=_day(last, visit.language),
    )


def _over_time(
    visit: Visit, all_weeks: Mapping[int, Cell], days: Mapping[int, Cell], monday: int
) -> list[Plot]:
    nobody = Cell(0, 0)
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
        [(_day(day, visit.language), [_said(visit, n)]) for day, n in counts.items()],
        _nothing(visit, counts),
        (visit.t("console.plots.number"),),
    )


Shown = Mapping[int, Mapping[str, int | None]]


def _hidden(
    weeks: Sequence[int],
    cells: Mapping[int, Mapping[str, Cell]],
    keys: Sequence[str],
    above: Mapping[int, Cell] | None = None,
) -> Shown:
    """What may be shown, by week and key, every week with every key. above: the weeks' own totals, where those are shown too."""
    filled = {week: _filled(cells.get(week, {}), keys) for week in weeks}
    if above is None:
        return {week: small_groups.shown(parts) for week, parts in filled.items()}
    return small_groups.nested(above, filled)[1]


def _by_week(
    visit: Visit,
    name: str,
    weeks: Sequence[int],
    cells: Mapping[int, Mapping[str, Cell]],
    keys: Sequence[str],
    *,
    above: Mapping[int, Cell] | None = None,
) -> Plot:
    others = sorted({key for parts in cells.values() for key in parts} - set(keys))
    kinds = [*keys, *(["?"] if others else [])]
    labels = {key: visit.t(f"console.plots.{name}_{key}") for key in keys} | _rest(visit, others)
    return _drawn(visit, name, _hidden(weeks, cells, kinds, above), labels)


def _rest(visit: Visit, others: Sequence[str]) -> dict[str, str]:
    return {"?": visit.t("console.plots.unknown")} if others else {}


def _by_place(
    visit: Visit,
    weeks: Sequence[int],
    cells: Mapping[int, Mapping[str, Cell]],
    names: Mapping[str, str],
    above: Mapping[int, Cell],
) -> Plot:
    """Each place is a group of its own in every week: what was put together by its numbers could be told apart later."""
    ids = sorted({key for parts in cells.values() for key in parts})
    shown = _hidden(weeks, cells, ids, above)
    labels = place_names.called(visit, [one for one in ids if one], names)
    labels[""] = visit.t("console.plots.no_place")
    # By what is shown alone: an order by all would tell which of two that are hidden is the larger.
    most = sorted(ids, key=lambda one: -sum(shown[week][one] or 0 for week in weeks))
    about = visit.t("console.plots.place_most", count=PLACES) if len(ids) > PLACES else ""
    return _drawn(visit, "place", shown, {one: labels[one] for one in most}, most=PLACES, more=about)


def _coach(visit: Visit, weeks: Sequence[int], cells: Mapping[int, Mapping[str, Cell]]) -> Plot:
    """Shares of the photographs of a week, of those that were sent back first."""
    reasons = [reason for reason in figures.COACH if reason]
    others = sorted({key for parts in cells.values() for key in parts} - set(figures.COACH))
    # The good ones last: they go along with a small group only where nothing else can.
    kinds = [*reasons, *(["?"] if others else []), ""]
    shown = _hidden(weeks, cells, kinds)
    totals = {week: sum(cell.count for cell in cells.get(week, {}).values()) for week in weeks}
    labels = {"back": visit.t("console.plots.coach_back")}
    labels |= {reason: visit.t(f"console.plots.coach_{reason}") for reason in reasons}
    labels |= _rest(visit, others)
    # All that were sent back are those that were not good: where the good ones may be shown, these may.
    back = {
        week: {**counts, "back": None if (good := counts[""]) is None else totals[week] - good}
        for week, counts in shown.items()
    }
    return _drawn(visit, "coach", back, labels, totals=totals)


def _drawn(
    visit: Visit,
    name: str,
    shown: Shown,
    labels: Mapping[str, str],
    *,
    most: int | None = None,
    more: str = "",
    totals: Mapping[int, int] | None = None,
) -> Plot:
    """A small plot for each key, and all numbers as a table. most: so many are drawn. totals: of these shares are drawn."""
    title, language = visit.t(f"console.plots.{name}"), visit.language
    weeks = list(shown)

    def value(week: int, key: str) -> int | None:
        count = shown[week][key]
        if count is None or totals is None:
            return count
        return round(100 * count / totals[week]) if totals[week] else 0

    def said(week: int, key: str) -> str:
        count = shown[week][key]
        if not count or totals is None:
            return _said(visit, count)
        share = look.percent(count / totals[week], language)
        return visit.t("console.plots.share", number=visit.number(count), percent=share)

    lines = [(label, [value(week, key) for week in weeks]) for key, label in list(labels.items())[:most]]
    flat = {(week, key): shown[week][key] for week in weeks for key in labels}
    return Plot(
        name,
        title,
        " ".join(
            one
            for one in (visit.t(f"console.plots.{name}_about"), visit.t("console.plots.by_week"), more)
            if one
        ),
        plot_svg.strips(
            lines,
            [_short(week, language) if n % 4 == 0 else "" for n, week in enumerate(weeks)],
            title,
            visit.number if totals is None else lambda number: look.percent(number / 100, language),
            rtl=locales.pack(language).direction == "rtl",
        ),
        visit.t("console.plots.weeks_head"),
        [(_day(week, language), [said(week, key) for key in labels]) for week in weeks],
        _nothing(visit, flat),
        tuple(labels.values()),
    )


def _nothing(visit: Visit, counts: Mapping[Any, int | None]) -> str:
    if all(count is None for count in counts.values()) and counts:
        return visit.t("console.plots.too_few", least=small_groups.LEAST)
    return visit.t("console.plots.none") if not any(counts.values()) and None not in counts.values() else ""


def _filled(cells: Mapping[str, Cell], keys: Sequence[str]) -> dict[str, Cell]:
    """In the order of the keys, also where there is none. What has another key is one cell, where the keys have one for it.

    Of how many people the rest is together is not known: as many as its largest part at least.
    """
    nobody = Cell(0, 0)
    filled = {key: cells.get(key, nobody) for key in keys}
    rest = [cell for key, cell in cells.items() if key not in keys]
    if rest:
        filled["?"] = Cell(sum(c.count for c in rest), max(c.people for c in rest))
    return filled


def _named(weeks: Sequence[int], cells: Mapping[int, Mapping[str, Cell]]) -> Mapping[int, Mapping[str, Cell]]:
    return {week: cells.get(n, {}) for n, week in enumerate(weeks)}


def _said(visit: Visit, count: int | None) -> str:
    return visit.t("console.plots.hidden") if count is None else visit.number(count)


def _moment(day: int, zone: Any) -> float:
    at = _EPOCH + timedelta(days=day)
    return datetime(at.year, at.month, at.day, tzinfo=zone).timestamp()


def _day(day: int, language: str) -> str:
    return look.undirected(format_date(_EPOCH + timedelta(days=day), "medium", locale=locale_of(language)))


def _short(day: int, language: str) -> str:
    return str(format_date(_EPOCH + timedelta(days=day), "d MMM", locale=locale_of(language)))
