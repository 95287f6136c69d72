"""A training set: only of patients who agreed and only with a clinician's word, read back by the trainer's own readers."""

from __future__ import annotations

import csv
import io
import json
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import Engine, delete, insert, select, update
from typer.testing import CliRunner

from bot import conversation, orders
from bot.cases import opinions, store, taught, teaching
from bot.cases.taught import Found
from bot.clinical import conditions
from bot.database import reading, transaction
from bot.messages import Urgency
from bot.tables import Audit, CaseRow, Chat, Order, Photo, TeachingConsent
from model import data, teaching_data
from tests.bot.cases.world import a_chat, a_member
from tests.worker.stage import Stage, stage
from tests.worker.test_desk import Worker
from tests.worker.test_turn import StandIn, Talk
from worker import erasing, sweep, training_set, turn
from worker import orders as order_room
from worker.case_commands import REASONS
from worker.engine import Engine as FindingsEngine


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        yield made


def found(scene: Stage) -> Found:
    """What may be used; that it is counted as it is found is seen with every test."""
    with reading(scene.engine) as connection:
        cases, counted = taught.found(connection), taught.counted(connection)
    sides = [one.side for one in cases.cases]
    assert counted == taught.Counted(
        len(cases.cases),
        len({one.patient for one in cases.cases}),
        sum(len(one.photos) for one in cases.cases),
        Counter(sides),
        cases.left_out,
    )
    return cases


def exported(scene: Stage, folder: Path) -> training_set.Made:
    return training_set.write(folder, lambda: found(scene), scene.parts.vault)


def think(scene: Stage, case_id: int, condition: str, address: str = "dr") -> None:
    """A clinician's opinion."""
    with transaction(scene.engine) as connection:
        person = connection.execute(select(Chat.person_id).where(Chat.address == address)).scalar()
        person = person or a_member(connection, address, "clinician")[0]
        case = store.by_id(connection, case_id)
        assert case is not None
        opinions.add(connection, case, person, condition, Urgency.WEEK)


def a_patient(
    scene: Stage, address: str = "p1", *, agrees: bool = True, condition: str = "NEV"
) -> tuple[Talk, int]:
    """A patient's own case that the clinicians have, and its number. All their words are in the chat."""
    talk = Talk(scene, address)
    talk.to_findings()
    if agrees:
        assert talk.say("teach") == ["teaching"]
        talk.send("choice", choice="teaching.yes")
        talk.turn()
    with transaction(scene.engine) as connection:
        text = connection.execute(select(Chat.state).where(Chat.id == talk.chat)).scalar_one()
        case = store.open_case(connection, talk.chat, conversation.from_json(text or ""))
    if condition:
        think(scene, case.id, condition)
    return talk, case.id


def desk_case(worker: Worker, origin: str, ref: str) -> tuple[str, int]:
    """A worker's case with its result: code and number."""
    scene = worker.scene
    worker.forward(origin, ref)
    with reading(scene.engine) as connection:
        case_id, code = connection.execute(
            select(CaseRow.id, CaseRow.code).order_by(CaseRow.id.desc())
        ).first()  # type: ignore[misc]
    worker.through(code)
    for _ in range(2):
        FindingsEngine(scene.parts, StandIn).run()
        turn.run(scene.parts, worker.chat)
        worker.say(f"open {code}")
        worker.through(code)
    return code, case_id


# -- the patient's word --


def test_nobody_is_asked_in_the_course_of_a_case_and_the_menu_offers_it_after_the_result(
    scene: Stage,
) -> None:
    talk = Talk(scene)
    talk.to_findings()
    said = [p["id"] for r in talk.replies() for p in r.texts["paragraphs"]]
    assert not [one for one in said if one.startswith("teaching.")]
    assert "menu.teaching" in {c["code"] for c in talk.replies()[-1].texts["choices"]}
    talk.send("choice", choice="menu.teaching")
    talk.turn()
    assert [p["id"] for p in talk.replies()[-1].texts["paragraphs"]] == [
        "teaching.what",
        "teaching.how",
        "teaching.choice",
        "teaching.way_back",
    ]
    with reading(scene.engine) as connection:
        assert connection.execute(select(TeachingConsent)).all() == []


