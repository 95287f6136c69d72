"""The whole life of a language pack in a real browser, from template to live to roll back, while a conversation runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import locales
from bot import inbox
from bot.channels import webchat
from bot.channels.registry import WEBCHAT
from bot.channels.webchat_store import SqlWebChatStore
from bot.clock import now
from bot.database import reading, transaction
from bot.packs import store, written
from bot.queue import TURN
from bot.tables import Chat, ReplyRow
from bot.web.console import furnish
from bot.web.console.frame import Console
from bot.web.spoken_packs import SpokenPacks
from tests.browsers import chromium, look_at, serve, watched
from tests.console.world import PASSWORD, World
from worker import parts as parts_room
from worker.inline import Inline

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NAME = "consent.ask"
NEW = "Ma oggoshahay?"


class Talk:
    """Somebody in the web chat; workers that run in this process, over the same database."""

    def __init__(self, world: World) -> None:
        self.wake = Inline()
        settings = replace(world.console.settings, database_url=str(world.engine.url))
        self.parts = parts_room.build(settings, self.wake)
        self.wake.parts = self.parts
        self.store = SqlWebChatStore(world.engine)
        self.address = webchat.address_of(webchat.new_secret()) or ""
        self.count = self.seen = 0

    def say(self, text: str = "", choice: str = "") -> str:
        """What is answered, and the labels under it."""
        self.count += 1
        update = webchat.update(
            self.address,
            f"talk-{self.count:06d}",
            text=text,
            choice=choice,
            photos=[],
            language_hint="en",
            at=now(),
        )
        for chat_id in inbox.receive(self.parts.engine, WEBCHAT, (update,)):
            self.wake(TURN, chat_id)
        self.wake.run()
        lines = [line for line in self.store.after(self.address, self.seen) if line.direction == "out"]
        self.seen = max((line.n for line in lines), default=self.seen)
        labels = [label for line in lines for _, label in line.choices]
        return "\n".join([line.text for line in lines] + labels)


def sign_in(page: Page, url: str, name: str, where: str) -> None:
    page.goto(f"{url}/console{where}")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{url}/console{where}")


def translated(world: World, folder: Path, text: str) -> Path:
    """The empty file of Somali, filled in: what a translator sends back. Sentences of Swahili stand for Somali ones."""
    swahili = locales.shipped().translations("sw")
    for entry in locales.shipped().template.values():
        forms = swahili.of(entry)
        if entry.tier != 1 or not forms:
            continue
        at = text.index(f'msgctxt "{entry.id}"\n')
        end = text.find("\n\n", at)
        block = text[at:end]
        new = block.replace('msgstr ""', f"msgstr {quoted(NEW if entry.id == NAME else forms[0])}")
        for n, form in enumerate(forms):
            new = new.replace(f'msgstr[{n}] ""', f"msgstr[{n}] {quoted(form)}")
        text = text[:at] + new + text[end:]
    file = folder / "so.po"
    file.write_text(text, encoding="utf-8")
    return file


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en-GB", "ar"])
def test_the_page_of_two_editors_is_whole_on_every_screen(
    packs_world: World, tmp_path: Path, width: int, language: str
) -> None:
    world = packs_world
    world.person("amina")
    other = world.person("wanjiru")
    with transaction(world.engine) as connection:
        live = store.newest(connection, "sw")
        assert live is not None
        draft = store.get(connection, store.copy(connection, live.id, live.template, other))
        assert draft is not None
    entry = locales.library().entry(NAME)
    where = f"/packs/sw/{draft.number}/sentence/{NAME}"
    with (
        serve(world.app) as url,
        chromium() as browser,
        watched(browser, url, width, language) as page,
    ):
        sign_in(page, url, "amina", where)
        with transaction(world.engine) as connection:
            held = written.of_version(connection, draft.id)[NAME]
            written.save(connection, draft.id, entry, ("Je, unakubali hili?",), held.revision, other)
        page.fill("textarea", "Je, unakubali?")
        expect(page.locator(".theirs")).to_contain_text("Je, unakubali hili?")
        expect(page.locator("textarea")).to_have_value("Je, unakubali?")
        look_at(page, f"pack-conflict-{width}-{language}", tmp_path)


def test_what_one_saved_oneself_is_not_offered_for_approval_and_what_was_done_is_said_once(
    packs_world: World,
) -> None:
    world = packs_world
    world.person("wanjiru")
    other = world.person("other")
    with transaction(world.engine) as connection:
        live = store.newest(connection, "sw")
        assert live is not None
        draft = store.get(connection, store.copy(connection, live.id, "", other))
        assert draft is not None
        entry = locales.library().entry(NAME)
        held = written.of_version(connection, draft.id)[NAME]
        written.save(connection, draft.id, entry, ("Je, unakubali?",), held.revision, other)
    where = f"/packs/sw/{draft.number}/sentence/{NAME}"
    with serve(world.app) as url, chromium() as browser, watched(browser, url, 1280, "en") as page:
        sign_in(page, url, "wanjiru", where)
        expect(page.locator("#approve button")).to_be_visible()
        expect(page.locator("#own")).not_to_be_visible()
        page.fill("textarea", "Je, unakubali hili?")
        expect(page.locator("#saved")).to_have_text("Saved")
        expect(page.locator("#approve")).to_have_count(0)
        expect(page.locator("#own")).to_contain_text("Another person reads it")
        page.reload()
        expect(page.locator("#approve")).to_have_count(0)
        expect(page.locator("#own")).to_be_visible()
        page.click("#editor button.main")
        expect(page.locator("p.said[role=status]")).to_have_text("Saved.")
        page.reload()
        expect(page.locator("#editor")).to_be_visible()
        expect(page.locator("p.said[role=status]")).to_have_count(0)


def test_a_pack_goes_from_template_to_live_to_roll_back_while_a_conversation_runs(
    packs_world: World, tmp_path: Path
) -> None:
    world = packs_world
    for name in ("wanjiru", "amina"):
        world.person(name)
    app = Starlette(
        routes=furnish(Console(world.console.settings, world.engine)).routes(),
        middleware=[Middleware(SpokenPacks, engine=world.engine)],
    )
    talk = Talk(world)
    with (
        serve(app) as url,
        chromium() as browser,
        watched(browser, url, 1280, "en-GB") as writer,
        watched(browser, url, 360, "ar") as reader,
    ):
        # A conversation is under way, in Swahili; Somali is not offered.
        assert talk.say("hello")
        old = talk.say(choice="language.sw")
        assert locales.render(locales.Text(NAME), "sw") in old
        assert "Soomaali" not in talk.say("language")

        # From the template: started, downloaded, filled in, uploaded.
        sign_in(writer, url, "wanjiru", "/packs")
        look_at(writer, "packs-1280", tmp_path)
        writer.fill("[name=code]", "so")
        writer.click("button.main")
        expect(writer).to_have_url(f"{url}/console/packs/so/1")
        expect(writer.locator("[role=status]")).to_contain_text("A new draft")
        with writer.expect_download() as downloaded:
            writer.click("a[download]")
        file = translated(world, tmp_path, Path(downloaded.value.path()).read_text(encoding="utf-8"))
        writer.goto(f"{url}/console/packs/so/1")
        writer.click("summary:has-text('Upload')")
        hostile = tmp_path / "hostile.po"
        hostile.write_text(file.read_text().replace(NEW, "<b>\u202e{x}"), encoding="utf-8")
        writer.set_input_files("[name=file]", hostile)
        writer.click("form[enctype] button")
        expect(writer.locator("#report")).to_contain_text(NAME)
        look_at(writer, "pack-refused-1280", tmp_path)
        writer.click("summary:has-text('Upload')")
        writer.set_input_files("[name=file]", file)
        writer.click("form[enctype] button")
        expect(writer.locator("[role=status]").first).to_contain_text("imported")

        # Edited in the browser: saved as it is typed, a chip writes its placeholder, the second editor is shown both.
        writer.goto(f"{url}/console/packs/so/1/sentence/{NAME}")
        sign_in(reader, url, "amina", f"/packs/so/1/sentence/{NAME}")
        look_at(reader, "pack-sentence-360-ar", tmp_path)
        writer.fill("textarea", "Ma oggolaatay?")
        expect(writer.locator("#saved")).to_have_text("Saved")
        look_at(writer, "pack-sentence-1280", tmp_path)
        reader.fill("textarea", "Ma ogoshahay?")
        expect(reader.locator(".theirs")).to_contain_text("Ma oggolaatay?")
        expect(reader.locator("textarea")).to_have_value("Ma ogoshahay?")
        writer.fill("textarea", NEW)
        expect(writer.locator("#saved")).to_have_text("Saved")
        writer.goto(f"{url}/console/packs/so/1/sentence/consent.keep")
        writer.fill("textarea >> nth=1", "Sawirka ")
        # Pressed slowly, so that the sentence is saved and found wrong meanwhile: the chip stays under the finger.
        writer.hover("[data-insert]")
        writer.mouse.down()
        expect(writer.locator("#faults li")).not_to_have_count(0)
        writer.mouse.up()
        expect(writer.locator("textarea >> nth=1")).to_have_value("Sawirka {count}")
        expect(writer.locator("#saved")).to_have_text("Saved")
        writer.fill(
            "textarea >> nth=1",
            locales.shipped().translations("sw").of(locales.library().entry("consent.keep"))[1],
        )
        expect(writer.locator("#faults li")).to_have_count(0)

        # Checked by the writer, read, signed and made live by another; the preview before.
        writer.goto(f"{url}/console/packs/so/1/preview?case=danger.D05")
        look_at(writer, "pack-preview-1280", tmp_path)
        writer.goto(f"{url}/console/packs/so/1")
        writer.click("form[action$='/check'] button")
        expect(writer.locator("#state")).to_have_text("checked")
        reader.goto(f"{url}/console/packs/ar/1/preview")
        look_at(reader, "pack-preview-360-ar", tmp_path)
        reader.on("dialog", lambda dialog: dialog.accept())
        for _ in range(30):
            reader.goto(f"{url}/console/packs/so/1?show=unread")
            if not reader.locator("form[action*='/approve'] button").count():
                break
            reader.click("form[action*='/approve'] button")
            expect(reader.locator("[role=status]")).to_be_visible()
        look_at(reader, "pack-version-360-ar", tmp_path)
        reader.click("form[action$='/review'] button")
        expect(reader.locator("form[action$='/activate']")).to_be_visible()
        reader.click("form[action$='/activate'] button")
        expect(reader.locator("#state")).to_have_text("مستعملة الآن")

        # The conversation hears of it without a restart, and goes on in it.
        listed = talk.say("language")
        assert "Soomaali" in listed
        assert NEW in talk.say(choice="language.so")

        # A second version, live, and back in one click.
        with transaction(world.engine) as connection:
            first = store.newest(connection, "so")
            assert first is not None
        writer.goto(f"{url}/console/packs/so/1")
        writer.click("form[action$='/copy'] button")
        writer.goto(f"{url}/console/packs/so/2/sentence/{NAME}")
        writer.fill("textarea", "Waa hagaag?")
        expect(writer.locator("#saved")).to_have_text("Saved")
        writer.goto(f"{url}/console/packs/so/2")
        writer.click("form[action$='/check'] button")
        reader.goto(f"{url}/console/packs/so/2/sentence/{NAME}")
        reader.click("form[action*='/approve'] button")
        reader.goto(f"{url}/console/packs/so/2")
        reader.click("form[action$='/review'] button")
        reader.click("form[action$='/activate'] button")
        expect(reader.locator("#state")).to_have_text("مستعملة الآن")
        assert "Waa hagaag?" in talk.say("what?")
        writer.goto(f"{url}/console/packs/so")
        look_at(writer, "pack-language-1280", tmp_path)
        writer.click("form[action$='/back'] button")
        expect(writer.locator("[role=status]")).to_be_visible()
        assert NEW in talk.say("what?")
    with reading(world.engine) as connection:
        noted = connection.execute(select(Chat.pack_version)).scalar_one()
        used = connection.execute(
            select(ReplyRow.pack_version).where(ReplyRow.language == "so").order_by(ReplyRow.id)
        ).scalars()
        numbers = [version.partition("-")[0] for version in used]
    assert noted == first.tag
    assert numbers == ["1", "2", "1"]


class SlowToAnswer:
    """Sentences are saved at once, and the answer to the first takes a while, as on a slow line; then a busy server."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.saves = 0
        self.busy = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        saves = scope["type"] == "http" and scope["method"] == "POST" and "/sentence/" in scope["path"]
        self.saves += saves
        if saves and self.busy:
            await HTMLResponse("busy", 503)(scope, receive, send)
            return
        slow = saves and self.saves == 1

        async def later(message: Message) -> None:
            if slow and message["type"] == "http.response.start":
                await anyio.sleep(3)
            await send(message)

        await self.app(scope, receive, later)


