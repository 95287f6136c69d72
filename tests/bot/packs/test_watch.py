"""Every process takes over what went live, whole, and who is in the middle of something goes on with what it began with."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import locales
from bot.channels import LIMITS
from bot.database import transaction
from bot.messages import Reply
from bot.packs import shelf, stage, steps, watch
from bot.rendering import render_reply
from locales import Text
from tests.bot.packs.shelf_world import World, world
from tests.bot.packs.test_packs import YES, said


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    (tmp_path / "packs").mkdir()
    with world(tmp_path, monkeypatch) as made:
        yield made


def switched(here: World) -> int:
    version_id = here.draft()
    here.edit(version_id, "danger.go", YES)
    here.signed(version_id)
    here.activate(version_id)
    return version_id


def test_a_switch_is_seen_within_two_seconds_and_one_row_is_read_until_then(here: World) -> None:
    now = [100.0]
    watch.look(here.engine, clock=lambda: now[0], at_once=True)
    switched(here)
    now[0] += watch.LOOK_S - 0.1
    watch.look(here.engine, clock=lambda: now[0])
    assert said("danger.go") != YES
    now[0] += 0.2
    watch.look(here.engine, clock=lambda: now[0])
    assert said("danger.go") == YES


def test_after_one_look_that_failed_a_switch_still_speaks_within_five_seconds(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]

    def look() -> None:
        watch.look(here.engine, clock=lambda: now[0])

    watch.look(here.engine, clock=lambda: now[0], at_once=True)
    switched(here)
    with monkeypatch.context() as away:

        def refused(*_: object) -> int:
            raise TimeoutError

        away.setattr(shelf, "revision", refused)
        now[0] += watch.LOOK_S
        look()
    while said("danger.go") != YES and now[0] < 200:
        now[0] += 0.1
        look()
    assert now[0] - 100.0 <= 5.0


def test_a_database_that_stays_away_is_asked_less_often_and_five_seconds_hold_when_it_is_back(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, asked = [100.0], []

    def refused(*_: object) -> int:
        asked.append(now[0])
        raise TimeoutError

    with monkeypatch.context() as away:
        away.setattr(shelf, "revision", refused)
        watch.look(here.engine, clock=lambda: now[0], at_once=True)
        while now[0] < 160:
            watch.look(here.engine, clock=lambda: now[0])
            now[0] += 0.1
    assert 10 <= len(asked) <= 2 + 60 / watch.AWAY_S
    switched(here)
    back = now[0]
    while said("danger.go") != YES and now[0] < back + 60:
        watch.look(here.engine, clock=lambda: now[0])
        now[0] += 0.1
    assert now[0] - back <= 5.0


def test_who_holds_a_library_keeps_it_while_another_goes_live(here: World) -> None:
    with locales.held():
        before = said("danger.go")
        switched(here)
        watch.look(here.engine, at_once=True)
        assert said("danger.go") == before
    assert said("danger.go") == YES


def test_a_reply_notes_the_version_that_spoke(here: World) -> None:
    version_id = switched(here)
    watch.look(here.engine, at_once=True)
    rendered = render_reply(Reply((Text("danger.go"),)), "sw", LIMITS["telegram"])
    assert rendered.parts == (YES,)
    assert rendered.pack_version == here.version(version_id).tag


def test_what_stays_live_is_not_read_again(here: World) -> None:
    before = locales.library().translations("ar")
    switched(here)
    watch.look(here.engine, at_once=True)
    assert locales.library().translations("ar") is before


def test_what_was_worked_out_of_the_packs_goes_with_them(here: World) -> None:
    calls: list[str] = []

    @locales.kept()
    def shouted(name: str) -> str:
        calls.append(name)
        return said(name).upper()

    assert shouted("danger.go") == shouted("danger.go")
    assert calls == ["danger.go"]
    switched(here)
    watch.look(here.engine, at_once=True)
    assert shouted("danger.go") == YES.upper()


def test_what_was_worked_out_of_one_pack_stays_while_that_pack_stays(here: World) -> None:
    calls: list[str] = []

    @locales.kept_of_pack(0)
    def counted(code: str) -> int:
        calls.append(code)
        return len(locales.library().translations(code).forms)

    counted("ar"), counted("sw")
    switched(here)
    watch.look(here.engine, at_once=True)
    counted("ar"), counted("sw")
    assert calls == ["ar", "sw", "sw"]


def test_a_database_that_is_away_leaves_what_is_known_speaking(
    here: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    here.engine.dispose()
    for path in tmp_path.glob("ngozi.sqlite3*"):
        path.unlink()
    watch.look(here.engine, at_once=True)
    assert said("button.menu") == "Orodha"
    assert "packs_not_read" in caplog.text


def test_a_pack_that_cannot_be_taken_stops_nobody_and_leaves_what_is_known_speaking(
    here: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> dict[str, shelf.Shelved]:
        raise KeyError("a sentence of the pack")

    now = [100.0]
    watch.look(here.engine, clock=lambda: now[0], at_once=True)
    switched(here)
    with monkeypatch.context() as patch:
        patch.setattr(shelf, "read", broken)
        watch.look(here.engine, clock=lambda: now[0], at_once=True)
    assert said("danger.go") != YES
    assert [(r.message, getattr(r, "error", "")) for r in caplog.records][-1:] == [
        ("packs_not_read", "KeyError")
    ]
    assert "a sentence of the pack" not in caplog.text
    now[0] += watch.LOOK_S
    watch.look(here.engine, clock=lambda: now[0])
    assert said("danger.go") == YES


def test_a_switch_that_is_not_committed_is_seen_by_nobody(here: World) -> None:
    version_id = here.draft()
    here.edit(version_id, "danger.go", YES)
    here.signed(version_id)
    with pytest.raises(RuntimeError), transaction(here.engine) as connection:
        steps.activate(connection, version_id, 2)
        assert stage.live_version(connection, "sw") is not None
        raise RuntimeError("the power went")
    watch.look(here.engine, at_once=True)
    assert said("danger.go") != YES


_OTHER_PROCESS = """
import sys, time
import locales
from bot.database import connect
from bot.packs import watch
from locales import Text
from locales.library import Library
made = Library(__import__("pathlib").Path(sys.argv[2]))
locales.shipped = locales.current.shipped = lambda: made
engine = connect(sys.argv[1])
while True:
    watch.look(engine)
    print(time.time(), locales.library().render(Text("danger.go"), "sw"), flush=True)
    time.sleep(0.1)
"""


def test_another_process_speaks_the_new_version_within_five_seconds_without_a_restart(here: World) -> None:
    command = [sys.executable, "-c", _OTHER_PROCESS, str(here.engine.url), str(here.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert YES not in process.stdout.readline()
            switched(here)
            at = time.time()
            said_at = next(float(line.partition(" ")[0]) for line in process.stdout if YES in line)
        finally:
            process.kill()
    assert said_at - at < 5.0
