from __future__ import annotations

import logging
from pathlib import Path

import pytest

from locales import MissingArgument, Text, UnknownLanguage
from locales.gate import check
from locales.library import Library
from locales.placeholders import FSI, PDI
from tests.locales.folders import add_pack, edit, folder


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(folder(tmp_path))


def test_english_is_the_template_itself(library: Library) -> None:
    text = Text("consent.ask", {"days": 30})
    assert library.render(text, "en") == "We keep the photo for 30 days. Do you agree?"


def test_a_translation_is_filled_with_its_arguments(library: Library) -> None:
    text = Text("consent.ask", {"days": 30})
    assert library.render(text, "sw") == "Tunahifadhi picha kwa siku 30. Je, unakubali?"


@pytest.mark.parametrize(("count", "form"), [(0, 0), (1, 1), (2, 2), (3, 3), (10, 3), (11, 4), (99, 4), (100, 5), (103, 3)])  # fmt: skip
def test_arabic_takes_each_of_its_six_forms(library: Library, count: int, form: int) -> None:
    entry = library.entry("photos.received")
    expected = library.translations("ar").of(entry)[form]
    shown = library.render(Text("photos.received", {"count": count, "place": "مكة"}), "ar")
    assert shown == expected.replace("{count}", f"{FSI}{count}{PDI}").replace("{place}", "مكة")


def test_swahili_and_english_take_two_forms(library: Library) -> None:
    def shown(count: int, language: str) -> str:
        return library.render(Text("photos.received", {"count": count, "place": "Moshi"}), language)

    assert "photo from" in shown(1, "en")
    assert "photos from" in shown(0, "en")
    assert "imefika" in shown(1, "sw")
    assert "zimefika" in shown(2, "sw")


def test_a_sentence_that_is_not_translated_falls_back_to_english_by_itself(library: Library) -> None:
    assert library.render(Text("button.menu"), "ar") == "Menu"
    assert library.render(Text("words.yes"), "ar") == "نعم|أيوه"


def test_the_chain_is_regional_then_its_parent_then_language_then_english(library: Library) -> None:
    add_pack(library.root, "sw-CD", "", name="Kiswahili (DRC)", more='parent = "ar"\n')
    assert library.chain("sw-CD") == ("sw-CD", "ar", "sw", "en")
    assert library.chain("sw_TZ") == ("sw", "en")
    assert library.chain("en") == ("en",)


def test_a_parent_pack_is_asked_before_english(tmp_path: Path) -> None:
    root = folder(tmp_path)
    add_pack(root, "rw", "", name="Ikinyarwanda", more='parent = "sw"\n')
    assert Library(root).render(Text("button.menu"), "rw") == "Orodha"


def test_parents_that_point_at_each_other_end(tmp_path: Path) -> None:
    root = folder(tmp_path)
    add_pack(root, "rw", "", name="a", more='parent = "rn"\n')
    add_pack(root, "rn", "", name="b", more='parent = "rw"\n')
    assert Library(root).chain("rw") == ("rw", "rn", "en")


def test_a_changed_english_sentence_is_untranslated_not_stale(tmp_path: Path) -> None:
    root = folder(tmp_path)
    edit(root / "ngozi.pot", "Do not wait.", "Never wait.")
    assert library_text(root, "danger.go").startswith("Go now. Never wait.")


def test_a_fuzzy_translation_is_not_shown(tmp_path: Path) -> None:
    root = folder(tmp_path)
    edit(root / "sw/LC_MESSAGES/ngozi.po", 'msgctxt "danger.go"', '#, fuzzy\nmsgctxt "danger.go"')
    assert library_text(root, "danger.go").startswith("Go now.")


def library_text(root: Path, message_id: str) -> str:
    return Library(root).render(Text(message_id), "sw")


def test_a_pack_that_asks_for_an_unknown_argument_shows_english_and_says_so_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = folder(tmp_path)
    edit(root / "sw/LC_MESSAGES/ngozi.po", "siku {days}", "siku {siku}")
    library, text = Library(root), Text("consent.ask", {"days": 7})
    with caplog.at_level(logging.ERROR, logger="locales"):
        assert library.render(text, "sw") == "We keep the photo for 7 days. Do you agree?"
    assert [record.message for record in caplog.records] == ["pack_sentence_unusable"]
    with pytest.raises(MissingArgument, match="siku"):
        library.render(text, "sw", strict=True)


def test_a_missing_argument_of_the_english_sentence_is_an_error_of_the_code(library: Library) -> None:
    with pytest.raises(MissingArgument, match=r"consent\.ask.*days"):
        library.render(Text("consent.ask"), "sw")
    with pytest.raises(MissingArgument, match="count"):
        library.render(Text("photos.received", {"place": "Moshi"}), "sw")


def test_an_unknown_id_names_itself(library: Library) -> None:
    with pytest.raises(KeyError, match=r"no\.such"):
        library.render(Text("no.such"), "en")


def test_an_argument_is_never_taken_apart(library: Library) -> None:
    shown = library.render(Text("photos.received", {"count": 1, "place": "{count.__class__} {days}"}), "en")
    assert shown == "1 photo from {count.__class__} {days} came."


def test_an_argument_of_another_kind_is_refused(library: Library) -> None:
    with pytest.raises(TypeError, match=r"1\.5"):
        library.render(Text("consent.ask", {"days": 1.5}), "en")


