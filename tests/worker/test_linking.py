"""A worker gives a code, the patient types it in their own chat, and a clinician's answer reaches both; until STOP or DELETE."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

import locales
from bot import dead_letters, join_codes, outbox, people, receipts
from bot.cases import clinic, moving, store
from bot.channels import DeliveryStatus, SendFailed
from bot.database import transaction
from bot.messages import Reply, Text
from bot.queue import DELIVER
from bot.reply_json import reply_from_json
from bot.tables import Audit, CaseRow, Chat, Invitation, ReplyRow, Turn
from tests.worker.stage import Stage, stage
from tests.worker.test_clinicians import asked
from tests.worker.test_desk import Worker, cases, jpeg
from worker import deliver, sweep, turn


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        yield made


@pytest.fixture
def whatsapp(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path, "whatsapp") as made:
        yield made


def ids(person: Worker) -> list[str]:
    return [p["id"] for p in person.replies()[-1].texts["paragraphs"]]


def code_in(person: Worker) -> str:
    said = person.replies()[-1].texts["paragraphs"]
    return str(next(p["args"]["text"] for p in said if p["id"] == "plain.text"))


def get_code(worker: Worker, case: str) -> str:
    """The worker asks for a code for the case's patient."""
    assert worker.say(f"{case} link")[-1].key == "link"
    assert ids(worker) == ["desk.case", "desk.link.read", "plain.text", "desk.link.once"]
    return code_in(worker)


def a_case(worker: Worker, origin: str) -> str:
    worker.forward(f"user:{origin}", f"f-{origin}")
    return str(cases(worker.scene)[-1].code)


def a_patient(scene: Stage, address: str = "p1", hint: str = "sw") -> Worker:
    """Somebody whose own conversation stands at the question of age."""
    patient = Worker(scene, address)
    patient.send(text="👋", language_hint=hint)
    patient.press("consent.yes")
    assert patient.replies()[-1].key == "age"
    return patient


def linked_case(scene: Stage) -> tuple[Worker, Worker, Worker, CaseRow]:
    """A worker, a clinician who is asked about a case, and the patient whose chat belongs to it."""
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    patient = a_patient(scene)
    row = asked(scene, worker)
    patient.say(get_code(worker, row.code))
    return worker, doctor, patient, row


def linked(scene: Stage) -> dict[str, int | None]:
    return {row.code: row.patient_chat_id for row in cases(scene)}


def state(person: Worker) -> dict[str, Any]:
    with transaction(person.scene.engine) as connection:
        kept = connection.execute(select(Chat.state).where(Chat.id == person.chat)).scalar_one()
    return {k: v for k, v in json.loads(kept or "{}").items() if k not in ("last_at", "wake_at")}


def answer(doctor: Worker, worker: Worker, code: str, words: str = "Come to the clinic on Monday") -> None:
    doctor.say(f"take {code}")
    doctor.say(words)
    doctor.press(f"{code}~send.week")
    turn.run(worker.scene.parts, worker.chat)
    assert worker.replies()[-1].key == "opinion"


def test_the_patient_hears_the_answer_in_their_own_chat_and_language(scene: Stage) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    patient = a_patient(scene)
    row = asked(scene, worker)
    assert {"desk.escalate.done", "desk.link.offer"} <= set(ids(worker))
    before = state(patient)
    open_question = patient.replies()[-1].texts["choices"]
    patient.say(get_code(worker, row.code).lower())
    assert ids(patient)[0] == "join.patient"
    assert patient.replies()[-1].key == "age"
    assert patient.replies()[-1].texts["choices"] == open_question
    assert state(patient) == before
    assert linked(scene) == {row.code: patient.chat}
    assert ids(worker) == ["desk.case", "desk.link.done"]
    answer(doctor, worker, row.code)
    heard = patient.replies()[-1]
    assert (heard.key, heard.language) == ("opinion", "sw")
    assert ids(patient) == ["clinic.patient", "clinic.patient.week"]
    assert "Come to the clinic on Monday" in str(heard.texts)
    # Their own conversation is where it was.
    assert state(patient) == before
    assert patient.press("age.adult")[-1].key == "danger1"


