"""A report on a model: every figure with a 95 % interval from a bootstrap over patients."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model import coverage, data, failures, groups, metrics, pixels, plots, scope_report, train
from model.analysis import CatalogueEntry
from model.answers import Answers
from model.diagnose import Diagnoser
from model.fit import Recipe
from model.progress import Progress

__all__ = ["Judged", "judge", "out_of_fold", "report", "summary", "wrong_in_words"]


@dataclass(frozen=True)
class Judged:
    """One way of asking the model (photograph alone, with answers) over a set of photographs."""

    name: str
    p: Tensor
    """(N, C)"""
    y: Tensor
    """(N,) int64"""
    patients: tuple[str, ...]
    abstained: Tensor | None = None
    """(N,) bool"""
    in_scope: Tensor | None = None
    """(N,) bool"""


def raw_answers(known: Answers) -> dict[str, str | float | bool | None]:
    """The answers as a caller would give them."""
    return {"age": known.age_years, "site": known.site, **known.symptoms}


def judge(
    diagnoser: Diagnoser,
    photos: Sequence[data.Photo],
    catalogue: Mapping[str, CatalogueEntry],
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> list[Judged]:
    """What the model says of each photograph alone and with its answers.  Raises ValueError for an unreadable photograph."""
    number = {code: index for index, code in enumerate(diagnoser.codes)}
    y = torch.tensor([number[photo.label] for photo in photos])
    patients = tuple(photo.patient_id for photo in photos)
    found: dict[bool, list[Any]] = {False: [], True: []}
    for done, photo in enumerate(photos, 1):
        told = [{}, raw_answers(photo.answers)]
        alone, fused = diagnoser.analyse_each([data.open_photo(photo.path)], told, catalogue)
        found[False].append(alone)
        found[True].append(fused)
        tell(done, len(photos))
    judged = []
    for asked, name in ((False, "photograph alone"), (True, "photograph and answers")):
        p = torch.tensor([[score.probability for score in analysis.conditions] for analysis in found[asked]])
        judged.append(
            Judged(
                name=name,
                p=p,
                y=y,
                patients=patients,
                abstained=torch.tensor([analysis.abstained for analysis in found[asked]]),
                in_scope=torch.tensor([analysis.in_scope for analysis in found[asked]]),
            )
        )
    return judged


def out_of_fold(
    photos: Sequence[data.Photo],
    work: Path,
    folds: int,
    tell: Progress,
    *,
    seed: int = train.SEED,
    recipes: Sequence[Recipe] | None = None,
) -> list[Judged]:
    """What `folds` networks say of the patients each has not seen; fusion and answers are learned on the others too.

    Networks that lie in `work` (made by the same photographs, recipe and seed) are taken up, the others trained.
    """
    held = train.cross_validate(photos, work, folds, seed, recipes or train.RECIPES, tell)
    alone, fused = train.fuse_out_of_fold(held, seed)
    patients = tuple(photo.patient_id for photo in photos)
    return [
        Judged("photograph alone", alone, held.labels, patients),
        Judged("photograph and answers", fused, held.labels, patients),
    ]


def cancer_score(p: Tensor, codes: Sequence[str], cancers: Sequence[str]) -> Tensor:
    """Probability of any cancer.  (N, C) -> (N,)."""
    return p[:, [codes.index(code) for code in cancers]].sum(dim=1)


def summary(
    judged: Judged, codes: Sequence[str], cancers: Sequence[str], *, rounds: int = 1000, seed: int = 1
) -> dict[str, Any]:
    """All figures of one way of asking, as plain numbers with intervals."""
    p, y = judged.p, judged.y
    score = cancer_score(p, codes, cancers)
    positive = torch.isin(y, torch.tensor([codes.index(code) for code in cancers]))
    figures: dict[str, Callable[[Tensor], float]] = {
        "balanced_accuracy": lambda r: metrics.balanced_accuracy(p[r], y[r]),
        "cancer_auc": lambda r: metrics.auc(score[r], positive[r]),
        "specificity_at_95_sensitivity": lambda r: metrics.specificity_at(score[r], positive[r]),
        "ece": lambda r: metrics.ece(p[r], y[r]),
        "top_2": lambda r: metrics.top_k(p[r], y[r], 2),
        "accuracy": lambda r: metrics.top_k(p[r], y[r], 1),
    }
    out: dict[str, Any] = {
        "name": judged.name,
        "photographs": len(y),
        "patients": len(set(judged.patients)),
        "figures": {
            name: asdict(metrics.bootstrap(figure, judged.patients, rounds=rounds, seed=seed))
            for name, figure in figures.items()
        },
        "classes": {},
        "confusion": [
            [int(((y == a) & (p.argmax(1) == b)).sum()) for b in range(len(codes))] for a in range(len(codes))
        ],
    }
    chosen = p.argmax(1)
    for c, code in enumerate(codes):

        def recall(r: Tensor, c: int = c) -> float:
            return _share((chosen[r] == c)[y[r] == c])

        def precision(r: Tensor, c: int = c) -> float:
            return _share((y[r] == c)[chosen[r] == c])

        def auc(r: Tensor, c: int = c) -> float:
            return metrics.auc(p[r, c], y[r] == c)

        out["classes"][code] = {"photographs": int((y == c).sum())} | {
            name: asdict(metrics.bootstrap(figure, judged.patients, rounds=rounds, seed=seed))
            for name, figure in (("recall", recall), ("precision", precision), ("auc", auc))
        }
    if judged.abstained is not None and judged.in_scope is not None:
        kept = ~judged.abstained
        out["abstained"] = float(judged.abstained.float().mean())
        out["accuracy_where_not_abstained"] = _share((chosen == y)[kept])
        out["out_of_scope"] = float((~judged.in_scope).float().mean())
    return out


def wrong_in_words(
    judged: Judged,
    photos: Sequence[data.Photo],
    codes: Sequence[str],
    cancers: Sequence[str],
    cancer_above: float,
) -> list[dict[str, Any]]:
    """Ten of its failures, described (model/failures.py).  photos: of its rows.  cancer_above: from here on urgency is `week`."""
    chosen = failures.choose(judged.p, judged.y, codes, cancers, judged.patients)
    score = cancer_score(judged.p, codes, cancers)
    out = []
    for n in chosen:
        square = pixels.square(data.open_photo(photos[n].path))
        seen = train.concepts_of([photos[n]], square[None])[0]
        did = "urgency week" if float(score[n]) >= cancer_above else "urgency not raised"
        if judged.abstained is not None and bool(judged.abstained[n]):
            did = "the model abstained, urgency week"
        out.append(failures.described(photos[n], judged.p[n], seen, codes, cancers, f"; {did}"))
    return out


def _share(hits: Tensor) -> float:
    return float(hits.float().mean()) if len(hits) else float("nan")


def report(
    sections: Mapping[str, Sequence[Judged]],
    codes: Sequence[str],
    cancers: Sequence[str],
    notes: Mapping[str, Any],
    out: Path,
    *,
    rounds: int = 1000,
    scope: Sequence[scope_report.Refused] = (),
    more: Mapping[str, tuple[Any, Sequence[str]]] | None = None,
    types: Mapping[str, Sequence[int | None]] | None = None,
    wrong: Mapping[str, Sequence[Sequence[Mapping[str, Any]]]] | None = None,
) -> dict[str, Any]:
    """Writes report.md, report.json and four PNG a section into `out`; gives back what report.json holds.

    sections: title -> ways of asking.  notes: facts for the head of the report (model, data, seed).  scope: what was refused.
    more: name in report.json -> (what stands there, lines for report.md).  types: title -> skin type of each photograph.
    wrong: title -> failures of each way of asking (wrong_in_words).
    """
    out.mkdir(parents=True, exist_ok=True)
    held: dict[str, Any] = {**notes, "codes": list(codes), "sections": {}}
    lines = ["# Evaluation", "", *(f"- {key}: {value}" for key, value in notes.items()), ""]
    lines += [
        "Data: PAD-UFES-20 (Pacheco et al. 2020, doi:10.17632/zr7vgbcyr2.1), CC BY 4.0. Intervals: 95 %, "
        f"{rounds} bootstrap draws of whole patients. Cancer means {', '.join(cancers)}.",
        "",
    ]
    for title, ways in sections.items():
        slug = "".join(ch if ch.isalnum() else "_" for ch in title.lower()).strip("_")
        summaries = [summary(way, codes, cancers, rounds=rounds) for way in ways]
        held["sections"][title] = summaries
        plots.reliability({way.name: (way.p, way.y) for way in ways}, out / f"reliability_{slug}.png")
        plots.roc(
            {
                way.name: (
                    cancer_score(way.p, codes, cancers),
                    torch.isin(way.y, torch.tensor([codes.index(code) for code in cancers])),
                )
                for way in ways
            },
            out / f"roc_{slug}.png",
        )
        plots.confusion({s["name"]: s["confusion"] for s in summaries}, codes, out / f"confusion_{slug}.png")
        curves = {}
        for way, found in zip(ways, summaries, strict=True):
            score = cancer_score(way.p, codes, cancers)
            cancer = torch.isin(way.y, torch.tensor([codes.index(code) for code in cancers]))
            curves[way.name] = coverage.curve(way.p, way.y, cancer)
            found["coverage"] = coverage.rows(
                way.p, way.y, cancer, way.patients, way.abstained, rounds=rounds
            )
            if types is not None and title in types:
                found["skin_types"] = groups.rows(
                    way.p, way.y, score, cancer, way.patients, types[title], rounds=rounds
                )
        plots.coverage(curves, out / f"coverage_{slug}.png")
        for found, failed in zip(summaries, (wrong or {}).get(title, ()), strict=False):
            found["failures"] = list(failed)
        lines += _section(title, slug, summaries, codes)
    if scope:
        held["scope"] = scope_report.figures(scope)
        lines += scope_report.lines(scope)
    for name, (value, said) in (more or {}).items():
        held[name] = value
        lines += said
    (out / "report.json").write_text(json.dumps(_finite(held), indent=1) + "\n", encoding="utf-8")
    (out / "report.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return held


def _finite(value: Any) -> Any:
    """NaN (a figure that these photographs cannot give) as null, which JSON knows."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and value != value else value


