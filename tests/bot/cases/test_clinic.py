"""No case is answered by two clinicians, none is forgotten, and an answer reaches the chat that waits for it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import Engine, select, update

from bot.cases import clinic, forgotten, notes, store, summary
from bot.clock import db_now
from bot.database import transaction
from bot.messages import Urgency
from bot.sealing import Sealer, sealed_with
from bot.tables import CaseNote, CaseRow, Chat
from tests.bot.cases.world import KEYS, a_case, a_member

SEALER = Sealer(KEYS)


def test_the_queue_is_by_urgency_then_by_how_long_one_waits(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        ages = [
            (Urgency.ROUTINE, 900),
            (Urgency.TODAY, 10),
            (Urgency.TODAY, 500),
            (None, 999),
            (Urgency.NOW, 1),
        ]
        for urgency, age in ages:
            case = store.save(connection, replace(a_case(connection, chat), found_urgency=urgency))
            clinic.escalate(connection, case.id, "unsure")
            connection.execute(
                update(CaseRow).where(CaseRow.id == case.id).values(escalated_at=db_now() - age)
            )
        a_case(connection, chat)
        found = clinic.queue(connection)
        assert [c.found_urgency for c in found] == [
            Urgency.NOW,
            Urgency.TODAY,
            Urgency.TODAY,
            Urgency.ROUTINE,
            None,
        ]
        assert found[1].escalated_at < found[2].escalated_at  # type: ignore[operator]
        assert all(c.waits for c in found)


def test_a_case_that_waits_keeps_its_place_when_it_is_sent_again(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        case = a_case(connection, chat)
        clinic.escalate(connection, case.id, "unsure")
        connection.execute(update(CaseRow).values(escalated_at=5.0))
        clinic.escalate(connection, case.id, "cancer")
        (waiting,) = clinic.queue(connection)
        assert (waiting.escalated_at, waiting.reason) == (5.0, "cancer")


def test_of_many_clinicians_at_once_one_gets_the_case(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        doctors = [a_member(connection, f"d{n}", "clinician")[0] for n in range(6)]
        case = a_case(connection, chat)
        clinic.escalate(connection, case.id, "unsure")
    gate = threading.Barrier(len(doctors))
    got: list[bool] = []

    def take(doctor: int) -> None:
        gate.wait()
        with transaction(engine) as connection:
            got.append(clinic.claim(connection, case.id, doctor))

    threads = [threading.Thread(target=take, args=(doctor,)) for doctor in doctors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False] * 5 + [True]


def test_a_claim_is_renewed_given_back_and_runs_out(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        first, second = (a_member(connection, f"d{n}", "clinician")[0] for n in range(2))
        case = a_case(connection, chat)
        assert not clinic.claim(connection, case.id, first), "nobody asked for an answer"
        clinic.escalate(connection, case.id, "asked")
        assert clinic.claim(connection, case.id, first)
        assert clinic.claim(connection, case.id, first)
        assert [c.id for c in clinic.claimed(connection, first)] == [case.id]
        assert clinic.queue(connection) == []
        assert clinic.in_queue(connection, case.code) is not None
        assert not clinic.release(connection, case.id, second)
        assert clinic.release(connection, case.id, first)
        assert clinic.claim(connection, case.id, second, claim_s=-1)
        assert [c.id for c in clinic.queue(connection)] == [case.id]
        assert clinic.claimed(connection, second) == []
        assert clinic.claim(connection, case.id, first)


def test_an_answer_wakes_the_chat_and_is_told_once(engine: Engine) -> None:
    with transaction(engine) as connection:
        worker, chat = a_member(connection, "1")
        doctor, _ = a_member(connection, "d", "clinician")
        case = a_case(connection, chat)
        notes.add(connection, SEALER, case.id, "worker", "since May", worker)
        clinic.escalate(connection, case.id, "unsure")
        assert clinic.claim(connection, case.id, doctor)
        clinic.answer(connection, SEALER, case.id, doctor, "Send her to the skin clinic.")
        assert clinic.queue(connection) == clinic.claimed(connection, doctor) == []
        assert (
            connection.execute(select(Chat.due_at).where(Chat.id == chat)).scalar_one()
            <= connection.execute(select(db_now())).scalar_one()
        )
        (told,) = clinic.answers_to_tell(connection, chat)
        assert told.id == case.id
        assert not told.waits
        assert [(n.kind, n.author, n.text) for n in notes.of_case(connection, SEALER, case.id)] == [
            ("worker", worker, "since May"),
            ("clinician", doctor, "Send her to the skin clinic."),
        ]
        clinic.told(connection, case.id, told.answered_at)
        assert clinic.answers_to_tell(connection, chat) == []
        # It may be sent again; then it waits anew.
        clinic.escalate(connection, case.id, "asked")
        assert [c.id for c in clinic.queue(connection)] == [case.id]


def test_telling_one_answer_does_not_mark_the_next_as_told(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        doctor, _ = a_member(connection, "d", "clinician")
        case = a_case(connection, chat)

        def answer(text: str, at: float) -> store.Case:
            clinic.escalate(connection, case.id, "asked")
            assert clinic.claim(connection, case.id, doctor)
            clinic.answer(connection, SEALER, case.id, doctor, text)
            connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(answered_at=at))
            return clinic.answers_to_tell(connection, chat)[0]

        first = answer("Send her to the skin clinic.", 10.0)
        clinic.told(connection, case.id, first.answered_at)
        second = answer("Send her to the hospital, now.", 20.0)
        # Somebody read the first before it was told elsewhere, and is only now ready to tell it.
        with pytest.raises(store.CaseMoved, match="expected the one that was read"):
            clinic.told(connection, case.id, first.answered_at)
        assert clinic.answers_to_tell(connection, chat) == [second]
        # Sent again before it was told, it is owed, and told by whoever read it before or after.
        clinic.escalate(connection, case.id, "came")
        clinic.told(connection, case.id, second.answered_at)
        assert clinic.answers_to_tell(connection, chat) == []


def test_an_answer_that_was_not_told_yet_is_owed_when_the_case_is_sent_again(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        doctor, other = (a_member(connection, f"d{n}", "clinician")[0] for n in range(2))
        case = a_case(connection, chat)
        clinic.escalate(connection, case.id, "unsure")
        clinic.claim(connection, case.id, doctor)
        clinic.answer(connection, SEALER, case.id, doctor, "Go today.")
        clinic.escalate(connection, case.id, "came")
        assert [c.id for c in clinic.answers_to_tell(connection, chat)] == [case.id]
        assert clinic.claim(connection, case.id, other)
        with pytest.raises(store.CaseMoved):  # the chat tells the last note: the first would be lost
            clinic.answer(connection, SEALER, case.id, other, "second")
        clinic.told(connection, case.id, None)
        assert clinic.answers_to_tell(connection, chat) == []
        clinic.answer(connection, SEALER, case.id, other, "second")
        assert [c.id for c in clinic.answers_to_tell(connection, chat)] == [case.id]


@pytest.mark.parametrize("why", ["not claimed", "claimed by another", "closed", "answered", "gone"])
def test_an_answer_that_comes_too_late_is_refused(engine: Engine, why: str) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        doctor, other = (a_member(connection, f"d{n}", "clinician")[0] for n in range(2))
        case = a_case(connection, chat)
        clinic.escalate(connection, case.id, "unsure")
        if why != "not claimed":
            clinic.claim(connection, case.id, other if why == "claimed by another" else doctor)
        if why == "closed":
            store.close(connection, case, "seen")
        if why == "answered":
            clinic.answer(connection, SEALER, case.id, doctor, "first")
        if why == "gone":
            forgotten.forget(connection, [case.id])
        with pytest.raises(store.CaseMoved):
            clinic.answer(connection, SEALER, case.id, doctor, "late")
        texts = [n.text for n in notes.of_case(connection, SEALER, case.id)]
        assert texts == (["first"] if why == "answered" else [])


def test_a_workers_save_and_a_clinicians_answer_at_the_same_moment_both_stay(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        doctor, _ = a_member(connection, "d", "clinician")
        case = a_case(connection, chat)
        clinic.escalate(connection, case.id, "unsure")
        read = store.by_id(connection, case.id)
        assert read is not None
        clinic.claim(connection, case.id, doctor)
        clinic.answer(connection, SEALER, case.id, doctor, "yes", Urgency.TODAY)
        saved = store.save(connection, replace(read, due_at=7.0, progress="worse"))
        assert (saved.due_at, saved.progress, saved.opinion) == (7.0, "worse", Urgency.TODAY)
        assert saved.answered_at is not None
        assert len(clinic.answers_to_tell(connection, chat)) == 1


def test_a_closed_case_is_not_sent_to_anybody(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        case = a_case(connection, chat)
        clinic.escalate(connection, case.id, "unsure")
        store.close(connection, case, "better")
        assert clinic.queue(connection) == []
        assert clinic.in_queue(connection, case.code) is None
        with pytest.raises(store.CaseMoved, match="is not open"):
            clinic.escalate(connection, case.id, "unsure")


def test_notes_are_sealed_bound_to_their_row_and_sealed_anew(engine: Engine) -> None:
    new = Sealer({**KEYS, 2: b"n" * 32})
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        case = a_case(connection, chat)
        for words in ("first words", "second words"):
            notes.add(connection, SEALER, case.id, "patient", words)
        blobs = list(connection.execute(select(CaseNote.text).order_by(CaseNote.id)).scalars())
        assert not any(b"words" in blob for blob in blobs)
        assert notes.reseal(connection, new) == 2
        assert notes.reseal(connection, new) == 0
        assert all(sealed_with(b) == 2 for b in connection.execute(select(CaseNote.text)).scalars())
        only_new = Sealer({2: b"n" * 32})
        assert [n.text for n in notes.of_case(connection, only_new, case.id)] == [
            "first words",
            "second words",
        ]
        # The text of another row, put in this one's place, is not shown for it.
        connection.execute(update(CaseNote).where(CaseNote.id == 1).values(text=blobs[1]))
        first, second = notes.of_case(connection, new, case.id)
        assert (first.text, second.text) == ("", "second words")


def test_a_week_in_numbers(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        _, other = a_member(connection, "2")
        now = connection.execute(select(db_now())).scalar_one()
        cases = [a_case(connection, chat) for _ in range(6)]
        a_case(connection, other)
        store.close(connection, cases[0], "better")
        store.close(connection, cases[1], "referred")
        connection.execute(
            update(CaseRow).where(CaseRow.id == cases[1].id).values(closed_at=now - 8 * 86_400)
        )
        connection.execute(
            update(CaseRow).where(CaseRow.id == cases[2].id).values(opened_at=now - 8 * 86_400)
        )
        store.save(connection, replace(cases[3], found_urgency=Urgency.WEEK, due_at=now - 60))
        clinic.escalate(connection, cases[4].id, "unsure")
        found = summary.of_week(connection, chat, now - 7 * 86_400, now + 60)
        assert found == summary.Summary(
            opened=5,
            closed=1,
            outcomes={"better": 1},
            open=4,
            urgencies={"": 3, "week": 1},
            overdue=1,
            waiting=1,
        )
