"""The page of a case in a real browser: what was half-written stays, what is newest is in sight, and what is printed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.cases import notes
from bot.database import transaction
from bot.messages import Urgency
from tests.browsers import chromium, look_at, serve, watched
from tests.console.desk_world import PLACE, a_case, a_place
from tests.console.test_cases_in_a_browser import sign_in
from tests.console.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def test_what_is_half_written_outlives_an_opinion_and_is_asked_about_before_it_is_left(
    browser: Browser, world: World
) -> None:
    a_place(world)
    case = a_case(world)
    with serve(world.app) as url, watched(browser, url, 1280, "en") as page:
        sign_in(page, world, url, "asha")
        page.goto(f"{url}/console/cases/{case.code}")
        page.locator("form[data-claim] button").click()
        page.get_by_label("Your own words").fill("Wash it\ntwice a day")
        page.locator("#f-place").select_option(PLACE.id)
        assert page.locator('input[value="refer_to"]').is_checked(), "the place ticks its sentence"
        page.locator("#opinion summary").click()
        page.locator("#o-condition").select_option("NEV")
        page.locator("#opinion").get_by_label("today").check()
        page.locator("#opinion button").click()
        expect(page.get_by_role("status")).to_contain_text("opinion is kept")
        expect(page.get_by_label("Your own words")).to_have_value("Wash it\ntwice a day")
        expect(page.locator("#f-place")).to_have_value(PLACE.id)
        asked: list[str] = []
        page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
        page.get_by_role("link", name="Cases").first.click(no_wait_after=True)
        page.wait_for_timeout(500)
        assert asked == ["beforeunload"]
        expect(page.get_by_label("Your own words")).to_have_value("Wash it\ntwice a day")
        page.get_by_role("button", name="Send the answer").click()
        expect(page.get_by_role("status")).to_contain_text("on its way")
        assert asked == ["beforeunload"], "nothing is asked of what is sent"


def test_what_is_half_written_outlives_an_opinion_without_a_script_and_enter_never_sends_the_answer(
    browser: Browser, world: World
) -> None:
    case = a_case(world)
    with serve(world.app) as url, watched(browser, url, 360, "en", javascript=False) as page:
        sign_in(page, world, url, "asha")
        page.goto(f"{url}/console/cases/{case.code}")
        page.locator("form[data-claim] button").click()
        page.get_by_label("Your own words").fill("Wash it\ntwice a day")
        page.locator("#opinion summary").click()
        page.locator("#o-condition").select_option("NEV")
        page.locator("#opinion").get_by_label("today").check()
        page.locator("#opinion button").click()
        expect(page.get_by_role("status")).to_contain_text("opinion is kept")
        expect(page.get_by_label("Your own words")).to_have_value("Wash it\ntwice a day")
        page.locator("#answer").get_by_role("radio", name="today").check()
        page.locator("#answer").get_by_role("radio", name="today").press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_label("Your own words")).to_have_value("Wash it\ntwice a day")
        page.get_by_role("button", name="Send the answer").click()
        expect(page.get_by_role("status")).to_contain_text("on its way")


def at_its_end(page: Page) -> None:
    """What was said last is in sight in its box."""
    box, last = page.locator(".talk-box").bounding_box(), page.locator(".talk li").last.bounding_box()
    assert box
    assert last
    assert box["y"] < last["y"] + last["height"] <= box["y"] + box["height"] + 1


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_case_with_many_photographs_and_messages_is_read_from_its_top(
    browser: Browser, world: World, tmp_path: Path, width: int, language: str
) -> None:
    case = a_case(world, photos=12, floor=Urgency.TODAY)
    with transaction(world.engine) as connection:
        for number in range(60):
            notes.add(connection, world.console.sealer, case.id, "patient", f"It itches, day {number}")
    with serve(world.app) as url, watched(browser, url, width, language) as page:
        sign_in(page, world, url, "asha", language)
        page.goto(f"{url}/console/cases/{case.code}")
        page.locator("form[data-claim] button").click()
        at_its_end(page)
        page.locator('a[href="#answer"]').click()
        expect(page.locator("#answer h2")).to_be_in_viewport()
        look_at(page, f"big-case-{language}-{width}", tmp_path)


def test_the_dialog_of_closing_is_a_page_that_names_the_outcome(
    browser: Browser, world: World, tmp_path: Path
) -> None:
    case = a_case(world)
    with serve(world.app) as url, watched(browser, url, 360, "ar") as page:
        sign_in(page, world, url, "asha", "ar")
        page.goto(f"{url}/console/cases/{case.code}")
        page.locator("#close summary").click()
        page.locator("#close button").click()
        assert page.locator("#c-outcome").evaluate("e => e.validity.valueMissing"), (
            "nothing is chosen beforehand"
        )
        page.locator("#c-outcome").select_option("referred")
        page.locator("#close button").click()
        expect(page.locator("form .danger")).to_be_visible()
        look_at(page, "close-sure-ar-360", tmp_path)


def test_on_paper_stand_the_danger_signs_and_the_talk_and_no_buttons(browser: Browser, world: World) -> None:
    case = a_case(world, floor=Urgency.TODAY)
    with transaction(world.engine) as connection:
        for number in range(15):
            notes.add(connection, world.console.sealer, case.id, "patient", f"It itches, day {number} " * 9)
    for javascript in (True, False):
        with serve(world.app) as url, watched(browser, url, 1280, "en", javascript=javascript) as page:
            sign_in(page, world, url, f"asha{javascript}".lower())
            page.goto(f"{url}/console/cases")
            page.emulate_media(media="print")
            expect(page.locator("table")).to_be_visible()
            for what in ("button:visible", "input:visible", ".keys:visible", "select:visible"):
                expect(page.locator(what)).to_have_count(0)
            page.emulate_media(media="screen")
            page.goto(f"{url}/console/cases/{case.code}")
            at_its_end(page)
            page.emulate_media(media="print")
            for what in (
                "button:visible",
                "input:visible",
                ".keys:visible",
                "select:visible",
                ".unveil-label:visible",
            ):
                expect(page.locator(what)).to_have_count(0)
            if javascript:
                page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
            signs = page.locator("details", has_text="Asked, and not there").locator("li").first
            assert signs.evaluate(
                "e => e.getBoundingClientRect().height > 0 && e.checkVisibility({contentVisibilityAuto: true})"
            )
            assert page.locator(".talk-box").evaluate("e => e.scrollHeight <= e.clientHeight + 1")


@pytest.mark.parametrize(("width", "language"), [(360, "ar"), (1280, "en")])
def test_the_key_that_claims_takes_the_chosen_row_and_without_one_says_so(
    browser: Browser, world: World, tmp_path: Path, width: int, language: str
) -> None:
    cases = [a_case(world, photos=1, address=f"p{n}") for n in range(3)]
    with serve(world.app) as url, watched(browser, url, width, language) as page:
        sign_in(page, world, url, "asha", language)
        page.goto(f"{url}/console/")
        look_at(page, f"home-{language}-{width}", tmp_path)
        page.goto(f"{url}/console/cases?state=waiting")
        page.keyboard.press("c")
        expect(page.locator("#choose-first")).to_be_visible()
        expect(page.locator("form[data-claim]")).to_have_count(3)
        page.keyboard.press("j")
        expect(page.locator("#choose-first")).to_be_hidden()
        page.keyboard.press("j")
        page.keyboard.press("c")
        expect(page.locator("h1")).to_contain_text(cases[1].code)
        page.locator("#second summary").click()
        page.locator("#second button").click()
        look_at(page, f"second-list-{language}-{width}", tmp_path)
        page.get_by_role("link", name=cases[1].code).click()
        look_at(page, f"second-case-{language}-{width}", tmp_path)
