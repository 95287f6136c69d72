"""Whoever signs in at the console makes a chat their own by a code; their role stays, and so does what the chat is about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from bot import invitations, people
from bot.cases import spoken, store
from bot.channels import Account
from bot.console import logins
from bot.database import transaction
from bot.sealing import Sealer
from bot.tables import Chat, Invitation, Person, ReplyRow
from tests.worker.stage import Stage, stage
from tests.worker.test_clinicians import patients_case
from tests.worker.test_desk import Worker, cases, jpeg
from worker import deliver

HASH = "no password"


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path, "whatsapp") as made:
        yield made


def own_code(scene: Stage, name: str, role: str) -> tuple[int, str]:
    with transaction(scene.engine) as connection:
        number = logins.add(connection, name, HASH, role)
        return number, invitations.invite_own(connection, scene.parts.settings.master_keys, number)


def of_chat(scene: Stage, chat: int) -> tuple[int | None, str]:
    with transaction(scene.engine) as connection:
        person = connection.execute(select(Chat.person_id).where(Chat.id == chat)).scalar_one()
        return person, people.role_of(connection, chat)


def test_an_administrators_chat_is_theirs_and_goes_on_as_it_was(scene: Stage) -> None:
    somebody = Worker(scene, "a1")
    somebody.say("hello")
    with transaction(scene.engine) as connection:
        before = connection.execute(select(Chat.state).where(Chat.id == somebody.chat)).scalar_one()
    number, code = own_code(scene, "adm", "admin")
    (said,) = somebody.say(code)
    assert "join.own" in str(said.texts)
    assert of_chat(scene, somebody.chat) == (number, "admin")
    with transaction(scene.engine) as connection:
        chat = connection.execute(select(Chat).where(Chat.id == somebody.chat)).one()
        assert people.reached_on(connection, number, Account(chat.channel, chat.account)) == somebody.chat
        assert chat.state == before
    other = Worker(scene, "a2")
    other.say("hello")
    other.say(code)
    assert of_chat(scene, other.chat) == (None, "patient"), "good once"


def test_a_clinician_of_the_console_answers_in_their_own_chat_too(scene: Stage) -> None:
    doctor = Worker(scene, "d1")
    doctor.say("hello")
    number, code = own_code(scene, "ana", "clinician")
    doctor.say(code)
    assert of_chat(scene, doctor.chat) == (number, "clinician")
    assert "clinic" in str(doctor.say("menu")[-1].texts)


@pytest.mark.parametrize("why", ["another's chat", "removed", "a newer one", "late"])
def test_a_code_of_ones_own_changes_nobody_else(scene: Stage, why: str) -> None:
    somebody = Worker(scene, "w1")
    if why == "another's chat":
        somebody.join()
    else:
        somebody.say("hello")
    before = of_chat(scene, somebody.chat)
    number, code = own_code(scene, "adm", "admin")
    with transaction(scene.engine) as connection:
        if why == "removed":
            connection.execute(update(Person).where(Person.id == number).values(active=False))
        if why == "a newer one":
            invitations.invite_own(connection, scene.parts.settings.master_keys, number)
        if why == "late":
            connection.execute(update(Invitation).values(expires_at=1.0))
    somebody.say(code)
    assert of_chat(scene, somebody.chat) == before


@pytest.mark.parametrize("role", ["admin", "supervisor"])
def test_whose_chat_became_their_own_is_a_patient_there_in_their_case_too(scene: Stage, role: str) -> None:
    Worker(scene, "d1").join("clinician")
    patient = Worker(scene, "p1")
    scene.channel.photos["f9"] = jpeg()
    patients_case(scene, patient, signs=True)
    (row,) = cases(scene)
    with transaction(scene.engine) as connection:
        number = logins.add(connection, "adm", HASH, role)
        connection.execute(update(Chat).where(Chat.id == patient.chat).values(person_id=number))
        case = store.by_id(connection, row.id)
        assert case is not None
        said = spoken.said(connection, Sealer(scene.parts.settings.master_keys), case)
        assert any(line.who == "ngozi" for line in said), "the talk stands at the case"
    last = patient.replies()[-1].id
    with transaction(scene.engine) as connection:
        connection.execute(update(ReplyRow).where(ReplyRow.id == last).values(state="queued", key="opinion"))
        deliver._silence(connection, patient.chat)
    assert patient.replies()[-1].state == "parked", "it waits until they write again"
