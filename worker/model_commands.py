"""`ngozi model`: train and evaluate; the other commands add themselves to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from worker import model_shell

if TYPE_CHECKING:
    from model.diagnose import Diagnoser
    from model.speak import Speaker

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.command()
def train(
    data: Annotated[
        Path,
        typer.Option(
            help="folder with labels.csv (or the released metadata.csv) and images/ (PAD-UFES-20); with --step also "
            "filter_cap.json and image/ (of one step), "
            "SKINCON and Fitzpatrick17k, a CSV with file and label, or step1/ and step2/ with one of these each"
        ),
    ],
    out: Annotated[Path, typer.Option(help="folder of the work; a stopped training is taken up there")],
    seed: Annotated[int, typer.Option(help="another seed, other folds and networks")] = 0,
    step: Annotated[
        str | None,
        typer.Option(help="teach a SkinGPT: 1 (concepts), 2 (diagnosis), both, or ablation (each and both)"),
    ] = None,
    preset: Annotated[str | None, typer.Option(help="with --step: the size of SkinGPT, e.g. compact")] = None,
    config: Annotated[
        Path | None, typer.Option(help="with --step: TOML with settings that differ from the preset's")
    ] = None,
    words: Annotated[
        bool, typer.Option(help="without --step: also teach the language model to say what was found")
    ] = True,
    work: Annotated[
        Path | None,
        typer.Option(
            help="with --step ablation --preset compact: folder of a training whose first fold's networks are taken up"
        ),
    ] = None,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="the same over the shipped towers and Q-Former, judged on val")
    ] = False,
    length: Annotated[
        float, typer.Option(help="with these: how much of the shipped training's steps, 1 for all of them")
    ] = 1.0,
    most: Annotated[int, typer.Option(min=0, help="with these: most photographs asked about, 0 for all")] = 0,
) -> None:
    """Trains the model on the training part; every choice is made out of fold over patients."""
    if work is not None or shipped:
        if (step, preset, config) != ("ablation", "compact", None) or (work is not None and shipped):
            model_shell.refuse(
                "--work or --shipped came without --step ablation --preset compact, or with more; expected one of them, and these"
            )
        from worker import teach_command

        teach_command.ablation_of_words(data, work, out, length, most)
        return
    if step is not None:
        from worker import teach_command

        teach_command.run(data, out, step, preset, config, seed)
        return
    for name, value in (("--preset", preset), ("--config", config)):
        if value is not None:
            model_shell.refuse(
                f"{name} is {str(value)!r} without --step; expected --step 1, 2, both or ablation beside it"
            )
    from model import train

    photos = model_shell.photographs(data, "train")
    model_shell.ready()
    with model_shell.one_sentence(), model_shell.progress() as bars:
        plan = None
        if words:
            from model import words_fit
            from worker.taught_notes import catalogue_notes

            plan = words_fit.plan(catalogue_notes(), out / "language")
        folder = train.train(photos, out, model_shell.Bar(bars), seed=seed or train.SEED, words=plan)
    Console().print(f"the model is in {folder}", soft_wrap=True)


@app.command()
def evaluate(
    data: Annotated[Path, typer.Option(help="folder with labels.csv and images/ (PAD-UFES-20)")],
    out: Annotated[Path, typer.Option(help="folder for report.md, report.json and the plots")],
    split: Annotated[str, typer.Option(help="which part the model is asked about")] = "val",
    folds: Annotated[
        int,
        typer.Option(
            help="also train that many networks on the training part and ask each about the patients it has not seen"
        ),
    ] = 0,
    model: Annotated[Path | None, typer.Option(help=model_shell.MODEL_HELP)] = None,
    work: Annotated[
        Path | None, typer.Option(help="folder of a training whose fold networks are taken up")
    ] = None,
    words: Annotated[bool, typer.Option(help="also judge what the language model says")] = True,
    ablation: Annotated[
        Path | None,
        typer.Option(help="ablation.md of `ngozi model train --step ablation`, to stand in the report"),
    ] = None,
    foreign: Annotated[
        list[Path] | None,
        typer.Option(
            help="folder of pictures that are no phone photograph of skin: how many are noticed; may be repeated"
        ),
    ] = None,
) -> None:
    """Reports how good the model is, each figure with its interval."""
    from model import data as tables
    from model import evaluate, scope_report

    if folds != 0 and not 2 <= folds <= 20:
        model_shell.refuse(f"--folds is {folds}; expected 0 or a number from 2 to 20")
    photos = model_shell.photographs(data, split)
    seen = model_shell.photographs(data, "train") if folds else []
    sets = {f"split {split}": [photo.path for photo in photos]}
    with model_shell.one_sentence():  # before the work of minutes that a wrong folder would throw away
        sets |= {str(folder): scope_report.pictures(folder) for folder in foreign or ()}
        taught = ablation.read_text(encoding="utf-8") if ablation is not None else ""
        types = tables.skin_types(data)
    model_shell.ready()
    diagnoser = model_shell.load(model)
    sections, of = {}, {}
    title = f"split {split}" + (" (the model has SEEN these photographs)" if split == "train" else "")
    with model_shell.one_sentence(), model_shell.progress() as bars:
        task = bars.add_task(f"split {split}", total=len(photos), note="")
        sections[title] = evaluate.judge(
            diagnoser, photos, model_shell.catalogue(), lambda done, total: bars.update(task, completed=done)
        )
        of[title] = photos
        if folds:
            sections[f"{folds} folds over patients"] = evaluate.out_of_fold(
                seen, work or out / "folds", folds, model_shell.Bar(bars)
            )
            of[f"{folds} folds over patients"] = seen
        speaker = model_shell.speaker(model) if words else None
        more = _in_words(diagnoser, speaker, photos, model_shell.Bar(bars)) if speaker is not None else {}
        refused = [scope_report.judge(name, diagnoser.scope, paths) for name, paths in sets.items()]
        manifest = diagnoser.manifest
        if taught:
            more["ablation"] = taught, ["## Ablation: step 1, step 2, both", "", *taught.splitlines(), ""]
        notes = {"model": diagnoser.name, "data": str(data), "split": split, "seed": manifest.get("seed")}
        evaluate.report(
            sections, diagnoser.codes, manifest["cancers"], notes, out, scope=refused, more=more,
            types={name: [types.get(p.path) for p in photos] for name, photos in of.items()},
            wrong=_wrong(diagnoser, sections, of),
        )  # fmt: skip
    Console().print(f"the report is in {out / 'report.md'}", soft_wrap=True)


def _in_words(
    diagnoser: Diagnoser, speaker: Speaker, photos: list[Any], bar: model_shell.Bar
) -> dict[str, tuple[Any, list[str]]]:
    """Two sections of the report: what the language model says of the photographs, and what it answers."""
    from model import relevance_check, words_check
    from worker.taught_notes import catalogue_notes

    found = words_check.check(diagnoser, speaker, photos, model_shell.catalogue(), bar)
    sections: dict[str, tuple[Any, list[str]]] = {"words": (found, words_check.lines(found))}
    softs = relevance_check.named_softs(diagnoser, photos, model_shell.catalogue())
    if softs:
        asked = relevance_check.check(speaker, softs, catalogue_notes(), bar)
        sections["answers"] = (asked, relevance_check.lines(asked))
    return sections


def _wrong(
    diagnoser: Diagnoser, sections: Mapping[str, Sequence[Any]], of: Mapping[str, Sequence[Any]]
) -> dict[str, list[Any]]:
    """Of each section, and each way of judging in it, what was told wrong, in words."""
    from model import evaluate

    cancers, above = diagnoser.manifest["cancers"], diagnoser.manifest["cancer_above"]
    return {
        name: [evaluate.wrong_in_words(way, of[name], diagnoser.codes, cancers, above) for way in ways]
        for name, ways in sections.items()
    }
