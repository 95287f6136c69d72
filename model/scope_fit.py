"""Teaches the scope check from photographs and from pictures that a program made of them or of nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from model import foreign, scope

__all__ = ["FALSE_ALARMS", "Sample", "fit", "learn", "samples"]

FALSE_ALARMS = 0.05
"""Share of training photographs, out of fold, that fall outside: the price of noticing the others."""
BEYOND = 0.005
"""Part of that share which lies beyond the reach."""
SEED = 5
COPIES = 2
"""Photographs as other hands would have taken them, each."""
KINDS = (("made", 1.92), ("through", 1.0), ("other", 1.28))
"""Kinds of foreign picture and how many a photograph; each kind weighs alike."""
RIDGE = 0.03


@dataclass(frozen=True)
class Sample:
    """Pictures of one kind."""

    kind: str
    found: Tensor
    """(M, scope.FEATURES)"""
    fold: Tensor
    """(M,) int64; a picture made of a photograph is in that photograph's fold"""
    ours: bool


def _found(count: int, picture: Callable[[int], Image.Image]) -> Tensor:
    parts = []
    for start in range(0, count, 16):
        made = [np.array(picture(i)) for i in range(start, min(count, start + 16))]
        parts.append(scope.features(torch.stack([torch.from_numpy(p).permute(2, 0, 1) for p in made])))
    return torch.cat(parts)


def samples(images: Tensor, fold: Tensor, seed: int = SEED) -> list[Sample]:
    """Photographs as they are judged first, then what is foreign, then copies.  images: (N, 3, 256, 256) uint8."""
    rng = np.random.default_rng(seed)
    count = len(images)

    def photo(i: int) -> Image.Image:
        return Image.fromarray(images[i % count].permute(1, 2, 0).contiguous().numpy())

    def handled(make: Callable[[int], Image.Image]) -> Callable[[int], Image.Image]:
        return lambda i: foreign.handled(rng, make(i))

    made: dict[str, Callable[[int], Image.Image]] = {
        "made": lambda i: foreign.dermoscopic(rng),
        "through": lambda i: foreign.through_a_dermatoscope(rng, photo(i)),
        "other": lambda i: foreign.other(rng),
    }
    judged = scope.features(torch.stack([scope.equal(image) for image in images]))
    out = [Sample("photograph", judged, fold, True)]
    for kind, each in KINDS:
        number = max(2, round(each * count))
        home = fold[torch.arange(number) % count]
        out.append(Sample(kind, _found(number, handled(made[kind])), home, False))
    out.append(Sample("copy", _found(COPIES * count, handled(photo)), fold.repeat(COPIES), True))
    return out


def fit(parts: Sequence[Sample], ridge: float = RIDGE) -> scope.Scope:
    """A logistic regression, ours against foreign, every kind of a side alike; limit 0, no reach yet."""
    found = torch.cat([part.found for part in parts])
    target = torch.cat([torch.full((len(part.found),), float(part.ours)) for part in parts])
    weight = torch.cat(
        [
            torch.full((len(p.found),), 0.5 / len(p.found) / sum(q.ours == p.ours for q in parts))
            for p in parts
        ]
    )
    mean, std = found.mean(0), found.std(0) + 1e-3
    z = (found - mean) / std
    w = torch.zeros(z.shape[1], requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.LBFGS([w, b], max_iter=60, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        each = F.binary_cross_entropy_with_logits(z @ w + b, target, reduction="none")
        total = (weight * each).sum() + ridge * w.square().sum() / 2
        total.backward()
        return total

    optimiser.step(loss)
    plain = (w / std).detach()
    ours = torch.cat([part.found for part in parts if part.ours])
    return scope.Scope(
        plain, ours.mean(0), ours.std(0) + 1e-3, float(mean @ plain - b.detach()), float("inf")
    )


def _part(sample: Sample, rows: Tensor) -> Sample:
    return Sample(sample.kind, sample.found[rows], sample.fold[rows], sample.ours)


def out_of_fold(parts: Sequence[Sample]) -> list[tuple[Tensor, Tensor]]:
    """(linear score, distance) of every picture by what was learned on the other folds.  Both (M,), for each sample."""
    said = [(torch.zeros(len(part.found)), torch.zeros(len(part.found))) for part in parts]
    for k in sorted(set(parts[0].fold.tolist())):
        held = fit([_part(part, part.fold != k) for part in parts])
        for (linear, distance), part in zip(said, parts, strict=True):
            rows = part.fold == k
            linear[rows] = part.found[rows] @ held.weight - held.limit
            distance[rows] = held.distance(part.found[rows])
    return said


def limits(linear: Tensor, distance: Tensor) -> tuple[float, float]:
    """(limit, reach) that FALSE_ALARMS of the photographs miss together.  linear, distance: (N,), out of fold."""
    reach = float(distance.quantile(1.0 - BEYOND))
    lowest = linear.min() - 1.0
    return float(torch.where(distance > reach, lowest, linear).quantile(FALSE_ALARMS)), reach


def learn(images: Tensor, fold: Tensor) -> scope.Scope:
    """The check for these photographs.  images: (N, 3, 256, 256) uint8; fold: (N,) int, by patient."""
    parts = samples(images, fold)
    limit, reach = limits(*out_of_fold(parts)[0])
    held = fit(parts)
    return replace(held, limit=held.limit + limit, reach=reach)
