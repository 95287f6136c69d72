"""`ngozi lang`: what languages there are, how whole they are, and the gate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import inspect

import locales
from bot.clinical import phrase_gate
from bot.database import reading
from bot.packs import store, watch
from bot.packs.store import Version
from bot.settings import Settings
from locales.catalogue import BadCatalogue
from locales.packs import BadPack
from locales.writing import merged
from worker import packs_opened
from worker.opened import database

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Language packs: shipped files, and versions in the database.")

Lang = Annotated[str | None, typer.Option("--lang", help="Code of one language, such as sw.", metavar="CODE")]


@app.command("list")
def list_packs(
    missing: Annotated[bool, typer.Option("--missing", help="Name each message not translated.")] = False,
) -> None:
    """Show the packs that speak here: how much is translated, who translated and reviewed, which version. And what is written.

    Where there is no database yet these are the shipped ones.
    """
    with _as_here() as written:
        _list(missing)
        for version in written:
            typer.echo(f"{version.language} {version.number}: {version.state} ({version.about.name})")


@contextmanager
def _as_here() -> Iterator[list[Version]]:
    """`locales` speaks as it does in the chats of this server; what is being written, and is not live."""
    settings = Settings.read()
    file = settings.database_url.removeprefix("sqlite:///")
    if file != settings.database_url and not Path(file).exists():
        yield []
        return
    with database(settings) as engine:
        try:
            with reading(engine) as connection:
                if not inspect(connection).has_table("pack_versions"):
                    yield []
                    return
            watch.look(engine, at_once=True)
            with reading(engine) as connection:
                known = store.versions(connection)
            yield [one for one in known if one.state in ("draft", "checked", "reviewed")]
        finally:
            locales.use(None)


def _list(missing: bool) -> None:
    table = Table("code", "language", "status", "tier 1", "tier 2", "tier 3", "version", "reviewed by")
    counted = locales.completeness()
    for code, tiers in counted.items():
        pack = locales.pack(code)
        shown = [
            f"{tiers[tier].translated}/{tiers[tier].total}" if tier in tiers else "-" for tier in (1, 2, 3)
        ]
        table.add_row(
            code, pack.name, pack.status, *shown, pack.version, ", ".join(pack.reviewers) or "nobody"
        )
    console = Console()
    console.print(table)
    for code in counted:
        console.print(f"{code}: translated by {', '.join(locales.pack(code).translators)}", highlight=False)
    for code, tiers in counted.items() if missing else ():
        for tier, count in tiers.items():
            for message_id in count.missing:
                console.print(f"{code} tier {tier}: {message_id}", highlight=False)


@app.command()
def check(
    lang: Lang = None,
    number: Annotated[
        int | None, typer.Option("--number", help="A version of the database instead of the shipped files.")
    ] = None,
) -> None:
    """Run the gate. Prints one line for each problem; exit status 1 where there is any."""
    if number is not None:
        _check_version(lang, number)
        return
    _known(lang)
    problems: list[object] = [
        *locales.check(lang),
        *phrase_gate.problems([lang] if lang else locales.library().codes),
    ]
    for problem in problems:
        typer.echo(str(problem))
    if problems:
        typer.echo(f"{len(problems)} problems; a pack with a problem cannot be shipped.", err=True)
        raise typer.Exit(1)
    checked = [lang] if lang else list(locales.library().codes)
    typer.echo(f"{', '.join(checked)}: no problem found. What the words mean is for a reviewer to say.")


@app.command()
def extract(
    lang: Annotated[str, typer.Argument(help="Code of a language that has a pack.toml.", metavar="CODE")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Write here; default: the pack's own file.")
    ] = None,
) -> None:
    """Write the file that a translator works on: all messages, with what is translated so far."""
    _known(lang)
    if lang == "en":
        _refuse("en is the template itself; change locales/ngozi.pot")
    target = out or locales.ROOT / lang / "LC_MESSAGES" / "ngozi.po"
    try:
        text = merged(locales.ROOT, lang)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except (BadCatalogue, BadPack, OSError, ValueError) as error:
        _refuse(str(error))
    typer.echo(f"{target}: written.")


def _check_version(lang: str | None, number: int) -> None:
    if lang is None:
        _refuse("--number is given without --lang; expected the language of the version")
    name, problems = packs_opened.problems(lang, number)
    for problem in problems:
        typer.echo(problem)
    if problems:
        typer.echo(f"{len(problems)} problems in {name}.", err=True)
        raise typer.Exit(1)
    typer.echo(f"{name}: no problem found. What the words mean is for a reviewer to say.")


def _known(lang: str | None) -> None:
    codes = locales.library().codes
    if lang is not None and lang not in codes:
        _refuse(f"--lang is {lang!r}; expected one of {', '.join(codes)}")


def _refuse(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)
