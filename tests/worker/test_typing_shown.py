"""'typing' again and again while findings are wanted: by one process, in nobody's way, without writing a tick."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, insert, select, update

from bot import outbox, pace
from bot.channels import SendFailed
from bot.clock import db_now
from bot.conversation.events import WantFindings
from bot.database import transaction
from bot.tables import Breaker, Chat, FindingsJob, Rate
from tests.worker.stage import Stage, stage
from worker import deliver, effects, typing_shown
from worker.typing_shown import Typing


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


def wait(scene: Stage, address: str = "c1") -> int:
    """A chat whose findings are wanted."""
    chat = scene.chat(address)
    with transaction(scene.engine) as connection:
        effects.want_findings(connection, chat, WantFindings(1, ("p",), {}, "routine"))
    return chat


def watch(one: Typing, clock: Clock, seconds: int) -> int:
    """How many signs were shown in so many ticks of a second."""
    shown = 0
    for _ in range(seconds):
        shown += one.tick()
        clock.now += 1.0
    return shown


def test_the_sign_comes_every_four_seconds_until_the_findings_are_there(scene: Stage, clock: Clock) -> None:
    wait(scene)
    one = Typing(scene.parts, clock)
    assert watch(one, clock, 12) == 3
    with transaction(scene.engine) as connection:
        connection.execute(update(FindingsJob).values(state="done"))
    assert watch(one, clock, 8) == 0
    assert scene.channel.typed == ["c1"] * 3


def test_it_goes_on_while_the_engine_holds_the_job_and_ends_after_a_bound(scene: Stage, clock: Clock) -> None:
    wait(scene)
    with transaction(scene.engine) as connection:
        connection.execute(update(FindingsJob).values(token="t", until=db_now() + 60))
    one = Typing(scene.parts, clock)
    assert one.tick() == 1
    with transaction(scene.engine) as connection:
        connection.execute(update(FindingsJob).values(created_at=db_now() - typing_shown.SHOW_FOR_S - 1))
    assert watch(one, clock, 8) == 0


def test_a_chat_with_a_reply_in_line_or_that_stopped_gets_none(scene: Stage, clock: Clock) -> None:
    wait(scene)
    stopped = wait(scene, "c2")
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).where(Chat.address == "c1").values(send_due_at=db_now()))
        connection.execute(update(Chat).where(Chat.id == stopped).values(stopped=True))
    assert watch(Typing(scene.parts, clock), clock, 5) == 0


@pytest.mark.parametrize("what", ["pause of the chat", "busy account", "breaker"])
def test_replies_come_first_where_there_is_little_room(scene: Stage, clock: Clock, what: str) -> None:
    chat = wait(scene)
    with transaction(scene.engine) as connection:
        if what == "pause of the chat":
            pace.hold_back(connection, "telegram", chat, 30.0)
        elif what == "busy account":
            connection.execute(insert(Rate).values(scope="telegram:main", free_at=db_now() + 5))
        else:
            connection.execute(insert(Breaker).values(account="telegram:main", failures=1, open_until=0.0))
    assert watch(Typing(scene.parts, clock), clock, 5) == 0


def test_a_sign_takes_no_slot_from_a_reply(scene: Stage, clock: Clock) -> None:
    chat = wait(scene)
    one = Typing(scene.parts, clock)
    for _ in range(10):
        one.tick()
        clock.now += 4.0
    with transaction(scene.engine) as connection:
        assert [pace.reserve(connection, "telegram", "main", chat) for _ in range(3)] == [0.0] * 3


def test_of_two_processes_one_shows_and_the_other_follows_when_it_dies(scene: Stage, clock: Clock) -> None:
    wait(scene)
    first, second = Typing(scene.parts, clock), Typing(scene.parts, clock)
    for _ in range(9):
        assert first.tick() + second.tick() <= 1
        clock.now += 1.0
    assert len(scene.channel.typed) == 3
    # The first is killed: what it held runs out by the database's clock.
    with transaction(scene.engine) as connection:
        connection.execute(update(Rate).where(Rate.scope == "signs").values(free_at=db_now() - 1))
    clock.now += 4.0
    assert second.tick() == 1
    clock.now += 4.0
    assert first.tick() == 0


def test_a_tick_only_reads(scene: Stage, clock: Clock) -> None:
    wait(scene)
    one = Typing(scene.parts, clock)
    assert one.tick() == 1
    written: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "BEGIN")):
            written.append(statement)

    event.listen(scene.engine, "before_cursor_execute", note)
    try:
        watch(one, clock, 3)
        clock.now += 0.9
        one.tick()
    finally:
        event.remove(scene.engine, "before_cursor_execute", note)
    assert written == []


def test_many_who_wait_share_what_the_account_can_spare(scene: Stage, clock: Clock) -> None:
    for n in range(30):
        wait(scene, f"c{n}")
    one = Typing(scene.parts, clock)
    assert one.tick() == 5
    clock.now += 1.0
    watch(one, clock, 5)
    assert len(set(scene.channel.typed)) == len(scene.channel.typed) == 30


def test_an_account_that_hangs_over_a_sign_is_spared_them(
    scene: Stage, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        wait(scene, f"c{n}")

    def hang(address: str, _: str) -> None:
        scene.channel.typed.append(address)
        clock.now += 5.0

    monkeypatch.setattr(scene.channel, "typing", hang)
    one = Typing(scene.parts, clock)
    one.tick()
    clock.now += 10.0
    one.tick()
    assert len(scene.channel.typed) == 1
    clock.now += typing_shown.REST_S
    one.tick()
    assert len(scene.channel.typed) == 2


def test_delivering_waits_for_no_sign(scene: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_address: str, _context: str) -> None:
        raise AssertionError("a reply waited for a sign")

    monkeypatch.setattr(scene.channel, "typing", never)
    chat = wait(scene)
    with transaction(scene.engine) as connection:
        from bot.messages import Reply, Text

        outbox.queue(connection, chat, 1, [Reply((Text("findings.still_looking"),), (), "looking")], "en")
    scene.channel.script = [SendFailed("later", code="x")]
    deliver.run(scene.parts, chat)
    scene.pass_time(6)
    deliver.run(scene.parts, chat)
    assert len(scene.channel.sent) == 1
    with transaction(scene.engine) as connection:
        assert connection.execute(select(Chat.send_due_at)).scalar_one() is None
