"""Bars drawn as SVG on the server: by time as columns, by kind as rows. Colours and letters come from admin.css.

What is hidden is drawn as a hollow mark, never as a bar of some length. In a language that is written from right to left the
picture is mirrored, its words are not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

__all__ = ["Bar", "columns", "rows", "top_of"]

WIDTH, HEIGHT = 340, 190
LEFT, RIGHT, TOP, BOTTOM = 34, 6, 12, 26
ROW, LABEL = 34, 16


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. count: None: not shown. label: '' for none. said: the number as it is written beside a row."""

    label: str
    count: int | None
    said: str = ""


def top_of(most: int) -> int:
    """The end of an axis: one, two or five times a power of ten, at least `most` and 5."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if factor * step >= max(most, 5):
                return factor * step
        step *= 10


def columns(bars: Sequence[Bar], title: str, number: Callable[[float], str], *, rtl: bool) -> Markup:
    """One bar beside another, the earliest first."""
    top = top_of(max((bar.count or 0 for bar in bars), default=0))
    inner, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    step = inner / max(1, len(bars))
    parts: list[Markup] = []
    for share in (0.0, 0.5, 1.0):
        y = _one(TOP + high * (1 - share))
        at, anchor = _at(LEFT - 5, rtl), "start" if rtl else "end"
        first, last = sorted((_at(LEFT, rtl), _at(WIDTH - RIGHT, rtl)))
        parts.append(Markup('<path class="grid" d="M{} {}H{}"/>').format(first, y, last))
        if share * top == int(share * top):
            said = number(share * top)
            parts.append(
                Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(at, y + 4, anchor, said)
            )
    for n, bar in enumerate(bars):
        left = LEFT + n * step
        middle = _at(_one(left + step / 2), rtl)
        wide = _one(max(2.0, step * 0.7))
        if bar.count is None:
            parts.append(
                Markup('<rect class="hidden-bar" x="{}" y="{}" width="{}" height="8" rx="1.5"/>').format(
                    _one(middle - wide / 2), _one(TOP + high - 8), wide
                )
            )
        elif bar.count:
            tall = _one(high * bar.count / top)
            parts.append(
                Markup('<rect class="bar" x="{}" y="{}" width="{}" height="{}" rx="1.5"/>').format(
                    _one(middle - wide / 2), _one(TOP + high - tall), wide, tall
                )
            )
        if bar.label:
            anchor = "middle" if 0 < n < len(bars) - 1 and step > 12 else "end" if rtl else "start"
            at = middle if anchor == "middle" else _at(_one(left), rtl)
            parts.append(
                Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(
                    at, HEIGHT - 8, anchor, _words(bar.label)
                )
            )
    return _svg(parts, HEIGHT, title)


def rows(bars: Sequence[Bar], title: str, hidden: str, *, rtl: bool) -> Markup:
    """One bar under another, its name above it. hidden: what is written where the number is not shown."""
    top = max((bar.count or 0 for bar in bars), default=0) or 1
    inner = WIDTH - 92
    parts: list[Markup] = []
    for n, bar in enumerate(bars):
        y = n * ROW
        anchor = "end" if rtl else "start"
        parts.append(
            Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(
                _at(2, rtl), y + 12, anchor, _words(bar.label)
            )
        )
        wide = _one(max(1.5, inner * bar.count / top)) if bar.count else 0.0
        if bar.count is None:
            wide = 26.0
        if wide:
            parts.append(
                Markup('<rect class="{}" x="{}" y="{}" width="{}" height="12" rx="2"/>').format(
                    "hidden-bar" if bar.count is None else "bar",
                    _one(_at(2, rtl) - (wide if rtl else 0)),
                    y + LABEL,
                    wide,
                )
            )
        said = hidden if bar.count is None else bar.said
        parts.append(
            Markup('<text class="number" x="{}" y="{}" text-anchor="{}">{}</text>').format(
                _at(_one(wide + 8), rtl), y + LABEL + 10, anchor, _words(said)
            )
        )
    return _svg(parts, max(1, len(bars)) * ROW, title)


def _svg(parts: Sequence[Markup], height: int, title: str) -> Markup:
    head = Markup('<svg class="plot" viewBox="0 0 {} {}" role="img" direction="ltr" aria-label="{}">').format(
        WIDTH, height, title
    )
    return head + Markup("").join(parts) + Markup("</svg>")


def _words(text: str) -> str:
    """Words that keep their own direction within the picture, which has one of its own."""
    return f"\u2068{text}\u2069" if text else ""


def _at(x: float, rtl: bool) -> float:
    return _one(WIDTH - x) if rtl else x


def _one(value: float) -> float:
    return round(value, 1)
