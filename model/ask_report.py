"""The curve of model/ask_curve.py as figures with intervals over patients, a table and a picture."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model import ask, ask_bound, metrics, plots, train
from model.answers import SYMPTOMS
from model.ask_curve import ALL, ARMS, COUNTS, Curve, log_loss

__all__ = ["FIGURES", "figures", "lines", "write"]

GAINS = ("balanced_accuracy", "cancer_auc", "log_loss")
GAIN_AIM = 0.9
ROUNDS = 1000
ENDS = (COUNTS[0], COUNTS[-1])
"""Nothing asked, all asked: the same in every order."""

Figure = Callable[[Tensor, Tensor], float]
"""(p (n, C), y (n,)) -> a figure."""


def _auc(p: Tensor, y: Tensor) -> float:
    return metrics.auc(train.cancer_score(p), train.is_cancer(y))


def _specificity(p: Tensor, y: Tensor) -> float:
    return metrics.specificity_at(train.cancer_score(p), train.is_cancer(y))


FIGURES: Mapping[str, Figure] = {
    "balanced_accuracy": metrics.balanced_accuracy,
    "accuracy": lambda p, y: metrics.top_k(p, y, 1),
    "cancer_auc": _auc,
    "specificity_at_95_sensitivity": _specificity,
    "log_loss": log_loss,
}


def _mean(figure: Figure, orders: Tensor, y: Tensor, rows: Tensor) -> float:
    """The mean of a figure over the orders of an arm.  orders: (R, N, C)."""
    return sum(figure(p[rows], y[rows]) for p in orders) / len(orders)


def figures(curve: Curve, *, rounds: int) -> dict[str, Any]:
    """Plain numbers: arms -> figure -> a value with interval for each of COUNTS; gains; the rule that stops; orders."""
    y = curve.labels

    def with_interval(figure: Callable[[Tensor], float]) -> dict[str, float]:
        return asdict(metrics.bootstrap(figure, curve.patients, rounds=rounds))

    arms: dict[str, Any] = {}
    ends = {
        (name, count): with_interval(
            lambda r, f=figure, c=count: _mean(f, curve.after[ARMS[0]][:, c], y, r)  # type: ignore[misc]
        )
        for name, figure in FIGURES.items()
        for count in ENDS
    }
    for arm in ARMS:
        arms[arm] = {
            name: [
                ends[name, count]
                if count in ENDS
                else with_interval(
                    lambda r, f=figure, c=count, a=arm: _mean(f, curve.after[a][:, c], y, r)  # type: ignore[misc]
                )
                for count in COUNTS
            ]
            for name, figure in FIGURES.items()
        }
    gains: dict[str, Any] = {
        arm: {
            name: [
                with_interval(lambda r, a=arm, n=name, c=count: _gain(curve, a, n, c, r))  # type: ignore[misc]
                for count in COUNTS[1:-1]
            ]
            for name in GAINS
        }
        for arm in ARMS[:2]
    }
    return {
        "photographs": len(y),
        "patients": len(set(curve.patients)),
        "most": ask.MOST,
        "arms": arms,
        "share_of_gain": gains,
        "fixed_orders": [list(order) for order in curve.orders],
        "active_begins_with": dict(curve.first),
        "two_in_hindsight": _in_hindsight(curve),
        "stopped": _stopped(curve, with_interval),
    }


def _gain(curve: Curve, arm: str, name: str, count: int, rows: Tensor) -> float:
    """How much of what all six answers add to no answer so many questions add."""
    none, some, everything = (
        _mean(FIGURES[name], curve.after[a][:, c], curve.labels, rows)
        for a, c in ((ARMS[0], ENDS[0]), (arm, count), (ARMS[0], ENDS[1]))
    )
    return (some - none) / (everything - none) if everything != none else float("nan")


def _in_hindsight(curve: Curve) -> dict[str, Any]:
    """Shares of the gain that two questions chosen with all answers in hand would give (model/ask_bound.py)."""
    y, none, everything = (
        curve.labels,
        curve.by_set[frozenset()],
        curve.by_set[frozenset(ALL)],
    )

    def share(name: str, p: Tensor) -> float:
        low, high = FIGURES[name](none, y), FIGURES[name](everything, y)
        return (FIGURES[name](p, y) - low) / (high - low)

    found: dict[str, Any] = {}
    for name in GAINS:
        better: Figure = (lambda p, y: -log_loss(p, y)) if name == "log_loss" else FIGURES[name]
        tree, p = ask_bound.best_tree(curve.by_set, curve.values, y, better)
        found[name] = {"share": share(name, p), "tree": str(tree)}
    for name, worth in (("balanced_accuracy", _recalled), ("log_loss", _gained)):
        p = ask_bound.best_by_likeliest(curve.by_set, curve.values, y, worth)
        found[name]["share_with_a_tree_for_each_likeliest"] = share(name, p)
    return found


def _alike(y: Tensor) -> Tensor:
    """(N,) weights under which each condition weighs alike."""
    return 1.0 / torch.bincount(y).float()[y]


def _recalled(p: Tensor, y: Tensor) -> Tensor:
    return (p.argmax(dim=1) == y).float() * _alike(y)


def _gained(p: Tensor, y: Tensor) -> Tensor:
    return p[torch.arange(len(y)), y].clamp(min=1e-6).log() * _alike(y)


def _stopped(
    curve: Curve, with_interval: Callable[[Callable[[Tensor], float]], dict[str, float]]
) -> dict[str, Any]:
    rule, y = curve.stopped, curve.labels
    cancer = train.is_cancer(y)
    ways = {"no question": rule.told_by_none, "rule": rule.told, "all six": rule.told_by_all}

    def share(hits: Sequence[bool]) -> dict[str, float]:
        held = torch.tensor(hits).float()
        return with_interval(lambda r: float(held[r].mean()))

    def soon(name: str, which: Tensor) -> dict[str, float]:
        sooner = torch.tensor([str(told[0]) != "routine" for told in ways[name]]).float()
        return with_interval(lambda r: float(sooner[r][which[r]].mean()))

    return {
        "asked_mean": with_interval(lambda r: float(rule.asked[r].float().mean())),
        "asked": torch.bincount(rule.asked, minlength=ask.MOST + 1).tolist(),
        "figures": {
            name: with_interval(lambda r, f=figure: f(rule.p[r], y[r]))  # type: ignore[misc]
            for name, figure in FIGURES.items()
        },
        "told_as_after_all_six": {
            name: share([a == b for a, b in zip(told, rule.told_by_all, strict=True)])
            for name, told in ways.items()
            if name != "all six"
        },
        "how_soon_as_after_all_six": {
            name: share([a[0] == b[0] for a, b in zip(told, rule.told_by_all, strict=True)])
            for name, told in ways.items()
            if name != "all six"
        },
        "within_a_week": {
            name: {"cancers": soon(name, cancer), "others": soon(name, ~cancer)} for name in ways
        },
    }


def _cell(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def lines(found: Mapping[str, Any]) -> list[str]:
    """The tables, in Markdown."""
    names = list(FIGURES)
    out = [
        f"{found['photographs']} photographs of {found['patients']} patients; age and site known in all rows.",
        "",
        "| order | asked | " + " | ".join(name.replace("_", " ") for name in names) + " |",
        "| --- | --- |" + " --- |" * len(names),
    ]
    for arm, columns in found["arms"].items():
        for count in COUNTS:
            if count in ENDS and arm != ARMS[0]:
                continue
            title = dict(zip(ENDS, ("none asked", "all asked"), strict=True)).get(count, arm)
            cells = " | ".join(_cell(columns[name][count]) for name in names)
            out.append(f"| {title} | {count} | {cells} |")
    rule = found["stopped"]
    cells = " | ".join(_cell(rule["figures"][name]) for name in names)
    out.append(f"| rule that stops | {rule['asked_mean']['value']:.2f} | {cells} |")
    out += ["", "Share of the gain of all six answers:", ""]
    out += ["| order | asked | " + " | ".join(name.replace("_", " ") for name in GAINS) + " |"]
    out += ["| --- | --- |" + " --- |" * len(GAINS)]
    for arm, columns in found["share_of_gain"].items():
        for n, count in enumerate(COUNTS[1:-1]):
            out.append(f"| {arm} | {count} | " + " | ".join(_cell(columns[name][n]) for name in GAINS) + " |")
    out += ["", f"Two questions in active order reach {GAIN_AIM:.0%} of the gain:"]
    for name in GAINS:
        figure = found["share_of_gain"][ARMS[0]][name][1]
        word = (
            "yes"
            if figure["low"] >= GAIN_AIM
            else "inside the interval"
            if figure["high"] >= GAIN_AIM
            else "no"
        )
        out.append(f"- by {name.replace('_', ' ')}: {_cell(figure)}: {word}")
    out += [
        "",
        "Two questions chosen in hindsight, with all answers in hand, reach at most (a bound, no way of asking):",
    ]
    for name in GAINS:
        bound = found["two_in_hindsight"][name]
        each = bound.get("share_with_a_tree_for_each_likeliest")
        more = "" if each is None else f"; with a tree for each condition likeliest before: {each:.3f}"
        out.append(f"- by {name.replace('_', ' ')}: {bound['share']:.3f} ({bound['tree']}){more}")
    out += [
        "",
        f"The rule that stops asks {_cell(rule['asked_mean'])} questions; 0 to {found['most']} in {rule['asked']} cases.",
        "",
        "| | no question | rule that stops | all six |",
        "| --- | --- | --- | --- |",
    ]
    for key in ("told_as_after_all_six", "how_soon_as_after_all_six"):
        title = key.replace("_", " ")
        out.append(f"| {title} | {_cell(rule[key]['no question'])} | {_cell(rule[key]['rule'])} | |")
    for who in ("cancers", "others"):
        cells = " | ".join(_cell(rule["within_a_week"][w][who]) for w in ("no question", "rule", "all six"))
        out.append(f"| {who} sent within a week or sooner | {cells} |")
    out += [
        "",
        "Fixed order of each fold: " + "; ".join(", ".join(order) for order in found["fixed_orders"]) + ".",
        "Active order begins with: "
        + ", ".join(f"{name} {found['active_begins_with'][name]}" for name in SYMPTOMS)
        + ".",
    ]
    return out


def write(curve: Curve, notes: Mapping[str, Any], out: Path, *, rounds: int | None = None) -> dict[str, Any]:
    """Writes questions.md, questions.json and questions.png into `out`; gives back what questions.json holds.

    rounds: of the bootstrap, ROUNDS where none are given.
    """
    rounds = rounds or ROUNDS
    out.mkdir(parents=True, exist_ok=True)
    found = {**notes, "bootstrap_rounds": rounds, **figures(curve, rounds=rounds)}
    (out / "questions.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    head = ["# The question that matters", "", *(f"- {key}: {value}" for key, value in notes.items()), ""]
    (out / "questions.md").write_text("\n".join([*head, *lines(found)]) + "\n", encoding="utf-8")
    shown = {
        name.replace("_", " "): {arm: found["arms"][arm][name] for arm in ARMS}
        for name in FIGURES
        if name != "accuracy"
    }
    plots.against_questions(shown, out / "questions.png")
    return found
