"""`ngozi lang`, as typed in a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import locales
from locales.library import Library
from tests.locales.folders import edit, folder
from worker.lang_commands import app


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = folder(tmp_path)
    monkeypatch.setattr(locales, "ROOT", root)
    monkeypatch.setattr(locales, "library", lambda: Library(root))
    return root


def ngozi_lang(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_check_passes_good_packs(root: Path) -> None:
    status, said = ngozi_lang("check")
    assert status == 0
    assert "en, ar, sw: no problem found" in said


def test_check_names_file_line_and_reason_and_ends_with_status_1(root: Path) -> None:
    edit(root / "sw" / "LC_MESSAGES" / "ngozi.po", "siku {days}", "siku")
    status, said = ngozi_lang("check", "--lang", "sw")
    assert status == 1
    assert "sw/LC_MESSAGES/ngozi.po:" in said
    assert "[placeholder] consent.ask: {days} of the original is missing" in said
    assert ngozi_lang("check", "--lang", "ar")[0] == 0


@pytest.mark.parametrize("words", [("check", "--lang", "xx"), ("extract", "xx")])
def test_an_unknown_language_is_one_sentence_and_status_2(root: Path, words: tuple[str, ...]) -> None:
    status, said = ngozi_lang(*words)
    assert status == 2
    assert "'xx'; expected one of en, ar, sw" in said


def test_list_shows_each_pack_with_what_is_translated_and_who_reviewed(root: Path) -> None:
    status, said = ngozi_lang("list", "--missing")
    assert status == 0
    assert "Kiswahili" in said
    assert Library(root).pack("sw").version in said
    assert "nobody" in said
    assert "ar tier 2: button.menu" in said


def test_extract_writes_the_file_of_a_translator(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "work.po"
    status, _ = ngozi_lang("extract", "ar", "--out", str(out))
    assert status == 0
    assert 'msgctxt "button.menu"' in out.read_text(encoding="utf-8")
    assert ngozi_lang("extract", "en")[0] == 2
    assert ngozi_lang("extract", "ar", "--out", str(tmp_path / "no" / "file" / "\0"))[0] == 2
