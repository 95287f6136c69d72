"""What a review of the durable core found: each test shows one way to lose a message, a reply or a chat."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, update

from bot import inbox, receipts
from bot.channels import Account, DeliveryStatus, MediaFailed, RawUpdate, SendFailed
from bot.database import transaction
from bot.media.vault import VaultUnavailable
from bot.sealing import Sealer
from bot.spool import Spool, Spooled
from bot.tables import Chat, FindingsJob, InboundRow
from tests.faults.script import AGREE
from tests.faults.stand_in import StandIn
from tests.worker.stage import Stage, stage
from tests.worker.test_turn import Talk, states
from worker import catching_up, deliver, turn
from worker.engine import Engine as FindingsEngine


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path, "whatsapp") as made:
        yield made


@pytest.fixture
def talk(scene: Stage) -> Talk:
    return Talk(scene)


def test_a_reply_that_cannot_be_rendered_does_not_hold_up_the_next(scene: Stage) -> None:
    chat = scene.chat()
    scene.say(chat, "no.such.message", "help.what")
    for _ in range(6):
        try:
            deliver.run(scene.parts, chat)
        except KeyError:
            pass
        scene.pass_time(700)
    assert len(scene.channel.sent) == 1


def test_a_reply_that_was_too_fast_is_due_again(scene: Stage) -> None:
    chat = scene.chat()
    scene.say(chat, "help.what")
    deliver.run(scene.parts, chat)
    (reply,) = scene.replies()
    with transaction(scene.engine) as connection:
        receipts.keep(connection, DeliveryStatus(f"{reply.uuid}-0", "P1", "failed", "63018"))
    with transaction(scene.engine) as connection:
        due_at = connection.execute(select(Chat.send_due_at).where(Chat.id == chat)).scalar_one()
    assert scene.replies()[0].state == "queued"
    assert due_at is not None


def test_a_part_that_failed_at_the_provider_is_not_taken_for_sent(scene: Stage) -> None:
    chat = scene.chat()
    scene.say(chat, "help.what")
    scene.channel.script = [SendFailed("unknown")]
    deliver.run(scene.parts, chat)
    (reply,) = scene.replies()
    with transaction(scene.engine) as connection:
        receipts.keep(connection, DeliveryStatus(f"{reply.uuid}-0", "SM1", "failed", "63018"))
    scene.pass_time(60)
    deliver.run(scene.parts, chat)
    assert len(scene.channel.sent) == 1


def test_a_reply_parked_for_days_outlives_an_outage_after_it(scene: Stage) -> None:
    chat = scene.chat()
    scene.say(chat, "help.what")
    scene.channel.script = [SendFailed("window", code="63016"), *[SendFailed("outage", code="connect")] * 6]
    deliver.run(scene.parts, chat)
    scene.pass_time(3 * 86_400)
    inbox.receive(scene.engine, scene.account, [RawUpdate("SM9", "c1", "{}")])
    turn.run(scene.parts, chat)
    for _ in range(6):
        deliver.run(scene.parts, chat)
        scene.pass_time(61)
    assert scene.replies()[0].state in ("queued", "sending")


def test_a_spool_that_cannot_be_cut_keeps_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealer = Sealer({1: bytes(32)})
    spool = Spool(tmp_path, sealer)
    account = Account("whatsapp", "main")
    for number in range(4):
        spool.append(Spooled(account, 1.0, update=RawUpdate(f"SM{number}", "a", "{}")))
    taken: list[str] = []

    def deliver_two(item: Spooled) -> None:
        if len(taken) == 2:
            raise OSError("database away")
        assert item.update is not None
        taken.append(item.update.external_id)

    write = os.write
    with monkeypatch.context() as patch:
        # A full disk writes what fits and says how much.
        patch.setattr(os, "write", lambda handle, data: write(handle, data[: len(data) // 2]))
        try:
            spool.drain(deliver_two)
        except OSError:
            pass
    spool.drain(lambda item: taken.append(item.update.external_id if item.update else ""))
    assert {"SM2", "SM3"} <= set(taken)


class Lists:
    """A channel whose provider is away at the first question."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    def missed_since(self, since: float) -> Iterator[RawUpdate]:
        self.asked.append(since)
        if len(self.asked) == 2:
            raise SendFailed("outage")
        return iter(())


def test_after_an_outage_a_failed_look_does_not_shorten_the_next(scene: Stage) -> None:
    lists: Any = Lists()
    scene.parts.channels[scene.account] = lists  # type: ignore[index]

    def pass_time(seconds: float) -> None:
        with transaction(scene.engine) as connection:
            connection.exec_driver_sql(f"update heartbeats set at = at - {seconds}")

    catching_up.catch_up(scene.parts)
    pass_time(7200)  # this machine was off for two hours
    catching_up.catch_up(scene.parts)  # the network is not up yet
    pass_time(70)
    catching_up.catch_up(scene.parts)
    assert lists.asked[2] <= lists.asked[1] + 10


