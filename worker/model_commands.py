"""`ngozi model`: train, evaluate, and ask the model about photographs.

Bad input is one sentence that names the value and what was expected, and exit status 2.
"""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    from model.analysis import Analysis, CatalogueEntry
    from model.diagnose import Diagnoser
    from model.speak import Speaker

__all__ = ["Bar", "app", "catalogue", "one_sentence", "photographs", "progress", "ready", "refuse"]

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

BATCH = 16
MODEL_HELP = "folder of a trained model (default: the one that is shipped)"


def refuse(sentence: str) -> NoReturn:
    print(f"ngozi: {sentence}", file=sys.stderr)
    raise typer.Exit(2)


@contextmanager
def one_sentence() -> Iterator[None]:
    """Errors of a table, a folder, an answer or the disk end the command with their sentence."""
    try:
        yield
    except ValueError as error:
        refuse(str(error))
    except OSError as error:
        where = error.filename if error.filename is not None else "the disk"
        refuse(
            f"{where} cannot be used ({error.strerror or type(error).__name__}); expected a place to read or write"
        )


def ready() -> None:
    """Cores and memory as the networks need them, and HEIC readable like the rest."""
    import pillow_heif

    from model import machine

    machine.make_ready(shared=False)
    pillow_heif.register_heif_opener()


def catalogue() -> dict[str, CatalogueEntry]:
    """The six conditions as the model reads them."""
    from bot.clinical import conditions
    from model.analysis import CatalogueEntry

    return {
        code: CatalogueEntry(code, e.urgency.value, e.cancer) for code, e in conditions.catalogue().items()
    }


def _load(folder: Path | None) -> Diagnoser:
    from model.diagnose import Diagnoser

    with one_sentence():
        return Diagnoser.load(folder)


def _speaker(folder: Path | None) -> Speaker | None:
    """The language model of a model folder; None where it has no words, or the packages of the language model are absent."""
    from model.language import LanguageError
    from model.speak import Speaker
    from worker.model_loading import language_cache
    from worker.taught_notes import catalogue_notes

    try:
        return Speaker.load(folder, cache=language_cache(), catalogue=catalogue_notes())
    except LanguageError as error:
        print(f"ngozi: without words: {error}", file=sys.stderr)
        return None


def parse_answers(text: str) -> dict[str, str | float | bool | None]:
    """{'itch': 'yes', 'age': '61'} of 'itch=yes,age=61'.  Raises AnswerError for a key or value that is not known."""
    from model import answers as room

    keys = ("age", "site", "region", "skin_type", *room.SYMPTOMS)
    given: dict[str, str | float | bool | None] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or key not in keys:
            raise room.AnswerError(
                f"--answers has {part!r}; expected key=value with a key of {', '.join(keys)}"
            )
        if key in ("site", "region") and not room.is_site_word(value):
            raise room.AnswerError(f"{key} is {value!r}; expected one of {', '.join(room.SITES)}, or nothing")
        given[key] = value
    room.read(given)
    return given


def as_object(
    file: str,
    analysis: Analysis,
    usable: bool,
    quality: str,
    notes: Sequence[str] = (),
    text: str | None = None,
    concepts: Sequence[str] = (),
) -> dict[str, Any]:
    """The JSON object of one photograph.  text: what is said of it in words, None where there are none."""
    found: dict[str, Any] = {
        "file": file,
        "usable": usable,
        "quality": quality,
        "in_scope": analysis.in_scope,
        "scope_score": analysis.scope_score,
        "conditions": [
            {"code": s.code, "probability": round(s.probability, 8)}
            for s in sorted(analysis.conditions, key=lambda s: -s.probability)
        ],
        "cancer_probability": round(analysis.cancer_probability, 8),
        "urgency": analysis.urgency,
        "abstained": analysis.abstained,
        "reason": analysis.reason or None,
        "unproven_skin_type": analysis.unproven_skin_type,
        "model": analysis.model,
        "text": text,
        "concepts": list(concepts),
    }
    if notes:
        found["notes"] = list(notes)
    return found


def examine(
    diagnoser: Diagnoser,
    wanted: Sequence[tuple[str, Path, Mapping[str, Any]]],
    catalogue: Mapping[str, CatalogueEntry],
    speaker: Speaker | None = None,
) -> Iterator[dict[str, Any]]:
    """One JSON object for each (file as written, path, raw answers), in order; an unreadable one has only `error`."""
    from bot.media.coach import judge
    from model import data
    from model.answers import read_leniently

    for start in range(0, len(wanted), BATCH):
        cases: list[Any] = []
        lines: list[dict[str, Any] | tuple[str, bool, str, list[str]]] = []
        for file, path, raw in wanted[start : start + BATCH]:
            try:
                image = data.open_photo(path)
            except ValueError as error:
                lines.append({"file": file, "error": str(error)})
                continue
            verdict = judge(image)
            _, notes = read_leniently(raw)
            lines.append((file, verdict.ok, verdict.reason or "good", notes))
            cases.append(([image], raw))
        analyses = diagnoser.analyse_batch(cases, catalogue) if cases else []
        described = iter(zip(analyses, _described(speaker, analyses), strict=True))
        for line in lines:
            if isinstance(line, dict):
                yield line
            else:
                file, usable, quality, notes = line
                analysis, (text, concepts) = next(described)
                yield as_object(file, analysis, usable, quality, notes, text, concepts)


