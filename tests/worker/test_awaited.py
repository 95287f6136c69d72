"""What a clinician asked for comes back to the clinicians; a clinician who only signs in at the console is somebody to ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select, update

from bot import conversation, people
from bot.cases import blinded, casefile, clinic, deeds, notes, opinions, review, store
from bot.casework.answers import Answer
from bot.console import logins
from bot.conversation import course
from bot.database import transaction
from bot.messages import Urgency
from bot.tables import CaseNote, CaseRow, Chat, ReviewItem
from tests.faults.stand_in import StandIn
from tests.worker.stage import Stage, stage
from tests.worker.test_clinicians import asked, ids, patients_case
from tests.worker.test_desk import Worker, cases, jpeg, keys
from worker import turn
from worker.engine import Engine as FindingsEngine


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        yield made


def a_clinician(scene: Stage) -> int:
    """Somebody who signs in at the console and has no chat."""
    with transaction(scene.engine) as connection:
        return logins.add(connection, "asha", "no hash", "clinician")


def answered(scene: Stage, doctor: int, code: str, said: Answer, urgency: Urgency | None = None) -> int:
    """The deed of the console; the chat that is due."""
    with transaction(scene.engine) as connection:
        case_id = connection.execute(select(CaseRow.id).where(CaseRow.code == code)).scalar_one()
        deeds.take(connection, case_id, doctor)
        return deeds.answer(connection, scene.parts.sealer, case_id, doctor, said, urgency)


def cases_id(connection: Connection, code: str) -> int:
    return connection.execute(select(CaseRow.id).where(CaseRow.code == code)).scalar_one()


def an_emergency(scene: Stage) -> tuple[Worker, CaseRow, int]:
    doctor, patient = a_clinician(scene), Worker(scene, "p1")
    scene.channel.photos["f9"] = jpeg()
    patients_case(scene, patient, signs=True)
    (row,) = cases(scene)
    return patient, row, doctor


def test_a_patients_case_is_put_before_clinicians_who_have_no_chat(scene: Stage) -> None:
    _, row, _ = an_emergency(scene)
    assert (row.urgency, row.reason) == ("now", "urgent")


def test_the_answer_comes_in_the_persons_language_sentence_by_sentence(scene: Stage) -> None:
    patient, row, doctor = an_emergency(scene)
    chat = answered(scene, doctor, row.code, Answer(("now", "clean"), "I wait at the gate"), Urgency.NOW)
    turn.run(scene.parts, chat)
    assert patient.replies()[-1].key == "opinion"
    assert ids(patient) == ["clinic.patient", "clinic.say.clean", "clinic.own_words", "clinic.patient.now"]
    assert "clinic.say.now" in str(patient.replies()[-1].texts)


def test_less_than_the_danger_signs_is_told_in_the_clinicians_words_alone(scene: Stage) -> None:
    patient, row, doctor = an_emergency(scene)
    chat = answered(scene, doctor, row.code, Answer(own="It was a false alarm"), Urgency.ROUTINE)
    turn.run(scene.parts, chat)
    assert ids(patient) == ["clinic.patient"], "no sentence of ours says less than the signs"
    with transaction(scene.engine) as connection:
        case = store.by_id(connection, row.id)
    assert case is not None
    assert (case.found_urgency, case.state.floor, case.opinion) == (Urgency.NOW, Urgency.NOW, Urgency.ROUTINE)


def test_a_patients_answer_reaches_the_clinicians_and_nobody_else(scene: Stage) -> None:
    patient, row, doctor = an_emergency(scene)
    turn.run(scene.parts, answered(scene, doctor, row.code, Answer(("ask",), question="danger.d04")))
    assert "clinic.say.ask" in str(patient.replies()[-1].texts)
    assert cases(scene)[0].asked == "answer"
    replies = patient.say("since three days, amina says")
    assert replies[-1].key == "kept"
    (after,) = cases(scene)
    assert (after.id, after.reason, after.asked, after.answered_at) == (row.id, "came", "", None)
    with transaction(scene.engine) as connection:
        written = notes.of_case(connection, scene.parts.sealer, row.id, "patient")
        assert [note.text for note in written] == ["since three days, amina says"]
    assert [reply.key for reply in patient.say("thank you")][-1:] != ["kept"], "only what was asked for"


def test_what_a_clinician_told_comes_back_neither_as_a_sign_of_danger_nor_as_what_the_computer_said(
    scene: Stage,
) -> None:
    doctor, patient = a_clinician(scene), Worker(scene, "p1")
    scene.channel.photos["f9"] = jpeg()
    patients_case(scene, patient, signs=False)
    for _ in range(6):
        codes = [choice["code"] for choice in patient.replies()[-1].texts["choices"]]
        if not (harmless := [code for code in codes if code.endswith((".none", ".no", "skin.2"))]):
            break
        patient.press(harmless[0])
        FindingsEngine(scene.parts, StandIn).run()
        turn.run(scene.parts, patient.chat)
    with transaction(scene.engine) as connection:
        written = connection.execute(select(Chat.state).where(Chat.id == patient.chat)).scalar_one()
        before = conversation.from_json(written or "")
        own = course.urgency(before)
        assert own.rank > Urgency.TODAY.rank
        opened = store.open_case(connection, patient.chat, before)
        opened = store.save(connection, replace(opened, found_urgency=own, told_at=1.0))
        clinic.escalate(connection, opened.id, "unsure")
    said = Answer(("ask",), question="danger.d04")
    turn.run(scene.parts, answered(scene, doctor, opened.code, said, Urgency.TODAY))
    assert ids(patient)[-1] == "clinic.patient.today"
    assert "kept" in [reply.key for reply in patient.say("since three days")]
    with transaction(scene.engine) as connection:
        case = store.by_id(connection, opened.id)
        assert case is not None
        assert (case.reason, case.opinion) == ("came", Urgency.TODAY)
        assert (case.state.floor, case.found_urgency, casefile.opened(case).urgency) == (
            before.floor,
            own,
            own,
        )
        opinions.add(connection, case, doctor, opinions.NONE, Urgency.TODAY)
        (thought,) = opinions.of_case(connection, case.id)
        assert (thought.told_urgency, thought.floor) == (own, before.floor)
        drawn = [review.Drawn(case.id, None)]
        review.start(connection, drawn, doctor)
        item = connection.execute(select(ReviewItem.id)).scalar_one()
        shown = blinded.shown(connection, scene.parts.sealer, item)
        assert shown is not None
        assert shown.soon is own
        written = connection.execute(select(Chat.state).where(Chat.id == patient.chat)).scalar_one()
        assert course.soon(conversation.from_json(written or "")) is Urgency.TODAY, (
            "the person is told no less"
        )


@pytest.mark.parametrize("text", ["help", "/start", "Kiswahili", "thank you"])
def test_what_is_said_to_the_conversation_is_not_taken_for_the_answer(scene: Stage, text: str) -> None:
    patient, row, doctor = an_emergency(scene)
    turn.run(scene.parts, answered(scene, doctor, row.code, Answer(("ask",), question="danger.d04")))
    assert "kept" not in keys(patient.say(text))
    assert cases(scene)[0].asked == "answer"
    assert "kept" in keys(patient.say("since three days")), "the answer is still waited for"


def test_what_is_said_of_a_new_problem_changes_nothing_of_the_case_before(scene: Stage) -> None:
    patient, row, doctor = an_emergency(scene)
    turn.run(scene.parts, answered(scene, doctor, row.code, Answer(("ask",), question="danger.d04")))
    patient.say("new")
    assert "kept" not in keys(patient.say("it is on my arm"))
    (after,) = cases(scene)
    assert (after.asked, after.state, after.urgency) == ("answer", row.state, "now")


def test_a_photograph_that_was_asked_for_after_a_result_joins_the_case_and_takes_nothing_of_it(
    scene: Stage,
) -> None:
    doctor, patient = a_clinician(scene), Worker(scene, "p1")
    scene.channel.photos.update(f9=jpeg(), f8=jpeg(2))
    patients_case(scene, patient, signs=False)
    for _ in range(6):
        codes = [choice["code"] for choice in patient.replies()[-1].texts["choices"]]
        if not (harmless := [code for code in codes if code.endswith((".none", ".no", "skin.2"))]):
            break
        patient.press(harmless[0])
        FindingsEngine(scene.parts, StandIn).run()
        turn.run(scene.parts, patient.chat)
    with transaction(scene.engine) as connection:
        written = connection.execute(select(Chat.state).where(Chat.id == patient.chat)).scalar_one()
        before = conversation.from_json(written or "")
        assert course.part(before) == "findings"
        assert before.photos
        code = store.open_case(connection, patient.chat, replace(before, floor=Urgency.WEEK)).code
        clinic.escalate(connection, cases_id(connection, code), "unsure")
    turn.run(scene.parts, answered(scene, doctor, code, Answer(("photo",))))
    patient.send(attachments=[{"ref": "f8", "message_ref": "m8"}])
    assert "kept" in [reply.key for reply in patient.replies()]
    (after,) = cases(scene)
    kept = conversation.from_json(after.state)
    assert (after.reason, after.asked, after.answered_at) == ("came", "", None)
    assert (kept.earlier_photos, len(kept.photos)) == (before.photos, 1)
    assert (kept.answers, kept.findings, kept.floor) == (before.answers, before.findings, Urgency.WEEK)


def test_a_photograph_that_a_clinician_asked_for_in_their_chat_comes_back_too(scene: Stage) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    row = asked(scene, worker)

    def answer(choice: str) -> None:
        doctor.say(f"take {row.code}")
        doctor.press(f"{row.code}~say.{choice}", f"{row.code}~send.as_before")
        turn.run(scene.parts, worker.chat)

    answer("photo")
    (waits,) = cases(scene)
    assert (waits.asked, waits.answered_at is not None) == ("photo", True), (
        "so the list says what is waited for"
    )
    worker.forward("user:amina", "f7")
    if cases(scene)[0].answered_at is not None:
        worker.press(f"{row.code}~same.yes")
    (after,) = cases(scene)
    assert (after.reason, after.asked, after.answered_at) == ("came", "", None)
    answer("photo")
    with transaction(scene.engine) as connection:
        clinic.escalate(connection, row.id, "asked")
    answer("watch")
    assert cases(scene)[0].asked == "", "the later answer asks for nothing"


def test_the_words_of_who_worked_here_are_not_filed_with_a_patient_they_had(scene: Stage) -> None:
    doctor, worker = a_clinician(scene), Worker(scene, "w1")
    worker.join()
    row = asked(scene, worker)
    turn.run(scene.parts, answered(scene, doctor, row.code, Answer(("ask",), question="danger.d04")))
    with transaction(scene.engine) as connection:
        member = people.person_of(connection, worker.chat)
        assert member is not None
        people.remove(connection, member.id)
        # As if both counted alike: what tells them apart is whose case it is.
        at = store.by_id(connection, row.id)
        assert at is not None
        own = replace(conversation.new_state("en", at.state.case_version), consent="yes")
        written = conversation.to_json(own)
        connection.execute(update(Chat).where(Chat.id == worker.chat).values(state=written))
    assert "kept" not in keys(worker.say("since three days"))
    (after,) = cases(scene)
    assert (after.asked, after.reason) == ("answer", "asked")


def test_a_message_of_another_kind_than_was_asked_for_is_not_kept(scene: Stage) -> None:
    patient, row, doctor = an_emergency(scene)
    turn.run(scene.parts, answered(scene, doctor, row.code, Answer(("photo",))))
    assert cases(scene)[0].asked == "photo"
    patient.say("I have no light")
    with transaction(scene.engine) as connection:
        assert connection.execute(select(CaseNote.id).where(CaseNote.kind == "patient")).first() is None
    assert cases(scene)[0].asked == "photo"


@pytest.mark.parametrize("consent", ["no", ""])
def test_what_somebody_says_who_did_not_agree_is_kept_for_nobody(scene: Stage, consent: str) -> None:
    patient, row, doctor = an_emergency(scene)
    turn.run(scene.parts, answered(scene, doctor, row.code, Answer(("ask",), question="danger.d04")))
    with transaction(scene.engine) as connection:
        state = connection.execute(select(Chat.state).where(Chat.id == patient.chat)).scalar_one()
        changed = (state or "").replace('"consent":"yes"', f'"consent":"{consent}"')
        connection.execute(update(Chat).where(Chat.id == patient.chat).values(state=changed))
    patient.say("my words")
    with transaction(scene.engine) as connection:
        assert connection.execute(select(CaseNote.id).where(CaseNote.kind == "patient")).first() is None


def test_a_workers_case_waits_again_once_the_photograph_is_there(scene: Stage) -> None:
    doctor, worker = a_clinician(scene), Worker(scene, "w1")
    worker.join()
    row = asked(scene, worker)
    turn.run(scene.parts, answered(scene, doctor, row.code, Answer(("photo",))))
    assert cases(scene)[0].answered_at is not None
    worker.forward("user:amina", "f7")
    code = f"{row.code}~same.yes"
    if cases(scene)[0].answered_at is not None:
        worker.press(code)
    (after,) = cases(scene)
    assert (after.reason, after.asked, after.answered_at) == ("came", "", None)


def test_an_answer_to_a_person_who_said_stop_waits_until_they_write(scene: Stage) -> None:
    patient, row, doctor = an_emergency(scene)
    patient.say("stop")
    chat = answered(scene, doctor, row.code, Answer(("now", "clean")), Urgency.NOW)
    turn.run(scene.parts, chat)
    assert patient.replies()[-1].key == "stop"
    with transaction(scene.engine) as connection:
        case = store.by_id(connection, row.id)
    assert case is not None
    assert case.answer_told_at is None
    patient.say("hello")
    assert patient.replies()[-1].key == "opinion"
