"""Fine-tune one network. Resumable: the state of every epoch is on disk before the next begins."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model import augment, pixels
from model.vision import LesionNet, load_imagenet


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


def class_weights(labels: Sequence[int], classes: int, power: float) -> Tensor:
    """Weight of each class, frequency ** -power, mean 1 over the examples.  (classes,) float32."""
    counts = torch.bincount(torch.tensor(labels), minlength=classes).clamp(min=1).float()
    weights = counts.pow(-power)
    return weights * counts.sum() / (weights * counts).sum()


def _rate_share(step: int, steps: int, warm_share: float) -> float:
    """One cycle: a straight rise, then a cosine to nothing."""
    warm = max(1, int(steps * warm_share))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1.0 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def fingerprint(images: Tensor, labels: Sequence[int], recipe: Recipe, seed: int) -> str:
    """A short hash that changes when the photographs, the labels, the recipe or the seed do."""
    digest = hashlib.sha256()
    digest.update(json.dumps([dataclasses.asdict(recipe), seed, list(labels), list(images.shape)]).encode())
    digest.update(images[:, :, ::32, ::32].contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def train_network(
    images: Tensor,
    labels: Sequence[int],
    classes: int,
    recipe: Recipe,
    seed: int,
    state_file: Path,
    tell: Callable[[int, int, float], None],
) -> LesionNet:
    """The averaged network after the last epoch, in eval mode.

    images: (N, 3, S, S) uint8.  labels: N class numbers.  tell(batch done, batches in all, mean loss) is called after
    each batch.  state_file is written after each epoch and taken up again if it was made by the same call.
    """
    torch.manual_seed(seed)
    net = LesionNet(classes, recipe.drop_path, recipe.dropout)
    load_imagenet(net.tower)
    net.tower.freeze_stages(recipe.frozen_stages)
    net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    groups = [
        {"params": [p for p in net.tower.parameters() if p.requires_grad], "peak": recipe.tower_rate},
        {"params": list(net.classifier.parameters()), "peak": recipe.head_rate},
    ]
    optimiser = torch.optim.AdamW(groups, lr=recipe.tower_rate, weight_decay=recipe.weight_decay)
    average = {name: value.detach().clone() for name, value in net.state_dict().items()}
    per_epoch = math.ceil(len(labels) / recipe.batch)
    steps = per_epoch * recipe.epochs
    mark = fingerprint(images, labels, recipe, seed)
    first = 0
    if state_file.is_file():
        saved = torch.load(state_file, map_location="cpu", weights_only=True)
        if saved["mark"] == mark:
            net.load_state_dict(saved["net"])
            optimiser.load_state_dict(saved["optimiser"])
            average = saved["average"]
            first = int(saved["epoch"])
    targets = torch.full((len(labels), classes), recipe.smoothing / classes)
    targets[torch.arange(len(labels)), torch.tensor(labels)] += 1.0 - recipe.smoothing
    weights = class_weights(labels, classes, recipe.class_power)
    for epoch in range(first, recipe.epochs):
        rng = torch.Generator().manual_seed(seed * 1000 + epoch)
        torch.manual_seed(seed * 1000 + epoch + 500)  # dropout and stochastic depth, the same after a resume
        order = torch.randperm(len(labels), generator=rng)
        net.train()
        total = 0.0
        for batch in range(per_epoch):
            step = epoch * per_epoch + batch
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * _rate_share(step, steps, recipe.warm_share)
            chosen = order[batch * recipe.batch : (batch + 1) * recipe.batch]
            if len(chosen) < 2:
                continue  # one picture has no batch statistics
            x = augment.moved(images[chosen].float(), recipe.side_px, rng)
            x = augment.softened(augment.relit(x, rng), rng)
            x, target = augment.mixed(x, targets[chosen], recipe.mixup_alpha, rng)
            loss = _weighted_loss(net, x, target, weights)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            optimiser.step()
            _average(average, net, min(recipe.average_decay, (1 + step) / (10 + step)))
            total += float(loss.detach())
            tell(step + 1, steps, total / (batch + 1))
        _save(state_file, {"mark": mark, "epoch": epoch + 1, "net": net.state_dict(),
                           "optimiser": optimiser.state_dict(), "average": average})  # fmt: skip
    net.load_state_dict(average)
    net.train(False)
    return net  # type: ignore[no-any-return]


def _weighted_loss(net: nn.Module, x: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    log_probability = F.log_softmax(net(pixels.scaled(x)), dim=1)
    return -(target * weights * log_probability).sum(dim=1).mean()


@torch.no_grad()
def _average(average: dict[str, Tensor], net: nn.Module, decay: float) -> None:
    for name, value in net.state_dict().items():
        if value.dtype.is_floating_point:
            average[name].lerp_(value, 1.0 - decay)
        else:
            average[name].copy_(value)


def _save(file: Path, state: dict[str, object]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(".part")
    torch.save(state, half)
    os.replace(half, file)
