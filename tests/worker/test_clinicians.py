"""A clinician's chat: the queue, one case taken by one, the answer on its way to the worker and to the patient."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select, update

import locales
from bot import conversation, people
from bot.cases import casefile, moving, notes, store
from bot.clock import now as clock_now
from bot.conversation import course
from bot.database import transaction
from bot.messages import Urgency
from bot.tables import Audit, CaseRow, Chat, Photo, Turn
from tests.faults.stand_in import StandIn
from tests.worker.stage import Stage, stage
from tests.worker.test_desk import Worker, cases, jpeg, keys
from worker import deliver, opinions, turn
from worker.engine import Engine as FindingsEngine


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        yield made


def asked(scene: Stage, worker: Worker) -> CaseRow:
    """A case with its findings, put before the clinicians."""
    worker.forward("user:amina", "f1")
    worker.forward("user:amina", text="it itches at night")
    row = cases(scene)[-1]
    for _ in range(6):
        worker.say(f"open {row.code}")
        worker.through(row.code)  # the questions of the case, then those of its plan
        FindingsEngine(scene.parts, StandIn).run()
        turn.run(scene.parts, worker.chat)
        if cases(scene)[-1].told_at is not None:
            break
    assert cases(scene)[-1].told_at is not None
    assert worker.say(f"escalate {row.code}")[-1].key == "escalated"
    return row


def ids(worker: Worker) -> list[str]:
    return [p["id"] for p in worker.replies()[-1].texts["paragraphs"]]


def test_a_taken_case_is_shown_whole_and_the_answer_reaches_the_worker(scene: Stage) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    row = asked(scene, worker)
    assert keys(doctor.say("queue")) == ["queue"]
    assert doctor.replies()[-1].texts["choices"][0]["code"] == f"{row.code}~take.yes"
    doctor.say(f"take {row.code}")
    shown = doctor.replies()[-1].texts["paragraphs"]
    assert {"id": "clinic.note.patient", "args": {"words": "it itches at night"}} in shown
    assert {"facts.age", "facts.site", "desk.soon.week"} <= {p["id"] for p in shown}
    doctor.say("Please bring her to the hospital")
    assert doctor.replies()[-1].key == "draft"
    assert worker.replies()[-1].key != "opinion", "nothing is sent before it was read back"
    doctor.press(f"{row.code}~send.today")
    turn.run(scene.parts, worker.chat)
    told = worker.replies()[-1]
    assert told.key == "opinion"
    assert ids(worker)[:2] == ["desk.case", "desk.opinion"]
    assert "Please bring her to the hospital" in str(told.texts)
    assert "desk.soon.clinician" in ids(worker)
    assert cases(scene)[0].opinion == "today"
    before = len(worker.replies())
    turn.run(scene.parts, worker.chat)
    assert len(worker.replies()) == before, "told once"


def test_a_prepared_sentence_is_sent_as_one_and_read_in_the_readers_language(scene: Stage) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    row = asked(scene, worker)
    doctor.say(row.code)
    doctor.press(f"{row.code}~say.photo", f"{row.code}~send.as_before")
    turn.run(scene.parts, worker.chat)
    assert "clinic.say.photo" in str(worker.replies()[-1].texts)
    assert cases(scene)[0].opinion == ""


def test_what_a_clinician_does_in_a_chat_is_in_the_trail_without_a_word_of_it(scene: Stage) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    row = asked(scene, worker)
    doctor.say(f"take {row.code}")
    doctor.say(f"take {row.code}")
    doctor.say("release")
    doctor.say(f"take {row.code}")
    doctor.say("Please bring her to the hospital")
    doctor.press(f"{row.code}~send.today")
    with transaction(scene.engine) as connection:
        person = people.person_of(connection, doctor.chat)
        assert person is not None
        wanted = ("case_seen", "case_claimed", "case_released", "case_answered")
        rows = connection.execute(select(Audit).where(Audit.what.in_(wanted)).order_by(Audit.id)).all()
        assert [(r.what, r.subject, r.by_person) for r in rows] == [
            (what, str(row.id), person.id)
            for what in ("case_seen", "case_claimed", "case_released", "case_claimed", "case_answered")
        ]
        assert (rows[2].before, rows[2].after) == ({"claimed_by": person.id}, {"claimed_by": None})
        (note,) = notes.of_case(connection, scene.parts.sealer, row.id, "clinician")
        answered = rows[-1]
        assert answered.after == {"answered": True, "note": note.id, "opinion": None}
        assert answered.details == {"own_words": True, "lowers": False, "where": "chat"}
        assert "hospital" not in str(rows)


def test_a_prepared_sentence_of_a_chat_is_in_the_trail_by_the_number_of_its_note(scene: Stage) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    row = asked(scene, worker)
    doctor.say(row.code)
    doctor.press(f"{row.code}~say.photo", f"{row.code}~send.routine")
    with transaction(scene.engine) as connection:
        (note,) = notes.of_case(connection, scene.parts.sealer, row.id, "clinician")
        done = connection.execute(select(Audit).where(Audit.what == "case_answered")).one()
    assert (done.after["note"], done.details["own_words"]) == (note.id, False)
    assert "photo" not in str((done.before, done.after, done.details))


def test_no_case_is_taken_twice(scene: Stage) -> None:
    worker, one, two = Worker(scene, "w1"), Worker(scene, "d1"), Worker(scene, "d2")
    worker.join()
    one.join("clinician")
    two.join("clinician")
    row = asked(scene, worker)
    assert keys(one.say(f"take {row.code}")) == ["taken"]
    assert keys(two.say(f"take {row.code}")) == ["gone"]
    assert keys(two.say("my words")) == ["take_first"]
    one.say("release")
    assert keys(two.say(f"take {row.code}"))[-1:] == ["taken"]


def test_what_must_be_seen_today_is_told_to_every_clinician_at_once(scene: Stage) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    worker.forward("user:amina", "f1")
    (row,) = cases(scene)
    worker.press(f"{row.code}~consent.yes", f"{row.code}~age.adult")
    for _ in range(12):
        choices = [c["code"] for c in worker.replies()[-1].texts["choices"]]
        yes = [c for c in choices if c.endswith(".yes")]
        if not yes:
            break
        worker.press(yes[0])
    worker.say(f"escalate {row.code}")
    assert doctor.replies()[-1].key == "queued"
    assert row.code in str(doctor.replies()[-1].texts)


def test_the_patients_own_chat_is_told_in_plain_words(scene: Stage) -> None:
    worker, doctor, patient = Worker(scene, "w1"), Worker(scene, "d1"), Worker(scene, "p1")
    worker.join()
    doctor.join("clinician")
    patient.say("hello")
    row = asked(scene, worker)
    with transaction(scene.engine) as connection:
        connection.execute(update(CaseRow).where(CaseRow.id == row.id).values(patient_chat_id=patient.chat))
    doctor.say(f"take {row.code}")
    doctor.say("Come to the clinic on Monday")
    doctor.press(f"{row.code}~send.week")
    turn.run(scene.parts, worker.chat)
    assert patient.replies()[-1].key == "opinion"
    assert ids(patient) == ["clinic.patient", "clinic.patient.week"]
    assert worker.replies()[-1].key == "opinion"


def test_a_clinicians_word_may_lower_and_is_marked(scene: Stage) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    row = asked(scene, worker)
    doctor.say(f"take {row.code}")
    doctor.say("A harmless mole by its look")
    doctor.press(f"{row.code}~send.routine")
    turn.run(scene.parts, worker.chat)
    assert ids(worker)[-1] == "desk.soon.clinician"
    with transaction(scene.engine) as connection:
        case = store.by_id(connection, row.id)
    assert case is not None
    assert case.opinion is Urgency.ROUTINE
    assert case.found_urgency is Urgency.WEEK


def test_a_clinicians_chat_takes_no_pictures(scene: Stage) -> None:
    doctor = Worker(scene, "d1")
    doctor.join("clinician")
    assert keys(doctor.forward("user:x", "f1")) == ["words_only"]
    with transaction(scene.engine) as connection:
        assert people.role_of(connection, doctor.chat) == "clinician"
        assert connection.execute(Chat.__table__.select()).first() is not None  # type: ignore[attr-defined]


def patients_case(scene: Stage, patient: Worker, signs: bool) -> None:
    """A patient's own chat, up to 'go now' or to the engine's findings."""
    patient.send(attachments=[{"ref": "f9", "message_ref": "m9"}])
    patient.press("consent.yes", "age.adult")
    for _ in range(40):
        codes = [c["code"] for c in patient.replies()[-1].texts["choices"]]
        wanted = [c for c in codes if c.endswith(".yes")] if signs else []
        wanted += [
            c for c in codes if c in ("shape.spot", "site.arm", "skin.2") or c.endswith((".none", ".no"))
        ]
        if not wanted:
            break
        patient.press(wanted[0])
    FindingsEngine(scene.parts, StandIn).run()
    turn.run(scene.parts, patient.chat)


@pytest.mark.parametrize("told", [True, False])
def test_a_patients_own_emergency_is_put_before_the_clinicians_where_there_is_one(
    scene: Stage, told: bool
) -> None:
    doctor, patient = Worker(scene, "d1"), Worker(scene, "p1")
    if told:
        doctor.join("clinician")
    scene.channel.photos["f9"] = jpeg()
    patients_case(scene, patient, signs=True)
    assert patient.replies()[-1].key == "now"
    if not told:
        assert cases(scene) == []
        return
    (row,) = cases(scene)
    assert (row.urgency, row.reason) == ("now", "urgent")
    assert doctor.replies()[-1].key == "queued"
    doctor.say(f"take {row.code}")
    doctor.say("I call you now")
    doctor.press(f"{row.code}~send.as_before")
    turn.run(scene.parts, patient.chat)
    assert ids(patient) == ["clinic.patient"]
    assert "I call you now" in str(patient.replies()[-1].texts)


@pytest.mark.parametrize("answered", [False, True])
def test_a_waiting_case_is_not_closed_unanswered_by_one_of_another_problem(
    scene: Stage, answered: bool
) -> None:
    doctor, patient = Worker(scene, "d1"), Worker(scene, "p1")
    doctor.join("clinician")
    scene.channel.photos["f9"] = jpeg()
    patients_case(scene, patient, signs=True)
    (row,) = cases(scene)
    if answered:
        doctor.say(f"take {row.code}")
        doctor.say("I call you now")
        doctor.press(f"{row.code}~send.as_before")
        turn.run(scene.parts, patient.chat)
    patient.say("new")
    patient.say("a snake bit him")
    first, second = sorted(cases(scene), key=lambda one: one.id)
    assert (first.id, second.urgency) == (row.id, "now")
    assert (first.closed_at is None) is not answered
    assert second.closed_at is None


def test_a_patients_own_case_stays_with_them_where_the_setting_says_so(
    engine: Engine, tmp_path: Path
) -> None:
    with stage(engine, tmp_path, env={"NGOZI_ASK_CLINICIANS": "0"}) as scene:
        doctor, patient = Worker(scene, "d1"), Worker(scene, "p1")
        doctor.join("clinician")
        scene.channel.photos["f9"] = jpeg()
        patients_case(scene, patient, signs=True)
        assert cases(scene) == []


def test_the_photographs_of_a_taken_case_are_shown_before_its_facts_with_their_day(scene: Stage) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    row = asked(scene, worker)
    doctor.say(f"take {row.code}")
    deliver.run(scene.parts, doctor.chat)
    taken = scene.channel.sent[-2:]
    assert [o.medium is not None for o in taken] == [True, False]
    assert taken[0].medium is not None
    assert taken[0].medium.data[:2] == b"\xff\xd8"
    today = locales.day(clock_now(), "en", scene.parts.settings.quiet.zone)
    assert taken[0].text == f"{row.code}: photo 1 of 1, {today}"
    assert taken[0].choices == ()
    assert taken[1].choices
    with transaction(scene.engine) as connection:
        connection.execute(delete(Photo))
    doctor.say(f"open {row.code}")
    deliver.run(scene.parts, doctor.chat)
    assert len([o for o in scene.channel.sent if o.medium]) == 1, "what is gone is not shown"


def told_of_an_emergency_before(scene: Stage, opinion: str) -> Worker:
    """A patient who began a new case after an emergency, and then hears a clinician's answer about the emergency."""
    doctor, patient = Worker(scene, "d1"), Worker(scene, "p1")
    doctor.join("clinician")
    scene.channel.photos["f9"] = jpeg()
    patients_case(scene, patient, signs=True)
    (row,) = cases(scene)
    doctor.say(f"take {row.code}")
    doctor.say("I saw your photograph")
    patient.say("new")
    doctor.press(f"{row.code}~send.{opinion}")
    turn.run(scene.parts, patient.chat)
    return patient


