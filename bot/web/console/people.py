"""People and roles: who there is, logins, other roles, removal. Invitations: `bot.web.console.invitations`."""

from __future__ import annotations

from starlette.responses import Response

from bot import invitations, people
from bot.cases import left
from bot.cases.store import CaseMoved
from bot.console import logins, roles, staff
from bot.console.staff import Shown
from bot.database import reading, transaction
from bot.errors import NgoziError
from bot.queue import SWEEP
from bot.web.console.frame import Console
from bot.web.console.invitations import DAYS
from bot.web.console.visit import Visit

__all__ = ["add"]


def add(console: Console) -> None:
    """Registers the pages."""
    console.get("/people", "see_people", show, nav="console.nav.people", about="console.about.people")
    console.post("/people/login", "manage_people", make_login)
    console.post("/people/give", "manage_people", give)
    console.get("/people/{person}", "see_people", show_one)
    console.post("/people/{person}/role", "manage_people", change_role)
    console.post("/people/{person}/remove", "manage_people", remove)
    console.post("/people/{person}/restore", "manage_people", restore)
    console.post("/people/{person}/hand-over", "manage_people", hand_over)
    console.post("/people/{person}/password", "manage_people", new_password)
    console.post("/people/{person}/end-sessions", "manage_people", end_sessions)


def show(visit: Visit) -> Response:
    """Everybody, and how others come in."""
    return _list(visit)


def show_one(visit: Visit) -> Response:
    """One person, and what can be done about them."""
    return _person(visit)


def make_login(visit: Visit) -> Response:
    """Lets somebody sign in, with a first password that is shown this one time."""
    name, role = visit.form.get("name")[:200], visit.form.get("role")
    number = visit.form.get("person").strip()
    normal = logins.normal_name(name)
    if not roles.is_staff(role):
        return visit.problem(400)
    if not normal:
        return _list(visit, visit.shown("console.people.bad_name", count=logins.NAME_CHARS), of_login=True)
    if number and _number(number) is None:
        return _list(visit, visit.shown("console.people.bad_number"), of_login=True)
    password = staff.first_password()
    hashed = logins.hashed(password)
    try:
        with transaction(visit.engine) as connection:
            if taken := logins.named(connection, normal):
                known = "console.people.taken" if taken.open else "console.people.taken_removed"
                return _list(visit, visit.shown(known, number=taken.person_id), of_login=True)
            logins.add(
                connection,
                normal,
                hashed,
                role,
                by=visit.me.person_id,
                person_id=_number(number),
                must_change=True,
            )
    except staff.OpenCases:
        return _list(visit, visit.shown("console.people.open_cases"), of_login=True)
    except NgoziError:
        return _list(visit, visit.shown("console.people.bad_number"), of_login=True)
    return _once(visit, password, normal)


def change_role(visit: Visit) -> Response:
    """Another role, from their next page on."""
    person = _number(visit.path("person"))
    role = visit.form.get("role")
    if person is None or not roles.is_staff(role):
        return visit.problem(400)
    found = _one(visit, person)
    if found is None:
        return visit.problem(404)
    own = person == visit.me.person_id
    if found.member.role != role:
        question = "role_own" if own else "role_admin" if role == "admin" else "role"
        values = {"who": _who(visit, found), "role": visit.t(f"console.role.{role}")}
        if asks := visit.unsure(f"/people/{person}", question, **values):
            return asks
    try:
        with transaction(visit.engine) as connection:
            staff.change_role(connection, person, role, visit.me.person_id)
    except staff.LastAdmin:
        return _person(visit, visit.shown("console.people.last_admin"))
    except staff.OpenCases:
        return _person(visit, visit.shown("console.people.open_cases"))
    except NgoziError:
        return visit.problem(404)
    if own and role != visit.me.role:
        # Whether this page may still be seen is not known here.
        return visit.go("/", said="own_role")
    return visit.go(f"/people/{person}", said="saved")


