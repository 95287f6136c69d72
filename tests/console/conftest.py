"""The console over a migrated SQLite database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

import locales
from bot.console import logins
from bot.database import connect, transaction
from bot.packs import seed, watch
from tests.conftest import KEYS
from tests.console.world import World

# A hash that is slow on purpose would make these tests slow too; what it costs in earnest one test of the door looks at.
QUICK = PasswordHasher(time_cost=1, memory_cost=256, parallelism=1)


@pytest.fixture(scope="session")
def packs_sqlite(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with the shipped packs in it, to be copied."""
    file = tmp_path_factory.mktemp("packs") / "ngozi.sqlite3"
    shutil.copyfile(migrated_sqlite, file)
    engine = connect(f"sqlite:///{file}", keys=KEYS)
    with transaction(engine) as connection:
        seed.plant(connection)
    engine.dispose()
    return file


@pytest.fixture
def packs_world(tmp_path: Path, packs_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """As `world`, with the shipped packs in the database and speaking from there."""
    monkeypatch.setattr(logins, "HASHER", QUICK)
    monkeypatch.setattr(logins, "_NOBODY", QUICK.hash("nobody"))
    file = tmp_path / "ngozi.sqlite3"
    shutil.copyfile(packs_sqlite, file)
    engine = connect(f"sqlite:///{file}", keys=KEYS)
    watch.look(engine, at_once=True)
    yield World(engine, tmp_path)
    locales.use(None)
    engine.dispose()


@pytest.fixture
def world(tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(logins, "HASHER", QUICK)
    monkeypatch.setattr(logins, "_NOBODY", QUICK.hash("nobody"))
    file = tmp_path / "ngozi.sqlite3"
    shutil.copyfile(migrated_sqlite, file)
    engine = connect(f"sqlite:///{file}", keys=KEYS)
    yield World(engine, tmp_path)
    engine.dispose()
