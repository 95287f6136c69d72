"""The clinic's desk in a real browser: by keyboard, with the slider, on a phone and right to left; and a case from photo to answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from bot.cases import deeds, review
from bot.console import logins, sessions
from bot.database import transaction
from bot.messages import Urgency
from bot.tables import Chat
from bot.web.console.frame import COOKIE
from tests.browsers import chromium, look_at, serve, watched
from tests.console.desk_world import a_case, a_place
from tests.console.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def sign_in(
    page: Page, world: World, url: str, name: str, language: str = "", role: str = "clinician"
) -> None:
    """The new person's cookie, as the door gives it."""
    number = world.person(name, role)
    with transaction(world.engine) as connection:
        known = logins.of_person(connection, number)
        assert known is not None
        logins.set_language(connection, known.id, language)
        token = sessions.start(connection, known.id)
    # With the path of the door's own: another path would be a second cookie beside the one of the next sign-in.
    host = url.removeprefix("http://").partition(":")[0]
    page.context.add_cookies([{"name": COOKIE, "value": token, "domain": host, "path": "/console"}])


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_desk_is_whole_on_every_screen(
    browser: Browser, world: World, tmp_path: Path, width: int, language: str
) -> None:
    a_place(world)
    case = a_case(world, language="sw", photos=3, floor=Urgency.TODAY)
    a_case(world, language="ar", photos=0, address="p2")
    with serve(world.app) as url, watched(browser, url, width, language) as page:
        sign_in(page, world, url, "asha", language)
        page.goto(f"{url}/console/cases")
        look_at(page, f"cases-{language}-{width}", tmp_path)
        page.goto(f"{url}/console/cases/{case.code}")
        page.locator("form[data-claim] button").click()
        expect(page.locator("#answer textarea")).to_be_visible()
        for image in page.locator(".photo img").all():
            image.scroll_into_view_if_needed()
        page.locator("#unveil-1").check()
        page.locator("#unveil-pair").check()
        assert page.locator(".photo img").first.evaluate("i => getComputedStyle(i).filter") == "none"
        assert page.locator(".photo img").nth(1).evaluate("i => getComputedStyle(i).filter") != "none"
        look_at(page, f"case-{language}-{width}", tmp_path)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_health_workers_own_cases_are_whole_on_every_screen(
    browser: Browser, world: World, tmp_path: Path, width: int, language: str
) -> None:
    a_place(world)
    case = a_case(world, language="sw", photos=1, floor=Urgency.TODAY)
    with serve(world.app) as url, watched(browser, url, width, language) as page:
        sign_in(page, world, url, "asha", language, "chw")
        with transaction(world.engine) as connection:
            known = logins.named(connection, "asha")
            assert known is not None
            connection.execute(update(Chat).where(Chat.id == case.chat_id).values(person_id=known.person_id))
        page.goto(f"{url}/console/own-cases")
        look_at(page, f"own-cases-{language}-{width}", tmp_path)
        page.get_by_role("link", name=case.code).click()
        look_at(page, f"own-case-{language}-{width}", tmp_path)
        page.locator("details", has=page.locator("#c-outcome")).locator("summary").click()
        page.locator("#c-outcome").select_option("referred")
        page.locator("#close button").click()
        page.locator("form[action$='/close'] button").click()
        expect(page.get_by_role("status")).to_be_visible()
        expect(page.locator("#close")).to_have_count(0)


