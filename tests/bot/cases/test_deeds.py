"""What a clinician does: by one at a time, each in the audit trail without a word, and told to the chat that waits."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, select, update

from bot.cases import clinic, deeds, forgotten, notes, opinions, seen, store
from bot.casework.answers import Answer
from bot.clock import db_now, now
from bot.conversation.state import new_state
from bot.database import transaction
from bot.errors import NgoziError
from bot.messages import Urgency
from bot.place import Place
from bot.sealing import Sealer
from bot.tables import Audit, CaseNote, CaseOpinion, CaseRow, CaseView, Chat
from tests.bot.cases.world import KEYS, a_case, a_member

SEALER = Sealer(KEYS)
PLACE = Place("north-1", "North clinic", "clinic", "KE", "North")


def waiting(connection: Connection, floor: Urgency | None = None) -> store.Case:
    _, chat = a_member(connection, f"w{now()}")
    case = a_case(connection, chat, replace(new_state("sw"), floor=floor))
    clinic.escalate(connection, case.id, "unsure")
    return case


def doctors(connection: Connection, *names: str) -> list[int]:
    return [a_member(connection, name, "clinician")[0] for name in names]


def trail(connection: Connection) -> list[Audit]:
    return list(connection.execute(select(Audit).order_by(Audit.id)).all())  # type: ignore[arg-type]


def row(connection: Connection, case: store.Case) -> CaseRow:
    return connection.execute(select(CaseRow).where(CaseRow.id == case.id)).one()  # type: ignore[return-value]


def test_of_two_who_take_a_case_at_the_same_moment_one_gets_it(engine: Engine) -> None:
    with transaction(engine) as connection:
        one, two = doctors(connection, "d1", "d2")
        case = waiting(connection)
    gate, got, lost = threading.Barrier(2), [], []

    def take(doctor: int) -> None:
        gate.wait()
        try:
            with transaction(engine) as connection:
                deeds.take(connection, case.id, doctor)
            got.append(doctor)
        except store.CaseMoved:
            lost.append(doctor)

    threads = [threading.Thread(target=take, args=(doctor,)) for doctor in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got + lost) == sorted([one, two])
    assert len(got) == 1
    with transaction(engine) as connection:
        assert [(t.what, t.by_person) for t in trail(connection)] == [("case_claimed", got[0])]
        assert row(connection, case).claimed_by == got[0]


@pytest.mark.parametrize("deed", ["take", "escalate"])
def test_of_two_who_take_up_a_case_that_does_not_wait_the_second_takes_nothing_from_the_first(
    engine: Engine, deed: str
) -> None:
    with transaction(engine) as connection:
        one, two = doctors(connection, "d1", "d2")
        case = waiting(connection)
        deeds.take(connection, case.id, one)
        deeds.answer(connection, SEALER, case.id, one, Answer(("clean",)), None)
        chat = case.chat_id
        clinic.told(connection, case.id, row(connection, case).answered_at)
    begun, lost = threading.Event(), []

    def second() -> None:
        begun.set()
        try:
            with transaction(engine) as connection:
                if deed == "take":
                    deeds.take(connection, case.id, two)
                else:
                    clinic.escalate(connection, case.id, "asked")
        except store.CaseMoved:
            lost.append(two)

    thread = threading.Thread(target=second)
    with transaction(engine) as connection:
        deeds.take(connection, case.id, one)
        thread.start()
        begun.wait()
        # So that the second one is at the database, and waits for this one.
        time.sleep(0.5)
    thread.join()
    assert lost == ([two] if deed == "take" else [])
    with transaction(engine) as connection:
        assert row(connection, case).claimed_by == one
        claims = [t.by_person for t in trail(connection) if t.what == "case_claimed"]
        assert claims == [one, one], "two of the first, none of the second"
        assert deeds.answer(connection, SEALER, case.id, one, Answer(("clean",)), None) == chat


def test_a_case_that_does_not_wait_can_be_taken_up_and_renewing_is_not_a_deed(engine: Engine) -> None:
    with transaction(engine) as connection:
        (doctor,) = doctors(connection, "d1")
        _, chat = a_member(connection, "w")
        case = a_case(connection, chat)
        deeds.take(connection, case.id, doctor)
    with transaction(engine) as connection:
        deeds.take(connection, case.id, doctor)
    with transaction(engine) as connection:
        assert [t.what for t in trail(connection)] == ["case_claimed"]
        held = store.by_id(connection, case.id)
        assert held is not None
        assert (held.waits, held.reason, held.escalated_at) == (False, "", None)
        assert deeds.holds(held, doctor, now())
        assert not deeds.holds(held, doctor, now() + clinic.CLAIM_S + 60)


def test_whoever_looks_at_an_answered_case_and_gives_it_back_leaves_it_answered(engine: Engine) -> None:
    with transaction(engine) as connection:
        one, two = doctors(connection, "d1", "d2")
        case = waiting(connection)
        deeds.take(connection, case.id, one)
        deeds.answer(connection, SEALER, case.id, one, Answer(("photo",)), None)
        clinic.told(connection, case.id, row(connection, case).answered_at)
        before = row(connection, case)
        deeds.take(connection, case.id, two)
        assert deeds.go_on(connection, case.id, two)
        with pytest.raises(store.CaseMoved):
            deeds.take(connection, case.id, one)
        assert [one_.id for one_ in clinic.queue(connection)] == []
        deeds.release(connection, case.id, two)
        assert row(connection, case) == before
        deeds.take(connection, case.id, two)
        connection.execute(update(CaseRow).values(claimed_until=1.0))
        assert row(connection, case).answered_at == before.answered_at
        deeds.take(connection, case.id, one)
        deeds.answer(connection, SEALER, case.id, one, Answer(("clean",)), None)
        after = row(connection, case)
        assert after.answered_at > before.answered_at
        assert (after.reason, after.claimed_by, after.answer_told_at) == ("desk", None, None)


@pytest.mark.parametrize("deed", ["pass on", "second"])
def test_an_answered_case_waits_again_where_a_colleague_is_asked(engine: Engine, deed: str) -> None:
    with transaction(engine) as connection:
        one, two = doctors(connection, "d1", "d2")
        case = waiting(connection)
        deeds.take(connection, case.id, one)
        deeds.answer(connection, SEALER, case.id, one, Answer(("clean",)), None)
        clinic.told(connection, case.id, row(connection, case).answered_at)
        deeds.take(connection, case.id, one)
        if deed == "second":
            deeds.second(connection, SEALER, case.id, one, "")
            assert [found.id for found in clinic.queue(connection, person_id=two)] == [case.id]
        else:
            deeds.pass_on(connection, SEALER, case.id, one, "", two)
            assert [found.id for found in clinic.claimed(connection, two)] == [case.id]


def test_an_open_case_that_is_held_and_sent_to_the_clinicians_stays_with_who_holds_it(engine: Engine) -> None:
    with transaction(engine) as connection:
        one, two = doctors(connection, "d1", "d2")
        _, chat = a_member(connection, "w")
        case = a_case(connection, chat)
        deeds.take(connection, case.id, one)
        clinic.escalate(connection, case.id, "asked")
        assert [found.id for found in clinic.claimed(connection, one)] == [case.id]
        assert not clinic.claim(connection, case.id, two)


def test_an_answer_is_kept_told_and_audited_without_a_word(engine: Engine) -> None:
    with transaction(engine) as connection:
        (doctor,) = doctors(connection, "d1")
        case = waiting(connection, Urgency.TODAY)
        deeds.take(connection, case.id, doctor)
        said = Answer(("clean", "refer_to"), "It is Amina's old scar", ("North clinic", "North"))
        chat = deeds.answer(
            connection, SEALER, case.id, doctor, said, Urgency.ROUTINE, condition="NEV", place=PLACE
        )
        assert chat == case.chat_id
    with transaction(engine) as connection:
        (note,) = notes.of_case(connection, SEALER, case.id, "clinician")
        assert "Amina" in note.text
        found = row(connection, case)
        assert (found.opinion, found.place_id, found.asked, found.claimed_by) == (
            "routine",
            "north-1",
            "",
            None,
        )
        due = connection.execute(select(Chat.due_at).where(Chat.id == chat)).scalar_one()
        assert due is not None
        assert due <= connection.execute(select(db_now())).scalar_one()
        (opinion,) = opinions.of_case(connection, case.id)
        assert (opinion.condition, opinion.urgency, opinion.floor) == ("NEV", Urgency.ROUTINE, Urgency.TODAY)
        last = trail(connection)[-1]
        assert last.what == "case_answered"
        assert last.details["lowers"] is True
        assert last.before == {"answered": False}
        assert last.after == {"answered": True, "note": note.id, "opinion": opinion.id}
        kept = json.dumps([[t.subject, t.before, t.after, t.details] for t in trail(connection)])
        assert "Amina" not in kept
        assert "scar" not in kept
        assert "North clinic" not in kept


def test_an_answer_without_the_claim_is_refused(engine: Engine) -> None:
    with transaction(engine) as connection:
        one, two = doctors(connection, "d1", "d2")
        case = waiting(connection)
        deeds.take(connection, case.id, one)
    for deed in (
        lambda c: deeds.answer(c, SEALER, case.id, two, Answer(("clean",)), None),
        lambda c: deeds.release(c, case.id, two),
        lambda c: deeds.pass_on(c, SEALER, case.id, two, "x", None),
        lambda c: deeds.second(c, SEALER, case.id, two, "x"),
        lambda c: deeds.close(c, case.id, two, "seen"),
        lambda c: deeds.take(c, case.id, two),
    ):
        with pytest.raises(store.CaseMoved), transaction(engine) as connection:
            deed(connection)
    with transaction(engine) as connection:
        assert connection.execute(select(CaseNote.id)).first() is None
        assert [t.what for t in trail(connection)] == ["case_claimed"]


def test_a_case_is_handed_over_with_a_note_that_only_staff_read(engine: Engine) -> None:
    with transaction(engine) as connection:
        one, two = doctors(connection, "d1", "d2")
        patient, _ = a_member(connection, "w9")
        case = waiting(connection)
        deeds.take(connection, case.id, one)
        with pytest.raises(NgoziError, match="answers cases"):
            deeds.pass_on(connection, SEALER, case.id, one, "", patient)
        deeds.pass_on(connection, SEALER, case.id, one, "look at the edge", two)
        assert row(connection, case).claimed_by == two
        assert [(n.kind, n.author, n.text) for n in notes.of_case(connection, SEALER, case.id)] == [
            ("staff", one, "look at the edge")
        ]
        assert clinic.answers_to_tell(connection, case.chat_id) == []
        deeds.release(connection, case.id, two)
        assert row(connection, case).claimed_by is None


def test_a_second_opinion_puts_the_case_back_in_its_old_place(engine: Engine) -> None:
    with transaction(engine) as connection:
        one, two = doctors(connection, "d1", "d2")
        case = waiting(connection)
        connection.execute(update(CaseRow).values(escalated_at=77.0))
        deeds.take(connection, case.id, one)
        deeds.opine(connection, case.id, one, "MEL", Urgency.WEEK)
        deeds.second(connection, SEALER, case.id, one, "")
        found = row(connection, case)
        assert (found.reason, found.escalated_at, found.claimed_by) == ("second", 77.0, None)
        deeds.take(connection, case.id, two)
        deeds.opine(connection, case.id, two, "", Urgency.ROUTINE)
        assert [(o.person_id, o.condition) for o in opinions.of_case(connection, case.id)] == [
            (two, ""),
            (one, "MEL"),
        ]
        with pytest.raises(NgoziError, match="catalogue"):
            deeds.opine(connection, case.id, two, "PLAGUE", Urgency.NOW)


def test_a_closed_case_is_answered_by_nobody_and_stays_whole(engine: Engine) -> None:
    with transaction(engine) as connection:
        (doctor,) = doctors(connection, "d1")
        case = waiting(connection)
        deeds.close(connection, case.id, doctor, "seen")
        found = row(connection, case)
        assert (found.outcome, found.closed_at is not None) == ("seen", True)
        with pytest.raises(store.CaseMoved):
            deeds.take(connection, case.id, doctor)
    with transaction(engine) as connection:
        assert trail(connection)[-1].after == {"open": False}


def test_many_looks_of_a_day_are_one_row_of_the_trail(engine: Engine) -> None:
    with transaction(engine) as connection:
        one, two = doctors(connection, "d1", "d2")
        case = waiting(connection)
    looks = []
    for doctor in (one, one, two, one):
        with transaction(engine) as connection:
            looks.append(seen.saw(connection, case.id, doctor))
    assert looks == [True, False, True, False]
    with transaction(engine) as connection:
        rows = [(t.what, t.subject, t.by_person, t.details) for t in trail(connection)]
        assert rows == [("case_seen", str(case.id), one, {}), ("case_seen", str(case.id), two, {})]


def test_what_is_left_of_opinions_on_an_erased_case_is_of_nobody(engine: Engine) -> None:
    with transaction(engine) as connection:
        one, two = doctors(connection, "d1", "d2")
        case = waiting(connection)
        for doctor, code in ((one, "MEL"), (one, "NEV"), (two, "SEK")):
            deeds.opine(connection, case.id, doctor, code, Urgency.WEEK)
        seen.saw(connection, case.id, one)
    with transaction(engine) as connection:
        forgotten.forget(connection, [case.id])
        assert connection.execute(select(CaseView.day)).first() is None
        left = connection.execute(select(CaseOpinion).order_by(CaseOpinion.id)).all()
        assert [(o.case_id, o.condition) for o in left] == [(None, "NEV"), (None, "SEK")]
        assert all(o.at % forgotten.MONTH_S == 0 for o in left)
        assert sorted(o.condition for (o,) in opinions.alike(connection).elements()) == ["NEV", "SEK"]
