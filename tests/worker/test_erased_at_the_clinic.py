"""What a clinician was shown of a case, and what they were about to answer, goes with the case."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from bot import conversation, people
from bot.cases import clinic, notes, store
from bot.casework import codes
from bot.clock import db_now
from bot.console import erase_search
from bot.database import transaction
from bot.leases import TURN, take
from bot.messages import Urgency
from bot.tables import CaseRow, Chat, Copy, Forget, ReplyRow
from tests.console.desk_world import told
from tests.worker.stage import Stage, stage
from tests.worker.test_desk import Worker
from worker import case_erasing, deliver, erasing

WORDS = "It is a wart on her hand"


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path, "whatsapp") as made:
        yield made


def put_before_the_clinicians(scene: Stage, chat: int, *, of_desk: bool) -> store.Case:
    """A case of the chat that waits for a clinician: one of its patients', or its own."""
    with transaction(scene.engine) as connection:
        case = store.open_case(connection, chat, told("en"))
        if of_desk:
            state = replace(case.state, case_version=codes.first_version(case.code))
        else:
            state = case.state
            connection.execute(
                update(Chat).where(Chat.id == chat).values(state=conversation.to_json(case.state))
            )
        case = store.save(connection, replace(case, state=state, found_urgency=Urgency.WEEK))
        connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(told_at=db_now()))
        notes.add(connection, scene.parts.sealer, case.id, "worker", "she says it itches at night")
        clinic.escalate(connection, case.id, "unsure")
    return case


def all_leaves(scene: Stage, chat: int) -> list[str]:
    for _ in range(8):
        deliver.run(scene.parts, chat)
        scene.pass_time(30)
    return [one.text for one in scene.channel.sent]


def what_the_chat_holds(scene: Stage, chat: int) -> str:
    with transaction(scene.engine) as connection:
        rows = connection.execute(select(ReplyRow).where(ReplyRow.chat_id == chat)).all()
        state = connection.execute(select(Chat.state).where(Chat.id == chat)).scalar_one()
    return json.dumps([[row.texts, row.parts] for row in rows]) + (state or "")


def erase(scene: Stage, case: store.Case, person: Worker, by: str) -> None:
    match by:
        case "clinic":
            with transaction(scene.engine) as connection:
                case_erasing.erase_case(connection, case.id, scene.parts.settings)
        case "console":
            with transaction(scene.engine) as connection:
                erasing.erase_chat(connection, person.chat, scene.parts.settings)
        case "worker":
            person.say(f"delete {case.code}")
            person.press(f"{case.code}~erase.yes")
        case "patient":
            (asked,) = person.say("DELETE")
            person.press(next(c["code"] for c in asked.texts["choices"] if "yes" in c["code"]))


@pytest.mark.parametrize("by", ["clinic", "worker", "patient", "console"])
def test_nothing_of_an_erased_case_is_sent_to_the_clinician_who_took_it(scene: Stage, by: str) -> None:
    person, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    of_desk = by in ("clinic", "worker")
    person.join() if of_desk else person.say("hello")
    doctor.join("clinician")
    case = put_before_the_clinicians(scene, person.chat, of_desk=of_desk)
    doctor.say(f"take {case.code}")
    doctor.say(WORDS)
    assert WORDS in what_the_chat_holds(scene, doctor.chat)
    assert "itches at night" in what_the_chat_holds(scene, doctor.chat)
    erase(scene, case, person, by)
    with transaction(scene.engine) as connection:
        assert store.by_id(connection, case.id) is None
    left = what_the_chat_holds(scene, doctor.chat)
    assert WORDS not in left
    assert "itches at night" not in left
    scene.channel.sent.clear()
    sent = "\n".join(all_leaves(scene, doctor.chat))
    assert WORDS not in sent
    assert "itches at night" not in sent


def test_what_was_sent_of_it_is_redacted_at_the_provider(scene: Stage) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    case = put_before_the_clinicians(scene, worker.chat, of_desk=True)
    doctor.say(f"take {case.code}")
    all_leaves(scene, doctor.chat)
    (shown,) = [row for row in doctor.replies() if row.key == "taken"]
    assert shown.state == "sent"
    with transaction(scene.engine) as connection:
        case_erasing.erase_case(connection, case.id, scene.parts.settings)
        forgotten = connection.execute(select(Forget.message_ref)).scalars().all()
        assert shown.provider_id in forgotten
        held = connection.execute(select(Copy.provider_id)).scalars().all()
        assert shown.provider_id not in held


@pytest.mark.parametrize("then", ["words", "button"])
def test_who_was_answering_hears_that_it_is_gone(scene: Stage, then: str) -> None:
    worker, doctor = Worker(scene, "w1"), Worker(scene, "d1")
    worker.join()
    doctor.join("clinician")
    case = put_before_the_clinicians(scene, worker.chat, of_desk=True)
    doctor.say(f"take {case.code}")
    doctor.say(WORDS)
    with transaction(scene.engine) as connection:
        case_erasing.erase_case(connection, case.id, scene.parts.settings)
    said = doctor.say("She should come") if then == "words" else doctor.press(f"{case.code}~send.today")
    assert [p["id"] for p in said[-1].texts["paragraphs"]] == ["clinic.lost"]


def test_an_answer_that_is_being_written_down_is_not(scene: Stage) -> None:
    worker, doctor, other = Worker(scene, "w1"), Worker(scene, "d1"), Worker(scene, "d2")
    worker.join()
    for one in (doctor, other):
        one.join("clinician")
    case = put_before_the_clinicians(scene, worker.chat, of_desk=True)
    doctor.say(f"take {case.code}")
    with transaction(scene.engine) as connection:
        tokens: dict[int, Any] = {
            chat: take(connection, TURN, chat, 60.0) for chat in (doctor.chat, other.chat)
        }
        case_erasing.erase_case(connection, case.id, scene.parts.settings)
        rows = connection.execute(select(Chat.id, Chat.turn_token, Chat.due_at)).all()
        held = {row.id: row.turn_token for row in rows}
        # A turn under way has read what was there before: it is done again. Who is at something else goes on.
        assert held[doctor.chat] is None
        assert held[other.chat] == tokens[other.chat]
        assert next(row.due_at for row in rows if row.id == doctor.chat) is not None


def test_who_comes_back_after_an_erasing_is_reached_and_can_have_all_erased_again(scene: Stage) -> None:
    doctor, person = Worker(scene, "d1"), Worker(scene, "p1")
    keys = scene.parts.settings.master_keys

    def found() -> tuple[list[int], list[int]]:
        with transaction(scene.engine) as connection:
            shown = erase_search.find(connection, keys, "whatsapp:main:p1")
            known = [one for one in shown if erase_search.one(connection, "chat", one.id) is not None]
            return people.active_chats(connection, "clinician"), [one.id for one in known]

    doctor.join("clinician")
    person.say("hello")
    for _ in range(2):
        assert found() == ([doctor.chat], [person.chat])
        with transaction(scene.engine) as connection:
            for one in (doctor, person):
                assert erasing.erase_chat(connection, one.chat, scene.parts.settings)
        assert found() == ([], [])
        doctor.join("clinician")
        person.say("hello again")
