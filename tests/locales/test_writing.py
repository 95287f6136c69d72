"""The file that a translator works on."""

from __future__ import annotations

from pathlib import Path

import pytest

from locales.catalogue import read_translations
from locales.gate import check
from locales.library import Library
from locales.writing import merged
from tests.locales.folders import add_pack, edit, folder


def write(root: Path, code: str) -> str:
    text = merged(root, code)
    (root / code / "LC_MESSAGES" / "ngozi.po").write_text(text, encoding="utf-8")
    return text


def test_every_translation_and_the_gate_survive_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    root = folder(tmp_path)
    path = root / "ar" / "LC_MESSAGES" / "ngozi.po"
    before = read_translations(path)
    text = write(root, "ar")
    after = read_translations(path)
    assert (after.forms, after.plural) == (before.forms, before.plural)
    assert check(root) == []
    assert merged(root, "ar") == text


def test_it_holds_what_is_not_translated_yet_with_the_translators_comment(tmp_path: Path) -> None:
    text = write(folder(tmp_path), "ar")
    assert '#. Button.\n#. tier: 2\n#. max: 12\nmsgctxt "button.menu"\nmsgid "Menu"\nmsgstr ""\n' in text


def test_a_changed_english_sentence_is_to_be_translated_anew_with_the_old_words_as_a_comment(
    tmp_path: Path,
) -> None:
    root = folder(tmp_path)
    edit(root / "ngozi.pot", 'msgid "Menu"', 'msgid "Main menu"')
    text = write(root, "sw")
    assert '# was: "Orodha"\nmsgctxt "button.menu"\nmsgid "Main menu"\nmsgstr ""' in text
    assert Library(root).completeness()["sw"][2].missing == ("button.menu",)
    assert check(root, "sw") == []


@pytest.mark.parametrize(("code", "plural"), [("fr", "nplurals=2;"), ("sw", "nplurals=2;"), ("ar", "nplurals=6;"), ("pl", "nplurals=3;")])  # fmt: skip
def test_a_new_language_starts_with_a_plural_rule_that_the_gate_takes(
    tmp_path: Path, code: str, plural: str
) -> None:
    root = folder(tmp_path)
    add_pack(root, code, "", direction="rtl" if code == "ar" else "ltr")
    (root / code / "LC_MESSAGES" / "ngozi.po").unlink(missing_ok=True)
    assert f'"Plural-Forms: {plural}' in write(root, code)
    assert {p.kind for p in check(root, code)} == {"missing"}
