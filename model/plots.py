"""The pictures of a report, as PNG: reliability, ROC, confusion, coverage, and the losses of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from torch import Tensor

from model import metrics
from model.coverage import Curve

__all__ = ["against_questions", "confusion", "coverage", "losses", "reliability", "roc"]


def reliability(sets: Mapping[str, tuple[Tensor, Tensor]], file: Path) -> None:
    """Draws how often the named condition was right against how sure the model was.  name -> (p (N, C), y (N,))."""
    figure, axes = _sheet("mean probability of the named condition", "share that was right")
    for name, (p, y) in sets.items():
        bins = metrics.calibration_bins(p, y)
        label = f"{name} (ECE {metrics.ece(p, y):.3f})"
        axes.plot([b[0] for b in bins], [b[1] for b in bins], marker="o", label=label)
        for confidence, right, count in bins:
            axes.annotate(
                str(count), (confidence, right), textcoords="offset points", xytext=(5, -9), fontsize=7
            )
    _save(figure, axes, file)


def roc(sets: Mapping[str, tuple[Tensor, Tensor]], file: Path) -> None:
    """Draws the ROC curve for any cancer.  name -> (score (N,), positive (N,) bool)."""
    figure, axes = _sheet("1 - specificity", "sensitivity for any cancer")
    axes.axhline(metrics.SENSITIVITY, color="grey", linewidth=0.7, linestyle=":")
    for name, (score, positive) in sets.items():
        false, true = metrics.roc(score, positive)
        axes.plot(false, true, label=f"{name} (AUC {metrics.auc(score, positive):.3f})")
    _save(figure, axes, file)


def coverage(sets: Mapping[str, Curve], file: Path) -> None:
    """Draws what abstaining on the least sure photographs buys, and whom it leaves.  One column a way of asking."""
    axes = _row(len(sets))
    for at, (name, curve) in zip(axes, sets.items(), strict=True):
        at.plot(curve.answered, curve.accuracy, label="accuracy where answered")
        at.plot(curve.answered, curve.balanced, label="balanced accuracy where answered")
        at.plot(
            curve.answered, curve.cancers, linestyle=":", label="cancers without an answer, of all cancers"
        )
        at.set(xlabel="photographs answered", xlim=(0, 1), ylim=(0, 1.02), title=name)
        at.legend(loc="lower left", fontsize=7)
    axes[0].figure.savefig(file)


def confusion(sets: Mapping[str, Sequence[Sequence[int]]], codes: Sequence[str], file: Path) -> None:
    """Draws which condition was named for which: each row's colours are shares of the true condition, the numbers are counts."""
    axes = _row(len(sets))
    for at, (name, counts) in zip(axes, sets.items(), strict=True):
        shares = [[n / max(1, sum(row)) for n in row] for row in counts]
        at.imshow(shares, vmin=0, vmax=1, cmap="Blues")
        for a, row in enumerate(counts):
            for b, count in enumerate(row):
                colour = "white" if shares[a][b] > 0.5 else "black"
                at.text(b, a, str(count), ha="center", va="center", fontsize=8, color=colour)
        at.set_xticks(range(len(codes)), codes, fontsize=8)
        at.set_yticks(range(len(codes)), codes, fontsize=8)
        at.set(xlabel="named", ylabel="true", title=name)
    axes[0].figure.savefig(file)


def _row(count: int):  # type: ignore[no-untyped-def]
    """Axes beside each other."""
    mpl.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6 * count, 4.4), dpi=110, layout="constrained")
    return figure.subplots(1, count, squeeze=False)[0]


def _sheet(across: str, up: str):  # type: ignore[no-untyped-def]
    mpl.use("Agg")  # no window is opened
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), dpi=120, layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.7)
    axes.set(xlabel=across, ylabel=up, xlim=(0, 1), ylim=(0, 1.02))
    return figure, axes


def _save(figure, axes, file: Path) -> None:  # type: ignore[no-untyped-def]
    axes.legend(loc="lower right", fontsize=8)
    figure.savefig(file)


def losses(rows: Sequence[tuple[int, float, float, float | None]], file: Path) -> None:
    """Draws the loss of a training and of the patients kept out.  rows: (step, loss, rate, loss kept out or None)."""
    mpl.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), dpi=120, layout="constrained")
    axes = figure.subplots()
    axes.plot([row[0] for row in rows], [row[1] for row in rows], linewidth=0.8, label="training")
    held = [(row[0], row[3]) for row in rows if row[3] is not None]
    axes.plot([h[0] for h in held], [h[1] for h in held], marker="o", markersize=3, label="patients kept out")
    axes.set(xlabel="step", ylabel="loss a token")
    axes.legend(loc="upper right", fontsize=8)
    figure.savefig(file)


def against_questions(panels: Mapping[str, Mapping[str, Sequence[Mapping[str, float]]]], file: Path) -> None:
    """Draws figures against the number of questions, with the intervals of all but the last order.

    panels: figure -> order -> value, low and high after 0, 1, 2 ... questions.
    """
    mpl.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 7), dpi=120, layout="constrained")
    for axes, (title, orders) in zip(figure.subplots(2, 2).flat, panels.items(), strict=True):
        for n, (name, points) in enumerate(orders.items()):
            counts = range(len(points))
            (line,) = axes.plot(
                counts, [p["value"] for p in points], marker="o", markersize=3, label=name,
                linestyle="--" if n else "-",
            )  # fmt: skip
            if n < len(orders) - 1:
                low, high = ([p[edge] for p in points] for edge in ("low", "high"))
                axes.fill_between(counts, low, high, alpha=0.12, color=line.get_color(), linewidth=0)
        axes.set(xlabel="questions asked", ylabel=title)
        axes.legend(fontsize=8)
    figure.savefig(file)
