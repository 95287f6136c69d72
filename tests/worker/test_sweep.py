"""The sweep: what nobody was woken for is woken, what is due is deleted, what the provider held back is fetched."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.exc import OperationalError

from bot import inbox
from bot.channels import MediaFailed, RawUpdate
from bot.clock import db_now
from bot.database import transaction
from bot.durations import DAY_S
from bot.media.vault import VaultError
from bot.messages import Attachment
from bot.queue import DELIVER, QUEUE_OF, THINK, TURN, CeleryWake, make_celery
from bot.tables import Chat, FindingsJob, Forget, Heartbeat, InboundRow, Photo
from tests.servers import RedisServer
from tests.worker.stage import Stage, stage
from worker import doctor, jumps, retention, sweep
from worker.catching_up import once_every


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path, "whatsapp") as made:
        yield made


def woken(scene: Stage, task: str) -> list[int]:
    scene.wakes.calls.clear()
    sweep.run(scene.parts)
    return [row for name, row, _ in scene.wakes.calls if name == task]


def test_a_message_whose_wake_up_was_lost_is_found(scene: Stage) -> None:
    (chat,) = inbox.receive(scene.engine, scene.account, [RawUpdate("SM1", "a", "{}")])
    assert woken(scene, TURN) == [chat]


def test_a_chat_that_somebody_holds_is_left_alone_until_the_lease_runs_out(scene: Stage) -> None:
    (chat,) = inbox.receive(scene.engine, scene.account, [RawUpdate("SM1", "a", "{}")])
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).values(turn_token="x", turn_until=db_now() + 60))
    assert woken(scene, TURN) == []
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).values(turn_until=db_now() - 1))
    assert woken(scene, TURN) == [chat]


def _left(scene: Stage) -> int:
    with transaction(scene.engine) as connection:
        return connection.execute(select(func.count()).select_from(Photo)).scalar_one()


def _photo_past_its_days(scene: Stage) -> None:
    chat = scene.chat()
    with transaction(scene.engine) as connection:
        connection.execute(
            insert(Photo).values(
                id="a" * 32,
                chat_id=chat,
                name="a" * 32,
                wrapped_key=b"k",
                master_key_id=1,
                size_bytes=1,
                width_px=1,
                height_px=1,
                created_at=db_now() - 100,
                expires_at=db_now() - 1,
            )
        )


def test_after_a_leap_of_the_clock_nothing_is_deleted_for_a_day(scene: Stage) -> None:
    sweep.beat(scene.parts, "sweep")
    _photo_past_its_days(scene)
    with transaction(scene.engine) as connection:
        connection.execute(update(Heartbeat).values(at=db_now() - 30 * DAY_S))
    sweep.run(scene.parts)
    assert _left(scene) == 1
    sweep.run(scene.parts)  # the last sweep is of just now
    assert _left(scene) == 1
    with transaction(scene.engine) as connection:
        connection.execute(update(Heartbeat).where(Heartbeat.process == "leap").values(at=db_now() - DAY_S))
    sweep.run(scene.parts)
    assert _left(scene) == 0


def test_a_machine_that_runs_some_hours_a_week_deletes_too(scene: Stage) -> None:
    sweep.beat(scene.parts, "sweep")
    waits = []
    for _ in range(3):
        for off_s in (7 * DAY_S, 60.0, 7200.0):
            with transaction(scene.engine) as connection:
                connection.execute(update(Heartbeat).values(at=Heartbeat.at - off_s))
            waits.append(jumps.deleting_waits(scene.parts))
            sweep.beat(scene.parts, "sweep")
    assert waits == [True, True, True, True, True, False, True, True, False]


def test_a_leap_of_the_wrong_clock_is_forgotten_once_it_is_right(scene: Stage) -> None:
    with transaction(scene.engine) as connection:
        connection.execute(insert(Heartbeat).values(process="sweep", at=db_now()))
        connection.execute(insert(Heartbeat).values(process="engine:old", at=db_now() + 300 * DAY_S))
        connection.execute(insert(Heartbeat).values(process="leap", at=db_now() + 300 * DAY_S))
    url = scene.engine.url.render_as_string(hide_password=False)
    assert doctor._clock(replace(scene.parts.settings, database_url=url))
    assert not jumps.deleting_waits(scene.parts)
    with transaction(scene.engine) as connection:
        left = connection.execute(select(Heartbeat.process).where(Heartbeat.process == "leap")).all()
    assert left == []


def test_a_clock_that_is_right_again_deletes_again(scene: Stage) -> None:
    _photo_past_its_days(scene)
    with transaction(scene.engine) as connection:
        connection.execute(insert(Heartbeat).values(process="leap", at=db_now() + 30 * DAY_S))
        connection.execute(insert(Heartbeat).values(process="sweep", at=db_now() + 30 * DAY_S))
    sweep.run(scene.parts)
    assert _left(scene) == 0


def test_what_is_done_once_a_minute_goes_on_after_a_clock_was_set_back(scene: Stage) -> None:
    with transaction(scene.engine) as connection:
        connection.execute(insert(Heartbeat).values(process="retention", at=db_now() + 30 * DAY_S))
    assert once_every(scene.parts, "retention", 60.0) is not None
    assert once_every(scene.parts, "retention", 60.0) is None


def test_a_reply_whose_retry_is_due_is_found(scene: Stage) -> None:
    chat = scene.chat()
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).values(send_due_at=db_now() - 1))
    assert woken(scene, DELIVER) == [chat]


def test_a_provider_copy_is_forgotten_once_and_tried_again_when_it_fails(scene: Stage) -> None:
    with transaction(scene.engine) as connection:
        for ref in ("good", "bad"):
            connection.execute(
                insert(Forget).values(
                    channel="whatsapp",
                    account="main",
                    ref=ref,
                    message_ref="",
                    attempts=0,
                    next_try_at=db_now(),
                )
            )

    def refuse(attachment: Attachment) -> None:
        scene.channel.forgotten.append(attachment)
        if attachment.ref == "bad":
            raise MediaFailed("http 503", retryable=True)

    scene.channel.forget = refuse  # type: ignore[method-assign]
    sweep.run(scene.parts)
    sweep.run(scene.parts)
    assert [a.ref for a in scene.channel.forgotten] == ["good", "bad"]
    with transaction(scene.engine) as connection:
        assert connection.execute(select(Forget.ref, Forget.attempts)).all() == [("bad", 1)]


def test_an_expired_photograph_is_gone_from_table_and_storage(scene: Stage) -> None:
    stored = scene.parts.vault.put(b"x")
    chat = scene.chat()
    with transaction(scene.engine) as connection:
        connection.execute(
            insert(Photo).values(
                id=stored.name,
                chat_id=chat,
                name=stored.name,
                wrapped_key=stored.wrapped_key,
                master_key_id=1,
                size_bytes=1,
                width_px=1,
                height_px=1,
                origin_ref="",
                origin_message="",
                created_at=0.0,
                expires_at=1.0,
            )
        )
    sweep.run(scene.parts)
    with transaction(scene.engine) as connection:
        assert connection.execute(select(func.count()).select_from(Photo)).scalar_one() == 0
    with pytest.raises(VaultError):
        scene.parts.vault.get(stored)


def test_what_the_provider_never_told_us_is_fetched_once(scene: Stage) -> None:
    asked: list[float] = []

    def missed_since(since: float) -> Iterator[RawUpdate]:
        asked.append(since)
        yield RawUpdate("SM1", "a", "{}")
        yield RawUpdate("SM2", "b", "{}")

    inbox.receive(scene.engine, scene.account, [RawUpdate("SM1", "a", "{}")])
    scene.channel.missed_since = missed_since  # type: ignore[attr-defined]
    sweep.run(scene.parts)
    sweep.run(scene.parts)
    assert len(asked) == 1
    with transaction(scene.engine) as connection:
        assert sorted(connection.execute(select(InboundRow.external_id)).scalars()) == ["SM1", "SM2"]


def test_after_a_long_outage_it_looks_further_back(scene: Stage) -> None:
    asked: list[float] = []

    def missed_since(since: float) -> Iterator[RawUpdate]:
        asked.append(since)
        return iter(())

    def hours_pass(prefix: str, seconds: float) -> None:
        with transaction(scene.engine) as connection:
            connection.execute(
                update(Heartbeat).where(Heartbeat.process.startswith(prefix)).values(at=db_now() - seconds)
            )

    scene.channel.missed_since = missed_since  # type: ignore[attr-defined]
    sweep.run(scene.parts)
    hours_pass("missed", 7200)
    hours_pass("caught", 7200)
    sweep.run(scene.parts)
    hours_pass("missed", 61)
    hours_pass("caught", 61)
    sweep.run(scene.parts)
    first, after_outage, usual = (round(time.time() - at) for at in asked)
    assert first >= 24 * 3600 - 60
    assert 7200 <= after_outage <= 7400
    assert usual <= 1000


def test_two_sweeps_at_once_are_harmless(scene: Stage) -> None:
    (chat,) = inbox.receive(scene.engine, scene.account, [RawUpdate("SM1", "a", "{}")])
    threads = [threading.Thread(target=sweep.run, args=(scene.parts,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row for _, row, _ in scene.wakes.calls} == {chat}


class Line:
    """Wake-ups that nobody takes: what a broker holds while the workers are down."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []
        self.answers = True

    def __call__(self, task: str, row_id: int, after_s: float = 0.0) -> None:
        self.calls.append((task, row_id))

    def waiting(self, task: str) -> int | None:
        return sum(name == task for name, _ in self.calls) if self.answers else None


