"""The pages of language packs: list, life, file, editor, preview."""

from __future__ import annotations

import html
import re

import pytest
from babel import localedata
from sqlalchemy import delete, select

import locales
from bot.database import reading, transaction
from bot.packs import beginning, counted, preview, stage, store, written
from bot.packs.rows import PackSentence
from bot.packs.store import Version
from bot.tables import Audit
from locales import Text
from locales.placeholders import without_isolates
from tests.console.world import Browser, World

OLD = "Jibu kwa namba, au andika kwa maneno yako."
NEW = "Jibu kwa namba, au andika maneno yako."
NAME = "choices.answer_with_number"


@pytest.fixture
def writer(packs_world: World) -> Browser:
    return packs_world.signed_in("wanjiru")


@pytest.fixture
def reader(packs_world: World) -> Browser:
    return packs_world.signed_in("amina")


def drafted(world: World, browser: Browser, language: str = "sw") -> Version:
    """A new version of the live one, made in the browser."""
    answer = browser.post(f"/packs/{language}/1/copy", {})
    assert answer.status_code == 303
    with transaction(world.engine) as connection:
        found = store.newest(connection, language)
    assert found is not None
    assert f"/packs/{language}/{found.number}?said=pack_started" in answer.headers["location"]
    return found


def save(browser: Browser, path: str, text: str, revision: int, **more: object) -> object:
    return browser.post(f"{path}/sentence/{NAME}", {"form0": text, "revision": str(revision)}, **more)


def sentence(world: World, version: Version, name: str = NAME) -> written.Sentence:
    with transaction(world.engine) as connection:
        return written.of_version(connection, version.id)[name]


def live(world: World, language: str = "sw") -> Version:
    with transaction(world.engine) as connection:
        found = stage.live_version(connection, language)
    assert found is not None
    return found


def signed(browser: Browser, path: str) -> None:
    """Approves everything that is to be approved, page by page, then signs."""
    assert browser.post(f"{path}/check", {}).status_code == 303
    for _ in range(100):
        page = browser.get(f"{path}?show=unread").text
        names = re.findall(r'name="name" value="([^"]+)"', page)
        if not names:
            break
        done = browser.post(f"{path}/approve?show=unread", {"name": names, "yes": "1"})
        assert done.status_code == 303
    assert browser.post(f"{path}/review", {}).status_code == 303


def test_whoever_begins_a_language_without_a_font_is_told_that_no_letter_can_be_printed_in_it(
    writer: Browser,
) -> None:
    told = "Referral letters cannot be printed in this language"
    for code, lacks in (("th", True), ("ta", False)):
        begun = writer.post("/packs/start", {"code": code})
        assert begun.status_code == 303
        assert (told in writer.get(begun.headers["location"].removeprefix("/console")).text) == lacks


def fields_of(page: str) -> dict[str, str]:
    """The description of a language as its form would send it."""
    form = page.partition('id="about"')[2].partition("</details>")[0]
    found = dict(re.findall(r'name="(name|plural|voice|mark)"[^>]*? value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>([^<]*)</textarea>', form))
    chosen = r'<select id="f-(\w+)".*?<option(?: value="(\w+)")? selected>([^<]*)</option>'
    found |= {name: value or text for name, value, text in re.findall(chosen, form)}
    return {name: html.unescape(value) for name, value in found.items()}


def test_of_two_who_describe_a_language_the_second_is_shown_both_and_overwrites_nothing(
    packs_world: World, writer: Browser, reader: Browser
) -> None:
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    one, two = fields_of(writer.get(path).text), fields_of(reader.get(path).text)
    assert one == two
    assert reader.post(f"{path}/about", {**two, "reviewers": "Bahati B"}).status_code == 303
    refused = writer.post(f"{path}/about", {**one, "name": "Kiswahili sanifu"})
    assert refused.status_code == 409
    assert f"Person {reader.person_id} changed" in without_isolates(refused.text)
    assert "Now: Bahati B" in without_isolates(refused.text)
    again = fields_of(refused.text)
    assert again["name"] == "Kiswahili sanifu"
    with transaction(packs_world.engine) as connection:
        stands = store.newest(connection, "sw")
    assert stands is not None
    assert (stands.about.name, stands.about.reviewers) == (version.about.name, ("Bahati B",))
    assert writer.post(f"{path}/about", {**again, "reviewers": "Bahati B"}).status_code == 303


