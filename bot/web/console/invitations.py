"""Codes by which others come in: made, shown once, withdrawn."""

from __future__ import annotations

from starlette.responses import Response

from bot import invitations, people
from bot.database import transaction
from bot.errors import NgoziError
from bot.invitations import MAX_DAYS
from bot.web.console.frame import Console
from bot.web.console.visit import Visit

__all__ = ["DAYS", "add"]

DAYS = (1, 7, 30, MAX_DAYS)


def add(console: Console) -> None:
    """Registers what the forms of the list of people do."""
    console.post("/people/invite", "manage_people", invite)
    console.post("/people/invitations/{number:number}/withdraw", "manage_people", withdraw)


def invite(visit: Visit) -> Response:
    """Makes a code and shows it this one time."""
    role, days = visit.form.get("role"), visit.form.get("days")
    if role not in people.INVITED or days not in map(str, DAYS):
        return visit.problem(400)
    with transaction(visit.engine) as connection:
        last = str(invitations.last_by(connection, visit.me.person_id))
        if visit.form.get("mark", last) != last:
            # The page with a code was loaded anew: another code would be one that nobody knows of.
            return visit.problem(409, "console.people.made_already")
        code = invitations.invite(
            connection, visit.console.keys, role, int(days), invited_by=visit.me.person_id
        )
        number = invitations.number_of(connection, visit.console.keys, code)
    return visit.page(
        "people_once.html",
        title=f"{visit.shown('console.people.code_title')} {number}",
        about=visit.shown(
            "console.people.code_about", role=visit.shown(f"console.role.{role}"), count=int(days)
        ),
        secret=code,
        name="",
    )


def withdraw(visit: Visit) -> Response:
    """The code is good for nobody any more; where somebody used it meanwhile, they are in the list."""
    try:
        with transaction(visit.engine) as connection:
            invitations.withdraw(connection, int(visit.path("number")), visit.me.person_id)
    except NgoziError:
        return visit.problem(409, "console.people.not_open")
    return visit.go("/people", said="withdrawn")
