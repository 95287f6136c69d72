"""A sentence of a language pack is heard in a real browser, under the console's Content-Security-Policy; the page of training sets."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.middleware import Middleware

from bot.web.spoken_packs import SpokenPacks
from tests.browsers import chromium, look_at, serve, watched
from tests.console.test_packs_in_a_browser import sign_in
from tests.console.test_training_page import agreed
from tests.console.world import World
from worker import sounds as sound_room
from worker.parts import Parts

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
pytest.importorskip("av", reason="needs the extra [voice]")
pytest.importorskip("espeakng_loader", reason="needs the extra [voice]")


def test_a_sentence_plays_and_the_pages_have_no_serious_fault(packs_world: World, tmp_path: Path) -> None:
    world = packs_world
    world.person("wanjiru")
    agreed(world, "p1")
    agreed(world, "p2", consent=False)
    console = world.console
    late = Parts(console.settings, world.engine, {}, console.vault, console.wake)
    app = Starlette(routes=console.routes(), middleware=[Middleware(SpokenPacks, engine=world.engine)])
    with serve(app) as url, chromium() as browser, watched(browser, url, 360, "ar") as page:
        sign_in(page, url, "wanjiru", "/packs/ar/1/preview")
        page.locator("details.aloud summary").first.click()
        page.locator("details.aloud[open] button").first.click()
        audio = page.locator("audio")
        expect(page.locator("[data-sound] a")).to_be_visible()
        # A worker answers later: the page has looked before, and looks again by itself.
        with page.expect_response(lambda answer: answer.url.endswith("/state")):
            pass
        assert sound_room.run(late) == 1
        expect(audio).to_be_visible()
        audio.evaluate("a => { a.muted = true; return a.play(); }")
        page.wait_for_function("() => document.querySelector('audio').currentTime > 0.2")
        assert audio.evaluate("a => a.duration") > 1
        look_at(page, "pack-spoken-ar", tmp_path)
        page.goto(f"{url}/console/training")
        expect(page.locator("h1")).to_be_visible()
        look_at(page, "training-ar", tmp_path)
