"""A bare no is of the question that had left when it was written: of what nobody was asked, nobody denies a sign."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from bot import conversation, inbox
from bot.cases import store
from bot.channels import RawUpdate, SendFailed, Sent
from bot.database import transaction
from bot.messages import Outgoing
from bot.tables import Chat, Heartbeat, InboundRow, ReplyRow
from tests.worker.stage import Stage, stage
from tests.worker.test_desk import Worker
from worker import catching_up, deliver, turn


@pytest.fixture(params=["telegram", "whatsapp"])
def scene(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path, request.param) as made:
        yield made


@pytest.fixture
def person(scene: Stage) -> Worker:
    """Somebody who has the first question about danger on their phone."""
    made = Worker(scene, "p1")
    made.say("hello")
    made.press("consent.yes", "age.adult")
    scene.pass_time(100)
    deliver.run(scene.parts, made.chat)
    scene.pass_time(100)
    deliver.run(scene.parts, made.chat)
    scene.pass_time(100)
    deliver.run(scene.parts, made.chat)
    assert (made.replies()[-1].key, made.replies()[-1].state) == ("danger1", "sent")
    return made


def typed(person: Worker, *words: str, **said: object) -> None:
    """All of it comes before a turn begins; nothing that is in line has arrived."""
    raws = []
    for text in words:
        person.count += 1
        payload = json.dumps({"kind": "message", "language_hint": "en", "text": text, **said})
        raws.append(RawUpdate(f"{person.address}-{person.count}", person.address, payload, person.count))
    inbox.receive(person.scene.engine, person.scene.account, raws)
    turn.run(person.scene.parts, person.chat)


def denied(person: Worker) -> list[str]:
    """The groups of signs that count as denied."""
    with transaction(person.scene.engine) as connection:
        kept = connection.execute(select(Chat.state).where(Chat.id == person.chat)).scalar_one()
    told = conversation.from_json(kept or "").answers
    return [key for key in ("group1", "group3") if told.get(key) == "none"]


def test_a_no_that_was_typed_twice_denies_what_was_asked_once(person: Worker) -> None:
    typed(person, "no", "no")
    assert denied(person) == ["group1"]
    keys = [reply.key for reply in person.replies() if reply.state == "queued"]
    assert keys == ["danger3"], "asked once, as it is in line already"


def test_the_answer_to_what_has_left_counts(person: Worker) -> None:
    typed(person, "no")
    assert denied(person) == ["group1"]
    person.scene.pass_time(100)
    deliver.run(person.scene.parts, person.chat)
    assert person.replies()[-1].state == "sent", "no status has come yet"
    typed(person, "no")
    assert denied(person) == ["group1", "group3"]


@pytest.mark.parametrize("words", ["no", "none", "1", "one", "I don't know", "yes"])
def test_what_failed_is_asked_again(person: Worker, words: str) -> None:
    with transaction(person.scene.engine) as connection:
        connection.execute(update(ReplyRow).where(ReplyRow.key == "danger1").values(state="failed"))
    before = len(person.replies())
    typed(person, words)
    assert denied(person) == []
    assert [reply.key for reply in person.replies()[before:]] == ["danger1"]


def test_what_parked_leaves_by_itself(person: Worker) -> None:
    with transaction(person.scene.engine) as connection:
        connection.execute(update(ReplyRow).where(ReplyRow.key == "danger1").values(state="parked"))
    typed(person, "no")
    assert denied(person) == []
    assert [(r.key, r.state) for r in person.replies()][-1] == ("danger1", "queued")


def test_danger_is_heard_all_the_same(person: Worker) -> None:
    typed(person, "no", "my throat is swelling and I cannot breathe")
    assert person.replies()[-1].key == "now"


def test_a_button_names_its_question(person: Worker) -> None:
    typed(person, "no")
    person.press("danger3.none")
    assert denied(person) == ["group1", "group3"]


def test_a_question_that_was_said_again_and_failed_was_read_the_first_time(person: Worker) -> None:
    typed(person, "what is that?")
    last = person.replies()[-1].id
    assert person.replies()[-1].key == "danger1"
    with transaction(person.scene.engine) as connection:
        connection.execute(update(ReplyRow).where(ReplyRow.id == last).values(state="failed"))
    typed(person, "no")
    assert denied(person) == ["group1"]


def test_words_that_arrived_though_the_voice_note_failed_were_read(person: Worker) -> None:
    row = person.replies()[-1]
    with transaction(person.scene.engine) as connection:
        parts = [{"text": "", "medium": {"kind": "voice", "ref": "x"}}, "words"]
        connection.execute(
            update(ReplyRow).where(ReplyRow.id == row.id).values(state="failed", parts=parts, parts_sent=0)
        )
        told = "insert into receipts (outgoing_id, provider_id, rank, error, at) values ('{}-{}', '{}', {}, '', 1)"
        connection.exec_driver_sql(told.format(row.uuid, 0, "a", 3))
        connection.exec_driver_sql(told.format(row.uuid, 1, "b", 4))
    typed(person, "no")
    assert denied(person) == ["group1"]


def test_while_it_is_leaving_for_the_first_time_an_answer_counts(person: Worker) -> None:
    """The platform shows it before it tells us that it took it."""

    def answered(outgoing: Outgoing) -> Sent:
        typed(person, "no")
        return Sent("P9")

    typed(person, "no")
    person.scene.pass_time(100)
    person.scene.channel.send = answered  # type: ignore[method-assign]
    deliver.run(person.scene.parts, person.chat)
    assert denied(person) == ["group1", "group3"]


def test_what_may_never_have_arrived_was_not_read(person: Worker) -> None:
    typed(person, "no")
    person.scene.pass_time(100)
    person.scene.channel.script = [SendFailed("unknown", code="ReadTimeout")]
    deliver.run(person.scene.parts, person.chat)
    assert person.replies()[-1].state == "sending"
    typed(person, "no")
    assert denied(person) == ["group1"]
    assert [reply.key for reply in person.replies()].count("danger3") == 1, (
        "it is tried at once, not said twice"
    )


def test_telegrams_numbers_say_what_was_written_before_what(engine: Engine, tmp_path: Path) -> None:
    numbers = itertools.count(50)
    with stage(engine, tmp_path) as scene:
        scene.channel.send = lambda outgoing: Sent(str(next(numbers)))  # type: ignore[method-assign]
        made = Worker(scene, "p1")
        made.say("hello")
        made.press("consent.yes", "age.adult")
        for _ in range(3):
            deliver.run(scene.parts, made.chat)
            scene.pass_time(100)
        assert made.replies()[-1].provider_id == "52"
        made.count = 40
        typed(made, "no")
        assert denied(made) == [], "number 41 was written before question 52"
        made.count = 60
        typed(made, "no")
        assert denied(made) == ["group1"]


def test_a_message_that_was_missed_denies_nothing_that_was_asked_later(
    engine: Engine, tmp_path: Path
) -> None:
    with stage(engine, tmp_path, "whatsapp") as scene:
        made = Worker(scene, "whatsapp:+1")
        made.say("hello")
        made.press("consent.yes", "age.adult")
        for _ in range(3):
            deliver.run(scene.parts, made.chat)
            scene.pass_time(100)
        assert made.replies()[-1].state == "sent"
        payload = json.dumps({"kind": "message", "language_hint": "en", "text": "no", "sent_at": 1.0})
        missed = [RawUpdate("SM" + "0" * 32, "whatsapp:+1", payload)]
        scene.channel.missed_since = lambda since: iter(missed)  # type: ignore[attr-defined]
        with transaction(engine) as connection:
            connection.execute(update(Heartbeat).values(at=0.0))
        assert catching_up.catch_up(scene.parts) == 1
        turn.run(scene.parts, made.chat)
        assert denied(made) == []
        with transaction(engine) as connection:
            assert set(connection.execute(select(InboundRow.state)).scalars()) == {"done"}


def test_of_a_health_workers_patient_too(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    worker.forward("user:1", "f1", "look")
    code = store_code(scene, worker)
    for step in ("consent.yes", "age.adult"):
        worker.press(f"{code}~{step}")
    scene.read(worker.chat)
    assert worker.replies()[-1].key == "danger1"
    before = len(worker.replies())
    typed(worker, "none", "none")
    with transaction(scene.engine) as connection:
        case = store.load_open(connection, worker.chat)[0]
    assert (case.state.answers.get("group1"), case.state.answers.get("group3")) == ("none", None)
    assert [reply.key for reply in worker.replies()[before:]] == ["danger3"]
    scene.read(worker.chat)
    typed(worker, "none")
    with transaction(scene.engine) as connection:
        assert store.load_open(connection, worker.chat)[0].state.answers.get("group3") == "none"


def store_code(scene: Stage, worker: Worker) -> str:
    with transaction(scene.engine) as connection:
        return store.load_open(connection, worker.chat)[0].code


@pytest.mark.parametrize(
    "failed", [SendFailed("later", code="refused"), SendFailed("outage", code="connect")]
)
def test_while_what_surely_failed_is_tried_again_nobody_denies_it(person: Worker, failed: SendFailed) -> None:
    typed(person, "no")
    person.scene.pass_time(100)
    person.scene.channel.script = [failed]
    deliver.run(person.scene.parts, person.chat)
    # Which hastens the next try, as if the first had not been.
    typed(person, "no")

    def hangs(outgoing: Outgoing) -> Sent:
        typed(person, "no")
        raise failed

    person.scene.channel.send = hangs  # type: ignore[method-assign]
    person.scene.pass_time(100)
    deliver.run(person.scene.parts, person.chat)
    assert denied(person) == ["group1"]


def test_what_was_written_before_the_try_that_arrived_denies_nothing(scene: Stage, person: Worker) -> None:
    typed(person, "no")
    scene.pass_time(100)
    scene.channel.script = [SendFailed("later", code="refused")]
    deliver.run(scene.parts, person.chat)
    assert person.replies()[-1].first_tried_at is None, "nobody can have read what surely did not leave"
