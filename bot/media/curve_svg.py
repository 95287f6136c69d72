"""Panels of rates drawn as plain SVG, so that the figure needs no plotting library."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, MARGIN, COLUMNS = 360, 240, 46, 2


@dataclass(frozen=True)
class Panel:
    """One curve.  level: a rate drawn across for comparison.  points: (x, rate, low, high), rates 0 to 1."""

    title: str
    unit: str
    level: float
    points: list[tuple[float, float, float, float]]


def draw_panels(panels: list[Panel]) -> str:
    """An SVG document with two panels a row, black on white, readable without colour."""
    rows = -(-len(panels) // COLUMNS)
    size = f'width="{COLUMNS * WIDTH}" height="{rows * HEIGHT}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for number, panel in enumerate(panels):
        left, top = number % COLUMNS * WIDTH, number // COLUMNS * HEIGHT
        parts += [f'<g transform="translate({left} {top})">', *_panel(panel), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _panel(panel: Panel) -> list[str]:
    points = sorted(panel.points)
    low_x, high_x = points[0][0], points[-1][0]
    inner_width, inner_height = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN

    def x(value: float) -> float:
        return round(MARGIN + inner_width * (value - low_x) / ((high_x - low_x) or 1), 1)

    def y(rate: float) -> float:
        return round(HEIGHT - MARGIN - inner_height * rate, 1)

    parts = [
        f'<text x="{WIDTH / 2}" y="24" text-anchor="middle" font-size="13">{escape(panel.title)}</text>',
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 12}" text-anchor="middle">{escape(panel.unit)}</text>',
    ]
    for rate in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts += [
            f'<path d="M{MARGIN} {y(rate)}H{WIDTH - MARGIN}" stroke="#ddd"/>',
            f'<text x="{MARGIN - 6}" y="{y(rate) + 4}" text-anchor="end">{rate:.0%}</text>',
        ]
    parts.append(
        f'<path d="M{MARGIN} {y(panel.level)}H{WIDTH - MARGIN}" stroke="#888" stroke-dasharray="4 3"/>'
    )
    labelled = MARGIN - 30.0
    for value, _, low, high in points:
        parts.append(f'<path d="M{x(value)} {y(low)}V{y(high)}" stroke="#888"/>')
        if x(value) - labelled >= 24:  # numbers that would touch are left out
            labelled = x(value)
            parts.append(
                f'<text x="{x(value)}" y="{HEIGHT - MARGIN + 14}" text-anchor="middle">{value:g}</text>'
            )
    line = " ".join(f"{x(value)},{y(rate)}" for value, rate, *_ in points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="black" stroke-width="1.5"/>')
    parts += [f'<circle cx="{x(value)}" cy="{y(rate)}" r="2.5"/>' for value, rate, *_ in points]
    return parts
