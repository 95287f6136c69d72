"""Fine-tune one network. Resumable: the state of every epoch is on disk before the next begins."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model import augment, pixels
from model.answers import SITES, SYMPTOMS, Answers
from model.progress import Part
from model.vision import FEATURES, LesionNet, load_imagenet


@dataclass(frozen=True)
class Recipe:
    """How one network is trained."""

    epochs: int = 18
    batch: int = 16
    side_px: int = 224
    tower_rate: float = 6e-4
    head_rate: float = 3e-3
    weight_decay: float = 0.03
    warm_share: float = 0.2
    mixup_alpha: float = 0.3
    smoothing: float = 0.05
    class_power: float = 0.75
    drop_path: float = 0.1
    dropout: float = 0.3
    frozen_stages: int = 2
    average_decay: float = 0.98
    side_weight: float = 0.1
    """Weight of each side task (SIDE_BLOCKS) beside the diagnosis; 0: none."""


SIDE_BLOCKS = (*[2] * len(SYMPTOMS), len(SITES), 5)
"""Side tasks while training, each a choice: no or yes for every symptom, the site, the age group. What is recorded of a lesion
beside its name teaches the tower what to look at; the heads that guess it are thrown away."""
AGE_LIMITS_YEARS = (40.0, 55.0, 65.0, 75.0)


def side_targets(known: Sequence[Answers]) -> Tensor:
    """One-hot blocks in the order of SIDE_BLOCKS; all zeros where nothing is recorded, so a blank teaches nothing.

    Returns (N, sum(SIDE_BLOCKS)) float32.
    """
    out = torch.zeros(len(known), sum(SIDE_BLOCKS))
    site_at = 2 * len(SYMPTOMS)
    age_at = site_at + len(SITES)
    for row, one in enumerate(known):
        for index, name in enumerate(SYMPTOMS):
            if name in one.symptoms:
                out[row, 2 * index + int(one.symptoms[name])] = 1.0
        if one.site is not None:
            out[row, site_at + SITES.index(one.site)] = 1.0
        if one.age_years is not None:
            out[row, age_at + sum(one.age_years >= limit for limit in AGE_LIMITS_YEARS)] = 1.0
    return out


def class_weights(labels: Sequence[int], classes: int, power: float) -> Tensor:
    """Weight of each class, frequency ** -power, mean 1 over the examples.  (classes,) float32."""
    counts = torch.bincount(torch.tensor(labels), minlength=classes).clamp(min=1).float()
    weights = counts.pow(-power)
    return weights * counts.sum() / (weights * counts).sum()


def rate_share(step: int, steps: int, warm_share: float) -> float:
    """Of the peak rate, at a step (0 is the first): one cycle: a straight rise, then a cosine to nothing."""
    warm = max(1, int(steps * warm_share))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1.0 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def fingerprint(images: Tensor, labels: Sequence[int], beside: Tensor, recipe: Recipe, seed: int) -> str:
    """A short hash that changes when the photographs, the labels, what is known beside them, the recipe or the seed do."""
    digest = hashlib.sha256()
    digest.update(beside.contiguous().numpy().tobytes())
    digest.update(json.dumps([dataclasses.asdict(recipe), seed, list(labels), list(images.shape)]).encode())
    digest.update(images[:, :, ::32, ::32].contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def train_network(
    images: Tensor,
    labels: Sequence[int],
    known: Sequence[Answers],
    classes: int,
    recipe: Recipe,
    seed: int,
    state_file: Path,
    tell: Part,
) -> LesionNet:
    """The averaged network after the last epoch, in eval mode.

    images: (N, 3, S, S) uint8.  labels: N class numbers.  known: what is recorded of each.
    tell(batch done, batches in all, mean loss) is called after each batch.
    state_file is written after each epoch and taken up again if it was made by the same call.
    """
    torch.manual_seed(seed)
    net = LesionNet(classes, recipe.drop_path, recipe.dropout)
    load_imagenet(net.tower)
    net.tower.freeze_stages(recipe.frozen_stages)
    net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    side_head = nn.Linear(FEATURES, sum(SIDE_BLOCKS))
    groups = [
        {"params": [p for p in net.tower.parameters() if p.requires_grad], "peak": recipe.tower_rate},
        {"params": [*net.classifier.parameters(), *side_head.parameters()], "peak": recipe.head_rate},
    ]
    optimiser = torch.optim.AdamW(groups, lr=recipe.tower_rate, weight_decay=recipe.weight_decay)
    average = {name: value.detach().clone() for name, value in net.state_dict().items()}
    per_epoch = math.ceil(len(labels) / recipe.batch)
    steps = per_epoch * recipe.epochs
    beside = side_targets(known)
    mark = fingerprint(images, labels, beside, recipe, seed)
    first = 0
    if state_file.is_file():
        saved = torch.load(state_file, map_location="cpu", weights_only=True)
        if saved["mark"] == mark:
            net.load_state_dict(saved["net"])
            side_head.load_state_dict(saved["side_head"])
            optimiser.load_state_dict(saved["optimiser"])
            average = saved["average"]
            first = int(saved["epoch"])
    targets = torch.full((len(labels), classes), recipe.smoothing / classes)
    targets[torch.arange(len(labels)), torch.tensor(labels)] += 1.0 - recipe.smoothing
    weights = class_weights(labels, classes, recipe.class_power)
    trained = [*net.parameters(), *side_head.parameters()]
    for epoch in range(first, recipe.epochs):
        rng = torch.Generator().manual_seed(seed * 1000 + epoch)
        torch.manual_seed(seed * 1000 + epoch + 500)  # dropout and stochastic depth, the same after a resume
        order = torch.randperm(len(labels), generator=rng)
        net.train()
        total = 0.0
        for batch in range(per_epoch):
            step = epoch * per_epoch + batch
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * rate_share(step, steps, recipe.warm_share)
            chosen = order[batch * recipe.batch : (batch + 1) * recipe.batch]
            if len(chosen) < 2:
                continue  # one picture has no batch statistics
            x = augment.moved(images[chosen].float(), recipe.side_px, rng)
            x = augment.softened(augment.relit(x, rng), rng)
            both = torch.cat([targets[chosen], beside[chosen]], dim=1)
            x, both = augment.mixed(x, both, recipe.mixup_alpha, rng)
            features = net.dropout(net.features(pixels.scaled(x)))
            target = both[:, :classes] * weights
            loss = -(target * F.log_softmax(net.classifier(features), dim=1)).sum(dim=1).mean()
            if recipe.side_weight:
                loss = loss + recipe.side_weight * _side_loss(side_head(features), both[:, classes:])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(trained, 2.0)
            optimiser.step()
            _average(average, net, min(recipe.average_decay, (1 + step) / (10 + step)))
            total += float(loss.detach())
            tell(step + 1, steps, total / (batch + 1))
        save_state(state_file, {"mark": mark, "epoch": epoch + 1, "net": net.state_dict(), "side_head": side_head.state_dict(),
                                "optimiser": optimiser.state_dict(), "average": average})  # fmt: skip
    net.load_state_dict(average)
    net.train(False)
    return net  # type: ignore[no-any-return]


def _side_loss(scores: Tensor, targets: Tensor) -> Tensor:
    """Mean over the batch of the side tasks' cross-entropies, summed over the tasks.  (B, 31) twice -> ()"""
    parts = zip(scores.split(SIDE_BLOCKS, dim=1), targets.split(SIDE_BLOCKS, dim=1), strict=True)
    return torch.stack([-(t * F.log_softmax(z, dim=1)).sum(dim=1).mean() for z, t in parts]).sum()


@torch.no_grad()
def _average(average: dict[str, Tensor], net: nn.Module, decay: float) -> None:
    for name, value in net.state_dict().items():
        if value.dtype.is_floating_point:
            average[name].lerp_(value, 1.0 - decay)
        else:
            average[name].copy_(value)


def save_state(file: Path, state: dict[str, object]) -> None:
    """Writes a state of a training, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(".part")
    torch.save(state, half)
    os.replace(half, file)
