"""Packs in the database: taken in, edited, made live, taken back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

import locales
from bot.database import transaction
from bot.packs import life, seed, shelf, stage, steps, store, watch, written
from bot.packs.rows import PackSentence, PackVersion
from bot.tables import Audit
from locales import Text
from locales.catalogue import template_hash
from locales.library import Library
from tests.bot.packs.shelf_world import READER, WRITER, World, world
from tests.locales.folders import edit

YES = "Ndiyo, nenda sasa. Usisubiri. Usipohudumiwa kwa saa 2, piga simu."


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    (tmp_path / "packs").mkdir()
    with world(tmp_path, monkeypatch) as made:
        yield made


def said(name: str, language: str = "sw") -> str:
    return locales.library().render(Text(name), language)


def test_shipped_packs_are_live_at_first_use_and_say_what_the_files_say(here: World) -> None:
    assert locales.library().codes == ("en", "ar", "sw")
    for code in ("sw", "ar"):
        assert here.live(code).origin == "shipped"
        for entry in here.shipped.template.values():
            assert locales.library().translations(code).of(entry) == here.shipped.translations(code).of(entry)
    assert locales.library().pack("sw").version == here.live("sw").tag


def test_taking_in_again_changes_nothing(here: World) -> None:
    with transaction(here.engine) as connection:
        before = shelf.revision(connection)
        assert seed.plant(connection, here.shipped) == []
        assert shelf.revision(connection) == before


def test_files_of_a_newer_installation_speak_where_nobody_touched_the_pack(here: World) -> None:
    first = here.live("sw")
    edit(here.root / "sw" / "LC_MESSAGES" / "ngozi.po", "Orodha", "Menyu")
    with transaction(here.engine) as connection:
        assert seed.plant(connection, Library(here.root)) == ["sw"]
    watch.look(here.engine, at_once=True)
    assert said("button.menu") == "Menyu"
    assert here.live("sw").replaced == first.id
    assert here.version(first.id).state == "retired"


def test_files_of_a_newer_installation_become_a_draft_where_the_live_version_was_made_here(
    here: World,
) -> None:
    version_id = here.draft()
    here.edit(version_id, "danger.go", YES)
    here.signed(version_id)
    here.activate(version_id)
    edit(here.root / "sw" / "LC_MESSAGES" / "ngozi.po", "Orodha", "Menyu")
    with transaction(here.engine) as connection:
        assert seed.plant(connection, Library(here.root)) == []
        newest = store.newest(connection, "sw")
    assert here.live("sw").id == version_id
    assert newest is not None
    assert (newest.state, newest.origin) == ("draft", "shipped")


def test_a_sentence_whose_english_has_changed_is_untranslated(here: World) -> None:
    version = here.live("sw")
    edit(here.root / "ngozi.pot", "Go now. Do not wait.", "Go at once. Do not wait.")
    newer = Library(here.root)
    with transaction(here.engine) as connection:
        sentences = written.of_version(connection, version.id)
    handed = shelf.handed(version, sentences, newer.template)
    assert handed.translations.of(newer.entry("danger.go")) == ()
    assert handed.translations.of(newer.entry("consent.ask"))
    assert newer.with_packs({"sw": handed}).render(Text("danger.go"), "sw").startswith("Go at once.")


def test_the_whole_life_of_a_version(here: World) -> None:
    version_id = here.draft()
    here.edit(version_id, "danger.go", YES)
    assert said("danger.go") != YES
    here.signed(version_id)
    here.activate(version_id)
    watch.look(here.engine, at_once=True)
    assert said("danger.go") == YES
    with transaction(here.engine) as connection:
        back = steps.roll_back(connection, "sw", WRITER)
    watch.look(here.engine, at_once=True)
    assert said("danger.go") != YES
    assert here.live("sw").id == back.id
    assert (here.version(back.id).state, here.version(version_id).state) == ("live", "retired")


def test_an_edit_makes_a_signed_version_a_draft_again_and_forgets_who_read_the_sentence(here: World) -> None:
    version_id = here.draft()
    here.edit(version_id, "button.menu", "Menyu")
    here.signed(version_id)
    here.edit(version_id, "danger.go", YES)
    assert here.version(version_id).state == "draft"
    with transaction(here.engine) as connection, pytest.raises(life.Refused) as refused:
        steps.activate(connection, version_id, READER)
    assert {r.id for r in refused.value.reasons} == {"console.packs.no_state", "console.packs.no_unread"}


def test_nobody_approves_what_they_wrote_nor_makes_it_live(here: World) -> None:
    version_id = here.draft()
    here.edit(version_id, "danger.go", YES, by=WRITER)
    with transaction(here.engine) as connection:
        template = here.shipped.template
        names = {"danger.go": written.of_version(connection, version_id)["danger.go"].revision}
        assert written.approve(connection, version_id, template, names, WRITER).own == ["danger.go"]
    here.signed(version_id, by=READER)
    with transaction(here.engine) as connection, pytest.raises(life.Refused) as refused:
        steps.activate(connection, version_id, WRITER)
    assert [r.id for r in refused.value.reasons] == ["console.packs.no_last_editor"]


def test_nobody_approves_what_was_saved_after_they_read_it(here: World) -> None:
    version_id = here.draft()
    here.edit(version_id, "danger.go", YES)
    with transaction(here.engine) as connection:
        read = written.of_version(connection, version_id)["danger.go"].revision
    here.edit(version_id, "danger.go", YES + " Sasa.")
    template = here.shipped.template
    with transaction(here.engine) as connection:
        left = written.approve(connection, version_id, template, {"danger.go": read}, READER)
        assert left == ([], ["danger.go"])
        assert written.of_version(connection, version_id)["danger.go"].reviewed_by is None
        assert written.approve(connection, version_id, template, {"danger.go": read + 1}, READER) == ([], [])
        assert written.of_version(connection, version_id)["danger.go"].reviewed_by == READER


def test_a_copy_does_not_wash_its_last_editor_clean(here: World) -> None:
    first = here.draft()
    here.edit(first, "danger.go", YES, by=WRITER)
    here.signed(first)
    with transaction(here.engine) as connection:
        second = store.copy(connection, first, template_hash(here.shipped.template), READER)
    here.signed(second)
    with transaction(here.engine) as connection, pytest.raises(life.Refused):
        steps.activate(connection, second, WRITER)
    # What was read stays read in the copy.
    with transaction(here.engine) as connection:
        assert written.of_version(connection, second)["danger.go"].reviewed_by == READER


def test_a_pack_that_lacks_a_sentence_of_tier_1_or_fails_the_gate_does_not_go_live(here: World) -> None:
    version_id = here.draft()
    here.edit(version_id, "danger.go")
    here.edit(version_id, "consent.ask", "Je, unakubali?")
    with transaction(here.engine) as connection:
        reasons, found = steps.check(connection, version_id, READER)
    assert {r.id for r in reasons} == {"console.packs.no_problems", "console.packs.no_missing"}
    assert [p.kind for p in found] == ["placeholder"]
    assert here.version(version_id).state == "draft"
    assert "{days}" in here.version(version_id).report[0]["english"]


def test_two_people_never_save_on_top_of_each_other(here: World) -> None:
    version_id = here.draft()
    entry = here.shipped.entry("button.menu")
    with transaction(here.engine) as connection:
        seen = written.of_version(connection, version_id)["button.menu"].revision
        written.save(connection, version_id, entry, ("Menyu",), seen, WRITER)
    with transaction(here.engine) as connection, pytest.raises(written.Conflict) as conflict:
        written.save(connection, version_id, entry, ("Mambo",), seen, READER)
    assert conflict.value.theirs is not None
    assert conflict.value.theirs.forms == ("Menyu",)
    assert conflict.value.theirs.edited_by == WRITER


def test_whoever_left_before_the_answer_came_saves_on_top_of_their_own_save_and_of_nobody_elses(
    here: World,
) -> None:
    version_id = here.draft()
    entry = here.shipped.entry("button.menu")

    def save(text: str, by: int, *, own: bool = True) -> int:
        with transaction(here.engine) as connection:
            return written.save(connection, version_id, entry, (text,), seen, by, own=own).revision

    with transaction(here.engine) as connection:
        seen = written.of_version(connection, version_id)["button.menu"].revision
    save("Men", WRITER, own=False)
    for by, own in ((WRITER, False), (READER, True)):
        with pytest.raises(written.Conflict):
            save("Menyu", by, own=own)
    assert save("Menyu", WRITER) == seen + 2
    with pytest.raises(written.Conflict):
        save("Menyu kuu", WRITER)


def test_of_many_that_save_at_once_one_wins_and_the_others_are_told(here: World) -> None:
    version_id = here.draft()
    entry = here.shipped.entry("button.menu")
    won: list[int] = []
    lost: list[int] = []

    def save(person: int) -> None:
        try:
            with transaction(here.engine) as connection:
                written.save(connection, version_id, entry, (f"Menyu {person}",), 1, person)
            won.append(person)
        except written.Conflict:
            lost.append(person)

    threads = [threading.Thread(target=save, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert len(lost) == 5
    with transaction(here.engine) as connection:
        assert written.of_version(connection, version_id)["button.menu"].forms == (f"Menyu {won[0]}",)


def test_a_live_version_is_never_edited(here: World) -> None:
    with pytest.raises(life.Refused):
        here.edit(here.live("sw").id, "button.menu", "Menyu")


def test_a_language_taken_off_is_not_offered_but_speaks_on_where_it_is_spoken(here: World) -> None:
    live = here.live("sw")
    with transaction(here.engine) as connection:
        steps.retire(connection, live.id, WRITER)
    watch.look(here.engine, at_once=True)
    assert locales.languages() == ("en", "ar")
    assert said("button.menu") == "Orodha"


def test_what_was_done_is_in_the_audit_trail_without_a_sentence(here: World) -> None:
    version_id = here.draft()
    here.edit(version_id, "danger.go", "<b>" + YES)
    with transaction(here.engine) as connection:
        steps.check(connection, version_id, READER)
    here.edit(version_id, "danger.go", YES)
    here.signed(version_id)
    here.activate(version_id)
    with transaction(here.engine) as connection:
        rows = connection.execute(select(Audit).where(Audit.subject == str(version_id))).all()
    assert [row.what for row in rows] == [
        "pack_created",
        "pack_sentence",
        "pack_examined",
        "pack_sentence",
        "pack_checked",
        "pack_read",
        "pack_reviewed",
        "pack_live",
    ]
    assert YES not in str(rows)
    (looked,) = (row for row in rows if row.what == "pack_examined")
    assert (looked.by_person, looked.before, looked.after) == (READER, {"problems": 0}, {"problems": 1})


def test_a_roll_back_to_a_version_that_is_not_whole_by_now_is_refused(here: World) -> None:
    version_id = here.draft()
    here.edit(version_id, "danger.go", YES)
    here.signed(version_id)
    here.activate(version_id)
    old = here.version(version_id).replaced
    assert old is not None
    with transaction(here.engine) as connection:
        connection.execute(
            update(PackSentence)
            .where(PackSentence.version_id == old, PackSentence.message_id == "consent.ask")
            .values(source="another")
        )
        with pytest.raises(life.Refused):
            steps.roll_back(connection, "sw", WRITER)
    assert here.live("sw").id == version_id


def test_what_is_asked_later_stops_a_version_that_goes_live_and_no_roll_back_to_one_that_was(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = replace(here.shipped.template["help.more"], tier=1, later=True)
    monkeypatch.setitem(here.shipped.template, "help.more", entry)  # type: ignore[arg-type]
    version_id = here.draft()
    here.edit(version_id, "danger.go", YES)
    here.signed(version_id)
    here.activate(version_id)
    new = here.draft()
    for one in (here.version(version_id).replaced, new):
        assert one is not None
        with transaction(here.engine) as connection:
            lacks = (PackSentence.version_id == one, PackSentence.message_id == "help.more")
            connection.execute(delete(PackSentence).where(*lacks))
    with transaction(here.engine) as connection:
        reasons, _ = steps.check(connection, new, READER)
    assert "console.packs.no_missing" in {reason.id for reason in reasons}
    with transaction(here.engine) as connection:
        old = steps.roll_back(connection, "sw", WRITER)
    assert here.live("sw").id == old.id


def test_numbers_count_within_a_language(here: World) -> None:
    here.draft("sw")
    here.draft("ar")
    with transaction(here.engine) as connection:
        rows = connection.execute(select(PackVersion.language, PackVersion.number)).all()
        assert sorted((row.language, row.number) for row in rows) == [
            ("ar", 1),
            ("ar", 2),
            ("sw", 1),
            ("sw", 2),
        ]
        assert stage.live(connection)["sw"][1] is True
