"""What can be seen of a spot, in a few plain concepts: two that were recorded, the rest measured from pixels.

Recorded by the people who took the photographs (PAD-UFES-20): `raised`, `bleeding`.  Measured here, by the method that each
function states, and to be called measured: `colour`, `colours` (one or several), `border`, `edge`, `shape`.  They describe the
picture; nobody with a dermatoscope agreed to them.

Method.  The skin around is the median colour (CIE Lab, D65) of the outer ring of the square.  Every pixel's distance from it
(CIE76) is smoothed and cut by Otsu's threshold; the spot is the connected part with most weight near the middle, its holes
filled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["COLOURS", "CONCEPTS", "Measured", "concepts", "lab", "measure", "spot"]

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

COLOURS = ("black", "dark_brown", "brown", "red", "pink", "pale", "yellow", "skin")
CONCEPTS: dict[str, tuple[str, ...]] = {
    "raised": ("no", "yes"),
    "bleeding": ("no", "yes"),
    "colour": COLOURS,
    "colours": ("one", "several"),
    "border": ("even", "uneven"),
    "edge": ("clear", "fading"),
    "shape": ("round", "long"),
}
"""Every concept and its values."""

LEAST_CONTRAST = 6.0
"""CIE76 distance below which nothing stands out from the skin."""
LEAST_SHARE, MOST_SHARE = 0.004, 0.75
"""Of the square; a smaller or larger part is no spot that can be measured."""
MOST_RIM = 0.02
"""Share of the square's rim that a spot may touch; one that touches more is a shadow, a fold or pen ink."""
SEVERAL_SHARE = 0.18
"""A second colour that covers so much of the spot makes it 'several'."""
UNEVEN_ABOVE = 1.75
"""Perimeter² / (4π area) of the smoothed outline; 1 is a circle."""
FADING_ABOVE = 0.085
"""Width over which the contrast falls from 75 % to 25 %, as a share of the spot's radius times two."""
LONG_ABOVE = 1.6
"""Ratio of the axes of the ellipse with the same second moments."""


@dataclass(frozen=True)
class Measured:
    """What was measured of a spot; every value is one of CONCEPTS."""

    colour: str
    colours: str
    border: str
    edge: str
    shape: str
    share: float
    """Of the square that the spot covers, 0 to 1."""

    def values(self) -> dict[str, str]:
        """Concept -> value."""
        return {k: getattr(self, k) for k in ("colour", "colours", "border", "edge", "shape")}


def lab(square: NDArray[np.uint8]) -> Floats:
    """CIE Lab (D65) of sRGB.  (3, S, S) uint8 -> (3, S, S) float32, L 0 to 100."""
    c = square.astype(np.float32) / 255.0
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ],
        dtype=np.float32,
    )
    xyz = (
        np.einsum("ij,jhw->ihw", to_xyz, linear)
        / np.array([0.95047, 1.0, 1.08883], dtype=np.float32)[:, None, None]
    )
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16.0 / 116.0)
    return np.stack([116.0 * f[1] - 16.0, 500.0 * (f[0] - f[1]), 200.0 * (f[1] - f[2])]).astype(np.float32)


def _radius(side_px: int) -> Floats:
    at = (np.arange(side_px) + 0.5) / side_px * 2 - 1
    return np.hypot(*np.meshgrid(at, at)).astype(np.float32)


def _otsu(values: Floats) -> float:
    counts, edges = np.histogram(values, bins=128)
    middle = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    mean_below = np.cumsum(counts * middle) / np.maximum(below, 1)
    mean_above = (np.sum(counts * middle) - np.cumsum(counts * middle)) / np.maximum(above, 1)
    return float(middle[np.argmax(below * above * (mean_below - mean_above) ** 2)])