def test_a_message_sent_after_the_wish_to_be_erased_is_answered(talk: Talk, scene: Stage) -> None:
    talk.say("hello")
    talk.say("/delete")
    talk.send(kind="choice", choice="delete.yes")
    talk.send(text="hello again")
    talk.turn()
    assert "parked" not in states(scene)


def wanted(talk: Talk) -> None:
    talk.to_last_answer()


def test_while_the_storage_is_away_findings_wait(
    talk: Talk, scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted(talk)

    def away(*_: object) -> bytes:
        raise VaultUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(type(scene.parts.vault), "get", away)
        FindingsEngine(scene.parts, StandIn).run()
    with transaction(scene.engine) as connection:
        found = select(FindingsJob.state).where(FindingsJob.kind == "findings")
        assert connection.execute(found).scalar_one() == "wanted"


def test_the_chat_is_locked_before_its_findings_job(talk: Talk, scene: Stage) -> None:
    """A turn holds the chat and then the job; the other order is a deadlock on PostgreSQL."""
    wanted(talk)
    written: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_: object) -> None:
        words = statement.split()
        if words[0] == "UPDATE":
            written.append(words[1])
        elif words[0] in ("COMMIT", "BEGIN"):
            written.append("-")

    def ended(_: object) -> None:
        written.append("-")  # PostgreSQL's driver says no COMMIT through a cursor

    event.listen(scene.engine, "before_cursor_execute", note)
    event.listen(scene.engine, "commit", ended)
    FindingsEngine(scene.parts, StandIn).run()
    event.remove(scene.engine, "commit", ended)
    event.remove(scene.engine, "before_cursor_execute", note)
    at = written.index("chats")
    assert written[at - 1] != "findings_jobs"


def test_a_chat_whose_state_cannot_be_read_goes_on(talk: Talk, scene: Stage) -> None:
    talk.say("hello")
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).values(state='{"version": "?"}'))
    talk.send(text="are you there?")
    for _ in range(12):
        talk.turn()
        with transaction(scene.engine) as connection:
            connection.execute(update(InboundRow).values(settle_until=None))
    assert states(scene)[-1] != "received"


def test_a_photograph_that_waits_for_its_provider_is_not_tried_faster_because_the_person_writes(
    talk: Talk, scene: Stage
) -> None:
    talk.say("hello")
    talk.say("English")
    talk.say(AGREE)
    tries: list[str] = []
    scene.channel.on_fetch = lambda attachment: tries.append(attachment.ref)
    scene.channel.photos["f1"] = MediaFailed("not yet", retryable=True)
    talk.photo("f1")
    talk.turn()
    talk.send(text="hello?")
    talk.turn()
    talk.send(text="are you there?")
    talk.turn()
    assert len(tries) <= 1


def test_messages_for_an_account_this_worker_does_not_know_wait(talk: Talk, scene: Stage) -> None:
    talk.send(text="hello")
    with_account = dict(scene.parts.channels)
    scene.parts.channels.clear()  # type: ignore[attr-defined]
    turn.run(scene.parts, talk.chat)
    scene.parts.channels.update(with_account)  # type: ignore[attr-defined]
    assert states(scene) == ["received"]


def test_erasing_at_the_terminal_takes_the_chat_before_its_rows(
    talk: Talk, scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn that commits between the deletions and the loss of its lease leaves its rows behind."""
    from rich.console import Console

    from worker import erasing, opened

    talk.say("hello")
    written: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_: object) -> None:
        words = statement.split()
        if words[0] in ("UPDATE", "DELETE"):
            written.append(words[1] if words[0] == "UPDATE" else words[2])

    monkeypatch.setattr(opened, "connect", lambda *_, **__: scene.engine)
    event.listen(scene.engine, "before_cursor_execute", note)
    erasing.run(scene.parts.settings, f"whatsapp:main:{talk.address}", Console(file=io.StringIO()))
    event.remove(scene.engine, "before_cursor_execute", note)
    assert written[0] == "chats"


def test_a_worker_that_is_at_work_is_not_taken_for_deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """engine.run may work for hours on a long line in one task: no task is taken meanwhile."""
    from celery.worker import state

    from worker import serving

    class Request:
        name = "ngozi.think"

    class Ended(Exception):
        pass

    def ends(_: int) -> None:
        raise Ended

    naps = iter(range(5))

    def nap(_: float) -> None:
        if next(naps, None) is None:
            raise StopIteration

    running = Request()
    state.active_requests.add(running)
    monkeypatch.setattr(serving, "SILENT_S", 0.0)
    monkeypatch.setattr(serving, "_waiting", lambda *_: True)
    monkeypatch.setattr(serving.time, "sleep", nap)
    monkeypatch.setattr(serving.os, "_exit", ends)
    try:
        with pytest.raises(StopIteration):
            serving._watchdog(object(), ["turn"])
    finally:
        state.active_requests.discard(running)
