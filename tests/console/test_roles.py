"""Every role against every route of the console: what the table says is what happens."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import Engine, update
from starlette.routing import Route

import locales
from bot.console import roles
from bot.console.roles import ROLES, Right
from bot.database import transaction
from bot.tables import Login
from bot.web.console import tongues
from bot.web.console.frame import Console
from bot.web.console.look import HEADERS
from bot.web.console.visit import Entry
from tests.console.world import Browser, World, settings_for


def address(entry: Entry) -> str:
    # Nobody's sessions are ended: the first person is who asks.
    number = "99" if entry.path.endswith("/end-sessions") else "1"
    return re.sub(r"\{[^}]*\}", number, entry.path)


def answer(browser: Browser, entry: Entry) -> int:
    """The status. Forms carry a right token and nothing else, so that what refuses them is the right alone or the fields."""
    if entry.method == "GET":
        return int(browser.get(address(entry)).status_code)
    return int(browser.post(address(entry), {}).status_code)


@pytest.mark.parametrize("role", [*ROLES, None])
def test_each_role_gets_exactly_what_the_table_gives_it(world: World, role: str | None) -> None:
    browser = world.signed_in("asha", role) if role else world.browser()
    for entry in world.console.entries:
        if entry.access == "anyone":
            continue
        if role is None:
            done = browser.client.request(entry.method, "/console" + address(entry))
            assert (done.status_code, done.headers["location"].partition("?")[0]) == (
                303,
                "/console/sign-in",
            ), entry
        elif entry.path == "/sign-out":
            continue
        else:
            assert (answer(browser, entry) == 403) != roles.may(role, entry.access), (role, entry)


def test_what_anyone_may_see_is_the_door_alone(world: World) -> None:
    assert {entry.path for entry in world.console.entries if entry.access == "anyone"} == {"/sign-in"}


def test_a_route_without_a_right_cannot_be_registered(world: World, tmp_path: Path, engine: Engine) -> None:
    console = Console(settings_for(tmp_path), engine)
    for access in ("", "see_everything", None):
        with pytest.raises(ValueError, match="expected a right"):
            console.get("/new", access, lambda visit: visit.problem(404))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        console.get("/new", page=lambda visit: visit.problem(404))  # type: ignore[call-arg]
    console.get("/new", "see_audit", lambda visit: visit.problem(404))
    with pytest.raises(ValueError, match="twice"):
        console.get("/new", "see_audit", lambda visit: visit.problem(404))


def test_a_right_that_is_called_to_see_sends_no_form(world: World) -> None:
    forms = [(one.path, one.access) for one in world.console.entries if one.method != "GET"]
    assert len(forms) > 50
    assert [form for form in forms if form[1].startswith("see_")] == []


def test_no_route_below_console_stands_outside_of_the_registration(world: World) -> None:
    registered = {f"/console{entry.path}" for entry in world.console.entries}
    others = {route.path for route in world.console.routes() if isinstance(route, Route)} - registered
    assert others == {"/console", "/console/{rest:path}", "/console/static/{version}/{name}"}
    source = Path(__file__).parents[2] / "bot" / "web" / "console"
    made = [p.name for p in source.rglob("*.py") if re.search(r"\bRoute\(", p.read_text())]
    assert made == ["frame.py"]


def test_every_right_of_a_role_is_one_of_the_list_and_every_right_is_somebodys() -> None:
    listed = set(get_args(Right))
    assert set().union(*ROLES.values()) == listed
    assert roles.rights_of("patient") == frozenset()
    assert not roles.may("patient", "signed_in")
    assert not roles.may(None, "signed_in")


def test_every_answer_has_the_headers_that_close_the_browser(world: World) -> None:
    browser = world.signed_in("asha")
    for path in ("/", "/sign-in", "/audit", "/nothing"):
        headers = browser.get(path).headers
        assert {name: headers.get(name.lower()) for name in HEADERS} == dict(HEADERS), path
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")


def test_pages_hold_nothing_inline_and_nothing_of_others(world: World) -> None:
    templates = Path(__file__).parents[2] / "bot" / "web" / "console" / "templates"
    for path in templates.rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"<style|style=|\son\w+=|https?://|<script(?![^>]*\ssrc=)|\|\s*safe", text), (
            path.name
        )
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", text, re.S):
            assert "csrf()" in form or 'name="csrf"' in form, path.name


def test_static_files_are_kept_for_ever_under_the_address_of_their_content(world: World) -> None:
    browser = world.browser()
    (style,) = re.findall(r'href="(/console/static/\w+/console\.css)"', browser.get("/sign-in").text)
    got = browser.client.get(style)
    assert got.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert got.headers["content-type"] == "text/css; charset=utf-8"
    old = browser.client.get("/console/static/0123456789abcdef/console.css")
    assert (old.headers["cache-control"], old.text) == ("no-cache", got.text)
    for name in ("nothing.css", "..%2fconsole.css", "chat.js", "__init__.py"):
        assert browser.client.get(f"/console/static/x/{name}").status_code == 404


@pytest.mark.parametrize(
    ("language", "direction", "word"),
    [("sw", "ltr", "Ingia"), ("ar-EG", "rtl", "تسجيل الدخول"), ("xx", "ltr", "Sign in")],
)
def test_the_page_speaks_the_language_of_the_browser(
    world: World, language: str, direction: str, word: str
) -> None:
    page = world.browser(language).get("/sign-in").text
    assert f'dir="{direction}"' in page.partition("<body>")[0]
    assert f"<h1>{word}</h1>" in page


def test_the_page_speaks_the_language_that_was_chosen(world: World) -> None:
    browser = world.signed_in("asha", language="en")
    assert browser.post("/account/language", {"language": "ar"}).status_code == 303
    page = browser.get("/").text
    assert '<html lang="ar" dir="rtl">' in page
    assert browser.post("/account/language", {"language": "../x"}).status_code == 400


def test_languages_in_which_the_console_is_english_are_not_offered_and_no_page_is_called_so(
    world: World,
) -> None:
    asha = world.signed_in("asha", language="fr-FR,fr;q=0.9")
    page = asha.get("/account").text
    assert '<html lang="en" dir="ltr">' in page
    (select,) = re.findall(r'<select id="f-language".*?</select>', page, re.S)
    assert re.findall(r'<option value="([^"]+)"', select) == ["en", "ar", "sw"]
    assert asha.post("/account/language", {"language": "fr"}).status_code == 400
    # What somebody chose before, and the next language of a browser.
    with transaction(world.engine) as connection:
        connection.execute(update(Login).values(language="fr"))
    assert '<html lang="en" dir="ltr">' in asha.get("/").text
    assert '<html lang="sw" dir="ltr">' in world.browser("fr-FR,sw;q=0.5").get("/sign-in").text


def test_a_language_is_offered_from_the_day_its_pack_has_the_consoles_sentences(world: World) -> None:
    library = locales.library()
    sw = library.translations("sw")
    ours = [entry for name, entry in library.template.items() if name.startswith("console.")]
    for share, offered in ((1.0, True), (0.5, False)):
        kept = {(entry.id, entry.source[0]) for entry in ours[: int(share * len(ours))]}
        forms = {
            key: said for key, said in sw.forms.items() if not key[0].startswith("console.") or key in kept
        }
        packs = {"sw": locales.Handed(library.pack("sw"), replace(sw, forms=forms), True)}
        with locales.holding(library.with_packs(packs)):
            assert ("sw" in tongues.offered(True)) == offered, share


def test_only_messages_of_ours_are_said_after_a_form(world: World) -> None:
    browser = world.signed_in("asha")
    assert 'role="status">Saved.</p>' in browser.get("/account?said=saved").text
    for said in ("nothing", "<b>", "../problem.form"):
        assert 'role="status"' not in browser.get(f"/account?said={said}").text


def test_the_navigation_shows_what_the_role_may_see(world: World) -> None:
    assert 'href="/console/audit"' in world.signed_in("asha", "admin").get("/").text
    assert 'href="/console/audit"' not in world.signed_in("bisi", "clinician").get("/").text


def test_the_trail_is_filtered_and_goes_on_page_by_page(world: World) -> None:
    from bot import audit
    from bot.database import transaction

    browser = world.signed_in("asha")
    with transaction(world.engine) as connection:
        for n in range(120):
            audit.record(connection, "tried" if n % 2 else "looked", n, by=browser.person_id)
    page, seen = browser.get("/audit?what=tried"), []
    while True:
        seen += re.findall(r'class="[^"]*subject[^"]*" title="(\d+)"', page.text)
        older = re.search(r'class="button" href="(/console/audit\?[^"]*)"', page.text)
        if older is None:
            break
        page = browser.client.get(older[1].replace("&amp;", "&"))
    assert seen == [str(n) for n in range(119, 0, -2)]
    assert "Nothing fits." in browser.get("/audit?subject=zzz").text
    assert browser.get("/audit?by=zzz&before=%27").status_code == 200
    assert "&lt;b&gt;" in browser.get("/audit?subject=<b>").text
