"""Photograph and answers joined into one distribution over the conditions.

score_c = photo_weight * log p_photo(c) + answer_weight * log evidence(c) + bias_c

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
    photo_weight: float
    answer_weight: float
    bias: Tensor
    """(C,)"""
    guarded: tuple[int, ...] = ()
    """Conditions that no symptom answer may make less probable (melanoma: clinical.md 3.2)."""

    def _plain(self, photo: Tensor, inputs: Tensor) -> Tensor:
        score = self.photo_weight * photo + self.answer_weight * self.answers.log_evidence(inputs) + self.bias
        return F.softmax(score, dim=1)

    def probabilities(self, photo: Tensor, known: Sequence[Answers]) -> Tensor:
        """(B, C) log probabilities of the photographs and what is known -> (B, C), each row summing to 1.

        A guarded condition is never less probable than it is without any symptom answer: what a person says of a spot
        may raise the suspicion of melanoma and never clear it, whatever the photograph shows.  The others share the
        rest in proportion.
        """
        parts = evidence.coded(known)
        keep = torch.ones(len(known), evidence.GROUPS)
        out = self._plain(photo, evidence.hidden(parts, keep))
        if not self.guarded:
            return out
        keep[:, : len(SYMPTOMS)] = 0.0
        without = self._plain(photo, evidence.hidden(parts, keep))
        index = list(self.guarded)
        return _raised(out, index, torch.maximum(out[:, index], without[:, index]))

    def as_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return {
            "answers": self.answers.as_json(),
            "photo_weight": round(self.photo_weight, 5),
            "answer_weight": round(self.answer_weight, 5),
            "bias": [round(float(b), 5) for b in self.bias],
        }


def from_json(held: Mapping[str, Any], guarded: Sequence[int]) -> Fusion:
    """The weights as `as_json` wrote them."""
    return Fusion(
        evidence.from_json(held["answers"]),
        float(held["photo_weight"]),
        float(held["answer_weight"]),
        torch.tensor(held["bias"], dtype=torch.float32),
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
    labels: Tensor,
    whole: evidence.AnswerModel,
    power: float,
    guarded: Sequence[int],
) -> Fusion:
    """The weights that fit photographs the network had not seen.

    photo: (N, C) log probabilities, out of fold.  out_of_fold: (COPIES, N, C) log evidence of answers with parts hidden, each
    by a regression that had not seen the row (`evidence_copies`).  whole: the regression that is shipped.
    power: 0 weighs each photograph alike, 1 each condition alike.
    """
    copies, count, classes = out_of_fold.shape
    seen, said = photo.repeat(copies, 1), out_of_fold.reshape(-1, classes)
    target = labels.repeat(copies)
    frequency = torch.bincount(labels, minlength=classes).clamp(min=1).float()
    weights = frequency.pow(-power)
    weights = weights / (weights * frequency).sum() * count
    free = torch.cat([torch.ones(2), torch.zeros(classes)]).requires_grad_(True)
    start = free.detach().clone()
    optimiser = torch.optim.LBFGS([free], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        score = free[0] * seen + free[1] * said + free[2:]
        loss = F.cross_entropy(score, target, weight=weights) + PULL * ((free - start) ** 2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    found = free.detach()
    return Fusion(
        whole,
        float(found[0].clamp(min=0.05)),
        float(found[1].clamp(min=0.0)),
        found[2:].clone(),
        tuple(guarded),
    )


def evidence_copies(model: evidence.AnswerModel, known: Sequence[Answers], seed: int) -> Tensor:
    """Log evidence with everything known, with nothing known, and with random parts hidden.  (COPIES, N, C)"""
    parts = evidence.coded(known)
    rng = torch.Generator().manual_seed(seed)
    everything = torch.ones(len(known), evidence.GROUPS)
    masks = [everything, everything, everything, everything * 0.0]
    masks += [evidence.random_keep(len(known), rng) for _ in range(COPIES - len(masks))]
    return torch.stack([model.log_evidence(evidence.hidden(parts, keep)) for keep in masks])
