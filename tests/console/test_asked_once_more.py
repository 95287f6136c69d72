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
from locales.placeholders import without_isolates
from tests.console.every_form import FORMS, MARK, VERSION, Sent
from tests.console.world import World

ASKED = {
    "/people/{person}/role": "From their next page on",
    f"{VERSION}/activate": "within seconds",
    "/people/{person}/remove": "You can bring them back later",
    "/people/{person}/password": "the present password stops working",
    "/people/{person}/hand-over": "They cannot be called back here",
    "/people/give": "They cannot be called back here",
    "/erase": "This cannot be undone by anybody",
    "/texts/photo-days": "1 photograph or voice message is older than 7 days",
    "/letters/drop": "Nobody tries it once more",
    "/cases/{code}/close": "It cannot be opened again here",
    "/own-cases/{code}/close": "It cannot be opened again here",
    "/cases/{code}/teaching-back": "This cannot be undone here",
    f"{VERSION}/retire": "until another version is live",
    f"{VERSION}/approve": "Did you read every sentence",
    f"{VERSION}/withdraw": "Take back all that you approved",
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


# Where a dialog asks first, where a script runs. Not of these: what the server alone asks.
BY_DIALOG = (
    "/people/{person}/remove",
    "/people/{person}/password",
    "/people/{person}/hand-over",
    "/people/give",
    "/erase",
    "/letters/drop",
    f"{VERSION}/retire",
    f"{VERSION}/activate",
    f"{VERSION}/withdraw",
)


@pytest.mark.parametrize("path", BY_DIALOG)
def test_the_dialog_says_what_the_page_says_that_asks_without_a_script(packs_world: World, path: str) -> None:
    sent: Sent = FORMS[path].ready(packs_world)
    fields = {name: value for name, value in sent.fields.items() if name != "yes"}
    if path == "/erase":
        fields["what"] = f"telegram:main:{MARK}"
    asked = sent.browser.post(sent.path, fields, form=sent.page)
    (question,) = re.findall(r"<p>([^<]*)</p>\s*<button", asked.text)
    back = re.findall(r'<a class="button" href="/console([^"]*)"', asked.text)[-1]
    page = sent.browser.post("/erase/find", fields) if path == "/erase" else sent.browser.get(back)
    dialogs = []
    for form in re.findall(rf'<form [^>]*action="/console{sent.path}"[^>]*>.*?</form>', page.text, re.S):
        ask = re.search(r'data-ask="([^"]*)"', form)
        if ask is not None:
            chosen = re.search(rf'<option value="{fields.get("to")}">([^<]*)</option>', form)
            dialogs.append(unescape(ask[1]).replace("{to}", unescape(chosen[1]) if chosen else "?"))
    assert without_isolates(unescape(question)) in [without_isolates(one) for one in dialogs]


def test_what_will_be_erased_is_shown_with_what_was_searched_for(packs_world: World) -> None:
    sent = FORMS["/erase"].ready(packs_world)
    typed = f"telegram:main:{MARK}"
    found = sent.browser.post("/erase/find", {"what": typed})
    assert f'value="{typed}"' in found.text, "the field keeps it"
    assert f"You searched for: {typed}" in without_isolates(unescape(found.text))
    fields = {"kind": "chat", "id": sent.fields["id"], "mark": sent.fields["mark"], "what": typed}
    asked = without_isolates(unescape(sent.browser.post("/erase", fields).text))
    assert f"A person's chat (Telegram) with all that it holds. You searched for: {typed}. Since: " in asked
    assert "photographs: 0; cases: 0" in asked


def test_no_form_says_yes_by_itself_but_that_of_the_page_that_asks() -> None:
    templates = Path(look.__file__).parent / "templates"
    assert [one.name for one in templates.iterdir() if 'name="yes"' in one.read_text()] == ["sure.html"]
