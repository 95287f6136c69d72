"""`ngozi lang init|import|export|versions|review|preview|activate|rollback`: what the console does with packs, in a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlalchemy import Connection, Engine

import locales
from bot import people
from bot.console import roles
from bot.database import reading, transaction
from bot.errors import NgoziError
from bot.packs import (
    beginning,
    export,
    life,
    preview,
    shelf,
    stage,
    steps,
    store,
    upload,
    written,
)
from bot.packs.store import Version
from locales import Text
from worker import pack_reading, packs_opened
from worker.lang_commands import app

__all__ = ["app"]

T = TypeVar("T")

Code = Annotated[str, typer.Argument(help="Code of a language, such as sw.", metavar="CODE")]
By = Annotated[int, typer.Option("--by", help="Your number in 'ngozi user list'.", metavar="PERSON")]
Number = Annotated[
    int | None, typer.Option("--number", help="Version; default: the newest.", metavar="NUMBER")
]


@app.command()
def init(code: Code, by: By) -> None:
    """Start a language: a draft with every sentence of the template and no translation."""
    with packs_opened.packs() as engine:

        def started(connection: Connection) -> Version:
            _person(connection, by, "edit_packs")
            return beginning.start(connection, code, locales.library(), by)

        version = _done(engine, started)
    typer.echo(
        f"{version.language} {version.number}: draft. 'ngozi lang export {version.language}' writes its file."
    )


@app.command("import")
def import_(
    code: Code,
    file: Annotated[
        Path, typer.Argument(help="A .po file that 'ngozi lang export' wrote and somebody filled in.")
    ],
    by: By,
    over: Annotated[bool, typer.Option("--over", help="Replace what was saved since, too.")] = False,
) -> None:
    """Take a translated .po into the newest draft: all of it, or nothing where a line is wrong."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise NgoziError(f"FILE is '{file}'; expected a .po that can be read ({error.strerror})") from None
    with packs_opened.packs() as engine:

        def taken(connection: Connection) -> tuple[Version, upload.Upload, int, list[str]]:
            _person(connection, by, "edit_packs")
            library = locales.library()
            version = beginning.draft(connection, _newest(connection, code), library, by)
            pack, inherited = shelf.pack_of(version), shelf.inherited(code, library)
            read = upload.read(data, pack, library.template, inherited)
            if read.faults:
                return version, read, 0, []
            template, said = library.template, read.sentences
            changed, left = written.take_in(connection, version.id, template, said, by, read.as_of, over=over)
            return version, read, changed, left

        version, read, changed, left = _done(engine, taken)
    for problem in (*read.faults, *read.notes):
        typer.echo(str(problem))
    if read.faults:
        typer.echo(f"{len(read.faults)} faults; nothing was imported.", err=True)
        raise typer.Exit(1)
    for name in left:
        since = (
            "since the file was written" if read.as_of is not None else "and the file does not say since when"
        )
        typer.echo(f"{name}: it was saved {since}; left as it is. --over replaces it.")
    typer.echo(f"{code} {version.number}: {changed} sentences changed, {len(read.sentences)} read.")


@app.command("export")
def export_(
    code: Code,
    number: Number = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write here; default: CODE.po.")] = None,
) -> None:
    """Write the .po of a version, for any translation tool."""
    with packs_opened.packs() as engine, reading(engine) as connection:
        version = packs_opened.found(connection, code, number)
        said = written.of_version(connection, version.id)
    text = export.po_of(version, said, locales.library().template)
    target = out or Path(f"{code}.po")
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise NgoziError(
            f"--out is '{target}'; expected a file that can be written ({error.strerror})"
        ) from None
    typer.echo(f"{target}: {code} {version.number} ({version.state}), written.")


@app.command()
def versions(code: Annotated[str | None, typer.Argument(metavar="CODE")] = None) -> None:
    """List the versions of a language, or of all: number, state, who edited it last."""
    with packs_opened.packs() as engine, reading(engine) as connection:
        found = store.versions(connection, code)
    for one in found:
        editor = "nobody" if one.edited_by is None else f"person {one.edited_by}"
        typer.echo(
            f"{one.language:<8} {one.number:>3}  {one.state:<8}  from {one.origin:<8}  edited last by {editor}"
        )


