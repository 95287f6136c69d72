"""Photograph and answers joined into one distribution over the conditions.

score_c = photo_weight(k) * log p_photo(c) + answer_weight * log evidence(c) + bias_c(k)

k is how much is known beside the photograph, 0 to 1: with nothing known the photograph speaks for all that the answers would
have said, and weighs more. Weight and bias move in a straight line from nothing known to everything known.

Learned on photographs that the network had not seen, with random parts of the answers hidden, so that any part of them can be
missing at service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from model import evidence
from model.answers import SYMPTOMS, Answers

__all__ = ["Fusion", "from_json", "learn"]

COPIES = 8
PULL = 0.02


@dataclass(frozen=True)
class Fusion:
    """The learned weights, and the regression whose evidence they weigh."""

    answers: evidence.AnswerModel
    photo_weight: tuple[float, float]
    """Where nothing is known beside the photograph, and where everything is."""
    answer_weight: float
    bias: Tensor
    """(2, C), likewise"""
    guarded: tuple[int, ...] = ()
    """Conditions that no symptom answer may make less probable (melanoma: clinical.md 3.2)."""

    def _plain(self, photo: Tensor, parts: evidence.Parts, keep: Tensor) -> Tensor:
        said = self.answer_weight * self.answers.log_evidence(evidence.hidden(parts, keep))
        known = evidence.known_share(parts, keep)
        alone, asked = self.photo_weight
        weight = alone + (asked - alone) * known
        bias = self.bias[0] + (self.bias[1] - self.bias[0]) * known
        return F.softmax(weight * photo + said + bias, dim=1)

    def probabilities(self, photo: Tensor, known: Sequence[Answers]) -> Tensor:
        """(B, C) log probabilities of the photographs and what is known -> (B, C), each row summing to 1.

        A guarded condition is never less probable than it is without any symptom answer: what a person says of a spot
        may raise the suspicion of melanoma and never clear it, whatever the photograph shows.  The others share the
        rest in proportion.
        """
        parts = evidence.coded(known)
        keep = torch.ones(len(known), evidence.GROUPS)
        out = self._plain(photo, parts, keep)
        if not self.guarded:
            return out
        keep[:, : len(SYMPTOMS)] = 0.0
        without = self._plain(photo, parts, keep)
        index = list(self.guarded)
        return _raised(out, index, torch.maximum(out[:, index], without[:, index]))

    def as_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return {
            "answers": self.answers.as_json(),
            "photo_weight": [round(w, 5) for w in self.photo_weight],
            "answer_weight": round(self.answer_weight, 5),
            "bias": [[round(float(b), 5) for b in row] for row in self.bias],
        }


def from_json(held: Mapping[str, Any], guarded: Sequence[int]) -> Fusion:
    """The weights as `as_json` wrote them."""
    weight, bias = held["photo_weight"], held["bias"]
    if isinstance(weight, float | int):  # TEMPORARY: model 1
        weight, bias = [weight, weight], [bias, bias]
    return Fusion(
        evidence.from_json(held["answers"]),
        (float(weight[0]), float(weight[1])),
        float(held["answer_weight"]),
        torch.tensor(bias, dtype=torch.float32),
        tuple(guarded),
    )


def _raised(probabilities: Tensor, index: list[int], highest: Tensor) -> Tensor:
    out = probabilities.clone()
    others = [c for c in range(out.shape[1]) if c not in index]
    share = highest.sum(dim=1, keepdim=True).clamp(max=0.999999)
    rest = out[:, others].sum(dim=1, keepdim=True).clamp(min=1e-12)
    out[:, others] = out[:, others] / rest * (1.0 - share)
    out[:, index] = highest
    return out / out.sum(dim=1, keepdim=True)


def learn(
    photo: Tensor,
    out_of_fold: Tensor,
    known: Tensor,
    labels: Tensor,
    whole: evidence.AnswerModel,
    power: float,
    guarded: Sequence[int],
) -> Fusion:
    """The weights that fit photographs the network had not seen.

    photo: (N, C) log probabilities, out of fold.  out_of_fold: (COPIES, N, C) log evidence of answers with parts hidden, each
    by a regression that had not seen the row (`evidence_copies`).  known: (COPIES, N, 1), how much each copy knew.
    whole: the regression that is shipped.
    power: 0 weighs each photograph alike, 1 each condition alike.
    """
    copies, count, classes = out_of_fold.shape
    seen, said = photo.repeat(copies, 1), out_of_fold.reshape(-1, classes)
    target = labels.repeat(copies)
    frequency = torch.bincount(labels, minlength=classes).clamp(min=1).float()
    weights = frequency.pow(-power)
    weights = weights / (weights * frequency).sum() * count
    share = known.reshape(-1, 1)
    free = torch.cat([torch.ones(3), torch.zeros(2 * classes)]).requires_grad_(True)
    start = free.detach().clone()
    optimiser = torch.optim.LBFGS([free], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        weight = free[0] + (free[1] - free[0]) * share
        bias = free[3:].view(2, classes)
        score = weight * seen + free[2] * said + bias[0] + (bias[1] - bias[0]) * share
        loss = F.cross_entropy(score, target, weight=weights) + PULL * ((free - start) ** 2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    found = free.detach()
    return Fusion(
        whole,
        (float(found[0].clamp(min=0.05)), float(found[1].clamp(min=0.05))),
        float(found[2].clamp(min=0.0)),
        found[3:].view(2, classes).clone(),
        tuple(guarded),
    )


def evidence_copies(
    model: evidence.AnswerModel, known: Sequence[Answers], seed: int
) -> tuple[Tensor, Tensor]:
    """Log evidence with everything known, with nothing known, and with random parts hidden, and how much each knew.

    Returns (COPIES, N, C) and (COPIES, N, 1).
    """
    parts = evidence.coded(known)
    rng = torch.Generator().manual_seed(seed)
    everything = torch.ones(len(known), evidence.GROUPS)
    masks = [everything, everything, everything * 0.0, everything * 0.0]
    masks += [evidence.random_keep(len(known), rng) for _ in range(COPIES - len(masks))]
    said = torch.stack([model.log_evidence(evidence.hidden(parts, keep)) for keep in masks])
    return said, torch.stack([evidence.known_share(parts, keep) for keep in masks])
