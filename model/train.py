"""Trains everything: fold networks, the answers' tables, their fusion, thresholds, and the network that is shipped.

Every choice is made on the training part, out of fold over patients. A folder of work is taken up where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model import bundle, data, evidence, fuse, metrics, scope_fit
from model.answers import Answers
from model.diagnose import view_probabilities
from model.fit import Recipe, train_network
from model.vision import LesionNet

__all__ = ["RECIPES", "SEED", "OutOfFold", "Tell", "cross_validate", "fuse_out_of_fold", "train"]

SEED = 20261123
FOLDS = 5
RECIPES = (Recipe(), Recipe(side_px=256, epochs=16))
"""The networks that are averaged, in every fold as at service: two sizes of photograph, two seeds."""
NAME, VERSION = "ngozi-lite2", "2"
GUARDED = ("MEL",)
"""No symptom answer may make a melanoma less probable (clinical.md 3.2)."""
POWER = 0.8
"""How far rare conditions weigh more in the fusion: 0 each photograph alike, 1 each condition alike."""
UNSURE_SHARE = 0.10
"""Share of training photographs, out of fold, of which the model says that it cannot tell."""

Tell = Callable[[str, int, int, float], None]
"""(what is trained, batch done, batches in all, mean loss)"""


@dataclass(frozen=True)
class OutOfFold:
    """What models said of photographs they had not seen."""

    labels: Tensor
    """(N,) int64"""
    fold: Tensor
    """(N,) int64"""
    photo: Tensor
    """(N, C) log probabilities of the photograph alone"""
    answers: tuple[Answers, ...]


def cross_validate(
    photos: Sequence[data.Photo], out: Path, folds: int, seed: int, recipes: Sequence[Recipe], tell: Tell
) -> OutOfFold:
    """Trains the networks of each fold (those that are on the disk are taken up) and collects what they say of it together."""
    images = data.stack(photos)
    fold = torch.tensor(data.folds(photos, folds, seed))
    labels = torch.tensor([data.CODES.index(p.label) for p in photos])
    photo = torch.zeros(len(photos), len(data.CODES))
    for k in range(folds):
        inside = fold != k

        networks = _networks(
            [p for p, chosen in zip(photos, inside.tolist(), strict=True) if chosen],
            images[inside],
            out / f"fold{k}",
            seed + k,
            recipes,
            lambda n, step, steps, loss, k=k: tell(  # type: ignore[misc]
                f"fold {k + 1} of {folds}, network {n + 1} of {len(recipes)}", step, steps, loss
            ),
        )
        said = torch.stack([view_probabilities(net, images[~inside]) for net in networks]).mean(0)
        photo[~inside] = said.clamp(min=1e-6).log()
    return OutOfFold(labels, fold, photo, tuple(p.answers for p in photos))


def _networks(
    photos: Sequence[data.Photo],
    images: Tensor,
    out: Path,
    seed: int,
    recipes: Sequence[Recipe],
    tell: Callable[[int, int, int, float], None],
) -> list[LesionNet]:
    """One network a recipe, each of another seed.  tell(network, batch done, batches in all, mean loss)."""
    labels = [data.CODES.index(p.label) for p in photos]
    known = [p.answers for p in photos]
    networks = []
    for n, recipe in enumerate(recipes):

        def say(step: int, steps: int, loss: float, n: int = n) -> None:
            tell(n, step, steps, loss)

        state_file = out / f"state{n}.pt"
        networks.append(
            train_network(images, labels, known, len(data.CODES), recipe, seed + 100 * n, state_file, say)
        )
    return networks


def _some(answers: Sequence[Answers], rows: Tensor) -> list[Answers]:
    return [a for a, chosen in zip(answers, rows.tolist(), strict=True) if chosen]


def _evidence(held: OutOfFold, seed: int) -> tuple[list[evidence.AnswerModel], Tensor, Tensor]:
    """A regression for each fold, fitted on the others; what it says of the fold, (COPIES, N, C), and knew, (COPIES, N, 1)."""
    classes = held.photo.shape[1]
    models = []
    said = torch.zeros(fuse.COPIES, len(held.labels), classes)
    known = torch.zeros(fuse.COPIES, len(held.labels), 1)
    for k in sorted(set(held.fold.tolist())):
        inside = held.fold != k
        models.append(evidence.fit(_some(held.answers, inside), held.labels[inside], classes, seed))
        said[:, ~inside], known[:, ~inside] = fuse.evidence_copies(
            models[-1], _some(held.answers, ~inside), seed + k
        )
    return models, said, known


def fuse_out_of_fold(held: OutOfFold, seed: int, power: float = POWER) -> tuple[Tensor, Tensor]:
    """(photograph alone, photograph and answers): probabilities of each fold by what was learned on the others.  (N, C) twice."""
    guarded = [data.CODES.index(c) for c in GUARDED]
    models, said, known = _evidence(held, seed)
    alone, fused = torch.zeros_like(held.photo), torch.zeros_like(held.photo)
    for k, model in enumerate(models):
        inside = held.fold != k
        learned = fuse.learn(
            held.photo[inside], said[:, inside], known[:, inside], held.labels[inside], model, power, guarded
        )
        rows = ~inside
        fused[rows] = learned.probabilities(held.photo[rows], _some(held.answers, rows))
        alone[rows] = learned.probabilities(held.photo[rows], [Answers()] * int(rows.sum()))
    return alone, fused


def cancer_score(p: Tensor) -> Tensor:
    """Probability of any cancer.  (N, C) -> (N,)."""
    return p[:, [data.CODES.index(c) for c in data.CANCERS]].sum(dim=1)


def is_cancer(labels: Tensor) -> Tensor:
    """(N,) int64 -> (N,) bool."""
    return torch.isin(labels, torch.tensor([data.CODES.index(c) for c in data.CANCERS]))


def manifest_of(
    photos: Sequence[data.Photo], held: OutOfFold, seed: int, recipes: Sequence[Recipe]
) -> dict[str, Any]:
    """Tables, fusion, scope and thresholds, all from the training part."""
    guarded = [data.CODES.index(c) for c in GUARDED]
    whole = evidence.fit(held.answers, held.labels, len(data.CODES), seed)
    _, said, known = _evidence(held, seed)
    learned = fuse.learn(held.photo, said, known, held.labels, whole, POWER, guarded)
    alone, fused = fuse_out_of_fold(held, seed)
    positive = is_cancer(held.labels)
    # One threshold for whatever was asked: the more careful of the two.
    cancer_above = min(metrics.threshold_at(cancer_score(p), positive) for p in (alone, fused))
    return {
        "name": NAME,
        "version": VERSION,
        "codes": list(data.CODES),
        "cancers": list(data.CANCERS),
        "guarded": list(GUARDED),
        "trained_on": {
            "photographs": len(photos),
            "patients": len({p.patient_id for p in photos}),
            "data": "PAD-UFES-20 part, CC BY 4.0",
        },
        "seed": seed,
        "recipes": [asdict(recipe) for recipe in recipes],
        "fusion": learned.as_json(),
        "scope": scope_fit.learn(data.stack(photos), held.fold).as_json(),
        "unsure_below": round(float(fused.max(dim=1).values.quantile(UNSURE_SHARE)), 4),
        "cancer_above": round(cancer_above, 4),
    }


def train(
    photos: Sequence[data.Photo],
    out: Path,
    tell: Tell,
    *,
    seed: int = SEED,
    folds: int = FOLDS,
    recipes: Sequence[Recipe] | None = None,
) -> Path:
    """The folder of the finished model, below `out`. photos: the training part only."""
    recipes = recipes or RECIPES
    held = cross_validate(photos, out, folds, seed, recipes, tell)
    networks = _networks(
        photos,
        data.stack(photos),
        out / "final",
        seed + 900,
        recipes,
        lambda n, step, steps, loss: tell(f"final network {n + 1} of {len(recipes)}", step, steps, loss),
    )
    folder = out / "model"
    bundle.write(folder, [net.state_dict() for net in networks], manifest_of(photos, held, seed, recipes))
    return folder