def test_a_description_that_is_refused_comes_back_and_one_that_changes_nothing_leaves_the_version_as_it_is(
    packs_world: World, writer: Browser, reader: Browser
) -> None:
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    whole = fields_of(writer.get(path).text)
    refused = writer.post(f"{path}/about", {**whole, "translators": "Neema N", "voice": "Swahili, F!"})
    assert refused.status_code == 400
    assert '<details class="card" id="about" open>' in refused.text
    assert fields_of(refused.text) == {**whole, "translators": "Neema N", "voice": "Swahili, F!"}
    with transaction(packs_world.engine) as connection:
        before = store.newest(connection, "sw")
    assert reader.post(f"{path}/about", whole).status_code == 303
    with transaction(packs_world.engine) as connection:
        after = store.newest(connection, "sw")
    assert after == before, "nothing differs: nobody is its editor for it"


def test_the_list_shows_every_language_with_its_health(writer: Browser) -> None:
    page = writer.get("/packs").text
    for code in ("sw", "ar", "fr"):
        assert f'href="/console/packs/{code}"' in page
        assert locales.pack(code).name in page
    assert "live: version 1" in page
    whole = locales.completeness()["fr"][3]
    assert f'value="{whole.translated}" max="{whole.total}"' in page


def test_the_names_of_all_languages_are_read_for_who_may_begin_one_and_no_locale_is_loaded_for_them(
    packs_world: World, writer: Browser
) -> None:
    loaded = set(localedata._cache)
    listed = writer.get("/packs").text
    assert '<option value="so">Somali · Soomaali</option>' in listed
    assert 'value="sw"' not in listed, "it is there"
    assert 'id="known"' not in packs_world.signed_in("dr", "clinician").get("/packs").text
    # The page itself writes numbers in its own language.
    assert set(localedata._cache) - loaded <= {"en", "root"}