def test_a_yes_is_kept_with_its_time_and_the_words_that_were_said(scene: Stage) -> None:
    talk, _ = a_patient(scene)
    with reading(scene.engine) as connection:
        row = connection.execute(select(TeachingConsent)).one()
        version = connection.execute(select(Chat.pack_version).where(Chat.id == talk.chat)).scalar_one()
    assert row.text_version == f"en {version}"
    assert row.at > 1e9
    assert (row.withdrawn_at, row.by_person, row.case_id) == (None, None, None)


@pytest.mark.parametrize("word", ["TEACH", "/teach"])
def test_the_word_takes_it_back_also_in_the_middle_of_a_later_case(scene: Stage, word: str) -> None:
    talk, _ = a_patient(scene)
    assert len(found(scene).cases) == 1
    talk.say("new")
    talk.photo("f2")
    talk.turn()
    talk.say(word)  # signs of danger are being asked: no other question is put before them
    assert "teaching.refused" in [p["id"] for p in talk.replies()[-1].texts["paragraphs"]]
    assert (found(scene).cases, found(scene).left_out) == ((), {"withdrawn": 1})


def test_of_a_case_that_was_agreed_to_the_way_back_is_offered(scene: Stage) -> None:
    talk, _ = a_patient(scene)
    talk.say("teach")
    assert [c["code"] for c in talk.replies()[-1].texts["choices"]] == ["teaching.back", "teaching.keep"]
    talk.say("2")
    assert len(found(scene).cases) == 1
    talk.say("teach")
    talk.say("1")
    assert found(scene).left_out == {"withdrawn": 1}
    talk.say("teach")
    talk.say("yes")
    assert len(found(scene).cases) == 1