def overdue(scene: Stage, count: int) -> set[int]:
    """Chats with a message and a reply that are due, and findings that are wanted."""
    chats = {scene.chat(f"c{n}") for n in range(count)}
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).values(due_at=db_now() - 60, send_due_at=db_now() - 60))
        for chat in chats:
            connection.execute(
                insert(FindingsJob).values(
                    chat_id=chat,
                    case_version=1,
                    photo_ids=[],
                    answers={},
                    floor="routine",
                    created_at=db_now(),
                )
            )
    return chats


def test_while_the_workers_are_down_sweeps_do_not_fill_the_broker(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "MOST_WAITING", {TURN: 20, DELIVER: 20, THINK: 1})
    chats = overdue(scene, 8)
    line = Line()
    parts = replace(scene.parts, wake=line)
    for _ in range(10):
        sweep.run(parts)
    assert {task: line.waiting(task) for task in QUEUE_OF} == {
        TURN: 20,
        DELIVER: 20,
        THINK: 1,
        "ngozi.sweep": 0,
    }
    assert {row for task, row in line.calls if task == TURN} == chats
    line.calls.clear()  # the broker was emptied: by a worker, or because it lost everything
    sweep.run(parts)
    assert {row for task, row in line.calls if task == TURN} == chats


def test_a_broker_that_does_not_say_how_much_waits_is_woken_all_the_same(scene: Stage) -> None:
    chats = overdue(scene, 2)
    line = Line()
    line.answers = False
    sweep.run(replace(scene.parts, wake=line))
    assert {row for task, row in line.calls if task == TURN} == chats


