"""What was written when the session was over is given back, in a form that can be sent; no password is, and nothing is kept."""

from __future__ import annotations

import html
import logging
import re
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from bot.cases import notes
from bot.console import logins, sessions
from bot.database import reading, transaction
from bot.tables import Audit, CaseNote, ConsoleSession
from bot.web.console import unsent
from bot.web.console.frame import COOKIE
from tests.console.desk_world import a_case
from tests.console.world import PASSWORD, Browser, World

WORDS = '\nKeep <b>the wound</b> dry. Come "on Tuesday" & bring the child.\nلا تنتظر'
OURS = {"sec-fetch-site": "same-origin"}


def over(world: World) -> None:
    with transaction(world.engine) as connection:
        connection.execute(delete(ConsoleSession))


def fields(page: str) -> dict[str, str]:
    """The fields of the only form of a page that has words."""
    form = next(
        one
        for one in re.findall(r"<form method=\"post\".*?</form>", page, re.S)
        if "unsent" in one or "own" in one
    )
    found = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form))
    found.update(re.findall(r'<textarea id="unsent-\d+" name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.S))
    return {html.unescape(name): html.unescape(value) for name, value in found.items()}


def rows(world: World) -> tuple[int, int]:
    with reading(world.engine) as connection:
        return tuple(
            connection.execute(select(func.count()).select_from(one)).scalar_one()
            for one in (Audit, CaseNote)
        )  # type: ignore[return-value]


def sent(ana: Browser, path: str, token: str, **more: str) -> object:
    return ana.client.post(f"/console{path}", data={"csrf": token, **more}, headers=OURS)


def test_an_answer_that_was_sent_after_the_session_is_sent_after_signing_in(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    case = a_case(world)
    ana = world.signed_in("ana", "clinician")
    path = f"/cases/{case.code}"
    ana.post(f"{path}/claim", {})
    token = ana.token(path)
    over(world)
    before = rows(world)
    door = sent(ana, f"{path}/answer", token, floor="", own=WORDS, say="dry", urgency="week", yes="1")
    assert door.status_code == 401
    assert "What you wrote is not lost" in door.text
    assert rows(world) == before
    carried = fields(door.text)
    wrong = ana.client.post(
        "/console/sign-in", data={**carried, "name": "ana", "password": "not the right one"}, headers=OURS
    )
    assert wrong.status_code == 401
    again = ana.client.post(
        "/console/sign-in", data={**fields(wrong.text), "name": "ana", "password": PASSWORD}, headers=OURS
    )
    assert again.status_code == 200
    assert "nothing of it was saved" in again.text
    form = fields(again.text)
    assert "yes" not in form
    assert (form["own"], form["say"], form["urgency"]) == (WORDS, "dry", "week")
    assert f'action="/console{path}/answer"' in again.text
    done = ana.client.post(f"/console{path}/answer", data={"floor": "", **form}, headers=OURS)
    # The sentence of the form is none of this version: it is refused as it always is, with the words in their place.
    assert (done.status_code, "Keep &lt;b&gt;the wound" in done.text) == (400, True)
    form.pop("say")
    assert (
        ana.client.post(f"/console{path}/answer", data={"floor": "", **form}, headers=OURS).status_code == 303
    )
    with reading(world.engine) as connection:
        kept = notes.of_case(connection, world.console.sealer, case.id, "clinician")
    assert "on Tuesday" in kept[-1].text
    assert "Tuesday" not in caplog.text


def test_a_form_with_the_token_of_an_earlier_session_is_given_back(world: World) -> None:
    case = a_case(world)
    ana = world.signed_in("ana", "clinician")
    path = f"/cases/{case.code}"
    ana.post(f"{path}/claim", {})
    token = ana.token(path)
    over(world)
    with transaction(world.engine) as connection:
        known = logins.of_person(connection, ana.person_id)
        assert known is not None
        ana.client.cookies.set(
            COOKIE, sessions.start(connection, known.id), domain=ana.domain, path="/console"
        )
    page = sent(ana, f"{path}/answer", token, floor="", own=WORDS)
    assert page.status_code == 400
    form = fields(page.text)
    assert form["own"] == WORDS
    assert form["csrf"] == ana.token("/account")
    assert (
        ana.client.post(f"/console{path}/answer", data={"floor": "", **form}, headers=OURS).status_code == 303
    )
    # Where no browser says whose form it is, the words can be copied, and nothing can be sent with one press.
    bare = ana.client.post(f"/console{path}/answer", data={"csrf": token, "own": WORDS, "urgency": "week"})
    assert bare.status_code == 400
    assert "Copy your words from here" in bare.text
    assert f'action="/console{path}/answer"' not in bare.text
    assert "Keep &lt;b&gt;the wound" in bare.text
    other = {"sec-fetch-site": "cross-site"}
    strange = ana.client.post(f"/console{path}/answer", data={"csrf": token, "own": WORDS}, headers=other)
    assert (strange.status_code, "the wound" in strange.text) == (400, False)


def test_no_password_and_no_code_is_given_back(world: World) -> None:
    asha = world.signed_in("asha")
    token = asha.token("/account")
    posts = [
        one.path for one in world.console.entries if one.method == "POST" and one.path.startswith("/account")
    ]
    assert "/account/password" in posts
    for path in posts:
        given = {
            "password": PASSWORD,
            "new": "Another Quiet Word",
            "again": "Another Quiet Word",
            "code": "123 456",
        }
        wrong = sent(asha, path, "of another session", **given)
        assert (wrong.status_code, "Quiet" in wrong.text, PASSWORD in wrong.text) == (400, False, False), path
    over(world)
    for path in posts:
        door = sent(asha, path, token, password=PASSWORD, new="Another Quiet Word", code="123 456")
        assert door.status_code == 303, path
    templates = Path(unsent.__file__).parent / "templates"
    with_password = {one.name for one in templates.glob("*.html") if 'type="password"' in one.read_text()}
    assert with_password == {"sign_in.html", "password.html", "codes.html"}, (
        "all at the door or below /account"
    )


def test_who_never_signed_in_is_given_nothing_back_and_nothing_large_is_held(world: World) -> None:
    stranger = world.browser()
    assert (
        stranger.client.post("/console/places/save", data={"name": "Made up"}, headers=OURS).status_code
        == 303
    )
    asha = world.signed_in("asha")
    over(world)
    long = "a b" * unsent.MOST_BYTES
    assert sent(asha, "/places/save", "x", name=long).status_code == 303
    other = {"sec-fetch-site": "cross-site"}
    assert (
        asha.client.post("/console/places/save", data={"name": "Made up"}, headers=other).status_code == 303
    )
    assert sent(asha, "/cases/K7-42/claim", "x").status_code == 303, "nothing was filled in"


def test_a_form_is_given_only_to_who_may_send_it_and_never_for_another_address(world: World) -> None:
    asha = world.signed_in("asha")
    over(world)
    door = sent(asha, "/places/save", "x", name="Made up clinic")
    world.person("bob", "clinician")
    carried = fields(door.text)
    page = asha.client.post(
        "/console/sign-in", data={**carried, "name": "bob", "password": PASSWORD}, headers=OURS
    )
    assert page.status_code == 200
    assert "Copy your words from here" in page.text
    assert 'action="/console/places/save"' not in page.text
    for to in (
        "https://evil.example/x",
        "//evil.example/console/places/save",
        "/console/account/password",
        "/elsewhere",
    ):
        over(world)
        stray = {**carried, "unsent_to": to, "name": "asha", "password": PASSWORD}
        answer = asha.client.post("/console/sign-in", data=stray, headers=OURS)
        assert "Made up clinic" not in answer.text, to
