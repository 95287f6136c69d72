"""The coach's rejection rate against known degradations of real photographs, and how long it takes.

    python -m bot.media.coach_curve --data DIR --out DIR
    python -m bot.media.coach_curve --time                  needs no photographs

The data folder holds labels.csv with the columns file and split. Writes curve.csv and curve.svg: numbers only.
Photographs of the part `train` are degraded at their own size
(short side 256 px), encoded as JPEG of quality 85 again, and judged as bytes, the way the chat does.
"""

from __future__ import annotations

import argparse
import csv
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from bot.media.coach import REASONS, judge, judge_bytes
from bot.media.curve_svg import Panel, draw_panels
from bot.media.drawn import draw

Degrade = Callable[[Image.Image, np.random.Generator], Image.Image]
JPEG_QUALITY = 85


@dataclass(frozen=True)
class Point:
    """How many photographs the coach refused after one degradation of one amount."""

    degradation: str
    unit: str
    amount: float
    photographs: int
    refused: Counter[str]  # by reason

    @property
    def rate(self) -> float:
        """Share refused, 0 to 1."""
        return self.refused.total() / self.photographs

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share."""
        z, n, p = 1.96, self.photographs, self.rate
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


def gaussian(image: Image.Image, sigma_px: float) -> Image.Image:
    """The picture out of focus."""
    return image.filter(ImageFilter.GaussianBlur(sigma_px))


def motion(image: Image.Image, length_px: float, angle: float) -> Image.Image:
    """The picture moved evenly over a straight line while it was taken.  angle: radians."""
    steps = max(2, round(4 * length_px))
    total = np.zeros((image.height, image.width, 3), dtype=np.float32)
    for way in np.linspace(-0.5, 0.5, steps) * length_px:
        shift = (1, 0, way * math.cos(angle), 0, 1, way * math.sin(angle))
        moved = image.transform(image.size, Image.Transform.AFFINE, shift, Image.Resampling.BILINEAR)
        total += np.asarray(moved, dtype=np.float32)
    blurred = Image.fromarray((total / steps + 0.5).astype(np.uint8))
    edge = math.ceil(length_px / 2)  # where the line left the picture
    return blurred.crop((edge, edge, image.width - edge, image.height - edge))


def exposure(image: Image.Image, stops: float) -> Image.Image:
    """The picture with 2**stops times the light, cut off at white."""
    level = np.arange(256) / 255
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    lit = np.clip(linear * 2.0**stops, 0, 1)
    shown = np.where(lit <= 0.0031308, lit * 12.92, 1.055 * lit ** (1 / 2.4) - 0.055)
    return image.point([round(255 * v) for v in shown.tolist()] * 3)


def gamma(image: Image.Image, power: float) -> Image.Image:
    """The picture with every level, 0 to 1, raised to that power: above 1 darker."""
    return image.point([round(255 * (v / 255) ** power) for v in range(256)] * 3)


def degradations() -> Iterator[tuple[str, str, float, Degrade]]:
    """Name, unit, amount and function of every degradation measured."""

    def alike(function: Callable[[Image.Image, float], Image.Image], amount: float) -> Degrade:
        return lambda image, rng: function(image, amount)

    def anywhere(length_px: float) -> Degrade:
        return lambda image, rng: motion(image, length_px, rng.uniform(0, math.pi))

    def dim_and_blurred(image: Image.Image, sigma_px: float) -> Image.Image:
        return exposure(gaussian(image, sigma_px), -3.0)

    yield "none", "", 0.0, lambda image, rng: image
    for sigma_px in (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 6.0):
        yield "gaussian blur", "sigma px", sigma_px, alike(gaussian, sigma_px)
    for length_px in (3.0, 5.0, 7.0, 9.0, 12.0, 15.0, 20.0):
        yield "motion blur", "length px", length_px, anywhere(length_px)
    for stops in (-7.0, -6.0, -5.0, -4.5, -4.0, -3.5, -3.0, -2.0, -1.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0):
        yield "exposure", "stops", stops, alike(exposure, stops)
    for power in (0.1, 0.2, 0.35, 0.5, 0.7, 1.5, 2.0, 3.0, 4.0, 6.0):
        yield "gamma", "power", power, alike(gamma, power)
    for sigma_px in (1.5, 2.0, 3.0):  # dim light and blur together: noise must not pass for texture
        yield "blur 3 stops under", "sigma px", sigma_px, alike(dim_and_blurred, sigma_px)


def photographs(data: Path) -> list[Path]:
    """The photographs of the part `train`, in the order of labels.csv."""
    with (data / "labels.csv").open(newline="", encoding="utf-8") as file:
        return [data / row["file"] for row in csv.DictReader(file) if row["split"] == "train"]


def curve(files: list[Path], seed: int = 0) -> list[Point]:
    """One point a degradation, over all photographs."""
    measured = [
        (name, unit, amount, degrade, Counter[str]()) for name, unit, amount, degrade in degradations()
    ]
    rng = np.random.default_rng(seed)
    for file in files:
        with Image.open(file) as opened:
            image = opened.convert("RGB")
        for *_, degrade, refused in measured:
            verdict = judge_bytes(_jpeg(degrade(image, rng)))
            if verdict.reason:
                refused[verdict.reason] += 1
    return [Point(name, unit, amount, len(files), refused) for name, unit, amount, _, refused in measured]


def write_csv(points: list[Point], path: Path) -> None:
    """Nothing; a row a point."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(
            ["degradation", "unit", "amount", "photographs", "refused", "rate", "low_95", "high_95", *REASONS]
        )
        for p in points:
            low, high = p.interval
            shares = [f"{share:.4f}" for share in (p.rate, low, high)]
            by_reason = [p.refused[reason] for reason in REASONS]
            row = [p.degradation, p.unit, f"{p.amount:g}", p.photographs, p.refused.total(), *shares]
            table.writerow([*row, *by_reason])


