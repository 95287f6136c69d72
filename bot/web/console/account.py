"""What a person sets for themselves: language, password, one-time codes, where they are signed in."""

from __future__ import annotations

import io

import segno
from markupsafe import Markup
from starlette.responses import Response

import locales
from bot import invitations
from bot.cases import deeds
from bot.console import codes, logins, sessions
from bot.database import reading, transaction
from bot.web.console import case_page, door, tongues
from bot.web.console.frame import PASSWORD, Console
from bot.web.console.visit import Visit

__all__ = ["add"]


def add(console: Console) -> None:
    """Registers the pages."""
    console.get("/account", "signed_in", show)
    console.post("/account/language", "signed_in", set_language)
    console.post("/account/awake", "signed_in", awake, most_bytes=1024)
    console.get(PASSWORD, "signed_in", show_password)
    console.post(PASSWORD, "signed_in", set_password)
    console.get("/account/codes", "signed_in", show_codes)
    console.post("/account/codes/new", "signed_in", new_codes)
    console.post("/account/codes/on", "signed_in", codes_on)
    console.post("/account/codes/off", "signed_in", codes_off)
    console.post("/account/chat", "signed_in", own_chat)
    console.post("/account/sessions/end", "signed_in", end_session)


def show(visit: Visit) -> Response:
    """Everything on one page."""
    with reading(visit.engine) as connection:
        known = logins.of_person(connection, visit.me.person_id)
        shown = sessions.of_login(connection, visit.me.login_id)
        spare = codes.spare_left(connection, visit.me.login_id)
        mark = invitations.last_by(connection, visit.me.person_id)
    unreviewed = visit.console.settings.allow_unreviewed
    return visit.page(
        "account.html",
        role=visit.shown(f"console.role.{visit.me.role}"),
        codes=known is not None and known.codes,
        spare=spare,
        mark=mark,
        sessions=shown,
        languages=[(code, locales.pack(code).name) for code in tongues.offered(unreviewed)],
    )


def set_language(visit: Visit) -> Response:
    """The language of the console for this person."""
    language = visit.form.get("language")
    if language and language not in tongues.offered(visit.console.settings.allow_unreviewed):
        return visit.problem(400)
    with transaction(visit.engine) as connection:
        logins.set_language(connection, visit.me.login_id, language)
    return visit.go("/account", said="saved")


def awake(visit: Visit) -> Response:
    """Nothing to show: somebody is typing, and coming here has told their session so, as every page does (console.js).

    Where they type at a case that is theirs to answer, their claim goes on too.
    """
    code = visit.form.get("case")[:20]
    if code and visit.may("answer_cases"):
        with transaction(visit.engine) as connection:
            case = case_page.case_of(connection, code)
            if case is not None:
                deeds.go_on(connection, case.id, visit.me.person_id)
    return Response(status_code=204)


def show_password(visit: Visit) -> Response:
    """The form for a new password."""
    return _password_form(visit)


def set_password(visit: Visit) -> Response:
    """Changes it where the present one is right; other sessions end."""
    new = visit.form.get("new")
    fault = logins.fault_of(new, visit.me.name)
    if fault is not None:
        return _password_form(visit, visit.shown(f"console.password.{fault}", shortest=logins.SHORTEST))
    if new != visit.form.get("again"):
        return _password_form(visit, visit.shown("console.password.differ"))
    if logins.alike(new, visit.form.get("password")):
        # Whoever made the login knows the first password.
        return _password_form(visit, visit.shown("console.password.same"))
    if wrong := door.proves(visit, visit.form.get("password")):
        return _password_form(visit, wrong)
    kept = logins.hashed(new)
    with transaction(visit.engine) as connection:
        logins.set_password(connection, visit.me.login_id, kept, visit.me.person_id, keep_session=visit.me.id)
    return visit.go("/account", said="password")


def _password_form(visit: Visit, problem: str = "") -> Response:
    return visit.page("password.html", 400 if problem else 200, problem=problem, shortest=logins.SHORTEST)


def show_codes(visit: Visit) -> Response:
    """Whether codes are on, whether a secret waits to be confirmed; never the secret."""
    return _codes_form(visit)


def new_codes(visit: Visit) -> Response:
    """Makes a secret and shows it this one time; the password first, or whoever finds an open browser could add their telephone.

    A form that comes again (the page was loaded anew) makes none: its mark is of what was there before.
    """
    if wrong := door.proves(visit, visit.form.get("password")):
        return _codes_form(visit, wrong)
    with transaction(visit.engine) as connection:
        again = visit.form.get("mark") != codes.mark_of(connection, visit.me.login_id)
        secret = "" if again else codes.new_secret(connection, visit.console.sealer, visit.me.login_id)
    return _codes_form(visit, secret=secret)


def codes_on(visit: Visit) -> Response:
    """Turns codes on, and shows the spare ones this one time."""
    with transaction(visit.engine) as connection:
        spare = codes.codes_on(
            connection,
            visit.console.sealer,
            visit.console.keys,
            visit.me.login_id,
            visit.form.get("code")[:20],
        )
    if spare is None:
        return _codes_form(visit, visit.shown("console.codes.wrong"))
    return visit.page("spare.html", spare=spare)


def codes_off(visit: Visit) -> Response:
    """Turns them off."""
    if wrong := door.proves(visit, visit.form.get("password")):
        return _codes_form(visit, wrong)
    with transaction(visit.engine) as connection:
        codes.codes_off(connection, visit.me.login_id, visit.me.person_id)
    return visit.go("/account", said="saved")


def _codes_form(visit: Visit, problem: str = "", secret: str = "") -> Response:
    with reading(visit.engine) as connection:
        known = logins.of_person(connection, visit.me.person_id)
        waits = codes.secret_that_waits(connection, visit.console.sealer, visit.me.login_id) is not None
        mark = codes.mark_of(connection, visit.me.login_id)
    return visit.page(
        "codes.html",
        400 if problem else 200,
        problem=problem,
        codes=known is not None and known.codes,
        waits=waits,
        mark=mark,
        secret=" ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
        picture=_picture(codes.address_of(secret, visit.me.name)) if secret else "",
    )


def _picture(address: str) -> Markup:
    """An address as a picture of squares, to stand in the page itself: fetched by itself it would be shown twice."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", border=4, xmldecl=False, svgns=False, omitsize=True, dark="#000", light="#fff"
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - made of numbers by segno


def own_chat(visit: Visit) -> Response:
    """A code that makes a chat this person's own, shown this one time: test messages go there, and who treats works there."""
    with transaction(visit.engine) as connection:
        last = str(invitations.last_by(connection, visit.me.person_id))
        if visit.form.get("mark", last) != last:
            return visit.problem(409, "console.people.made_already")
        code = invitations.invite_own(connection, visit.console.keys, visit.me.person_id)
    return visit.page(
        "people_once.html",
        title=visit.shown("console.account.chat"),
        about=visit.shown("console.account.chat_code"),
        secret=code,
        name="",
        back="/account",
    )


def end_session(visit: Visit) -> Response:
    """Ends one of this person's sessions."""
    number = visit.form.get("session")
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        return visit.problem(400)
    with transaction(visit.engine) as connection:
        logins.end_one(connection, int(number), visit.me.login_id, visit.me.person_id)
    return visit.go("/account", said="ended")
