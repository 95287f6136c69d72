"""Pictures that are no phone photograph of a spot on skin, made by program, to teach the scope check what is foreign.

Two kinds. Dermoscopic: what the optics do, not any picture of theirs: the skin lies flat under a lit contact plate, so that the
light is even or falls off in a ring, nothing shines, the frame is 1 to 2 cm wide and so hairs are thick, skin is smooth and
pigment shows as network, dots and blotches. Once from nothing, once from a phone photograph. Others: dead leaves, clouds, cloth,
pages, plain fields. No dermoscopic image was looked at, measured or used. Source of what is shown: Kittler et al. 2016,
doi:10.1016/j.jaad.2015.12.038 (terms of dermoscopy); Lee, Mumford and Huang 2001, doi:10.1023/A:1011109015675 (dead leaves).
"""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from model.pixels import SIDE_PX

__all__ = ["dermoscopic", "handled", "other", "through_a_dermatoscope"]

Rng = np.random.Generator
Plane = NDArray[np.float32]
"""(SIDE_PX, SIDE_PX) or (SIDE_PX, SIDE_PX, 3), colours 0 to 1"""

_MELANIN = np.array([0.55, 1.0, 1.35], dtype=np.float32)
_BLOOD = np.array([0.12, 1.0, 0.8], dtype=np.float32)
"""How strongly each takes red, green and blue out of the light (rough, relative to green)."""


def _smooth(rng: Rng, cell_px: float) -> Plane:
    """Soft noise with bumps about `cell_px` wide, alike in all directions.  Standard deviation 1."""
    f = np.fft.fftfreq(SIDE_PX)[:, None], np.fft.rfftfreq(SIDE_PX)[None, :]
    # The noise wraps around, so it is made on the picture's own grid: bumps wider than it are cut to half of it.
    width = np.hypot(*f) * min(cell_px, SIDE_PX / 2) * 1.8
    held = np.fft.rfft2(rng.normal(0, 1, (SIDE_PX, SIDE_PX))) * np.exp(-(width**2))
    held[0, 0] = 0
    found = np.fft.irfft2(held, s=(SIDE_PX, SIDE_PX))
    return (found / (found.std() + 1e-9)).astype(np.float32)  # type: ignore[no-any-return]


def _radius(rng: Rng, wander: float = 0.1) -> tuple[Plane, Plane]:
    """Distance from about the middle (1 at the middle of a side) and angle."""
    c = (np.arange(SIDE_PX, dtype=np.float32) + 0.5) / SIDE_PX * 2 - 1
    x, y = np.meshgrid(c - rng.uniform(-wander, wander), c - rng.uniform(-wander, wander))
    return np.hypot(x, y).astype(np.float32), np.arctan2(y, x).astype(np.float32)


def _lesion(rng: Rng) -> Plane:
    """How much of a lesion lies at each place, 0 to 1: a wavy outline, sharp or washed out."""
    radius, angle = _radius(rng, 0.25)
    edge = np.full_like(radius, rng.uniform(0.25, 0.95))
    for k in range(1, 7):
        edge *= 1 + rng.normal(0, 0.16) / k * np.cos(k * angle + rng.uniform(0, 2 * math.pi))
    edge += 0.06 * _smooth(rng, rng.uniform(8, 40)) * rng.uniform(0, 1)
    away = (edge - radius) / rng.uniform(0.012, 0.14)
    return ((1 + np.tanh(away / 2)) / 2).astype(np.float32)


def _network(rng: Rng) -> Plane:
    """Lines of a pigment network, 0 to 1: the zeros of noise of one width are a mesh."""
    cell = rng.uniform(4, 11)
    mesh = np.exp(-np.abs(_smooth(rng, cell)) / rng.uniform(0.15, 0.5))
    other = np.exp(-np.abs(_smooth(rng, cell)) / rng.uniform(0.15, 0.5))
    return np.maximum(mesh, other * rng.uniform(0, 1)).astype(np.float32)


def _dots(rng: Rng) -> Plane:
    """Dots and globules, 0 to 1."""
    layer = Image.new("L", (SIDE_PX * 2, SIDE_PX * 2))
    draw = ImageDraw.Draw(layer)
    size = rng.uniform(1.5, 9)
    for x, y in rng.uniform(0, SIDE_PX * 2, (int(rng.integers(10, 220)), 2)):
        r = size * rng.uniform(0.6, 1.4)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=int(rng.integers(90, 256)))
    return _reduced(layer, rng.uniform(0, 1.2))


