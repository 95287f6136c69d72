"""Somebody blocks us, and writes again: a late word of the platform stops nothing, and what is said once is not lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from bot import receipts
from bot.channels import DeliveryStatus, SendFailed
from bot.database import transaction
from bot.tables import Chat
from tests.worker.stage import Stage, stage
from tests.worker.test_clinicians import patients_case
from tests.worker.test_desk import Worker, cases, jpeg
from worker import deliver, turn


@pytest.fixture
def whatsapp(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path, "whatsapp") as made:
        yield made


def all_leave(scene: Stage, person: Worker) -> None:
    for _ in range(12):
        scene.pass_time(60)
        deliver.run(scene.parts, person.chat)


def answered(scene: Stage) -> Worker:
    """A patient whose own case a clinician has answered; the answer is in line."""
    doctor, patient = Worker(scene, "d1"), Worker(scene, "p1")
    doctor.join("clinician")
    scene.channel.photos["f9"] = jpeg()
    patients_case(scene, patient, signs=True)
    (row,) = cases(scene)
    all_leave(scene, patient)
    doctor.say(f"take {row.code}")
    doctor.say("Ask for me at the gate")
    doctor.press(f"{row.code}~send.as_before")
    turn.run(scene.parts, patient.chat)
    assert (patient.replies()[-1].key, patient.replies()[-1].state) == ("opinion", "queued")
    return patient


@pytest.mark.parametrize("how", ["while it is sent", "by the platform", "before it is sent"])
def test_a_clinicians_answer_waits_for_a_patient_who_blocked_us(whatsapp: Stage, how: str) -> None:
    patient = answered(whatsapp)
    if how == "by the platform":
        patient.send("stopped")
    elif how == "while it is sent":
        whatsapp.channel.script = [SendFailed("stopped", code="63014")]
    else:
        with transaction(whatsapp.engine) as connection:
            connection.execute(Chat.__table__.update().where(Chat.id == patient.chat).values(stopped=True))
    before = len(whatsapp.channel.sent)
    all_leave(whatsapp, patient)
    assert len(whatsapp.channel.sent) == before, "nothing leaves while they have blocked us"
    patient.say("hello")
    all_leave(whatsapp, patient)
    (told,) = [reply for reply in patient.replies() if reply.key == "opinion"]
    assert (told.state, told.resent) == ("sent", 0)


def test_a_refusal_that_is_told_late_does_not_silence_who_has_written_since(whatsapp: Stage) -> None:
    patient = Worker(whatsapp, "p1")
    patient.say("hello")
    deliver.run(whatsapp.parts, patient.chat)
    first = patient.replies()[-1]
    patient.press("consent.yes")
    late = DeliveryStatus(f"{first.uuid}-0", first.provider_id or "", "failed", "63014")
    with transaction(whatsapp.engine) as connection:
        receipts.keep(connection, late, whatsapp.account)
        assert not connection.execute(select(Chat.stopped)).scalar_one()
    deliver.run(whatsapp.parts, patient.chat)
    asked = patient.replies()[-1]
    assert asked.key == "age"
    assert asked.state != "dropped"
    with transaction(whatsapp.engine) as connection:
        late = DeliveryStatus(f"{asked.uuid}-0", asked.provider_id or "", "failed", "63014")
        receipts.keep(connection, late, whatsapp.account)
        assert connection.execute(select(Chat.stopped)).scalar_one()
