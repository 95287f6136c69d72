"""The weekly summary comes once, whoever dies, to whoever has a case and wants it; in the chat they wrote in last."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select, update

from bot import outbox, people, weekly
from bot.channels import SendFailed
from bot.clock import db_now
from bot.conversation.desk import lists
from bot.database import transaction
from bot.leases import TURN, take
from bot.quiet_hours import QuietHours
from bot.tables import Chat, Person, ReplyRow, WeeklySummary
from tests.worker.stage import Stage, stage
from tests.worker.test_desk import Worker
from worker import deliver, desk, effects, sweep, turn

DAY_S = 86_400.0


class Died(BaseException):
    """The process is gone."""


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    env = {"NGOZI_QUIET_HOURS": "0-0", "NGOZI_DATABASE_URL": engine.url.render_as_string(False)}
    with stage(engine, tmp_path, env=env) as made:
        yield made


@pytest.fixture
def worker(scene: Stage) -> Worker:
    """A health worker with one case."""
    made = Worker(scene, "w1")
    made.join()
    made.forward("user:amina", text="look at this")
    return made


def swept(scene: Stage) -> list[int]:
    """The chats that a sweep wakes for a turn."""
    scene.wakes.calls.clear()
    sweep.run(scene.parts)
    return [row_id for task, row_id, _ in scene.wakes.calls if task == "ngozi.turn"]


def come_due(scene: Stage, days_ago: float = 0.01) -> None:
    with transaction(scene.engine) as connection:
        connection.execute(update(WeeklySummary).values(due_at=db_now() - days_ago * DAY_S))


def in_days(scene: Stage) -> float:
    """How soon the one worker's next summary is due."""
    with transaction(scene.engine) as connection:
        return float(connection.execute(select(WeeklySummary.due_at - db_now())).scalar_one() / DAY_S)


def told(worker: Worker) -> int:
    return sum(row.key == "week" for row in worker.replies())


def test_the_sweep_writes_the_row_wakes_the_chat_and_its_turn_tells_it_once(
    scene: Stage, worker: Worker
) -> None:
    swept(scene)
    assert 0 < in_days(scene) <= 7
    assert swept(scene) == []
    come_due(scene)
    assert swept(scene) == [worker.chat]
    turn.run(scene.parts, worker.chat)
    turn.run(scene.parts, worker.chat)
    (row,) = [r for r in worker.replies() if r.key == "week"]
    assert "desk.week.by_itself" in str(row.texts)
    assert 0 < in_days(scene) <= 7
    assert swept(scene) == []


@pytest.mark.parametrize("seed", range(8))
def test_it_is_told_exactly_once_whoever_dies_at_whatever_moment(
    scene: Stage, worker: Worker, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    swept(scene)
    come_due(scene)
    chance = random.Random(seed)
    places: list[tuple[Any, str]] = [(weekly, "done"), (outbox, "queue"), (effects, "record_turn"), (desk, "converse"),
                                     (weekly, "due"), (desk, "commit")]  # fmt: skip

    def dies(where: Any, name: str, after: bool) -> Any:
        real = getattr(where, name)

        def died(*args: Any, **more: Any) -> Any:
            if after:
                real(*args, **more)
            raise Died

        return died

    for _ in range(chance.randint(1, 5)):
        match chance.choice(["die", "die", "die", "live", "other", "sweep"]):
            case "die":
                where, name = chance.choice(places)
                with monkeypatch.context() as patch:
                    patch.setattr(where, name, dies(where, name, chance.random() < 0.5))
                    try:
                        turn.run(scene.parts, worker.chat)
                    except Died:
                        pass
            case "live":
                turn.run(scene.parts, worker.chat)
            case "other":
                with transaction(scene.engine) as connection:
                    take(connection, TURN, worker.chat, 30)
                turn.run(scene.parts, worker.chat)
            case "sweep":
                sweep.run(scene.parts)
        if chance.random() < 0.5:
            scene.pass_time(300)
        assert told(worker) == (in_days(scene) > 0)
    scene.pass_time(300)
    for chat in swept(scene):
        turn.run(scene.parts, chat)
    assert told(worker) == 1
    assert in_days(scene) > 0


def test_the_word_stops_it_and_the_other_brings_it_back(scene: Stage, worker: Worker) -> None:
    swept(scene)
    assert [r.key for r in worker.say("week off")] == ["week_off"]
    come_due(scene)
    assert swept(scene) == []
    turn.run(scene.parts, worker.chat)
    assert told(worker) == 0
    assert [r.key for r in worker.say("week")] == ["week"]
    assert "desk.week.by_itself" not in str(worker.replies()[-1].texts)
    assert [r.key for r in worker.say("week on")] == ["week_on"]
    assert 0 < in_days(scene) <= 7, "not at once"
    come_due(scene)
    assert swept(scene) == [worker.chat]


def test_whoever_had_no_case_hears_nothing_and_the_next_is_due_in_a_week(scene: Stage) -> None:
    idle = Worker(scene, "w2")
    idle.join()
    swept(scene)
    come_due(scene)
    assert swept(scene) == [idle.chat]
    turn.run(scene.parts, idle.chat)
    assert told(idle) == 0
    assert 0 < in_days(scene) <= 7


@pytest.mark.parametrize("values", [{"active": False}, {"role": "clinician"}])
def test_only_active_health_workers_are_told(scene: Stage, worker: Worker, values: dict[str, Any]) -> None:
    swept(scene)
    come_due(scene)
    with transaction(scene.engine) as connection:
        connection.execute(update(Person).values(**values))
    assert swept(scene) == []
    turn.run(scene.parts, worker.chat)
    assert told(worker) == 0


def test_a_chat_that_was_blocked_is_not_written_to(scene: Stage, worker: Worker) -> None:
    swept(scene)
    come_due(scene)
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).values(stopped=True))
    assert swept(scene) == []
    turn.run(scene.parts, worker.chat)
    assert told(worker) == 0


