"""`ngozi user`: invite health workers and clinicians, let people sign in at the console, see who there is, take a role away."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import Connection

from bot import invitations, people
from bot.cases import keepers, left
from bot.console import codes, logins, staff
from bot.database import reading, transaction
from bot.errors import NgoziError
from bot.settings import Settings
from worker.opened import database

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, add_completion=False)
out = Console(soft_wrap=True, highlight=False)


@app.command()
def invite(
    role: Annotated[str, typer.Option(help="chw (a community health worker) or clinician")],
    days: Annotated[int, typer.Option(help=f"how long the code is good, 1 to {invitations.MAX_DAYS}")] = 7,
) -> None:
    """Makes a code; whoever types it in a chat with Ngozi becomes a health worker or clinician."""
    settings = Settings.read()
    known = [name for name in people.INVITED if name == role]
    if not known:
        raise NgoziError(f"--role is {role!r}; expected {' or '.join(people.INVITED)}")
    with database(settings) as engine, transaction(engine) as connection:
        code = invitations.invite(connection, settings.master_keys, known[0], days)
        number = invitations.number_of(connection, settings.master_keys, code)
    out.print(code)
    out.print(
        f"Good for one person ({role}) and {days} days. It is shown only now: hand it over in person or by telephone. "
        "They send it to Ngozi as a message of its own. "
        f"'ngozi user withdraw {number}' takes it back.",
        style="dim",
    )


@app.command()
def withdraw(
    invitation: Annotated[int, typer.Argument(help="number of an open invitation in 'ngozi user list'")],
) -> None:
    """Takes an invitation back that nobody has used: its code is good for nobody any more."""
    with database(Settings.read()) as engine, transaction(engine) as connection:
        invitations.withdraw(connection, invitation, by=None)
    out.print("withdrawn")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="with which the person signs in; 2 to 40 letters or digits")],
    role: Annotated[str, typer.Option(help="admin, clinician, supervisor or chw")],
    person: Annotated[
        int | None, typer.Option(help="number in 'ngozi user list' of who has a chat here already")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="read the password from standard input")
    ] = False,
) -> None:
    """Lets somebody sign in at the console; asks for a first password, which they change when they come."""
    settings = Settings.read()
    with database(settings) as engine:
        hashed = logins.hashed(_password(logins.normal_name(name), password_stdin))
        with transaction(engine) as connection:
            number = logins.add(
                connection, name, hashed, role, person_id=person, must_change=not _first(connection)
            )
    out.print(
        f"{logins.normal_name(name)} ({role}, person {number}) signs in at {settings.public_url}/console"
    )


@app.command()
def password(
    name: Annotated[str, typer.Argument(help="with which the person signs in")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="read the password from standard input")
    ] = False,
    codes_off: Annotated[
        bool, typer.Option("--codes-off", help="also turn one-time codes off (the telephone is lost)")
    ] = False,
) -> None:
    """Gives somebody who forgot theirs a new password, which they change when they come; ends their sessions."""
    with database(Settings.read()) as engine:
        with reading(engine) as connection:
            known = logins.named(connection, name)
        if known is None:
            raise NgoziError(f"name is {name!r}; expected one that somebody has (ngozi user list)")
        hashed = logins.hashed(_password(known.name, password_stdin))
        with transaction(engine) as connection:
            logins.set_password(connection, known.id, hashed, by=None, must_change=True)
            if codes_off and known.codes:
                codes.codes_off(connection, known.id, by=None)
    out.print("done; the person must choose a password of their own at the next sign-in")


def _first(connection: Connection) -> bool:
    """True where nobody signs in yet: whoever types the first password is its owner."""
    return not any(logins.of_person(connection, member.id) for member in people.members(connection))


def _password(name: str, from_stdin: bool) -> str:
    """What was typed, hidden and twice, or the first line of standard input. Raises NgoziError where it is not taken."""
    if from_stdin:
        typed = sys.stdin.readline().rstrip("\r\n")
    else:
        typed = getpass.getpass("Password: ")
        if getpass.getpass("Once more: ") != typed:
            raise NgoziError("the two passwords differ; expected the same twice")
    fault = logins.fault_of(typed, name)
    if fault is not None:
        raise NgoziError(
            f"the password is not taken ({fault}); expected {logins.SHORTEST} to {logins.LONGEST} characters, "
            "not one again and again, and not the name"
        )
    return typed


@app.command("list")
def list_() -> None:
    """Lists members by number: role, since when, chats, open cases, the name with which they sign in."""
    with database(Settings.read()) as engine, reading(engine) as connection:
        rows = [
            (member, logins.of_person(connection, member.id), len(keepers.patients_of(connection, member.id)))
            for member in people.members(connection)
        ]
        nobodys = len(left.with_nobody(connection))
        invited = invitations.open_ones(connection)
    for member, login, cases in rows:
        since = datetime.fromtimestamp(member.created_at, UTC).date().isoformat()
        state = "active" if member.active else "removed"
        out.print(
            f"{member.id:>5}  {member.role:<10} {state:<8} since {since}  chats {member.chats}  open cases {cases}"
            + (f"  signs in as {login.name}" if login else "")
        )
    if not rows:
        out.print("nobody yet; 'ngozi user invite --role chw' makes a code")
    for one in invited:
        until = datetime.fromtimestamp(one.until, UTC).isoformat(" ", "minutes")
        out.print(f"open invitation {one.id}  {one.role:<10} until {until} UTC")
    if nobodys:
        out.print(f"open cases that are with nobody: {nobodys}; 'ngozi user give PERSON' hands them over")


@app.command()
def give(
    person: Annotated[int, typer.Argument(help="number in 'ngozi user list' of an active health worker")],
) -> None:
    """Gives a health worker the open cases that are with nobody, because whoever had them was removed."""
    with database(Settings.read()) as engine, transaction(engine) as connection:
        count = staff.give_left(connection, person)
    out.print(f"open cases that are with person {person} now: {count}")


@app.command()
def remove(
    person: Annotated[int, typer.Argument(help="number in 'ngozi user list'")],
    to: Annotated[int | None, typer.Option(help="number of the person who gets their open cases")] = None,
) -> None:
    """Takes a person's role away, at once; with --to, their open cases are handed over (also later)."""
    with database(Settings.read()) as engine, transaction(engine) as connection:
        found = people.members(connection, person)
        if not found:
            raise NgoziError(f"person is {person}; expected a number of 'ngozi user list'")
        if found[0].active:
            people.remove(connection, person)
            invitations.withdraw_all_of(connection, person, None)
        if to is not None:
            count = staff.hand_over_open(connection, person, to)
        else:
            count = len(keepers.patients_of(connection, person))
    if to is not None:
        out.print(f"removed; open cases that are with person {to} now: {count}")
    elif count:
        out.print(f"removed; open cases that are with nobody now: {count}. Run this again with --to PERSON")
    else:
        out.print("removed")
