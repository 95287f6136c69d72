"""Photographs as another hand, phone and light would have taken them. Training only."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

LUMA = (0.299, 0.587, 0.114)


def _uniform(count: int, low: float, high: float, rng: torch.Generator) -> Tensor:
    return torch.rand(count, generator=rng) * (high - low) + low


def moved(pixels: Tensor, side_px: int, rng: torch.Generator) -> Tensor:
    """Each picture turned, mirrored, shifted and zoomed.

    pixels: (B, 3, S, S) float.  Returns (B, 3, side_px, side_px) float; beyond the edge the picture is reflected.
    """
    count = pixels.shape[0]
    angle = _uniform(count, 0.0, 2.0 * math.pi, rng)
    # Part of the side that is seen: below 1 a crop, above 1 the lesion is smaller in the frame.
    seen = torch.exp(_uniform(count, math.log(0.62), math.log(1.12), rng))
    aspect = torch.exp(_uniform(count, -0.14, 0.14, rng))
    mirror = torch.where(torch.rand(count, generator=rng) < 0.5, -1.0, 1.0)
    room = (1.0 - seen).clamp(min=0.06)
    shift_x, shift_y = (
        _uniform(count, -1.0, 1.0, rng) * room * 0.8,
        _uniform(count, -1.0, 1.0, rng) * room * 0.8,
    )
    cos, sin = torch.cos(angle), torch.sin(angle)
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0] = cos * seen * aspect * mirror
    theta[:, 0, 1] = -sin * seen / aspect
    theta[:, 1, 0] = sin * seen * aspect * mirror
    theta[:, 1, 1] = cos * seen / aspect
    theta[:, 0, 2], theta[:, 1, 2] = shift_x, shift_y
    grid = F.affine_grid(theta, [count, 3, side_px, side_px], align_corners=False)
    return F.grid_sample(pixels, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def relit(pixels: Tensor, rng: torch.Generator) -> Tensor:
    """Each picture under another light: brightness, contrast, saturation, white balance.  0..255 in and out."""
    count = pixels.shape[0]

    def per_picture(low: float, high: float, channels: int = 1) -> Tensor:
        return _uniform(count * channels, low, high, rng).view(count, channels, 1, 1)

    out = pixels * per_picture(0.75, 1.25) * per_picture(0.92, 1.08, 3)
    mean = out.mean(dim=(1, 2, 3), keepdim=True)
    out = (out - mean) * per_picture(0.75, 1.3) + mean
    grey = (out * torch.tensor(LUMA).view(1, 3, 1, 1)).sum(dim=1, keepdim=True)
    out = grey + (out - grey) * per_picture(0.7, 1.3)
    return out.clamp(0.0, 255.0)


def softened(pixels: Tensor, rng: torch.Generator, share: float = 0.2) -> Tensor:
    """Some pictures as a cheap lens or a chat's compression would leave them: halved and enlarged again."""
    chosen = torch.rand(pixels.shape[0], generator=rng) < share
    if not bool(chosen.any()):
        return pixels
    side_px = pixels.shape[-1]
    small = F.interpolate(pixels[chosen], scale_factor=0.5, mode="area")
    out = pixels.clone()
    out[chosen] = F.interpolate(small, size=(side_px, side_px), mode="bilinear", align_corners=False)
    return out


def mixed(pixels: Tensor, targets: Tensor, alpha: float, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Mixup (arXiv:1710.09412): each picture and target blended with another of the batch.

    pixels: (B, ...); targets: (B, C) float, each row a distribution.  Both come back in the same shapes.
    """
    first, second = torch._standard_gamma(torch.full((2, 1), alpha), generator=rng)
    share = float(torch.maximum(first, second) / (first + second).clamp(min=1e-6))
    order = torch.randperm(pixels.shape[0], generator=rng)
    return pixels * share + pixels[order] * (1 - share), targets * share + targets[order] * (1 - share)
