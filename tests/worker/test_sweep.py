"""The sweep: what nobody was woken for is woken, what is due is deleted, what the provider held back is fetched."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select, update

from bot import inbox
from bot.channels import MediaFailed, RawUpdate
from bot.clock import db_now
from bot.database import transaction
from bot.media.vault import VaultError
from bot.messages import Attachment
from bot.queue import DELIVER, TURN
from bot.tables import Chat, Forget, Heartbeat, InboundRow, Photo
from tests.worker.stage import Stage, stage
from worker import sweep


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
    import threading

    (chat,) = inbox.receive(scene.engine, scene.account, [RawUpdate("SM1", "a", "{}")])
    threads = [threading.Thread(target=sweep.run, args=(scene.parts,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row for _, row, _ in scene.wakes.calls} == {chat}
