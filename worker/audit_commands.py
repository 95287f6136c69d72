"""`ngozi audit`: is the audit trail whole."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from bot import audit
from bot.database import reading
from bot.errors import NgoziError
from bot.settings import Settings
from worker.opened import database

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, add_completion=False)
out = Console(soft_wrap=True, highlight=False)


@app.callback()
def _group() -> None:
    """Keeps `verify` a sub-command while it is the only one."""


@app.command()
def verify(
    head: Annotated[
        str, typer.Option(help="an end of the chain that was printed earlier, NUMBER:LETTERS")
    ] = "",
) -> None:
    """Says whether the audit trail is whole, or where it breaks (status 1), and prints where it ends."""
    settings = Settings.read()
    known = _head(head) if head else None
    with database(settings) as engine, reading(engine) as connection:
        broken = audit.verify(connection, settings.master_keys, known)
        end = audit.head(connection)
    if broken is not None:
        out.print(f"the audit trail is broken: {broken}")
        raise typer.Exit(1)
    out.print(f"the audit trail is whole; its end, to be kept outside of this server: {end}")


def _head(text: str) -> audit.Head:
    number, _, mac = text.strip().partition(":")
    if not (number.isascii() and number.isdigit() and len(mac) == 64):
        raise NgoziError(f"--head is {text!r}; expected what 'ngozi audit verify' printed, NUMBER:LETTERS")
    return audit.Head(int(number), mac)
