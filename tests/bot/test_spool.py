"""The spool: durable, in order, sealed; a torn or foreign record hides no other."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import spool as spool_room
from bot import spool_aside
from bot.channels import Account, DeliveryStatus, RawUpdate
from bot.errors import RecordRefused, SpoolError
from bot.sealing import Sealer
from bot.spool import Spool, Spooled
from bot.web.webhooks import LARGEST_BODY

NUMBER = Account("whatsapp", "main")
KEYS = {1: b"k" * 32}


def item(number: int, address: str = "a") -> Spooled:
    return Spooled(
        NUMBER,
        1_700_000_000.0 + number,
        update=RawUpdate(f"SM{number}", address, f'{{"Body": "secret {number}"}}'),
    )


def spool(folder: Path) -> Spool:
    return Spool(folder, Sealer(KEYS))


def ids(items: list[Spooled]) -> list[str]:
    return [i.update.external_id for i in items if i.update is not None]


def test_what_was_appended_comes_out_in_order(tmp_path: Path) -> None:
    box = spool(tmp_path)
    for number in range(5):
        box.append(item(number))
    status = Spooled(NUMBER, 1.0, status=DeliveryStatus("x-0", "SM9", "delivered"))
    box.append(status)
    out: list[Spooled] = []
    assert box.drain(out.append) == 6
    assert out == [item(n) for n in range(5)] + [status]
    assert box.drain(out.append) == 0
    box.close()
    assert list(tmp_path.glob("*.spool")) == []


def test_nothing_in_the_file_can_be_read(tmp_path: Path) -> None:
    box = spool(tmp_path)
    box.append(item(1))
    (path,) = tmp_path.glob("*.spool")
    assert b"secret" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    box.close()


def test_a_refusal_keeps_the_rest_and_their_order(tmp_path: Path) -> None:
    box = spool(tmp_path)
    for number in range(4):
        box.append(item(number))
    out: list[Spooled] = []

    def two_then_refuse(one: Spooled) -> None:
        if len(out) == 2:
            raise ConnectionError
        out.append(one)

    assert box.drain(two_then_refuse) == 2
    box.append(item(4))
    rest: list[Spooled] = []
    box.drain(rest.append)
    assert ids(out) + ids(rest) == [f"SM{n}" for n in range(5)]
    box.close()


def refusing(out: list[Spooled], *bad: str) -> Callable[[Spooled], None]:
    """A database that never takes these."""

    def deliver(one: Spooled) -> None:
        if one.update is not None and one.update.external_id in bad:
            raise RecordRefused("DataError")
        out.append(one)

    return deliver


@pytest.mark.parametrize("dead", [False, True])
def test_what_is_refused_for_its_own_sake_is_set_aside_and_those_behind_it_go_on(
    tmp_path: Path, dead: bool
) -> None:
    box = spool(tmp_path)
    for number in range(5):
        box.append(item(number, "ab"[number % 2]))
    if dead:
        os.close(box._file)
        box = spool(tmp_path)
    out: list[Spooled] = []
    for _ in range(2 * spool_aside.TRIES):
        box.drain(refusing(out, "SM1", "SM2"))
    assert list(dict.fromkeys(ids(out))) == ["SM0", "SM3", "SM4"]
    assert (box.aside.count(), box.count()) == (2, 0)
    assert not box.holds(NUMBER, "a")
    aside = sorted(tmp_path.glob("*.aside"))
    assert all(b"secret" not in path.read_bytes() and path.stat().st_mode & 0o077 == 0 for path in aside)
    box.close()


def test_a_database_that_is_away_sets_nothing_aside(tmp_path: Path) -> None:
    box = spool(tmp_path)
    for number in range(2):
        box.append(item(number))

    def away(_: Spooled) -> None:
        raise ConnectionError

    for _ in range(5 * spool_aside.TRIES):
        assert box.drain(away) == 0
    assert (box.aside.count(), box.count()) == (0, 2)
    box.close()


def test_a_disk_that_is_full_keeps_it_in_the_spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = spool(tmp_path)
    box.append(item(1))

    def full(_: Path) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(spool_aside, "sync_folder", full)
    for _ in range(2 * spool_aside.TRIES):
        box.drain(refusing([], "SM1"))
    assert (box.aside.count(), box.count()) == (0, 1)
    box.close()


def test_what_was_set_aside_is_tried_again_and_goes_once_it_is_taken_or_old(tmp_path: Path) -> None:
    box = spool(tmp_path)
    for number in range(3):
        box.aside.put(item(number), "DataError")
    old = sorted(tmp_path.glob("*.aside"))[0]
    os.utime(old, (0, time.time() - spool_aside.KEPT_S - 60))
    out: list[Spooled] = []
    assert box.drain(refusing(out, "SM1")) == 1
    assert (ids(out), box.aside.count()) == (["SM2"], 1)
    box.drain(out.append)
    assert box.aside.count() == 1, "not again within the hour"
    box.close()
    box = spool(tmp_path)
    box.drain(out.append)
    assert (ids(out), box.aside.count()) == (["SM2", "SM1"], 0)
    box.close()


def test_the_longest_call_that_a_webhook_takes_hides_none_behind_it(tmp_path: Path) -> None:
    box = spool(tmp_path)
    payload = json.dumps({"Body": "\u20ac" * (LARGEST_BODY // 9)})
    longest = Spooled(NUMBER, 1.0, update=RawUpdate("SM0", "a", payload))
    out: list[Spooled] = []
    for one in (longest, item(1)):
        box.append(one)
    box.drain(out.append)
    assert out == [longest, item(1)]
    with pytest.raises(SpoolError, match="expected 8388608 at most"):
        box.append(Spooled(NUMBER, 1.0, update=RawUpdate("SM2", "a", "x" * (9 << 20))))
    box.close()


def test_a_chat_is_behind_while_its_rows_wait_and_free_afterwards(tmp_path: Path) -> None:
    box = spool(tmp_path)
    box.append(item(1, "a"))
    assert box.holds(NUMBER, "a")
    assert not box.holds(NUMBER, "b")
    assert not box.holds(Account("whatsapp", "other"), "a")
    box.drain(lambda _: None)
    assert not box.holds(NUMBER, "a")
    box.close()


def test_a_dead_process_leaves_nothing_behind(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        dying = spool(tmp_path)
        dying.append(item(1))
        dying.append(item(2))
        os.write(writer, b"x")
        os._exit(9)
    os.read(reader, 1)
    os.waitpid(child, 0)
    os.close(reader)
    os.close(writer)
    box = spool(tmp_path)
    out: list[Spooled] = []
    box.drain(out.append)
    assert ids(out) == ["SM1", "SM2"]
    box.close()
    assert list(tmp_path.glob("*.spool")) == []


def test_a_living_process_keeps_its_own(tmp_path: Path) -> None:
    first, second = spool(tmp_path), spool(tmp_path)
    first.append(item(1))
    out: list[Spooled] = []
    second.drain(out.append)
    assert out == []
    first.drain(out.append)
    assert ids(out) == ["SM1"]
    first.close()
    second.close()


def test_a_record_torn_by_a_crash_hides_none_before_it(tmp_path: Path) -> None:
    box = spool(tmp_path)
    box.append(item(1))
    (path,) = tmp_path.glob("*.spool")
    with path.open("ab") as file:
        file.write(b"\x00\x00\x01\x00torn")
    out: list[Spooled] = []
    box.drain(out.append)
    assert ids(out) == ["SM1"]
    box.close()


def test_a_folder_that_cannot_be_written_is_refused_at_the_start(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(SpoolError, match="NGOZI_SPOOL"):
        spool(blocked / "spool")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=st.lists(st.one_of(st.just("append"), st.integers(0, 3)), max_size=30))
def test_any_mix_of_appends_and_broken_drains_loses_and_swaps_nothing(
    tmp_path_factory: pytest.TempPathFactory, script: list[str | int]
) -> None:
    """An integer is a drain that breaks after so many rows."""
    box = spool(tmp_path_factory.mktemp("spool"))
    sent, out = 0, []
    for action in script:
        if action == "append":
            box.append(item(sent))
            sent += 1
            continue
        left = int(action)

        def deliver(one: Spooled) -> None:
            nonlocal left
            if left == 0:
                raise ConnectionError
            left -= 1
            out.append(one)

        box.drain(deliver)
    box.drain(out.append)
    assert ids(out) == [f"SM{n}" for n in range(sent)]
    assert box.count() == 0
    box.close()


def adopter(folder: Path, out: list[Spooled]) -> None:
    """What another process does with every file of the folder."""
    other = spool(folder)
    other.drain(out.append)
    other.close()


def test_a_file_that_is_being_made_is_nobodys_to_adopt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process drains the folder at every moment of the making: before and after the lock, and the name."""
    busy: list[bool] = []
    adopted: list[Spooled] = []

    def meanwhile() -> None:
        if not busy:
            busy.append(True)
            adopter(tmp_path, adopted)
            busy.clear()

    lock, rename = fcntl.flock, Path.rename

    def flock(handle: int, how: int) -> None:
        meanwhile()
        lock(handle, how)
        meanwhile()

    def renamed(path: Path, to: Path) -> Path:
        made = rename(path, to)
        meanwhile()
        return made

    monkeypatch.setattr(spool_room.fcntl, "flock", flock)
    monkeypatch.setattr(Path, "rename", renamed)
    box = spool(tmp_path)
    for number in range(4):
        box.append(item(number))
    taken: list[Spooled] = []

    def two_then_refuse(one: Spooled) -> None:
        if len(taken) == 2:
            raise ConnectionError
        taken.append(one)

    box.drain(two_then_refuse)  # the rest moves to a file that is made anew
    box.append(item(4))
    assert box._path.exists()
    assert os.path.samestat(os.fstat(box._file), box._path.stat())
    box.drain(taken.append)
    assert ids(taken) == [f"SM{n}" for n in range(5)]
    assert adopted == []
    box.close()
    assert list(tmp_path.iterdir()) == []


