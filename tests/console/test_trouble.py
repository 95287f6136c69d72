"""Whoever gets no page is told why in their language, and how to go on."""

from __future__ import annotations

import json
import logging
import re
from html import unescape
from pathlib import Path

import pytest
from jinja2 import Environment, TemplateError

from bot import logs
from bot.web.console import look, trouble
from bot.web.console.look import HEADERS
from locales.placeholders import without_isolates
from tests.console.world import World

SECRET = "zuq the goat of Amina"


def breaks(*_: object, **__: object) -> None:
    raise ValueError(SECRET)


@pytest.mark.parametrize(
    ("language", "direction", "said"),
    [("en", "ltr", "Something went wrong on the server"), ("ar", "rtl", "حدث خطأ في الخادم")],
)
def test_what_nobody_foresaw_is_a_page_in_the_persons_language_and_no_word_of_it_is_logged(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, language: str, direction: str, said: str
) -> None:  # fmt: skip
    asha = world.signed_in("asha", language=language)
    monkeypatch.setattr("bot.web.console.people.staff.everybody", breaks)
    caplog.set_level(logging.DEBUG)
    got = asha.get("/people?words=zuq")
    assert got.status_code == 500
    assert f'dir="{direction}"' in got.text
    assert said in got.text
    assert 'href="/console/"' in got.text
    assert {name: got.headers.get(name.lower()) for name in HEADERS} == dict(HEADERS)
    assert "zuq" not in got.text
    lines = [logs._Line(()).format(record) for record in caplog.records]
    (line,) = [json.loads(line) for line in lines if "console_page_failed" in line]
    assert line["route"] == "GET /people"
    assert "ValueError" in json.dumps(line)
    assert "test_trouble.py" in json.dumps(line)
    assert "zuq" not in "".join(lines)


def test_a_form_that_fails_leads_back_to_its_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asha = world.signed_in("asha")
    monkeypatch.setattr("bot.web.console.account.logins.set_language", breaks)
    got = asha.post("/account/language", {"language": "sw"})
    assert got.status_code == 500
    assert '<a class="button" href="/console/account">Back</a>' in got.text


def test_where_the_templates_are_what_is_wrong_there_is_a_page_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asha = world.signed_in("asha", language="ar")

    def broken(*_: object) -> str:
        raise TemplateError(SECRET)

    monkeypatch.setattr(look, "template", broken)
    got = asha.get("/people")
    assert got.status_code == 500
    assert '<html lang="ar" dir="rtl">' in got.text
    assert "حدث خطأ في الخادم" in got.text
    assert '<a href="/console/">' in got.text
    assert {name: got.headers.get(name.lower()) for name in HEADERS} == dict(HEADERS)
    assert "zuq" not in got.text


def test_a_server_keeps_the_templates_with_which_it_began() -> None:
    made: Environment = look._environment()
    assert made.auto_reload is False
    assert made.cache is not None
    assert len(made.cache) == len(list((Path(look.__file__).parent / "templates").iterdir()))


def test_too_big_says_how_big_and_how_big_it_may_be_and_leads_back(packs_world: World) -> None:
    asha = packs_world.signed_in("asha")
    files = {"file": ("sw.po", b"x" * 6_100_000, "text/plain")}
    got = asha.post("/packs/sw/1/file", {}, files=files)
    assert got.status_code == 413
    said = without_isolates(unescape(got.text))
    assert "it has 6.1 MB, and at most 3 MB can be taken" in said
    assert '<a class="button" href="/console/packs/sw/1">' in got.text
    chunks = (b"a" * 100_000 for _ in range(5))
    kind = {"content-type": "application/x-www-form-urlencoded"}
    got = asha.client.post("/console/account/language", content=chunks, headers=kind)
    assert got.status_code == 413
    assert "At most 262 kB can be taken" in without_isolates(got.text)


def test_what_is_not_there_or_not_ones_own_leads_to_the_page_above_that_one_may_see(
    packs_world: World,
) -> None:
    dr = packs_world.signed_in("dr", "clinician")
    for path, status, above in (
        ("/packs/sw/99", 404, "/packs/sw"),
        ("/packs/zz", 404, "/packs"),
        ("/places/at/nowhere", 404, "/places"),
        ("/people/1", 403, ""),
    ):
        got = dr.get(path)
        assert got.status_code == status
        found = re.findall(r'<a class="button" href="/console([^"]*)"', got.text)
        assert found == [*([above] if above else []), "/"], path


@pytest.mark.parametrize(
    ("size_bytes", "language", "told"),
    [(6_100_000, "en", "6.1 MB"), (262_144, "en", "262 kB"), (3_000_000, "sw", "3"), (3_000_000, "ar", "3")],
)
def test_a_size_is_written_as_people_write_it(size_bytes: int, language: str, told: str) -> None:
    assert told in trouble.size(size_bytes, language)


def test_pages_without_a_look_say_what_is_put_into_them_as_text() -> None:
    body = trouble.bare("en", "ltr", "<b>", "&", "/console/", "x").body.decode()
    assert "&lt;b&gt;" in body
    assert "<b>" not in body