def test_an_answer_about_an_earlier_emergency_is_not_weakened_because_a_new_case_has_no_signs(
    scene: Stage,
) -> None:
    patient = told_of_an_emergency_before(scene, "routine")
    assert ids(patient) == ["clinic.patient"], "no sentence of ours says less than the signs"


def test_an_answer_about_an_earlier_case_does_not_make_the_new_one_urgent(scene: Stage) -> None:
    patient = told_of_an_emergency_before(scene, "now")
    assert ids(patient) == ["clinic.patient", "clinic.patient.now"]
    with transaction(scene.engine) as connection:
        written = connection.execute(select(Chat.state).where(Chat.id == patient.chat)).scalar_one()
    assert conversation.from_json(written or "").floor is None


def former_worker(scene: Stage) -> tuple[Worker, Worker, CaseRow]:
    """Whoever worked here, was removed, and looks for help of their own; a doctor; their patient's case, which waits."""
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    row = asked(scene, worker)
    with transaction(scene.engine) as connection:
        member = people.person_of(connection, worker.chat)
        assert member is not None
        people.remove(connection, member.id)
    return worker, doctor, row


def test_who_was_removed_is_not_told_an_answer_about_a_patient_as_their_own_and_it_waits_for_another(
    scene: Stage,
) -> None:
    worker, doctor, row = former_worker(scene)
    other = Worker(scene, "w2")
    other.join()
    doctor.say(f"take {row.code}")
    doctor.say("Please bring her to the hospital")
    doctor.press(f"{row.code}~send.today")
    turn.run(scene.parts, worker.chat)
    worker.say("hello")
    assert "opinion" not in keys(worker.replies())
    with transaction(scene.engine) as connection:
        case, heir = store.by_id(connection, row.id), people.person_of(connection, other.chat)
        assert case is not None
        assert heir is not None
        moving.hand_over(connection, case, heir.id)
    turn.run(scene.parts, other.chat)
    assert other.replies()[-1].key == "opinion"
    assert "Please bring her to the hospital" in str(other.replies()[-1].texts)


