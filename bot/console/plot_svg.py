"""Bars drawn as SVG on the server: one plot over time, or a small one for each kind. Colours and letters come from admin.css.

What is hidden is drawn as a hollow mark, never as a bar of some length. In a language that is written from right to left the
picture is mirrored, its words are not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

__all__ = ["Bar", "columns", "strips", "top_of"]

# On a phone of 360 px a card is narrower than WIDTH. Letters are drawn larger there (admin.css); everything is placed for that.
WIDTH, HEIGHT = 340, 190
LEFT, RIGHT, TOP, BOTTOM = 44, 6, 12, 28
# One small plot: its name, its bars, and room below.
STRIP_HEAD, STRIP_HIGH = 26, 40
STRIP = STRIP_HEAD + STRIP_HIGH + 14
# What fits over a small plot: a longer name (of a place) is cut here, and stands whole in the table.
NAME = 34


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. count: None: not shown. label: '' for none."""

    label: str
    count: int | None


def top_of(most: int, factors: Sequence[int] = (1, 2, 5)) -> int:
    """The end of an axis: one, two or five (or these factors) times a power of ten, at least `most` and 5."""
    step = 1
    while True:
        for factor in factors:
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
                Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(at, y + 5, anchor, said)
            )
    wide = _one(max(2.0, step * 0.7))
    at_all = [(_at(LEFT + (n + 0.5) * step, rtl), bar.count) for n, bar in enumerate(bars)]
    parts.append(_bars(at_all, TOP + high, wide, high / top, 8))
    for n, bar in enumerate(bars):
        if bar.label:
            # Where its bar begins, so that the first and the last stay within the picture.
            at = _at(_one(LEFT + n * step), rtl)
            parts.append(_text(at, HEIGHT - 8, "end" if rtl else "start", _words(bar.label)))
    return _svg(parts, HEIGHT, title)


def strips(
    lines: Sequence[tuple[str, Sequence[int | None]]],
    labels: Sequence[str],
    title: str,
    number: Callable[[float], str],
    *,
    rtl: bool,
) -> Markup:
    """One small plot under another, all over the same weeks and on the same scale: (name, numbers), None: not shown.

    labels: under the weeks, '' for none.
    """
    # Two numbers stand at each axis, so more of them are round enough; low bars are hard to tell apart.
    top = top_of(max((n or 0 for _, numbers in lines for n in numbers), default=0), (1, 2, 3, 4, 5, 6, 8))
    step = (WIDTH - LEFT - RIGHT) / max(1, len(labels))
    first, last = sorted((_at(LEFT, rtl), _at(WIDTH - RIGHT, rtl)))
    parts: list[Markup] = []
    for row, (name, numbers) in enumerate(lines):
        base = row * STRIP + STRIP_HEAD + STRIP_HIGH
        parts.append(
            _text(_at(0, rtl), row * STRIP + 13, "end" if rtl else "start", _words(_cut(name)), "name")
        )
        for share, said in ((1.0, number(top)), (0.0, number(0))):
            y = _one(base - STRIP_HIGH * share)
            parts.append(Markup('<path class="grid" d="M{} {}H{}"/>').format(first, y, last))
            parts.append(_text(_at(LEFT - 5, rtl), y + 4, "start" if rtl else "end", said))
        bars = [(_at(LEFT + (n + 0.5) * step, rtl), count) for n, count in enumerate(numbers)]
        parts.append(_bars(bars, base, _one(step * 0.7), STRIP_HIGH / top, 6))
    height = len(lines) * STRIP + BOTTOM - 8
    for n, label in enumerate(labels):
        if label:
            # Where its week begins, so that the first and the last stay within the picture.
            at = _at(_one(LEFT + n * step), rtl)
            parts.append(_text(at, height - 8, "end" if rtl else "start", _words(label)))
    return _svg(parts, height, title)


def _bars(
    counts: Sequence[tuple[float, int | None]], base: float, wide: float, unit: float, hidden: int
) -> Markup:
    """A bar of `unit` for each of a number, by its middle; a hollow mark, `hidden` high, for one that is not shown.

    Two paths, however many bars: escaping hundreds of them one by one took a third of the page's time.
    """
    full, hollow = "", ""
    for middle, count in counts:
        tall = hidden if count is None else _one(max(1.0, unit * count))
        path = f"M{_one(middle - wide / 2)} {_one(base - tall)}h{wide}v{tall}h-{wide}z"
        if count is None:
            hollow += path
        elif count:
            full += path
    drawn = [(kind, path) for kind, path in (("bar", full), ("hidden-bar", hollow)) if path]
    return Markup("").join(Markup('<path class="{}" d="{}"/>').format(*one) for one in drawn)


def _text(x: float, y: float, anchor: str, words: str, kind: str = "") -> Markup:
    marked = Markup(' class="{}"').format(kind) if kind else Markup("")
    return Markup('<text{} x="{}" y="{}" text-anchor="{}">{}</text>').format(marked, x, y, anchor, words)


def _svg(parts: Sequence[Markup], height: int, title: str) -> Markup:
    head = Markup('<svg class="plot" viewBox="0 0 {} {}" role="img" direction="ltr" aria-label="{}">').format(
        WIDTH, height, title
    )
    return head + Markup("").join(parts) + Markup("</svg>")


def _words(text: str) -> str:
    """Words that keep their own direction within the picture, which has one of its own."""
    return f"\u2068{text}\u2069" if text else ""


def _cut(name: str) -> str:
    return name if len(name) <= NAME else name[: NAME - 1].rstrip() + "…"


def _at(x: float, rtl: bool) -> float:
    return _one(WIDTH - x) if rtl else x


def _one(value: float) -> float:
    return round(value, 1)
