"""What the commands of `ngozi model` share: one sentence for bad input, the networks loaded, bars of progress.

Bad input is one sentence that names the value and what was expected, and exit status 2.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from model.analysis import CatalogueEntry
    from model.diagnose import Diagnoser
    from model.speak import Speaker

__all__ = [
    "MODEL_HELP", "Bar", "catalogue", "load", "one_sentence", "photographs", "progress", "ready", "refuse", "speaker",
]  # fmt: skip

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


def load(folder: Path | None) -> Diagnoser:
    from model.diagnose import Diagnoser

    with one_sentence():
        return Diagnoser.load(folder)


def speaker(folder: Path | None) -> Speaker | None:
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