def remove(visit: Visit) -> Response:
    """Takes the role away; sessions end, and open cases go to somebody where one is named."""
    person, to = _number(visit.path("person")), visit.form.get("to")
    if person is None or (to and _number(to) is None):
        return visit.problem(400)
    found = _one(visit, person)
    if found is None:
        return visit.problem(400)
    if visit.form.get("yes") != "1":
        with reading(visit.engine) as connection:
            unused = staff.unused_logins(connection, person)
        lists = (
            [(visit.t("console.people.unused"), [_named(visit, *one) for one in unused])] if unused else []
        )
        ask = visit.shown("console.sure.remove", who=_who(visit, found))
        return visit.question(f"/people/{person}", ask, lists=lists)
    try:
        with transaction(visit.engine) as connection:
            given = staff.remove(connection, person, visit.me.person_id, _number(to))
    except staff.LastAdmin:
        return _person(visit, visit.shown("console.people.last_admin"))
    except staff.OpenCases:
        return _person(visit, visit.shown("console.people.open_cases"))
    except NgoziError:
        return visit.problem(400)
    _told(visit, given)
    return visit.go("/people", said="removed")


def restore(visit: Visit) -> Response:
    """A role again for somebody who was removed; who signs in gets a first password, shown this one time."""
    person, role = _number(visit.path("person")), visit.form.get("role")
    if person is None or not roles.is_staff(role):
        return visit.problem(400)
    password = staff.first_password()
    hashed = logins.hashed(password)
    try:
        with transaction(visit.engine) as connection:
            name = staff.bring_back(
                connection, person, role, hashed, visit.me.person_id, visit.form.get("codes_off") == "1"
            )
    except staff.OpenCases:
        return _person(visit, visit.shown("console.people.open_cases_role"))
    except NgoziError:
        return visit.problem(404)
    if not name:
        return visit.go(f"/people/{person}", said="restored")
    return _once(visit, password, name)


def give(visit: Visit) -> Response:
    """Gives the cases that are with nobody to a health worker, as `ngozi user give` does."""
    to = _number(visit.form.get("to"))
    if to is None:
        return visit.problem(400)
    with reading(visit.engine) as connection:
        nobodys = left.count(connection)
    if asks := visit.unsure("/people", "hand_over", count=nobodys, to=_to(visit, to)):
        return asks
    try:
        with transaction(visit.engine) as connection:
            given = staff.give_left(connection, to, visit.me.person_id)
    except CaseMoved:
        return _list(visit, visit.shown("console.people.moved"), 409)
    except NgoziError:
        return _list(visit, visit.shown("console.people.no_worker"))
    _told(visit, given)
    return visit.go("/people", said="given" if given else "none_given")


def hand_over(visit: Visit) -> Response:
    """Hands the open cases of somebody whose role was taken away to a health worker, or to the clinic."""
    person, to = _number(visit.path("person")), visit.form.get("to")
    number = _number(to)
    if person is None or (to != "clinic" and number is None):
        return visit.problem(400)
    found = _one(visit, person)
    if found is None or found.member.active:
        return visit.problem(404)
    if asks := visit.unsure(f"/people/{person}", "hand_over", count=found.cases, to=_to(visit, number)):
        return asks
    try:
        with transaction(visit.engine) as connection:
            if number is None:
                given = staff.leave_to_clinic(connection, person, visit.me.person_id)
            else:
                given = staff.hand_over_open(connection, person, number, visit.me.person_id)
    except CaseMoved:
        return _person(visit, visit.shown("console.people.moved"), 409)
    except NgoziError:
        return _person(visit, visit.shown("console.people.no_worker"))
    _told(visit, given)
    return visit.go(f"/people/{person}", said="given" if given else "none_given")


def _told(visit: Visit, given: int) -> None:
    """Whoever got cases hears it at once: the sweep sends what stands in their chat (bot.cases.handed)."""
    if given:
        visit.console.wake(SWEEP, 0)


def new_password(visit: Visit) -> Response:
    """A first password again, shown this one time."""
    person = _number(visit.path("person"))
    if person is None:
        return visit.problem(400)
    found = _one(visit, person)
    if found is None:
        return visit.problem(404)
    if asks := visit.unsure(f"/people/{person}", "password", who=_who(visit, found)):
        return asks
    password = staff.first_password()
    hashed = logins.hashed(password)
    try:
        with transaction(visit.engine) as connection:
            # A page that is loaded anew sends this again: the one that was read out meanwhile stays good.
            mark = logins.mark_of(connection, person)
            if visit.form.get("mark", mark) != mark:
                return _person(visit, visit.shown("console.people.made_already"), 409)
            staff.new_password(
                connection, person, hashed, visit.me.person_id, visit.form.get("codes_off") == "1"
            )
            known = logins.of_person(connection, person)
    except NgoziError:
        return visit.problem(404)
    return _once(visit, password, known.name if known else "")


