"""What waits to be sent to somebody who was removed, has left or gave the case away does not reach them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from bot import conversation, dead_letters, outbox, outbox_silence, people
from bot.cases import clinic, moving, spoken, store
from bot.conversation.state import new_state
from bot.database import transaction
from bot.messages import Reply, Text
from bot.tables import CaseRow, Chat, Person, ReplyRow
from tests.worker.stage import Stage, stage
from tests.worker.test_desk import Worker
from tests.worker.test_erased_at_the_clinic import all_leaves, put_before_the_clinicians
from worker import deliver, erasing, turn

WORDS = "the patient of 34 has it on the left hand"


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path, "whatsapp") as made:
        yield made


def told_of(scene: Stage, chat: int, case: store.Case | None, *said: Text, state: str = "queued") -> None:
    """A reply of the case in the chat that has not left."""
    with transaction(scene.engine) as connection:
        words = said or (Text("plain.text", {"text": WORDS}),)
        outbox.queue(connection, chat, 1, [Reply(words)], "en", case.id if case is not None else None)
        last = select(ReplyRow.id).order_by(ReplyRow.id.desc()).limit(1).scalar_subquery()
        connection.execute(update(ReplyRow).where(ReplyRow.id == last).values(state=state))


def person_of(scene: Stage, chat: int) -> int:
    with transaction(scene.engine) as connection:
        found = connection.execute(select(Chat.person_id).where(Chat.id == chat)).scalar_one()
    assert found is not None
    return found


def removed(scene: Stage, chat: int) -> None:
    number = person_of(scene, chat)
    with transaction(scene.engine) as connection:
        people.remove(connection, number)


def handed_over(scene: Stage, case: store.Case, to: int) -> None:
    number = person_of(scene, to)
    with transaction(scene.engine) as connection:
        now = store.by_id(connection, case.id)
        assert now is not None
        moving.hand_over(connection, now, number)


def sent(scene: Stage, chat: int) -> str:
    return "\n".join(all_leaves(scene, chat))


def test_a_clinician_who_was_removed_is_not_sent_the_case(scene: Stage) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    case = put_before_the_clinicians(scene, worker.chat, of_desk=True)
    doctor.say(f"take {case.code}")
    removed(scene, doctor.chat)
    assert "itches at night" not in sent(scene, doctor.chat)
    (shown,) = [row for row in doctor.replies() if row.key == "taken"]
    assert (shown.state, shown.error, shown.parts_sent) == ("dropped", "not theirs", 0)


def test_a_clinician_who_is_one_is_sent_it(scene: Stage) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    case = put_before_the_clinicians(scene, worker.chat, of_desk=True)
    doctor.say(f"take {case.code}")
    assert "itches at night" in sent(scene, doctor.chat)


@pytest.mark.parametrize(
    ("gone", "state"),
    [
        ("removed", "parked"),
        ("removed", "failed"),
        ("left", "queued"),
        ("handed over", "queued"),
        ("handed over", "failed"),
    ],
)
def test_a_former_worker_is_not_sent_what_waited(scene: Stage, gone: str, state: str) -> None:
    worker, other = Worker(scene, "w1"), Worker(scene, "w2")
    worker.join()
    other.join()
    case = put_before_the_clinicians(scene, worker.chat, of_desk=True)
    told_of(scene, worker.chat, case, state=state)
    match gone:
        case "removed":
            removed(scene, worker.chat)
        case "left":
            with transaction(scene.engine) as connection:
                people.leave(connection, worker.chat)
                fresh = conversation.to_json(new_state("en"))
                connection.execute(update(Chat).where(Chat.id == worker.chat).values(state=fresh))
        case _:
            handed_over(scene, case, other.chat)
    if state == "failed":
        # The administrator tries it once more.
        with transaction(scene.engine) as connection:
            failed = connection.execute(select(ReplyRow.id).where(ReplyRow.state == "failed")).scalar_one()
            dead_letters.replay(connection, failed)
    worker.say("hello")
    assert WORDS not in sent(scene, worker.chat)


def test_who_looks_after_it_is_sent_it(scene: Stage) -> None:
    """Whoever has the case, by whichever of their chats; its patient; and everybody what is of no case."""
    worker, second, other, patient = (Worker(scene, name) for name in ("w1", "w1b", "w2", "p1"))
    for one in (worker, other):
        one.join()
    second.say("hello")
    patient.say("hello")
    case = put_before_the_clinicians(scene, worker.chat, of_desk=True)
    number = person_of(scene, worker.chat)
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).where(Chat.id == second.chat).values(person_id=number))
        connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(patient_chat_id=patient.chat))
        connection.execute(update(ReplyRow).values(state="sent"))
    hears = {
        one.chat: (told_of(scene, one.chat, case), sent(scene, one.chat).count(WORDS), scene.channel.sent.clear())[1]
        for one in (worker, second, other, patient)
    }  # fmt: skip
    assert hears == {worker.chat: 1, second.chat: 1, other.chat: 0, patient.chat: 1}


def test_of_ones_own_skin_one_hears_whatever_ones_role(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    with transaction(scene.engine) as connection:
        own = store.open_case(connection, worker.chat, new_state("en"))
    told_of(scene, worker.chat, own)
    told_of(scene, worker.chat, None, Text("plain.text", {"text": "Go now"}))
    removed(scene, worker.chat)
    said = sent(scene, worker.chat)
    assert WORDS in said
    assert "Go now" in said


def test_the_clinics_queue_is_for_clinicians(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    told_of(scene, worker.chat, None, Text("clinic.queue", {"count": 1}), Text("plain.text", {"text": WORDS}))
    assert WORDS not in sent(scene, worker.chat)


def test_what_a_clinician_sees_and_drafts_in_the_chat_is_no_part_of_the_cases_talk(scene: Stage) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    case = put_before_the_clinicians(scene, worker.chat, of_desk=True)
    told_of(scene, worker.chat, case, Text("plain.text", {"text": "what the worker heard"}))
    doctor.say(f"take {case.code}")
    doctor.say("I am not sure of this yet")
    with transaction(scene.engine) as connection:
        now = store.by_id(connection, case.id)
        assert now is not None
        said = [text for line in spoken.said(connection, scene.parts.sealer, now) for text in line.texts]
    assert "what the worker heard" in said
    assert not [text for text in said if "not sure of this" in text]


@pytest.mark.parametrize("becomes", ["supervisor", "chw", "nobody"])
def test_what_a_clinician_drafted_stays_theirs_whatever_becomes_of_their_role(
    scene: Stage, becomes: str
) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    case = put_before_the_clinicians(scene, worker.chat, of_desk=True)
    told_of(scene, worker.chat, case, Text("plain.text", {"text": "what the worker heard"}))
    doctor.say(f"take {case.code}")
    doctor.say("I am not sure of this yet")
    with transaction(scene.engine) as connection:
        person = connection.execute(select(Chat.person_id).where(Chat.id == doctor.chat)).scalar_one()
        if becomes == "nobody":
            people.leave(connection, doctor.chat)
        else:
            connection.execute(update(Person).where(Person.id == person).values(role=becomes))
        # Nor does what the worker heard leave with the worker's role.
        connection.execute(update(Person).where(Person.id != person).values(role="clinician"))
        now = store.by_id(connection, case.id)
        assert now is not None
        said = [text for line in spoken.said(connection, scene.parts.sealer, now) for text in line.texts]
    assert "what the worker heard" in said
    assert not [text for text in said if "not sure of this" in str(text)]


@pytest.mark.parametrize("listed", ["desk.list"])
def test_a_list_of_patients_is_for_who_works_here(scene: Stage, listed: str) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    for _ in range(2):
        told_of(scene, worker.chat, None, Text(listed, {"count": 1}), Text("plain.text", {"text": WORDS}))
        if WORDS in sent(scene, worker.chat):
            removed(scene, worker.chat)
            scene.channel.sent.clear()
    assert person_of(scene, worker.chat)
    assert WORDS not in sent(scene, worker.chat)
    assert [row.error for row in worker.replies()][-1] == "not theirs"


def test_who_gave_a_case_away_hears_that_they_did(scene: Stage) -> None:
    worker, other = Worker(scene, "w1"), Worker(scene, "w2")
    worker.join()
    other.join()
    case = put_before_the_clinicians(scene, worker.chat, of_desk=True)
    sent(scene, worker.chat)
    said = worker.say(f"hand over {case.code} {person_of(scene, other.chat)}")[-1]
    assert said.key == "handed"
    sent(scene, worker.chat)
    assert worker.replies()[-1].state == "sent"


def answered(scene: Stage, case: store.Case, doctor: Worker) -> None:
    number = person_of(scene, doctor.chat)
    with transaction(scene.engine) as connection:
        assert clinic.claim(connection, case.id, number)
        clinic.answer(connection, scene.parts.sealer, case.id, number, "Bring her in")


@pytest.mark.parametrize("heard", [False, True])
def test_an_answer_that_the_former_worker_did_not_hear_is_told_by_the_new_one(
    scene: Stage, heard: bool
) -> None:
    worker, other, patient, doctor = (Worker(scene, name) for name in ("w1", "w2", "p1", "d1"))
    for one in (worker, other):
        one.join()
    patient.say("hello")
    doctor.join("clinician")
    case = put_before_the_clinicians(scene, worker.chat, of_desk=True)
    with transaction(scene.engine) as connection:
        connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(patient_chat_id=patient.chat))
    answered(scene, case, doctor)
    turn.run(scene.parts, worker.chat)
    assert worker.replies()[-1].key == "opinion"
    if heard:
        all_leaves(scene, worker.chat)
    handed_over(scene, case, other.chat)
    scene.channel.sent.clear()
    for one in (other, worker):
        turn.run(scene.parts, one.chat)
        for _ in range(4):
            deliver.run(scene.parts, one.chat)
            scene.pass_time(30)
    told = [one.address for one in scene.channel.sent if "Bring her in" in one.text]
    assert told == ([] if heard else ["w2"])
    # The patient has it from before.
    assert [row.key for row in patient.replies()].count("opinion") == 1


@pytest.mark.parametrize("gone", ["removed", "blocked", "erased", "erased after it was dropped"])
def test_an_answer_that_was_dropped_is_told_by_whoever_gets_the_case(scene: Stage, gone: str) -> None:
    worker, other, doctor = (Worker(scene, name) for name in ("w1", "w2", "d1"))
    for one in (worker, other):
        one.join()
    doctor.join("clinician")
    case = put_before_the_clinicians(scene, worker.chat, of_desk=True)
    answered(scene, case, doctor)
    turn.run(scene.parts, worker.chat)
    assert worker.replies()[-1].key == "opinion"
    if gone == "blocked":
        worker.send("stopped")
    else:
        removed(scene, worker.chat)
    if gone != "erased":
        assert "Bring her in" not in sent(scene, worker.chat)
        assert worker.replies()[-1].state == "dropped"
    if gone.startswith("erased"):
        with transaction(scene.engine) as connection:
            assert erasing.erase_chat(connection, worker.chat, scene.parts.settings)
    handed_over(scene, case, other.chat)
    turn.run(scene.parts, other.chat)
    assert "Bring her in" in sent(scene, other.chat)


def test_the_answer_that_was_heard_last_is_not_told_again(scene: Stage) -> None:
    """An earlier one that was dropped is not what would be told."""
    worker, other, doctor = (Worker(scene, name) for name in ("w1", "w2", "d1"))
    for one in (worker, other):
        one.join()
    doctor.join("clinician")
    case = put_before_the_clinicians(scene, worker.chat, of_desk=True)
    for heard in (False, True):
        answered(scene, case, doctor)
        turn.run(scene.parts, worker.chat)
        if heard:
            assert "Bring her in" in sent(scene, worker.chat)
        else:
            with transaction(scene.engine) as connection:
                outbox_silence.drop_all(connection, worker.chat, "stopped")
                clinic.escalate(connection, case.id, "unsure")
    handed_over(scene, case, other.chat)
    with transaction(scene.engine) as connection:
        assert clinic.answers_to_tell(connection, other.chat) == []


def test_a_case_that_waits_again_with_nobody_can_be_answered(scene: Stage) -> None:
    """Nobody there tells the answer before: what the clinician says now would be refused until then."""
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    case = put_before_the_clinicians(scene, worker.chat, of_desk=True)
    answered(scene, case, doctor)
    with transaction(scene.engine) as connection:
        clinic.escalate(connection, case.id, "unsure")
    turn.run(scene.parts, worker.chat)
    assert worker.replies()[-1].key == "opinion"
    removed(scene, worker.chat)
    with transaction(scene.engine) as connection:
        assert erasing.erase_chat(connection, worker.chat, scene.parts.settings)
    answered(scene, case, doctor)


def test_an_answer_that_was_owed_is_owed_to_the_next(scene: Stage) -> None:
    worker, other, doctor = (Worker(scene, name) for name in ("w1", "w2", "d1"))
    for one in (worker, other):
        one.join()
    doctor.join("clinician")
    case = put_before_the_clinicians(scene, worker.chat, of_desk=True)
    answered(scene, case, doctor)
    with transaction(scene.engine) as connection:
        # Sent again before the answer was told: it waits for another one, and that one is owed.
        clinic.escalate(connection, case.id, "unsure")
    turn.run(scene.parts, worker.chat)
    assert worker.replies()[-1].key == "opinion"
    handed_over(scene, case, other.chat)
    with transaction(scene.engine) as connection:
        (owed,) = clinic.answers_to_tell(connection, other.chat)
    assert owed.id == case.id
    assert owed.waits