@pytest.mark.redis
def test_on_redis_neither_sweeps_nor_their_clock_grow_the_queues(
    scene: Stage, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "MOST_WAITING", {TURN: 5, DELIVER: 5, THINK: 1})
    overdue(scene, 3)
    app = make_celery(redis_server.url)
    wake = CeleryWake(app)
    try:
        for number in range(1, 6):
            sweep.run(replace(scene.parts, wake=wake))
            wake("ngozi.sweep", 0)
            end = time.monotonic() + 20
            while (wake.waiting(TURN) or 0) < min(5, 3 * number) or not wake.waiting("ngozi.sweep"):
                assert time.monotonic() < end
                time.sleep(0.02)
        for _ in range(3):
            wake("ngozi.sweep", 0)
        wake.close()
        assert [wake.waiting(task) for task in (TURN, DELIVER, THINK, "ngozi.sweep")] == [5, 5, 1, 1]
    finally:
        wake.close()
        with app.connection_for_write() as connection:
            for name in QUEUE_OF.values():
                connection.default_channel.queue_purge(name)
        app.close()


def test_what_a_crash_left_half_written_is_cleared(scene: Stage, tmp_path: Path) -> None:
    folder = Path(scene.parts.settings.media_url.removeprefix("file://"))
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / ("0" * 32 + ".part")
    half.write_bytes(b"half")
    os.utime(half, (0, 0))
    sweep.run(scene.parts)
    assert not half.exists()


