"""Teaches the Q-Former of the compact model what to look for in the towers' grids: the condition, and what can be seen of it.

The towers stay as they are (model/fit.py trained them), so their grids are computed once.  A head on the mean of what the queries
found tells the conditions apart, and goes to service; heads for the concepts of model/concepts.py teach beside it, so that the
queries carry what the language model is to describe, and are thrown away.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model import augment, concepts
from model.fit import class_weights, rate_share, save_state
from model.network import Eyes
from model.presets import Sizes
from model.progress import Part

__all__ = ["EyesRecipe", "concept_targets", "fit_eyes"]

IGNORED = -100


@dataclass(frozen=True)
class EyesRecipe:
    """How Q-Former and head are trained."""

    epochs: int = 14
    batch: int = 32
    views: int = 4
    """Takes of each photograph whose grids are kept."""
    rate: float = 6e-4
    weight_decay: float = 0.05
    warm_share: float = 0.15
    query_std: float = 0.5
    """Of the query tokens at the start.  At the published 0.02 all queries look the same through the first layer norm and stay so
    for as long as this small a set lasts."""
    places: float = 0.625
    """Share of the grids' places that a step sees."""
    mixup_alpha: float = 0.4
    """Every second step blends pairs of photographs; the others teach the concepts."""
    smoothing: float = 0.05
    class_power: float = 0.75
    dropout: float = 0.3
    concept_weight: float = 0.15
    average_decay: float = 0.98


def concept_targets(known: Sequence[Mapping[str, str]]) -> Tensor:
    """(N, concepts) int64, the number of each concept's value, IGNORED where it is not known."""
    out = torch.full((len(known), len(concepts.CONCEPTS)), IGNORED)
    for row, one in enumerate(known):
        for column, (name, values) in enumerate(concepts.CONCEPTS.items()):
            if name in one:
                out[row, column] = values.index(one[name])
    return out


def fit_eyes(
    sizes: Sizes,
    views: Callable[[], Tensor],
    views_mark: str,
    labels: Sequence[int],
    known: Sequence[Mapping[str, str]],
    recipe: EyesRecipe,
    seed: int,
    state_file: Path,
    tell: Part,
) -> Eyes:
    """Eyes whose norm, query tokens, Q-Former and head are trained and averaged, in eval mode; tower and projection are random.

    sizes: with conditions.  views: gives (V, N, T, Dv) float16, asked for only if something is left to do.  views_mark: changes
    when they would.  labels, known: condition and concepts of the N.  tell(step done, steps in all, loss).
    state_file is written after each epoch and taken up again if it was made by the same call.
    """
    torch.manual_seed(seed)
    eyes = Eyes(sizes)
    counts = [len(values) for values in concepts.CONCEPTS.values()]
    beside = nn.Linear(sizes.qformer.queries * sizes.qformer.width, sum(counts))
    nn.init.normal_(eyes.query_tokens, std=recipe.query_std)
    trained = {
        name: p
        for name, p in eyes.named_parameters()
        if name.startswith(("ln_vision", "query_tokens", "qformer", "head"))
    }
    parameters = [*trained.values(), *beside.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=recipe.rate, weight_decay=recipe.weight_decay)
    average = {name: p.detach().clone() for name, p in trained.items()}
    per_epoch = math.ceil(len(labels) / recipe.batch)
    steps = per_epoch * recipe.epochs
    mark = _mark(sizes, views_mark, labels, known, recipe, seed)
    first = 0
    if state_file.is_file():
        saved = torch.load(state_file, map_location="cpu", weights_only=True)
        if saved["mark"] == mark:
            _copy(trained, saved["eyes"])
            beside.load_state_dict(saved["beside"])
            optimiser.load_state_dict(saved["optimiser"])
            average, first = saved["average"], int(saved["epoch"])
    grids = views() if first < recipe.epochs else torch.empty(0)
    y = torch.tensor(labels)
    wanted = (
        F.one_hot(y, sizes.conditions).float() * (1 - recipe.smoothing) + recipe.smoothing / sizes.conditions
    )
    seen = concept_targets(known)
    weights = class_weights(labels, sizes.conditions, recipe.class_power)
    for epoch in range(first, recipe.epochs):
        rng = torch.Generator().manual_seed(seed * 1000 + epoch)
        torch.manual_seed(seed * 1000 + epoch + 500)  # dropout, the same after a resume
        eyes.train()
        for batch, chosen in enumerate(torch.randperm(len(y), generator=rng).split(recipe.batch)):
            step = epoch * per_epoch + batch
            for group in optimiser.param_groups:
                group["lr"] = recipe.rate * rate_share(step, steps, recipe.warm_share)
            take = torch.randint(len(grids), (len(chosen),), generator=rng)
            places = torch.randperm(grids.shape[2], generator=rng)[
                : math.ceil(recipe.places * grids.shape[2])
            ]
            x, target = grids[take, chosen][:, places].float(), wanted[chosen]
            mixed = step % 2 == 0
            if mixed:
                x, target = augment.mixed(x, target, recipe.mixup_alpha, rng)
            found = eyes.query(eyes.ln_vision(x))  # (B, Q, H)
            scores = eyes.head(F.dropout(found.mean(dim=1), recipe.dropout))
            loss = -(target * weights * F.log_softmax(scores, dim=1)).sum(dim=1).mean()
            if not mixed:
                said = beside(F.dropout(found.flatten(1), recipe.dropout))
                loss = loss + recipe.concept_weight * _concept_loss(said, seen[chosen], counts)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 2.0)
            optimiser.step()
            decay = min(recipe.average_decay, (1 + step) / (10 + step))
            with torch.no_grad():
                for name, p in trained.items():
                    average[name].lerp_(p, 1.0 - decay)
            tell(step + 1, steps, float(loss.detach()))
        state = {
            "mark": mark, "epoch": epoch + 1, "eyes": {n: p.detach() for n, p in trained.items()}, "beside": beside.state_dict(),
            "optimiser": optimiser.state_dict(), "average": average,
        }  # fmt: skip
        save_state(state_file, state)
    _copy(trained, average)
    return eyes.eval()


def _copy(parameters: Mapping[str, nn.Parameter], values: Mapping[str, Tensor]) -> None:
    with torch.no_grad():
        for name, p in parameters.items():
            p.copy_(values[name])


def _concept_loss(scores: Tensor, targets: Tensor, counts: Sequence[int]) -> Tensor:
    """Sum over the concepts of the mean cross-entropy where one is known.  (B, sum(counts)), (B, concepts) -> ()"""
    total = scores.new_zeros(())
    for part, target in zip(scores.split(list(counts), dim=1), targets.T, strict=True):
        if bool((target != IGNORED).any()):
            total = total + F.cross_entropy(part, target, ignore_index=IGNORED)
    return total


def _mark(
    sizes: Sizes, views_mark: str, labels: Sequence[int], known: Sequence[Mapping[str, str]], recipe: EyesRecipe, seed: int
) -> str:  # fmt: skip
    held = [sizes.as_dict(), views_mark, list(labels), [dict(k) for k in known], asdict(recipe), seed]
    return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()[:16]
