"""A health worker's turn: invitation, cases in their rows, findings to their own case; all or nothing."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, insert, select, update

import locales
from bot import inbox, invitations, local_day, people, places, reply_json
from bot.cases import casefile, notes, store
from bot.channels import RawUpdate
from bot.clock import now
from bot.conversation.desk import is_desk
from bot.database import transaction
from bot.media.drawn import draw
from bot.place import Place
from bot.tables import Audit, CaseRow, Chat, Figure, FindingsJob, InboundRow, Login, Person, Photo, ReplyRow
from tests.bot.cases.world import a_member
from tests.faults.stand_in import StandIn
from tests.worker.stage import Stage, stage
from worker import turn
from worker.engine import Engine as FindingsEngine


def jpeg(seed: int = 1) -> bytes:
    buffer = io.BytesIO()
    draw(skin_type=5, lesion="NEV", size_px=480, seed=seed).save(buffer, "JPEG")
    return buffer.getvalue()


class Worker:
    """One worker on a stage: what they send, and what is queued for them."""

    def __init__(self, scene: Stage, address: str) -> None:
        self.scene, self.address, self.count, self.chat = scene, address, 0, 0

    def send(self, kind: str = "message", album: str = "", **said: Any) -> list[ReplyRow]:
        """One message and its turn; the replies that it led to."""
        self.count += 1
        if said.get("text"):
            self.scene.read(self.chat)
        payload = json.dumps({"kind": kind, "language_hint": "en", **said})
        raw = RawUpdate(f"{self.address}-{self.count}", self.address, payload, self.count, album)
        found = inbox.receive(self.scene.engine, self.scene.account, [raw])
        self.chat = found[0] if found else self.chat
        before = len(self.replies())
        turn.run(self.scene.parts, self.chat)
        return self.replies()[before:]

    def say(self, text: str) -> list[ReplyRow]:
        return self.send(text=text)

    def press(self, *codes: str) -> list[ReplyRow]:
        for code in codes:
            replies = self.send("choice", choice=code)
        return replies

    def forward(self, origin: str, ref: str = "", text: str = "") -> list[ReplyRow]:
        """A forwarded message, with a photograph where ref names one."""
        if ref:
            self.scene.channel.photos[ref] = jpeg(len(self.scene.channel.photos) + 1)
        attachments = [{"ref": ref, "message_ref": f"m-{ref}"}] if ref else []
        return self.send(text=text, attachments=attachments, forwarded=True, forwarded_from=origin)

    def join(self, role: people.Role = "chw") -> list[ReplyRow]:
        with transaction(self.scene.engine) as connection:
            code = invitations.invite(connection, self.scene.parts.settings.master_keys, role)
        return self.say(code)

    def replies(self) -> list[ReplyRow]:
        with transaction(self.scene.engine) as connection:
            return list(
                connection.execute(
                    select(ReplyRow).where(ReplyRow.chat_id == self.chat).order_by(ReplyRow.id)
                ).all()
            )  # type: ignore[arg-type]

    def through(self, code: str) -> None:
        """Answers what is harmless until the engine is asked."""
        for _ in range(40):
            choices = [c["code"] for c in self.replies()[-1].texts["choices"]]
            inner = [c.partition("~")[2] for c in choices if c.startswith(code)]
            wanted = next(
                (
                    c
                    for c in inner
                    if c
                    in ("consent.yes", "age.adult", "shape.spot", "site.arm", "skin.2", "duration.unknown")
                    or c.endswith((".none", ".no"))
                    if c != "consent.no"
                ),
                "",
            )
            if not wanted:
                return
            self.press(f"{code}~{wanted}")


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        yield made


def test_a_workers_letter_is_dated_by_the_deployments_time_zone(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    worker.forward("user:amina", "f1")
    (row,) = cases(scene)
    for _ in range(6):
        worker.say(f"open {row.code}")
        worker.through(row.code)
        FindingsEngine(scene.parts, StandIn).run()
        turn.run(scene.parts, worker.chat)
        if cases(scene)[0].told_at is not None:
            break
    dates = []
    # More than a day apart: their dates differ at every moment.
    for zone in ("Pacific/Pago_Pago", "Pacific/Kiritimati"):
        settings = scene.parts.settings
        quiet = replace(settings.quiet, zone=ZoneInfo(zone))
        scene.parts = replace(scene.parts, settings=replace(settings, quiet=quiet))
        (reply,) = worker.say(f"refer {row.code}")
        assert reply.key == "letter"
        dates.append(str(reply.texts["paragraphs"]))
    assert dates[0] != dates[1]


def test_how_soon_stands_with_a_case_that_was_refused_and_it_counts_as_no_result(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    worker.forward("user:amina", "f1")
    (row,) = cases(scene)
    wanted = {f"{row.code}~{one}" for one in ("consent.no", "shape.bite")}
    for _ in range(30):
        choices = [c["code"] for c in worker.replies()[-1].texts["choices"]]
        if told := next((c for c in choices if c in wanted), ""):
            worker.press(told)
        elif harmless := next((c for c in choices if c.endswith((".adult", ".none", ".no"))), ""):
            worker.press(harmless)
    (row,) = cases(scene)
    assert row.urgency == "today"
    assert row.due_at is not None
    assert row.told_at is None
    assert worker.say(f"refer {row.code}")[-1].key == "letter"
    assert count(scene, Figure, Figure.kind == "case") == 0
    with transaction(scene.engine) as connection:
        case = store.by_id(connection, row.id)
    assert case is not None
    assert casefile.opened(case).has_result, "the console shows how soon"


def cases(scene: Stage) -> list[Any]:
    with transaction(scene.engine) as connection:
        return list(connection.execute(select(CaseRow).order_by(CaseRow.id)).all())


def count(scene: Stage, table: Any, *where: Any) -> int:
    with transaction(scene.engine) as connection:
        return len(connection.execute(select(table).where(*where)).all())


def keys(replies: list[ReplyRow]) -> list[str]:
    return [r.key for r in replies]


def test_an_invitation_makes_the_chat_a_desk_once(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.say("hello")
    assert keys(worker.join()) == ["joined"]
    with transaction(scene.engine) as connection:
        assert people.role_of(connection, worker.chat) == "chw"
        assert is_desk(connection.execute(select(Chat.state).where(Chat.id == worker.chat)).scalar_one())
    assert keys(worker.say("list")) == ["list"]


def test_a_wrong_code_is_told_in_one_sentence_and_the_chat_stays_a_patients(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    replies = worker.say("ABCD23-EFGH45")
    assert [r.texts["paragraphs"][0]["id"] for r in replies] == ["join.unknown"]
    assert worker.say("hello")[-1].key == "consent"


def test_a_code_for_another_role_waits_until_no_patient_is_left_behind(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    worker.forward("user:amina", "f1")
    (row,) = cases(scene)
    with transaction(scene.engine) as connection:
        code = invitations.invite(connection, scene.parts.settings.master_keys, "clinician")
    for typed in (code, f"/join {code}"):
        (said,) = worker.say(typed)
        assert said.key == "not_joined"
        assert [p["id"] for p in said.texts["paragraphs"]] == ["join.cases"]
        assert locales.render(reply_json.reply_from_json(said.texts).paragraphs[0], "en").endswith(
            "Open cases: 1."
        )
    with transaction(scene.engine) as connection:
        assert people.role_of(connection, worker.chat) == "chw"
    again = worker.join("chw")
    assert keys(again) == ["joined"], "the same role leaves nobody behind"
    worker.press(f"{row.code}~close.other")
    assert keys(worker.say(code)) == ["joined"]
    with transaction(scene.engine) as connection:
        assert people.role_of(connection, worker.chat) == "clinician"


def test_three_patients_by_forwards_get_their_own_cases_photographs_and_findings(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    for patient in ("amina", "baraka", "chausiku"):
        worker.forward(f"user:{patient}", f"f-{patient}")
        worker.forward(f"user:{patient}", text=f"words of {patient}")
    worker.forward("user:amina", "g-amina")
    rows = cases(scene)
    assert len(rows) == 3
    assert all("amina" not in row.origin for row in rows), "no name is kept"
    for row in rows:
        worker.say(f"open {row.code}")
        worker.through(row.code)
    with transaction(scene.engine) as connection:
        held = connection.execute(select(Photo.origin_ref, Photo.case_id)).all()
        assert sorted((ref, case_id) for ref, case_id in held) == sorted(
            [
                ("f-amina", rows[0].id),
                ("g-amina", rows[0].id),
                ("f-baraka", rows[1].id),
                ("f-chausiku", rows[2].id),
            ]
        )
        for row, patient in zip(rows, ("amina", "baraka", "chausiku"), strict=True):
            kept = notes.of_case(connection, scene.parts.sealer, row.id)
            assert [(n.kind, n.text) for n in kept] == [("patient", f"words of {patient}")]
    assert count(scene, FindingsJob, FindingsJob.state == "wanted") == 3, "none supersedes another's"
    engine = FindingsEngine(scene.parts, StandIn)
    assert count(scene, FindingsJob, FindingsJob.kind == "plan") == 0, (
        "the list of symptoms left no question to plan"
    )
    engine.run()
    before = len(worker.replies())
    turn.run(scene.parts, worker.chat)
    told = [r for r in worker.replies()[before:] if r.case_id is not None]
    assert {r.case_id for r in told} == {row.id for row in rows}
    for reply in told:
        code = next(p["args"]["code"] for p in reply.texts["paragraphs"] if p["id"] == "desk.case")
        assert code == next(row.code for row in rows if row.id == reply.case_id)
    for row in rows:
        worker.say(f"open {row.code}")
        worker.through(row.code)  # the skin's colour: the stand-in found a mole that can wait
    assert all(row.told_at is not None for row in cases(scene))


def test_a_case_that_another_turn_changed_is_done_again_and_nothing_is_lost(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    worker.forward("user:amina", "f1")
    (row,) = cases(scene)
    real = store.save

    def moved(connection: Any, case: store.Case) -> store.Case:
        store.save = real  # type: ignore[assignment]
        raise store.CaseMoved("made up")

    store.save = moved  # type: ignore[assignment]
    try:
        assert worker.press(f"{row.code}~consent.yes") == []
    finally:
        store.save = real  # type: ignore[assignment]
    assert count(scene, Photo) == 0
    with transaction(scene.engine) as connection:
        connection.execute(update(InboundRow).values(settle_until=None))
        connection.execute(update(Chat).values(turn_until=0.0))
    turn.run(scene.parts, worker.chat)
    assert count(scene, Photo) == 1
    assert count(scene, InboundRow, InboundRow.state == "received") == 0


def test_handing_over_tells_the_other_worker_and_moves_the_case(scene: Stage) -> None:
    worker, other = Worker(scene, "w1"), Worker(scene, "w2")
    worker.join()
    other.join()
    worker.forward("user:amina", "f1")
    (row,) = cases(scene)
    worker.press(f"{row.code}~consent.yes")
    with transaction(scene.engine) as connection:
        number = people.person_of(connection, other.chat).id  # type: ignore[union-attr]
    assert keys(worker.say(f"hand over {row.code} {number}")) == ["handed"]
    assert other.replies()[-1].key == "came"
    assert "no open case" not in str(other.say("list")[-1].texts)
    assert [p["id"] for p in worker.say(row.code)[-1].texts["paragraphs"]] == ["desk.no_case"]
    other.say(row.code)
    assert any(c["code"].startswith(f"{row.code}~age") for c in other.replies()[-1].texts["choices"])


def called(connection: Connection, number: int, name: str) -> None:
    """The person has chosen this name at the console."""
    connection.execute(
        insert(Login).values(person_id=number, name=name, password_hash="none", created_at=now())
    )


def test_only_health_workers_who_are_reached_in_a_chat_are_offered_by_the_name_they_chose(
    scene: Stage,
) -> None:
    """One by name, one by number; not the clinician, not who left the platform, not who has no chat, not the worker."""
    worker, named, plain, quiet, clinician = (Worker(scene, f"w{n}") for n in range(5))
    for one in (worker, named, plain, quiet):
        one.join()
    clinician.join("clinician")
    quiet.send("stopped")
    with transaction(scene.engine) as connection:
        connection.execute(insert(Person).values(role="chw", created_at=now(), active=True))
        numbers = [people.person_of(connection, w.chat).id for w in (named, plain)]  # type: ignore[union-attr]
        called(connection, numbers[0], "asha")
    worker.forward("user:amina", "f1")
    (row,) = cases(scene)
    choices = worker.say(f"{row.code} hand over")[-1].texts["choices"]
    assert [c["code"] for c in choices] == [f"{row.code}~hand.{number}" for number in numbers]
    assert choices[0]["label"]["args"] == {"text": "asha"}
    assert keys(worker.say("1")) == ["handed"]
    assert named.replies()[-1].key == "came"


def test_the_name_a_colleague_chose_stands_in_no_log_and_not_in_the_trail(
    scene: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    worker, other = Worker(scene, "w1"), Worker(scene, "w2")
    worker.join()
    other.join()
    with transaction(scene.engine) as connection:
        for name, one in (("zuhura-made-up", worker), ("asha-made-up", other)):
            number = people.person_of(connection, one.chat).id  # type: ignore[union-attr]
            called(connection, number, name)
    worker.forward("user:amina", "f1")
    (row,) = cases(scene)
    assert keys(worker.say(f"{row.code} hand over asha-made-up")) == ["handed"]
    assert "zuhura-made-up" in str(other.replies()[-1].texts)
    with transaction(scene.engine) as connection:
        trail = [str(row) for row in connection.execute(select(Audit)).all()]
    assert any("case_handed_over" in row for row in trail)
    logged = [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    assert "made-up" not in "\n".join([*trail, *logged])


def test_who_is_due_today_is_asked_of_the_calendar_of_the_deployers_time_zone(scene: Stage) -> None:
    zone = ZoneInfo("Pacific/Kiritimati")
    here = replace(scene.parts.settings, quiet=replace(scene.parts.settings.quiet, zone=zone))
    scene.parts = replace(scene.parts, settings=here)
    worker = Worker(scene, "w1")
    worker.join()
    worker.forward("user:amina", "f1")
    midnight = local_day.ends(now(), zone)
    for due, listed in ((midnight - 1, True), (midnight + 60, False)):
        with transaction(scene.engine) as connection:
            connection.execute(update(CaseRow).values(due_at=due, version=CaseRow.version + 1))
        assert bool(worker.say("today")[-1].texts["choices"]) is listed


def test_deleting_everything_erases_cases_photographs_notes_and_the_role(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    worker.forward("user:amina", "f1")
    worker.forward("user:amina", text="it itches")
    (row,) = cases(scene)
    worker.press(f"{row.code}~consent.yes")
    worker.say("delete")
    worker.press("delete.yes")
    assert keys(worker.replies()) == ["deleted"]
    assert cases(scene) == []
    assert count(scene, Photo) == 0
    assert count(scene, ReplyRow, ReplyRow.key != "deleted") == 0
    assert count(scene, Audit, Audit.what == "case_erased") == 1
    assert worker.say("hello")[-1].key == "consent", "a role is a trace too"


def test_deleting_one_case_leaves_the_others(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    for patient in ("amina", "baraka"):
        worker.forward(f"user:{patient}", f"f-{patient}")
    first, second = cases(scene)
    worker.press(f"{first.code}~consent.yes", f"{second.code}~consent.yes")
    worker.say(f"delete {first.code}")
    worker.press(f"{first.code}~erase.yes")
    assert [row.id for row in cases(scene)] == [second.id]
    assert count(scene, Photo, Photo.case_id == second.id) == 1
    assert count(scene, Photo) == 1


def test_leaving_makes_the_chat_a_patients_again(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    worker.say("/leave")
    worker.press("leave.yes")
    with transaction(scene.engine) as connection:
        assert people.role_of(connection, worker.chat) == "patient"
    assert worker.say("hello")[-1].key == "consent"


def test_a_worker_whose_role_was_taken_away_is_answered_as_a_patient(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    with transaction(scene.engine) as connection:
        people.remove(connection, people.person_of(connection, worker.chat).id)  # type: ignore[union-attr]
    assert worker.say("hello")[-1].key == "consent"


def test_another_workers_code_opens_nothing(scene: Stage) -> None:
    worker, other = Worker(scene, "w1"), Worker(scene, "w2")
    worker.join()
    other.join()
    worker.forward("user:amina", "f1")
    (row,) = cases(scene)
    assert keys(other.say(row.code)) == ["no_case"]
    assert keys(other.press(f"{row.code}~consent.yes")) == ["no_case"]
    assert cases(scene)[0].version == row.version


def test_members_made_by_hand_are_workers_too(scene: Stage) -> None:
    with transaction(scene.engine) as connection:
        _, chat = a_member(connection, "w9")
    worker = Worker(scene, "w9")
    worker.chat = chat
    assert keys(worker.say("list")) == ["list"]


def test_places_are_named_and_a_worker_is_asked_once_where_they_are(engine: Engine, tmp_path: Path) -> None:
    known = [
        Place(str(n), f"Clinic {n}", "clinic", "TZ", "Mtoni", float(n), 36.0, services=("emergency",))
        for n in range(4)
    ]
    with stage(engine, tmp_path, channel="telegram") as scene:
        worker, patient = Worker(scene, "7001"), Worker(scene, "7002")
        with transaction(engine) as connection:
            places.put(connection, known[:1])
        assert "Clinic 0" in str([reply.texts for reply in patient.say("he cannot breathe")])
        with transaction(engine) as connection:
            places.put(connection, known)
        worker.join()

        def emergency() -> str:
            worker.say("new")
            return str([reply.texts for reply in worker.say("he cannot breathe")])

        assert "desk.where.ask" in emergency()
        assert "desk.where.ask" not in emergency()
        worker.send("unusable", unusable="location", location=[2.9, 36.0])
        assert "Clinic 3" in emergency()
        assert "Clinic" not in str([reply.texts for reply in patient.say("he cannot breathe")])
        located = patient.send("unusable", unusable="location", location=[1.2, 36.0])
        assert "Clinic 1" in str([reply.texts for reply in located])


def test_an_emergency_of_a_health_worker_goes_to_the_hospital_as_a_patients_does(
    engine: Engine, tmp_path: Path
) -> None:
    known = [
        Place("p", "Ridge Dispensary", "post", "TZ", "Mtoni", -6.0, 39.0),
        Place("o", "Mama Duka Pharmacy", "other", "TZ", "Mtoni", -6.001, 39.0),
        Place("h", "Town Hospital", "hospital", "TZ", "Mtoni", -6.2, 39.0, services=("emergency",)),
    ]
    with stage(engine, tmp_path, channel="telegram") as scene:
        with transaction(engine) as connection:
            places.put(connection, known)
        worker = Worker(scene, "7001")
        worker.join()
        worker.send("unusable", unusable="location", location=[-6.0, 39.0])
        worker.say("new")
        told = str([reply.texts for reply in worker.say("he cannot breathe")])
        assert "Town Hospital" in told
        assert "Ridge" not in told
        assert "Duka" not in told
