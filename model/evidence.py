"""What the answers, the age and the site say for each condition, whatever part of them is known.

For each question the model holds P(answer | condition), counted once a lesion and smoothed; a question that was not
asked contributes nothing, which is the same as summing over its answers.  A likelihood may speak for or against a
condition by at most LR_CAP against the average over conditions, so that no single answer settles the matter
(facts: clinical.md 3.2).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from model.answers import SITES, SYMPTOMS, Answers

LR_CAP = 10.0
JEFFREYS = 0.5
SITE_PSEUDO_LESIONS = 6.0
AGE_KERNEL_YEARS = 6.0
AGE_FLOOR_SHARE = 0.05
AGE_TOP_YEARS = 100
GROUPS = ("age", "site", *SYMPTOMS)
"""The order of the questions in every tensor here."""


@dataclass(frozen=True)
class Evidence:
    """Tables of P(answer | condition); conditions in the order of `codes`."""

    codes: tuple[str, ...]
    symptom_yes: Tensor
    """(6 symptoms, C) probability of yes."""
    site: Tensor
    """(sites, C), each column sums to 1."""
    age: Tensor
    """(AGE_TOP_YEARS + 1, C) density over whole years, each column sums to 1."""

    def log_ratios(self, answers: Answers) -> Tensor:
        """How far each answer speaks for each condition, as log likelihood ratio to the mean over conditions.

        Returns (8 groups in the order of GROUPS, C) float32; a row of zeros where nothing is known.
        """
        rows = torch.zeros(len(GROUPS), len(self.codes))
        if answers.age_years is not None:
            rows[0] = _ratio(_age_likelihood(self.age, answers.age_years, answers.age_spread_years))
        if answers.site is not None:
            rows[1] = _ratio(self.site[SITES.index(answers.site)])
        for index, name in enumerate(SYMPTOMS):
            if name in answers.symptoms:
                yes = self.symptom_yes[index]
                rows[2 + index] = _ratio(yes if answers.symptoms[name] else 1.0 - yes)
        return rows

    def as_json(self) -> dict[str, Any]:
        """Plain lists, six digits."""
        return {
            "symptom_yes": {s: _plain(self.symptom_yes[i]) for i, s in enumerate(SYMPTOMS)},
            "site": {s: _plain(self.site[i]) for i, s in enumerate(SITES)},
            "age": [_plain(row) for row in self.age],
        }


def from_json(codes: Sequence[str], held: Mapping[str, Any]) -> Evidence:
    """The tables as `as_json` wrote them."""
    return Evidence(
        codes=tuple(codes),
        symptom_yes=torch.tensor([held["symptom_yes"][name] for name in SYMPTOMS]),
        site=torch.tensor([held["site"][name] for name in SITES]),
        age=torch.tensor(held["age"]),
    )


def count(codes: Sequence[str], labels: Sequence[str], answers: Sequence[Answers], lesions: Sequence[str]) -> Evidence:
    """The tables counted from labelled answers; photographs of one lesion count as one lesion together."""
    per_lesion = Counter(lesions)
    weight = [1.0 / per_lesion[lesion] for lesion in lesions]
    classes = len(codes)
    number = {code: index for index, code in enumerate(codes)}
    yes, known = torch.zeros(len(SYMPTOMS), classes), torch.zeros(len(SYMPTOMS), classes)
    place = torch.zeros(len(SITES), classes)
    years = torch.zeros(AGE_TOP_YEARS + 1, classes)
    grid = torch.arange(AGE_TOP_YEARS + 1).float()
    for label, known_of, w in zip(labels, answers, weight, strict=True):
        c = number[label]
        for index, name in enumerate(SYMPTOMS):
            if name in known_of.symptoms:
                known[index, c] += w
                yes[index, c] += w * known_of.symptoms[name]
        if known_of.site is not None:
            place[SITES.index(known_of.site), c] += w
        if known_of.age_years is not None:
            kernel = torch.exp(-0.5 * ((grid - known_of.age_years) / AGE_KERNEL_YEARS) ** 2)
            years[:, c] += w * kernel / kernel.sum()
    pooled_site = (place.sum(dim=1, keepdim=True) + 1.0) / (place.sum() + len(SITES))
    site = (place + SITE_PSEUDO_LESIONS * pooled_site) / (place.sum(dim=0, keepdim=True) + SITE_PSEUDO_LESIONS)
    pooled_age = (years.sum(dim=1, keepdim=True) + 1e-3) / (years.sum() + 1e-3 * len(grid))
    density = (years + 2.0 * pooled_age) / (years.sum(dim=0, keepdim=True) + 2.0)
    density = (1.0 - AGE_FLOOR_SHARE) * density + AGE_FLOOR_SHARE / len(grid)
    return Evidence(
        codes=tuple(codes),
        symptom_yes=(yes + JEFFREYS) / (known + 2.0 * JEFFREYS),
        site=site,
        age=density / density.sum(dim=0, keepdim=True),
    )


def _age_likelihood(density: Tensor, years: float, spread_years: float) -> Tensor:
    if spread_years <= 0.0:
        return density[min(round(years), AGE_TOP_YEARS)]
    grid = torch.arange(AGE_TOP_YEARS + 1).float()
    kernel = torch.exp(-0.5 * ((grid - years) / spread_years) ** 2)
    return (kernel / kernel.sum()) @ density


def _ratio(likelihood: Tensor) -> Tensor:
    ratio = torch.log(likelihood / likelihood.mean())
    return ratio.clamp(-math.log(LR_CAP), math.log(LR_CAP))


def _plain(row: Tensor) -> list[float]:
    return [round(float(value), 6) for value in row]
