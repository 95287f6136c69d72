"""`ngozi model findings`: what the model finds in photographs, one by one or by a table."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from worker import model_commands, model_shell

if TYPE_CHECKING:
    from model.analysis import Analysis, CatalogueEntry
    from model.diagnose import Diagnoser
    from model.speak import Speaker

__all__ = ["findings"]

BATCH = 16


def parse_answers(text: str) -> dict[str, str | float | bool | None]:
    """{'itch': 'yes', 'age': '61'} of 'itch=yes,age=61'.  Raises AnswerError for a key or value that is not known."""
    from model.answers import SITES, SYMPTOMS, AnswerError, is_site_word, read

    keys = ("age", "site", "region", "skin_type", *SYMPTOMS)
    given: dict[str, str | float | bool | None] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or key not in keys:
            raise AnswerError(f"--answers has {part!r}; expected key=value with a key of {', '.join(keys)}")
        if key in ("site", "region") and not is_site_word(value):
            raise AnswerError(f"{key} is {value!r}; expected one of {', '.join(SITES)}, or nothing")
        given[key] = value
    read(given)
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


@model_commands.app.command()
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
    model: Annotated[Path | None, typer.Option(help=model_shell.MODEL_HELP)] = None,
) -> None:
    """Says what the model finds in photographs. Decision support, not a diagnosis."""
    if csv is not None:
        if photos or answers:
            model_shell.refuse(f"--csv {csv} came with photographs or --answers; expected one or the other")
        if out is None:
            model_shell.refuse(f"--csv {csv} came without --out; expected --out FILE.jsonl")
        _table_findings(csv, out, no_answers, model, words)
        return
    if not photos:
        model_shell.refuse("no photograph was given; expected PHOTO... or --csv FILE --out FILE.jsonl")
    if out is not None:
        model_shell.refuse(f"--out {out} came without --csv; expected both or neither")
    with model_shell.one_sentence():
        raw = {} if no_answers else parse_answers(answers)
    model_shell.ready()
    diagnoser = model_shell.load(model)
    failed = False
    console = Console()
    with model_shell.one_sentence():
        speaker = model_shell.speaker(model) if words else None
    for found in examine(diagnoser, [(str(p), p, raw) for p in photos], model_shell.catalogue(), speaker):
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

    with model_shell.one_sentence():
        rows = data.queries(csv)
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("w", encoding="utf-8") as stream:
            model_shell.ready()
            diagnoser = model_shell.load(model)
            speaker = model_shell.speaker(model) if words else None
            wanted = [(row.file, row.path, {} if no_answers else row.raw) for row in rows]
            bad = 0
            with model_shell.progress() as bars:
                task = bars.add_task("photographs", total=len(wanted), note="")
                for found in examine(diagnoser, wanted, model_shell.catalogue(), speaker):
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
