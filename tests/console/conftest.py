"""The console over a migrated SQLite database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.database import connect
from tests.conftest import KEYS
from tests.console.world import World


@pytest.fixture
def world(tmp_path: Path, migrated_sqlite: Path) -> Iterator[World]:
    file = tmp_path / "ngozi.sqlite3"
    shutil.copyfile(migrated_sqlite, file)
    engine = connect(f"sqlite:///{file}", keys=KEYS)
    yield World(engine, tmp_path)
    engine.dispose()
