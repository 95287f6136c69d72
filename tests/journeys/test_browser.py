"""The web chat in a real browser, on a small phone's screen, against the real routes, store and vault."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import delete, insert

from bot.channels import RawUpdate
from bot.channels.webchat import MAX_PHOTO_BYTES
from bot.conversation import new_state, to_json
from bot.database import transaction
from bot.media.drawn import draw
from bot.tables import Chat
from tests.bot.web.chat_world import ChatWorld
from tests.browsers import chromium

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PHONE = {"width": 360, "height": 640}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


class Served:
    """The chat on a loopback port, with a conversation of a few lines behind it."""

    def __init__(self, world: ChatWorld) -> None:
        self.world = world
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/chat"
        self.server = uvicorn.Server(
            uvicorn.Config(world.app, log_level="warning", timeout_graceful_shutdown=1)
        )
        self.thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [self.listener]}, daemon=True
        )
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        self.world.door.close()
        self.server.should_exit = True
        self.thread.join(10)
        self.world.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(ChatWorld(tmp_path))
    yield made
    made.stop()


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, served: Served) -> Iterator[Open]:
    contexts: list[BrowserContext] = []
    problems: list[str] = []
    asked: list[str] = []

    def opened(locale: str = "en-US", **options: object) -> Page:
        context = browser.new_context(viewport=PHONE, locale=locale, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if "Content Security Policy" in m.text else None)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(served.url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert problems == [], "the page's own errors, and what its policy forbade"
    origin = served.url.removesuffix("/chat")
    assert [url for url in asked if not url.startswith((origin, "blob:" + origin))] == []


def photograph(side_px: int = 320) -> dict[str, object]:
    data = io.BytesIO()
    draw(5, "NEV", side_px, seed=3).save(data, "JPEG", quality=90)
    return {"name": "arm.jpg", "mimeType": "image/jpeg", "buffer": data.getvalue()}


def answers(
    world: ChatWorld, replies: dict[str, tuple[str, list[tuple[str, str]]]], language: str = "en"
) -> None:
    """Ngozi's part: by the text or choice that came in, what is said."""

    def on_accept(update: RawUpdate) -> None:
        inbound = world.channel.parse(update.payload)
        said = replies.get(inbound.choice or inbound.text or f"{len(inbound.attachments)} photos")
        if said:
            threading.Timer(0.05, world.say, (update.address, said[0], said[1], language)).start()

    world.on_accept = on_accept


def bubbles(page: Page) -> list[str]:
    return page.locator("#messages .text").all_inner_texts()