@app.command()
def review(
    code: Code,
    by: By,
    number: Number = None,
    tier: Annotated[
        int | None,
        typer.Option("--tier", min=1, max=3, help="Only sentences up to this tier; signing needs tier 1."),
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="Print all that waits, and the hash for --shown; approve nothing.")
    ] = False,
    shown: Annotated[
        str | None,
        typer.Option("--shown", help="Approve what --list printed with this hash.", metavar="HASH"),
    ] = None,
) -> None:
    """Show every sentence that nobody has approved beside its English and ask; then check the version and sign it."""
    with packs_opened.packs() as engine:
        with reading(engine) as connection:
            _person(connection, by, "review_packs")
            version = packs_opened.found(connection, code, number)
            said = written.of_version(connection, version.id)
        template = locales.library().template
        waits, own = pack_reading.waiting(said, template, by, tier)
        if listed:
            for line in (line for one in waits for line in pack_reading.lines(one)):
                typer.echo(line)
            typer.echo(f"{len(waits)} sentences; approve them all with --shown {pack_reading.digest(waits)}")
            return
        if shown is not None:
            if shown != pack_reading.digest(waits):
                raise NgoziError(
                    f"--shown is {shown!r}; expected what 'ngozi lang review {code} --list' prints now: "
                    "something changed, or other sentences were asked for"
                )
            right, whole = {one.entry.id: one.revision for one in waits}, True
        else:
            right, whole = pack_reading.asked(waits, typer.echo, _answer)
        _done(engine, lambda connection: written.approve(connection, version.id, template, right, by))
        typer.echo(f"{code} {version.number}: {len(right)} of {len(waits)} sentences approved.")
        if own:
            typer.echo(f"{own} are your own: somebody else must read them.")
        if not whole:
            typer.echo("Not signed: the others are not approved.")
            raise typer.Exit(1)

        def signed(connection: Connection) -> tuple[Text, ...]:
            reasons, _ = steps.check(connection, version.id, by)
            if not reasons:
                steps.review(connection, version.id, by)
            return reasons

        if reasons := _done(engine, signed):
            raise NgoziError(" ".join(locales.render(reason, "en") for reason in reasons))
    typer.echo(f"{code} {version.number}: reviewed.")


def _answer(question: str) -> str:
    try:
        return str(typer.prompt(question, default="n"))
    except typer.Abort:
        # The end of the input: nobody is there to ask.
        raise EOFError from None


@app.command("preview")
def preview_(
    code: Code,
    number: Number = None,
    sample: Annotated[
        str, typer.Option("--case", help="talk, danger.<sign>, condition.<code>, or 'all'")
    ] = "talk",
    channel: Annotated[str, typer.Option("--channel", help=", ".join(preview.CHANNELS))] = "whatsapp",
) -> None:
    """Print the whole conversation of a sample case as a channel shows it."""
    if channel not in preview.CHANNELS:
        raise NgoziError(f"--channel is {channel!r}; expected one of {', '.join(preview.CHANNELS)}")
    with packs_opened.packs() as engine, reading(engine) as connection:
        library = locales.library()
        if code == "en":
            shown = library
        else:
            version = packs_opened.found(connection, code, number)
            said = written.of_version(connection, version.id)
            shown = shelf.beside(library, code, shelf.handed(version, said, library.template))
    names = preview.samples() if sample == "all" else (sample,)
    with locales.holding(shown):
        for name in names:
            typer.echo(f"== {name}")
            try:
                found = preview.lines(name, code, channel)
            except preview.UnknownSample as error:
                raise NgoziError(f"--case: {error}") from None
            for line in found:
                typer.echo(f"> {line.text}" if line.who == "person" else _indented(line.text))
                for label in line.choices:
                    typer.echo(f"    [{label}]")


@app.command()
def activate(code: Code, by: By, number: Number = None) -> None:
    """Make a reviewed version live, everywhere within seconds. Whoever edited it last may not."""
    with packs_opened.packs() as engine:

        def switched(connection: Connection) -> Version:
            _person(connection, by, "switch_packs")
            version = packs_opened.found(connection, code, number)
            steps.activate(connection, version.id, by)
            return version

        version = _done(engine, switched)
    typer.echo(f"{code} {version.number}: live.")


@app.command()
def rollback(code: Code, by: By) -> None:
    """Make the version before the live one live again."""
    with packs_opened.packs() as engine:

        def back(connection: Connection) -> Version:
            _person(connection, by, "switch_packs")
            if stage.live_version(connection, code) is None:
                raise NgoziError(f"CODE is {code!r}; expected a language that is live")
            return steps.roll_back(connection, code, by)

        version = _done(engine, back)
    typer.echo(f"{code} {version.number}: live again.")


def _done(engine: Engine, work: Callable[[Connection], T]) -> T:
    """The result of work in one transaction. A refused step is one sentence for each reason."""
    try:
        with transaction(engine) as connection:
            return work(connection)
    except life.Refused as refused:
        raise NgoziError(" ".join(locales.render(reason, "en") for reason in refused.reasons)) from None
    except beginning.BadLanguage as error:
        raise NgoziError(locales.render(Text(error.reason.id, error.reason.args), "en")) from None


def _person(connection: Connection, number: int, right: roles.Right) -> None:
    found = people.members(connection, number)
    if not found or not found[0].active:
        raise NgoziError(f"--by is {number}; expected the number of an active person in 'ngozi user list'")
    if not roles.may(found[0].role, right):
        able = ", ".join(role for role, rights in roles.ROLES.items() if right in rights)
        raise NgoziError(f"--by is {number}, a {found[0].role}; expected one whose role may do this: {able}")


def _newest(connection: Connection, code: str) -> Version:
    return packs_opened.found(connection, code, None)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))
