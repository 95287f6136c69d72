"""Photograph and answers joined into one distribution over the conditions.

score_c = photo_weight * log p_photo(c) + sum over known groups g of group_weight_g * log LR_g(c) + bias_c

The weights are below 1 where questions repeat each other.  They are learned on photographs that the network had not
seen, with random parts of the answers hidden, so that any part of them can be missing at service.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from model.evidence import GROUPS

FIRST_SYMPTOM = 2  # GROUPS: age, site, then the symptoms
HIDING_COPIES = 12
PULL = 0.02


@dataclass(frozen=True)
class Fusion:
    """The learned weights; conditions and groups in the order of the manifest and of GROUPS."""

    photo_weight: float
    group_weights: Tensor
    """(8,)"""
    bias: Tensor
    """(C,)"""
    guarded: tuple[int, ...] = ()
    """Conditions that no symptom answer may make less probable (melanoma: clinical.md 3.2)."""

    def scores(self, photo: Tensor, ratios: Tensor) -> Tensor:
        """photo: (B, C) log probabilities; ratios: (B, 8, C) -> (B, C)."""
        return self.photo_weight * photo + torch.einsum("g,bgc->bc", self.group_weights, ratios) + self.bias

    def probabilities(self, photo: Tensor, ratios: Tensor) -> Tensor:
        """(B, C) log probabilities and (B, 8, C) ratios -> (B, C), each row summing to 1.

        A guarded condition gets the highest probability that any part of the symptom answers would give it: so one
        answer more can never lower it, whatever the photograph says.  The others share the rest in proportion.
        """
        out = F.softmax(self.scores(photo, ratios), dim=1)
        if not self.guarded:
            return out
        highest = out[:, list(self.guarded)]
        symptoms = range(FIRST_SYMPTOM, ratios.shape[1])
        asked = [g for g in symptoms if bool(ratios[:, g].abs().sum() > 0)]
        for size in range(1, len(asked) + 1):
            for hidden in combinations(asked, size):
                part = ratios.clone()
                part[:, list(hidden)] = 0.0
                less = F.softmax(self.scores(photo, part), dim=1)
                highest = torch.maximum(highest, less[:, list(self.guarded)])
        return _raised(out, self.guarded, highest)

    def as_json(self) -> dict[str, Any]:
        return {
            "photo_weight": round(self.photo_weight, 5),
            "group_weights": {name: round(float(w), 5) for name, w in zip(GROUPS, self.group_weights, strict=True)},
            "bias": [round(float(b), 5) for b in self.bias],
        }


def from_json(held: dict[str, Any], guarded: Sequence[int]) -> Fusion:
    """The weights as `as_json` wrote them."""
    return Fusion(
        photo_weight=float(held["photo_weight"]),
        group_weights=torch.tensor([float(held["group_weights"][name]) for name in GROUPS]),
        bias=torch.tensor(held["bias"], dtype=torch.float32),
        guarded=tuple(guarded),
    )


def _raised(probabilities: Tensor, guarded: tuple[int, ...], highest: Tensor) -> Tensor:
    index = list(guarded)
    out = probabilities.clone()
    others = [c for c in range(out.shape[1]) if c not in index]
    share = highest.sum(dim=1, keepdim=True).clamp(max=0.999999)
    rest = out[:, others].sum(dim=1, keepdim=True).clamp(min=1e-12)
    out[:, others] = out[:, others] / rest * (1.0 - share)
    out[:, index] = highest
    return out / out.sum(dim=1, keepdim=True)


def learn(photo: Tensor, ratios: Tensor, labels: Tensor, power: float, guarded: Sequence[int], seed: int) -> Fusion:
    """The weights that fit photographs the network had not seen.

    photo: (N, C) log probabilities, out of fold.  ratios: (N, 8, C), out of fold.  labels: (N,) int64.
    power: 0 weighs each photograph alike, 1 each condition alike.
    """
    rng = torch.Generator().manual_seed(seed)
    count, groups, classes = ratios.shape
    masks = torch.ones(HIDING_COPIES, count, groups)
    for copy in range(2, HIDING_COPIES):  # copy 0: everything known; copy 1: the photograph alone; then parts
        share = torch.rand(count, 1, generator=rng)
        masks[copy] = (torch.rand(count, groups, generator=rng) < share).float()
    masks[1] = 0.0
    shown = (ratios.unsqueeze(0) * masks.unsqueeze(-1)).reshape(-1, groups, classes)
    seen = photo.repeat(HIDING_COPIES, 1)
    target = labels.repeat(HIDING_COPIES)
    frequency = torch.bincount(labels, minlength=classes).clamp(min=1).float()
    weights = frequency.pow(-power)
    weights = weights / (weights * frequency).sum() * count
    free = torch.cat([torch.tensor([1.0]), torch.full((groups,), 0.8), torch.zeros(classes)]).requires_grad_(True)
    start = free.detach().clone()
    optimiser = torch.optim.LBFGS([free], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        score = free[0] * seen + torch.einsum("g,bgc->bc", free[1 : 1 + groups], shown) + free[1 + groups :]
        loss = F.cross_entropy(score, target, weight=weights) + PULL * ((free - start) ** 2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    found = free.detach()
    return Fusion(
        photo_weight=float(found[0].clamp(min=0.05)),
        group_weights=found[1 : 1 + groups].clamp(min=0.0).clone(),
        bias=found[1 + groups :].clone(),
        guarded=tuple(guarded),
    )