def _reduced(layer: Image.Image, blur: float) -> Plane:
    small = layer.resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
    return np.asarray(small.filter(ImageFilter.GaussianBlur(blur)), dtype=np.float32) / np.float32(255)


def _curves(
    rng: Rng, count: int, width: tuple[float, float], length: tuple[float, float], blur: float
) -> Plane:
    """Bent lines (hairs, vessels), 0 to 1; widths and lengths in pixels of the picture."""
    layer = Image.new("L", (SIDE_PX * 2, SIDE_PX * 2))
    draw = ImageDraw.Draw(layer)
    towards, spread = rng.uniform(0, 2 * math.pi), rng.uniform(0.1, 2.0)
    t = np.linspace(0, 1, 24)[:, None]
    for _ in range(count):
        start = rng.uniform(-0.2, 1.2, 2) * SIDE_PX * 2
        angle, bend, reach = towards + rng.normal(0, spread), rng.normal(0, 0.5), rng.uniform(*length) * 2
        middle = start + reach / 2 * np.array([math.cos(angle + bend), math.sin(angle + bend)])
        end = start + reach * np.array([math.cos(angle), math.sin(angle)])
        path = (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end
        thick = max(1, round(2 * rng.uniform(*width)))
        draw.line([(float(a), float(b)) for a, b in path], fill=int(rng.integers(140, 256)), width=thick)
    return _reduced(layer, blur)


def _bubbles(rng: Rng) -> Plane:
    """Air under the plate: bright rings with a dark rim, -1 to 1."""
    found = np.zeros((SIDE_PX, SIDE_PX), dtype=np.float32)
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX].astype(np.float32)
    for _ in range(int(rng.integers(1, 9))):
        r, cx, cy = rng.uniform(3, 26), *rng.uniform(0, SIDE_PX, 2)
        d = np.hypot(x - cx, y - cy) - r
        found += np.exp(-((d / 1.5) ** 2)) * rng.uniform(-0.6, 0.9) + 0.15 * (d < 0)
    return found.clip(-1, 1)


def _plate(rng: Rng, picture: Plane) -> Plane:
    """What every picture through a contact plate may carry: hairs, bubbles, a scale, the ring of the light."""
    if rng.random() < 0.55:
        hairs = _curves(rng, int(rng.integers(1, 28)), (0.8, 3.2), (60, 320), rng.uniform(0.2, 0.9))[
            ..., None
        ]
        shade = np.array([0.16, 0.1, 0.1], dtype=np.float32) * rng.uniform(0.5, 2.4)
        picture = picture * (1 - hairs * rng.uniform(0.4, 0.95)) + shade * hairs * 0.8
    if rng.random() < 0.25:
        picture = picture + 0.25 * _bubbles(rng)[..., None]
    if rng.random() < 0.12:
        scale = Image.new("L", (SIDE_PX * 2, SIDE_PX * 2))
        draw, step, at = ImageDraw.Draw(scale), rng.uniform(18, 60), rng.uniform(0.05, 0.95) * SIDE_PX * 2
        for n in range(int(SIDE_PX * 2 / step) + 1):
            draw.line((n * step, at, n * step, at + (24 if n % 5 else 44)), fill=230, width=2)
        ticks = _reduced(scale.rotate(float(rng.choice([0, 90, 180, 270]))), 0.4)[..., None]
        picture = picture * (1 - 0.8 * ticks)
    radius, _ = _radius(rng, 0.15)
    fall = rng.uniform(0, 0.4) * rng.random() * (radius / 1.414) ** rng.uniform(1.5, 4)
    tint = 1 - fall[..., None] * np.array([1, *rng.uniform(0.8, 1.2, 2)], dtype=np.float32)
    return (picture * tint).astype(np.float32)