def panels(points: list[Point]) -> list[Panel]:
    """What is drawn: one panel a degradation, the undegraded photographs as its level of comparison."""
    undegraded = next(p for p in points if p.degradation == "none").rate
    found: dict[str, Panel] = {}
    for p in points:
        if p.degradation != "none":
            panel = found.setdefault(p.degradation, Panel(p.degradation, p.unit, undegraded, []))
            panel.points.append((p.amount, p.rate, *p.interval))
    return list(found.values())


def measure(runs: int = 50) -> dict[str, tuple[float, float]]:
    """Median and 95th percentile in milliseconds for a photograph of 4000 x 3000, on this machine.

    The picture is a drawn one enlarged with noise on every pixel: the dearest kind to decode.
    """
    rng = np.random.default_rng(0)
    scene = draw(4, "NEV", 1000, 0).resize((4000, 3000), Image.Resampling.BICUBIC)
    noisy = np.asarray(scene, dtype=np.int16) + rng.integers(-8, 9, (3000, 4000, 3), dtype=np.int16)
    image = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
    jpeg = _jpeg(image, 92)
    works: dict[str, Callable[[], object]] = {
        "judge, already decoded": lambda: judge(image),
        f"judge_bytes, {len(jpeg) / 1e6:.1f} MB, with decoding": lambda: judge_bytes(jpeg),
    }
    found: dict[str, tuple[float, float]] = {}
    for name, work in works.items():
        took_ms = []
        for _ in range(runs):
            start = time.perf_counter()
            work()
            took_ms.append((time.perf_counter() - start) * 1e3)
        found[name] = (float(np.percentile(took_ms, 50)), float(np.percentile(took_ms, 95)))
    return found


def _jpeg(image: Image.Image, quality: int = JPEG_QUALITY) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def main(arguments: list[str] | None = None) -> None:
    """Nothing; writes the curve, prints the times."""
    parser = argparse.ArgumentParser(description="The photo coach against known degradations.")
    parser.add_argument("--data", type=Path, help="folder with labels.csv and the photographs it names")
    parser.add_argument("--out", type=Path, help="folder for curve.csv and curve.svg")
    parser.add_argument("--time", action="store_true", help="time the coach on 12 megapixels")
    given = parser.parse_args(arguments)
    if (given.data is None) != (given.out is None) or not (given.data or given.time):
        parser.error("expected --data DIR --out DIR, or --time, or all")
    if given.data:
        if not (given.data / "labels.csv").is_file():
            parser.error(f"--data is '{given.data}'; expected a folder with labels.csv")
        points = curve(photographs(given.data))
        given.out.mkdir(parents=True, exist_ok=True)
        write_csv(points, given.out / "curve.csv")
        (given.out / "curve.svg").write_text(draw_panels(panels(points)), encoding="utf-8")
        for p in points:
            print(f"{p.degradation:20} {p.amount:6g} {p.unit:9} {100 * p.rate:6.1f} %  {dict(p.refused)}")
    if given.time:
        for name, (median_ms, p95_ms) in measure().items():
            print(f"{name}: median {median_ms:.0f} ms, 95th percentile {p95_ms:.0f} ms")


if __name__ == "__main__":
    main()
