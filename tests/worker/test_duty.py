"""Whoever wants to die or is hurt: the clinicians hear of it at once, once, by a code and the kind of danger alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

import locales
from bot import conversation, outbox, reply_json
from bot.cases import clinic, store
from bot.channels import LIMITS, SendFailed
from bot.conversation import handover
from bot.conversation.desk.state import read_desk, write_desk
from bot.database import transaction
from bot.messages import Urgency
from bot.rendering import render_reply
from bot.tables import Chat, ReplyRow
from tests.worker.stage import Stage, stage
from tests.worker.test_desk import Worker, cases, keys
from worker import deliver, turn

DIE, HURT = "I want to die", "my husband beats me"


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        yield made


def told(clinician: Worker) -> list[ReplyRow]:
    return [reply for reply in clinician.replies() if reply.key == "on_duty"]


def said(reply: ReplyRow) -> list[str]:
    return [text["id"] for text in reply.texts["paragraphs"]]


def shown(reply: ReplyRow) -> str:
    made = render_reply(reply_json.reply_from_json(reply.texts), reply.language, LIMITS["telegram"])
    return "\n".join(made.parts)


def state_of(scene: Stage, chat: int) -> str:
    with transaction(scene.engine) as connection:
        return str(connection.execute(select(Chat.state).where(Chat.id == chat)).scalar_one())


def person_of(scene: Stage, worker: Worker) -> int:
    with transaction(scene.engine) as connection:
        found = connection.execute(select(Chat.person_id).where(Chat.id == worker.chat)).scalar_one()
    return int(found or 0)


def staff(scene: Stage, *names: str) -> list[Worker]:
    found = [Worker(scene, name) for name in names]
    for one in found:
        one.join("clinician")
    return found


@pytest.mark.parametrize(("words", "kind", "other"), [(DIE, "die", "hurt"), (HURT, "hurt", "die")])
def test_every_clinician_is_told_at_once_by_the_code_and_the_kind_alone(
    scene: Stage, words: str, kind: str, other: str
) -> None:
    doctors = staff(scene, "d1", "d2")
    patient = Worker(scene, "p1")
    patient.say(words)
    (row,) = cases(scene)
    for doctor in doctors:
        (reply,) = told(doctor)
        assert said(reply) == ["desk.case", f"clinic.harm.{kind}", "clinic.harm.now", "clinic.take_it"]
        assert row.code in shown(reply)
        assert reply.texts["choices"] == []
        assert keys([reply]) == ["on_duty"]
    assert f"clinic.harm.{other}" not in str([r.texts for d in doctors for r in told(d)])


def test_each_hears_it_in_their_own_language_and_who_stopped_or_left_hears_nothing(scene: Stage) -> None:
    swahili, stopped, gone = staff(scene, "d1", "d2", "d3")
    swahili.press("language.sw")
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).where(Chat.id == stopped.chat).values(stopped=True))
        connection.execute(update(Chat).where(Chat.id == gone.chat).values(person_id=None))
    Worker(scene, "p1").say(DIE)
    (reply,) = told(swahili)
    assert reply.language == "sw"
    assert locales.render(locales.Text("clinic.harm.die"), "sw") in shown(reply)
    assert told(stopped) == told(gone) == []


def test_what_is_said_again_in_the_same_case_is_told_once_and_another_danger_is_told_too(
    scene: Stage,
) -> None:
    (doctor,) = staff(scene, "d1")
    patient = Worker(scene, "p1")
    patient.say(DIE)
    patient.say("i really want to die")
    patient.press("safe.go_on")
    patient.say(DIE)
    assert len(told(doctor)) == 1
    patient.say(HURT)
    assert [said(reply)[1] for reply in told(doctor)] == ["clinic.harm.die", "clinic.harm.hurt"]
    patient.say(DIE)
    assert len(told(doctor)) == 2
    (row,) = cases(scene)
    assert {"handover.die", "handover.hurt"} <= {*conversation.from_json(row.state).answers}


def test_it_is_told_anew_once_a_clinician_has_answered_and_in_the_next_case(scene: Stage) -> None:
    (doctor,) = staff(scene, "d1")
    patient = Worker(scene, "p1")
    patient.say(DIE)
    (row,) = cases(scene)
    doctor.say(f"take {row.code}")
    doctor.say("Please call me")
    doctor.press(f"{row.code}~send.as_before")
    patient.say(DIE)
    assert len(told(doctor)) == 2
    patient.say("new")
    patient.say(DIE)
    assert len(told(doctor)) == 3
    assert [one.code == row.code for one in cases(scene)] == [True, False]


def test_a_turn_that_dies_tells_it_once_when_it_is_done_again(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    (doctor,) = staff(scene, "d1")
    patient = Worker(scene, "p1")
    whole, tries = outbox.queue, 0

    def dies_once(*args: Any, **named: Any) -> None:
        nonlocal tries
        tries += 1
        whole(*args, **named)
        if tries == 2:  # the alert is in line, then the patient's own reply: everything is undone
            raise RuntimeError("gone")

    monkeypatch.setattr(outbox, "queue", dies_once)
    patient.say(DIE)
    assert (tries, told(doctor), cases(scene)) == (2, [], [])
    scene.pass_time(60)
    turn.run(scene.parts, patient.chat)
    assert len(told(doctor)) == len(cases(scene)) == 1


def test_of_who_agreed_to_nothing_the_case_holds_the_hand_over_alone(scene: Stage) -> None:
    staff(scene, "d1")
    patient = Worker(scene, "p1")
    patient.press("language.en")
    patient.press("consent.no", "age.adult", "danger1.none")
    patient.say(DIE)
    (row,) = cases(scene)
    assert set(conversation.from_json(row.state).answers) == {"handover.die"}
    agreed = Worker(scene, "p2")
    agreed.press("language.en")
    agreed.press("consent.yes", "age.adult", "danger1.none")
    agreed.say(DIE)
    assert conversation.from_json(cases(scene)[-1].state).answers["age"] == "adult"


def test_a_health_workers_patient_is_told_of_too_under_their_own_code(scene: Stage) -> None:
    (doctor,) = staff(scene, "d1")
    worker = Worker(scene, "w1")
    worker.join()
    worker.forward("user:amina", text=DIE)
    (row,) = cases(scene)
    assert (row.reason, row.urgency) == (handover.HARM, "now")
    (reply,) = told(doctor)
    assert row.code in shown(reply)
    worker.forward("user:amina", text=DIE)
    worker.press(f"{row.code}~safe.go_on")
    assert len(told(doctor)) == 1
    assert cases(scene)[0].urgency == "now", "it waits for a person still"


@pytest.mark.parametrize("words", [DIE, HURT])
def test_of_a_health_worker_clinicians_hear_who_and_neither_what_nor_which_danger(
    scene: Stage, words: str
) -> None:
    doctors = staff(scene, "d1", "d2")
    worker = Worker(scene, "w1")
    worker.join()
    worker.say(words)
    assert "desk.own.told" in [text for reply in worker.replies() for text in said(reply)]
    for doctor in doctors:
        (reply,) = told(doctor)
        assert said(reply) == ["clinic.harm.member"]
        assert f"Health worker {person_of(scene, worker)}" in shown(reply)
        assert reply.texts["choices"] == []
        assert not any(word in shown(reply) for word in ("die", "beats", "husband", "harm"))
        assert reply.case_id is None
    assert cases(scene) == []
    kept = state_of(scene, worker.chat)
    worker.press("gather1.me")
    worker.say(words)
    assert [len(told(doctor)) for doctor in doctors] == [1, 1], "once while it is about this"
    assert "harm" not in kept


def test_who_writes_it_again_hours_later_is_told_of_again(scene: Stage) -> None:
    (doctor,) = staff(scene, "d1")
    worker = Worker(scene, "w1")
    worker.join()
    worker.say(DIE)
    desk = read_desk(state_of(scene, worker.chat))
    earlier = replace(desk, alarmed_at=(desk.alarmed_at or 0) - 3601)
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).where(Chat.id == worker.chat).values(state=write_desk(earlier)))
    worker.say(DIE)
    assert len(told(doctor)) == 2


def test_of_a_clinician_the_other_clinicians_hear_and_who_is_alone_is_not_told_of_any(scene: Stage) -> None:
    (alone,) = staff(scene, "d1")
    alone.say(DIE)
    assert told(alone) == []
    assert "desk.own.told" not in [text for reply in alone.replies() for text in said(reply)]
    (other,) = staff(scene, "d2")
    alone.say(DIE)
    assert told(alone) == []
    assert [said(reply) for reply in told(other)] == [["clinic.harm.member"]]


def test_words_that_were_a_patients_open_their_case_too(scene: Stage) -> None:
    (doctor,) = staff(scene, "d1")
    worker = Worker(scene, "w1")
    worker.join()
    worker.forward("user:amina", "f1")
    (row,) = cases(scene)
    worker.say(DIE)
    worker.press(f"gather1.{row.code}")
    assert [said(reply)[0] for reply in told(doctor)] == ["clinic.harm.member", "desk.case"]


def test_the_case_stands_first_in_the_queue_and_says_what_the_danger_is(scene: Stage) -> None:
    (doctor,) = staff(scene, "d1")
    patient = Worker(scene, "p2")
    chat_id = scene.chat("x")
    with transaction(scene.engine) as connection:
        other = store.open_case(connection, chat_id, conversation.new_state("en"))
        other = store.save(connection, replace(other, found_urgency=Urgency.TODAY))
        clinic.escalate(connection, other.id, "urgent")
    patient.say(DIE)
    code = cases(scene)[-1].code
    (queue,) = doctor.say("queue")
    assert [c["code"] for c in queue.texts["choices"]] == [f"{code}~take.yes", f"{other.code}~take.yes"]
    assert "clinic.due.now" in str(queue.texts)
    (opened,) = doctor.say(f"take {code}")
    assert said(opened)[:2] == ["desk.case", "clinic.harm.die"]
    assert not any(one.startswith("desk.soon.") for one in said(opened)), "nobody knows how soon for the skin"


def test_go_now_and_the_hand_over_at_once_are_one_case_and_one_message(scene: Stage) -> None:
    (doctor,) = staff(scene, "d1")
    patient = Worker(scene, "p1")
    patient.press("language.en")
    patient.press("consent.yes", "age.adult")
    patient.say(f"{DIE}. I cannot breathe")
    (row,) = cases(scene)
    assert (row.reason, row.urgency, row.told_at is not None) == (handover.HARM, "now", True)
    assert [reply.key for reply in doctor.replies() if reply.case_id == row.id] == ["on_duty"]


def test_where_nobody_answers_cases_nothing_is_opened(scene: Stage) -> None:
    Worker(scene, "p1").say(DIE)
    assert cases(scene) == []


def test_the_setting_for_patients_cases_does_not_keep_it_from_those_on_duty(scene: Stage) -> None:
    (doctor,) = staff(scene, "d1")
    scene.parts = replace(scene.parts, settings=replace(scene.parts.settings, ask_clinicians=False))
    Worker(scene, "p1").say(DIE)
    assert len(told(doctor)) == 1


def test_a_closed_whatsapp_window_parks_it_until_the_clinician_writes(scene: Stage) -> None:
    (doctor,) = staff(scene, "d1")
    deliver.run(scene.parts, doctor.chat)
    Worker(scene, "p1").say(DIE)
    scene.channel.script = [SendFailed("window")]
    deliver.run(scene.parts, doctor.chat)
    assert [reply.state for reply in told(doctor)] == ["parked"]
    doctor.say("queue")
    scene.pass_time(10)  # a knock has left (test_knocking)
    deliver.run(scene.parts, doctor.chat)
    assert [reply.state for reply in told(doctor)] == ["sent"]
