"""After a month of silence what a chat was about is gone; its language, STOP, and how a member wants their desk stay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from bot import conversation, silence
from bot.cases import clinic
from bot.conversation.desk import DeskState, read_desk, write_desk
from bot.conversation.desk.state import Held
from bot.database import transaction
from bot.durations import DAY_S
from bot.messages import Inbound, Urgency
from bot.tables import Chat, ReplyRow
from tests.worker.stage import Stage, stage
from tests.worker.test_clinicians import patients_case
from tests.worker.test_desk import Worker, cases, jpeg, keys
from tests.worker.test_linking import answer, linked_case
from worker import retention, turn


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        yield made


def silent(scene: Stage, days: float = 32) -> None:
    """Nobody writes for so long, all that was said has arrived, and what is too old went."""
    free = dict.fromkeys(("due_at", "send_due_at", "turn_until", "send_until"))
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).values(last_inbound_at=Chat.last_inbound_at - days * DAY_S, **free))
        connection.execute(update(ReplyRow).values(state="sent"))
        connection.exec_driver_sql("update heartbeats set at = 1 where process = 'retention'")
    retention.run(scene.parts)


def stored(person: Worker) -> str:
    with transaction(person.scene.engine) as connection:
        return connection.execute(select(Chat.state).where(Chat.id == person.chat)).scalar_one() or ""


def test_a_later_answer_still_comes_in_the_language_of_the_patient_and_of_the_worker(scene: Stage) -> None:
    worker, doctor, patient, row = linked_case(scene)
    worker.say("language")
    worker.press("language.fr")
    answer(doctor, worker, row.code)
    silent(scene)
    with transaction(scene.engine) as connection:
        clinic.escalate(connection, row.id, "asked")
    doctor.say(f"take {row.code}")
    doctor.say("She must come at once")
    doctor.press(f"{row.code}~send.today")
    turn.run(scene.parts, worker.chat)
    assert (worker.replies()[-1].key, worker.replies()[-1].language) == ("opinion", "fr")
    assert (patient.replies()[-1].key, patient.replies()[-1].language) == ("opinion", "sw")


def test_a_clinician_who_is_silent_in_the_chat_still_hears_an_alarm_in_their_language(scene: Stage) -> None:
    doctor, patient = Worker(scene, "d1"), Worker(scene, "p1")
    doctor.join("clinician")
    doctor.say("language")
    doctor.press("language.fr")
    silent(scene)
    patient.say("hello")
    patient.press("consent.yes")
    patient.say("I want to kill myself")
    assert (doctor.replies()[-1].key, doctor.replies()[-1].language) == ("on_duty", "fr")


def test_whoever_said_stop_is_not_written_to_after_a_month_either(scene: Stage) -> None:
    doctor, patient = Worker(scene, "d1"), Worker(scene, "p1")
    doctor.join("clinician")
    scene.channel.photos["f9"] = jpeg()
    patients_case(scene, patient, signs=True)
    (row,) = cases(scene)
    patient.say("stop")
    silent(scene)
    before = keys(patient.replies())
    doctor.say(f"take {row.code}")
    doctor.say("How are you now?")
    doctor.press(f"{row.code}~send.as_before")
    turn.run(scene.parts, patient.chat)
    assert keys(patient.replies()) == before
    assert "opinion" in keys(patient.say("hello") or patient.replies())


def test_nothing_of_what_was_told_stays_and_nothing_is_cleared_twice(scene: Stage) -> None:
    patient, worker, former = Worker(scene, "p1"), Worker(scene, "w1"), Worker(scene, "w2")
    patient.say("hello")
    worker.join()
    former.join()
    told = replace(
        conversation.new_state("sw", 7),
        consent="yes",
        answers={"age": "adult", "group1": "fever"},
        floor=Urgency.TODAY,
        opinion=Urgency.NOW,
        photos=("a" * 32,),
        last_at=5.0,
    )
    held = (Held(Inbound("message", text="her hand itches"), 5.0, 1),)
    desk = DeskState(
        language="fr", draft="bring her", held=held, current="K7-42", latitude=0.35, longitude=32.6
    )
    with transaction(scene.engine) as connection:
        for chat, state in (
            (patient.chat, conversation.to_json(told)),
            (worker.chat, write_desk(desk)),
            (former.chat, write_desk(desk)),
        ):
            connection.execute(update(Chat).where(Chat.id == chat).values(state=state))
        connection.execute(update(Chat).where(Chat.id == former.chat).values(person_id=None))
    silent(scene)
    after = [stored(one) for one in (patient, worker, former)]
    assert conversation.from_json(after[0]) == conversation.new_state("sw", 8)
    assert not silence.said_stop(after[0])
    assert read_desk(after[1]) == DeskState(language="fr", latitude=0.35, longitude=32.6)
    assert conversation.from_json(after[2]) == conversation.new_state("fr")
    silent(scene, 1)
    assert [stored(one) for one in (patient, worker, former)] == after