def _described(
    speaker: Speaker | None, analyses: Sequence[Analysis]
) -> list[tuple[str | None, tuple[str, ...]]]:
    """Text and features of each; where no condition may be named, or the text names another than the likeliest, it says
    that it cannot be told: words and numbers never contradict each other."""
    from model.notes import CANNOT_TELL, named
    from model.teaching_data import PAD_NAMES

    if speaker is None:
        return [(None, ())] * len(analyses)
    asked = [n for n, a in enumerate(analyses) if a.soft and not a.abstained]
    said = dict(zip(asked, speaker.answers([analyses[n].soft for n in asked]), strict=True))
    described: list[tuple[str | None, tuple[str, ...]]] = []
    for n, analysis in enumerate(analyses):
        text = said.get(n, "")
        likeliest = max(analysis.conditions, key=lambda s: s.probability).code
        agrees = named(text, PAD_NAMES) == likeliest
        described.append((text if agrees else CANNOT_TELL, speaker.concepts(text) if text else ()))
    return described


@app.command()
def findings(
    photos: Annotated[list[Path] | None, typer.Argument(help="photographs, each looked at by itself")] = None,
    answers: Annotated[str, typer.Option(help="e.g. itch=yes,bleed=no,age=61,site=face")] = "",
    csv: Annotated[
        Path | None,
        typer.Option(
            help="table with a column file, and age, region or site, itch, grew, hurt, changed, bleed, elevation"
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="where the lines for --csv go (JSON Lines)")] = None,
    no_answers: Annotated[bool, typer.Option("--no-answers", help="use the photograph alone")] = False,
    words: Annotated[bool, typer.Option(help="also say in words what is seen (seconds a photograph)")] = True,
    json: Annotated[bool, typer.Option("--json", help="one JSON object a line instead of a table")] = False,
    model: Annotated[Path | None, typer.Option(help=MODEL_HELP)] = None,
) -> None:
    """Says what the model finds in photographs. Decision support, not a diagnosis."""
    if csv is not None:
        if photos or answers:
            refuse(f"--csv {csv} came with photographs or --answers; expected one or the other")
        if out is None:
            refuse(f"--csv {csv} came without --out; expected --out FILE.jsonl")
        _table_findings(csv, out, no_answers, model, words)
        return
    if not photos:
        refuse("no photograph was given; expected PHOTO... or --csv FILE --out FILE.jsonl")
    if out is not None:
        refuse(f"--out {out} came without --csv; expected both or neither")
    with one_sentence():
        raw = {} if no_answers else parse_answers(answers)
    ready()
    diagnoser = _load(model)
    failed = False
    console = Console()
    with one_sentence():
        speaker = _speaker(model) if words else None
    for found in examine(diagnoser, [(str(p), p, raw) for p in photos], catalogue(), speaker):
        failed = failed or "error" in found
        if json:
            print(json_format.dumps(found, allow_nan=False))
        elif "error" in found:
            print(f"ngozi: {found['error']}", file=sys.stderr)
        else:
            console.print(_table(found))
    if failed:
        raise typer.Exit(2)


def _table_findings(csv: Path, out: Path, no_answers: bool, model: Path | None, words: bool) -> None:
    from model import data

    with one_sentence():
        rows = data.queries(csv)
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("w", encoding="utf-8") as stream:
            ready()
            diagnoser = _load(model)
            speaker = _speaker(model) if words else None
            wanted = [(row.file, row.path, {} if no_answers else row.raw) for row in rows]
            bad = 0
            with progress() as bars:
                task = bars.add_task("photographs", total=len(wanted), note="")
                for found in examine(diagnoser, wanted, catalogue(), speaker):
                    bad += "error" in found
                    stream.write(json_format.dumps(found, allow_nan=False) + "\n")
                    stream.flush()
                    bars.advance(task)
    Console(stderr=True).print(f"{len(rows)} photographs, {bad} unreadable, written to {out}", soft_wrap=True)


