"""Trains everything: fold networks, Q-Formers over their grids, the answers' tables, fusion, thresholds, and what is shipped.

Every choice is made on the training part, out of fold over patients. A folder of work is taken up where it stopped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model import (
    ask,
    bundle,
    concepts,
    data,
    evidence,
    fuse,
    look,
    metrics,
    presets,
    relevance_fit,
    scope_fit,
    trained,
    words_fit,
)
from model.answers import Answers
from model.eyes_fit import EyesRecipe, fit_eyes
from model.fit import Recipe, class_weights, train_network
from model.network import Eyes
from model.notes import concept_words
from model.progress import Progress, below, part
from model.vision import LesionNet

__all__ = [
    "RECIPES",
    "SEED",
    "OutOfFold",
    "cross_validate",
    "fold_models",
    "fuse_out_of_fold",
    "train",
]

SEED = 20261123
FOLDS = 5
RECIPES = (Recipe(), Recipe(side_px=256, epochs=16))
"""The networks that are averaged, in every fold as at service: two sizes of photograph, two seeds."""
NAME, VERSION = "ngozi-compact", "3"
HEAD_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Of the Q-Former's head beside the towers' own classifiers: which one is chosen out of fold."""
GUARDED = ("MEL",)
"""No symptom answer may make a melanoma less probable (clinical.md 3.2)."""
POWER = 0.8
"""How far rare conditions weigh more in the fusion: 0 each photograph alike, 1 each condition alike."""
UNSURE_SHARE = 0.10
"""Share of training photographs, out of fold, of which the model says that it cannot tell."""


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
    towers: Tensor | None = None
    """(N, C) log probabilities of the towers' own classifiers"""
    heads: Tensor | None = None
    """(N, C) log probabilities of the Q-Former's head"""
    head_share: float = 0.0
    """Of the head in `photo`"""


def cross_validate(
    photos: Sequence[data.Photo],
    out: Path,
    folds: int,
    seed: int,
    recipes: Sequence[Recipe],
    tell: Progress,
    eyes_recipe: EyesRecipe | None = None,
    *,
    head: bool = True,
) -> OutOfFold:
    """Trains networks and Q-Former of each fold (those that are on the disk are taken up) and collects what they say of it.

    head: False leaves the Q-Formers out; then the towers' own classifiers speak alone.
    """
    images = data.stack(photos)
    fold = torch.tensor(data.folds(photos, folds, seed))
    labels = torch.tensor([data.CODES.index(p.label) for p in photos])
    towers, heads = (torch.zeros(len(photos), len(data.CODES)) for _ in range(2))
    seen = concepts_of(photos, images)
    for k in range(folds):
        title = f"fold {k + 1} of {folds}, "
        networks, eyes = fold_models(
            photos,
            images,
            seen,
            fold != k,
            out / f"fold{k}",
            seed + k,
            recipes,
            (eyes_recipe or EyesRecipe()) if head else None,
            below(tell, title),
        )
        held = (fold == k).nonzero()[:, 0].tolist()
        for done, row in enumerate(held):
            found = look.look(networks, images[row])
            towers[row] = found.p
            heads[row] = found.p if eyes is None else look.head_probabilities(eyes, look.query(eyes, found))
            tell(title + "asked", done + 1, len(held), None)
    share = _head_share(towers, heads, labels) if head else 0.0
    photo = look.mixed(towers, heads, share)
    logs = [p.clamp(min=1e-6).log() for p in (photo, towers, heads)]
    return OutOfFold(
        labels,
        fold,
        logs[0],
        tuple(p.answers for p in photos),
        logs[1],
        logs[2],
        share,
    )


def fold_models(
    photos: Sequence[data.Photo],
    images: Tensor,
    seen: Sequence[Mapping[str, str]],
    inside: Tensor,
    out: Path,
    seed: int,
    recipes: Sequence[Recipe],
    eyes_recipe: EyesRecipe | None,
    tell: Progress,
) -> tuple[list[LesionNet], Eyes | None]:
    """Networks and Q-Former of one fold, those on the disk taken up.

    images: (N, 3, S, S) uint8.  seen: what can be seen of each.  inside: (N,) bool, who teaches.  eyes_recipe: None for networks
    alone.
    """
    chosen = inside.tolist()
    learned = [p for p, is_in in zip(photos, chosen, strict=True) if is_in]
    known = [s for s, is_in in zip(seen, chosen, strict=True) if is_in]
    networks = _networks(learned, images[inside], out, seed, recipes, tell)
    if eyes_recipe is None:
        return networks, None
    return networks, _eyes(networks, learned, images[inside], known, out, seed, eyes_recipe, tell)


def _head_share(towers: Tensor, heads: Tensor, labels: Tensor) -> float:
    """The share of the head with which the photographs' own conditions are most probable, each condition weighing alike."""
    weights = class_weights(labels.tolist(), towers.shape[1], 1.0)[labels]

    def loss(share: float) -> float:
        p = look.mixed(towers, heads, share)[torch.arange(len(labels)), labels]
        return float(-(weights * p.clamp(min=1e-6).log()).sum())

    return min(HEAD_SHARES, key=loss)


