"""A case from a photograph in the web chat to a clinician's answer at the console and back into the chat, in two browsers."""

from __future__ import annotations

import io
import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from bot.console import logins
from bot.database import transaction
from bot.media.drawn import draw
from bot.tables import Audit, CaseRow
from tests.browsers import chromium
from tests.journeys.town import Town, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PASSWORD = "nine wet goats sing"
# What this patient presses, by what stands on the button.
PRESSED = ("Yes, I agree", "18 to 39 years", "Yes")


def presses(page: Page) -> None:
    """Answers until nothing is asked: yes to the first sign of danger."""
    for _ in range(12):
        asked = page.locator(".choices button")
        expect(asked.first.or_(page.get_by_text("This can be an emergency."))).to_be_visible()
        texts = asked.all_inner_texts()
        wanted = next((t for p in PRESSED for t in texts if t.startswith(p)), "")
        if not wanted:
            return
        said = page.locator("#messages .out").count()
        page.get_by_role("button", name=wanted, exact=True).first.click()
        page.wait_for_function("n => document.querySelectorAll('#messages .out').length > n", arg=said)


def test_a_photograph_in_the_chat_is_answered_at_the_desk_and_the_answer_is_read_in_the_chat(
    town: Town,
) -> None:
    with transaction(town.parts.engine) as connection:
        logins.add(connection, "asha", logins.hashed(PASSWORD), "clinician")
    picture = io.BytesIO()
    draw(5, "NEV", 900, seed=3).save(picture, "JPEG", quality=90)
    with chromium() as browser:
        phone = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-US").new_page()
        desk = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US").new_page()
        for page in (phone, desk):
            page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        phone.goto(f"{town.url}/chat")
        phone.locator("#choose").set_input_files(
            [{"name": "arm.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}]
        )
        phone.get_by_role("button", name="Send", exact=True).click()
        presses(phone)
        until(lambda: _case(town) is not None, "the case before the clinicians")

        desk.goto(f"{town.url}/console/cases")
        desk.get_by_label("Name").fill("asha")
        desk.get_by_label("Password").fill(PASSWORD)
        desk.get_by_role("button", name="Sign in").click()
        case = _case(town)
        assert case is not None
        desk.get_by_role("link", name=case.code).click()
        desk.locator("form[data-claim] button").click()
        desk.get_by_label("Show photo 1").check()
        image = desk.locator(".photo img").first
        image.scroll_into_view_if_needed()
        until(lambda: image.evaluate("i => i.complete && i.naturalWidth > 0"), "the photograph")
        expect(desk.locator(".talk")).to_contain_text("hospital")
        desk.get_by_label("Go to the hospital now. Do not wait.").check()
        desk.get_by_label("Your own words").fill("I wait for you at the gate")
        desk.get_by_role("button", name="Send the answer").click()
        expect(desk.get_by_role("status")).to_contain_text("on its way")

        answer = phone.locator("#messages .out .text").last
        expect(answer).to_contain_text("I wait for you at the gate")
        said = re.sub(r"\s+", " ", answer.inner_text())
        assert "A clinician looked at your answers and says: Go to the hospital now. Do not wait." in said
        assert "not translated" in said
    with town.reading() as connection:
        trail = list(connection.execute(select(Audit.what, Audit.details)).all())
        deeds = [row.what for row in trail if row.what.startswith("case_")]
        assert deeds == ["case_seen", "case_claimed", "case_answered"]
        assert "gate" not in str(trail)


def _case(town: Town) -> CaseRow | None:
    with town.reading() as connection:
        return connection.execute(select(CaseRow)).first()  # type: ignore[return-value]
