"""A database with the packs of a small folder in it, and people who work on them by number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

import locales
from bot import migrations
from bot.database import connect, transaction
from bot.packs import seed, stage, steps, store, watch, written
from bot.packs.store import Version
from locales.library import Library
from tests.conftest import KEYS
from tests.locales.folders import folder

WRITER, READER = 1, 2


class World:
    """The database, and the library of the folder that was taken in."""

    def __init__(self, engine: Engine, root: Path) -> None:
        self.engine = engine
        self.root = root
        self.shipped = Library(root)

    def live(self, language: str) -> Version:
        with transaction(self.engine) as connection:
            found = stage.live_version(connection, language)
        assert found is not None
        return found

    def version(self, version_id: int) -> Version:
        with transaction(self.engine) as connection:
            found = store.get(connection, version_id)
        assert found is not None
        return found

    def draft(self, language: str = "sw", by: int = WRITER) -> int:
        with transaction(self.engine) as connection:
            found = stage.live_version(connection, language)
            assert found is not None
            return store.copy(connection, found.id, "t" * 16, by)

    def edit(self, version_id: int, name: str, *forms: str, by: int = WRITER) -> None:
        entry = self.shipped.entry(name)
        with transaction(self.engine) as connection:
            held = written.of_version(connection, version_id).get(name)
            written.save(connection, version_id, entry, forms, held.revision if held else 0, by)

    def signed(self, version_id: int, by: int = READER) -> None:
        """Checked, read and reviewed."""
        with transaction(self.engine) as connection:
            reasons, found = steps.check(connection, version_id, by)
            assert [r.id for r in reasons] in ([], ["console.packs.no_problems"]), reasons
            assert not found, found
            names = {name: one.revision for name, one in written.of_version(connection, version_id).items()}
            refused = written.approve(connection, version_id, self.shipped.template, names, by)
            assert refused == ([], [])
            steps.review(connection, version_id, by)

    def activate(self, version_id: int, by: int = READER) -> None:
        with transaction(self.engine) as connection:
            steps.activate(connection, version_id, by)


@contextmanager
def world(tmp_path: Path, monkeypatch) -> Iterator[World]:  # type: ignore[no-untyped-def]
    """A world; `locales` speaks with its folder while nothing is looked at."""
    root = folder(tmp_path / "packs")
    made = Library(root)
    engine = connect(f"sqlite:///{tmp_path / 'ngozi.sqlite3'}", keys=KEYS)
    migrations.upgrade(engine)
    for room in (locales, locales.current):
        monkeypatch.setattr(room, "shipped", lambda: made)
    with transaction(engine) as connection:
        seed.plant(connection, made)
    one = World(engine, root)
    one.shipped = made
    watch.look(engine, at_once=True)
    try:
        yield one
    finally:
        locales.use(None)
        engine.dispose()
