"""The console for who sees it narrow, large or in colours of their own: no word in pieces, no page too wide, no bar without a bar."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page
from sqlalchemy import insert, update

from bot import place_file, places
from bot.clock import db_now
from bot.database import transaction
from bot.messages import Urgency
from bot.place import Place
from bot.tables import CaseRow, Heartbeat
from tests.browsers import chromium, serve, watched
from tests.console.desk_world import a_case
from tests.console.test_admin_in_a_browser import EXAMPLE
from tests.console.test_admin_operations import a_message
from tests.console.test_cases_in_a_browser import sign_in
from tests.console.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

# Words of tables that stand on more than one line; what somebody typed without an end may.
BROKEN = """() => {
  const broken = [];
  for (const cell of document.querySelectorAll("th, td")) {
    const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    for (let node; (node = walk.nextNode());) {
      if (node.parentElement.closest(".free, .details, .sr")) continue;
      for (const word of node.data.matchAll(/[\\p{L}\\p{M}\\p{N}]+/gu)) {
        const range = document.createRange();
        range.setStart(node, word.index); range.setEnd(node, word.index + word[0].length);
        const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.bottom)));
        if (lines.size > 1) broken.push(word[0]);
      }
    }
  }
  return broken;
}"""
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def a_clinic(world: World) -> None:
    """Cases that wait, places with long names, dead letters."""
    a_message(world.engine)
    with transaction(world.engine) as connection:
        places.put(connection, place_file.read(EXAMPLE.read_bytes()))
        long = Place("long", "Sehrlangername" * 8, "hospital", "TZ", "Kijani and the hills behind it")
        places.save(connection, long)
        connection.execute(insert(Heartbeat).values(process="sweep", at=db_now()))
    for n, floor in enumerate((Urgency.TODAY, Urgency.NOW, None)):
        case = a_case(world, language=("sw", "ar", "en")[n], photos=0, address=f"p{n}", floor=floor)
        with transaction(world.engine) as connection:
            place = ("long", "mtoni-clinic", "")[n]
            connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(place_id=place))


def open_(page: Page, url: str, path: str) -> None:
    page.goto(f"{url}/console/{path}")
    page.wait_for_load_state("load")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_word_of_a_table_is_broken_and_no_page_is_too_wide(
    browser: Browser, world: World, language: str
) -> None:
    a_clinic(world)
    found = {}
    with serve(world.app) as url, watched(browser, url, 1280, language) as page:
        for role, paths in (("supervisor", ("cases", "agreement")), ("admin", ("places", "letters", "operations", "people", "audit"))):  # fmt: skip
            sign_in(page, world, url, f"{role}-{language}", language, role)
            for path in paths:
                open_(page, url, path)
                for width in (1280, 1024, 900, 768):
                    page.set_viewport_size({"width": width, "height": 800})
                    found[f"{path} {width}"] = (page.evaluate(BROKEN), max(0, page.evaluate(WIDE)))
    assert {name: one for name, one in found.items() if one != ([], 0)} == {}


def test_on_a_small_telephone_with_text_twice_as_large_no_page_is_too_wide(
    browser: Browser, world: World
) -> None:
    a_clinic(world)
    found = {}
    with serve(world.app) as url, watched(browser, url, 360, "en") as page:
        sign_in(page, world, url, "a.rather.long.name.of.somebody", "en", "admin")
        for path in (
            "",
            "account",
            "places",
            "people",
            "letters",
            "erase",
            "packs",
            "operations",
            "audit",
            "nothing",
        ):
            open_(page, url, path)
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            out = page.locator("form[action$='/sign-out'] button").bounding_box()
            assert out is not None
            found[path] = (max(0, page.evaluate(WIDE)), out["x"] >= 0 and out["x"] + out["width"] <= 360)
    assert {path: one for path, one in found.items() if one != (0, True)} == {}


def test_in_colours_of_ones_own_a_bar_has_a_bar_and_the_room_where_one_is_has_a_line(
    browser: Browser, packs_world: World
) -> None:
    with serve(packs_world.app) as url, watched(browser, url, 1280, "en") as page:
        sign_in(page, packs_world, url, "asha", "en", "admin")
        page.emulate_media(forced_colors="active")
        open_(page, url, "packs")
        bar = page.locator("progress[id='bar-sw-1']")
        bar.scroll_into_view_if_needed()
        picture = Image.open(io.BytesIO(bar.screenshot())).convert("L")
        middle = [picture.getpixel((x, picture.height // 2)) for x in range(4, picture.width - 4)]
        outside = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert outside == "rgb(255, 255, 255)"
        assert sum(value < 128 for value in middle) > 0.9 * len(middle), "all of it is translated"
        here = page.locator(".rooms a[aria-current]")
        other = page.locator(".rooms a:not([aria-current])").first
        style = "one => getComputedStyle(one).outlineStyle"
        assert (here.evaluate(style), other.evaluate(style)) == ("solid", "none")