def test_a_message_can_be_an_argument_and_is_shown_in_the_same_language(library: Library) -> None:
    shown = library.render(Text("photos.received", {"count": 2, "place": Text("button.menu")}), "sw")
    assert shown == "Picha 2 kutoka Orodha zimefika."


def test_a_tuple_of_messages_becomes_a_list_of_the_language(library: Library) -> None:
    items = (Text("words.no"), "b", "c")
    assert "no|n, b, and c" in library.render(Text("photos.received", {"count": 1, "place": items}), "en")
    shown = library.render(Text("photos.received", {"count": 1, "place": ("واحد", "اثنان")}), "ar")
    assert "واحد واثنان" in shown


def test_latin_arguments_and_numbers_are_isolated_in_arabic(library: Library) -> None:
    shown = library.render(Text("photos.received", {"count": 3, "place": "Moshi"}), "ar")
    assert f"{FSI}3{PDI}" in shown
    assert f"{FSI}Moshi{PDI}" in shown


def test_arabic_arguments_are_isolated_in_english(library: Library) -> None:
    shown = library.render(Text("photos.received", {"count": 3, "place": "مكة"}), "en")
    assert shown == f"3 photos from {FSI}مكة{PDI} came."


def test_an_argument_can_not_break_out_of_its_isolate(library: Library) -> None:
    shown = library.render(Text("photos.received", {"count": 3, "place": "a\u2069\u202eb\ud83d"}), "ar")
    assert f"{FSI}ab{PDI}" in shown


@pytest.mark.parametrize(
    ("hint", "language"),
    [("sw", "sw"), ("sw-TZ", "sw"), ("sw_KE", "sw"), ("swh", "sw"), ("SW", "sw"), ("ar-EG", "ar"), ("ara", "ar"),
     ("en-GB", "en"), ("en", "en"), ("fr", None), ("", None), ("zh-Hans-CN", None), ("x" * 80, None),
     ("sw; drop", None), ("ar\n", "ar"), ("-", None), ("--", None), ("中文", None)],
)  # fmt: skip
def test_a_hint_becomes_a_pack_or_nothing(library: Library, hint: str, language: str | None) -> None:
    assert library.negotiate(hint) == language


def test_unreviewed_packs_run_only_where_allowed(library: Library) -> None:
    assert library.languages(allow_unreviewed=True) == ("en", "ar", "sw")
    assert library.languages(allow_unreviewed=False) == ()
    assert library.negotiate("sw", allow_unreviewed=False) is None


def test_a_pack_is_reviewed_only_in_the_version_that_was_signed(tmp_path: Path) -> None:
    root = folder(tmp_path)
    version = Library(root).pack("sw").version
    edit(root / "sw/pack.toml", "reviewers = []", f'reviewers = ["A. Nurse"]\nreviewed_version = "{version}"')
    edit(root / "sw/pack.toml", '"draft"', '"reviewed"')
    assert Library(root).languages(allow_unreviewed=False) == ("sw",)
    edit(root / "sw/LC_MESSAGES/ngozi.po", "Usisubiri", "Subiri")
    assert Library(root).languages(allow_unreviewed=False) == ()


def test_a_pack_without_its_first_tier_can_not_be_switched_on(tmp_path: Path) -> None:
    root = folder(tmp_path)
    edit(
        root / "sw/LC_MESSAGES/ngozi.po", '"Nenda sasa. Usisubiri. Usipohudumiwa kwa saa 2, piga simu."', '""'
    )
    assert Library(root).languages() == ("en", "ar")


def test_a_pack_that_speaks_goes_on_without_what_is_asked_later_but_none_is_shipped_without(
    tmp_path: Path,
) -> None:
    root = folder(tmp_path)
    edit(
        root / "ngozi.pot", '#. tier: 2\nmsgctxt "help.more"', '#. tier: 1\n#. later: 1\nmsgctxt "help.more"'
    )
    assert Library(root).languages() == ("en", "ar", "sw")
    assert [(p.kind, p.language, p.id) for p in check(root)] == [("missing", "ar", "help.more")]
    assert Library(root).template["help.more"].note == "Shown below a list of choices."


def test_an_unknown_language_is_an_error_of_the_code(library: Library) -> None:
    with pytest.raises(UnknownLanguage, match="xx"):
        library.pack("xx")


def test_typed_words_are_the_languages_own_and_the_english_ones(library: Library) -> None:
    assert library.words("words.yes", "sw") == {"ndiyo", "ndio", "sawa", "yes", "y", "ok"}
    assert "ايوه" in library.words("words.yes", "ar")


def test_an_english_word_that_means_something_else_here_is_left_out(tmp_path: Path) -> None:
    root = folder(tmp_path)
    edit(root / "sw/LC_MESSAGES/ngozi.po", "ndiyo|ndio|sawa", "ndiyo|no")
    library = Library(root)
    assert "no" in library.words("words.yes", "sw")
    assert library.words("words.no", "sw") == {"hapana", "la", "n"}


def test_completeness_counts_each_tier(library: Library) -> None:
    counted = library.completeness()
    assert counted["sw"][1].complete
    assert counted["sw"][2].complete
    assert counted["ar"][1].complete
    assert counted["ar"][2].missing == ("button.menu", "help.more")
    assert (counted["ar"][2].translated, counted["ar"][2].total) == (1, 3)
