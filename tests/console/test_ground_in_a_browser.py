"""Signing in and the pages of the ground in a real browser: small and large, left to right and right to left."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bot import audit
from bot.database import transaction
from tests.browsers import chromium, look_at, serve, watched
from tests.console.world import PASSWORD, World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def test_the_ground_works_and_is_accessible_in_both_sizes_and_directions(
    world: World, tmp_path: Path
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
    with serve(world.app) as url, chromium() as browser:
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
                expect(page.locator("img.squares")).to_be_visible()
                page.wait_for_load_state("load")
                assert page.evaluate("document.querySelector('img.squares').naturalWidth") > 20
                look_at(page, f"codes-{mark}", tmp_path)
                page.goto(f"{url}/console/nothing")
                look_at(page, f"problem-{mark}", tmp_path)
                page.click(".top form button")
                expect(page).to_have_url(re.compile(r"/console/sign-in"))
                expect(page.locator("[role=status]")).to_be_visible()


def test_without_javascript_one_signs_in_and_out(world: World) -> None:
    world.person("asha")
    with (
        serve(world.app) as url,
        chromium() as browser,
        watched(browser, url, 360, "en", javascript=False) as page,
    ):
        page.goto(f"{url}/console/")
        page.fill("[name=name]", "asha")
        page.fill("[name=password]", PASSWORD)
        page.click("button.main")
        expect(page.locator("h1")).to_contain_text("Hello")
        page.click(".top form button")
        page.goto(f"{url}/console/")
        expect(page).to_have_url(f"{url}/console/sign-in")
