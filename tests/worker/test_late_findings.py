"""No engine is at work, for hours: the person hears that somebody must look, and a clinician gets the case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from bot import conversation
from bot.clock import db_now
from bot.database import transaction
from bot.tables import CaseRow, Chat, FindingsJob, Heartbeat
from tests.faults.stand_in import StandIn
from tests.worker.stage import Stage, stage
from tests.worker.test_desk import Worker
from tests.worker.test_turn import Talk
from worker import late_findings, sweep, turn
from worker.engine import Engine as FindingsEngine


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        yield made


def waits_since(scene: Stage, seconds: float, **more: object) -> None:
    with transaction(scene.engine) as connection:
        connection.execute(
            update(FindingsJob)
            .where(FindingsJob.state == "wanted")
            .values(created_at=db_now() - seconds, **more)
        )


def jobs(scene: Stage) -> list[str]:
    with transaction(scene.engine) as connection:
        found = select(FindingsJob.state).where(FindingsJob.kind == "findings")
        return list(connection.execute(found).scalars())


def said(replies: list[object]) -> list[str]:
    return [text["id"] for reply in replies for text in reply.texts["paragraphs"]]  # type: ignore[attr-defined]


def test_after_hours_it_is_said_that_a_person_must_look_and_a_clinician_gets_the_case(scene: Stage) -> None:
    doctor = Worker(scene, "d1")
    doctor.join("clinician")
    talk = Talk(scene)
    talk.to_last_answer()
    before = len(talk.replies())
    waits_since(scene, late_findings.LATE_S - 60)
    sweep.run(scene.parts)
    assert jobs(scene) == ["wanted"]
    waits_since(scene, late_findings.LATE_S + 60)
    sweep.run(scene.parts)
    talk.turn()
    assert jobs(scene) == ["parked"]
    told = said(talk.replies()[before:])
    assert "findings.failed" in told
    assert any(one.endswith(".week") or ".week" in one for one in told), told
    with transaction(scene.engine) as connection:
        case = connection.execute(select(CaseRow)).one()
        assert (case.reason, case.answered_at, case.escalated_at is not None) == ("unsure", None, True)
    # The engine comes back: one case, one result.
    FindingsEngine(scene.parts, StandIn).run()
    sweep.run(scene.parts)
    talk.turn()
    assert said(talk.replies()[before:]) == told


def test_a_health_worker_hears_it_of_their_patient(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    worker.forward("telegram:1", "f1", "my mole grew")
    with transaction(scene.engine) as connection:
        code = connection.execute(select(CaseRow.code)).scalar_one()
    worker.through(code)
    assert jobs(scene) == ["wanted"]
    waits_since(scene, late_findings.LATE_S + 60)
    before = len(worker.replies())
    sweep.run(scene.parts)

    turn.run(scene.parts, worker.chat)
    assert jobs(scene) == ["parked"]
    told = said(worker.replies()[before:])
    assert "desk.soon.week" in told, told
    with transaction(scene.engine) as connection:
        state = conversation.from_json(connection.execute(select(CaseRow.state)).scalar_one())
    assert state.findings is not None
    # What the rules know of it stands in, as wherever the model fails.
    assert state.findings.basis == "rules"


def test_what_an_engine_is_at_is_its_to_finish(scene: Stage) -> None:
    talk = Talk(scene)
    talk.to_last_answer()
    waits_since(scene, 10 * late_findings.LATE_S, until=db_now() + 60, token="t")
    sweep.run(scene.parts)
    assert jobs(scene) == ["wanted"]
    waits_since(scene, 10 * late_findings.LATE_S, until=db_now() - 1)
    sweep.run(scene.parts)
    assert jobs(scene) == ["parked"]
    with transaction(scene.engine) as connection:
        due_at = connection.execute(select(Chat.due_at).where(Chat.id == talk.chat)).scalar_one()
    assert due_at is not None, "found by the sweep where nobody was woken"


def test_after_a_pause_in_which_nobody_swept_an_engine_has_an_hour_to_come(scene: Stage) -> None:
    """A power cut of four hours: what waited is old, and the model is still being loaded."""
    talk = Talk(scene)
    talk.to_last_answer()
    sweep.run(scene.parts)
    waits_since(scene, late_findings.LATE_S + 60)
    beat(scene, "sweep", 4 * 3600.0)
    for _ in range(2):
        sweep.run(scene.parts)
        assert jobs(scene) == ["wanted"]
    beat(scene, "pause", 3700.0)
    sweep.run(scene.parts)
    assert jobs(scene) == ["parked"]


def beat(scene: Stage, process: str, ago_s: float) -> None:
    with transaction(scene.engine) as connection:
        connection.execute(update(Heartbeat).where(Heartbeat.process == process).values(at=db_now() - ago_s))
