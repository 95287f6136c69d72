"""What only some of a clinic's days bring, in a real browser: a session that ends under the pen, a case taken over, a chat of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import delete

from bot.cases import deeds, notes
from bot.casework import answers
from bot.database import reading, transaction
from bot.messages import Urgency
from bot.tables import ConsoleSession
from tests.browsers import chromium, look_at, serve, watched
from tests.console.desk_world import a_case
from tests.console.test_cases_in_a_browser import sign_in
from tests.console.world import PASSWORD, World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

SEEN = [(360, "en"), (1280, "ar")]
WORDS = "Keep the wound dry & clean.\nلا تنتظر"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.mark.parametrize(("width", "language"), SEEN)
def test_an_answer_outlives_the_session_it_was_written_in(
    browser: Browser, world: World, tmp_path: Path, width: int, language: str
) -> None:
    case = a_case(world, language="sw", floor=Urgency.TODAY)
    with serve(world.app) as url, watched(browser, url, width, language) as page:
        sign_in(page, world, url, "ana", language)
        page.goto(f"{url}/console/cases/{case.code}")
        page.locator("form[data-claim] button").click()
        page.locator("#answer textarea").first.fill(WORDS)
        with transaction(world.engine) as connection:
            connection.execute(delete(ConsoleSession))
        page.locator("#answer button.main").click()
        expect(page.locator("input[name=password]")).to_be_visible()
        look_at(page, f"unsent-door-{language}-{width}", tmp_path)
        page.locator("input[name=name]").fill("ana")
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("button.main").click()
        given_back = page.locator("textarea").first
        expect(given_back).to_have_value(WORDS)
        look_at(page, f"unsent-{language}-{width}", tmp_path)
        page.locator("main button.main").click()
        expect(page.get_by_role("heading", name=case.code)).to_be_visible()
    with reading(world.engine) as connection:
        kept = [one.text for one in notes.of_case(connection, world.console.sealer, case.id, "clinician")]
    assert [answers.from_note(one).own for one in kept] == [WORDS]


@pytest.mark.parametrize(("width", "language"), SEEN)
def test_a_supervisor_takes_a_case_over_after_a_question_that_names_its_holder(
    browser: Browser, world: World, tmp_path: Path, width: int, language: str
) -> None:
    case = a_case(world, floor=Urgency.TODAY)
    holder = world.person("musa", "clinician")
    with transaction(world.engine) as connection:
        deeds.take(connection, case.id, holder)
    with serve(world.app) as url, watched(browser, url, width, language) as page:
        sign_in(page, world, url, "sana", language, "supervisor")
        page.goto(f"{url}/console/cases/{case.code}")
        look_at(page, f"held-{language}-{width}", tmp_path)
        page.locator("form[action$='/take-over'] button").click()
        expect(page.locator("main")).to_contain_text("musa")
        look_at(page, f"take-over-{language}-{width}", tmp_path)
        page.locator("form[action$='/take-over'] button").click()
        expect(page.locator("#answer textarea").first).to_be_visible()


@pytest.mark.parametrize(("width", "language"), SEEN)
def test_a_clinician_makes_a_chat_their_own(
    browser: Browser, world: World, tmp_path: Path, width: int, language: str
) -> None:
    with serve(world.app) as url, watched(browser, url, width, language) as page:
        sign_in(page, world, url, "ana", language)
        page.goto(f"{url}/console/account")
        page.locator("form[action$='/account/chat'] button").click()
        expect(page.locator("main a[href$='/account']")).to_be_visible()
        look_at(page, f"own-chat-{language}-{width}", tmp_path)