def test_a_draft_that_was_taken_away_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, times = fcntl.flock, [0]

    def flock(handle: int, how: int) -> None:
        lock(handle, how)
        times[0] += 1
        if times[0] == 1:
            for draft in tmp_path.glob("*.new"):
                draft.unlink()

    monkeypatch.setattr(spool_room.fcntl, "flock", flock)
    box = spool(tmp_path)
    box.append(item(1))
    assert box._path.exists()
    out: list[Spooled] = []
    box.drain(out.append)
    assert ids(out) == ["SM1"]
    box.close()


def test_a_file_that_another_one_drained_first_is_not_drained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both open it, one is faster: the other gets the lock of a file that has no name any more."""
    dying = spool(tmp_path)
    dying.append(item(1))
    os.close(dying._file)  # its process is dead
    slower = spool(tmp_path)
    first: list[Spooled] = []
    lock = fcntl.flock

    def flock(handle: int, how: int) -> None:
        monkeypatch.setattr(spool_room.fcntl, "flock", lock)
        adopter(tmp_path, first)
        lock(handle, how)

    monkeypatch.setattr(spool_room.fcntl, "flock", flock)
    second: list[Spooled] = []
    slower.drain(second.append)
    assert (ids(first), ids(second)) == (["SM1"], [])
    slower.close()


def test_drafts_of_the_dead_are_cleared_away_and_those_of_the_living_are_not(tmp_path: Path) -> None:
    old, young = tmp_path / "1-a.new", tmp_path / "2-b.new"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 2 * spool_room.DRAFT_S,) * 2)
    box = spool(tmp_path)
    box.drain(lambda _: None)
    assert (old.exists(), young.exists()) == (False, True)
    box.close()


def died(folder: Path, *items: Spooled) -> None:
    """A process that kept these and was killed."""
    dying = spool(folder)
    for one in items:
        dying.append(one)
    os.close(dying._file)


def test_what_a_dead_process_kept_is_handed_over_before_what_came_later(tmp_path: Path) -> None:
    died(tmp_path, item(1), item(4))
    died(tmp_path, item(2))
    box = spool(tmp_path)
    for number in (3, 5):
        box.append(item(number))
    out: list[Spooled] = []
    assert box.drain(out.append) == 5
    assert ids(out) == ["SM1", "SM2", "SM3", "SM4", "SM5"]
    box.close()
    assert list(tmp_path.glob("*.spool")) == []


def test_nothing_of_the_own_file_passes_what_is_refused_of_a_dead_process(tmp_path: Path) -> None:
    died(tmp_path, item(1), item(2))
    box = spool(tmp_path)
    box.append(item(3))
    out: list[Spooled] = []

    def one_then_refuse(one: Spooled) -> None:
        if len(out) == 1:
            raise ConnectionError
        out.append(one)

    assert box.drain(one_then_refuse) == 1
    assert box.drain(out.append) == 3, "the dead one's file stays whole"
    assert ids(out) == ["SM1", "SM1", "SM2", "SM3"]
    box.close()


def test_a_chat_is_behind_while_its_rows_wait_in_the_file_of_another_process(tmp_path: Path) -> None:
    living, box = spool(tmp_path), spool(tmp_path)
    for number in range(3):
        living.append(item(number, "a"))
        assert box.holds(NUMBER, "a")
    assert not box.holds(NUMBER, "b")
    living.drain(lambda _: None)
    assert not box.holds(NUMBER, "a")
    living.append(item(4, "b"))
    assert (box.holds(NUMBER, "a"), box.holds(NUMBER, "b")) == (False, True)
    os.close(living._file)
    assert box.holds(NUMBER, "b"), "of a dead process too"
    box.drain(lambda _: None)
    assert not box.holds(NUMBER, "b")
    box.close()


def test_of_two_living_processes_the_one_with_the_newer_row_of_a_chat_waits_but_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = spool(tmp_path), spool(tmp_path)
    first.append(item(1, "a"))
    first.append(item(5, "b"))
    second.append(item(2, "b"))
    second.append(item(3, "a"))
    out: list[Spooled] = []
    for box in (second, first, second, first):
        box.drain(out.append)
    assert ids(out) == ["SM2", "SM1", "SM5", "SM3"], "in each chat in order"
    first.append(item(6, "a"))  # and hangs
    second.append(item(7, "a"))
    assert second.drain(out.append) == 0
    clock = time.monotonic()
    monkeypatch.setattr(spool_room.time, "monotonic", lambda: clock + spool_room.GIVES_WAY_S + 1)
    assert second.drain(out.append) == 1
    first.close()
    second.close()


def test_a_process_that_hangs_is_waited_for_once_and_not_for_each_of_its_chats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, box = spool(tmp_path), spool(tmp_path)
    for number, address in enumerate("abc"):
        hangs.append(item(number, address))
    for number, address in enumerate("axbyc", 10):
        box.append(item(number, address))
    out: list[Spooled] = []
    assert box.drain(out.append) == 0
    clock = time.monotonic()
    monkeypatch.setattr(spool_room.time, "monotonic", lambda: clock + spool_room.GIVES_WAY_S + 1)
    assert box.drain(out.append) == 5
    # It goes on: then it is waited for again.
    hangs.drain(out.append)
    hangs.append(item(20, "a"))
    box.append(item(21, "a"))
    assert box.drain(out.append) == 0
    hangs.close()
    box.close()


def test_whoever_waits_for_the_database_is_not_taken_for_one_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = spool(tmp_path), spool(tmp_path)
    first.append(item(1, "a"))
    second.append(item(2, "a"))

    def away(_: Spooled) -> None:
        raise ConnectionError

    out: list[Spooled] = []
    assert second.drain(away) == 0
    clock = time.monotonic()
    monkeypatch.setattr(spool_room.time, "monotonic", lambda: clock + spool_room.GIVES_WAY_S + 1)
    second.drain(away)
    # The database is back, and this one was the first to see it.
    for box in (second, first, second):
        box.drain(out.append)
    assert ids(out) == ["SM1", "SM2"]
    first.close()
    second.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=st.lists(st.sampled_from(["say", "die", "drain", "break"]), max_size=25))
def test_whoever_dies_nothing_is_lost_and_each_chat_hears_in_order(
    tmp_path_factory: pytest.TempPathFactory, script: list[str]
) -> None:
    """The inbox knows duplicates: what counts is when each was handed over first."""
    folder = tmp_path_factory.mktemp("spool")
    box, sent, out = spool(folder), 0, list[Spooled]()
    for action in script:
        if action == "say":
            box.append(item(sent))
            sent += 1
        elif action == "die":
            os.close(box._file)
            box = spool(folder)
        elif action == "drain":
            box.drain(out.append)
        else:
            took: list[Spooled] = []

            def one_then_refuse(one: Spooled, took: list[Spooled] = took) -> None:
                if took:
                    raise ConnectionError
                took.append(one)

            box.drain(one_then_refuse)
            out += took
    box.drain(out.append)
    assert list(dict.fromkeys(ids(out))) == [f"SM{n}" for n in range(sent)]
    assert not box.holds(NUMBER, "a")
    box.close()
