"""`ngozi lang`, with packs in the database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, update
from typer.testing import CliRunner

import locales
from bot import migrations
from bot.database import connect, transaction
from bot.errors import NgoziError
from bot.packs import stage, store, written
from bot.packs.rows import PackVersion
from bot.settings import Settings
from bot.tables import Person
from worker import lang_commands
from worker.pack_commands import app

Typed = Callable[..., tuple[int, str]]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A database with two administrators, numbers 1 and 2, and a health worker, 3."""
    monkeypatch.setenv("NGOZI_HOME", str(tmp_path / "home"))
    settings = Settings.read()
    engine = connect(settings.database_url, keys=settings.master_keys)
    migrations.upgrade(engine)
    with transaction(engine) as connection:
        for number, role in ((1, "admin"), (2, "admin"), (3, "chw")):
            connection.execute(insert(Person).values(id=number, role=role, created_at=0.0, active=True))
    return engine


def lang(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    if isinstance(result.exception, NgoziError):
        return 2, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


NAME = "choices.answer_with_number"


def reviewed(engine: Engine) -> set[str]:
    with transaction(engine) as connection:
        (version, *_) = store.versions(connection, "sw")
        said = written.of_version(connection, version.id)
    return {name for name, one in said.items() if one.reviewed_by is not None}


def a_draft(tmp_path: Path, sentence: str = "Jibu kwa namba.") -> None:
    """A draft of Swahili in which person 1 wrote one sentence."""
    file = tmp_path / "draft.po"
    assert lang("export", "sw", "--out", str(file))[0] == 0
    text = file.read_text(encoding="utf-8")
    begin = text.index(f'msgctxt "{NAME}"')
    old = next(line for line in text[begin:].splitlines() if line.startswith("msgstr"))
    text = text[:begin] + text[begin:].replace(old, f'msgstr "{sentence}"', 1)
    file.write_text(text, encoding="utf-8")
    status, said = lang("import", "sw", str(file), "--by", "1")
    assert (status, "1 sentences changed" in said) == (0, True), said


def test_nobody_approves_at_a_terminal_what_was_not_shown(engine: Engine, tmp_path: Path) -> None:
    a_draft(tmp_path)
    status, said = lang("review", "sw", "--by", "2")
    assert (status, "Not signed" in said) == (1, True), said
    assert reviewed(engine) == set()
    first = said.splitlines()[0]
    assert first.endswith("(tier 1)")
    entry = locales.library().template[first.partition(" ")[0]]
    assert f"  en: {entry.source[0]}" in said.splitlines()


def test_each_sentence_is_asked_about_and_a_no_is_not_signed(engine: Engine, tmp_path: Path) -> None:
    a_draft(tmp_path)
    result = CliRunner().invoke(app, ["review", "sw", "--by", "2"], input="y\nn\nyes\nq\n")
    asked = [line.partition(" ")[0] for line in result.output.splitlines() if line.endswith("(tier 1)")]
    assert len(asked) == 4
    assert (result.exit_code, reviewed(engine)) == (1, {asked[0], asked[2]})
    again = lang("review", "sw", "--by", "2")[1]
    assert again.splitlines()[0].startswith(asked[1]), "what was approved is not asked again"


def test_the_list_tells_what_speaks_here_and_what_is_being_written(engine: Engine, tmp_path: Path) -> None:
    told = CliRunner().invoke(lang_commands.app, ["list"], env={"COLUMNS": "200"}).output
    assert "sw 2" not in told
    a_draft(tmp_path)
    assert lang("init", "so", "--by", "1")[0] == 0
    told = CliRunner().invoke(lang_commands.app, ["list"], env={"COLUMNS": "200"}).output
    assert "sw 2: draft (Kiswahili)" in told
    assert "so 1: draft" in told
    with transaction(engine) as connection:
        live = stage.live_version(connection, "sw")
        assert live is not None
        values = {"reviewers": ["Asha of Mtoni"]}
        connection.execute(update(PackVersion).where(PackVersion.id == live.id).values(**values))
    assert "Asha of Mtoni" in CliRunner().invoke(lang_commands.app, ["list"], env={"COLUMNS": "200"}).output


def test_nobody_does_at_the_command_line_what_their_role_may_not(engine: Engine, tmp_path: Path) -> None:
    for words in (("init", "so"), ("review", "sw", "--list"), ("activate", "sw"), ("rollback", "sw")):
        status, said = lang(*words, "--by", "3")
        assert (status, "a chw; expected one whose role may do this" in said) == (2, True), said


def test_a_hash_of_another_list_approves_nothing(engine: Engine, tmp_path: Path) -> None:
    a_draft(tmp_path)
    told = lang("review", "sw", "--by", "2", "--list")[1]
    assert reviewed(engine) == set()
    a_draft(tmp_path, "Jibu kwa maneno.")
    status, said = lang("review", "sw", "--by", "2", "--shown", told.split()[-1])
    assert (status, "something changed" in said) == (2, True), said
    other = lang("review", "sw", "--by", "2", "--tier", "1", "--list")[1]
    assert other.split()[-1] != told.split()[-1]
    assert lang("review", "sw", "--by", "2", "--shown", other.split()[-1])[0] == 2
    assert reviewed(engine) == set()
    assert lang("review", "sw", "--by", "2", "--tier", "1", "--shown", other.split()[-1])[0] == 0
    tiers = {locales.library().template[name].tier for name in reviewed(engine)}
    assert tiers == {1}


def test_ones_own_sentences_are_not_among_those_that_are_asked_about(engine: Engine, tmp_path: Path) -> None:
    a_draft(tmp_path)
    mine = lang("review", "sw", "--by", "1", "--list")[1]
    theirs = lang("review", "sw", "--by", "2", "--list")[1]
    assert f"{NAME} (tier" not in mine
    assert f"{NAME} (tier" in theirs
    done = CliRunner().invoke(app, ["review", "sw", "--by", "1", "--shown", mine.split()[-1]])
    assert "1 are your own: somebody else must read them." in done.output
    assert "1 sentence of tier 1 was not approved by a second person" in str(done.exception)


def test_a_pack_goes_from_export_to_live_and_back_in_a_terminal(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "sw.po"
    assert lang("export", "sw", "--out", str(file))[0] == 0
    text = file.read_text(encoding="utf-8")
    old = 'msgstr "Jibu kwa namba, au andika kwa maneno yako."'
    assert old in text
    file.write_text(text.replace(old, 'msgstr "Jibu kwa namba, au andika maneno yako."'), encoding="utf-8")
    status, said = lang("import", "sw", str(file), "--by", "1")
    assert (status, "sw 2: 1 sentences changed" in said) == (0, True), said
    assert lang("check", "--lang", "sw", "--number", "2")[0] == 0
    assert "no problem found" in lang("check", "--lang", "sw", "--number", "2")[1]
    status, said = lang("activate", "sw", "--by", "2")
    assert (status, "“draft”" in said) == (2, True), said
    status, said = lang("review", "sw", "--by", "2", "--list")
    assert (status, "  ->  Jibu kwa namba, au andika maneno yako." in said) == (0, True)
    assert lang("review", "sw", "--by", "2", "--shown", said.split()[-1])[0] == 0
    status, said = lang("activate", "sw", "--by", "1")
    assert (status, "Another person must make it live" in said) == (2, True), said
    assert lang("activate", "sw", "--by", "2") == (0, "sw 2: live.\n")
    assert "Jibu kwa namba, au andika maneno yako." in lang("preview", "sw")[1]
    assert lang("rollback", "sw", "--by", "1") == (0, "sw 1: live again.\n")
    assert "sw         2  retired" in lang("versions", "sw")[1]


def test_a_file_with_a_fault_is_refused_whole_with_line_and_reason(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "sw.po"
    lang("export", "sw", "--out", str(file))
    text = file.read_text(encoding="utf-8")
    changed = text.replace("Unataka lugha gani?", "Lugha gani?")
    at = changed.index("msgstr[1]", changed.index('msgctxt "consent.keep"'))
    changed = changed[:at] + changed[at:].replace("{count}", "", 1)
    file.write_text(changed, encoding="utf-8")
    status, said = lang("import", "sw", str(file), "--by", "1")
    assert status == 1
    assert "[placeholder] consent.keep: {count} of the original is missing" in said
    assert "nothing was imported" in said
    with transaction(engine) as connection:
        newest = store.newest(connection, "sw")
        assert newest is not None
        assert written.of_version(connection, newest.id)["language.ask"].forms == ("Unataka lugha gani?",)


def test_a_language_begins_from_the_template(engine: Engine, tmp_path: Path) -> None:
    assert lang("init", "ps", "--by", "1")[0] == 0
    with transaction(engine) as connection:
        made = store.newest(connection, "ps")
        assert made is not None
        assert (made.about.direction, made.about.name, made.state) == ("rtl", "پښتو", "draft")
        assert stage.live_version(connection, "ps") is None
    file = tmp_path / "ps.po"
    assert lang("export", "ps", "--out", str(file))[0] == 0
    assert 'msgctxt "consent.ask"' in file.read_text(encoding="utf-8")
    assert "There is a pack" in lang("init", "ps", "--by", "1")[1]
    assert "English is the original" in lang("init", "en", "--by", "1")[1]
    assert "no known language code" in lang("init", "qq-??", "--by", "1")[1]


def test_numbers_that_do_not_exist_are_one_sentence(engine: Engine) -> None:
    assert "expected the number of an active person" in lang("init", "ps", "--by", "77")[1]
    assert "expected one of 1" in lang("export", "sw", "--number", "9")[1]
    assert "expected one of" in lang("preview", "sw", "--channel", "post")[1]
    assert "--case" in lang("preview", "sw", "--case", "danger.D99")[1]
    assert "no earlier version" in lang("rollback", "sw", "--by", "1")[1]