def _pigment(rng: Rng, mask: Plane) -> tuple[Plane, Plane]:
    """(melanin, blood) of a lesion at each place, in units of optical depth at green."""
    depth = rng.uniform(0.15, 1.5)
    melanin = mask * depth * (1 + rng.uniform(0, 0.5) * _smooth(rng, rng.uniform(12, 60))).clip(0.1)
    inner = mask ** rng.uniform(0.3, 3)
    if rng.random() < 0.6:
        melanin = melanin + inner * _network(rng) * rng.uniform(0.1, 0.7) * depth
    if rng.random() < 0.5:
        melanin = melanin + inner * _dots(rng) * rng.uniform(0.2, 1.0) * depth
    if rng.random() < 0.35:  # a dark blotch or, with the minus, a pale scar
        melanin = melanin + inner * (_smooth(rng, rng.uniform(30, 90)) > rng.uniform(0.2, 1)) * rng.uniform(
            -0.8, 0.9
        )
    blood = mask * rng.uniform(0, 0.35) * (1 + 0.4 * _smooth(rng, rng.uniform(6, 40)))
    if rng.random() < 0.3:
        vessels = _curves(rng, int(rng.integers(5, 50)), (0.5, 1.3), (8, 70), rng.uniform(0.3, 1))
        blood = blood + vessels * (0.3 + mask) * rng.uniform(0.1, 0.6)
    return melanin.clip(0), blood.clip(0)


def dermoscopic(rng: Rng) -> Image.Image:
    """A made-up picture as through a dermatoscope, SIDE_PX square."""
    red = rng.uniform(0.6, 0.97)
    # Cool light on pressed skin: from tan over rose to violet.
    green = red * rng.uniform(0.58, 0.86)
    skin = np.array([red, green, green * rng.uniform(0.86, 1.2)], dtype=np.float32)
    melanin = 0.03 * rng.uniform(0, 2) * _smooth(rng, rng.uniform(4, 25))
    blood = 0.03 * rng.uniform(0, 2.5) * _smooth(rng, rng.uniform(4, 40))
    if rng.random() < 0.5:
        melanin = melanin + rng.uniform(0, 0.12) * _network(rng)  # the faint mesh of normal skin
    more = _pigment(rng, _lesion(rng)) if rng.random() < 0.96 else (0.0, 0.0)
    depth = (melanin + more[0])[..., None] * _MELANIN + (blood + more[1])[..., None] * _BLOOD
    picture = skin * np.exp(-depth)
    if rng.random() < 0.15:  # pigment that lies deep looks blue-grey
        veil = (_lesion(rng) * rng.uniform(0.1, 0.6))[..., None]
        picture = picture * (1 - veil) + veil * np.array([0.42, 0.45, 0.55], dtype=np.float32)
    if rng.random() < 0.3:
        scales = (_smooth(rng, rng.uniform(3, 12)) > rng.uniform(1.0, 2.2))[..., None]
        picture = picture + scales * rng.uniform(0.02, 0.2)
    return _image(_plate(rng, picture.astype(np.float32)))


def through_a_dermatoscope(rng: Rng, photo: Image.Image) -> Image.Image:
    """A phone photograph of a lesion as a dermatoscope might have shown it: nearer, flat light, no shine, pigment's pattern."""
    side = round(SIDE_PX / math.exp(rng.uniform(0, 0.8)))
    left, top = ((SIDE_PX - side) / 2 + rng.uniform(-0.2, 0.2) * (SIDE_PX - side) for _ in range(2))
    near = photo.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC, (left, top, left + side, top + side))
    if rng.random() < 0.7:  # pressed flat: the relief of the skin goes, edges stay
        for _ in range(int(rng.integers(1, 4))):
            near = near.filter(ImageFilter.MedianFilter(5))
    picture = np.asarray(near, dtype=np.float32) / 255
    blurred = np.asarray(near.filter(ImageFilter.GaussianBlur(rng.uniform(35, 80))), dtype=np.float32) / 255
    level = blurred.mean(2, keepdims=True)
    picture = picture * (level.mean() / (level + 0.05)) ** rng.uniform(0.4, 0.9)
    lit = picture.mean(2, keepdims=True)
    ceiling = np.quantile(lit, rng.uniform(0.85, 0.97))
    picture = picture * np.minimum(1, (ceiling + 0.2 * (lit - ceiling)) / lit.clip(0.02))
    now = np.median(picture.reshape(-1, 3), axis=0)
    red = rng.uniform(0.6, 0.97)
    green = red * rng.uniform(0.58, 0.86)
    wanted = np.array([red, green, green * rng.uniform(0.86, 1.2)])
    picture = picture * (wanted / now.clip(0.05)) ** rng.uniform(0.5, 1.0)
    dark = (1 - picture.mean(2) / np.median(picture.mean(2))).clip(0, 1)
    middle = np.exp(-((_radius(rng)[0] / rng.uniform(0.4, 0.9)) ** 4))
    mask = (dark * 2.5).clip(0, 1) * middle if rng.random() < 0.7 else _lesion(rng)
    melanin, blood = _pigment(rng, mask.astype(np.float32))
    share = rng.uniform(0.0, 0.7)
    picture = picture * np.exp(-share * (melanin[..., None] * _MELANIN + blood[..., None] * _BLOOD))
    return _image(_plate(rng, picture.astype(np.float32)))