def test_the_last_words_are_saved_by_whoever_leaves_during_a_save_and_a_busy_server_is_not_besieged(
    packs_world: World,
) -> None:
    world = packs_world
    world.person("wanjiru")
    slow = SlowToAnswer(
        Starlette(
            routes=furnish(Console(world.console.settings, world.engine)).routes(),
            middleware=[Middleware(SpokenPacks, engine=world.engine)],
        )
    )
    with transaction(world.engine) as connection:
        live = store.newest(connection, "sw")
        assert live is not None
        store.copy(connection, live.id, live.template, None)
    path = f"/packs/sw/{live.number + 1}/sentence/{NAME}"
    with serve(slow) as url, chromium() as browser, watched(browser, url, 1280, "en-GB") as page:
        sign_in(page, url, "wanjiru", path)
        with page.expect_request(lambda request: request.method == "POST"):
            page.locator("#f-0").fill("Je, unakubali")
        page.locator("#f-0").press_sequentially(" leo?")
        assert slow.saves == 1
        page.click("a[rel=next]")
        expect(page).not_to_have_url(f"{url}/console{path}")
        page.wait_for_timeout(500)
        with reading(world.engine) as connection:
            said = dict(written.of_message(connection, "sw", NAME))
        assert said[live.number + 1] == ("Je, unakubali leo?",)

        slow.saves, slow.busy = 1, True
        page.locator("#f-0").fill("Neno jipya")
        page.wait_for_timeout(6000)
        # At 0.9 s, then 1.8 and 3.6 s after it: not once a second.
        assert slow.saves - 1 in (2, 3)
        slow.busy = False
        page.locator("#editor button.main").click()
        expect(page.locator("#f-0")).to_have_value("Neno jipya")
