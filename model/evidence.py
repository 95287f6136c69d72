"""What the answers, the age and the site say, whatever part of them is known.

A multinomial logistic regression on symptoms (+1 yes, -1 no, 0 not asked), their pairwise products, age and site.
"Not asked" lies in the middle between yes and no and has no coefficient of its own; and the model is fitted on many copies of
every lesion in which parts of the answers are hidden at random, the same for all conditions: so a missing answer says nothing,
although in the data it is missing mostly for some of them (the data's README: a trap).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from model.answers import SITES, SYMPTOMS, Answers

__all__ = ["WIDTH", "AnswerModel", "Parts", "coded", "fit", "from_json", "hidden", "known_share"]

PAIRS = tuple(combinations(range(len(SYMPTOMS)), 2))
AGE_FEATURES = 4
GROUPS = len(SYMPTOMS) + 2
"""What can be hidden: each symptom, the age, the site."""
WIDTH = len(SYMPTOMS) + AGE_FEATURES + len(SITES) + len(PAIRS)
MIDDLE_AGE = 55.0
COPIES = 12
RIDGE = 3.0
"""Strength of the pull to zero; out of fold 2 to 10 were much alike (LOG.md)."""


Parts = tuple[Tensor, Tensor, Tensor]
"""Symptoms, age, site, as `coded` gives them."""


def coded(known: Sequence[Answers]) -> Parts:
    """(symptoms (N, 6) in -1, 0, 1; age (N, 4); site (N, 14)); zeros where nothing is known."""
    # Lists first: filling tensors one number at a time costs five times as much, and a plan of questions asks for hundreds.
    symptoms, age, site = [], [], []
    for one in known:
        symptoms.append([(1.0 if one.symptoms[n] else -1.0) if n in one.symptoms else 0.0 for n in SYMPTOMS])
        age.append(_age(one.age_years))
        site.append([float(name == one.site) for name in SITES])
    return (
        torch.tensor(symptoms).reshape(-1, len(SYMPTOMS)),
        torch.tensor(age).reshape(-1, AGE_FEATURES),
        torch.tensor(site).reshape(-1, len(SITES)),
    )


def _age(years: float | None) -> list[float]:
    if years is None:
        return [0.0] * AGE_FEATURES
    z = (years - MIDDLE_AGE) / 20.0
    return [z, z * z, max(0.0, 40.0 - years) / 20.0, max(0.0, years - 70.0) / 20.0]


def wide(symptoms: Tensor, age: Tensor, site: Tensor) -> Tensor:
    """The regression's inputs.  (N, 6), (N, 4), (N, 14) -> (N, WIDTH)"""
    pairs = torch.stack([symptoms[:, i] * symptoms[:, j] for i, j in PAIRS], dim=1)
    return torch.cat([symptoms, age, site, pairs], dim=1)


def known_share(parts: Parts, keep: Tensor) -> Tensor:
    """How much is known of a case beside its photograph.  keep: (N, 8) as in `hidden`.  -> (N, 1), 0 to 1"""
    symptoms, age, site = parts
    n = len(SYMPTOMS)
    given = torch.cat(
        [symptoms.abs(), age.abs().sum(1, keepdim=True).clamp(max=1.0).ceil(), site.sum(1, keepdim=True)],
        dim=1,
    )
    return (given * keep[:, : n + 2]).mean(dim=1, keepdim=True)


def hidden(parts: Parts, keep: Tensor) -> Tensor:
    """The inputs with parts hidden.  keep: (N, 8) of 0 and 1: the symptoms, then age, then site.  -> (N, WIDTH)"""
    symptoms, age, site = parts
    n = len(SYMPTOMS)
    return wide(symptoms * keep[:, :n], age * keep[:, n : n + 1], site * keep[:, n + 1 : n + 2])


def random_keep(rows: int, rng: torch.Generator) -> Tensor:
    """For each row a random share of its answers is kept.  (rows, 8)"""
    share = torch.rand(rows, 1, generator=rng)
    return (torch.rand(rows, GROUPS, generator=rng) < share).float()


@dataclass(frozen=True)
class AnswerModel:
    """The fitted regression."""

    weight: Tensor
    """(C, WIDTH)"""
    bias: Tensor
    """(C,)"""
    log_prior: Tensor
    """(C,)"""

    def log_evidence(self, inputs: Tensor) -> Tensor:
        """How far the answers speak for each condition, against their share in the data.  (B, WIDTH) -> (B, C)"""
        return F.log_softmax(inputs @ self.weight.T + self.bias, dim=1) - self.log_prior

    def as_json(self) -> dict[str, Any]:
        """Plain lists, four digits."""
        return {
            "weight": [[round(float(v), 4) for v in row] for row in self.weight],
            "bias": [round(float(v), 4) for v in self.bias],
            "log_prior": [round(float(v), 4) for v in self.log_prior],
        }


def from_json(held: Mapping[str, Any]) -> AnswerModel:
    """The inverse of `as_json`."""
    return AnswerModel(
        torch.tensor(held["weight"]), torch.tensor(held["bias"]), torch.tensor(held["log_prior"])
    )


def fit(
    known: Sequence[Answers], labels: Tensor, classes: int, seed: int, ridge: float = RIDGE
) -> AnswerModel:
    """The regression of labelled answers.  labels: (N,) int64."""
    parts = coded(known)
    rng = torch.Generator().manual_seed(seed)
    masks = [torch.ones(len(known), GROUPS)] * (COPIES // 2)
    masks += [random_keep(len(known), rng) for _ in range(COPIES - len(masks))]
    inputs = torch.cat([hidden(parts, keep) for keep in masks])
    target = labels.repeat(COPIES)
    weight = torch.zeros(classes, WIDTH, requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=300, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = (
            F.cross_entropy(inputs @ weight.T + bias, target, reduction="sum") / COPIES
            + ridge * (weight**2).sum()
        )
        loss.backward()
        return loss

    optimiser.step(closure)
    counts = torch.bincount(labels, minlength=classes).clamp(min=1).float()
    return AnswerModel(weight.detach(), bias.detach(), (counts / counts.sum()).log())