def test_the_own_emergency_of_who_was_removed_closes_no_patients_case_and_is_answered_to_them(
    scene: Stage,
) -> None:
    worker, doctor, row = former_worker(scene)
    scene.channel.photos["f9"] = jpeg()
    patients_case(scene, worker, signs=True)
    theirs, own = cases(scene)
    assert (theirs.id, theirs.closed_at) == (row.id, None)
    assert own.reason == "urgent"
    doctor.say(f"take {own.code}")
    doctor.say("I call you now")
    doctor.press(f"{own.code}~send.as_before")
    turn.run(scene.parts, worker.chat)
    assert "I call you now" in str(worker.replies()[-1].texts)


def test_an_answer_that_cannot_be_told_is_tried_less_and_less_and_holds_up_nothing_else(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor, patient = Worker(scene, "d1"), Worker(scene, "p1")
    doctor.join("clinician")
    scene.channel.photos["f9"] = jpeg()
    patients_case(scene, patient, signs=True)
    (row,) = cases(scene)
    doctor.say(f"take {row.code}")
    doctor.say("I call you now")
    doctor.press(f"{row.code}~send.as_before")

    def broken(*_: object) -> None:
        raise ValueError("made up")

    with monkeypatch.context() as patch:
        patch.setattr(opinions, "tell_patient", broken)
        scene.wakes.calls.clear()
        for _ in range(6):
            turn.run(scene.parts, patient.chat)
        assert scene.wakes.calls == [
            ("ngozi.turn", patient.chat, s) for s in (1.0, 3.0, 8.0, 20.0, 60.0, 60.0)
        ]
        with transaction(scene.engine) as connection:
            due_at = connection.execute(select(Chat.due_at).where(Chat.id == patient.chat)).scalar_one()
            assert (due_at or 0.0) > clock_now() + 50.0
            late = update(Chat).where(Chat.id == patient.chat).values(wake_at=clock_now() - 1.0)
            connection.execute(late)
        turn.run(scene.parts, patient.chat)
        with transaction(scene.engine) as connection:
            last = select(Turn.event).where(Turn.chat_id == patient.chat).order_by(Turn.id.desc()).limit(1)
            assert connection.execute(last).scalar_one() == "Ticked"
    turn.run(scene.parts, patient.chat)
    assert "I call you now" in str(patient.replies()[-1].texts)


def test_an_answer_to_a_worker_who_said_stop_waits_and_is_told_when_they_are_back(scene: Stage) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    row = asked(scene, worker)
    worker.say("stop")
    doctor.say(f"take {row.code}")
    doctor.say("Come to the clinic on Monday")
    doctor.press(f"{row.code}~send.today")
    turn.run(scene.parts, worker.chat)
    assert worker.replies()[-1].key == "stop"
    with transaction(scene.engine) as connection:
        case = store.by_id(connection, row.id)
    assert case is not None
    assert case.answer_told_at is None, "the clinician does not see it as told"
    worker.say("/list")
    assert worker.replies()[-1].key == "opinion"
    assert ids(worker)[:2] == ["desk.case", "desk.opinion"]


def test_what_was_reached_is_kept_beside_a_clinicians_word(scene: Stage) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    row = asked(scene, worker)
    doctor.say(f"take {row.code}")
    doctor.say("A harmless mole by its look")
    doctor.press(f"{row.code}~send.routine")
    turn.run(scene.parts, worker.chat)
    with transaction(scene.engine) as connection:
        case = store.by_id(connection, row.id)
    assert case is not None
    assert case.opinion_over is course.urgency(case.state)
    assert case.reached is Urgency.ROUTINE
    worker.say(f"{row.code} he cannot breathe")
    with transaction(scene.engine) as connection:
        case = store.by_id(connection, row.id)
    assert case is not None
    assert case.reached is Urgency.NOW
    assert not case.by_clinician
    said = casefile.letter(case, None, 0, clock_now(), "en", UTC)
    assert "letter.opinion" not in {text.id for text in said}