def _cell(figure: Mapping[str, float]) -> str:
    if figure["value"] != figure["value"]:
        return "not known"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def _section(
    title: str, slug: str, summaries: Sequence[Mapping[str, Any]], codes: Sequence[str]
) -> list[str]:
    first = summaries[0]
    lines = [f"## {title}", "", f"{first['photographs']} photographs of {first['patients']} patients.", ""]
    lines += [
        "| figure | " + " | ".join(s["name"] for s in summaries) + " |",
        "| --- |" + " --- |" * len(summaries),
    ]
    for name in first["figures"]:
        lines.append(f"| {name} | " + " | ".join(_cell(s["figures"][name]) for s in summaries) + " |")
    for name in ("abstained", "accuracy_where_not_abstained", "out_of_scope"):
        if name in first:
            lines.append(f"| {name} | " + " | ".join(f"{s[name]:.3f}" for s in summaries) + " |")
    for s in summaries:
        lines += [
            "",
            f"### {s['name']}, by condition",
            "",
            "| condition | photographs | recall | precision | AUC |",
        ]
        lines.append("| --- | --- | --- | --- | --- |")
        for code in codes:
            row = s["classes"][code]
            cells = " | ".join(_cell(row[key]) for key in ("recall", "precision", "auc"))
            lines.append(f"| {code} | {row['photographs']} | {cells} |")
        lines += [
            "",
            "Rows: true condition; columns: named condition.",
            "",
            "| | " + " | ".join(codes) + " |",
        ]
        lines.append("| --- |" + " --- |" * len(codes))
        for code, counts in zip(codes, s["confusion"], strict=True):
            lines.append(f"| {code} | " + " | ".join(str(n) for n in counts) + " |")
    lines += ["", f"![reliability](reliability_{slug}.png) ![ROC](roc_{slug}.png)", ""]
    lines += [f"![confusion](confusion_{slug}.png)", "", f"![coverage](coverage_{slug}.png)", ""]
    for s in summaries:
        lines += coverage.lines(s["coverage"], s["name"])
    for s in summaries:
        if "skin_types" in s:
            lines += groups.lines(s["skin_types"], s["name"])
    for s in summaries:
        if "failures" in s:
            lines += failures.lines(s["failures"], s["name"])
    return lines