def test_the_list_and_the_slider_work_with_the_keyboard(browser: Browser, world: World) -> None:
    first = a_case(world, floor=Urgency.TODAY)
    second = a_case(world, address="p2")
    with serve(world.app) as url, watched(browser, url, 1280, "en") as page:
        sign_in(page, world, url, "asha")
        page.goto(f"{url}/console/cases?state=waiting")
        for keys, code in (("j", first.code), ("j", second.code), ("j", second.code), ("k", first.code)):
            page.keyboard.press(keys)
            expect(page.locator("tr.at .code")).to_have_text(code)
        page.keyboard.press("j")
        page.keyboard.press("c")
        expect(page.get_by_role("heading", name=second.code)).to_be_visible()
        expect(page.get_by_role("status")).to_contain_text("yours")
        page.goto(f"{url}/console/cases")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(
            page.get_by_role("heading", name=second.code).or_(page.get_by_role("heading", name=first.code))
        ).to_be_visible()
        slider = page.get_by_role("slider")
        slider.focus()
        for _ in range(10):
            page.keyboard.press("ArrowRight")
        assert page.locator(".compare").evaluate("e => e.style.getPropertyValue('--at')") == "60%"


def test_single_keys_are_switched_off_by_keyboard_and_stay_off_in_this_browser(
    browser: Browser, world: World
) -> None:
    case = a_case(world)
    with serve(world.app) as url, watched(browser, url, 1280, "en") as page:
        sign_in(page, world, url, "asha")
        page.goto(f"{url}/console/cases?state=waiting")
        switch = page.get_by_role("checkbox", name="Single keys act")
        expect(switch).to_be_checked()
        switch.focus()
        page.keyboard.press("Space")
        expect(switch).not_to_be_checked()
        for address in ("/console/cases?state=waiting", f"/console/cases/{case.code}"):
            page.goto(url + address)
            expect(switch).not_to_be_checked()
            page.keyboard.press("j")
            page.keyboard.press("c")
            expect(page.locator("tr.at")).to_have_count(0)
            expect(page.locator("form[data-claim]")).to_have_count(1)
        assert page.url.endswith(case.code), "nothing was claimed"
        switch.focus()
        page.keyboard.press("Space")
        page.locator("h1").click()
        page.keyboard.press("c")
        expect(page.get_by_role("status")).to_contain_text("yours")


def test_everything_works_without_javascript(browser: Browser, world: World) -> None:
    case = a_case(world)
    with serve(world.app) as url, watched(browser, url, 1280, "en", javascript=False) as page:
        sign_in(page, world, url, "asha")
        page.goto(f"{url}/console/cases")
        page.get_by_role("link", name=case.code).click()
        page.locator("form[data-claim] button").click()
        expect(page.locator(".compare img")).to_have_count(2)
        page.get_by_label("Keep it clean, and covered with a clean cloth.").check()
        page.get_by_role("button", name="Send the answer").click()
        expect(page.get_by_role("status")).to_contain_text("on its way")


@pytest.mark.parametrize(("width", "language"), [(360, "ar"), (1280, "en"), (360, "en"), (1280, "ar")])
def test_agreement_and_review_are_whole_on_every_screen(
    browser: Browser, world: World, tmp_path: Path, width: int, language: str
) -> None:
    boss, one, rater = (world.person(name, "clinician") for name in ("boss", "one", "rater"))
    made = [a_case(world, address=f"p{n}", photos=1) for n in range(7)]
    with transaction(world.engine) as connection:
        for n, case in enumerate(made):
            deeds.opine(
                connection, case.id, one, "NEV" if n % 3 else "MEL", Urgency.WEEK if n % 2 else Urgency.TODAY
            )
        review.start(connection, review.draw(connection, world.console.sealer, 10), boss)
        for n in range(6):
            item = review.begin(connection, rater)
            assert item is not None
            review.score(connection, item, rater, [3 + n % 3, 4, 5, 4, 2 + n % 3, 5, 4])
    with serve(world.app) as url, watched(browser, url, width, language) as page:
        sign_in(page, world, url, "asha", language, role="supervisor")
        page.goto(f"{url}/console/agreement")
        look_at(page, f"agreement-{language}-{width}", tmp_path)
        page.goto(f"{url}/console/agreement/review")
        look_at(page, f"review-results-{language}-{width}", tmp_path)
        page.goto(f"{url}/console/review")
        page.locator("main button").click()
        expect(page.locator("fieldset")).to_have_count(7)
        look_at(page, f"review-{language}-{width}", tmp_path)