def _image(picture: Plane) -> Image.Image:
    return Image.fromarray((picture.clip(0, 1) * 255).round().astype(np.uint8))


def _colour(rng: Rng) -> tuple[int, int, int]:
    """Any colour, pale and brownish ones (walls, wood, paper, other skin) more often than vivid ones."""
    held = rng.uniform(0, 255, 3)
    if rng.random() < 0.7:
        grey = rng.uniform(15, 245)
        held = (
            grey
            + (held - held.mean()) * rng.uniform(0, 0.4)
            + np.array([18, 0, -18]) * rng.uniform(-0.5, 1.5)
        )
    r, g, b = (int(v) for v in held.clip(0, 255))
    return r, g, b


def _leaves(rng: Rng) -> Image.Image:
    """Overlapping shapes of all sizes with a texture each: the statistics of photographs of things."""
    picture = Image.new("RGB", (SIDE_PX, SIDE_PX), _colour(rng))
    draw = ImageDraw.Draw(picture)
    palette = [_colour(rng) for _ in range(int(rng.integers(3, 9)))]
    power, smallest = rng.uniform(1.0, 3.0), rng.uniform(3, 12)
    for _ in range(int(rng.integers(15, 300))):
        r = min(140.0, smallest * (rng.pareto(power) + 1))
        x, y = rng.uniform(0, SIDE_PX, 2)
        fill = tuple(
            int(np.clip(v + rng.normal(0, 18), 0, 255)) for v in palette[int(rng.integers(len(palette)))]
        )
        kind = rng.random()
        if kind < 0.4:
            draw.ellipse((x - r, y - r * 0.7, x + r, y + r * 0.7), fill=fill)
        elif kind < 0.7:
            draw.rectangle((x - r, y - r * rng.uniform(0.2, 2), x + r, y + r), fill=fill)
        else:
            turns = np.sort(rng.uniform(0, 2 * math.pi, int(rng.integers(3, 8))))
            draw.polygon([(x + r * math.cos(t), y + r * math.sin(t)) for t in turns], fill=fill)
    texture = rng.uniform(0, 30) * _smooth(rng, rng.uniform(1, 6)) + rng.uniform(0, 40) * _smooth(
        rng, rng.uniform(40, 120)
    )
    return Image.fromarray(
        (np.asarray(picture, dtype=np.float32) + texture[..., None]).clip(0, 255).astype(np.uint8)
    )


def _clouds(rng: Rng) -> Image.Image:
    """Noise whose power falls with its frequency, in any colours: walls, sky, gravel, grass."""
    slope = rng.uniform(0.3, 1.6)
    planes = []
    for _ in range(3):
        planes.append(sum((c**slope * _smooth(rng, c) for c in (1, 2, 4, 8, 16, 32, 64, 128)), np.zeros(1)))
    held = np.stack(planes, 2)
    mixed = held @ (np.ones((3, 3)) * rng.uniform(0, 1) + np.eye(3) * rng.uniform(0.1, 1)) / held.std()
    return Image.fromarray(
        (np.array(_colour(rng)) + mixed * rng.uniform(5, 60)).clip(0, 255).astype(np.uint8)
    )