def test_the_whole_message_of_the_worker_may_be_passed_on(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    code = a_case(worker, "amina")
    patient = a_patient(scene)
    get_code(worker, code)
    reply = reply_from_json(worker.replies()[-1].texts)
    text = "\n\n".join(locales.render(p, "ar") for p in reply.paragraphs)
    patient.send(text=text, forwarded=True, forwarded_from="user:w1")
    assert linked(scene) == {code: patient.chat}


def test_a_sentence_with_another_code_in_it_is_an_ordinary_sentence(scene: Stage) -> None:
    patient = a_patient(scene)
    patient.say("my booking is ABCDE2-FGHJK3 thank you")
    assert patient.replies()[-1].key == "age"
    patient.say(f"he cannot breathe {join_codes.fresh_code()}")
    assert patient.replies()[-1].key == "now"


def test_danger_beside_a_good_code_is_answered_and_the_chat_is_linked(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    code = a_case(worker, "amina")
    patient = a_patient(scene, hint="en")
    patient.say(f"he cannot breathe {get_code(worker, code)}")
    assert patient.replies()[-1].key == "now"
    assert ids(patient)[-1] == "join.patient"
    assert linked(scene) == {code: patient.chat}


def test_two_cases_of_two_patients_are_never_each_others(scene: Stage) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    one, two = a_patient(scene, "p1"), a_patient(scene, "p2", "ar")
    row = asked(scene, worker)
    other = a_case(worker, "juma")
    two.say(get_code(worker, other))
    one.say(get_code(worker, row.code))
    assert linked(scene) == {row.code: one.chat, other: two.chat}
    said = len(two.replies())
    answer(doctor, worker, row.code)
    assert one.replies()[-1].key == "opinion"
    assert len(two.replies()) == said
    # A second code moves this case alone.
    two.say(get_code(worker, row.code))
    assert linked(scene) == {row.code: two.chat, other: two.chat}


def test_only_the_newest_code_of_a_case_is_good_and_only_once(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    code = a_case(worker, "amina")
    patient, other = a_patient(scene), a_patient(scene, "p2")
    first, second = get_code(worker, code), get_code(worker, code)
    patient.say(first)
    assert ids(patient) == ["join.expired"]
    patient.say(second)
    other.say(second)
    assert ids(other) == ["join.used"]
    assert linked(scene) == {code: patient.chat}


def test_after_a_week_the_code_is_too_old(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    code = get_code(worker, a_case(worker, "amina"))
    with transaction(scene.engine) as connection:
        made = connection.execute(select(Invitation).where(Invitation.case_id.is_not(None))).one()
        assert made.expires_at - made.created_at == pytest.approx(7 * 86_400)
        connection.execute(update(Invitation).values(expires_at=Invitation.expires_at - 7 * 86_400 - 1))
    patient = a_patient(scene)
    patient.say(code)
    assert ids(patient) == ["join.expired"]


def test_a_closed_case_says_so_on_both_sides(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    code = a_case(worker, "amina")
    patient = a_patient(scene)
    typed = get_code(worker, code)
    worker.press(f"{code}~close.seen")
    patient.say(typed)
    assert ids(patient) == ["join.closed"]
    worker.say(f"{code} link")
    assert ids(worker) == ["desk.case", "desk.link.closed"]
    worker.say(f"{code} open")
    patient.say(typed)
    assert linked(scene) == {code: patient.chat}


def test_a_members_own_chat_is_refused_in_a_sentence(scene: Stage) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    code = a_case(worker, "amina")
    typed = get_code(worker, code)
    for member in (worker, doctor):
        member.say(typed)
        assert ids(member) == ["join.member"]
    assert linked(scene) == {code: None}
    assert worker.say("list")[-1].key == "list"


def test_after_five_wrong_codes_not_even_the_right_one_is_listened_to(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    code = a_case(worker, "amina")
    patient = a_patient(scene)
    typed = get_code(worker, code)
    for _ in range(5):
        patient.say(join_codes.fresh_code())
        assert ids(patient) == ["join.unknown"]
    patient.say(typed)
    assert ids(patient) == ["join.throttled"]
    assert linked(scene) == {code: None}


def test_stop_ends_it_and_the_worker_is_told(scene: Stage) -> None:
    worker, doctor, patient, row = linked_case(scene)
    patient.say("ACHA")
    assert ids(patient) == ["stop.done"]
    assert linked(scene) == {row.code: None}
    assert ids(worker) == ["desk.case", "desk.link.ended"]
    patient.say("habari")
    said = len(patient.replies())
    answer(doctor, worker, row.code)
    assert len(patient.replies()) == said


@pytest.mark.parametrize("waits", ["queued", "window", "left", "nothing"])
def test_the_worker_is_told_of_the_answer_that_stop_kept_from_the_patient(
    whatsapp: Stage, waits: str
) -> None:
    worker, doctor, patient, row = linked_case(whatsapp)
    for _ in range(6):
        whatsapp.pass_time(60)
        deliver.run(whatsapp.parts, patient.chat)
    if waits != "nothing":
        answer(doctor, worker, row.code)
    if waits == "window":
        whatsapp.channel.script = [SendFailed("window", code="63016")]
    if waits in ("window", "left"):
        whatsapp.pass_time(60)
        deliver.run(whatsapp.parts, patient.chat)
    patient.say("acha")
    assert linked(whatsapp) == {row.code: None}
    kept = ["desk.link.unheard"] if waits in ("queued", "window") else []
    assert ids(worker) == ["desk.case", "desk.link.ended", *kept]
    patient.say("habari")
    for _ in range(4):
        whatsapp.pass_time(60)
        deliver.run(whatsapp.parts, patient.chat)
    ended = [(r.state, r.error) for r in patient.replies() if r.key == "opinion"]
    assert ended == {"left": [("sent", None)], "nothing": []}.get(waits, [("dropped", "stopped")])


def test_stop_tells_of_no_other_case_and_keeps_what_is_of_their_own(scene: Stage) -> None:
    worker, doctor, patient, row = linked_case(scene)
    other = a_case(worker, "juma")
    patient.say(get_code(worker, other))
    with transaction(scene.engine) as connection:
        own = Reply((Text("clinic.patient.week"),), (), "opinion")
        outbox.queue(connection, patient.chat, 1, [own], "sw", None)
    answer(doctor, worker, row.code)
    patient.say("acha")
    ended = [[p["id"] for p in r.texts["paragraphs"]] for r in worker.replies()[-2:]]
    codes = [r.texts["paragraphs"][0]["args"]["code"] for r in worker.replies()[-2:]]
    assert codes == [row.code, other]
    assert ended == [["desk.case", "desk.link.ended", "desk.link.unheard"], ["desk.case", "desk.link.ended"]]
    opinions = [(r.case_id, r.state) for r in patient.replies() if r.key == "opinion"]
    assert opinions == [(None, "parked"), (row.id, "dropped")]


def test_erasing_their_chat_erases_that_case_and_no_other_and_the_worker_is_told(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    code, other = a_case(worker, "amina"), a_case(worker, "juma")
    patient = a_patient(scene, hint="en")
    patient.say(get_code(worker, code))
    patient.say("delete")
    patient.press("delete.yes")
    assert ids(patient)[0] == "delete.done"
    assert linked(scene) == {other: None}
    assert ids(worker) == ["desk.case", "desk.link.erased"]
    assert worker.replies()[-1].case_id is None
    with transaction(scene.engine) as connection:
        left = connection.execute(select(Invitation.id).where(Invitation.case_id.is_not(None))).all()
        about = connection.execute(select(ReplyRow.texts)).scalars()
        assert left == []
        assert not any("join.patient" in json.dumps(texts) for texts in about)
        details = connection.execute(select(Audit.details).where(Audit.what == "chat_erased")).scalar_one()
        assert details["cases"] == 1
    assert worker.say(f"{code} open")[-1].key == "no_case"
    assert worker.say(f"{other} open")[-1].key == "consent"


def test_when_the_worker_erases_the_patients_own_conversation_goes_on(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    code = a_case(worker, "amina")
    patient = a_patient(scene, hint="en")
    typed = get_code(worker, code)
    patient.say(typed)
    again = get_code(worker, code)
    before = state(patient)
    worker.say("delete")
    worker.press("delete.yes")
    assert linked(scene) == {}
    assert state(patient) == before
    assert patient.press("age.adult")[-1].key == "danger1"
    patient.say(again)
    assert ids(patient) == ["join.unknown"]


def test_whoever_becomes_a_worker_is_no_patient_of_a_case_any_more(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    code = a_case(worker, "amina")
    patient = a_patient(scene)
    patient.say(get_code(worker, code))
    patient.join("chw")
    assert linked(scene) == {code: None}


def test_a_code_typed_while_the_worker_is_at_the_case_is_not_written_over(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    code = a_case(worker, "amina")
    worker.press(f"{code}~consent.yes")
    patient = a_patient(scene)
    typed = get_code(worker, code)
    scene.channel.photos["late"] = jpeg(9)
    scene.channel.on_fetch = lambda a: patient.say(typed) if linked(scene)[code] is None else None
    worker.send(
        attachments=[{"ref": "late", "message_ref": "m-late"}], forwarded=True, forwarded_from="user:amina"
    )
    assert linked(scene) == {code: patient.chat}
    photos = len(json.loads(cases(scene)[0].state)["photos"])
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).values(due_at=None))
        connection.exec_driver_sql("update inbound set settle_until = null")
    turn.run(scene.parts, worker.chat)
    assert linked(scene) == {code: patient.chat}
    after = json.loads(cases(scene)[0].state)
    assert len(after["photos"] + after["spare"]) == photos + 1


def test_outside_whatsapps_window_the_answer_waits_for_the_patient(whatsapp: Stage) -> None:
    worker, doctor, patient, row = linked_case(whatsapp)
    for _ in range(6):
        whatsapp.pass_time(60)
        deliver.run(whatsapp.parts, patient.chat)
    assert {r.state for r in patient.replies()} == {"sent"}
    answer(doctor, worker, row.code)
    whatsapp.channel.script = [SendFailed("window", code="63016")]
    whatsapp.pass_time(60)
    deliver.run(whatsapp.parts, patient.chat)
    assert (patient.replies()[-1].key, patient.replies()[-1].state) == ("opinion", "parked")
    waiting = patient.replies()[-1].id
    patient.say("habari")
    for _ in range(3):
        whatsapp.pass_time(60)
        deliver.run(whatsapp.parts, patient.chat)
    told = {r.id: r.state for r in patient.replies()}
    assert told[waiting] == "sent"


def stop_by_platform(scene: Stage, chat: int) -> None:
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).where(Chat.id == chat).values(stopped=True))


def test_what_a_stopped_patient_cannot_hear_the_worker_is_asked_to_tell_them(scene: Stage) -> None:
    worker, doctor, patient, row = linked_case(scene)
    said = len(patient.replies())
    stop_by_platform(scene, patient.chat)
    answer(doctor, worker, row.code)
    assert len(patient.replies()) == said
    assert ids(worker)[0] == "desk.case"
    assert ids(worker)[-1] == "desk.link.not_reached"
    assert "in person" in locales.render(locales.Text("desk.link.not_reached"), "en")


def test_a_patient_who_is_reached_is_not_said_to_be_out_of_reach(scene: Stage) -> None:
    worker, doctor, _, row = linked_case(scene)
    answer(doctor, worker, row.code)
    assert "desk.link.not_reached" not in ids(worker)


@pytest.mark.parametrize(
    ("refusal", "told", "linked_still"),
    [
        ("stopped", ["desk.link.ended", "desk.link.unheard"], False),
        ("never", ["desk.link.not_reached"], True),
    ],
)
def test_an_answer_that_the_platform_refuses_is_given_back_to_the_worker(
    scene: Stage, refusal: Any, told: list[str], linked_still: bool
) -> None:
    worker, doctor, patient, row = linked_case(scene)
    for _ in range(6):
        scene.pass_time(60)
        deliver.run(scene.parts, patient.chat)
    assert {r.state for r in patient.replies()} == {"sent"}
    answer(doctor, worker, row.code)
    scene.channel.script = [SendFailed(refusal, code="403")]
    scene.pass_time(60)
    deliver.run(scene.parts, patient.chat)
    assert (patient.replies()[-1].key, patient.replies()[-1].state) != ("opinion", "sent")
    assert ids(worker) == ["desk.case", *told]
    assert linked(scene) == {row.code: patient.chat if linked_still else None}
    assert worker.replies()[-1].state == "queued"
    assert (DELIVER, worker.chat) in [(task, of) for task, of, _ in scene.wakes.calls]


@pytest.mark.parametrize(
    ("code", "told", "linked_still"),
    [
        ("63024", ["desk.link.not_reached"], True),
        ("63014", ["desk.link.ended", "desk.link.unheard"], False),
    ],
)
def test_an_answer_that_twilio_refuses_afterwards_is_given_back_to_the_worker(
    whatsapp: Stage, code: str, told: list[str], linked_still: bool
) -> None:
    worker, doctor, patient, row = linked_case(whatsapp)
    answer(doctor, worker, row.code)
    for _ in range(8):
        whatsapp.pass_time(60)
        deliver.run(whatsapp.parts, patient.chat)
    copy = patient.replies()[-1]
    assert (copy.key, copy.state) == ("opinion", "sent")
    said = len(worker.replies())
    refused = DeliveryStatus(f"{copy.uuid}-0", copy.provider_id or "", "failed", code)
    with transaction(whatsapp.engine) as connection:
        # The patient has not written since.
        connection.execute(update(Chat).values(last_inbound_at=Chat.last_inbound_at - 3600))
    for _ in range(2):
        with transaction(whatsapp.engine) as connection:
            receipts.keep(connection, refused, whatsapp.account)
        for _ in range(2):
            sweep.run(whatsapp.parts)
    assert patient.replies()[-1].state == "failed"
    assert len(worker.replies()) == said + 1, "told once"
    assert ids(worker) == ["desk.case", *told]
    assert linked(whatsapp) == {row.code: patient.chat if linked_still else None}
    assert (DELIVER, worker.chat) in [(task, of) for task, of, _ in whatsapp.wakes.calls]


def test_a_letter_that_is_refused_anew_is_told_anew(whatsapp: Stage) -> None:
    worker, doctor, patient, row = linked_case(whatsapp)
    answer(doctor, worker, row.code)
    for times in (1, 2):
        for _ in range(8):
            whatsapp.pass_time(60)
            deliver.run(whatsapp.parts, patient.chat)
        copy = patient.replies()[-1]
        said = len(worker.replies())
        with transaction(whatsapp.engine) as connection:
            status = DeliveryStatus(f"{copy.uuid}-0", copy.provider_id or "", "failed", "63024")
            receipts.keep(connection, status, whatsapp.account)
        sweep.run(whatsapp.parts)
        assert len(worker.replies()) == said + 1, times
        with transaction(whatsapp.engine) as connection:
            assert dead_letters.replay(connection, copy.id) == patient.chat


def test_a_new_chat_hears_only_what_the_code_means(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    code = a_case(worker, "amina")
    patient = Worker(scene, "p9")
    patient.send(text=get_code(worker, code), language_hint="ar")
    assert [i for i in ids(patient) if i != "notice.unreviewed"] == ["join.patient"]
    assert patient.replies()[-1].language == "ar"
    with transaction(scene.engine) as connection:
        row = connection.execute(select(CaseRow.patient_chat_id)).scalar_one()
    assert row == patient.chat


def test_an_earlier_answer_that_was_freed_is_not_taken_for_the_second_one(whatsapp: Stage) -> None:
    worker, doctor, patient, row = linked_case(whatsapp)
    heir = Worker(whatsapp, "w2")
    heir.join()
    answer(doctor, worker, row.code)
    day_s = 24 * 3600.0
    with transaction(whatsapp.engine) as connection:
        # A day ago; WhatsApp's window of the patient was closed.
        waits = {"state": "parked", "error": "63016", "created_at": ReplyRow.created_at - day_s}
        to_patient = (ReplyRow.chat_id == patient.chat, ReplyRow.key == "opinion")
        connection.execute(update(ReplyRow).where(ReplyRow.key == "opinion").values(state="sent"))
        connection.execute(update(ReplyRow).where(*to_patient).values(**waits))
        connection.execute(update(Turn).values(created_at=Turn.created_at - day_s))
        connection.execute(update(CaseRow).values(answered_at=CaseRow.answered_at - day_s))
        connection.execute(update(Chat).where(Chat.id == worker.chat).values(stopped=True))
        clinic.escalate(connection, row.id, "asked")
    doctor.say(f"take {row.code}")
    doctor.say("Bring her today")
    doctor.press(f"{row.code}~send.today")
    patient.say("hello")
    with transaction(whatsapp.engine) as connection:
        case, member = store.by_id(connection, row.id), people.person_of(connection, heir.chat)
        assert case is not None
        assert member is not None
        moving.hand_over(connection, case, member.id)
    turn.run(whatsapp.parts, heir.chat)
    assert "Bring her today" in str(heir.replies()[-1].texts)
    assert "Bring her today" in str([reply.texts for reply in patient.replies() if reply.key == "opinion"])
