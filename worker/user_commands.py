"""`ngozi user`: invite health workers and clinicians, see who there is, take a role away."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import Connection, select

from bot import people
from bot.cases import store
from bot.database import connect, reading, transaction
from bot.errors import NgoziError
from bot.settings import Settings
from bot.tables import CaseRow, Chat

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, add_completion=False)
out = Console(soft_wrap=True, highlight=False)


@app.command()
def invite(
    role: Annotated[str, typer.Option(help="chw (a community health worker) or clinician")],
    days: Annotated[int, typer.Option(help=f"how long the code is good, 1 to {people.MAX_DAYS}")] = 7,
) -> None:
    """Makes a code; whoever types it in a chat with Ngozi becomes a health worker or clinician."""
    settings = Settings.read()
    known = [name for name in people.INVITED if name == role]
    if not known:
        raise NgoziError(f"--role is {role!r}; expected {' or '.join(people.INVITED)}")
    engine = connect(settings.database_url)
    with transaction(engine) as connection:
        code = people.invite(connection, settings.master_keys, known[0], days)
    engine.dispose()
    out.print(code)
    out.print(
        f"Good for one person ({role}) and {days} days. It is shown only now: hand it over in person or by telephone. "
        "They send it to Ngozi as a message of its own.",
        style="dim",
    )


@app.command("list")
def list_() -> None:
    """Lists health workers and clinicians by number: role, since when, chats, open cases."""
    engine = connect(Settings.read().database_url)
    with reading(engine) as connection:
        rows = [(member, len(_open_cases(connection, member.id))) for member in people.members(connection)]
    engine.dispose()
    for member, cases in rows:
        since = datetime.fromtimestamp(member.created_at, UTC).date().isoformat()
        state = "active" if member.active else "removed"
        out.print(
            f"{member.id:>5}  {member.role:<10} {state:<8} since {since}  chats {member.chats}  open cases {cases}"
        )
    if not rows:
        out.print("nobody yet; 'ngozi user invite --role chw' makes a code")


@app.command()
def remove(
    person: Annotated[int, typer.Argument(help="number in 'ngozi user list'")],
    to: Annotated[int | None, typer.Option(help="number of the person who gets their open cases")] = None,
) -> None:
    """Takes a person's role away, at once; with --to, their open cases are handed over (also later)."""
    engine = connect(Settings.read().database_url)
    with transaction(engine) as connection:
        found = people.members(connection, person)
        if not found:
            raise NgoziError(f"person is {person}; expected a number of 'ngozi user list'")
        if found[0].active:
            people.remove(connection, person)
        cases = _open_cases(connection, person)
        if to is not None:
            for case_id in cases:
                case = store.by_id(connection, case_id)
                if case is not None:
                    store.hand_over(connection, case, to)
    engine.dispose()
    if to is not None:
        out.print(f"removed; open cases that are with person {to} now: {len(cases)}")
    elif cases:
        out.print(
            f"removed; open cases that are with nobody now: {len(cases)}. Run this again with --to PERSON"
        )
    else:
        out.print("removed")


def _open_cases(connection: Connection, person_id: int) -> list[int]:
    return list(
        connection.execute(
            select(CaseRow.id)
            .join(Chat, Chat.id == CaseRow.chat_id)
            .where(Chat.person_id == person_id, CaseRow.closed_at.is_(None))
            .order_by(CaseRow.id)
        ).scalars()
    )
