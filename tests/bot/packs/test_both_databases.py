"""The life of a version on SQLite and on PostgreSQL, and two processes that take the shipped packs in at once."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import Engine, func, select

from bot.database import connect, transaction
from bot.packs import seed, shelf, stage, steps, store, written
from bot.packs.rows import PackVersion
from tests.conftest import KEYS


def test_a_version_lives_and_is_taken_back_on_both_kinds(engine: Engine) -> None:
    import locales

    library = locales.shipped()
    with transaction(engine) as connection:
        assert set(seed.plant(connection, library)) == set(library.codes) - {"en"}
        first = stage.live_version(connection, "sw")
        assert first is not None
        version_id = store.copy(connection, first.id, "t" * 16, 1)
        written.save(connection, version_id, library.entry("language.more"), ("Lugha nyengine",), 1, 1)
    with transaction(engine) as connection:
        names = {name: one.revision for name, one in written.of_version(connection, version_id).items()}
        assert written.approve(connection, version_id, library.template, names, 2) == ([], [])
        assert steps.check(connection, version_id, 2)[0] == ()
        steps.review(connection, version_id, 2)
        steps.activate(connection, version_id, 2)
    with transaction(engine) as connection:
        live = shelf.read(connection, library.template, {})
        assert live["sw"].handed.translations.of(library.entry("language.more")) == ("Lugha nyengine",)
        assert steps.roll_back(connection, "sw", 1).id == first.id
        again = shelf.read(connection, library.template, live)
        assert again["ar"] is live["ar"]
        assert again["sw"].version_id == first.id


def test_a_mended_file_is_known_by_what_it_brought_on_both_kinds(engine: Engine) -> None:
    """By times of the database, which come back as they went in."""
    import locales

    library, more = locales.shipped(), "language.more"
    with transaction(engine) as connection:
        seed.plant(connection, library)
        live = stage.live_version(connection, "sw")
        assert live is not None
        version_id = store.copy(connection, live.id, "t" * 16, 1)
        old = written.of_version(connection, version_id)[more].forms
        as_of = store.get(connection, version_id).edited_at  # type: ignore[union-attr]

    def sent(by: int, *forms: str) -> tuple[int, list[str]]:
        with transaction(engine) as connection:
            return written.take_in(connection, version_id, library.template, {more: forms}, by, as_of)

    assert sent(1, "Lugha nyengine") == (1, [])
    assert sent(1, "Lugha nyinginezo") == (1, [])
    assert sent(1, "Lugha nyengine") == (1, []), "a word that was mended may be mended back"
    assert sent(1, *old) == (0, [more]), "what stood there before it was sent is another file's"
    assert sent(2, "Lugha zingine") == (0, [more]), "another person's file is another's"


def test_two_processes_take_the_shipped_packs_in_once(engine: Engine, database_url: str) -> None:
    failed: list[BaseException] = []

    def take_in() -> None:
        other = connect(database_url, keys=KEYS)
        try:
            with transaction(other) as connection:
                seed.plant(connection)
        except BaseException as error:
            failed.append(error)
        finally:
            other.dispose()

    threads = [threading.Thread(target=take_in) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with transaction(engine) as connection:
        counts = connection.execute(
            select(PackVersion.language, func.count()).group_by(PackVersion.language)
        ).all()
    assert {count for _, count in counts} == {1}


@pytest.mark.parametrize("fault", ["name", "plural", "voice", "parent"])
def test_what_is_said_of_a_language_is_held_to_rules(fault: str) -> None:
    from dataclasses import replace

    from bot.packs import describing
    from bot.packs.store import About

    good = About("Kiswahili", "ltr", "nplurals=2; plural=(n != 1);", ("A. Person",), voice="sw", parent="ar")
    assert describing.faults("sw", good, ("en", "ar", "sw")) == []
    bad = {
        "name": ("Kiswa\u202ehili", "<b>x</b>", "", "a\nb", "x" * 61, "http://x.example"),
        "plural": ("nplurals=2; plural=n%0;", "nplurals=9999;", "n", "nplurals=2; plural=0;"),
        "voice": ("; rm -rf", "a b", "x" * 41),
        "parent": ("sw", "zz", "../en"),
    }[fault]
    for value in bad:
        assert describing.faults("sw", replace(good, **{fault: value}), ("en", "ar", "sw")), value  # type: ignore[arg-type]