def test_a_worker_reads_it_out_and_takes_it_back_by_the_patients_word(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    worker.forward("user:amina", "f0")
    with reading(scene.engine) as connection:
        early = connection.execute(select(CaseRow.code)).scalar_one()
    (reply,) = worker.say(f"{early} teach")
    assert [p["id"] for p in reply.texts["paragraphs"]] == ["desk.case", "desk.teach.early"]
    code, case_id = desk_case(worker, "user:baraka", "f1")
    think(scene, case_id, "MEL")
    assert found(scene).left_out == {"no_consent": 1}
    (reply,) = worker.say(f"{code} teach")
    assert [p["id"] for p in reply.texts["paragraphs"]] == [
        "desk.case",
        "desk.consent.read",
        "teaching.what",
        "teaching.how",
        "teaching.choice",
        "desk.teach.way_back",
    ]
    worker.say("1")
    with reading(scene.engine) as connection:
        row = connection.execute(select(TeachingConsent)).one()
        person = connection.execute(select(Chat.person_id).where(Chat.id == worker.chat)).scalar_one()
    assert (row.case_id, row.by_person, row.withdrawn_at) == (case_id, person, None)
    assert [one.condition for one in found(scene).cases] == ["MEL"]
    worker.say(f"{code} teach")
    worker.press(f"{code}~teach.back")
    assert found(scene).left_out == {"withdrawn": 1}


def said_of(reply: object) -> list[str]:
    return [p["id"] for p in reply.texts["paragraphs"]]  # type: ignore[attr-defined]


def test_a_worker_is_told_what_stands_after_the_patient_took_it_back_in_their_own_chat(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    code, case_id = desk_case(worker, "user:baraka", "f1")
    worker.press(f"{code}~teach.yes")
    talk = Talk(scene, "baraka")
    talk.to_findings()
    with transaction(scene.engine) as connection:
        connection.execute(update(CaseRow).where(CaseRow.id == case_id).values(patient_chat_id=talk.chat))
    (reply,) = worker.say(f"{code} teach")
    assert said_of(reply) == ["desk.case", "desk.teach.given"]
    talk.say("teach")
    assert "teaching.what" in said_of(talk.replies()[-1]), "their own case is another one"
    talk.send("choice", choice="teaching.no")
    talk.turn()
    (reply,) = worker.press(f"{code}~teach.keep")
    assert said_of(reply) == ["desk.case", "desk.teach.refused"]
    (reply,) = worker.say(f"{code} teach")
    assert "teaching.what" in said_of(reply), "asked anew"


def test_of_a_closed_case_it_can_be_taken_back_by_button_or_number_and_not_given(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    code, case_id = desk_case(worker, "user:baraka", "f1")
    think(scene, case_id, "NEV")
    worker.press(f"{code}~teach.yes", f"{code}~close.seen")
    (reply,) = worker.say(f"{code} teach")
    assert said_of(reply) == ["desk.case", "desk.teach.given"]
    (reply,) = worker.say("1")
    assert said_of(reply) == ["desk.case", "desk.teach.refused"]
    assert found(scene).left_out == {"withdrawn": 1}
    for again in (worker.say(f"{code} teach"), worker.press(f"{code}~teach.yes")):
        assert said_of(again[0]) == ["desk.case", "desk.closed"]
    assert found(scene).left_out == {"withdrawn": 1}
    with reading(scene.engine) as connection:
        assert connection.execute(select(CaseRow.closed_at).where(CaseRow.id == case_id)).scalar_one()


def test_a_patient_is_told_what_stands_after_the_clinic_took_it_back_for_them(scene: Stage) -> None:
    talk, case_id = a_patient(scene)
    with transaction(scene.engine) as connection:
        boss, _ = a_member(connection, "boss", "clinician")
        case = store.by_id(connection, case_id)
        assert case is not None
        assert teaching.withdraw_person(connection, case, boss) == 1
        assert teaching.withdraw_person(connection, case, boss) == 0
    assert talk.say("teach") == ["teaching"]
    assert "teaching.what" in said_of(talk.replies()[-1])


def test_at_the_clinic_all_goes_that_the_patient_agreed_to_in_their_chat_and_no_one_elses(
    scene: Stage,
) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    code, case_id = desk_case(worker, "user:baraka", "f1")
    worker.press(f"{code}~teach.yes")
    talk, own = a_patient(scene, "baraka")
    _, others = a_patient(scene, "p2")
    with transaction(scene.engine) as connection:
        connection.execute(update(CaseRow).where(CaseRow.id == case_id).values(patient_chat_id=talk.chat))
        cases = [one for n in (case_id, own, others) if (one := store.by_id(connection, n)) is not None]
        assert teaching.standing(connection, cases) == {case_id, own, others}
        boss, _ = a_member(connection, "boss", "clinician")
        assert teaching.withdraw_person(connection, cases[0], boss) == 2
        assert teaching.standing(connection, cases) == {others}
    with reading(scene.engine) as connection:
        noted = connection.execute(select(Audit).where(Audit.what == "teaching_withdrawn")).all()
    assert [(one.by_person, one.before, one.after) for one in noted] == [
        (boss, {"stands": True}, {"stands": False})
    ] * 2


def test_consent_goes_with_the_case_and_with_the_chat(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    code, _ = desk_case(worker, "user:baraka", "f1")
    worker.press(f"{code}~teach.yes")
    talk, own = a_patient(scene)
    a_patient(scene, "p2")

    def kept() -> int:
        with reading(scene.engine) as connection:
            return len(connection.execute(select(TeachingConsent.id)).all())

    assert kept() == 3
    worker.press(f"{code}~erase.yes")
    assert kept() == 2
    with transaction(scene.engine) as connection:
        assert erasing.erase_chat(connection, talk.chat, scene.parts.settings)
    assert kept() == 1
    with transaction(scene.engine) as connection:
        assert orders.ask(connection, "erase_case", own + 1, a_member(connection, "adm", "clinician")[0])
    order_room.run(scene.parts)
    assert kept() == 0


# -- the set --


def test_a_set_is_what_the_trainers_readers_read(scene: Stage, tmp_path: Path) -> None:
    by_rules = next(iter(conditions.community()))
    a_patient(scene, "p1", condition="NEV")
    a_patient(scene, "p2", condition="MEL")
    a_patient(scene, "p3", condition=by_rules)
    made = exported(scene, tmp_path / "set")
    assert (made.photographs, made.cases, made.patients) == (3, 3, 3)
    photos = data.photographs(tmp_path / "set" / "six")
    assert sorted(p.label for p in photos) == ["MEL", "NEV"]
    with reading(scene.engine) as connection:
        sides = list(connection.execute(select(TeachingConsent.side)).scalars())
        state = connection.execute(select(CaseRow.state).limit(1)).scalar_one()
    told = conversation.from_json(state).answers
    for photo in photos:
        assert data.open_photo(photo.path).size == (480, 480)
        assert photo.answers.age_years is not None
        assert photo.answers.site is not None
        asked = {key for key in photo.answers.symptoms if told.get(key) in ("yes", "no")}
        assert asked
        assert {key: told[key] == "yes" for key in asked} == dict(photo.answers.symptoms)
    # The trainer takes its own part alone; so that something is in it whatever was drawn, all are put there.
    for part in ("six", "others"):
        table = tmp_path / "set" / part / "labels.csv"
        table.write_text(table.read_text().replace(",val", ",train"))
    assert data.skin_types(tmp_path / "set" / "six") == {p.path: int(told["skin"]) for p in photos}
    read = teaching_data.read(tmp_path / "set" / "six")
    assert (read.layout, len(read.examples), dict(read.dropped)) == ("PAD-UFES-20", 2, {})
    read = teaching_data.read(tmp_path / "set" / "others")
    assert (read.layout, len(read.examples), dict(read.dropped)) == ("table", 1, {})
    assert read.examples[0].label
    assert set(sides) <= {"train", "val"}


def test_nothing_of_who_the_patients_are_is_in_any_exported_byte(scene: Stage, tmp_path: Path) -> None:
    talk, case_id = a_patient(scene, "user-4711-address")
    worker = Worker(scene, "w-0815-address")
    worker.join()
    code, desk_id = desk_case(worker, "user:Baraka Made-Up", "f1")
    worker.say(f"{code} Baraka Made-Up of Kisumu, +254700000000")
    worker.press(f"{code}~teach.yes")
    think(scene, desk_id, "NEV")
    exported(scene, tmp_path / "set")
    with reading(scene.engine) as connection:
        photo_ids = list(connection.execute(select(Photo.id)).scalars())
        rows = connection.execute(select(CaseRow.code, CaseRow.origin)).all()
    secret = [*photo_ids, *(row.code for row in rows), *(row.origin for row in rows if row.origin)]
    secret += ["user-4711", "w-0815", "Baraka", "Kisumu", "254700", "Exif", "GPS", "20" + "26-"]
    files = [p for p in (tmp_path / "set").rglob("*") if p.is_file()]
    assert len([p for p in files if p.suffix == ".jpg"]) == 2
    for file in files:
        held = str(file.relative_to(tmp_path)).encode() + file.read_bytes()
        for one in secret:
            # Four bytes may stand in a compressed picture by chance; there only what is longer is looked for.
            if file.suffix != ".jpg" or len(one) > 5:
                assert one.encode() not in held, (file.name, one)
        if file.suffix == ".jpg":
            with Image.open(io.BytesIO(file.read_bytes())) as image:
                assert not image.getexif()
                assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    about = json.loads((tmp_path / "set" / "about.json").read_text())
    assert about["patients"] == 2
    with (tmp_path / "set" / "six" / "labels.csv").open() as stream:
        table = list(csv.DictReader(stream))
    numbers = {str(n) for n in (talk.chat, worker.chat, case_id, desk_id)}
    assert not numbers & {row[name] for row in table for name in ("file", "patient_id", "lesion_id")}
    exported(scene, tmp_path / "again")
    with (tmp_path / "again" / "six" / "labels.csv").open() as stream:
        again = list(csv.DictReader(stream))
    for name in ("file", "patient_id", "lesion_id"):
        assert not {row[name] for row in table} & {row[name] for row in again}, "drawn anew for each set"


def test_who_took_it_back_or_was_erased_is_absent_and_counted(scene: Stage, tmp_path: Path) -> None:
    a_patient(scene, "stays")
    back, _ = a_patient(scene, "back")
    gone, _ = a_patient(scene, "gone")
    a_patient(scene, "never", agrees=False)
    a_patient(scene, "unseen", condition="")
    back.say("teach")
    back.say("1")
    with transaction(scene.engine) as connection:
        erasing.erase_chat(connection, gone.chat, scene.parts.settings)
    made = exported(scene, tmp_path / "set")
    assert made.photographs == 1
    assert made.left_out == {"no_consent": 1, "no_opinion": 1, "withdrawn": 1}


def test_what_is_taken_back_while_the_set_is_written_is_not_in_it(scene: Stage, tmp_path: Path) -> None:
    a_patient(scene, "stays")
    talk, _ = a_patient(scene, "back")
    looks: list[Found] = []

    def look() -> Found:
        if looks:
            with transaction(scene.engine) as connection:
                teaching.withdraw_chat(connection, talk.chat)
        looks.append(found(scene))
        return looks[-1]

    made = training_set.write(tmp_path / "set", look, scene.parts.vault)
    assert (made.photographs, made.left_out) == (1, {"withdrawn": 1})
    assert len(list((tmp_path / "set").rglob("*.jpg"))) == 1


@pytest.mark.parametrize(
    ("second", "reason"), [("MEL", "disagree"), ("NEV", ""), (opinions.NONE, "disagree")]
)
def test_clinicians_must_agree(scene: Stage, second: str, reason: str) -> None:
    _, case_id = a_patient(scene)
    think(scene, case_id, second, "dr2")
    held = found(scene)
    assert dict(held.left_out) == ({reason: 1} if reason else {})
    assert len(held.cases) == (0 if reason else 1)
    think(scene, case_id, "NEV", "dr2")
    assert len(found(scene).cases) == 1, "the last word of each counts"


def test_a_photograph_that_came_after_the_consent_is_not_covered(scene: Stage, tmp_path: Path) -> None:
    a_patient(scene)
    with transaction(scene.engine) as connection:
        at = connection.execute(select(TeachingConsent.at)).scalar_one()
        connection.execute(update(Photo).values(created_at=at + 60))
    assert (found(scene).cases, found(scene).left_out) == ((), {"no_photo": 1})
    made = exported(scene, tmp_path / "set")
    assert not made.photographs
    assert list(tmp_path.glob("set*")) == []


def test_a_patient_stays_on_one_side_whatever_is_drawn(scene: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    talk, _ = a_patient(scene)
    with reading(scene.engine) as connection:
        first = connection.execute(select(TeachingConsent.side)).scalar_one()
    monkeypatch.setattr(secrets, "randbelow", lambda _: 1 if first == "val" else 0)
    for version in range(7, 12):
        with transaction(scene.engine) as connection:
            teaching.agree(connection, "en 1", version, chat_id=talk.chat)
            teaching.withdraw_chat(connection, talk.chat)
    with reading(scene.engine) as connection:
        assert set(connection.execute(select(TeachingConsent.side)).scalars()) == {first}
    other, _ = a_patient(scene, "p2")
    with reading(scene.engine) as connection:
        drawn = connection.execute(
            select(TeachingConsent.side).where(TeachingConsent.chat_id == other.chat)
        ).scalar_one()
    assert drawn != first


def test_a_workers_cases_of_one_patient_stand_on_one_side(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    codes = []
    for n, drawn in enumerate((0, 1)):
        monkeypatch.setattr(secrets, "randbelow", lambda _, drawn=drawn: drawn)
        code, case_id = desk_case(worker, "user:amina", f"f{n}")
        think(scene, case_id, "NEV")
        worker.press(f"{code}~teach.yes")
        worker.press(f"{code}~close.seen")
        codes.append(code)
    held = found(scene)
    assert len(set(codes)) == len(held.cases) == 2
    assert {(one.patient, one.side) for one in held.cases} == {(0, "val")}
    with transaction(scene.engine) as connection:
        # As where it showed only later that they are one.
        last = (
            connection.execute(select(TeachingConsent.id).order_by(TeachingConsent.id.desc()))
            .scalars()
            .first()
        )
        connection.execute(update(TeachingConsent).where(TeachingConsent.id == last).values(side="train"))
    assert (found(scene).cases, found(scene).left_out) == ((), {"two_sides": 2})


def test_a_set_that_the_console_orders_is_made_by_the_sweep_and_goes_after_a_week(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_patient(scene)
    with transaction(scene.engine) as connection:
        boss, _ = a_member(connection, "boss", "clinician")
        number = orders.ask(connection, "training_set", "", boss)
    sweep.run(scene.parts)
    folder = training_set.shelf(scene.parts.settings) / f"training-{number}"
    assert len(data.photographs(folder / "six")) == 1
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(p.stat().st_mode & 0o077 == 0 for p in folder.rglob("*"))
    with reading(scene.engine) as connection:
        done = connection.execute(select(Order)).one()
        noted = connection.execute(select(Audit).where(Audit.what == "training_exported")).one()
        whats = list(connection.execute(select(Audit.what)).scalars())
    assert (done.state, done.details["photographs"], done.details["name"]) == ("done", 1, folder.name)
    assert "training_set_ordered" in whats
    assert (noted.by_person, noted.details["photographs"], len(noted.details["sha256"])) == (boss, 1, 64)
    late = training_set.time.time() + 8 * 86_400
    monkeypatch.setattr(training_set.time, "time", lambda: late)
    sweep.run(scene.parts)
    assert not folder.exists()


@pytest.mark.parametrize("how", ["takes it back", "is erased"])
def test_a_set_on_the_shelf_goes_when_somebody_in_it_takes_it_back_or_is_erased(
    scene: Stage, how: str
) -> None:
    a_patient(scene, "stays")
    talk, _ = a_patient(scene, "goes")
    with transaction(scene.engine) as connection:
        boss, _ = a_member(connection, "boss", "clinician")
        number = orders.ask(connection, "training_set", "", boss)
    sweep.run(scene.parts)
    folder = training_set.shelf(scene.parts.settings) / f"training-{number}"
    sweep.run(scene.parts)
    assert folder.is_dir(), "it stays while all stand"
    assert "consents" not in (folder / "about.json").read_text("utf-8")
    with transaction(scene.engine) as connection:
        if how == "is erased":
            erasing.erase_chat(connection, talk.chat, scene.parts.settings)
        else:
            teaching.withdraw_chat(connection, talk.chat)
    sweep.run(scene.parts)
    assert not folder.exists()
    with reading(scene.engine) as connection:
        details = connection.execute(select(Order.details)).scalar_one()
    assert (details["consents"], details["taken_back"]) == ([], True)


def a_set(scene: Stage, consents: list[object]) -> tuple[int, Path]:
    """A set on the shelf that rests on these consents: its order and folder."""
    with transaction(scene.engine) as connection:
        boss, _ = a_member(connection, "boss", "clinician")
        number = orders.ask(connection, "training_set", "", boss)
        taken = orders.take(connection)
        assert taken is not None
        orders.finish(connection, taken, "done", {"name": f"training-{number}", "consents": consents})
    folder = training_set.shelf(scene.parts.settings) / f"training-{number}"
    (folder / "six" / "images").mkdir(parents=True)
    (folder / "six" / "images" / "a.jpg").write_bytes(b"x")
    return number, folder


@pytest.mark.parametrize("then", ["another agrees", "agrees again"])
def test_a_set_does_not_rest_on_a_consent_that_got_the_number_of_the_one_that_is_gone(
    scene: Stage, then: str
) -> None:
    with transaction(scene.engine) as connection:
        first, second = a_chat(connection, "first"), a_chat(connection, "second")
        teaching.agree(connection, "en 1", 1, chat_id=first)
        consent = connection.execute(select(TeachingConsent.id, TeachingConsent.at)).one()
    _, folder = a_set(scene, [list(consent)])
    training_set.forget_taken_back(scene.engine, scene.parts.settings)
    assert folder.is_dir()
    with transaction(scene.engine) as connection:
        if then == "agrees again":
            teaching.withdraw_chat(connection, first)
            teaching.agree(connection, "en 1", 1, chat_id=first)
        else:
            erasing.erase_chat(connection, first, scene.parts.settings)
            connection.execute(
                insert(TeachingConsent).values(
                    id=consent.id,
                    at=consent.at + 5,
                    chat_id=second,
                    case_version=1,
                    text_version="",
                    side="val",
                )
            )
        # Times of one moment are not told apart by every clock: the second word came later.
        connection.execute(update(TeachingConsent).values(at=consent.at + 5))
    training_set.forget_taken_back(scene.engine, scene.parts.settings)
    assert not folder.exists()


def test_a_set_of_an_earlier_version_rests_on_its_numbers(scene: Stage) -> None:
    with transaction(scene.engine) as connection:
        chat = a_chat(connection, "first")
        teaching.agree(connection, "en 1", 1, chat_id=chat)
        consent = connection.execute(select(TeachingConsent.id)).scalar_one()
    _, folder = a_set(scene, [consent])
    training_set.forget_taken_back(scene.engine, scene.parts.settings)
    assert folder.is_dir()
    with transaction(scene.engine) as connection:
        teaching.withdraw_chat(connection, chat)
    training_set.forget_taken_back(scene.engine, scene.parts.settings)
    assert not folder.exists()


def test_what_the_console_has_erased_is_in_no_set_from_that_moment(scene: Stage) -> None:
    with transaction(scene.engine) as connection:
        chat = a_chat(connection, "first")
        teaching.agree(connection, "en 1", 1, chat_id=chat)
        consent = connection.execute(select(TeachingConsent.id, TeachingConsent.at)).one()
    _, folder = a_set(scene, [list(consent)])
    with transaction(scene.engine) as connection:
        orders.ask(connection, "erase_chat", chat, a_member(connection, "adm", "clinician")[0])
    assert order_room.run(scene.parts) == 1
    assert not folder.exists()


@pytest.mark.parametrize("changed", ["photograph", "condition"])
def test_a_photograph_that_goes_or_an_opinion_that_changes_while_the_set_is_written_is_not_in_it(
    scene: Stage, tmp_path: Path, changed: str
) -> None:
    a_patient(scene, "stays")
    a_patient(scene, "changes")
    looks: list[Found] = []

    def look() -> Found:
        held = found(scene)
        if looks:
            one = held.cases[1]
            other = replace(one, photos=()) if changed == "photograph" else replace(one, condition="MEL")
            held = replace(held, cases=(held.cases[0], other))
        looks.append(held)
        return held

    made = training_set.write(tmp_path / "set", look, scene.parts.vault)
    assert (made.photographs, made.cases) == (1, 1)
    assert len(list((tmp_path / "set").rglob("*.jpg"))) == 1


def test_a_photograph_teaches_once_also_where_two_cases_hold_it(scene: Stage) -> None:
    talk, _ = a_patient(scene)
    with transaction(scene.engine) as connection:
        text = connection.execute(select(Chat.state).where(Chat.id == talk.chat)).scalar_one()
        before = conversation.from_json(text or "")
        worse = replace(before, case_version=before.case_version + 1, earlier_photos=before.photos)
        again = store.open_case(connection, talk.chat, worse)
        teaching.agree(connection, "en 1", worse.case_version, chat_id=talk.chat)
    think(scene, again.id, "NEV")
    held = found(scene)
    assert [len(one.photos) for one in held.cases] == [1]


def test_a_set_of_a_worker_that_died_is_made_anew(scene: Stage) -> None:
    a_patient(scene)
    with transaction(scene.engine) as connection:
        boss, _ = a_member(connection, "boss", "clinician")
        number = orders.ask(connection, "training_set", "", boss)
    folder = training_set.shelf(scene.parts.settings) / f"training-{number}"
    (folder / "six").mkdir(parents=True)
    (folder / "six" / "old.csv").write_text("half")
    assert order_room.run(scene.parts) == 1
    with reading(scene.engine) as connection:
        assert connection.execute(select(Order.state)).scalar_one() == "done"
    assert not (folder / "six" / "old.csv").exists()


def test_every_reason_has_its_sentence() -> None:
    assert set(REASONS) == {*taught.LEFT_OUT, "unreadable"}


def test_the_command_writes_one_and_refuses_a_folder_that_is_there(
    scene: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import base64

    from worker import cli

    a_patient(scene)
    monkeypatch.setenv("NGOZI_DATABASE_URL", scene.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("NGOZI_MEDIA_URL", scene.parts.settings.media_url)
    monkeypatch.setenv("NGOZI_HOME", str(tmp_path / "home"))
    ((number, key),) = scene.parts.settings.master_keys.items()
    monkeypatch.setenv("NGOZI_SECRET_KEY", f"{number}:{base64.b64encode(key).decode()}")
    cli.mount()
    run = CliRunner().invoke(cli.app, ["cases", "export-training", str(tmp_path / "set")])
    assert (run.exit_code, "1 photographs" in run.output) == (0, True), run.output
    assert len(data.photographs(tmp_path / "set" / "six")) == 1
    again = CliRunner().invoke(cli.app, ["cases", "export-training", str(tmp_path / "set")])
    assert "expected a folder that is not there yet" in str(again.exception)
    with transaction(scene.engine) as connection:
        connection.execute(delete(TeachingConsent))
    none = CliRunner().invoke(cli.app, ["cases", "export-training", str(tmp_path / "none")])
    assert none.exit_code == 1
    assert f"left out 1: {REASONS['no_consent']}" in none.output
    assert not (tmp_path / "none").exists()


def test_at_the_clinic_all_goes_that_was_forwarded_from_the_same_person(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    first, first_id = desk_case(worker, "user:baraka", "f1")
    worker.press(f"{first}~teach.yes", f"{first}~close.seen")
    second, second_id = desk_case(worker, "user:baraka", "f2")
    other, other_id = desk_case(worker, "user:zuhura", "f3")
    worker.press(f"{second}~teach.yes", f"{other}~teach.yes")
    with transaction(scene.engine) as connection:
        cases = [one for n in (first_id, second_id, other_id) if (one := store.by_id(connection, n))]
        assert cases[0].origin == cases[1].origin != cases[2].origin
        assert teaching.standing(connection, cases) == {first_id, second_id, other_id}
        boss, _ = a_member(connection, "boss", "clinician")
        assert teaching.withdraw_person(connection, cases[0], boss) == 2
        assert teaching.standing(connection, cases) == {other_id}
        assert not teaching.stands_for_person(connection, cases[1])


def test_a_case_that_teaches_nothing_ties_a_chat_to_whom_was_forwarded(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    first, first_id = desk_case(worker, "user:baraka", "f1")
    worker.press(f"{first}~teach.yes", f"{first}~close.seen")
    _, tying = desk_case(worker, "user:baraka", "f2")
    talk, own = a_patient(scene, "baraka")
    with transaction(scene.engine) as connection:
        connection.execute(update(CaseRow).where(CaseRow.id == tying).values(patient_chat_id=talk.chat))
        cases = [one for n in (first_id, own) if (one := store.by_id(connection, n))]
        assert teaching.stands_for_person(connection, cases[0])
        assert teaching.withdraw_chat(connection, talk.chat) == 2
        assert teaching.standing(connection, cases) == frozenset()
