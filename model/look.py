"""What the networks make of a photograph, view by view: probabilities, and the tokens that the Q-Former reads.

Each photograph is looked at by itself, in batches that hold its own views and nothing else: so a product never gets another
number of rows, and what is found does not depend, to the last bit, on who else is waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from model import augment, pixels
from model.network import Eyes, as_tokens
from model.progress import Part
from model.vision import LesionNet

__all__ = ["Look", "as_bytes", "head_probabilities", "look", "mixed", "query", "taught_views"]

VIEW_SIDES = (224, 256)
FLIPS: tuple[tuple[int, ...], ...] = ((), (3,), (2,), (2, 3))
BATCH = 32


@dataclass(frozen=True)
class Look:
    """One photograph.

    p: (C,) float32 on the CPU, the mean over networks and eight views (two scales, four flips) of the probabilities.
    tokens: (4, T, Dv) float32 where the networks are, the four flips at full size, the grids of the networks after each other.
    """

    p: Tensor
    tokens: Tensor


@torch.no_grad()
def look(networks: Sequence[LesionNet], square: Tensor) -> Look:
    """square: (3, 256, 256) uint8."""
    total = torch.zeros(networks[0].classifier.out_features)
    grids = []
    whole = square[None].to(networks[0].classifier.weight.device).float()
    for side in VIEW_SIDES:
        x = whole
        if side != pixels.SIDE_PX:
            x = F.interpolate(x, size=(side, side), mode="bilinear", antialias=True, align_corners=False)
        views = pixels.scaled(torch.cat([x.flip(flip) if flip else x for flip in FLIPS]))
        for net in networks:
            grid = net.tower(views)  # (4, 1280, s, s)
            total += net.classifier(grid.mean(dim=(2, 3))).softmax(dim=1).mean(dim=0).cpu()
            if side == pixels.SIDE_PX:
                grids.append(as_tokens(grid))
    return Look(total / (len(networks) * len(VIEW_SIDES)), torch.cat(grids, dim=1))


@torch.no_grad()
def taught_views(networks: Sequence[LesionNet], squares: Tensor, count: int, seed: int, tell: Part) -> Tensor:
    """Tokens of each photograph as it is, and of count - 1 more takes as another hand would have made them.

    squares: (N, 3, 256, 256) uint8.  tell(photographs done, in all).  Returns (count, N, T, Dv) float16: 1.3 MB a photograph for
    two networks and four views.
    """
    rng = torch.Generator().manual_seed(seed)
    views = []
    for view in range(count):
        parts = []
        for n, batch in enumerate(squares.split(BATCH)):
            x = batch.float()
            if view:
                x = augment.moved(x, pixels.SIDE_PX, rng)
                x = augment.softened(augment.relit(x, rng), rng)
            x = pixels.scaled(x)
            parts.append(torch.cat([as_tokens(net.tower(x)) for net in networks], dim=1).half())
            tell(view * len(squares) + min(len(squares), (n + 1) * BATCH), count * len(squares))
        views.append(torch.cat(parts))
    return torch.stack(views)


@torch.no_grad()
def query(eyes: Eyes, seen: Look) -> Tensor:
    """What the queries find in each flip; the photograph as it is comes first.  Returns (4, Q, H)."""
    return eyes.query(eyes.ln_vision(seen.tokens))


@torch.no_grad()
def head_probabilities(eyes: Eyes, queries: Tensor) -> Tensor:
    """The head's probabilities, mean over the flips.  (4, Q, H) -> (C,) on the CPU."""
    return eyes.scores(queries).softmax(dim=1).mean(dim=0).cpu()


def mixed(towers: Tensor, head: Tensor, share: float) -> Tensor:
    """Probabilities of the towers' own classifiers and the Q-Former's head, joined.  share: of the head, 0 to 1."""
    return (1.0 - share) * towers + share * head


def as_bytes(soft: Tensor) -> bytes:
    """Soft tokens as they are kept: float16, row by row.  (Q + 1, D) -> 2 (Q + 1) D bytes."""
    return soft.to("cpu", torch.float16).contiguous().numpy().tobytes()