def test_a_text_is_sent_answered_and_answered_by_a_button(served: Served, open_page: Open) -> None:
    answers(
        served.world,
        {
            "/start": ("May I look at your photo?", [("consent.yes", "Yes"), ("consent.no", "No")]),
            "consent.yes": ("Thank you.\n\nNow send the photo.", []),
        },
    )
    page = open_page()
    expect(page.locator("#welcome")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("group", name="Answers").get_by_role("button", name="Yes").click()
    expect(page.get_by_text("Now send the photo.")).to_be_visible()
    assert bubbles(page) == ["Start", "May I look at your photo?", "Yes", "Thank you.\n\nNow send the photo."]
    expect(page.locator("#welcome")).to_be_hidden()
    expect(page.get_by_role("button", name="No", exact=True)).to_have_count(0)
    inbound = [served.world.channel.parse(u.payload) for u in served.world.accepted]
    assert [(i.kind, i.text, i.choice) for i in inbound] == [
        ("message", "/start", ""),
        ("choice", "", "consent.yes"),
    ]


@pytest.mark.parametrize(("locale", "language"), [("en-US", "en"), ("ar-EG", "ar")])
def test_the_lines_of_a_list_hang_under_their_words(
    served: Served, open_page: Open, locale: str, language: str
) -> None:
    word = "هل التنفس صعب أو سريع جدا" if language == "ar" else "is breathing hard or very fast"
    said = f"{word}?\n\n• {word}, {word}, {word}?\n• {word}, {word}, {word}?\n\n{word}."
    answers(served.world, {"/start": (said, [])}, language)
    page = open_page(locale)
    page.locator("#start").click()
    items = page.locator("#messages .item")
    expect(items).to_have_count(2)
    # No word is lost; the ends of the lines of the list are the blocks' own.
    shown = page.locator("#messages .out .text").first.text_content() or ""
    assert shown.replace("\n", "") == said.replace("\n", "")
    # Where each line of the first item begins, from the side that is read first.
    begins = items.first.evaluate(
        """item => {
            const range = document.createRange(); range.selectNodeContents(item);
            const box = item.getBoundingClientRect(), rtl = getComputedStyle(item).direction === "rtl";
            const rows = new Map();
            for (const r of range.getClientRects()) {
                const start = rtl ? box.right - r.right : r.left - box.left;
                rows.set(Math.round(r.top), Math.min(start, rows.get(Math.round(r.top)) ?? 1e9));
            }
            return [...rows.values()];
        }"""
    )
    assert len(begins) >= 2
    assert begins[0] < 3
    assert all(later > begins[0] + 8 for later in begins[1:])


def test_a_photograph_arrives_byte_for_byte_with_its_words(served: Served, open_page: Open) -> None:
    page, photo = open_page(), photograph()
    page.locator("#choose").set_input_files([photo, {**photo, "name": "again.jpg"}])  # type: ignore[list-item]
    expect(page.locator("#chosen img")).to_have_count(2)
    page.get_by_role("button", name="Remove photo 2").click()
    page.get_by_role("textbox", name="Write here").fill("on my arm")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Received")).to_be_visible()
    assert page.locator("#messages .photos img").evaluate("img => img.naturalWidth") == 320
    inbound = served.world.channel.parse(served.world.accepted[0].payload)
    assert inbound.text == "on my arm"
    assert [served.world.channel.fetch(a) for a in inbound.attachments] == [photo["buffer"]]


def test_a_photograph_from_the_camera_goes_the_same_way(served: Served, open_page: Open) -> None:
    page = open_page()
    camera = page.get_by_label("Take a photo").and_(page.locator("input"))
    assert camera.get_attribute("capture") == "environment"
    camera.set_input_files(photograph())  # type: ignore[arg-type]
    expect(page.locator("#chosen img")).to_have_count(1)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Received")).to_be_visible()
    assert len(served.world.channel.parse(served.world.accepted[0].payload).attachments) == 1


def test_only_a_huge_photograph_is_made_smaller_and_loses_its_metadata(
    served: Served, open_page: Open
) -> None:
    from PIL import Image

    huge = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Somebody's phone"
    Image.new("RGB", (5000, 1000), (166, 116, 84)).save(huge, "JPEG", quality=90, exif=exif)
    page = open_page()
    page.locator("#choose").set_input_files(
        [{"name": "huge.jpg", "mimeType": "image/jpeg", "buffer": huge.getvalue()}]
    )
    expect(page.locator("#chosen img")).to_have_count(1)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Received")).to_be_visible()
    attachment = served.world.channel.parse(served.world.accepted[0].payload).attachments[0]
    sent = served.world.channel.fetch(attachment)
    assert Image.open(io.BytesIO(sent)).size == (4096, 819)
    assert b"Somebody" not in sent


def test_a_seventh_photograph_and_a_file_that_is_none_are_refused_in_words(
    served: Served, open_page: Open
) -> None:
    page = open_page()
    page.locator("#choose").set_input_files([photograph(64)] * 7)  # type: ignore[list-item]
    expect(page.get_by_role("alert")).to_have_text("At most 6 photos can be sent at once.")
    expect(page.locator("#chosen img")).to_have_count(6)
    page.reload()
    page.locator("#choose").set_input_files(
        [{"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}]
    )
    expect(page.get_by_role("alert")).to_contain_text("normal photo")
    too_big = {"name": "b.heic", "mimeType": "image/heic", "buffer": bytes(MAX_PHOTO_BYTES + 1)}
    page.locator("#choose").set_input_files([too_big], timeout=60_000)  # type: ignore[list-item]
    expect(page.get_by_role("alert")).to_contain_text("20 MB")
    expect(page.locator("#chosen li")).to_have_count(0)


def test_what_the_server_refuses_is_said_under_the_message_and_can_be_removed(
    served: Served, open_page: Open
) -> None:
    page = open_page()
    page.locator("#choose").set_input_files(
        [{"name": "fake.jpg", "mimeType": "image/jpeg", "buffer": b"no photograph"}]
    )
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Not sent. I cannot open this kind of file.")).to_be_visible()
    page.locator(".repair").get_by_role("button", name="Remove").click()
    expect(page.locator("#messages li")).to_have_count(0)
    expect(page.locator("#welcome")).to_be_visible()


def test_a_reload_continues_the_chat(served: Served, open_page: Open) -> None:
    answers(served.world, {"hello": ("Which one?", [("site.face", "Face"), ("site.arm", "Arm")])})
    page = open_page()
    page.get_by_role("textbox").fill("hello")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Face")).to_be_visible()
    page.locator("#choose").set_input_files(photograph())  # type: ignore[arg-type]
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Received")).to_be_visible()
    page.get_by_role("textbox").fill("half a sent")
    page.reload()
    expect(page.get_by_role("button", name="Face")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_value("half a sent")
    assert bubbles(page) == ["hello", "Which one?"]
    expect(page.get_by_role("img", name="Photo 1")).to_be_visible()
    page.get_by_role("textbox").fill("")
    page.get_by_role("button", name="Arm").click()
    expect(page.get_by_text("Received")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Arm", exact=True)).to_be_visible()
    expect(page.locator(".choices")).to_have_count(0)


def stands_open(world: ChatWorld, address: str, codes: list[str]) -> None:
    """What the conversation offers by now, as its worker leaves it."""
    state = replace(new_state("en"), offered=tuple(codes))
    values = {"channel": "webchat", "account": "main", "address": address, "created_at": 0.0}
    with transaction(world.engine) as connection:
        connection.execute(delete(Chat))
        connection.execute(insert(Chat).values(state=to_json(state), **values))


SITES = [("site.face", "Face"), ("site.arm", "Arm")]


@pytest.mark.parametrize(
    ("locale", "language", "go"), [("en-US", "en", "Go now."), ("ar", "ar", "اذهب الآن.")]
)
def test_a_question_that_was_passed_in_words_has_no_buttons_any_more(
    served: Served, open_page: Open, locale: str, language: str, go: str
) -> None:
    asked = [("danger1.none", "لا شيء منها"), ("listen.1", "استمع")] if language == "ar" else SITES
    answers(
        served.world, {"/start": ("؟" if language == "ar" else "Where?", asked), "help": (go, [])}, language
    )
    page = open_page(locale)
    page.locator("#start").click()
    buttons = page.locator(".choices button")
    expect(buttons).to_have_count(1 if language == "ar" else 2)
    buttons.first.focus()
    page.locator("#text").fill("help")
    page.locator("#send").click()
    expect(page.get_by_text(go)).to_be_visible()
    expect(buttons).to_have_count(0)
    expect(page.locator(".listen")).to_have_count(1 if language == "ar" else 0)
    page.reload()
    expect(page.get_by_text(go)).to_be_visible()
    expect(buttons).to_have_count(0)
    expect(page.locator(".listen")).to_have_count(1 if language == "ar" else 0)


def test_what_is_told_beside_an_open_question_leaves_its_buttons(served: Served, open_page: Open) -> None:
    answers(served.world, {"hello": ("Which one?", SITES), "list": ("No case is due.", [])})
    page = open_page()
    page.get_by_role("textbox").fill("hello")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Face")).to_be_visible()
    address = served.world.accepted[0].address
    served.world.say(address, "A clinician has answered.")
    expect(page.get_by_text("A clinician has answered.")).to_be_visible()
    expect(page.get_by_role("button", name="Face")).to_be_visible()
    # A health worker looks something up: the question is not asked again, and stands open still.
    stands_open(served.world, address, [code for code, _ in SITES])
    page.get_by_role("textbox").fill("list")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No case is due.")).to_be_visible()
    expect(page.get_by_role("button", name="Face")).to_be_visible()
    page.reload()
    expect(page.get_by_text("No case is due.")).to_be_visible()
    expect(page.get_by_role("button", name="Face")).to_be_visible()


def test_without_a_line_a_message_waits_and_is_sent_once(served: Served, open_page: Open) -> None:
    page = open_page()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("textbox").fill("is anybody there")
    page.keyboard.press("Enter")
    expect(page.get_by_text("It will be sent by itself.")).to_be_visible()
    page.get_by_role("textbox").fill("second")
    page.keyboard.press("Enter")
    assert served.world.accepted == []
    page.context.set_offline(False)
    expect(page.get_by_text("Received")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.locator(".state.waiting, .state.sending")).to_have_count(0)
    texts = [served.world.channel.parse(u.payload).text for u in served.world.accepted]
    assert texts == ["is anybody there", "second"]


def test_an_answer_lost_on_the_way_back_does_not_double_the_message(served: Served, open_page: Open) -> None:
    page = open_page()
    lost: list[str] = []

    def lose_first_answer(route) -> None:  # type: ignore[no-untyped-def]
        if not lost:
            lost.append(route.fetch().text())  # it arrived, and its answer is thrown away
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/chat/messages", lose_first_answer)
    page.locator("#choose").set_input_files(photograph())  # type: ignore[arg-type]
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Received")).to_be_visible()
    # The page may hear of it by its stream of news before the answer that is thrown away has been read here.
    end = time.monotonic() + 20
    while not lost and time.monotonic() < end:
        page.wait_for_timeout(50)
    assert lost
    assert len(served.world.accepted) == 1
    assert len(served.world.vault.names()) == 1
    expect(page.locator("#messages li")).to_have_count(1)


def test_a_message_that_was_waiting_survives_a_reload(served: Served, open_page: Open) -> None:
    page = open_page()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    page.route("**/chat/messages", lambda route: route.abort("connectionreset"))
    page.get_by_role("textbox").fill("do not lose me")
    page.keyboard.press("Enter")
    expect(page.get_by_text("It will be sent by itself.")).to_be_visible()
    page.unroute("**/chat/messages")
    page.reload()
    expect(page.get_by_text("Received")).to_be_visible()
    assert bubbles(page) == ["do not lose me"]
    assert [served.world.channel.parse(u.payload).text for u in served.world.accepted] == ["do not lose me"]


def test_the_page_turns_right_to_left_with_the_language_of_the_chat(served: Served, open_page: Open) -> None:
    answers(served.world, {"مرحبا": ("هل توافق؟ اتصل 112 الآن.", [("consent.yes", "نعم")])}, "ar")
    page = open_page("en-US")
    assert page.locator("html").get_attribute("dir") == "ltr"
    page.get_by_role("textbox").fill("مرحبا")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    assert page.locator("html").get_attribute("lang") == "ar"
    assert page.locator(".out .text").get_attribute("dir") == "rtl"
    page.get_by_role("textbox").fill("نعم")
    send = page.locator("#send").bounding_box()
    assert send
    assert send["x"] < 100, "the send button stands at the left end"
    page.reload()
    expect(page.locator(".out .text")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")


def test_the_whole_chat_works_with_the_keyboard_alone(served: Served, open_page: Open) -> None:
    answers(
        served.world,
        {
            "/start": ("Do you agree?", [("consent.yes", "Yes"), ("consent.no", "No")]),
            "consent.yes": ("Where is it?", [("site.face", "Face"), ("site.arm", "Arm")]),
        },
    )
    page = open_page()
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "start":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Yes")).to_be_visible()
    for name in ("Yes", "Arm"):
        expect(page.get_by_role("button", name=name)).to_be_visible()
        for _ in range(8):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent") == name:
                break
        page.keyboard.press("Space")
    expect(page.get_by_text("Received")).to_be_visible()
    assert [served.world.channel.parse(u.payload).choice for u in served.world.accepted] == [
        "",
        "consent.yes",
        "site.arm",
    ]


def test_a_screen_reader_is_told_what_is_new_and_everything_has_a_name(
    served: Served, open_page: Open
) -> None:
    answers(served.world, {"hello": ("Good day.", [("a.b", "Go on")])})
    page = open_page()
    log = page.get_by_role("log", name="Messages")
    expect(log).to_have_attribute("aria-live", "polite")
    page.get_by_role("textbox", name="Write here").fill("hello")
    page.keyboard.press("Enter")
    expect(log).to_contain_text("Ngozi said: Good day.")
    expect(log).to_contain_text("You said: hello")
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('button, input, textarea')]
             .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim())).map(e => e.outerHTML)"""
    )
    assert unnamed == []


@pytest.mark.parametrize("locale", ["en-US", "ar"])
def test_on_a_360_px_phone_nothing_is_cut_off_and_every_target_is_big_enough(
    served: Served, open_page: Open, locale: str
) -> None:
    choices = [(f"site.{i}", f"A place on the body {i}") for i in range(12)]
    answers(served.world, {"hello": ("Where is it? " * 30 + "w" * 80, choices)}, locale[:2])
    page = open_page(locale)
    page.get_by_role("textbox").fill("hello")
    page.keyboard.press("Enter")
    expect(page.locator(".choices button")).to_have_count(12)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(
        "document.getElementById('log').scrollWidth <= document.getElementById('log').clientWidth"
    )
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, input[type=file], textarea')].filter(e => e.offsetParent)
             .map(e => [e.id || e.textContent, e.getBoundingClientRect()])
             .filter(([, box]) => box.width < 44 || box.height < 44).map(([name]) => name)"""
    )
    assert small == []
    # What came last is read from its beginning: the top of the question is in sight.
    top = page.locator(".out .bubble").bounding_box()
    log = page.locator("#log").bounding_box()
    assert top
    assert log
    assert log["y"] <= top["y"] < log["y"] + log["height"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(served: Served, open_page: Open, scheme: str) -> None:
    answers(served.world, {"hello": ("Good day.", [("a.b", "Go on")])})
    page = open_page(color_scheme=scheme)
    weak = """() => {
      const rgb = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
      const lum = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
      const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
        if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
      return [...document.querySelectorAll('body *')]
        .filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
        .map(e => { const a = lum(rgb(getComputedStyle(e).color)), b = lum(ground(e));
          return [e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 30),
            (Math.max(a, b) + .05) / (Math.min(a, b) + .05)]; })
        .filter(([, contrast]) => contrast < 4.5);
    }"""
    assert page.evaluate(weak) == []
    page.get_by_role("textbox").fill("hello")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    assert page.evaluate(weak) == []


def test_leaving_shows_an_empty_chat_to_the_next_person(served: Served, open_page: Open) -> None:
    page = open_page()
    page.get_by_role("textbox").fill("private")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Received")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Leave this chat").click()
    expect(page.locator("#welcome")).to_be_visible()
    expect(page.get_by_text("private")).to_have_count(0)


def test_what_was_erased_disappears_from_an_open_page(served: Served, open_page: Open) -> None:
    world = served.world

    def on_accept(update: RawUpdate) -> None:
        def erase_and_say() -> None:
            world.store.erase(update.address)
            time.sleep(0.01)
            world.say(update.address, "All is erased.")

        threading.Timer(0.3, erase_and_say).start()

    world.on_accept = on_accept
    page = open_page()
    page.get_by_role("textbox").fill("delete my data")
    page.keyboard.press("Enter")
    expect(page.get_by_text("All is erased.")).to_be_visible()
    assert bubbles(page) == ["All is erased."]


def test_two_tabs_of_a_chat_show_the_same(served: Served, open_page: Open) -> None:
    first = open_page()
    expect(first.locator("#messages")).to_have_attribute("aria-live", "polite")
    second = first.context.new_page()
    second.goto(served.url)
    expect(second.locator("#messages")).to_have_attribute("aria-live", "polite")
    first.get_by_role("textbox").fill("from the first")
    first.keyboard.press("Enter")
    expect(second.get_by_text("from the first")).to_be_visible()
