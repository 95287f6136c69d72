"""The console over a migrated SQLite database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from bot.console import logins
from bot.database import connect
from tests.conftest import KEYS
from tests.console.world import World

# A hash that is slow on purpose would make these tests slow too; what it costs in earnest one test of the door looks at.
QUICK = PasswordHasher(time_cost=1, memory_cost=256, parallelism=1)


@pytest.fixture
def world(tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(logins, "HASHER", QUICK)
    monkeypatch.setattr(logins, "_NOBODY", QUICK.hash("nobody"))
    file = tmp_path / "ngozi.sqlite3"
    shutil.copyfile(migrated_sqlite, file)
    engine = connect(f"sqlite:///{file}", keys=KEYS)
    yield World(engine, tmp_path)
    engine.dispose()
