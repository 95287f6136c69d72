"""From a photograph to the numbers the network sees: one path for training and for service."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

SIDE_PX = 256
"""Side of the square every photograph is brought to: the scale of the training data."""


def upright(image: Image.Image) -> Image.Image:
    """The picture as RGB, turned as its camera meant it, transparency laid on white."""
    turned = ImageOps.exif_transpose(image)
    if turned.mode == "RGB":
        return turned
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        rgba = turned.convert("RGBA")
        white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, rgba).convert("RGB")
    return turned.convert("RGB")


def square(image: Image.Image) -> Tensor:
    """The centre square of a photograph at the training scale.

    A phone photograph of any size is cut to its centre square and reduced (antialiased) to SIDE_PX, because the
    training data are close-ups with the lesion in the middle.  Returns (3, SIDE_PX, SIDE_PX) uint8, RGB.
    """
    picture = upright(image)
    short = min(picture.size)
    if short > 4 * SIDE_PX:
        # A cheap box reduction first; the antialiased resize below then works on few pixels.
        picture = picture.reduce(short // (2 * SIDE_PX))
    fitted = ImageOps.fit(picture, (SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.array(fitted, dtype=np.uint8)).permute(2, 0, 1).contiguous()


def scaled(pixels: Tensor) -> Tensor:
    """Network input.  (B, 3, S, S) uint8 or float in 0..255 -> (B, 3, S, S) float32 in -1..1, channels last."""
    return (pixels.float() / 127.5 - 1.0).contiguous(memory_format=torch.channels_last)


CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


def published(image: Image.Image, side_px: int = 224) -> Tensor:
    """Network input as SkinGPT-4 makes it: the whole picture pressed into a square, whatever its shape.

    Returns (3, side_px, side_px) float32, CLIP-normalised.  It takes the pixels as they lie: turning a photograph upright and
    laying transparency on white is `upright`'s work.  Pillow's bicubic, not a tensor's: they differ at edges.
    Source: LAVIS blip2_image_eval (Resize to a pair, ToTensor, Normalize); facts, skingpt4.md section 1.
    """
    fitted = image.convert("RGB").resize((side_px, side_px), Image.Resampling.BICUBIC)
    pixels = (
        torch.from_numpy(np.array(fitted, dtype=np.uint8)).permute(2, 0, 1).float().div(255)
    )  # (3, S, S) in 0..1
    mean, std = (torch.tensor(values, dtype=torch.float32).view(3, 1, 1) for values in (CLIP_MEAN, CLIP_STD))
    return ((pixels - mean) / std).contiguous()
