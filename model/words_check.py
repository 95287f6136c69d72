"""Whether words and numbers say the same, and whether the words come from the picture: what a report holds of the language model.

Everything is judged on the raw decoder's output, before any guard.  Each question is asked of the photograph itself and of
another patient's in its place: what does not fall when pictures are changed for others was said from a template.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from model import concepts, data, metrics, notes, pixels, train
from model.analysis import CatalogueEntry
from model.answers import Answers
from model.diagnose import Diagnoser
from model.evaluate import raw_answers
from model.progress import Progress, unwatched
from model.prompts import Turn
from model.score import score_candidates
from model.speak import QUESTION, Speaker
from model.teaching_data import PAD_NAMES

__all__ = ["check", "lines"]

ASKED = ("with findings", "findings not told")


def check(
    diagnoser: Diagnoser,
    speaker: Speaker,
    photos: Sequence[data.Photo],
    catalogue: Mapping[str, CatalogueEntry],
    tell: Progress = unwatched,
    seed: int = 3,
) -> dict[str, Any]:
    """Figures of what is said of photographs, each with a 95 % interval over patients.

    with findings: the token holds what photograph and answers came to, as in service.  findings not told: it is blank, so the
    words have nothing but the picture, and are held against the numbers of the photograph alone.
    """
    squares, numbers, softs = [], {False: [], True: []}, {name: [] for name in ASKED}  # type: ignore[var-annotated]
    for done, photo in enumerate(photos):
        image = data.open_photo(photo.path)
        squares.append(pixels.square(image))
        for asked in (True, False):
            found = diagnoser.analyse([image], raw_answers(photo.answers if asked else Answers()), catalogue)
            numbers[asked].append([score.probability for score in found.conditions])
            if asked:
                softs[ASKED[0]].append(found.soft)
        softs[ASKED[1]].append(diagnoser.soft_tokens([image]))
        tell("photographs", done + 1, len(photos))
    y = torch.tensor([diagnoser.codes.index(photo.label) for photo in photos])
    patients = tuple(photo.patient_id for photo in photos)
    other = _others(patients, seed)
    seen = train.concepts_of(photos, torch.stack(squares))
    p = {name: torch.tensor(numbers[name == ASKED[0]]) for name in ASKED}
    rows = []
    for name in ASKED:
        for shuffled in (False, True):
            given = [softs[name][other[n]] for n in range(len(photos))] if shuffled else softs[name]
            title = name + (", pictures exchanged" if shuffled else "")
            texts = speaker.answers(given, QUESTION, lambda done, title=title: tell(title, done, len(photos)))  # type: ignore[misc]
            rows.append(
                {"asked": title} | _judged(texts, p[name].argmax(1), y, patients, diagnoser.codes, seen)
            )
    scored = {
        "asked": "scores of the six names, findings not told",
    } | _scores(diagnoser, speaker, softs[ASKED[1]], y, patients, tell)
    return {"photographs": len(photos), "speaker": speaker.name, "texts": rows, "candidates": scored}


def _others(patients: Sequence[str], seed: int) -> list[int]:
    """For each photograph one of another patient, each used once where that can be."""
    order = list(range(len(patients)))
    random.Random(seed).shuffle(order)
    by = sorted(order, key=lambda n: patients[n])
    shift = max(patients.count(patient) for patient in set(patients))
    out = [0] * len(by)
    for place, n in enumerate(by):
        out[n] = by[(place + max(shift, len(by) // 2)) % len(by)]
    return out


def _judged(
    texts: Sequence[str], top: Tensor, y: Tensor, patients: Sequence[str], codes: Sequence[str], seen: Sequence[Mapping[str, str]]
) -> dict[str, Any]:  # fmt: skip
    said = torch.tensor(
        [codes.index(code) if (code := notes.named(text, PAD_NAMES)) else -1 for text in texts]
    )
    heard = [notes.heard(text) for text in texts]
    true = torch.tensor(
        [
            sum(known.get(k) == v for k, v in h.items() if k in known)
            for h, known in zip(heard, seen, strict=True)
        ]
    )
    checked = torch.tensor([sum(k in known for k in h) for h, known in zip(heard, seen, strict=True)])

    def figure(value: Callable[[Tensor], float]) -> dict[str, Any]:
        return asdict(metrics.bootstrap(value, tuple(patients), rounds=1000, seed=1))

    return {
        "names": figure(lambda r: float((said[r] >= 0).float().mean())),
        "agrees": figure(lambda r: float((said[r] == top[r]).float().mean())),
        "balanced_accuracy": figure(lambda r: _balanced(said[r], y[r], len(codes))),
        "concepts_true": figure(lambda r: float(true[r].sum()) / max(1.0, float(checked[r].sum()))),
        "concepts_said": float(checked.float().mean()),
    }


def _balanced(said: Tensor, y: Tensor, classes: int) -> float:
    return float(
        torch.stack(
            [(said == y)[y == c].float().mean() for c in range(classes) if bool((y == c).any())]
        ).mean()
    )


@torch.no_grad()
def _scores(
    diagnoser: Diagnoser,
    speaker: Speaker,
    softs: Sequence[bytes],
    y: Tensor,
    patients: Sequence[str],
    tell: Progress,
) -> dict[str, Any]:
    """The other way to a diagnosis: how likely the language model finds each of the names."""
    ids = speaker.candidate_ids([notes.DIAGNOSIS_START + PAD_NAMES[code] + "," for code in diagnoser.codes])
    p = []
    for done, soft in enumerate(softs):
        p.append(
            score_candidates(speaker.language_model, speaker.embeds(soft, [Turn(QUESTION)]), ids).softmax(0)
        )
        tell("scores of the names", done + 1, len(softs))
    scored = torch.stack(p)
    cancer, positive = train.cancer_score(scored), train.is_cancer(y)

    def figure(value: Callable[[Tensor], float]) -> dict[str, Any]:
        return asdict(metrics.bootstrap(value, tuple(patients), rounds=1000, seed=1))

    return {
        "balanced_accuracy": figure(lambda r: metrics.balanced_accuracy(scored[r], y[r])),
        "cancer_auc": figure(lambda r: metrics.auc(cancer[r], positive[r])),
        "ece": figure(lambda r: metrics.ece(scored[r], y[r])),
    }


def lines(found: Mapping[str, Any]) -> list[str]:
    """The figures as Markdown."""

    def cell(held: Mapping[str, float]) -> str:
        return f"{held['value']:.3f} ({held['low']:.3f} to {held['high']:.3f})"

    out = [
        "## Words", "",
        f"Raw output of the language model, before any guard, on {found['photographs']} photographs. Agrees: it names the "
        "condition that the numbers put first. Pictures exchanged: the soft tokens of another patient's photograph stand in the "
        "place of the right ones; what is said is held against the right ones.", "",
        "| asked | names a condition | agrees with the numbers | balanced accuracy | concepts said that are true |",
        "| --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for row in found["texts"]:
        cells = " | ".join(
            cell(row[key]) for key in ("names", "agrees", "balanced_accuracy", "concepts_true")
        )
        out.append(f"| {row['asked']} | {cells} |")
    scored = found["candidates"]
    out += [
        "", "Candidate names scored by the language model, findings not told: balanced accuracy "
        f"{cell(scored['balanced_accuracy'])}, cancer AUC {cell(scored['cancer_auc'])}, ECE {cell(scored['ece'])}.", "",
        f"Concepts: {', '.join(concepts.CONCEPTS)}; of those that are known, {found['texts'][0]['concepts_said']:.1f} are said "
        "of a photograph.", "",
    ]  # fmt: skip
    return out