def _table(found: Mapping[str, Any]) -> Table:
    table = Table(title=found["file"], title_justify="left")
    table.add_column("finding")
    table.add_column("value", justify="right")
    for score in found["conditions"]:
        table.add_row(score["code"], f"{score['probability']:.2f}")
    table.add_row("any cancer", f"{found['cancer_probability']:.2f}")
    table.add_row("urgency", found["urgency"])
    table.add_row("photograph", found["quality"])
    table.add_row(
        "like the training data", f"{found['scope_score']:.2f} ({'yes' if found['in_scope'] else 'no'})"
    )
    table.add_row("abstained", found["reason"] or "no")
    if found["text"]:
        table.add_row("in words", found["text"])
    if found["unproven_skin_type"]:
        table.add_row("skin type V or VI", "the model is unproven here")
    return table


def progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} {task.fields[note]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


class Bar:
    """A progress bar for each network that is trained, or whatever else takes long.  loss: None where there is none."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, Any] = {}

    def __call__(self, what: str, step: int, steps: int, loss: float | None = None) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=steps, note="")
        self._progress.update(
            self._tasks[what], completed=step, note="" if loss is None else f"loss {loss:.3f}"
        )


def photographs(folder: Path, split: str) -> list[Any]:
    """The labelled photographs of one part."""
    from model import data

    with one_sentence():
        photos = data.photographs(folder)
        splits = sorted({p.split for p in photos})
        if split not in splits:
            refuse(f"--split is {split!r}; expected one of {', '.join(splits)}")
        return [p for p in photos if p.split == split]


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
            refuse(
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
            refuse(
                f"{name} is {str(value)!r} without --step; expected --step 1, 2, both or ablation beside it"
            )
    from model import train as room

    photos = photographs(data, "train")
    ready()
    with one_sentence(), progress() as bars:
        plan = None
        if words:
            from model import words_fit
            from worker.taught_notes import catalogue_notes

            plan = words_fit.plan(catalogue_notes(), out / "language")
        folder = room.train(photos, out, Bar(bars), seed=seed or room.SEED, words=plan)
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
    model: Annotated[Path | None, typer.Option(help=MODEL_HELP)] = None,
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
    from model import evaluate as room
    from model import scope_report

    if folds != 0 and not 2 <= folds <= 20:
        refuse(f"--folds is {folds}; expected 0 or a number from 2 to 20")
    photos = photographs(data, split)
    seen = photographs(data, "train") if folds else []
    sets = {f"split {split}": [photo.path for photo in photos]}
    with one_sentence():  # before the work of minutes that a wrong folder would throw away
        sets |= {str(folder): scope_report.pictures(folder) for folder in foreign or ()}
        taught = ablation.read_text(encoding="utf-8") if ablation is not None else ""
        types = tables.skin_types(data)
    ready()
    diagnoser = _load(model)
    sections, of = {}, {}
    title = f"split {split}" + (" (the model has SEEN these photographs)" if split == "train" else "")
    with one_sentence(), progress() as bars:
        task = bars.add_task(f"split {split}", total=len(photos), note="")
        sections[title] = room.judge(
            diagnoser, photos, catalogue(), lambda done, total: bars.update(task, completed=done)
        )
        of[title] = photos
        if folds:
            sections[f"{folds} folds over patients"] = room.out_of_fold(
                seen, work or out / "folds", folds, Bar(bars)
            )
            of[f"{folds} folds over patients"] = seen
        more: dict[str, tuple[Any, list[str]]] = {}
        speaker = _speaker(model) if words else None
        if speaker is not None:
            from model import relevance_check, words_check
            from worker.taught_notes import catalogue_notes

            found = words_check.check(diagnoser, speaker, photos, catalogue(), Bar(bars))
            more["words"] = (found, words_check.lines(found))
            softs = relevance_check.named_softs(diagnoser, photos, catalogue())
            if softs:
                asked = relevance_check.check(speaker, softs, catalogue_notes(), Bar(bars))
                more["answers"] = (asked, relevance_check.lines(asked))
        refused = [scope_report.judge(name, diagnoser.scope, paths) for name, paths in sets.items()]
        manifest = diagnoser.manifest
        if taught:
            more["ablation"] = taught, ["## Ablation: step 1, step 2, both", "", *taught.splitlines(), ""]
        wrong = {
            name: [
                room.wrong_in_words(
                    way, of[name], diagnoser.codes, manifest["cancers"], manifest["cancer_above"]
                )
                for way in ways
            ]
            for name, ways in sections.items()
        }
        notes = {"model": diagnoser.name, "data": str(data), "split": split, "seed": manifest.get("seed")}
        room.report(
            sections, diagnoser.codes, manifest["cancers"], notes, out, scope=refused, more=more,
            types={name: [types.get(p.path) for p in photos] for name, photos in of.items()}, wrong=wrong,
        )  # fmt: skip
    Console().print(f"the report is in {out / 'report.md'}", soft_wrap=True)
