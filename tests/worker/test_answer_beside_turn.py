"""A clinician answers at the console while the health worker of the case writes: on PostgreSQL neither of the two is refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from bot.cases import clinic, deeds, store, taken_codes
from bot.casework import codes
from bot.casework.answers import Answer
from bot.database import connect, reading, transaction
from bot.messages import Urgency
from bot.sealing import Sealer
from bot.tables import CaseRow, InboundRow
from tests.bot.cases.world import a_member
from tests.conftest import KEYS
from tests.console.desk_world import told
from tests.worker.stage import Stage, stage
from tests.worker.test_desk import Worker
from worker import desk

ROUNDS = 10


# SQLite's writers take turns.
pytestmark = pytest.mark.postgres


@pytest.fixture
def scene(copied_postgres: str, tmp_path: Path) -> Iterator[Stage]:
    engine = connect(copied_postgres, keys=KEYS)
    with stage(engine, tmp_path) as made:
        yield made
    engine.dispose()


def escalated(scene: Stage, worker: Worker) -> tuple[store.Case, int]:
    """A case of the worker's that a clinician is answering, and the clinician."""
    with transaction(scene.engine) as connection:
        doctor, _ = a_member(connection, "d1", "clinician")
        (code,) = taken_codes.proposed(connection, 1)
        case = store.open_case(
            connection, worker.chat, told("en", case_version=codes.first_version(code)), code=code
        )
        clinic.escalate(connection, case.id, "unsure")
        assert clinic.claim(connection, case.id, doctor)
    return case, doctor


def answer(scene: Stage, case: store.Case, doctor: int, wrong: list[Exception]) -> None:
    try:
        with transaction(scene.engine) as connection:
            said = Answer((), "Come in.", (), "")
            sealer = Sealer(scene.parts.settings.master_keys)
            deeds.answer(connection, sealer, case.id, doctor, said, Urgency.WEEK)
    except Exception as error:
        wrong.append(error)


def somebody_waits(scene: Stage) -> bool:
    """Whether a connection to this database waits for a lock."""
    asks = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    with reading(scene.engine) as connection:
        return bool(connection.execute(text(asks)).scalar_one())


def test_an_answer_waits_for_the_turn_that_is_at_its_case(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    case, doctor = escalated(scene, worker)
    wrong: list[Exception] = []
    clinicians = threading.Thread(target=answer, args=(scene, case, doctor, wrong))
    saves = store.save

    def with_the_answer_under_way(connection, row, *more, **named):  # type: ignore[no-untyped-def]
        if not clinicians.ident:
            clinicians.start()
            end = time.monotonic() + 20
            while not somebody_waits(scene) and clinicians.is_alive() and time.monotonic() < end:
                time.sleep(0.02)
        return saves(connection, row, *more, **named)

    monkeypatch.setattr(desk.store, "save", with_the_answer_under_way)
    worker.say(f"{case.code} it has grown a little")
    assert clinicians.ident, "the turn wrote the case"
    clinicians.join()
    assert wrong == []
    with reading(scene.engine) as connection:
        assert connection.execute(select(CaseRow.answered_at)).scalar_one() is not None
        assert set(connection.execute(select(InboundRow.state)).scalars()) == {"done"}


def test_answers_and_turns_at_once_refuse_nobody(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    case, doctor = escalated(scene, worker)
    wrong: list[Exception] = []
    for number in range(ROUNDS):
        with transaction(scene.engine) as connection:
            connection.execute(
                update(CaseRow).values(
                    escalated_at=1.0,
                    answered_at=None,
                    answer_told_at=None,
                    claimed_by=doctor,
                    claimed_until=1e12,
                )
            )
        clinicians = threading.Thread(target=answer, args=(scene, case, doctor, wrong))
        clinicians.start()
        worker.say(f"{case.code} it has grown, {number}")
        clinicians.join()
    assert wrong == []
    with reading(scene.engine) as connection:
        assert set(connection.execute(select(InboundRow.state)).scalars()) == {"done"}
