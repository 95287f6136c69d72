"""`ngozi cases`: a training set of the cases whose patients agreed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.cases import taught
from bot.cases.taught import Found
from bot.database import reading, transaction
from bot.errors import NgoziError
from bot.media.vault import Vault
from bot.people import members
from bot.settings import Settings
from worker import training_set
from worker.opened import database

__all__ = ["REASONS", "app"]

app = typer.Typer(no_args_is_help=True, add_completion=False)
out = Console(soft_wrap=True, highlight=False)

# Why a case is not in a set.
REASONS = {
    "no_consent": "the patient was not asked, or did not agree",
    "withdrawn": "the patient took the consent back",
    "no_opinion": "no clinician said at the console what it is",
    "no_condition": "the clinician named no condition",
    "disagree": "clinicians named different conditions",
    "no_photo": "no photograph from before the consent is kept any more",
    "two_sides": "two cases that turned out to be one patient's stand on both sides of the split",
    "unreadable": "the photographs cannot be opened",
}


@app.callback()
def _group() -> None:
    """Keeps `export-training` a sub-command while it is the only one."""


@app.command("export-training")
def export_training(
    folder: Annotated[Path, typer.Argument(help="a folder that is not there yet", metavar="DIR")],
    by: Annotated[
        int | None, typer.Option("--by", help="your number in 'ngozi user list', for the audit trail")
    ] = None,
) -> None:
    """Writes a training set of cases whose patients agreed, with the clinicians' own opinion as label."""
    if folder.exists():
        raise NgoziError(f"DIR is '{folder}'; expected a folder that is not there yet")
    settings = Settings.read()
    with database(settings) as engine:

        def look() -> Found:
            with reading(engine) as connection:
                return taught.found(connection)

        try:
            with reading(engine) as connection:
                if by is not None and not members(connection, by):
                    raise NgoziError(f"--by is {by}; expected a number of 'ngozi user list'")
            made = training_set.write(folder, look, Vault(settings.media_url, settings.master_keys))
            with transaction(engine) as connection:
                training_set.record(connection, made, by)
        except training_set.SetFailed as error:
            raise NgoziError(
                f"no set was made ({error.reason}); expected DIR '{folder}' to be writable "
                "and the storage of photographs to answer"
            ) from None
    for reason, count in made.left_out.items():
        out.print(f"left out {count}: {REASONS[reason]}")
    if not made.photographs:
        out.print("no case may be used; nothing was written")
        raise typer.Exit(1)
    sides = ", ".join(f"{count} {side}" for side, count in sorted(made.sides.items()))
    out.print(
        f"{folder}: {made.photographs} photographs ({sides}) of {made.cases} cases and {made.patients} patients, "
        f"sha256 {made.sha256}"
    )
    out.print(
        "They are photographs of people: keep them encrypted, hand them to nobody else, delete them when trained."
    )