def test_a_language_is_started_and_a_nonsense_one_is_not(packs_world: World, writer: Browser) -> None:
    answer = writer.post("/packs/start", {"code": "so"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/packs/so/1?said=pack_started")
    assert "Soomaali" in writer.get("/packs/so/1").text
    for code in ("zz-zz-zz-zz", "en", "so", "../x"):
        refused = writer.post("/packs/start", {"code": code})
        assert refused.status_code == 400, code
        assert 'role="alert"' in refused.text
    assert "so" not in locales.languages()


def test_the_whole_life_of_a_version_by_two_people(
    packs_world: World, writer: Browser, reader: Browser
) -> None:
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    assert save(writer, path, NEW, 1).status_code == 303
    early = reader.post(f"{path}/activate", {})
    assert early.status_code == 400
    assert "“draft”" in early.text
    signed(reader, path)
    own = writer.post(f"{path}/activate", {})
    assert own.status_code == 400
    assert "Another person must make it live" in own.text
    assert live(packs_world).id != version.id
    assert reader.post(f"{path}/activate", {"yes": "1"}).status_code == 303
    assert live(packs_world).id == version.id
    assert locales.render(Text(NAME), "sw") == NEW
    assert writer.post("/packs/sw/back", {}).status_code == 303
    assert locales.render(Text(NAME), "sw") == OLD
    again = writer.post("/packs/sw/back", {})
    assert again.status_code == 400
    assert "no earlier version" in again.text
    # Rolled back by mistake: what is unchanged speaks again, by the same rule of two people.
    assert "Make it live again" in reader.get(path).text
    own = writer.post(f"{path}/activate", {})
    assert (own.status_code, "Another person must make it live" in own.text) == (400, True)
    assert reader.post(f"{path}/activate", {"yes": "1"}).status_code == 303
    assert live(packs_world).id == version.id
    assert locales.render(Text(NAME), "sw") == NEW
    never = drafted(packs_world, writer)
    assert writer.post(f"/packs/sw/{never.number}/retire", {"yes": "1"}).status_code == 303
    assert "Make it live again" not in reader.get(f"/packs/sw/{never.number}").text
    assert reader.post(f"/packs/sw/{never.number}/activate", {}).status_code == 400


def test_whoever_edited_a_version_last_is_told_that_another_makes_it_live(
    packs_world: World, writer: Browser, reader: Browser
) -> None:
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    save(writer, path, NEW, 1)
    refused = writer.post(f"{path}/sentence/{NAME}/approve", {"revision": "2"})
    assert refused.status_code == 400
    assert re.search(r'id="faults" role="alert"><li class="problem">[^<]*you wrote it yourself', refused.text)
    assert 'id="approve"' not in refused.text
    signed(reader, path)
    mine, theirs = writer.get(path).text, reader.get(path).text
    assert "Another person must make it live" in mine
    assert f"{path}/activate" not in mine
    assert f"{path}/activate" in theirs
    assert "Another person must make it live" not in theirs


def test_a_page_behind_the_last_is_the_last_and_counts_are_written_as_people_write_them(
    writer: Browser,
) -> None:
    late = writer.get("/packs/sw/1?page=999")
    assert late.status_code == 200
    assert late.text.count('<li class="card">') > 0
    total = len(locales.library().template)
    assert f'<h2 id="sentences">{total:,} sentences</h2>' in late.text
    one = writer.get(f"/packs/sw/1?page=999&words={NAME}").text
    assert f"/sentence/{NAME}?" in one
    assert '<h2 id="sentences">1 sentence</h2>' in one


def test_the_page_says_why_the_version_before_cannot_speak_again(
    packs_world: World, writer: Browser, reader: Browser
) -> None:
    first = live(packs_world)
    vital = next(name for name, entry in locales.library().template.items() if entry.tier == 1)
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    save(writer, path, NEW, 1)
    signed(reader, path)
    assert reader.post(f"{path}/activate", {"yes": "1"}).status_code == 303
    assert "Roll back to version 1" in reader.get("/packs/sw").text
    with transaction(packs_world.engine) as connection:
        connection.execute(
            delete(PackSentence).where(PackSentence.version_id == first.id, PackSentence.message_id == vital)
        )
    page = reader.get("/packs/sw").text
    assert "Roll back to" not in page
    assert "Version 1 cannot speak again" in page


def test_a_file_comes_back_as_it_was_and_a_hostile_one_leaves_everything(
    packs_world: World, writer: Browser
) -> None:
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    answer = writer.get(f"{path}/ngozi.po")
    assert answer.headers["content-disposition"] == f'attachment; filename="ngozi-sw-{version.number}.po"'
    text = answer.text
    assert OLD in text
    bad = text.replace(OLD, NEW).replace("Unataka lugha gani?", "Lugha gani? <b>")
    refused = writer.post(f"{path}/file", {}, files={"file": ("sw.po", bad.encode(), "text/plain")})
    assert refused.status_code == 400
    line = bad[: bad.index("Lugha gani? <b>")].count("\n")
    assert re.search(rf"<td[^>]*>{line}</td>.*language\.ask", refused.text), "line and sentence are named"
    assert "Nothing was imported" in refused.text
    assert sentence(packs_world, version).forms == (OLD,)
    good = text.replace(OLD, NEW)
    assert writer.post(f"{path}/file", {}, files={"file": ("sw.po", good.encode(), "x/y")}).status_code == 303
    assert sentence(packs_world, version).forms == (NEW,)
    assert sentence(packs_world, version).edited_by == writer.person_id
    assert writer.post(f"{path}/file", {}).status_code == 400


def test_a_file_does_not_overwrite_what_somebody_else_saved_since_it_was_downloaded(
    packs_world: World, writer: Browser, reader: Browser
) -> None:
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    text = writer.get(f"{path}/ngozi.po").text
    assert save(reader, path, NEW, 1).status_code == 303
    mine = text.replace(OLD, "Andika namba.").replace("Lugha nyingine", "Lugha zingine")
    assert mine != text.replace(OLD, "Andika namba.")
    answer = writer.post(f"{path}/file", {}, files={"file": ("sw.po", mine.encode(), "x/y")})
    assert answer.status_code == 409
    assert f"1 sentence was left as it is, because it was saved since then. {NAME}" in answer.text
    assert sentence(packs_world, version).forms == (NEW,)
    assert sentence(packs_world, version, "language.more").forms == ("Lugha zingine",)
    # A file that was downloaded afterwards may.
    again = writer.get(f"{path}/ngozi.po").text.replace(NEW, "Andika namba.")
    writer.post(f"{path}/file", {}, files={"file": ("sw.po", again.encode(), "x/y")})
    assert sentence(packs_world, version).forms == ("Andika namba.",)


def test_a_version_that_is_asked_for_twice_is_made_once(
    packs_world: World, writer: Browser, reader: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = drafted(packs_world, writer)
    assert drafted(packs_world, writer).id == first.id
    other = drafted(packs_world, reader)
    assert other.id != first.id, "another person's is their own"
    # Of a draft that has changed since there is something new to copy, and who began to write wants another one.
    assert save(reader, f"/packs/sw/{other.number}", NEW, 1).status_code == 303
    later = drafted(packs_world, reader)
    assert later.id not in (first.id, other.id)
    made = {reader.post(f"/packs/sw/{other.number}/copy", {}).headers["location"] for _ in range(2)}
    assert len(made) == 1
    assert save(reader, f"/packs/sw/{other.number}", "Andika namba.", 2).status_code == 303
    assert reader.post(f"/packs/sw/{other.number}/copy", {}).headers["location"] not in made
    monkeypatch.setattr(beginning, "AGAIN_S", -1.0)
    assert drafted(packs_world, reader).id != later.id, "and whoever asks later means it"


def test_of_two_translators_files_that_one_administrator_brings_the_second_takes_nothing_of_the_first_back(
    packs_world: World, writer: Browser, reader: Browser
) -> None:
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    text = writer.get(f"{path}/ngozi.po").text
    first, second = text.replace(OLD, NEW), text.replace("Lugha nyingine", "Lugha zingine")
    assert writer.post(f"{path}/file", {}, files={"file": ("a.po", first.encode(), "x/y")}).status_code == 303
    approved = reader.post(
        f"{path}/sentence/{NAME}/approve", {"revision": "2"}, form=f"{path}/sentence/{NAME}"
    )
    assert approved.status_code == 303
    answer = writer.post(f"{path}/file", {}, files={"file": ("b.po", second.encode(), "x/y")})
    assert answer.status_code == 409
    assert f"because it was saved since then. {NAME}" in answer.text
    assert sentence(packs_world, version).forms == (NEW,)
    assert sentence(packs_world, version).reviewed_by == reader.person_id
    assert sentence(packs_world, version, "language.more").forms == ("Lugha zingine",)
    # The same of what was saved by hand; the box takes the file's all the same.
    assert save(writer, path, "Andika namba.", 2).status_code == 303
    answer = writer.post(f"{path}/file", {}, files={"file": ("a.po", first.encode(), "x/y")})
    assert answer.status_code == 409
    assert sentence(packs_world, version).forms == ("Andika namba.",)
    writer.post(f"{path}/file", {"over": "1"}, files={"file": ("a.po", first.encode(), "x/y")})
    assert sentence(packs_world, version).forms == (NEW,)


def test_a_file_that_is_mended_and_sent_again_is_not_in_its_own_way(
    packs_world: World, writer: Browser
) -> None:
    """The round of whoever works in a tool of their own: the gate or the preview shows a fault, the same file is mended and sent."""
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    first = writer.get(f"{path}/ngozi.po").text.replace("Lugha nyingine", "Lugha zingine")

    def sent(text: str) -> int:
        return writer.post(f"{path}/file", {}, files={"file": ("a.po", text.encode(), "x/y")}).status_code

    for said in (NEW, "Andika namba yake.", "Andika namba."):
        assert sent(first.replace(OLD, said)) == 303
        assert sentence(packs_world, version).forms == (said,)
    # What was saved at the console since then is newer than the file.
    revision = sentence(packs_world, version).revision
    assert save(writer, path, "Chagua namba.", revision).status_code == 303
    assert sent(first.replace(OLD, NEW)) == 409
    assert sentence(packs_world, version).forms == ("Chagua namba.",)


def test_of_two_files_from_one_download_the_second_takes_nothing_back_in_a_second_round_either(
    packs_world: World, writer: Browser
) -> None:
    """What stood there before the first file was itself saved in this version: no older version has it."""
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"

    def sent(text: str) -> int:
        return writer.post(f"{path}/file", {}, files={"file": ("a.po", text.encode(), "x/y")}).status_code

    round_one = writer.get(f"{path}/ngozi.po").text
    assert sent(round_one.replace(OLD, NEW).replace("Lugha nyingine", "Lugha zingine")) == 303
    text = writer.get(f"{path}/ngozi.po").text
    assert sent(text.replace(NEW, "Andika namba.").replace("Lugha zingine", "Lugha nyengine")) == 303
    # The other translator left the first sentence alone, and both had an idea for the second one.
    assert sent(text.replace("Lugha zingine", "Lugha nyinginezo")) == 409
    assert sentence(packs_world, version).forms == ("Andika namba.",)
    assert sentence(packs_world, version, "language.more").forms == ("Lugha nyengine",)


def test_a_file_that_lost_its_header_does_not_overwrite_what_others_wrote_unless_it_is_told_to(
    packs_world: World, writer: Browser, reader: Browser
) -> None:
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    text = writer.get(f"{path}/ngozi.po").text
    assert save(reader, path, NEW, 1).status_code == 303
    mine = "".join(line for line in text.splitlines(True) if "X-Ngozi-Version" not in line)
    assert mine != text
    mine = mine.replace("Lugha nyingine", "Lugha zingine")
    answer = writer.post(f"{path}/file", {}, files={"file": ("sw.po", mine.encode(), "x/y")})
    assert answer.status_code == 409
    assert "The file does not say from which edit it began" in answer.text
    assert sentence(packs_world, version).forms == (NEW,)
    assert sentence(packs_world, version, "language.more").forms == ("Lugha zingine",), (
        "nobody's but the seed's"
    )
    again = writer.post(f"{path}/file", {"over": "1"}, files={"file": ("sw.po", mine.encode(), "x/y")})
    assert again.status_code == 303
    assert sentence(packs_world, version).forms == (OLD,)


def test_the_editor_shows_english_notes_limits_placeholders_and_numbers_of_each_plural_form(
    packs_world: World, writer: Browser
) -> None:
    version = drafted(packs_world, writer, "ar")
    page = writer.get(f"/packs/ar/{version.number}/sentence/consent.keep").text
    entry = locales.library().entry("consent.keep")
    assert entry.note in page
    assert "I keep your photo and voice messages for {count} days." in page
    assert page.count("<textarea") == 6
    assert "Form for 3, 4, 5, 6, 7 …" in page
    assert 'data-insert="{count}"' in page
    assert 'dir="rtl"' in page
    assert 'data-most="80"' in writer.get(f"/packs/ar/{version.number}/sentence/{NAME}").text


def test_a_fault_in_a_sentence_is_said_at_once_and_does_not_stop_the_writing(
    packs_world: World, writer: Browser
) -> None:
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    answer = save(writer, path, "<b>x</b>", 1, headers={"accept": "application/json"})
    assert answer.json()["revision"] == 2
    assert any("plain text" in reason for reason in answer.json()["problems"])
    assert "plain text" in writer.get(f"{path}/sentence/{NAME}").text
    found = writer.post(f"{path}/check", {})
    assert found.status_code == 400
    assert "The check finds 2 problems." in found.text


def test_of_two_editors_the_second_is_shown_both_and_nothing_is_lost(
    packs_world: World, writer: Browser, reader: Browser
) -> None:
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    assert save(writer, path, NEW, 1).status_code == 303
    second = save(reader, path, "Andika namba.", 1)
    assert second.status_code == 409
    assert NEW in second.text
    assert "Andika namba." in second.text
    assert f"Person {writer.person_id} saved this sentence" in second.text
    assert sentence(packs_world, version).forms == (NEW,)
    assert save(reader, path, "Andika namba.", 1, headers={"accept": "application/json"}).status_code == 409
    # What the page offers then: theirs is seen, so mine may stand.
    revision = re.search(r'name="revision" value="(\d+)"', second.text)
    assert revision is not None
    assert save(reader, path, "Andika namba.", int(revision[1])).status_code == 303
    assert sentence(packs_world, version).forms == ("Andika namba.",)
    # The same words twice are no quarrel.
    assert save(writer, path, "Andika namba.", 1).status_code == 303


def test_other_versions_are_suggested(packs_world: World, writer: Browser) -> None:
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    save(writer, path, NEW, 1)
    page = writer.get(f"{path}/sentence/{NAME}").text
    assert OLD in page[page.index("Other versions say") :]


def test_the_list_of_sentences_can_be_narrowed(packs_world: World, writer: Browser) -> None:
    version = drafted(packs_world, writer, "fr")
    path = f"/packs/fr/{version.number}"
    missing = writer.get(f"{path}?show=missing").text
    assert "console.frame.skip" in missing
    assert "consent.ask" not in missing
    found = writer.get(f"{path}?words=language.ask").text
    assert "1 sentence" in found
    assert "language.ask" in found
    assert writer.get(f"{path}?show=nonsense&page=99999").status_code == 200


def test_an_approval_is_of_a_second_person(packs_world: World, writer: Browser, reader: Browser) -> None:
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    save(writer, path, NEW, 1)
    refused = writer.post(f"{path}/sentence/{NAME}/approve", {"revision": "2"})
    assert refused.status_code == 400
    assert "you wrote it yourself" in refused.text
    assert sentence(packs_world, version).reviewed_by is None
    done = reader.post(f"{path}/sentence/{NAME}/approve?show=unread", {"revision": "2"})
    assert done.status_code == 303
    assert "show=unread" in done.headers["location"]
    assert sentence(packs_world, version).reviewed_by == reader.person_id


def test_an_approval_is_taken_back_by_whoever_gave_it_until_the_version_is_live(
    packs_world: World, writer: Browser, reader: Browser
) -> None:
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    save(writer, path, NEW, 1)
    reader.post(f"{path}/sentence/{NAME}/approve", {"revision": "2"})
    assert 'id="withdraw"' in reader.get(f"{path}/sentence/{NAME}").text
    assert 'id="withdraw"' not in writer.get(f"{path}/sentence/{NAME}").text
    other = writer.post(f"{path}/sentence/{NAME}/withdraw", {})
    assert other.status_code == 400
    assert "You can take back only an approval of your own." in other.text
    assert sentence(packs_world, version).reviewed_by == reader.person_id
    assert reader.post(f"{path}/sentence/{NAME}/withdraw", {}).status_code == 303
    assert sentence(packs_world, version).reviewed_by is None
    with reading(packs_world.engine) as connection:
        row = connection.execute(select(Audit).where(Audit.what == "pack_unread")).one()
    assert (row.by_person, row.details["messages"]) == (reader.person_id, [NAME])
    assert row.before["read_by"] == reader.person_id
    assert row.after["read_by"] is None


def test_a_signature_falls_with_what_it_rests_on(
    packs_world: World, writer: Browser, reader: Browser
) -> None:
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    save(writer, path, NEW, 1)
    signed(reader, path)
    assert f"{path}/withdraw" in reader.get(path).text
    assert f"{path}/withdraw" not in writer.get(path).text
    assert writer.post(f"{path}/withdraw", {"yes": "1"}).status_code == 400
    assert reader.post(f"{path}/withdraw", {"yes": "1"}).status_code == 303
    assert sentence(packs_world, version).reviewed_by is None
    with reading(packs_world.engine) as connection:
        held = store.get(connection, version.id)
    assert held is not None
    assert (held.state, held.reviewed_by) == ("checked", None)
    refused = writer.post(f"{path}/activate", {})
    assert refused.status_code == 400
    signed(reader, path)
    assert packs_world.signed_in("boss").post(f"{path}/activate", {"yes": "1"}).status_code == 303
    late = reader.post(f"{path}/withdraw", {"yes": "1"})
    assert late.status_code == 400, "it speaks, and never changes again"


def test_a_sentence_that_was_saved_after_the_page_was_loaded_is_not_approved(
    packs_world: World, writer: Browser, reader: Browser
) -> None:
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    save(writer, path, NEW, 1)
    one = re.search(
        r'/approve.*?name="revision" value="(\d+)"', reader.get(f"{path}/sentence/{NAME}").text, re.S
    )
    several = re.findall(rf'name="name" value="({NAME}:\d+)"', reader.get(f"{path}?show=unread").text)
    assert one
    assert len(several) == 1
    save(writer, path, "Neno jingine.", 2)
    refused = [
        reader.post(f"{path}/sentence/{NAME}/approve", {"revision": one[1]}),
        reader.post(f"{path}/approve?show=unread", {"name": several, "yes": "1"}),
    ]
    assert [answer.status_code for answer in refused] == [409, 400]
    assert all("it was saved since then" in answer.text for answer in refused)
    assert all("Neno jingine." in answer.text for answer in refused), "what stands there now"
    assert sentence(packs_world, version).reviewed_by is None


def test_a_page_of_sentences_is_approved_without_a_script_and_one_comes_back_to_where_one_was(
    packs_world: World, writer: Browser, reader: Browser
) -> None:
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    save(writer, path, NEW, 1)
    page = reader.get(f"{path}?show=unread").text
    names = re.findall(r'name="name" value="([^"]+)"', page)
    asked = reader.post(f"{path}/approve?show=unread&words=a", {"name": names})
    assert asked.status_code == 200
    dialog = html.unescape(re.findall(r'show=unread[^>]*data-ask="([^"]*)"', page)[0])
    assert without_isolates(dialog) in without_isolates(html.unescape(asked.text))
    assert sentence(packs_world, version).reviewed_by is None
    hrefs = [html.unescape(one) for one in re.findall(r'(?:href|action)="([^"]*show[^"]*)"', asked.text)]
    assert hrefs == [f"/console{path}/approve?show=unread&words=a", f"/console{path}?show=unread&words=a"]
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', asked.text)
    assert [value for name, value in hidden if name == "name"] == names


@pytest.mark.parametrize("posted", [NAME, f"{NAME}:", f"{NAME}:x", f"{NAME}:{'9' * 5000}"])
def test_an_approval_without_a_revision_is_no_form_of_ours(
    packs_world: World, writer: Browser, reader: Browser, posted: str
) -> None:
    path = f"/packs/sw/{drafted(packs_world, writer).number}"
    assert reader.post(f"{path}/approve", {"name": posted}).status_code == 400
    revision = posted.removeprefix(NAME).removeprefix(":")
    assert reader.post(f"{path}/sentence/{NAME}/approve", {"revision": revision}).status_code == 400


def test_what_a_page_approves_stands_on_it_whole(
    packs_world: World, writer: Browser, reader: Browser
) -> None:
    path = f"/packs/sw/{drafted(packs_world, writer).number}"
    save(writer, path, "Andika namba. " * 40 + "Mwisho.", 1)
    assert "Mwisho." in reader.get(f"{path}?show=unread&words={NAME}").text
    assert "Mwisho." not in reader.get(f"{path}?words={NAME}").text


@pytest.mark.parametrize(
    "path", ["/packs/sw/{}", "/packs/sw/{}/ngozi.po", "/packs/sw/{}/preview", f"/packs/sw/{{}}/sentence/{NAME}",
             "/review/{}", "/review/{}/media/" + "0" * 32, "/packs/sw/1?page={}"],
)  # fmt: skip
def test_a_number_of_thousands_of_digits_is_not_found(packs_world: World, path: str) -> None:
    doctor = packs_world.signed_in("juma", "clinician" if path.startswith("/review") else "admin")
    assert doctor.get(path.format("9" * 5000)).status_code == 404
    assert doctor.get(path.format("9" * 15)).status_code in (200, 404)


def test_the_preview_stands_beside_english_in_its_direction(packs_world: World, writer: Browser) -> None:
    page = writer.get("/packs/ar/1/preview?case=danger.D05&channel=whatsapp").text
    go = locales.render(Text("now.go"), "ar")
    assert go in page
    assert locales.render(Text("now.go"), "en") in page
    assert 'lang="ar" dir="rtl"' in page
    assert writer.get("/packs/ar/1/preview?case=nothing").status_code == 404
    assert writer.get("/packs/ar/1/preview?channel=post").status_code == 404


def test_the_samples_of_the_preview_have_names_in_the_language_of_the_page(packs_world: World) -> None:
    reader = packs_world.signed_in("amina", language="ar")
    page = reader.get("/packs/sw/1/preview").text
    samples = page[page.index('name="case"') : page.index("</select>")]
    named = dict(re.findall(r'<option value="([^"]+)"[^>]*>([^<]+)</option>', samples))
    assert tuple(named) == preview.samples()
    assert len(set(named.values())) == len(named)
    for name in (*named.values(), *re.findall(r'<optgroup label="([^"]+)"', samples)):
        assert re.search("[\u0600-\u06ff]", name), name
    sentence = reader.get("/packs/sw/1/sentence/danger.sign.d05").text
    link = re.search(r'preview\?case=danger\.D05">([^<]+)<', sentence)
    assert link
    assert named["danger.D05"] in link[1]


def test_words_of_english_chats_are_shown_too(packs_world: World, writer: Browser) -> None:
    with transaction(packs_world.engine) as connection:
        for n in range(20):
            counted.note_words(connection, packs_world.console.keys, "en", ["jigger"], f"chat {n}")
    assert "jigger" in writer.get("/packs/en").text


def test_what_a_language_lacks_by_use_is_shown(packs_world: World, writer: Browser) -> None:
    keys = packs_world.console.keys
    with transaction(packs_world.engine) as connection:
        for n in range(20):
            counted.note_words(connection, keys, "fr", ["boutonneux"], f"chat {n}")
            counted.note_words(connection, keys, "fr", ["rare"], "chat 1")
        counted.note_untranslated(connection, "fr", ["console.nav.audit"])
    page = writer.get("/packs/fr").text
    assert "boutonneux" in page
    assert "rare" not in page
    assert "console.nav.audit" in page


@pytest.mark.parametrize(
    "path", ["/packs/xx", "/packs/sw/9", "/packs/sw/1/sentence/no.such", "/packs/sw/9/preview"]
)
def test_what_is_not_there_is_not_found(writer: Browser, path: str) -> None:
    assert writer.get(path).status_code == 404


def test_nothing_can_be_done_with_a_version_that_is_not_there(packs_world: World, writer: Browser) -> None:
    deeds = ["file", "about", "copy", "check", "activate", "retire", f"sentence/{NAME}", "preview/listen"]
    assert {writer.post(f"/packs/sw/9/{deed}", {}).status_code for deed in deeds} == {404}


def test_markup_in_a_sentence_is_shown_and_not_obeyed(packs_world: World, writer: Browser) -> None:
    version = drafted(packs_world, writer)
    path = f"/packs/sw/{version.number}"
    save(writer, path, "</textarea><script>alert(1)</script>", 1)
    for page in (f"{path}/sentence/{NAME}", f"{path}?words={NAME}", f"{path}/preview"):
        assert "<script>alert" not in writer.get(page).text


def test_a_live_version_cannot_be_edited_in_any_way(packs_world: World, writer: Browser) -> None:
    assert save(writer, "/packs/sw/1", NEW, 1).status_code == 400
    assert writer.post("/packs/sw/1/about", {"name": "x"}).status_code == 400
    assert writer.post(f"/packs/sw/1/sentence/{NAME}/approve", {"revision": "1"}).status_code == 400
    text = writer.get("/packs/sw/1/ngozi.po").text.replace(OLD, NEW)
    assert writer.post("/packs/sw/1/file", {}, files={"file": ("a.po", text, "x/y")}).status_code == 400
    assert live(packs_world).number == 1
    assert sentence(packs_world, live(packs_world)).forms == (OLD,)


@pytest.mark.parametrize("language", ["sw", "ar"])
def test_the_pages_speak_the_language_of_who_looks(packs_world: World, language: str) -> None:
    browser = packs_world.signed_in("zuri", language=language)
    for path in ("/packs", "/packs/ar", "/packs/ar/1", f"/packs/ar/1/sentence/{NAME}", "/packs/ar/1/preview"):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert f'<html lang="{language}"' in answer.text


def test_reasons_of_the_gate_are_in_the_language_of_the_console(packs_world: World, writer: Browser) -> None:
    draft = drafted(packs_world, writer)
    path = f"/packs/sw/{draft.number}"
    wrong = "Jibu *kwa namba*, au andika kwa maneno yako."
    assert save(writer, path, wrong, 1).status_code == 303
    for language, said in (("en", "chats show plain text"), ("sw", "magumzo huonyesha maandishi matupu")):
        reader = packs_world.signed_in(f"person-{language}", language=language)
        assert said in reader.get(f"{path}/sentence/{NAME}").text
        assert reader.post(f"{path}/check", {}).status_code == 400
        page = reader.get(path).text
        report = re.search(r'<details class="report" id="found" open>.*?</details>', page, re.S)
        assert report is not None, "it is short: it stands open"
        link = f'<a href="/console{path}/sentence/{NAME}"><code>{NAME}</code></a>: <bdi>'
        assert f"{link}&#39;*&#39;: {said}" in report[0], "by whoever it was made"
        assert "[" not in report[0], "no word of the code"
        other = reader.client.post(
            f"/console{path}/about",
            data={"csrf": reader.token("/account"), "voice": "LOUD", "name": "Kiswahili"},
        ).text
        wanted = "expected small letters" if language == "en" else "zinatarajiwa herufi ndogo"
        assert wanted in other
        file = reader.client.post(
            f"/console{path}/file",
            data={"csrf": reader.token("/account")},
            files={"file": ("sw.po", b'msgid "x"\n', "text/plain")},
        ).text
        wanted = "expected the file to begin with" if language == "en" else "faili inatarajiwa kuanza na"
        assert wanted in file


def test_a_report_of_before_reasons_were_messages_is_shown_as_it_was_written(
    packs_world: World, writer: Browser
) -> None:
    draft = drafted(packs_world, writer)
    with transaction(packs_world.engine) as connection:
        store.keep_report(connection, draft.id, ["sw/2: [markup] plain.text: '*': old words"])
    page = writer.get(f"/packs/sw/{draft.number}").text
    assert '<code>plain.text</code></a>: <bdi lang="en">&#39;*&#39;: old words</bdi>' in page
    assert "[markup]" not in page


def test_a_long_report_is_folded_and_a_refused_file_leads_to_its_sentences(
    packs_world: World, writer: Browser
) -> None:
    draft = drafted(packs_world, writer)
    path = f"/packs/sw/{draft.number}"
    with transaction(packs_world.engine) as connection:
        store.keep_report(connection, draft.id, [f"sw/2: [markup] {NAME}: '*': old words"] * 40)
    assert '<details class="report" id="found">' in writer.get(path).text
    text = writer.get(f"{path}/ngozi.po").text
    bad = text.replace(OLD, "Jibu *kwa namba*.")
    assert bad != text
    page = writer.post(f"{path}/file", {}, files={"file": ("a.po", bad, "x/y")})
    assert page.status_code == 400
    assert f'<a href="/console{path}/sentence/{NAME}"><code>{NAME}</code></a></td>' in page.text
