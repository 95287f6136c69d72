"""A voice message from the web chat's page, recorded from Chromium's made-up microphone: to the database, and to the clinician."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from bot.console import logins
from bot.database import transaction
from bot.media import recordings
from bot.media.vault import Stored
from bot.tables import CaseRow, Photo
from tests.bot.media.voices import decoded_s
from tests.bot.web.chat_world import ChatWorld
from tests.browsers import SIZES, chromium, look_at, serve
from tests.journeys.test_clinic_desk import PASSWORD, presses
from tests.journeys.town import Town, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
# It beeps once a second, and nobody is asked.
MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(*MICROPHONE) as started:
        yield started


def opened(browser: Browser, url: str, locale: str = "en-US") -> Page:
    page = browser.new_context(viewport=SIZES[360], locale=locale).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(60_000)
    page.goto(url)
    return page


def record(page: Page, clock: str = "0:02") -> None:
    page.locator("#mic").click()
    expect(page.locator("#voice-clock")).to_contain_text(clock)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[ChatWorld, str]]:
    made = ChatWorld(tmp_path)
    with serve(made.app) as url:
        yield made, url
        made.door.close()
    made.close()


def test_what_was_spoken_into_the_page_is_sealed_with_the_case_and_heard_at_the_desk(
    town: Town, browser: Browser
) -> None:
    with transaction(town.parts.engine) as connection:
        logins.add(connection, "asha", logins.hashed(PASSWORD), "clinician")
    phone = opened(browser, f"{town.url}/chat")
    phone.get_by_role("button", name="Start", exact=True).click()
    phone.get_by_role("button", name="Yes, I agree").click()
    expect(phone.locator(".choices button").nth(2)).to_be_visible()  # how old
    record(phone)
    phone.get_by_role("button", name="Send the voice message").click()
    expect(phone.get_by_text("I keep it for a health worker, but nobody hears it now.")).to_be_visible()

    with town.reading() as connection:
        row = connection.execute(select(Photo)).one()
    assert (row.kind, row.width_px) == ("voice", 0)
    kept = town.parts.vault.get(Stored(row.name, row.wrapped_key, row.master_key_id, row.size_bytes))
    assert recordings.mime(kept) == "audio/ogg"
    assert 1.5 < decoded_s(kept)[1] < 30
    until(lambda: len(town.parts.vault.names()) == 1, "that the copy of the channel is gone")

    presses(phone)
    until(lambda: _case(town) is not None, "the case before the clinicians")
    case = _case(town)
    assert case is not None
    desk = opened(browser, f"{town.url}/console/cases")
    desk.get_by_label("Name").fill("asha")
    desk.get_by_label("Password").fill(PASSWORD)
    desk.get_by_role("button", name="Sign in").click()
    desk.get_by_role("link", name=case.code).click()
    lasts_s = desk.locator("audio").evaluate(
        """audio => new Promise(done => {
            audio.onloadedmetadata = () => done(audio.duration); audio.onerror = () => done(-1);
            audio.preload = "metadata"; audio.load();
        })"""
    )
    assert lasts_s == pytest.approx(decoded_s(kept)[1], abs=0.2)


def _case(town: Town) -> CaseRow | None:
    with town.reading() as connection:
        return connection.execute(select(CaseRow)).first()  # type: ignore[return-value]


def test_without_a_line_it_waits_and_is_sent_once_though_an_answer_was_lost(
    world: tuple[ChatWorld, str], browser: Browser
) -> None:
    chat, url = world
    page = opened(browser, f"{url}/chat")
    tries: list[str] = []

    def bad_line(route) -> None:  # type: ignore[no-untyped-def]
        tries.append("lost" if not tries else "arrived" if len(tries) == 1 else "answered")
        if tries[-1] == "answered":
            route.continue_()
            return
        if tries[-1] == "arrived":
            route.fetch()  # and its answer is thrown away
        route.abort("connectionreset")

    page.route("**/chat/messages", bad_line)
    record(page)
    page.get_by_role("button", name="Send the voice message").click()
    expect(page.get_by_text("It will be sent by itself.")).to_be_visible()
    expect(page.locator("#messages audio")).to_be_visible()
    expect(page.get_by_text("Received")).to_be_visible()
    # The page may hear of it by its stream of news before the answer that is thrown away has been read here.
    for _ in range(100):
        if len(tries) == 3:
            break
        page.wait_for_timeout(100)
    assert tries == ["lost", "arrived", "answered"]
    assert len(chat.accepted) == len(chat.vault.names()) == 1
    inbound = chat.channel.parse(chat.accepted[0].payload)
    assert inbound.recording is not None
    assert decoded_s(recordings.accept(chat.channel.fetch(inbound.recording)))[1] > 1.5
    page.reload()
    expect(page.locator(".spoken")).to_have_text("Voice message")
    expect(page.locator("#messages li")).to_have_count(1)


@pytest.mark.parametrize("locale", ["en-US", "ar"])
def test_on_a_phone_it_is_recorded_thrown_away_ends_by_itself_and_needs_no_hand_that_holds(
    world: tuple[ChatWorld, str], browser: Browser, tmp_path: Path, locale: str
) -> None:
    chat, url = world
    page = opened(browser, f"{url}/chat", locale)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if "Content Security Policy" in m.text else None)
    record(page, "0:01")
    look_at(page, f"chat_recording_{locale[:2]}", tmp_path)
    small = page.evaluate(
        """() => [...document.querySelectorAll('#recorder button')].map(e => e.getBoundingClientRect())
             .filter(box => box.width < 44 || box.height < 44).length"""
    )
    assert small == 0
    page.locator("#voice-discard").click()
    expect(page.locator("#mic")).to_be_focused()
    expect(page.locator("#messages li")).to_have_count(0)

    # With keys alone, to the longest that it can be; then the microphone is off and the person decides.
    page.clock.install()
    page.keyboard.press("Enter")
    expect(page.locator("#voice-send")).to_be_focused()
    page.wait_for_timeout(1500)
    page.clock.fast_forward("05:01")
    expect(page.locator("#voice-clock")).to_have_text("5:00 / 5:00")
    expect(page.locator("#recorder.live")).to_have_count(0)
    look_at(page, f"chat_recorded_{locale[:2]}", tmp_path)
    assert chat.accepted == []
    page.keyboard.press("Enter")
    until(lambda: chat.accepted, "the voice message")
    assert chat.channel.parse(chat.accepted[0].payload).unusable == "voice"
    assert errors == []


def test_a_browser_that_cannot_record_has_no_microphone_and_one_that_may_not_says_so(
    world: tuple[ChatWorld, str], browser: Browser
) -> None:
    _, url = world
    page = opened(browser, f"{url}/chat")
    page.add_init_script("delete window.MediaRecorder")
    page.reload()
    expect(page.locator("#send")).to_be_visible()
    expect(page.locator("#mic")).to_be_hidden()

    page = opened(browser, f"{url}/chat")
    page.evaluate(
        """() => { navigator.mediaDevices.getUserMedia =
            () => Promise.reject(new DOMException("made up", "NotAllowedError")); }"""
    )
    page.get_by_role("button", name="Record a voice message").click()
    expect(page.get_by_role("alert")).to_contain_text("I cannot use the microphone.")
    page.get_by_role("textbox").fill("then I write")
    expect(page.locator("#mic")).to_be_hidden()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Received")).to_be_visible()


def test_where_the_part_that_records_does_not_come_one_writes(
    world: tuple[ChatWorld, str], browser: Browser
) -> None:
    chat, url = world
    page = browser.new_context(viewport=SIZES[360], locale="en-US").new_page()  # type: ignore[arg-type]
    page.set_default_timeout(60_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("**/chat/static/voice.js*", lambda route: route.abort("connectionreset"))
    page.goto(f"{url}/chat")
    expect(page.locator("#mic")).to_be_hidden()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#messages li")).to_have_count(1)
    page.get_by_role("textbox").fill("I write")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Received").last).to_be_visible()
    expect(page.locator("#messages li")).to_have_count(2)
    chat.say(chat.accepted[0].address, "Nimesikia.", [], "sw")
    expect(page.locator("html")).to_have_attribute("lang", "sw")
    assert errors == []