def _once(visit: Visit, password: str, name: str) -> Response:
    """The page that shows a first password this one time."""
    return visit.page(
        "people_once.html",
        title=visit.shown("console.people.login_title"),
        about=visit.shown("console.people.login_once", count=logins.FIRST_DAYS),
        secret=password,
        name=name,
    )


def end_sessions(visit: Visit) -> Response:
    """Signs somebody out everywhere."""
    person = _number(visit.path("person"))
    if person is None:
        return visit.problem(400)
    own = person == visit.me.person_id
    if own and (asks := visit.unsure(f"/people/{person}", "end_own")):
        return asks
    with transaction(visit.engine) as connection:
        staff.end_sessions(connection, person, visit.me.person_id)
    return visit.go("/sign-in" if own else f"/people/{person}", said="sessions")


def _list(visit: Visit, problem: str = "", status: int = 400, *, of_login: bool = False) -> Response:
    """of_login: the problem is with the form that makes a login, which stands far below the head of the page."""
    with reading(visit.engine) as connection:
        found = staff.everybody(connection)
        nobodys = left.count(connection)
        invited = invitations.open_ones(connection)
        mark = invitations.last_by(connection, visit.me.person_id)
    return visit.page(
        "people.html",
        status if problem else 200,
        nobodys=nobodys,
        workers=_workers(found),
        problem="" if of_login else problem,
        login_problem=problem if of_login else "",
        found=found,
        invitations=invited,
        mark=mark,
        maker=lambda number: next((_who(visit, one) for one in found if one.member.id == number), ""),
        invited=people.INVITED,
        days=DAYS,
        roles=tuple(roles.ROLES),
        choice=lambda one: _choice(visit, one),
        typed={field: visit.form.get(field)[:60] for field in ("name", "role", "person")},
    )


def _one(visit: Visit, person: int) -> Shown | None:
    with reading(visit.engine) as connection:
        return staff.one(connection, person)


def _who(visit: Visit, one: Shown) -> str:
    """Number and name: nobody knows all numbers by heart."""
    return _named(visit, one.member.id, one.name)


def _named(visit: Visit, number: int, name: str) -> str:
    person = visit.t("console.people.person", number=number)
    return f"{person} ({name})" if name else person


def _choice(visit: Visit, one: Shown) -> str:
    """Who could be given cases, and how many they have."""
    name = one.name or visit.t(f"console.role.{one.member.role}")
    who = f"{name} ({one.member.id})" if one.name else f"{name} {one.member.id}"
    return visit.t("console.people.choice", who=who, count=one.cases)


def _to(visit: Visit, number: int | None) -> str:
    """Who gets the cases, as the form calls them; None: the clinic."""
    if number is None:
        return visit.t("console.people.the_clinic")
    found = _one(visit, number)
    return "–" if found is None else _choice(visit, found)


def _workers(found: list[Shown]) -> list[Shown]:
    """Who can be given a case: active health workers who can be reached in a chat."""
    return [one for one in found if one.member.active and one.member.chats and one.member.role == "chw"]


def _person(visit: Visit, problem: str = "", status: int = 400) -> Response:
    number = _number(visit.path("person"))
    with reading(visit.engine) as connection:
        found = None if number is None else staff.one(connection, number)
        others = [one for one in _workers(staff.everybody(connection)) if one.member.id != number]
        mark = "" if number is None else logins.mark_of(connection, number)
        unused = [] if number is None else staff.unused_logins(connection, number)
    if found is None:
        return visit.problem(404)
    return visit.page(
        "person.html",
        status if problem else 200,
        problem=problem,
        one=found,
        who=_who(visit, found),
        others=others,
        choice=lambda one: _choice(visit, one),
        roles=tuple(roles.ROLES),
        mark=mark,
        unused=[_named(visit, number, name) for number, name in unused],
    )


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
