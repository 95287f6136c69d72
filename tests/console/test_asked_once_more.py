"""What cannot be undone is asked about by the server too: where no script runs, the first press does nothing."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.database import reading
from bot.tables import Audit
from bot.web.console import look
from tests.console.every_form import FORMS, VERSION, Sent
from tests.console.world import World

ASKED = {
    "/people/{person}/remove": "You can bring them back later",
    "/people/{person}/password": "The present password of person",
    "/people/{person}/hand-over": "They cannot be called back here",
    "/people/give": "They cannot be called back here",
    "/erase": "This cannot be undone by anybody",
    "/texts/photo-days": "1 photograph or voice message is older than 7 days",
    "/letters/drop": "It cannot be undone",
    "/cases/{code}/close": "It cannot be opened again here",
    "/own-cases/{code}/close": "It cannot be opened again here",
    "/cases/{code}/teaching-back": "This cannot be undone here",
    f"{VERSION}/retire": "until another version is live",
}


def rows(world: World) -> list[str]:
    with reading(world.engine) as connection:
        return list(connection.execute(select(Audit.what).order_by(Audit.seq)).scalars())


@pytest.mark.parametrize("path", ASKED)
def test_the_first_press_asks_and_does_nothing_and_the_second_does_what_was_asked(
    packs_world: World, path: str
) -> None:
    form = FORMS[path]
    sent: Sent = form.ready(packs_world)
    before = rows(packs_world)
    fields = {name: value for name, value in sent.fields.items() if name != "yes"}
    asked = sent.browser.post(sent.path, fields, form=sent.page)
    assert asked.status_code == 200
    assert ASKED[path] in unescape(asked.text)
    assert rows(packs_world) == before
    back = re.findall(r'<a class="button" href="/console([^"]*)"', asked.text)[-1]
    assert sent.browser.get(back).status_code == 200
    (action,) = re.findall(r'<form method="post" action="([^"]*)" class="card form"', asked.text)
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', asked.text)
    done = sent.browser.client.post(action, data=dict(hidden))
    assert done.status_code == form.status
    assert rows(packs_world)[len(before) :][-len(form.rows) :] == [what for what, _ in form.rows]


def test_no_form_says_yes_by_itself_but_that_of_the_page_that_asks() -> None:
    templates = Path(look.__file__).parent / "templates"
    assert [one.name for one in templates.iterdir() if 'name="yes"' in one.read_text()] == ["sure.html"]
