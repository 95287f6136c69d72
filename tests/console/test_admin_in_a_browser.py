"""The administrator's table in a real browser: small and large, left to right and right to left; what it orders arrives."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect
from sqlalchemy import insert, select, update

from bot import figures, inbox, invitations, place_file, places
from bot.channels.registry import WEBCHAT
from bot.channels.telegram import Telegram
from bot.clock import db_now
from bot.database import reading, transaction
from bot.packs import store
from bot.tables import Breaker, Figure, Heartbeat, Order
from bot.tables import Place as PlaceRow
from tests.browsers import chromium, look_at, serve, watched
from tests.console.every_form import FORMS
from tests.console.test_admin_operations import MAIN, a_message, a_reply
from tests.console.test_admin_plots import a_chat, figure
from tests.console.test_training_page import agreed
from tests.console.world import PASSWORD, World
from tests.fakes.telegram_server import FakeTelegram
from worker import kept, model_card

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

EXAMPLE = Path(__file__).parents[2] / "deploy" / "places.example.csv"
# All four where somebody wants to look at the pictures.
SEEN = [(360, "en-GB"), (1280, "ar")]
if os.environ.get("NGOZI_TEST_SCREENSHOTS"):
    SEEN += [(1280, "en-GB"), (360, "ar")]
# The console's pages by route, and an address of each in a furnished clinic.
PAGES = {
    "/operations": "operations",
    "/letters": "letters",
    "/plots": "plots",
    "/people": "people",
    "/people/{person}": "people/1",
    "/places": "places",
    "/places/new": "places/new",
    "/places/at/{place}": "places/at/mtoni-clinic",
    "/erase": "erase",
    "/texts": "texts",
    "/training": "training",
    "/packs": "packs",
    "/packs/{language}": "packs/ar",
    "/packs/{language}/{number:number}": "packs/ar/2?words=consent.",
    "/packs/{language}/{number:number}/sentence/{name}": "packs/ar/2/sentence/consent.keep",
    "/packs/{language}/{number:number}/preview": "packs/ar/2/preview?case=danger.D05",
}
# Pages that are looked at where there is somebody to look at them, by module.
ELSEWHERE = {
    "test_ground_in_a_browser": (
        "/",
        "/sign-in",
        "/audit",
        "/account",
        "/account/password",
        "/account/codes",
    ),
    "test_cases_in_a_browser": (
        "/cases",
        "/cases/{code}",
        "/own-cases",
        "/own-cases/{code}",
        "/review",
        "/review/{item:number}",
        "/agreement",
        "/agreement/review",
    ),
}
# What is fetched and is no page.
FILES = {
    "/cases/{code}/letter.pdf",
    "/cases/{code}/media/{media}",
    "/own-cases/{code}/letter.pdf",
    "/own-cases/{code}/media/{media}",
    "/packs/{language}/{number:number}/ngozi.po",
    "/packs/{language}/{number:number}/preview/sound/{sound:number}",
    "/packs/{language}/{number:number}/preview/sound/{sound:number}/state",
    "/places.csv",
    "/review/{item:number}/media/{media}",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def telegram() -> Iterator[Telegram]:
    """An account at a fake Bot API."""
    with FakeTelegram() as fake:
        bot = Telegram("main", "1000:" + "a" * 30, "secret", fake.url)
        yield bot
        bot.close()


def furnished(world: World, bot: Telegram) -> None:
    """A clinic of made-up people that has been at work for a quarter, with something of everything that can be wrong."""
    world.console.channels = {MAIN: bot, WEBCHAT: world.console.channels[WEBCHAT]}
    monday = figures.monday(figures.day_of(UTC))
    row = a_message(world.engine)
    details = {
        "loaded": True, "device": "cpu", "memory_mib": 812, "language_model": True, "last_error": "", "model": "ngozi-compact 3 (7181e7152af5)",
        "figures": model_card.figures(),
    }  # fmt: skip
    with transaction(world.engine) as connection:
        inbox.park(connection, [row], 1, "gave_up")
        chat = a_chat(connection, "12")
        for n in range(9):
            a_reply(connection, chat, "sent", first_tried_at=db_now() - 60 * n)
        a_reply(connection, chat, error="400")
        places.put(connection, place_file.read(EXAMPLE.read_bytes()))
        connection.execute(
            insert(Breaker).values(account="telegram:main", failures=3, open_until=db_now() + 600)
        )
        connection.execute(insert(Heartbeat).values(process="engine:a", at=db_now(), details=details))
        connection.execute(insert(Heartbeat).values(process="sweep", at=db_now()))
        connection.execute(insert(Heartbeat).values(process="retention", at=1.0, details=kept.told()))
        invitations.invite(connection, world.console.keys, "chw", 7)
        counted = []
        for day in range(monday - 84, monday):
            for n in range(day * 7 % 13 + 2):
                more = {
                    "urgency": ("now", "today", "week", "week", "routine", "routine")[(day + n) % 6],
                    "code": ("cancer", "other", "none", "programme")[(day * n) % 4],
                    "place_id": ("", "kijani-post", "mtoni-clinic")[n % 3],
                }
                counted.append(figure(chat, day, f"{day} {n}", **more))
                coached = {
                    "kind": "photo",
                    "urgency": "",
                    "code": ("", "", "", "dark", "blurred")[(day + n) % 5],
                }
                counted.append(figure(chat, day, f"{day} {n}", **coached))
        connection.execute(insert(Figure), counted)


def sign_in(page: Page, url: str, name: str) -> None:
    page.goto(f"{url}/console/operations")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{url}/console/operations")


def test_every_page_of_the_console_is_looked_at_in_a_browser(world: World) -> None:
    pages = {entry.path for entry in world.console.entries if entry.method == "GET"} - FILES
    elsewhere = {path for paths in ELSEWHERE.values() for path in paths}
    assert pages == set(PAGES) | elsewhere
    assert not set(PAGES) & elsewhere


def test_the_administrators_pages_work_and_are_accessible_in_both_sizes_and_directions(
    browser: Browser, packs_world: World, telegram: Telegram, tmp_path: Path
) -> None:
    world = packs_world
    first = world.person("asha")
    assert first == 1
    furnished(world, telegram)
    agreed(world, "p1")
    agreed(world, "p2", consent=False)
    with transaction(world.engine) as connection:
        live = store.newest(connection, "ar")
        assert live is not None
        store.copy(connection, live.id, "", first)
    with serve(world.app) as url:
        for width, locale in SEEN:
            with watched(browser, url, width, locale) as page:
                mark = f"{width}-{locale}"
                sign_in(page, url, "asha")
                for address in PAGES.values():
                    page.goto(f"{url}/console/{address}")
                    look_at(page, f"{address.partition('?')[0].replace('/', '-')}-{mark}", tmp_path)
                page.goto(f"{url}/console/operations")
                page.locator("form[action$='/channel/telegram/main/ask'] button").click()
                expect(page.locator(".facts")).to_be_visible()
                look_at(page, f"channel-{mark}", tmp_path)
                page.goto(f"{url}/console/erase")
                page.fill("[name=what]", "telegram:main:12")
                page.click("button.main")
                expect(page.locator("form[data-ask]")).to_be_visible()
                look_at(page, f"erase-found-{mark}", tmp_path)


# What is wrong with the letters of the pictures: smaller than 12 CSS px, beyond the picture, or over others.
_LETTERS = """() => {
  const wrong = [];
  for (const picture of document.querySelectorAll("svg.plot")) {
    const scale = picture.getScreenCTM().a, box = picture.getBoundingClientRect();
    const name = picture.getAttribute("aria-label");
    const all = [...picture.querySelectorAll("text")];
    const boxes = all.map((text) => text.getBoundingClientRect());
    all.forEach((text, n) => {
      const size = parseFloat(getComputedStyle(text).fontSize) * scale, mine = boxes[n];
      if (size < 12) wrong.push(`${name}: ${text.textContent} has ${size} px`);
      if (mine.left < box.left - 1 || mine.right > box.right + 1) wrong.push(`${name}: ${text.textContent} is cut`);
      boxes.slice(0, n).forEach((other, m) => {
        const across = Math.min(mine.right, other.right) - Math.max(mine.left, other.left);
        const down = Math.min(mine.bottom, other.bottom) - Math.max(mine.top, other.top);
        // Boxes of letters have room above and below.
        if (across > 0 && down > size / 3) wrong.push(`${name}: ${text.textContent} over ${all[m].textContent}`);
      });
    });
  }
  return wrong;
}"""


def test_letters_of_the_plots_can_be_read_on_a_phone_and_stand_apart(
    browser: Browser, world: World, telegram: Telegram, tmp_path: Path
) -> None:
    world.person("asha")
    furnished(world, telegram)
    long_name = "The Health Post behind the Old Market of Upper Kijani, by the River"
    with transaction(world.engine) as connection:
        connection.execute(update(PlaceRow).where(PlaceRow.id == "kijani-post").values(name=long_name))
    with serve(world.app) as url:
        for width, locale in ((360, "en-GB"), (360, "ar"), (1280, "ar")):
            with watched(browser, url, width, locale) as page:
                sign_in(page, url, "asha")
                page.goto(f"{url}/console/plots")
                expect(page.locator("svg.plot").first).to_be_visible()
                assert page.locator("svg.plot text").count() > 40
                assert page.evaluate(_LETTERS) == [], (width, locale)
                look_at(page, f"plots-letters-{width}-{locale}", tmp_path)


def test_the_dialog_names_who_was_chosen_and_nothing_is_done_on_no(
    browser: Browser, packs_world: World
) -> None:
    sent = FORMS["/people/give"].ready(packs_world)
    with serve(packs_world.app) as url, watched(browser, url, 1280, "en-GB") as page:
        page.goto(f"{url}/console/operations")
        packs_world.person("bisi")
        sign_in(page, url, "bisi")
        page.goto(f"{url}/console/people")
        asked: list[str] = []

        def refuse(dialog: Dialog) -> None:
            asked.append(dialog.message)
            dialog.dismiss()

        page.on("dialog", refuse)
        form = page.locator("form[action$='/people/give']")
        form.locator("select").select_option(str(sent.fields["to"]))
        form.locator("button").click()
        name = form.locator("option:checked").inner_text()
        assert asked == [
            f"Open cases: 1. They go to whom you chose, at once: {name}. They cannot be called back here."
        ]
        expect(form).to_be_visible()
        assert page.url == f"{url}/console/people"


def test_what_is_done_on_the_pages_is_done(
    browser: Browser, world: World, telegram: Telegram, tmp_path: Path
) -> None:
    world.person("asha")
    furnished(world, telegram)
    with serve(world.app) as url, watched(browser, url, 1280, "en-GB") as page:
        page.on("dialog", lambda dialog: dialog.accept())
        sign_in(page, url, "asha")
        page.get_by_role("button", name="Back up now").click()
        expect(page.locator("[role=status]")).to_contain_text("Ordered")
        expect(page.locator("body")).to_contain_text("ordered")
        page.goto(f"{url}/console/letters")
        page.get_by_role("button", name=re.compile("^Try again")).first.click()
        expect(page.locator("[role=status]")).to_contain_text("being tried again")
        page.get_by_role("button", name=re.compile("^Let go")).first.click()
        expect(page.locator("[role=status]")).to_contain_text("Let go")
        page.goto(f"{url}/console/erase")
        page.fill("[name=what]", "telegram:main:12")
        page.get_by_role("button", name="Find").click()
        page.get_by_role("button", name="Erase").click()
        expect(page.locator("[role=status]")).to_contain_text("Ordered")
        page.goto(f"{url}/console/plots")
        expect(page.locator("#urgency table")).not_to_be_visible()
        page.locator("#urgency summary").click()
        expect(page.locator("#urgency table")).to_be_visible()
        look_at(page, "plots-table", tmp_path)
        page.goto(f"{url}/console/people")
        page.get_by_role("button", name="Make a code").click()
        expect(page.locator(".secret.big")).to_have_text(re.compile(r"^[A-Z2-9]{6}-[A-Z2-9]{6}$"))
        look_at(page, "invitation", tmp_path)
        page.goto(f"{url}/console/places")
        bad = tmp_path / "bad.csv"
        bad.write_bytes(EXAMPLE.read_bytes().replace(b"TZ", b"QQ", 1))
        page.set_input_files("[name=file]", str(bad))
        page.get_by_role("button", name="Take in a CSV file").click()
        expect(page.locator("[role=alert]")).to_contain_text("line 2, country")
        look_at(page, "places-refused", tmp_path)
    with reading(world.engine) as connection:
        assert list(connection.execute(select(Order.kind).order_by(Order.id)).scalars()) == [
            "backup",
            "erase_chat",
        ]
