"""What was wanted of the models for a patient whose health worker works here no more waits for who gets the case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from bot import people, talk
from bot.cases import moving, store
from bot.database import transaction
from bot.tables import CaseRow, FindingsJob, Person, TalkJob
from tests.faults.stand_in import StandIn
from tests.worker.stage import Stage, stage
from tests.worker.test_desk import Worker, cases
from worker import turn
from worker.engine import Engine as FindingsEngine


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        yield made


def wanted(scene: Stage) -> list[str]:
    with transaction(scene.engine) as connection:
        return list(
            connection.execute(select(FindingsJob.kind).where(FindingsJob.state == "wanted")).scalars()
        )


def removed_meanwhile(scene: Stage) -> tuple[Worker, int, CaseRow]:
    """A health worker, their number, and their case: findings came after they were removed, and their chat had its turn."""
    worker = Worker(scene, "w1")
    worker.join()
    worker.forward("user:amina", "f1")
    (row,) = cases(scene)
    for _ in range(6):
        worker.say(f"open {row.code}")
        worker.through(row.code)
        if "findings" in wanted(scene):
            break
        FindingsEngine(scene.parts, StandIn).run()
        turn.run(scene.parts, worker.chat)
    with transaction(scene.engine) as connection:
        member = people.person_of(connection, worker.chat)
        assert member is not None
        people.remove(connection, member.id)
    FindingsEngine(scene.parts, StandIn).run()
    with transaction(scene.engine) as connection:
        job = connection.execute(select(FindingsJob.id).where(FindingsJob.kind == "findings")).scalar_one()
        talk_id = talk.want_description(
            connection, worker.chat, job, store.read(row).state.case_version, row.id
        )
        connection.execute(
            TalkJob.__table__.update().where(TalkJob.__table__.c.id == talk_id).values(state="parked")
        )
    turn.run(scene.parts, worker.chat)
    worker.say("hello")
    with transaction(scene.engine) as connection:
        for owner in (FindingsJob, TalkJob):
            kept = select(owner.id).where(owner.case_id == row.id, owner.applied.is_(False))
            assert connection.execute(kept).first() is not None
    return worker, member.id, row


def test_findings_that_came_after_a_health_worker_was_removed_are_told_to_who_gets_the_case(
    scene: Stage,
) -> None:
    _, _, row = removed_meanwhile(scene)
    heir = Worker(scene, "w2")
    heir.join()
    with transaction(scene.engine) as connection:
        case, member = store.by_id(connection, row.id), people.person_of(connection, heir.chat)
        assert case is not None
        assert member is not None
        moving.hand_over(connection, case, member.id)
    turn.run(scene.parts, heir.chat)
    (case_row,) = cases(scene)
    assert case_row.told_at is not None
    assert "findings" in heir.replies()[-1].key


def test_findings_that_came_while_somebody_was_removed_are_told_when_they_are_back(scene: Stage) -> None:
    worker, number, _ = removed_meanwhile(scene)
    with transaction(scene.engine) as connection:
        people.restore(connection, number, "chw", by=number)
        assert worker.chat in turn.overdue(connection, 10)
        assert connection.execute(select(Person.active).where(Person.id == number)).scalar_one()
    turn.run(scene.parts, worker.chat)
    (case_row,) = cases(scene)
    assert case_row.told_at is not None
