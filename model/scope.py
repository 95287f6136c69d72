"""Is the picture like those the model has learned from: lesion-centred phone photographs of skin.

Colour in four rings around the middle and the strength of texture at six scales, compared with the training
photographs by a regularised Mahalanobis distance. No network: what a fine-tuned network finds familiar is what it
has fitted, and its own features say little about a picture from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from model.pixels import SIDE_PX

__all__ = ["Scope", "features", "fit", "from_json"]

RIDGE = 0.03
FALSE_ALARMS = 0.05
"""Share of training photographs, out of fold, that fall outside: the price of noticing the others."""
STEEPNESS = 4.0
_RADII = (0.0, 0.4, 0.8, 1.1, 2.0)


def _rings() -> list[Tensor]:
    c = (torch.arange(SIDE_PX) + 0.5) / SIDE_PX * 2 - 1
    yy, xx = torch.meshgrid(c, c, indexing="ij")
    radius = (xx**2 + yy**2).sqrt()
    return [(radius >= low) & (radius < high) for low, high in pairwise(_RADII)]


@torch.no_grad()
def features(pixels: Tensor) -> Tensor:
    """Colour and texture of squares.  (B, 3, 256, 256) uint8 -> (B, 42) float32."""
    out = []
    rings = _rings()
    for batch in pixels.split(64):
        light = (batch.float() / 255 + 0.02).log()
        opponent = torch.cat(
            [light.mean(1, keepdim=True), light[:, :1] - light[:, 1:2], light[:, 2:] - light[:, 1:2]], dim=1
        )
        parts = []
        for ring in rings:
            inside = opponent[:, :, ring]
            parts += [inside.mean(2), inside.std(2).add(0.01).log()]
        level = opponent
        for _ in range(6):
            across = (level[..., 1:] - level[..., :-1]).abs().mean((2, 3))
            down = (level[..., 1:, :] - level[..., :-1, :]).abs().mean((2, 3))
            parts.append(((across + down) / 2 + 1e-3).log())
            level = F.avg_pool2d(level, 2)
        out.append(torch.cat(parts, dim=1))
    return torch.cat(out)


@dataclass(frozen=True)
class Scope:
    """What is usual.  limit: distance at which a picture counts as outside."""

    mean: Tensor
    """(42,)"""
    std: Tensor
    """(42,)"""
    whiten: Tensor
    """(42, 42)"""
    limit: float = 1.0

    def distance(self, found: Tensor) -> Tensor:
        """(B, 42) -> (B,), about 1 for a usual picture."""
        return (((found - self.mean) / self.std) @ self.whiten).pow(2).mean(dim=1)

    def score(self, found: Tensor) -> Tensor:
        """0 to 1, 0.5 at the limit; higher is more like what the model knows.  (B, 42) -> (B,)."""
        return 1.0 / (1.0 + (self.distance(found) / self.limit).pow(STEEPNESS))

    def as_json(self) -> dict[str, Any]:
        """Plain lists."""
        return {
            "mean": [round(float(v), 5) for v in self.mean],
            "std": [round(float(v), 5) for v in self.std],
            "whiten": [[round(float(v), 5) for v in row] for row in self.whiten],
            "limit": round(self.limit, 5),
        }


def from_json(held: dict[str, Any]) -> Scope:
    """The inverse of `as_json`."""
    return Scope(
        torch.tensor(held["mean"]),
        torch.tensor(held["std"]),
        torch.tensor(held["whiten"]),
        float(held["limit"]),
    )


def _usual(found: Tensor) -> Scope:
    mean, std = found.mean(0), found.std(0) + 1e-4
    z = (found - mean) / std
    values, vectors = torch.linalg.eigh(z.T @ z / len(z))
    return Scope(mean, std, vectors / (values.clamp(min=0) + RIDGE).sqrt())


def fit(found: Tensor, fold: Tensor) -> tuple[Scope, Tensor]:
    """What is usual in all photographs, and their scores out of fold.

    found: (N, 42).  fold: (N,) int.  The limit is the distance that FALSE_ALARMS of the photographs exceed when their own fold
    is left out.
    """
    distance = torch.zeros(len(found))
    for k in sorted(set(fold.tolist())):
        distance[fold == k] = _usual(found[fold != k]).distance(found[fold == k])
    whole = _usual(found)
    limit = float(distance.quantile(1.0 - FALSE_ALARMS))
    held = Scope(whole.mean, whole.std, whole.whiten, limit)
    return held, 1.0 / (1.0 + (distance / limit).pow(STEEPNESS))