PARTS = (
    "_wake_overdue",
    "_expire_photos",
    "_expire_webchat",
    "catch_up",
    "_delete_files",
    "_forget_copies",
    "_delete_orphans",
)


@pytest.mark.parametrize("failing", PARTS)
@pytest.mark.parametrize("error", [ZeroDivisionError(), OperationalError("select 1", None, OSError())])
def test_a_part_that_fails_keeps_no_other_from_running(
    scene: Stage, monkeypatch: pytest.MonkeyPatch, failing: str, error: Exception
) -> None:
    ran: list[str] = []

    def note(name: str) -> None:
        def part(*_: object) -> None:
            ran.append(name)
            if name == failing:
                raise error

        monkeypatch.setattr(sweep, name, part)

    for name in PARTS:
        note(name)
    sweep.run(scene.parts)
    assert ran == list(PARTS)


def test_a_provider_that_hangs_keeps_nothing_from_being_woken_or_deleted(scene: Stage) -> None:
    """One sweep hangs in the network; those that follow do what is due and do not join it."""
    hangs, goes_on = threading.Event(), threading.Event()

    def missed_since(_: float) -> Iterator[RawUpdate]:
        hangs.set()
        goes_on.wait(20)
        return iter(())

    scene.channel.missed_since = missed_since  # type: ignore[attr-defined]
    thread = threading.Thread(target=sweep.run, args=(scene.parts,))
    thread.start()
    assert hangs.wait(10)
    try:
        (chat,) = inbox.receive(scene.engine, scene.account, [RawUpdate("SM1", "a", "{}")])
        with transaction(scene.engine) as connection:
            connection.execute(update(InboundRow).values(state="done", received_at=1.0))
        with transaction(scene.engine) as connection:
            connection.execute(update(Heartbeat).values(at=Heartbeat.at - retention.EVERY_S - 1))
        assert woken(scene, TURN) == [chat]
        with transaction(scene.engine) as connection:
            assert connection.execute(select(func.count()).select_from(InboundRow)).scalar_one() == 0
        assert thread.is_alive()
    finally:
        goes_on.set()
        thread.join()


def test_copies_that_are_slow_to_delete_do_not_hold_up_a_sweep_for_ever(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(scene.engine) as connection:
        for n in range(10):
            connection.execute(
                insert(Forget).values(
                    channel="whatsapp",
                    account="main",
                    ref=f"r{n}",
                    message_ref="",
                    attempts=0,
                    next_try_at=db_now(),
                )
            )

    def slow(attachment: Attachment) -> None:
        scene.channel.forgotten.append(attachment)
        time.sleep(0.3)

    monkeypatch.setattr(sweep, "FORGET_FOR_S", 0.1)
    scene.channel.forget = slow  # type: ignore[method-assign]
    sweep.run(scene.parts)
    assert len(scene.channel.forgotten) == 1
    with transaction(scene.engine) as connection:
        left = connection.execute(select(Forget.attempts).where(Forget.next_try_at <= db_now())).scalars()
        assert list(left) == [0] * 9  # their turn comes in the next sweep; no try was used up


def test_a_file_that_cannot_be_deleted_keeps_no_other(scene: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = scene.parts.vault.put(b"x"), scene.parts.vault.put(b"y")
    real = type(scene.parts.vault).delete

    def delete(vault: object, name: str) -> None:
        if name == bad.name:
            raise VaultError("away")
        real(scene.parts.vault, name)

    monkeypatch.setattr(type(scene.parts.vault), "delete", delete)
    sweep._delete_files(scene.parts, sweep.Waste(names=(bad.name, good.name)))
    assert scene.parts.vault.names() == [bad.name]


def test_a_copy_of_an_account_that_is_gone_is_put_off_however_often(scene: Stage) -> None:
    with transaction(scene.engine) as connection:
        connection.execute(
            insert(Forget).values(
                channel="whatsapp",
                account="gone",
                ref="r",
                message_ref="",
                attempts=5000,
                next_try_at=db_now(),
            )
        )
    sweep.run(scene.parts)
    with transaction(scene.engine) as connection:
        wait_s = connection.execute(select(Forget.next_try_at - db_now())).scalar_one()
    assert 3600 < wait_s <= 6 * 3600