def spot(colours: Floats) -> tuple[Mask, Floats, Floats] | None:
    """(where the spot is, distance of each pixel from the skin, colour of the skin), or None where nothing stands out.

    colours: (3, S, S) Lab.
    """
    radius = _radius(colours.shape[-1])
    ring = (radius > 0.85) & (radius < 1.25)
    skin = np.median(colours[:, ring], axis=1).astype(np.float32)
    distance = ndimage.gaussian_filter(np.linalg.norm(colours - skin[:, None, None], axis=0), 2.0).astype(
        np.float32
    )
    inside = radius < 1.0
    limit = max(_otsu(distance[inside]), LEAST_CONTRAST)
    named, count = ndimage.label(ndimage.binary_opening(distance > limit, iterations=2))
    if not count:
        return None
    weight = np.exp(-((radius / 0.5) ** 2)) * distance
    best = int(np.argmax(ndimage.sum(weight, named, np.arange(1, count + 1)))) + 1
    mask = ndimage.binary_fill_holes(named == best)
    rim = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    if not LEAST_SHARE <= float(mask.mean()) <= MOST_SHARE or float(rim.mean()) > MOST_RIM:
        return None
    return mask, distance, skin


def _named(colours: Floats, skin: Floats) -> NDArray[np.int64]:
    """Number in COLOURS of each colour against the skin around it.  (3, N) -> (N,)"""
    light, chroma = colours[0], np.hypot(colours[1], colours[2])
    d_light, d_red, d_yellow = (colours[i] - skin[i] for i in range(3))
    reddish = (d_red > 5) & (d_red > -0.45 * d_light)
    choices = [
        (light < 24) & (chroma < 20),
        reddish & (light < 62),
        reddish,
        light < 36,
        d_light < -7,
        (d_light > 6) & (d_yellow > 6),
        d_light > 6,
    ]
    names = ("black", "red", "pink", "dark_brown", "brown", "yellow", "pale")
    return np.select(choices, [COLOURS.index(n) for n in names], COLOURS.index("skin"))


def _axes_ratio(mask: Mask) -> float:
    y, x = np.nonzero(mask)
    values = np.linalg.eigvalsh(np.cov(np.stack([y, x])))
    return float(math.sqrt(max(values[1], 1e-6) / max(values[0], 1e-6)))


def _unevenness(mask: Mask) -> float:
    smooth = ndimage.gaussian_filter(mask.astype(np.float32), 1.5)
    gy, gx = np.gradient(smooth)
    perimeter = float(np.hypot(gy, gx).sum())  # the length of the outline (co-area formula)
    return perimeter**2 / (4.0 * math.pi * float(mask.sum()))


def _fade(mask: Mask, distance: Floats) -> float:
    outside = ndimage.distance_transform_edt(~mask) - ndimage.distance_transform_edt(mask)
    steps = np.arange(-20, 21)
    bands = [(outside > step - 1) & (outside <= step) for step in steps]
    known = np.array([bool(band.any()) for band in bands])
    steps = steps[known]
    profile = np.array([distance[band].mean() for band in bands if band.any()])
    # A mask has pixels at -1 and at 1 in any case, so neither side is empty.
    high, low = np.max(profile[steps <= 0]), np.min(profile[steps >= 0])
    if high - low < 1.0:
        return 1.0
    share = (profile - low) / (high - low)
    width = float(((share > 0.25) & (share < 0.75)).sum())
    return width / (2.0 * math.sqrt(float(mask.sum()) / math.pi))


def measure(square: NDArray[np.uint8]) -> Measured | None:
    """What can be measured of the spot in the middle, or None where none stands out.  square: (3, S, S) uint8."""
    colours = lab(square)
    found = spot(colours)
    if found is None:
        return None
    mask, distance, skin = found
    shares = np.bincount(_named(colours[:, mask], skin), minlength=len(COLOURS)) / mask.sum()
    # Brown and dark brown are one colour in two strengths; so are red and pink.
    groups = [shares[0], shares[1] + shares[2], shares[3] + shares[4], shares[5], shares[6]]
    second = sorted(groups)[-2]
    return Measured(
        colour=COLOURS[int(shares.argmax())],
        colours="several" if second > SEVERAL_SHARE else "one",
        border="uneven" if _unevenness(mask) > UNEVEN_ABOVE else "even",
        edge="fading" if _fade(mask, distance) > FADING_ABOVE else "clear",
        shape="long" if _axes_ratio(mask) > LONG_ABOVE else "round",
        share=float(mask.mean()),
    )


def concepts(measured: Measured | None, raised: bool | None, bleeding: bool | None) -> dict[str, str]:
    """All that is known of one photograph: concept -> value; what is not known is absent."""
    out: dict[str, str] = {} if measured is None else measured.values()
    for name, value in (("raised", raised), ("bleeding", bleeding)):
        if value is not None:
            out[name] = "yes" if value else "no"
    return out
