"""Attacks on the door of the console, and what keeps them out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select, update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot import audit, people
from bot.clock import now
from bot.console import codes, logins, sessions, throttle
from bot.database import reading, transaction
from bot.errors import NgoziError
from bot.settings import Settings
from bot.tables import Audit, ConsoleSession, Login, Person, SignInTry, SpareCode
from bot.web.console import door
from bot.web.console.frame import COOKIE
from bot.web.console.visit import safe_next
from tests.conftest import KEYS
from tests.console.world import PASSWORD, Browser, World, a_member

WRONG = "nine wet goats sang"


def cookies(response: Any) -> dict[str, str]:
    return {h.partition("=")[0]: h for h in response.headers.get_list("set-cookie")}


def test_name_and_password_open_the_door_and_everything_else_is_the_same_answer(world: World) -> None:
    world.person("asha")
    browser = world.browser()
    answers = {
        re.sub(r'value="[^"]*"', "", browser.sign_in(name, password).text)
        for name, password in [
            ("asha", WRONG),
            ("nobody", PASSWORD),
            ("", ""),
            ("asha", ""),
            ("asha\0", PASSWORD),
        ]
    }
    assert len(answers) == 1
    assert "Name, password or code is wrong." in answers.pop()
    done = browser.sign_in(" ASHA ")
    assert (done.status_code, done.headers["location"]) == (303, "/console/")
    assert "Hello, asha" in browser.get("/").text


def test_a_name_that_nobody_has_is_checked_as_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    class Counting:
        def verify(self, kept: str, _: str) -> bool:
            checked.append(kept)
            return True

    monkeypatch.setattr(logins, "HASHER", Counting())
    assert logins.check(None, PASSWORD) is False
    (kept,) = checked
    known = re.match(r"\$argon2id\$v=19\$(m=\d+,t=\d+,p=\d+)\$", kept)
    assert known
    monkeypatch.undo()
    assert known[1] in logins.hashed("x"), "with the same parameters"
    assert logins.check(None, PASSWORD) is False


def test_the_cookie_is_for_this_console_alone(world: World, engine: Engine) -> None:
    world.person("asha")
    done = world.browser().sign_in("asha")
    kept = cookies(done)[COOKIE].lower()
    assert all(part in kept for part in ("httponly", "samesite=strict", "path=/console"))
    assert "secure" not in kept, "there is no https in this deployment"
    assert "max-age" not in kept, "it goes with the browser"


def test_with_an_https_address_the_cookie_is_never_sent_in_the_clear(world: World, tmp_path: Any) -> None:
    other = World(world.engine, tmp_path, public_url="https://clinic.example.org")
    other.person("asha")
    browser = other.browser()
    done = browser.sign_in("asha")
    assert done.status_code == 303
    assert all(
        "secure" in header.lower()
        for header in done.headers.get_list("set-cookie")
        if "max-age=0" not in header.lower()
    )


def test_a_session_that_was_put_into_the_browser_before_is_not_taken_over(world: World) -> None:
    world.person("asha")
    browser = world.browser()
    browser.client.cookies.set(COOKIE, "planted" * 6, domain=browser.domain, path="/console")
    done = browser.sign_in("asha")
    fresh = cookies(done)[COOKIE].partition("=")[2].partition(";")[0]
    assert "planted" not in fresh
    with reading(world.engine) as connection:
        assert sessions.find(connection, "planted" * 6) is None
        assert sessions.find(connection, fresh) is not None
        assert fresh not in str(connection.execute(select(ConsoleSession)).all()), "kept is a hash"


def test_signing_in_again_ends_the_session_that_was_there(world: World) -> None:
    browser = world.signed_in("asha")
    old = browser.client.cookies[COOKIE]
    other = world.browser()
    other.client.cookies.set(COOKIE, old, domain=other.domain, path="/console")
    world.person("bisi")
    # The sign-in page sends whoever is signed in away; an attacker posts straight to it.
    browser.client.cookies.clear()
    token = browser.token("/sign-in")
    browser.client.cookies.set(COOKIE, old, domain=browser.domain, path="/console")
    done = browser.client.post("/console/sign-in", data={"csrf": token, "name": "bisi", "password": PASSWORD})
    assert done.status_code == 303
    with reading(world.engine) as connection:
        assert sessions.find(connection, old) is None


def test_signing_out_ends_the_session_for_whoever_has_the_cookie(world: World) -> None:
    browser = world.signed_in("asha")
    token = browser.client.cookies[COOKIE]
    assert browser.post("/sign-out", {}).status_code == 303
    thief = world.browser()
    thief.client.cookies.set(COOKIE, token, domain=thief.domain, path="/console")
    assert thief.get("/").headers["location"] == "/console/sign-in"


@pytest.mark.parametrize(("column", "age_s"), [("seen_at", 1801.0), ("created_at", 8 * 3600 + 1.0)])
def test_a_session_ends_half_an_hour_after_its_last_page_and_eight_hours_after_signing_in(
    world: World, column: str, age_s: float
) -> None:
    browser = world.signed_in("asha")
    assert browser.get("/").status_code == 200
    with transaction(world.engine) as connection:
        at = getattr(ConsoleSession, column)
        connection.execute(update(ConsoleSession).values({column: at - age_s + 5}))
    assert browser.get("/").status_code == 200
    with transaction(world.engine) as connection:
        connection.execute(update(ConsoleSession).values({column: getattr(ConsoleSession, column) - age_s}))
    assert browser.get("/").status_code == 303


def test_who_types_for_long_keeps_the_session_until_its_eight_hours_are_over(world: World) -> None:
    browser = world.signed_in("asha")

    def later(column: str, seconds: float) -> None:
        with transaction(world.engine) as connection:
            at = getattr(ConsoleSession, column)
            connection.execute(update(ConsoleSession).values({column: at - seconds}))

    for _ in range(3):
        later("seen_at", 1700)
        answer = browser.post("/account/awake", {}, form="/account")
        assert (answer.status_code, answer.text) == (204, "")
    later("seen_at", 1700)
    assert browser.get("/account").status_code == 200
    token = re.findall(r'name="csrf" value="([^"]+)"', browser.get("/account").text)[0]
    later("created_at", 8 * 3600 + 1)
    assert browser.client.post("/console/account/awake", data={"csrf": token}).status_code == 303
    assert browser.get("/account").status_code == 303


def test_only_a_page_of_ours_keeps_a_session_awake(world: World) -> None:
    browser = world.signed_in("asha")
    assert browser.client.post("/console/account/awake", data={"csrf": "a guess"}).status_code == 400
    assert browser.client.post("/console/account/awake", data={}).status_code == 400
    assert world.browser().client.post("/console/account/awake", data={}).status_code == 303


def test_whoever_is_removed_is_out_at_once_and_cannot_come_back(world: World) -> None:
    browser = world.signed_in("asha")
    with transaction(world.engine) as connection:
        people.remove(connection, browser.person_id)
    assert browser.get("/").status_code == 303
    assert world.browser().sign_in("asha").status_code == 401


def test_a_role_that_is_taken_away_is_gone_on_the_next_page(world: World) -> None:
    browser = world.signed_in("asha", "admin")
    assert browser.get("/audit").status_code == 200
    with transaction(world.engine) as connection:
        connection.execute(update(Person).where(Person.id == browser.person_id).values(role="clinician"))
    assert browser.get("/audit").status_code == 403
    with transaction(world.engine) as connection:
        connection.execute(update(Person).where(Person.id == browser.person_id).values(role="patient"))
    assert browser.get("/").status_code == 403


# -- guesses --


def free(world: World) -> None:
    with transaction(world.engine) as connection:
        connection.execute(update(SignInTry).values(free_at=0.0))


def test_guesses_wait_longer_and_longer_and_the_right_password_waits_too(world: World) -> None:
    world.person("asha")
    guesser = world.browser()
    assert [guesser.sign_in("asha", WRONG).status_code for _ in range(6)] == [401] * 5 + [429]
    assert "Too many tries" in guesser.sign_in("asha", PASSWORD).text
    assert guesser.sign_in("asha", PASSWORD).status_code == 429
    free(world)
    assert guesser.sign_in("asha", PASSWORD).status_code == 303


@given(st.integers(0, 10_000))
def test_nobody_waits_for_ever_and_more_failures_never_wait_less(failures: int) -> None:
    for scope in (throttle.Scope("n", 5, 60.0), throttle.Scope("a", 20, 900.0)):
        assert throttle.wait_s(failures, scope) <= scope.longest_s
        assert throttle.wait_s(failures, scope) <= throttle.wait_s(failures + 1, scope)


def test_a_name_under_attack_is_open_to_the_browser_in_which_its_owner_signed_in(world: World) -> None:
    world.person("asha")
    owner = world.browser()
    assert owner.sign_in("asha").status_code == 303
    owner.post("/sign-out", {})
    attacker = world.browser()
    for _ in range(6):
        attacker.sign_in("asha", WRONG)
    assert attacker.sign_in("asha", PASSWORD).status_code == 429
    assert owner.sign_in("asha").status_code == 303


def test_an_address_under_attack_is_open_to_the_browser_and_the_session_of_whoever_shares_it(
    world: World,
) -> None:
    world.person("asha")
    owner = world.browser()
    assert owner.sign_in("asha").status_code == 303
    owner.post("/sign-out", {})
    session = world.signed_in("bisi")
    attacker = world.browser()
    for n in range(40):
        attacker.sign_in(f"name{n}", WRONG)
        if n < 39:
            free(world)
    assert world.browser().sign_in("nobody", WRONG).status_code == 429, "the address waits"
    assert owner.sign_in("asha").status_code == 303
    assert session.post("/account/codes/new", {"password": PASSWORD}).status_code != 429
    assert "Too many tries" not in session.post("/account/codes/new", {"password": WRONG}).text


def test_guesses_in_a_known_browser_and_in_a_session_wait_too(world: World) -> None:
    world.person("asha")
    owner = world.browser()
    owner.sign_in("asha")
    wrong = [owner.post("/account/codes/new", {"password": WRONG}).text for _ in range(7)]
    assert ["Too many tries" in one for one in wrong] == [False] * 5 + [True] * 2
    owner.post("/sign-out", {})
    assert [owner.sign_in("asha", WRONG).status_code for _ in range(12)] == [401] * 10 + [429] * 2


def test_a_mark_of_one_name_is_no_mark_of_another(world: World) -> None:
    world.person("asha")
    world.person("bisi")
    browser = world.browser()
    browser.sign_in("bisi")
    browser.post("/sign-out", {})
    for _ in range(6):
        browser.sign_in("asha", WRONG)
    assert browser.sign_in("asha", PASSWORD).status_code == 429


def test_one_address_that_tries_many_names_is_slowed_down(world: World) -> None:
    guesser = world.browser()
    answers = [guesser.sign_in(f"name{n}", WRONG).status_code for n in range(22)]
    assert answers[:20] == [401] * 20
    assert 429 in answers[20:]


def test_a_guess_that_must_wait_is_answered_without_a_write(world: World) -> None:
    browser = world.signed_in("asha")
    guesser = world.browser()
    for n in range(21):
        guesser.sign_in(f"name{n}", WRONG)
    for _ in range(10):
        browser.post("/account/codes/new", {"password": WRONG})
    with reading(world.engine) as connection:
        before = connection.execute(select(SignInTry)).all()
    written: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "BEGIN", "PRAGMA")):
            written.append(statement)

    event.listen(world.engine, "before_cursor_execute", note)
    try:
        answers = [guesser.sign_in(f"other{n}", WRONG).status_code for n in range(5)]
        page = browser.post("/account/codes/new", {"password": WRONG}).text
    finally:
        event.remove(world.engine, "before_cursor_execute", note)
    assert answers == [429] * 5
    assert "Too many tries" in page
    assert written == []
    with reading(world.engine) as connection:
        assert connection.execute(select(SignInTry)).all() == before


def test_names_and_addresses_are_kept_as_keyed_hashes(engine: Engine) -> None:
    with transaction(engine) as connection:
        scopes = [throttle.of_name(KEYS[1], "asha"), throttle.of_address(KEYS[1], "192.0.2.7")]
        assert throttle.take(connection, scopes) == 0.0
        kept = str(connection.execute(select(SignInTry)).all())
    assert "asha" not in kept
    assert "192.0.2" not in kept


def test_failures_of_yesterday_are_forgotten(engine: Engine) -> None:
    scopes = [throttle.of_name(KEYS[1], "asha")]
    for _ in range(9):
        with transaction(engine) as connection:
            connection.execute(update(SignInTry).values(free_at=0.0))
            throttle.take(connection, scopes)
    with transaction(engine) as connection:
        connection.execute(update(SignInTry).values(free_at=0.0, last_at=SignInTry.last_at - 86_401))
        assert throttle.take(connection, scopes) == 0.0
        assert connection.execute(select(SignInTry.failures)).scalar_one() == 1
        throttle.forget(connection, scopes)
        assert connection.execute(select(SignInTry)).all() == []


def test_two_addresses_of_one_household_are_one(engine: Engine) -> None:
    key = KEYS[1]
    assert throttle.of_address(key, "2001:db8:1:2::1") == throttle.of_address(key, "2001:db8:1:2:ffff::9")
    assert throttle.of_address(key, "2001:db8:1:2::1") != throttle.of_address(key, "2001:db8:1:3::1")
    assert throttle.of_address(key, "::ffff:192.0.2.7") == throttle.of_address(key, "192.0.2.7")


@pytest.mark.parametrize(
    ("peer", "told", "proxies", "address"),
    [
        ("127.0.0.1", "8.8.8.8", "", "8.8.8.8"),
        ("::1", "8.8.8.8", "", "8.8.8.8"),
        ("::ffff:127.0.0.1", "8.8.8.8", "", "8.8.8.8"),
        ("127.0.0.1", "6.6.6.6, 8.8.8.8", "", "8.8.8.8"),
        ("127.0.0.1", "", "", "127.0.0.1"),
        ("8.8.8.8", "6.6.6.6", "", "8.8.8.8"),
        # Somebody in the clinic's own network, where no proxy stands.
        ("192.168.1.7", "6.6.6.6", "", "192.168.1.7"),
        ("192.168.1.7", "6.6.6.6", "192.168.1.2", "192.168.1.7"),
        ("192.168.1.2", "6.6.6.6", "192.168.1.2", "6.6.6.6"),
        ("172.18.0.1", "6.6.6.6", "172.16.0.0/12,192.168.0.0/16", "6.6.6.6"),
        ("127.0.0.1", "6.6.6.6", "10.0.0.2", "127.0.0.1"),
        ("", "6.6.6.6", "", "6.6.6.6"),
    ],
)
def test_where_a_call_came_from_is_believed_of_the_named_proxy_alone(
    tmp_path: Path, peer: str, told: str, proxies: str, address: str
) -> None:
    from starlette.requests import Request

    named = Settings.read({"NGOZI_HOME": str(tmp_path), "NGOZI_PROXIES": proxies}).proxies
    headers = [(b"x-forwarded-for", told.encode())] if told else []
    request = Request({"type": "http", "client": (peer, 1) if peer else None, "headers": headers})
    assert door.address_of(request, named) == address


# -- forms of others --


def test_a_form_without_our_token_is_refused(world: World) -> None:
    browser = world.signed_in("asha")
    other = world.signed_in("bisi")
    for token in ("", "x", other.token("/account")):
        done = browser.client.post("/console/account/language", data={"csrf": token, "language": "sw"})
        assert done.status_code == 400
    done = browser.client.post("/console/account/language", data={"language": "sw"})
    assert done.status_code == 400
    with reading(world.engine) as connection:
        assert set(connection.execute(select(Login.language)).scalars()) == {""}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 400),
        ({"sec-fetch-site": "same-site"}, 400),
        ({"sec-fetch-site": "none"}, 400),
        ({"origin": "https://evil.example"}, 400),
        ({"origin": "https://evil.example", "sec-fetch-site": "same-origin"}, 400),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, 400),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, 303),
        ({"origin": "http://testserver", "sec-fetch-site": "same-origin"}, 303),
        ({}, 303),
    ],
)
def test_a_form_that_the_browser_calls_foreign_is_refused_even_with_our_token(
    world: World, headers: dict[str, str], status: int
) -> None:
    browser = world.signed_in("asha")
    assert browser.post("/account/language", {"language": "sw"}, headers=headers).status_code == status


def test_the_sign_in_form_needs_the_token_of_this_browser(world: World) -> None:
    world.person("asha")
    token = world.browser().token("/sign-in")
    victim = world.browser()
    for sent in ("", token):
        fields = {"csrf": sent, "name": "asha", "password": PASSWORD}
        assert victim.client.post("/console/sign-in", data=fields).status_code == 400
    victim.token("/sign-in")
    assert victim.client.post("/console/sign-in", data={**fields, "csrf": token}).status_code == 400


def test_get_changes_nothing(world: World) -> None:
    browser = world.signed_in("asha")
    for entry in world.console.entries:
        if entry.method == "POST":
            got = browser.get(entry.path)
            both = any((e.method, e.path) == ("GET", entry.path) for e in world.console.entries)
            expected = ((200, 303, 404) if "{" in entry.path else (200, 303)) if both else (404,)
            assert got.status_code in expected, entry.path
    with reading(world.engine) as connection:
        assert audit.head(connection).seq == 1, "the login was made"


def test_a_body_that_is_too_big_or_no_form_is_refused(world: World) -> None:
    browser = world.signed_in("asha")
    post = browser.client.post
    assert post("/console/account/language", data={"csrf": "x" * 300_000}).status_code == 413
    assert (
        post(
            "/console/account/language", content=b"{}", headers={"content-type": "application/json"}
        ).status_code
        == 415
    )
    bad = {"content-type": "multipart/form-data; boundary=x"}
    assert post("/console/account/language", content=b"--x\r\nbroken", headers=bad).status_code == 400
    chunks = (b"a" * 10_000 for _ in range(40))
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert post("/console/account/language", content=chunks, headers=kind).status_code == 413


@pytest.mark.parametrize(
    ("charset", "field", "value"),
    [
        ("undefined", b'name="language"', b"sw"),
        ("utf-7", b'name="language"', b"+2AA-"),
        ("unicode_escape", b'name="language"', rb"\ud800"),
        ("unicode_escape", rb'name="\ud800"', b"sw"),
        ("utf-7", b'name="file"; filename="+2AA-"', b"sw"),
    ],
)
def test_text_that_is_no_text_is_a_refused_form_and_no_fault(
    world: World, charset: str, field: bytes, value: bytes
) -> None:
    browser = world.signed_in("asha")
    token = browser.token("/account").encode()
    parts = [(b'name="csrf"', token), (b'name="language"', b"sw"), (field, value)]
    body = b"".join(b"--x\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % part for part in parts)
    kind = {"content-type": f"multipart/form-data; boundary=x; charset={charset}"}
    post = browser.client.post
    assert post("/console/account/language", content=body + b"--x--\r\n", headers=kind).status_code == 400
    whole = {"content-type": "multipart/form-data; boundary=x"}
    assert post("/console/account/language", content=body + b"--x--\r\n", headers=whole).status_code == 303


def test_a_body_is_not_even_read_from_who_may_not_send_one(world: World) -> None:
    for browser, status in ((world.browser(), 303), (world.signed_in("bisi", "chw"), 403)):
        world.console.entries[:] = [e for e in world.console.entries if e.path != "/heavy"]
        world.console.post("/heavy", "edit_packs", lambda visit: visit.go("/"), most_bytes=8 << 20)
        app = Starlette(routes=world.console.routes())
        client = TestClient(app, follow_redirects=False, cookies=browser.client.cookies)
        kind = {"content-type": "application/x-www-form-urlencoded"}
        assert client.post("/console/heavy", content=b"x" * (9 << 20), headers=kind).status_code == status, (
            "not 413"
        )


# -- where one lands --


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "/console/../../evil", "/console//evil.example",
        "/console/..%2f", "/consoleevil", "javascript:alert(1)", "/console/\r\nset-cookie: a=b", "/console/@evil.example",
        "/console/a?next=//evil.example", "http:/console/", "/chat", "/console/./..", "\t/console/",
    ],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_after_signing_in(world: World, target: str) -> None:
    assert safe_next(target) == ""
    world.person("asha")
    browser = world.browser()
    assert browser.sign_in("asha", next=target).headers["location"] == "/console/"


def test_whoever_had_to_sign_in_comes_back_to_the_page(world: World) -> None:
    world.person("asha")
    browser = world.browser()
    sent = browser.get("/audit?what=signed_in").headers["location"]
    assert sent == "/console/sign-in?next=%2Fconsole%2Faudit%3Fwhat%3Dsigned_in"
    page = browser.client.get(sent).text
    (target,) = re.findall(r'name="next" value="([^"]*)"', page)
    done = browser.sign_in("asha", next=target)
    assert done.headers["location"] == "/console/audit?what=signed_in"


PAGES = {
    "/account/password": "/account/password", "/account/codes/off": "/account/codes",
    "/cases/K7-42/answer": "/cases/K7-42", "/own-cases/K7-42/close": "/own-cases/K7-42",
    "/packs/start": "/packs", "/packs/sw/back": "/packs/sw", "/packs/sw/3/about": "/packs/sw/3",
    "/packs/sw/3/sentence/a.b?show=all": "/packs/sw/3/sentence/a.b?show=all",
    "/packs/sw/3/sentence/a.b?words=(": "/packs/sw/3/sentence/a.b",
    "/packs/sw/3/sentence/a.b/approve": "/packs/sw/3/sentence/a.b", "/packs/sw/3/preview/listen": "/packs/sw/3/preview",
    "/people/login": "/people", "/people/5/role": "/people/5", "/places/at/x/open": "/places/at/x",
    "/review/7/score": "/review/7", "/letters/drop": "/letters", "/erase": "/erase", "/erase/find": "/erase",
}  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_a_form_after_the_session_is_said_not_to_be_sent_and_one_comes_back_to_its_page(
    world: World, path: str
) -> None:
    world.person("asha")
    browser = world.browser()
    sent = browser.client.post(f"/console{path}", data={"own": "made up words"})
    assert sent.status_code == 303
    door = browser.client.get(sent.headers["location"]).text
    (target,) = re.findall(r'name="next" value="([^"]*)"', door)
    assert target == f"/console{PAGES[path]}"
    assert "Nothing of it was saved or done." in door
    assert "made up words" not in door + sent.headers["location"]
    assert browser.sign_in("asha", next=target).headers["location"] == target


def test_every_form_has_a_page_to_come_back_to(world: World) -> None:
    for entry in world.console.entries:
        if entry.method == "POST" and entry.access != "anyone" and entry.path != "/sign-out":
            path = re.sub(r"\{\w+(:number)?\}", "1", entry.path)
            assert world.console.page_of(entry, path), entry.path


@pytest.mark.parametrize(
    "path",
    ["/sign-out", "/cases/@evil.example/answer", "/cases/..%2f..%2fevil/answer", "/nowhere//evil.example/x"],
)
def test_a_form_without_a_page_leads_nowhere_else(world: World, path: str) -> None:
    answer = world.browser().client.post(f"/console{path}")
    assert answer.status_code == 404 or answer.headers["location"] == "/console/sign-in"


# -- passwords --


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short", "short"), ("elevenchars", "short"), ("twelve chars", None), ("x" * 201, "long"),
        ("aaaaaaaaaaaaaaaa", "plain"), ("abababababababab", "plain"), ("amina.bello!", "name"), ("Amina.Bello1234", "name"),
        ("ninawapenda mbuzi wangu", None), ("كلمة مرور طويلة جدا", None),
    ],
)  # fmt: skip
def test_a_password_is_long_and_not_the_name(password: str, fault: str | None) -> None:
    assert logins.fault_of(password, "amina.bello") == fault


@given(st.text(max_size=60))
def test_a_login_name_has_one_writing(text: str) -> None:
    name = logins.normal_name(text)
    assert logins.normal_name(name) == name
    assert name == "" or 2 <= len(name) <= 40
    assert not set(name) & set(" /\\<>&\"'\0\n@:")


def test_a_new_password_ends_all_other_sessions_and_the_old_one_opens_nothing(world: World) -> None:
    browser = world.signed_in("asha")
    elsewhere = world.browser()
    assert elsewhere.sign_in("asha").status_code == 303
    new = "ten dry goats sing"
    fields = {"password": PASSWORD, "new": new, "again": new}
    for wrong in ({"password": WRONG}, {"again": "other"}, {"new": "short", "again": "short"}):
        assert (
            browser.post("/account/password", {**fields, **wrong}, form="/account/password").status_code
            == 400
        )
    assert browser.post("/account/password", fields, form="/account/password").status_code == 303
    assert browser.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 303
    assert world.browser().sign_in("asha", PASSWORD).status_code == 401
    assert world.browser().sign_in("asha", new).status_code == 303


def test_a_session_may_not_be_used_to_guess_the_password_faster_than_the_door(world: World) -> None:
    browser = world.signed_in("asha")
    texts = [browser.post("/account/codes/new", {"password": WRONG}).text for _ in range(7)]
    assert "present password is wrong" in texts[0]
    assert "Too many tries" in texts[-1]


def test_whoever_got_a_first_password_must_choose_their_own_before_anything_else(world: World) -> None:
    browser = world.signed_in("asha")
    with transaction(world.engine) as connection:
        connection.execute(update(Login).values(must_change=True))
    assert browser.get("/audit").headers["location"] == "/console/account/password"
    assert "choose a password of your own" in browser.get("/account/password").text
    same = {"password": PASSWORD, "new": PASSWORD, "again": PASSWORD}
    refused = browser.post("/account/password", same, form="/account/password")
    assert (refused.status_code, "is the one you have" in refused.text) == (400, True)
    assert browser.get("/audit").headers["location"] == "/console/account/password"
    new = "ten dry goats sing"
    browser.post(
        "/account/password", {"password": PASSWORD, "new": new, "again": new}, form="/account/password"
    )
    assert browser.get("/audit").status_code == 200


def test_an_older_hash_is_made_anew_at_the_next_sign_in(world: World) -> None:
    from argon2 import PasswordHasher

    number = world.person("asha")
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    with transaction(world.engine) as connection:
        connection.execute(update(Login).values(password_hash=weak))
    assert world.browser().sign_in("asha").status_code == 303
    with reading(world.engine) as connection:
        known = logins.of_person(connection, number)
    assert known is not None
    assert known.password_hash != weak
    assert logins.check(known, PASSWORD)


def test_one_name_is_one_person_however_it_is_written(engine: Engine) -> None:
    with transaction(engine) as connection:
        logins.add(connection, "Asha", "x", "admin")
        with pytest.raises(NgoziError, match="nobody has"):
            logins.add(connection, "ＡＳＨＡ ", "x", "admin")
        with pytest.raises(NgoziError, match="role"):
            logins.add(connection, "bisi", "x", "patient")
        with pytest.raises(NgoziError, match="name"):
            logins.add(connection, "a b", "x", "admin")
        with pytest.raises(NgoziError, match="person"):
            logins.add(connection, "bisi", "x", "admin", person_id=99)


# -- one-time codes --


def code_of(world: World, browser: Browser, step: int = 0) -> tuple[str, list[str]]:
    """Turns codes on; the secret and the spare codes."""
    page = browser.post("/account/codes/new", {"password": PASSWORD}, form="/account/codes").text
    (shown,) = re.findall(r'class="secret"[^>]*>([A-Z2-7 ]+)<', page)
    secret = shown.replace(" ", "")
    assert "<svg" in page
    done = browser.post(
        "/account/codes/on", {"code": pyotp.TOTP(secret).at(int(now()))}, form="/account/codes"
    )
    return secret, re.findall(r"<li>([A-Z0-9]{5}-[A-Z0-9]{5})</li>", done.text)


def test_with_codes_on_the_password_alone_opens_nothing_and_a_code_works_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = world.signed_in("asha")
    secret, spare = code_of(world, browser)
    assert len(spare) == 10
    used = pyotp.TOTP(secret).at(int(now()))
    assert world.browser().sign_in("asha").status_code == 401
    assert world.browser().sign_in("asha", code=used).status_code == 401, "it confirmed the telephone already"
    later = now() + 60
    monkeypatch.setattr(codes, "now", lambda: later)
    fresh = pyotp.TOTP(secret).at(int(later))
    assert world.browser().sign_in("asha", WRONG, fresh).status_code == 401
    assert world.browser().sign_in("asha", code=f"{fresh[:3]} {fresh[3:]}").status_code == 303
    assert world.browser().sign_in("asha", code=fresh).status_code == 401
    with reading(world.engine) as connection:
        assert secret not in str(connection.execute(select(Login)).all())


def test_a_secret_is_shown_once_and_then_how_to_begin_anew(world: World) -> None:
    browser = world.signed_in("asha")
    first = browser.post("/account/codes/new", {"password": PASSWORD}).text
    (shown,) = re.findall(r'class="secret"[^>]*>([A-Z2-7 ]+)<', first)
    secret = shown.replace(" ", "")
    assert "<svg" in first

    def tells_nothing(page: str) -> None:
        assert 'id="was-shown"' in page
        assert "Begin again" in page
        assert 'class="secret"' not in page
        assert shown not in page
        assert "<svg" not in page

    tells_nothing(browser.get("/account/codes").text)
    assert browser.get("/account/codes/picture.svg").status_code == 404
    tells_nothing(browser.post("/account/codes/on", {"code": "000000"}, form="/account/codes").text)
    # The same form once more, as a browser sends it that loads the page anew.
    tells_nothing(browser.post("/account/codes/new", {"password": PASSWORD}, form="/account/codes").text)
    on = browser.post("/account/codes/on", {"code": pyotp.TOTP(secret).at(int(now()))}, form="/account/codes")
    assert len(re.findall(r"<li>[A-Z0-9]{5}-[A-Z0-9]{5}</li>", on.text)) == 10


def test_who_begins_anew_gets_another_secret(world: World) -> None:
    browser = world.signed_in("asha")
    first = browser.post("/account/codes/new", {"password": PASSWORD}).text
    (mark,) = re.findall(r'name="mark" value="([^"]+)"', browser.get("/account/codes").text)
    second = browser.post("/account/codes/new", {"password": PASSWORD, "mark": mark}).text
    shown = [re.findall(r'class="secret"[^>]*>([A-Z2-7 ]+)<', page) for page in (first, second)]
    assert all(shown)
    assert shown[0] != shown[1]


def test_a_secret_that_nobody_confirmed_does_not_wait_for_long(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = world.signed_in("asha")
    browser.post("/account/codes/new", {"password": PASSWORD})
    assert 'id="was-shown"' in browser.get("/account/codes").text
    later = now() + 901
    monkeypatch.setattr(codes, "now", lambda: later)
    assert 'id="was-shown"' not in browser.get("/account/codes").text


def test_a_spare_code_works_once_without_the_telephone(world: World) -> None:
    _, spare = code_of(world, world.signed_in("asha"))
    assert world.browser().sign_in("asha", code=spare[0].lower()).status_code == 303
    assert world.browser().sign_in("asha", code=spare[0]).status_code == 401
    assert world.browser().sign_in("asha", code=spare[1]).status_code == 303
    with reading(world.engine) as connection:
        kept = connection.execute(select(SpareCode.code_hash)).scalars().all()
    assert len(kept) == 8
    assert not any(code.replace("-", "") in kept for code in spare)


def test_codes_are_turned_off_with_the_password_only(world: World) -> None:
    browser = world.signed_in("asha")
    code_of(world, browser)
    assert browser.post("/account/codes/off", {"password": WRONG}).status_code == 400
    assert world.browser().sign_in("asha").status_code == 401
    assert browser.post("/account/codes/off", {"password": PASSWORD}).status_code == 303
    assert world.browser().sign_in("asha").status_code == 303


def test_a_secret_survives_a_new_master_key(world: World) -> None:
    from bot.sealing import Sealer

    code_of(world, world.signed_in("asha"))
    with transaction(world.engine) as connection:
        codes.reseal(connection, Sealer({**KEYS, 2: b"n" * 32}))
        sealed = connection.execute(select(Login.totp)).scalar_one()
    assert sealed is not None
    assert Sealer({2: b"n" * 32}).open(sealed, purpose=codes.PURPOSE, name="1")


# -- what is kept of it --


def test_every_change_is_in_the_trail_with_who_did_it_and_no_secret(world: World) -> None:
    browser = world.signed_in("asha")
    secret, spare = code_of(world, browser)
    browser.post("/account/language", {"language": "sw"})
    with reading(world.engine) as connection:
        rows = connection.execute(select(Audit.what, Audit.by_person, Audit.before, Audit.after)).all()
        everything = str(connection.execute(select(Audit)).all())
        assert audit.verify(connection, KEYS) is None
    assert [(row.what, row.by_person) for row in rows] == [
        ("login_made", None), ("codes_new", browser.person_id), ("codes_on", browser.person_id), ("console_language", browser.person_id),
    ]  # fmt: skip
    assert (rows[-1].before, rows[-1].after) == ({"language": ""}, {"language": "sw"})
    assert not any(word in everything for word in (PASSWORD, secret, *spare, "asha"))


def test_whoever_ends_a_session_is_in_the_trail(world: World) -> None:
    browser = world.signed_in("asha")
    with transaction(world.engine) as connection:
        known = logins.of_person(connection, browser.person_id)
        assert known is not None
        sessions.start(connection, known.id)
        other = max(one.id for one in sessions.of_login(connection, known.id))
    for number in (other, other, 99):
        assert browser.post("/account/sessions/end", {"session": str(number)}).status_code == 303
    assert browser.post("/sign-out", {}).status_code == 303
    assert world.browser().sign_in("asha").status_code == 303
    with reading(world.engine) as connection:
        rows = connection.execute(select(Audit.what, Audit.by_person, Audit.before, Audit.after)).all()
    assert [(row.what, row.by_person) for row in rows if row.what != "login_made"] == [
        (what, browser.person_id) for what in ("sessions_ended", "signed_out", "signed_in")
    ]
    assert (rows[1].before, rows[1].after) == ({"session": other}, {"session": None})


def test_a_login_that_changes_a_role_is_in_the_trail_with_both(world: World) -> None:
    number = a_member(world.engine, "chw")
    with transaction(world.engine) as connection:
        logins.add(connection, "bisi", logins.hashed(PASSWORD), "supervisor", by=7, person_id=number)
    with reading(world.engine) as connection:
        row = connection.execute(select(Audit).where(Audit.what == "role_changed")).one()
    assert (row.subject, row.by_person, row.before, row.after) == (
        str(number),
        7,
        {"role": "chw"},
        {"role": "supervisor"},
    )