def _cloth(rng: Rng) -> Image.Image:
    """Stripes, checks and weaves."""
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX]
    mixed = np.zeros((SIDE_PX, SIDE_PX, 3)) + np.array(_colour(rng))
    for _ in range(int(rng.integers(1, 4))):
        angle, period = rng.uniform(0, math.pi), rng.uniform(4, 80)
        wave = np.sin(
            (x * math.cos(angle) + y * math.sin(angle)) * 2 * math.pi / period + 0.5 * _smooth(rng, 60)
        )
        wave = wave if rng.random() < 0.5 else np.sign(wave)
        mixed = mixed + wave[..., None] * rng.normal(0, 50, 3)
    mixed = mixed + rng.uniform(0, 25) * _smooth(rng, rng.uniform(1, 4))[..., None]
    return Image.fromarray(mixed.clip(0, 255).astype(np.uint8))


def _page(rng: Rng) -> Image.Image:
    """Lines of marks on paper or on a screen."""
    paper, ink = (245, 30) if rng.random() < 0.75 else (25, 220)
    picture = Image.new(
        "RGB", (SIDE_PX, SIDE_PX), tuple(int(v) for v in np.clip(paper + rng.normal(0, 12, 3), 0, 255))
    )
    draw = ImageDraw.Draw(picture)
    height = rng.uniform(5, 22)
    y = rng.uniform(0, height)
    while y < SIDE_PX:
        x = rng.uniform(0, 20)
        while x < SIDE_PX - 10 and rng.random() < 0.97:
            wide = height * rng.uniform(0.1, 0.5)
            tone = tuple(int(v) for v in np.clip(ink + rng.normal(0, 15, 3), 0, 255))
            draw.rectangle(
                (x, y + height * rng.uniform(0, 0.3), x + wide, y + height * rng.uniform(0.5, 0.8)), fill=tone
            )
            x += wide + (height * 0.8 if rng.random() < 0.18 else rng.uniform(1, 3))
        y += height * rng.uniform(1.1, 1.8)
    if rng.random() < 0.4:
        x, y, r = *rng.uniform(0, SIDE_PX, 2), rng.uniform(20, 120)
        draw.rectangle((x - r, y - r, x + r, y + r), fill=_colour(rng))
    return picture.rotate(rng.normal(0, 6), Image.Resampling.BICUBIC, fillcolor=_colour(rng))


def _field(rng: Rng) -> Image.Image:
    """One colour or a slope between two, with a camera's noise or none."""
    slope = np.linspace(0, 1, SIDE_PX)[:, None, None] * np.ones((1, SIDE_PX, 1))
    colours = np.array([_colour(rng), _colour(rng) if rng.random() < 0.5 else (0, 0, 0)])
    picture = colours[0] * (1 - slope * (rng.random() < 0.5)) + colours[1] * slope * (rng.random() < 0.5)
    picture = picture + rng.normal(0, 1, (SIDE_PX, SIDE_PX, 3)) * rng.choice([0, 2, 8, 90])
    return Image.fromarray(np.rot90(picture, int(rng.integers(4))).clip(0, 255).astype(np.uint8))


_OTHERS: tuple[Any, ...] = (_leaves, _leaves, _leaves, _clouds, _clouds, _cloth, _page, _field)


def other(rng: Rng) -> Image.Image:
    """A made-up picture of no skin at all, SIDE_PX square."""
    made: Image.Image = _OTHERS[int(rng.integers(len(_OTHERS)))](rng)
    return made


def handled(rng: Rng, picture: Image.Image) -> Image.Image:
    """The picture as another hand, lens and messenger would have left it: cut, turned, softer, compressed.

    The same is done to photographs and to foreign pictures, so that none of it tells them apart.
    """
    side = round(min(picture.size) * rng.uniform(0.62, 1.0))
    left, top = ((extent - side) * rng.uniform(0.3, 0.7) for extent in picture.size)
    resolution = round(SIDE_PX * rng.uniform(0.45, 1.0)) if rng.random() < 0.6 else SIDE_PX
    cut = picture.resize(
        (resolution, resolution), Image.Resampling.BICUBIC, (left, top, left + side, top + side)
    )
    turned = cut.transpose(Image.Transpose(int(rng.integers(0, 7)))).resize(
        (SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC
    )
    light = np.asarray(turned, dtype=np.float32) * rng.uniform(0.9, 1.1) * rng.uniform(0.96, 1.04, 3)
    stream = io.BytesIO()
    shot = Image.fromarray(light.clip(0, 255).astype(np.uint8))
    shot.save(stream, "JPEG", quality=int(rng.integers(60, 96)))
    return Image.open(stream).convert("RGB")
