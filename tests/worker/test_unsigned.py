"""What no clinician signed runs only where the setting says so: every process that answers people refuses to start."""

from __future__ import annotations

import base64
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import locales
from bot.clinical import unreviewed_rows
from bot.errors import NgoziError
from bot.settings import Settings
from worker import cli, polling, preparing, serving

KEY = base64.b64encode(b"k" * 32).decode()


def settings(home: Path, **env: str) -> Settings:
    return Settings.read(
        {
            "NGOZI_HOME": str(home),
            "NGOZI_SECRET_KEY": KEY,
            "NGOZI_EMERGENCY": "112",
            "NGOZI_MODEL": "off",
            "NGOZI_TELEGRAM_TOKEN": "123456:ABC-DEF-GHI",
            "NGOZI_TELEGRAM_API": "http://127.0.0.1:1",
            **env,
        }
    )


class Started(Exception):
    """It went on to serve people."""


@pytest.fixture(autouse=True)
def one_pack_is_reviewed(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: object, **__: object) -> None:
        raise Started

    monkeypatch.setattr(locales, "languages", lambda *_: ("en",))
    for room, names in (
        (serving, ("embedded", "make_celery", "refuse_old_database")),
        (polling, ("embedded",)),
    ):
        for name in names:
            monkeypatch.setattr(room, name, start if name != "refuse_old_database" else lambda _: None)


def at(database: Path, revision: str) -> None:
    """Sets the revision that a database says it has."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("create table if not exists alembic_version (version_num text)")
        connection.execute("delete from alembic_version")
        connection.execute("insert into alembic_version values (?)", (revision,))


def revision(database: Path) -> str | None:
    with closing(sqlite3.connect(database)) as connection:
        try:
            return str(connection.execute("select version_num from alembic_version").fetchone()[0])
        except sqlite3.OperationalError:
            return None


def ways(home: Path, **env: str) -> list[Callable[[], None]]:
    alone = settings(home, **env)
    database = f"sqlite:///{home / 'other.db'}"
    shared = settings(home, NGOZI_BROKER_URL="redis://127.0.0.1:1/0", NGOZI_DATABASE_URL=database, **env)
    return [
        lambda: serving.run(alone, register=False, workers=1),
        lambda: polling.run(alone),
        lambda: serving.run_worker(shared, "turn,deliver", 1),
    ]


def test_a_reviewed_pack_with_unsigned_rows_serves_nobody(tmp_path: Path) -> None:
    for start in ways(tmp_path):
        with pytest.raises(NgoziError) as caught:
            start()
        said = str(caught.value)
        assert "danger_signs.yaml" in said
        assert "NGOZI_ALLOW_UNREVIEWED=1" in said
        assert "Who signs" in said


def test_rows_that_nobody_signed_are_told_before_the_database_is_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrated: list[str] = []
    monkeypatch.setattr(serving, "prepare_for", lambda _: migrated.append("migrated"))
    for start in ways(tmp_path):
        with pytest.raises(NgoziError, match="signed by nobody"):
            start()
    assert migrated == []


def test_an_upgrade_with_rows_that_nobody_signed_leaves_the_database_to_the_old_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_sqlite: Path
) -> None:
    """The new version would not start, and the old one not on the new database."""
    database = tmp_path / "ngozi.sqlite3"
    env = {"NGOZI_HOME": str(tmp_path), "NGOZI_SECRET_KEY": KEY, "NGOZI_ALLOW_UNREVIEWED": "0"}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(cli.logs, "set_up", lambda *_: None)
    monkeypatch.setattr(preparing, "prepare", lambda _: at(database, "new"))
    cli.migrate()
    assert revision(database) == "new", "an empty one has nothing to lose"
    shutil.copyfile(migrated_sqlite, database)
    cli.migrate()
    assert revision(database) == "new", "where nothing is migrated the old version starts again"
    at(database, "0021")
    with pytest.raises(NgoziError, match="signed by nobody"):
        cli.migrate()
    assert revision(database) == "0021"
    monkeypatch.setenv("NGOZI_ALLOW_UNREVIEWED", "1")
    cli.migrate()
    assert revision(database) == "new"
    monkeypatch.setenv("NGOZI_ALLOW_UNREVIEWED", "0")
    monkeypatch.setattr("bot.clinical.unreviewed_rows", dict)
    at(database, "0021")
    cli.migrate()
    assert revision(database) == "new"


def test_signed_rows_without_a_reviewed_pack_serve_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.clinical.unreviewed_rows", dict)
    monkeypatch.setattr(locales, "languages", lambda *_: ())
    for start in ways(tmp_path):
        with pytest.raises(NgoziError, match="no language pack is reviewed"):
            start()


def test_in_a_trial_they_run(tmp_path: Path) -> None:
    for start in ways(tmp_path, NGOZI_ALLOW_UNREVIEWED="1"):
        with pytest.raises(Started):
            start()


def test_every_data_file_of_rows_is_counted() -> None:
    folder = Path(locales.__file__).parents[1] / "bot" / "clinical"
    marked = {p.name for p in folder.glob("*.yaml") if "status: unreviewed" in p.read_text("utf-8")}
    assert set(unreviewed_rows()) == marked
    assert {"sent_on.yaml", "follow_up.yaml", "danger_signs.yaml"} <= marked
