"""`ngozi model questions`: what the questions about a spot are worth, by folds over patients."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from worker import model_commands, model_shell

__all__ = ["questions"]


@model_commands.app.command()
def questions(
    data: Annotated[Path, typer.Option(help="folder with labels.csv and images/ (PAD-UFES-20)")],
    work: Annotated[Path, typer.Option(help="folder of a training whose fold networks are taken up")],
    out: Annotated[
        Path | None, typer.Option(help="folder for questions.md, .json and .png (default: WORK/questions)")
    ] = None,
    networks: Annotated[
        int,
        typer.Option(help="so many of the recipe's networks; 0: those that every fold in WORK has, or all"),
    ] = 0,
    folds: Annotated[int, typer.Option(help="over patients of the training part")] = 5,
    seed: Annotated[int, typer.Option(help="of the folds and networks (0: the recipe's)")] = 0,
) -> None:
    """Figures against the number of questions: the active order, the best fixed one, a random one, and the rule that stops.

    With all networks the photograph speaks as in the shipped model; with fewer, the towers' own classifiers speak without the
    Q-Former.
    """
    from bot.clinical.conditions import catalogue
    from bot.messages import Urgency
    from model import ask, ask_curve, ask_report, train
    from worker.findings import judge

    every = len(train.RECIPES)
    if not 0 <= networks <= every:
        model_shell.refuse(f"--networks is {networks}; expected 0 to {every}")
    if not 3 <= folds <= 20:
        model_shell.refuse(f"--folds is {folds}; expected a number from 3 to 20")
    photos = model_shell.photographs(data, "train")
    model_shell.ready()
    used = networks or _trained(work, folds, every) or every
    seed = seed or train.SEED
    out = out or work / "questions"
    known = model_shell.catalogue()
    cancers = frozenset(code for code, entry in catalogue().items() if entry.cancer)
    told = judge(Urgency.ROUTINE, cancers, {})
    with model_shell.one_sentence(), model_shell.progress() as bars:
        bar = model_shell.Bar(bars)
        held = train.cross_validate(photos, work, folds, seed, train.RECIPES[:used], bar, head=used == every)
        curve = ask_curve.curve(held, [p.patient_id for p in photos], seed, told, known, bar)
        photograph = (
            f"{used} networks a fold and Q-Former, head's share {held.head_share:.2f}"
            if used == every
            else f"first {used} of {every} networks a fold, towers' own classifiers alone"
        )
        notes: dict[str, Any] = {
            "data": "PAD-UFES-20 (Pacheco et al. 2020, doi:10.17632/zr7vgbcyr2.1), CC BY 4.0, training part",
            "photograph": photograph,
            "folds": folds,
            "seed": seed,
            "costs": ", ".join(f"{c} {v:g}" for c, v in ask.COSTS.items()) + ", others 1",
            "intervals": f"95 %, {ask_report.ROUNDS:,} bootstrap draws of whole patients",
        }
        ask_report.write(curve, notes, out)
    Console().print(f"the report is in {out / 'questions.md'}", soft_wrap=True)


def _trained(work: Path, folds: int, every: int) -> int:
    """How many of the recipe's networks every fold has begun or ended."""
    count = 0
    while count < every and all((work / f"fold{k}" / f"state{count}.pt").is_file() for k in range(folds)):
        count += 1
    return count