def concepts_of(photos: Sequence[data.Photo], images: Tensor) -> list[dict[str, str]]:
    """What can be seen of each photograph, measured and recorded (model/concepts.py).  images: (N, 3, S, S) uint8."""
    return [
        concepts.concepts(
            concepts.measure(square.numpy()),
            p.answers.symptoms.get("elevation"),
            p.answers.symptoms.get("bleed"),
        )
        for p, square in zip(photos, images, strict=True)
    ]


def _eyes(
    networks: Sequence[LesionNet],
    photos: Sequence[data.Photo],
    images: Tensor,
    seen: Sequence[Mapping[str, str]],
    out: Path,
    seed: int,
    recipe: EyesRecipe,
    tell: Progress,
) -> Eyes:
    sizes = presets.compact_with(len(networks), len(data.CODES)).sizes
    digest = hashlib.sha256()
    for net in networks:
        for p in net.parameters():
            digest.update(p.detach().contiguous().numpy().tobytes())
    mark = digest.hexdigest()

    def views() -> Tensor:
        return look.taught_views(networks, images, recipe.views, seed, part(tell, "grids"))

    labels = [data.CODES.index(p.label) for p in photos]
    return fit_eyes(sizes, views, mark, labels, seen, recipe, seed, out / "eyes.pt", part(tell, "Q-Former"))


def _networks(
    photos: Sequence[data.Photo],
    images: Tensor,
    out: Path,
    seed: int,
    recipes: Sequence[Recipe],
    tell: Progress,
) -> list[LesionNet]:
    """One network a recipe, each of another seed."""
    labels = [data.CODES.index(p.label) for p in photos]
    known = [p.answers for p in photos]
    networks = []
    for n, recipe in enumerate(recipes):
        watched = part(tell, f"network {n + 1} of {len(recipes)}")
        state_file = out / f"state{n}.pt"
        networks.append(
            train_network(images, labels, known, len(data.CODES), recipe, seed + 100 * n, state_file, watched)
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
        "answer_rates": ask.rates_to_json(ask.answer_rates(held.answers, held.labels, len(data.CODES))),
        "scope": scope_fit.learn(data.stack(photos), held.fold).as_json(),
        "unsure_below": round(float(fused.max(dim=1).values.quantile(UNSURE_SHARE)), 4),
        "cancer_above": round(cancer_above, 4),
    }


def train(
    photos: Sequence[data.Photo],
    out: Path,
    tell: Progress,
    *,
    seed: int = SEED,
    folds: int = FOLDS,
    recipes: Sequence[Recipe] | None = None,
    eyes_recipe: EyesRecipe | None = None,
    words: words_fit.Plan | None = None,
) -> Path:
    """The folder of the finished model, below `out`.

    photos: the training part only.  words: how the language model is taught; None: the model gives numbers and no words.
    """
    recipes, eyes_recipe = recipes or RECIPES, eyes_recipe or EyesRecipe()
    held = cross_validate(photos, out, folds, seed, recipes, tell, eyes_recipe)
    images = data.stack(photos)
    final = below(tell, "final ")
    networks = _networks(photos, images, out / "final", seed + 900, recipes, final)
    seen = concepts_of(photos, images)
    eyes = _eyes(networks, photos, images, seen, out / "final", seed + 900, eyes_recipe, final)
    folder = out / "model"
    about: dict[str, Any] = {"seed": seed, "eyes": asdict(eyes_recipe)}
    taught = None
    if words is not None:
        alone, fused = fuse_out_of_fold(held, seed)
        lessons = [
            words_fit.Lessons(p.path, p.patient_id, p.label, tuple(concept_words(known)), a, f)
            for p, known, a, f in zip(photos, seen, alone, fused, strict=True)
        ]
        kept = words_fit.kept_looks(networks, eyes, images, eyes_recipe.views, seed + 901, tell)
        taught = words_fit.teach_words(eyes, kept, lessons, words, out / "words", tell)
        about |= taught.about
    trained.save_beside(
        eyes, presets.COMPACT.name, folder / bundle.SKINGPT, taught.model if taught else None, about
    )
    if words is not None and taught is not None:
        # Which questions its answers may be shown to (model/relevance.py).
        judge = relevance_fit.fit(taught.model.language_model, words.tokenizer, taught.model.preset.style)
        judge.save(folder / bundle.SKINGPT)
    digest = trained.read_trained_manifest(folder / bundle.SKINGPT)["weights_sha256"]
    manifest = manifest_of(photos, held, seed, recipes) | {
        "head_share": held.head_share,
        "skingpt_sha256": digest,
    }
    bundle.write(folder, [net.state_dict() for net in networks], manifest)
    return folder
