"""Skin pictures drawn by a program: for the demo and the tests, since no photograph of a person is shipped.

They are rough on purpose and say DRAWN in a corner. They show that six skin colours and six kinds of spot
pass through every step; they prove nothing about what the network makes of real skin.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Field = NDArray[np.float32]

# sRGB of skin types I to VI in fair light.
SKIN: dict[int, tuple[int, int, int]] = {
    1: (238, 208, 190),
    2: (224, 182, 155),
    3: (204, 156, 122),
    4: (166, 116, 84),
    5: (112, 74, 52),
    6: (66, 43, 33),
}
# By the codes of the conditions: what the spot does to the skin's own colour (1 leaves it), and its shape.
TINT: dict[str, tuple[float, float, float]] = {
    "BCC": (1.08, 0.86, 0.86),  # pearly, pink
    "SCC": (0.98, 0.66, 0.60),  # red, crusted
    "MEL": (0.34, 0.27, 0.27),  # nearly black, uneven
    "ACK": (1.02, 0.80, 0.74),  # rough, reddish, scaly
    "SEK": (0.60, 0.50, 0.44),  # brown, warty
    "NEV": (0.52, 0.42, 0.38),  # brown, even
}
LESIONS = tuple(TINT)
RADIUS = {"BCC": 0.15, "SCC": 0.19, "MEL": 0.20, "ACK": 0.21, "SEK": 0.18, "NEV": 0.13}  # of the side
RAGGED = {"BCC": 0.05, "SCC": 0.16, "MEL": 0.30, "ACK": 0.25, "SEK": 0.08, "NEV": 0.03}  # of the radius
ROUGH = {"BCC": 0.05, "SCC": 0.22, "MEL": 0.20, "ACK": 0.20, "SEK": 0.24, "NEV": 0.06}  # of the brightness
EDGE = {"BCC": 0.10, "SCC": 0.14, "MEL": 0.08, "ACK": 0.25, "SEK": 0.05, "NEV": 0.09}  # of the radius
MARK = "DRAWN"


def draw(skin_type: int, lesion: str, size_px: int, seed: int) -> Image.Image:
    """A square RGB picture of one spot on skin; the same arguments give the same pixels.

    skin_type: 1 to 6.  lesion: one of LESIONS.  size_px: 64 to 4096; the same scene at every size.
    Raises ValueError for anything else.
    """
    if skin_type not in SKIN:
        raise ValueError(f"skin_type is {skin_type!r}; expected 1 to 6")
    if lesion not in TINT:
        raise ValueError(f"lesion is {lesion!r}; expected one of {', '.join(LESIONS)}")
    if not 64 <= size_px <= 4096:
        raise ValueError(f"size_px is {size_px!r}; expected 64 to 4096")
    rng = np.random.default_rng((seed, skin_type, LESIONS.index(lesion)))

    y, x = np.mgrid[0:1:size_px * 1j, 0:1:size_px * 1j].astype(np.float32)  # fmt: skip
    angle_light = rng.uniform(0, 2 * np.pi)
    light = 1 + 0.12 * ((x - 0.5) * np.cos(angle_light) + (y - 0.5) * np.sin(angle_light))
    relief = 0.5 * _noise(rng, size_px, 9) + 0.8 * _noise(rng, size_px, 40) + 1.0 * _noise(rng, size_px, 120)
    fine = _noise(rng, size_px, 240)
    mottle = _noise(rng, size_px, 5)
    skin = np.array(SKIN[skin_type], dtype=np.float32)
    brightness = light * (1 + 0.035 * relief + 0.02 * fine)
    picture: Field = skin * brightness[..., None]
    picture[..., 0] *= 1 + 0.012 * mottle  # blood shows in patches

    spot = _spot(rng, x, y, lesion)
    tint = np.array(TINT[lesion], dtype=np.float32)
    rough = 1 + ROUGH[lesion] * (0.5 * _noise(rng, size_px, 14) + 0.5 * _noise(rng, size_px, 60) + 0.4 * fine)
    picture = picture * (1 + spot[..., None] * (tint * rough[..., None] - 1))
    if lesion in ("SCC", "ACK"):  # whitish scales
        scales = spot * np.clip(_noise(rng, size_px, 22) - 0.6, 0, 1)
        picture = picture + scales[..., None] * (0.55 * (235 - picture))
    if lesion == "BCC":  # a raised, shining rim
        picture = picture + (40 * spot * (1 - spot) * 2)[..., None]
    shine = np.clip(relief - 2.6, 0, 1) * 35  # skin of every colour shines alike
    picture = picture + shine[..., None]
    return _marked(Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)))


def _spot(rng: np.random.Generator, x: Field, y: Field, lesion: str) -> Field:
    """1 inside the spot, 0 outside, between at its edge."""
    centre_x, centre_y = rng.uniform(0.45, 0.55, 2)
    stretch = rng.uniform(0.85, 1.18)
    dx, dy = (x - centre_x) * stretch, (y - centre_y) / stretch
    angle = np.arctan2(dy, dx)
    radius = np.full_like(x, RADIUS[lesion])
    for wave in range(2, 8):
        swing = RAGGED[lesion] / wave * rng.normal()
        radius *= 1 + swing * np.sin(wave * angle + rng.uniform(0, 2 * np.pi))
    inward = 1 - np.hypot(dx, dy) / radius
    steepness = 4 / EDGE[lesion]
    return np.asarray(1 / (1 + np.exp(np.clip(-inward * steepness, -50, 50))), dtype=np.float32)


def _noise(rng: np.random.Generator, size_px: int, cells: int) -> Field:
    """Smooth noise, about standard normal, with `cells` bumps along a side whatever the size."""
    grid = rng.standard_normal((cells, cells)).astype(np.float32)
    smooth = Image.fromarray(grid).resize((size_px, size_px), Image.Resampling.BICUBIC)
    return np.asarray(smooth, dtype=np.float32)


def _marked(picture: Image.Image) -> Image.Image:
    """The same picture, saying in its lower left corner that it was drawn."""
    height_px = max(10, picture.height // 18)
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(height_px)
    left, top, right, bottom = pen.textbbox((0, 0), MARK, font=font)
    margin = height_px // 3
    width, height = round(right - left), round(bottom - top)
    corner = (0, picture.height - height - 2 * margin)
    pen.rectangle((*corner, width + 2 * margin, picture.height), fill="white")
    pen.text((corner[0] + margin - left, corner[1] + margin - top), MARK, fill="black", font=font)
    return picture