def test_of_two_chats_of_a_worker_the_one_they_wrote_in_last_is_told(scene: Stage, worker: Worker) -> None:
    other = scene.chat("w1 elsewhere")
    with transaction(scene.engine) as connection:
        person = people.person_of(connection, worker.chat)
        assert person is not None
        connection.execute(update(Chat).where(Chat.id == other).values(person_id=person.id))
        connection.execute(update(Chat).where(Chat.id == worker.chat).values(last_inbound_at=db_now() + 60))
    swept(scene)
    come_due(scene)
    assert swept(scene) == [worker.chat]
    turn.run(scene.parts, other)
    turn.run(scene.parts, worker.chat)
    turn.run(scene.parts, other)
    with transaction(scene.engine) as connection:
        chats = connection.execute(select(ReplyRow.chat_id).where(ReplyRow.key == "week")).scalars().all()
    assert chats == [worker.chat]


def test_nobody_is_told_at_night(scene: Stage, worker: Worker) -> None:
    swept(scene)
    come_due(scene)
    settings = scene.parts.settings
    with transaction(scene.engine) as connection:
        hour = int(connection.execute(select(db_now())).scalar_one() // 3600 % 24)
    night = replace(settings, quiet=QuietHours(ZoneInfo("UTC"), (hour - 1) % 24, (hour + 2) % 24))
    scene.parts = replace(scene.parts, settings=night)
    assert swept(scene) == []
    turn.run(scene.parts, worker.chat)
    assert told(worker) == 0


def test_after_three_days_in_which_nothing_could_be_told_the_next_monday_comes(
    scene: Stage, worker: Worker
) -> None:
    swept(scene)
    come_due(scene, days_ago=2.9)
    assert swept(scene) == [worker.chat]
    come_due(scene, days_ago=3.1)
    swept(scene)
    assert 0 < in_days(scene) <= 7
    turn.run(scene.parts, worker.chat)
    assert told(worker) == 0


def test_two_processes_that_plan_at_once_leave_one_time(scene: Stage, worker: Worker) -> None:
    with transaction(scene.engine) as connection:
        mine = weekly.to_plan(connection)
        weekly.plan(connection, mine, scene.parts.settings.quiet)
    before = in_days(scene)
    with transaction(scene.engine) as connection:
        weekly.plan(connection, mine, scene.parts.settings.quiet)
    assert round(in_days(scene) - before, 3) == 0


def test_a_fault_of_ours_costs_one_summary_and_not_the_chat(
    scene: Stage, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: Any) -> Any:
        raise RuntimeError("a fault in our code")

    swept(scene)
    come_due(scene)
    with monkeypatch.context() as patch:
        patch.setattr(lists, "weekly", fault)
        turn.run(scene.parts, worker.chat)
    scene.pass_time(60)
    assert 0 < in_days(scene) <= 7
    assert [r.key for r in worker.say("list")] == ["list"]
    assert told(worker) == 0


def test_outside_whatsapps_window_it_waits_and_goes_before_the_answer_or_never_once_it_is_old(
    engine: Engine, tmp_path: Path
) -> None:
    env = {"NGOZI_QUIET_HOURS": "0-0", "NGOZI_DATABASE_URL": engine.url.render_as_string(False)}
    with stage(engine, tmp_path, channel="whatsapp", env=env) as scene:
        worker = Worker(scene, "w1")
        worker.join()
        worker.forward("user:amina", text="look at this")
        for after_s, sent in ((60.0, True), (3.5 * DAY_S, False)):
            deliver.run(scene.parts, worker.chat)
            scene.pass_time(60)
            while len([r for r in worker.replies() if r.state == "queued"]):
                deliver.run(scene.parts, worker.chat)
                scene.pass_time(60)
            swept(scene)
            come_due(scene)
            turn.run(scene.parts, worker.chat)
            scene.channel.script = [SendFailed("window")]
            deliver.run(scene.parts, worker.chat)
            summary = [r for r in worker.replies() if r.key == "week"][-1]
            assert summary.state == "parked"
            with transaction(scene.engine) as connection:
                moved = ReplyRow.expires_at - after_s
                connection.execute(update(ReplyRow).where(ReplyRow.id == summary.id).values(expires_at=moved))
            worker.say("list")
            last = [r for r in worker.replies() if r.key == "week"][-1]
            assert last.state == ("queued" if sent else "dropped")
