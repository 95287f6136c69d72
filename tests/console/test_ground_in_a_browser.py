"""Signing in and the pages of the ground in a real browser: small and large, left to right and right to left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from bot import audit
from bot.clock import db_now
from bot.console import sessions
from bot.database import reading, transaction
from bot.tables import CaseRow, ConsoleSession, Login
from tests.browsers import chromium, look_at, serve, watched
from tests.console.desk_world import a_case
from tests.console.world import PASSWORD, World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

WRONG = "wrong wrong wrong"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def tries(page: Page, name: str, password: str = WRONG) -> str:
    """What the form says after a try; '' where it let somebody in."""
    page.fill("[name=name]", name)
    page.fill("[name=password]", password)
    with page.expect_navigation():
        page.click("button.main")
    said = page.locator("[role=alert]")
    return said.inner_text() if said.count() else ""


def test_the_ground_works_and_is_accessible_in_both_sizes_and_directions(
    browser: Browser, world: World, tmp_path: Path
) -> None:
    number = world.person("bisi")
    with transaction(world.engine) as connection:
        audit.record(
            connection,
            "person_joined",
            12,
            by=number,
            before={"role": "chw"},
            after={"role": "clinician"},
            invitation=4,
        )
        audit.record(connection, "chat_erased", "f" * 64, photographs=2, replies=11, cases=1)
    with serve(world.app) as url:
        for width, locale in ((360, "en-GB"), (1280, "en-GB"), (360, "ar"), (1280, "ar")):
            with watched(browser, url, width, locale) as page:
                mark, name = f"{width}-{locale}", f"asha{width}{locale.lower()}"
                world.person(name)
                page.goto(f"{url}/console/audit")
                expect(page).to_have_url(re.compile(r"/console/sign-in\?next="))
                look_at(page, f"sign-in-{mark}", tmp_path)
                page.fill("[name=name]", name)
                page.fill("[name=password]", "wrong wrong wrong")
                page.click("button.main")
                expect(page.locator("[role=alert]")).to_be_visible()
                expect(page.locator("[name=name]")).to_have_value(name)
                look_at(page, f"wrong-{mark}", tmp_path)
                page.fill("[name=password]", PASSWORD)
                page.keyboard.press("Enter")
                expect(page).to_have_url(f"{url}/console/audit")
                look_at(page, f"audit-{mark}", tmp_path)
                page.click(".rooms a >> nth=0")
                look_at(page, f"home-{mark}", tmp_path)
                page.keyboard.press("Tab")
                expect(page.locator(".skip")).to_be_focused()
                page.goto(f"{url}/console/account")
                look_at(page, f"account-{mark}", tmp_path)
                page.goto(f"{url}/console/account/password")
                look_at(page, f"password-{mark}", tmp_path)
                page.goto(f"{url}/console/account/codes")
                page.fill("[name=password]", PASSWORD)
                page.click("button.main")
                expect(page.locator(".squares svg")).to_be_visible()
                page.wait_for_load_state("load")
                assert (
                    page.evaluate("document.querySelector('.squares svg').getBoundingClientRect().width")
                    > 150
                )
                look_at(page, f"codes-{mark}", tmp_path)
                secret = page.locator(".secret").inner_text().replace(" ", "")
                page.fill("[name=code]", pyotp.TOTP(secret).now())
                page.click("button.main")
                expect(page.locator(".spare li")).to_have_count(10)
                look_at(page, f"spare-{mark}", tmp_path)
                page.goto(f"{url}/console/account/codes")
                look_at(page, f"codes-on-{mark}", tmp_path)
                page.goto(f"{url}/console/nothing")
                look_at(page, f"problem-{mark}", tmp_path)
                page.click(".top form button")
                expect(page).to_have_url(re.compile(r"/console/sign-in"))
                expect(page.locator("[role=status]")).to_be_visible()


def test_attacks_on_the_door_end_at_a_page_that_says_what_is_to_do(
    browser: Browser, world: World, tmp_path: Path
) -> None:
    world.person("asha")
    with serve(world.app) as url, watched(browser, url, 360, "en") as page:
        # Guesses: the page is the same whether somebody has the name or not, and says how long to wait.
        seen = {}
        for name in ("asha", "nobody"):
            page.goto(f"{url}/console/sign-in")
            for _ in range(12):
                said = tries(page, name)
                if said.startswith("Too many tries"):
                    break
                assert said == "Name, password or code is wrong."
            assert re.fullmatch(r"Too many tries\. Please wait \d+ seconds?\.", said), said
            shown = page.locator("main").inner_html()
            for secret in (name, *re.findall(r'name="csrf" value="(\w+)"', shown)):
                shown = shown.replace(secret, "")
            seen[name] = re.sub(r"\d+ seconds?", "", shown)
        assert seen["asha"] == seen["nobody"]
        look_at(page, "throttled-360-en", tmp_path)
        page.goto(f"{url}/console/account?from=a-link")
        # After as long as it said, the right password lets in.
        if said := tries(page, "asha", PASSWORD):
            page.wait_for_timeout(1000 * int(re.sub(r"\D", "", said)))
            assert tries(page, "asha", PASSWORD) == ""
        expect(page).to_have_url(f"{url}/console/account?from=a-link")

        # A session that ran out: to the door, which says so, and back to the page.
        with transaction(world.engine) as connection:
            connection.execute(
                update(ConsoleSession).values(seen_at=ConsoleSession.seen_at - sessions.IDLE_S - 1)
            )
        page.reload()
        expect(page.locator("[role=status]")).to_have_text("Your session has ended. Sign in again to go on.")
        look_at(page, "ended-360-en", tmp_path)
        assert tries(page, "asha", PASSWORD) == ""
        expect(page).to_have_url(f"{url}/console/account?from=a-link")

        # A form with another token, and one of another site: nothing is done.
        page.select_option("[name=language]", "sw")
        page.evaluate("document.querySelector('form[action$=language] [name=csrf]').value = 'a guess'")
        with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
            page.click("form[action$=language] button")
        assert answer.value.status == 400
        expect(page.locator("[role=alert]")).to_contain_text("load the page again")
        look_at(page, "foreign-form-360-en", tmp_path)
        page.goto("about:blank")
        page.set_content(
            f'<form method="post" action="{url}/console/account/language"><input name="language" value="sw"></form>'
        )
        with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
            page.evaluate("document.forms[0].submit()")
        assert answer.value.status == 303, "no cookie of ours goes with it"
        expect(page).to_have_url(re.compile("/console/sign-in"))
        with reading(world.engine) as connection:
            assert list(connection.execute(select(Login.language)).scalars()) == [""]


def test_a_session_lasts_while_somebody_types_and_no_longer(
    browser: Browser, world: World, tmp_path: Path
) -> None:
    world.person("asha")

    def age(column: str, seconds: float) -> None:
        with transaction(world.engine) as connection:
            at = getattr(ConsoleSession, column)
            connection.execute(update(ConsoleSession).values({column: at - seconds}))

    def idle_s() -> float:
        with reading(world.engine) as connection:
            return float(connection.execute(select(db_now() - ConsoleSession.seen_at)).scalar_one())

    with serve(world.app) as url, watched(browser, url, 360, "en") as page:
        page.clock.install()
        page.goto(f"{url}/console/places/new")
        assert tries(page, "asha", PASSWORD) == ""
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        awake = f"{url}/console/account/awake"
        name = page.locator("[name=name]")
        name.press_sequentially("Mto")
        page.clock.fast_forward("20:00")
        age("seen_at", 1200)
        assert sent == [], "nobody typed meanwhile"
        with page.expect_response(awake) as answer:
            name.press_sequentially("ni Clinic of")
        assert answer.value.status == 204
        page.clock.fast_forward("01:00")
        name.press_sequentially(" Upper")
        assert sent == [awake], "once, however much is typed"
        assert idle_s() < 60
        page.clock.fast_forward("20:00")
        age("seen_at", 1200)
        with page.expect_response(awake):
            name.press_sequentially(" Kijani")
        assert idle_s() < 60, "40 minutes on one page"
        age("created_at", sessions.LONGEST_S)
        expect(page.locator("#ended")).to_be_hidden()
        page.clock.fast_forward("03:00")
        name.press_sequentially("!")
        expect(page.locator("[role=alert]")).to_contain_text(
            "Your session has ended. Copy what you have typed"
        )
        expect(name).to_have_value("Mtoni Clinic of Upper Kijani!")
        look_at(page, "ended-while-typing-360-en", tmp_path)


def test_the_first_letter_at_a_claimed_case_renews_the_claim(browser: Browser, world: World) -> None:
    case = a_case(world)
    person = world.person("asha", "clinician")

    def until(change: float | None = None) -> float:
        with transaction(world.engine) as connection:
            if change is not None:
                values = {"claimed_by": person, "claimed_until": db_now() + change}
                connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(**values))
            return float(connection.execute(select(CaseRow.claimed_until - db_now())).scalar_one())

    until(60)
    with serve(world.app) as url, watched(browser, url, 360, "en") as page:
        page.goto(f"{url}/console/cases/{case.code}")
        assert tries(page, "asha", PASSWORD) == ""
        assert until() < 90
        with page.expect_response(f"{url}/console/account/awake"):
            page.locator("[name=own]").press_sequentially("W")
        assert until() > 1000


def test_without_javascript_one_signs_in_and_out(browser: Browser, world: World) -> None:
    world.person("asha")
    with serve(world.app) as url, watched(browser, url, 360, "en", javascript=False) as page:
        page.goto(f"{url}/console/")
        page.fill("[name=name]", "asha")
        page.fill("[name=password]", PASSWORD)
        page.click("button.main")
        expect(page.locator("h1")).to_contain_text("Hello")
        page.click(".top form button")
        page.goto(f"{url}/console/")
        expect(page).to_have_url(f"{url}/console/sign-in")
