"""`ngozi places`: the directory of where people can be sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot import place_file, places
from bot.database import reading, transaction
from bot.errors import NgoziError
from bot.settings import Settings
from worker.opened import database

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, add_completion=False)
out = Console(soft_wrap=True, highlight=False, markup=False)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="a CSV file, such as deploy/places.example.csv")],
    replace: Annotated[
        bool, typer.Option("--replace", help="delete places that the file does not hold")
    ] = False,
) -> None:
    """Reads places from a CSV file: all of it, or none where a line is wrong."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise NgoziError(
            f"FILE is {str(file)!r}, which cannot be read ({error.strerror}); expected a CSV file"
        ) from None
    try:
        with database(Settings.read()) as engine, transaction(engine) as connection:
            read = place_file.read(data, places.all_places(connection), alone=replace)
            done = places.put(connection, read, replace=replace)
    except place_file.BadPlaces as bad:
        for fault in bad.faults:
            out.print(str(fault))
        raise NgoziError(f"faults in {file.name}: {len(bad.faults)}; nothing was imported") from None
    out.print(
        f"{done.added} added, {done.changed} changed, {done.same} as before, {done.removed} deleted, {done.closed} closed"
    )


@app.command("list")
def list_() -> None:
    """Lists the places by id: name, kind, region, services."""
    with database(Settings.read()) as engine, reading(engine) as connection:
        found = places.all_places(connection)
    for place in found:
        closed = "" if place.active else "  (not active)"
        out.print(
            f"{place.id:<16} {place.name}, {place.region}, {place.country}  [{place.kind}]  "
            f"{' '.join(place.services)}{closed}"
        )
    if not found:
        out.print("no places yet; 'ngozi places import FILE.csv' reads them")
