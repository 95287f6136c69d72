"""A clinician closes a case at the console: whoever looks after it hears it, and in plain words the patient; once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

import locales
from bot import conversation, people, reply_json
from bot.cases import store, taken_codes
from bot.casework import codes
from bot.conversation.desk import DeskState, write_desk
from bot.conversation.here import Here
from bot.database import reading, transaction
from bot.queue import DELIVER
from bot.tables import Audit, Chat, ReplyRow
from tests.bot.cases.world import a_chat, a_member
from tests.console.desk_world import a_case as patients_case
from tests.console.desk_world import told
from tests.console.world import World


def a_linked_case(world: World) -> tuple[int, store.Case, int, int]:
    """Number of a worker who speaks Swahili, their case, its chat, and the chat of its patient, who speaks Arabic."""
    with transaction(world.engine) as connection:
        person, worker = a_member(connection, "w")
        patient = a_chat(connection, "p")
        desk = write_desk(DeskState(role="chw", language="sw", here=Here(channel="telegram")))
        connection.execute(update(Chat).where(Chat.id == worker).values(state=desk))
        talk = conversation.to_json(conversation.new_state("ar"))
        connection.execute(update(Chat).where(Chat.id == patient).values(state=talk))
        (code,) = taken_codes.proposed(connection, 1)
        state = told("sw", case_version=codes.first_version(code))
        return (
            person,
            store.open_case(connection, worker, state, code=code, patient_chat_id=patient),
            worker,
            patient,
        )


def said(world: World) -> list[tuple[int, str, str, str]]:
    """Chat, language, words and state of every reply."""
    with reading(world.engine) as connection:
        rows = connection.execute(select(ReplyRow).order_by(ReplyRow.id)).all()
    return [
        (
            row.chat_id,
            row.language,
            "\n".join(
                locales.render(t, row.language) for t in reply_json.reply_from_json(row.texts).paragraphs
            ),
            row.state,
        )
        for row in rows
    ]


def test_worker_and_patient_hear_it_once_each_in_their_language(world: World) -> None:
    _, case, worker, patient = a_linked_case(world)
    woken: list[tuple[str, int]] = []
    world.console.wake = lambda task, row_id, after_s=0.0: woken.append((task, row_id))
    doctor = world.signed_in("one", "clinician")
    assert "The health worker who looks after it is told" in doctor.get(f"/cases/{case.code}").text
    assert doctor.post(f"/cases/{case.code}/close", {"outcome": "referred", "yes": "1"}).status_code == 303
    (to_worker, to_patient) = said(world)
    assert (to_worker[0], to_worker[1], to_worker[3]) == (worker, "sw", "queued")
    assert case.code in to_worker[2]
    assert locales.render(locales.Text("desk.close.referred"), "sw") in to_worker[2]
    assert (to_patient[0], to_patient[1], to_patient[3]) == (patient, "ar", "queued")
    assert to_patient[2] == locales.render(locales.Text("clinic.closed"), "ar")
    assert case.code not in to_patient[2], "a patient knows no codes"
    assert woken == [(DELIVER, worker), (DELIVER, patient)]
    with reading(world.engine) as connection:
        due = connection.execute(select(Chat.send_due_at).where(Chat.id.in_((worker, patient)))).scalars()
        assert None not in list(due), "found by the sweep where nobody was woken"
        noted = connection.execute(select(Audit.details).where(Audit.what == "case_closed")).scalar_one()
        assert noted == {"told": 2}
    assert doctor.post(f"/cases/{case.code}/close", {"outcome": "referred", "yes": "1"}).status_code == 409
    assert len(said(world)) == 2


def test_the_chat_of_somebody_who_died_is_left_in_peace(world: World) -> None:
    _, case, worker, _ = a_linked_case(world)
    world.signed_in("one", "clinician").post(f"/cases/{case.code}/close", {"outcome": "died", "yes": "1"})
    assert [chat for chat, *_ in said(world)] == [worker]


def test_a_patients_own_case_is_told_in_their_chat(world: World) -> None:
    case = patients_case(world, language="en")
    world.signed_in("one", "clinician").post(f"/cases/{case.code}/close", {"outcome": "seen", "yes": "1"})
    ((chat, _, words, _),) = said(world)
    assert chat == case.chat_id
    assert "closed your case" in words
    assert "do as I told you before" in words, "nothing of how soon is taken back"


def test_who_works_here_no_more_hears_nothing_of_former_patients(world: World) -> None:
    person, case, _, patient = a_linked_case(world)
    with transaction(world.engine) as connection:
        people.remove(connection, person)
    world.signed_in("one", "clinician").post(f"/cases/{case.code}/close", {"outcome": "lost", "yes": "1"})
    assert [chat for chat, *_ in said(world)] == [patient]


def test_whoever_stopped_is_not_written_to(world: World) -> None:
    _, case, worker, patient = a_linked_case(world)
    with transaction(world.engine) as connection:
        connection.execute(update(Chat).where(Chat.id == patient).values(stopped=True))
    world.signed_in("one", "clinician").post(f"/cases/{case.code}/close", {"outcome": "seen", "yes": "1"})
    assert [chat for chat, *_ in said(world)] == [worker]
    assert locales.render(locales.Text("desk.link.not_reached"), "sw") in said(world)[0][2]


def test_whoever_said_stop_in_their_own_chat_is_not_written_to(world: World) -> None:
    case = patients_case(world, language="en")
    state = conversation.to_json(replace(conversation.new_state("en"), stopped=True))
    with transaction(world.engine) as connection:
        connection.execute(update(Chat).where(Chat.id == case.chat_id).values(state=state))
    world.signed_in("one", "clinician").post(f"/cases/{case.code}/close", {"outcome": "seen", "yes": "1"})
    assert said(world) == []


def test_a_closing_that_fails_tells_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _, case, _, _ = a_linked_case(world)

    def late(connection, found, outcome):  # type: ignore[no-untyped-def]
        raise store.CaseMoved("somebody was first")

    monkeypatch.setattr(store, "close", late)
    doctor = world.signed_in("one", "clinician")
    assert doctor.post(f"/cases/{case.code}/close", {"outcome": "seen", "yes": "1"}).status_code == 409
    assert said(world) == []
