"""The photo coach: can this photograph be looked at, and if not, what is the one thing to change?

Everything is measured on the middle of the picture brought to one scale (short side 192 px), so that a
256 px photograph and a 12-megapixel one of the same scene are judged alike. Blur that vanishes at that scale
does not count: the network hardly sees it either.

What it does not do. It never asks whether there is skin in the picture: colour rules for skin fail on dark
skin. It does not judge mean brightness: a well-lit photograph of type VI skin is as dark on average as a
badly lit one of type II. And there is no reason "far": how large the spot is in the picture cannot be known
without finding the spot, and nothing here finds it.

Thresholds were chosen on real phone photographs degraded by known amounts: curves/README.md, made by
coach_curve. No published rule gives a usable value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Reason = Literal["small", "dark", "bright", "blurred"]
REASONS: tuple[Reason, ...] = ("small", "dark", "bright", "blurred")  # as they are looked for

MIN_SIDE_PX = 200  # a choice, not learned: the photographs to learn from were all reduced to 256 px
JUDGED_SIDE_PX = 192  # below MIN_SIDE_PX, so that nothing is ever enlarged to be judged
MIDDLE = 0.8  # share of each side that is judged: people put the spot in the middle, not at the rim
MAX_ASPECT = 3  # of a longer strip only the middle is judged; bounds the work

# Blur. Change over 1 px against change over 3 px, squared, in the direction where that ratio is smallest
# (motion blurs in one direction only). NOISE is what JPEG and 8 bits add to any squared difference; without
# it a smooth blur, where little else is left, looks like fine texture.
NOISE = 2.0  # grey levels squared
MIN_SHARPNESS = 0.157

# Light, in grey levels 0..255 as the screen shows them.
BLACK, WHITE = 10, 245
MAX_BLACK_SHARE = 0.7
MAX_WHITE_SHARE = 0.3
MIN_HIGHLIGHT = 24.0  # the brightest twentieth is darker than the darkest skin in fair light (about 36)
DIM_HIGHLIGHT, MIN_CONTRAST = 36.0, 16.0  # or it is dim, and there is next to no contrast left in it


@dataclass(frozen=True)
class Verdict:
    """What the coach thinks of one photograph.

    reason: None exactly where ok is true; else the first fault found, in the order of REASONS.
    measures: side_px (short side as received), sharpness (a ratio, 0 to about 1), highlight and contrast
    (grey levels: 95th percentile, and 95th minus 5th), black_share and white_share (0 to 1).
    """

    ok: bool
    reason: Reason | None
    measures: Mapping[str, float]


def judge(image: Image.Image) -> Verdict:
    """The verdict on one upright or turned picture of any mode and size; the picture is left as it is."""
    return _verdict(image, min(image.size))


def judge_bytes(jpeg: bytes) -> Verdict:
    """The verdict on a JPEG as the vault keeps it; decodes no more than it needs.

    Raises OSError where the bytes are not a readable picture: intake.accept lets none such through.
    """
    with Image.open(BytesIO(jpeg)) as image:
        side_px = min(image.size)
        # The decoder itself can give 1/2, 1/4 or 1/8 of the size, at a fraction of the time.
        image.draft("RGB", (2 * JUDGED_SIDE_PX, 2 * JUDGED_SIDE_PX))
        return _verdict(image, side_px)


def _verdict(image: Image.Image, side_px: int) -> Verdict:
    grey = _middle(image)
    low, high = (float(level) for level in np.percentile(grey, (5, 95)))
    measures = {
        "side_px": float(side_px),
        "sharpness": _sharpness(grey),
        "highlight": high,
        "contrast": high - low,
        "black_share": float(np.mean(grey <= BLACK)),
        "white_share": float(np.mean(grey >= WHITE)),
    }
    reason = _fault(measures)
    return Verdict(reason is None, reason, MappingProxyType(measures))


def _fault(measures: Mapping[str, float]) -> Reason | None:
    """The first thing wrong, or None. Light comes before blur: without light sharpness means nothing."""
    if measures["side_px"] < MIN_SIDE_PX:
        return "small"
    dim = measures["highlight"] < DIM_HIGHLIGHT and measures["contrast"] < MIN_CONTRAST
    if dim or measures["highlight"] < MIN_HIGHLIGHT or measures["black_share"] > MAX_BLACK_SHARE:
        return "dark"
    if measures["white_share"] > MAX_WHITE_SHARE:
        return "bright"
    if measures["sharpness"] < MIN_SHARPNESS:
        return "blurred"
    return None


def _middle(image: Image.Image) -> NDArray[np.float32]:
    """Grey levels (H, W), 0 to 255, of the picture's middle at the judged scale."""
    if image.mode not in ("RGB", "L"):
        image = image.convert("RGB")
    short_px = min(image.size)
    box_width, box_height = (MIDDLE * min(side, MAX_ASPECT * short_px) for side in image.size)
    left, top = (image.width - box_width) / 2, (image.height - box_height) / 2
    scale = min(1.0, JUDGED_SIDE_PX / short_px)
    size = (max(8, round(box_width * scale)), max(8, round(box_height * scale)))
    box = (left, top, left + box_width, top + box_height)
    small = image.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=2.0)
    return np.asarray(small.convert("L"), dtype=np.float32)


def _sharpness(grey: NDArray[np.float32]) -> float:
    """How much of the change over 3 px happens within 1 px, in the blurriest direction: 1/9 on a ramp.

    Does not depend on contrast while that is well above the noise, so that dark skin is not called blurred.
    """
    fine = _changes(grey, 1)
    coarse = _changes(grey, 3) + NOISE * np.eye(2)
    # The smallest g'Fg / g'Cg over all directions g is the smallest generalised eigenvalue.
    return float(np.linalg.eigvals(np.linalg.solve(coarse, fine)).real.min())


def _changes(grey: NDArray[np.float32], step_px: int) -> NDArray[np.float64]:
    """Mean squared change over step_px as a quadratic form of the direction: (2, 2), x first."""
    ahead, behind = slice(step_px, None), slice(None, -step_px)

    def mean_square(change: NDArray[np.float32]) -> float:
        return float(np.mean(np.square(change), dtype=np.float64))

    across = mean_square(grey[:, ahead] - grey[:, behind])
    down = mean_square(grey[ahead] - grey[behind])
    falling = mean_square(grey[ahead, ahead] - grey[behind, behind])
    rising = mean_square(grey[behind, ahead] - grey[ahead, behind])
    both = (falling - rising) / 4
    return np.array([[across, both], [both, down]])
