"""The paper's ablation for the compact model: its words taught by step 1 alone, by step 2 alone, and by both, on one fold; and
both once more with the projection alone, without LoRA.

Towers and Q-Former are those of a fold of `ngozi model train`, or the shipped ones, with val in the place of the fold.  Their
grids were looked at once and are kept, so that what differs between the arms is what the language model was taught.  The token of
the findings is blank throughout, in training and when asked: what is said comes from the picture alone, as in the paper.  The
form is the published one: the training template, a caption of concepts in step 1, the same and the diagnosis in step 2, without
notes and follow-ups.  Asked are photographs of patients whom nothing here has seen.

All of it is taken up where it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model import bundle, data, look, metrics, notes, prompts, train, trained, words_fit
from model.eyes_fit import EyesRecipe
from model.fit import Recipe, save_state
from model.generate import Generator
from model.network import Eyes, SkinGPT
from model.notes import concept_words
from model.progress import Progress, part
from model.requests import Request
from model.teach_run import ARMS as STEP_ARMS
from model.teaching_data import PAD_NAMES
from model.vision import LesionNet
from model.words_fit import Lessons, Plan

__all__ = ["Looked", "ablate", "judged", "of_bundle", "of_fold", "plan", "table"]

ARMS = {**STEP_ARMS, "both, without LoRA": ("step1_projection", "both_projection")}
"""Arm -> its folders in the order of training.  The last trains the projection (and the blank findings' token) alone, as the
paper does; the others the language model's LoRA beside it."""
PROJECTION = ("projection", "findings")
ROWS = 26
"""Answers made together: a step of the language model costs nearly the same for one and for many."""
MOST_TOKENS = 64
BLANK = (("blank", 1.0),)


@dataclass(frozen=True)
class Looked:
    """What towers and Q-Former saw.

    looks: (V, N, Q, H) of the N that teach; lessons: of them.  held, held_seen, held_looks (M, Q, H): the photographs that are
    asked about, what can be seen of each, and what the queries found in them.
    """

    eyes: Eyes
    looks: Tensor
    lessons: Sequence[Lessons]
    held: Sequence[data.Photo]
    held_seen: Sequence[Mapping[str, str]]
    held_looks: Tensor


def of_fold(
    photos: Sequence[data.Photo],
    work: Path,
    tell: Progress,
    *,
    fold: int = 0,
    folds: int = train.FOLDS,
    seed: int = train.SEED,
    recipes: Sequence[Recipe] | None = None,
    eyes_recipe: EyesRecipe | None = None,
) -> Looked:
    """Looks at the photographs with the models of a fold; what lies in `work` is taken up, the rest trained.

    photos: the training part.
    """
    recipe = eyes_recipe or EyesRecipe()
    images = data.stack(photos)
    inside = torch.tensor(data.folds(photos, folds, seed)) != fold
    seen = train.concepts_of(photos, images)
    where = work / f"fold{fold}"
    networks, eyes = train.fold_models(
        photos, images, seen, inside, where, seed + fold, recipes or train.RECIPES, recipe, tell
    )
    assert eyes is not None
    rows = [part.nonzero()[:, 0].tolist() for part in (inside, ~inside)]
    taught, held = ([photos[n] for n in part] for part in rows)
    return _looked(networks, eyes, taught, held, recipe.views, seed + fold + 1, where / "looks.pt", tell)


def of_bundle(
    folder: Path,
    taught: Sequence[data.Photo],
    held: Sequence[data.Photo],
    out: Path,
    tell: Progress,
    views: int = EyesRecipe().views,
) -> Looked:
    """Looks at the photographs with the towers and Q-Former of a model folder, which has not seen those held.

    What was seen is kept in `out`.  Raises BundleError.
    """
    manifest = bundle.read_manifest(folder)
    networks = bundle.read_networks(folder, manifest)
    eyes = bundle.read_eyes(folder, manifest, networks)
    if eyes is None:
        raise bundle.BundleError(f"{folder} has no {bundle.SKINGPT}/; expected a model with a Q-Former")
    return _looked(networks, eyes, taught, held, views, train.SEED + 901, out / "looks.pt", tell)


def _looked(
    networks: Sequence[LesionNet],
    eyes: Eyes,
    taught: Sequence[data.Photo],
    held: Sequence[data.Photo],
    views: int,
    seed: int,
    kept: Path,
    tell: Progress,
) -> Looked:
    images, others = data.stack(taught), data.stack(held)
    digest = hashlib.sha256(f"{views} {seed} {[p.path.name for p in (*taught, *held)]}".encode())
    for _, p in sorted(eyes.named_parameters()):
        digest.update(p.detach().contiguous().numpy().tobytes())
    mark = digest.hexdigest()
    if kept.is_file() and (saved := torch.load(kept, map_location="cpu", weights_only=True))["mark"] == mark:
        looks, held_looks = saved["looks"], saved["held"]
    else:
        looks = words_fit.kept_looks(networks, eyes, images, views, seed, tell)
        found = []
        for done, square in enumerate(others):
            found.append(look.query(eyes, look.look(networks, square))[0])
            tell("looked at", done + 1, len(others), None)
        held_looks = torch.stack(found)
        save_state(kept, {"mark": mark, "looks": looks, "held": held_looks})
    blank = torch.zeros(len(data.CODES))
    lessons = [
        Lessons(p.path, p.patient_id, p.label, tuple(concept_words(known)), blank, blank)
        for p, known in zip(taught, train.concepts_of(taught, images), strict=True)
    ]
    return Looked(eyes, looks, lessons, held, train.concepts_of(held, others), held_looks)


def plan(cache: Path, share: float, dtype: torch.dtype) -> Plan:
    """How the arms are taught.  share: of the shipped model's steps.  cache: for the language model.  Raises LanguageError."""
    made = words_fit.plan({}, cache, dtype)
    steps = {n: max(2, round(count * share)) for n, count in words_fit.STEPS.items()}
    config = replace(
        words_fit.CONFIG, prompt="published", follow_up_share=0.0, warmup_steps=max(1, round(20 * share)),
        save_every=5, check_every=max(words_fit.STEPS.values()),
    )  # fmt: skip
    return replace(made, steps=steps, config=config, told=BLANK)


def ablate(
    found: Looked,
    wanted: Plan,
    out: Path,
    tell: Progress,
    *,
    most: int | None = None,
    rounds: int = 1000,
) -> list[dict[str, Any]]:
    """One row of figures an arm, also written to ablation.json and ablation.md below `out`.

    most: so many of the fold's photographs are asked about, spread over them; None: all.  Raises TeachError.
    """
    model = words_fit.beginning(found.eyes, found.looks, wanted)
    first = {name: value.detach().clone() for name, value in trained.ours(model).items()}
    count = len(found.held) if most is None else min(most, len(found.held))
    asked = [n * len(found.held) // count for n in range(count)]
    rows = []
    for arm, folders in ARMS.items():
        model.load_state_dict(first, strict=False)
        for folder in folders:
            # Step 1 of the third arm is that of the first: its finished state is taken up.
            step = 1 if folder.startswith("step1") else 2
            alone = folder.endswith("_projection")
            # LoRA that is not trained adds nothing: it begins as zero.
            taught = replace(wanted, config=replace(wanted.config, parts=PROJECTION)) if alone else wanted
            words_fit.teach_step(
                model, step, found.looks, found.lessons, taught, out / folder,
                part(tell, folder),
            )  # fmt: skip
        said = _said(model, wanted.tokenizer, found, asked, out / f"said_{folders[-1]}.json", arm, tell)
        rows.append(
            {"arm": arm, "steps": {f: wanted.steps[1 if f.startswith("step1") else 2] for f in folders}}
            | judged(found, asked, said, rounds)
        )
        (out / "ablation.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        (out / "ablation.md").write_text(table(rows), encoding="utf-8")
    return rows


@torch.no_grad()
def _said(
    model: SkinGPT, tokenizer: Any, found: Looked, asked: Sequence[int], file: Path, arm: str, tell: Progress
) -> dict[str, list[str]]:  # fmt: skip
    """Question ("concepts", "diagnosis") -> the greedy answer of each photograph that is asked about; kept in `file`."""
    style = model.preset.style
    digest = hashlib.sha256(json.dumps(list(asked)).encode())
    for _, value in sorted(trained.ours(model).items()):
        digest.update(value.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    mark = digest.hexdigest()
    if file.is_file() and (kept := json.loads(file.read_text(encoding="utf-8")))["mark"] == mark:
        return dict(kept["said"])
    soft = model.soft_tokens(found.held_looks[list(asked)])
    generator = Generator(
        model.language_model, lambda ids: prompts.read_answer(tokenizer, style, ids), rows=ROWS, waiting=2 * len(asked)
    )  # fmt: skip
    stop = prompts.stop_sequences(tokenizer, style)
    tickets: dict[str, list[Any]] = {}
    for name, question in (("concepts", style.questions_concept[0]), ("diagnosis", style.questions_skin[0])):
        before, after = prompts.pieces(tokenizer, prompts.training_prompt(style, question))
        tickets[name] = [
            generator.submit(Request(model.embed(before, one[None], after)[0], MOST_TOKENS, stop_ids=stop))
            for one in soft
        ]
    done = 0
    while done < 2 * len(asked):
        generator.step()
        now = sum(ticket.future.done() for row in tickets.values() for ticket in row)
        if now != done:
            done = now
            tell(f"{arm}, asked", done, 2 * len(asked), None)
    said = {name: [ticket.result(0).text for ticket in row] for name, row in tickets.items()}
    file.write_text(json.dumps({"mark": mark, "said": said}, indent=1) + "\n", encoding="utf-8")
    return said


def judged(
    found: Looked, asked: Sequence[int], said: Mapping[str, Sequence[str]], rounds: int = 1000
) -> dict[str, Any]:
    """What an arm's answers are worth, with 95 % intervals over patients.

    names, right, balanced_accuracy: of the answers to the question of step 2.  concepts_found: of what can be seen, how much is
    said to the question of step 1; concepts_true: of what is said and known, how much is true.
    """
    photos = [found.held[n] for n in asked]
    patients = tuple(photo.patient_id for photo in photos)
    codes = list(data.CODES)
    y = torch.tensor([codes.index(photo.label) for photo in photos])
    named = torch.tensor(
        [codes.index(code) if (code := notes.named(text, PAD_NAMES)) else -1 for text in said["diagnosis"]]
    )
    counts = []
    for n, text in zip(asked, said["concepts"], strict=True):
        known, heard = found.held_seen[n], notes.heard(text)
        # A value without a word of its own ("one colour") is not said, and so not missed.
        sayable = {k: v for k, v in known.items() if concept_words({k: v})}
        counts.append(
            (
                len(sayable),
                sum(sayable.get(k) == v for k, v in heard.items()),
                sum(k in known for k in heard),
            )
        )
    there, true, said_count = torch.tensor(counts).T

    def figure(value: Callable[[Tensor], float]) -> dict[str, float]:
        return asdict(metrics.bootstrap(value, patients, rounds=rounds, seed=1))

    def recall(r: Tensor) -> float:
        parts = [(named[r] == c)[y[r] == c].float().mean() for c in y[r].unique().tolist()]
        return float(torch.stack(parts).mean())

    return {
        "photographs": len(photos),
        "patients": len(set(patients)),
        "names": figure(lambda r: float((named[r] >= 0).float().mean())),
        "right": figure(lambda r: float((named[r] == y[r]).float().mean())),
        "balanced_accuracy": figure(recall),
        "concepts_found": figure(lambda r: float(true[r].sum()) / max(1.0, float(there[r].sum()))),
        "concepts_true": figure(lambda r: float(true[r].sum()) / max(1.0, float(said_count[r].sum()))),
    }


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The ablation as Markdown."""
    first = rows[0]
    lines = [
        f"{first['photographs']} photographs of {first['patients']} patients whom nothing had seen; 95 % intervals over them.",
        "",
        "| taught | steps | names a condition | the right one | balanced accuracy | concepts found | those said that are true |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        steps = " + ".join(str(count) for count in row["steps"].values())
        cells = [
            f"{f['value']:.2f} ({f['low']:.2f} to {f['high']:.2f})"
            for f in (
                row[k] for k in ("names", "right", "balanced_accuracy", "concepts_found", "concepts_true")
            )
        ]
        lines.append(f"| {row['arm']} | {steps} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
