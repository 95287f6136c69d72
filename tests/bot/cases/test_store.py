"""Codes never lead to two patients, a save loses nothing, and a case is seen by whom it belongs to."""

from __future__ import annotations

import random
import threading
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, insert, select, text, update

from bot import people
from bot.cases import forgotten, moving, notes, store
from bot.cases import left as nobodys
from bot.cases.at_desk import at_desk
from bot.casework import codes
from bot.clock import db_now
from bot.conversation.state import new_state
from bot.database import transaction
from bot.errors import NgoziError
from bot.messages import Urgency
from bot.sealing import Sealer
from bot.tables import CaseCode, CaseNote, CaseRow, Chat, FindingsJob
from tests.bot.cases.world import KEYS, a_case, a_chat, a_member

SEALER = Sealer(KEYS)
DAY_S = 86_400.0


def test_a_case_that_is_left_overwrites_nothing_that_came_between(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        clinic = a_chat(connection, "clinic")
        case = a_case(connection, chat)
        edited = replace(case.state, answers={**case.state.answers, "itch": "night"})
        now = store.save(connection, replace(case, state=edited))
        with pytest.raises(store.CaseMoved):
            moving.leave(connection, case, clinic)
        kept = store.by_id(connection, case.id)
        assert kept is not None
        assert (kept.chat_id, kept.version, kept.state) == (chat, now.version, edited)
        left = moving.leave(connection, kept, clinic)
        assert (left.chat_id, left.version, left.state) == (clinic, now.version + 1, edited)


def test_a_case_comes_back_as_it_was_saved(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        patient = a_chat(connection, "patient")
        case = store.open_case(connection, chat, new_state("sw"), patient_chat_id=patient, origin="o" * 64)
        assert (case.version, case.is_open, case.waits, case.found_urgency) == (1, True, False, None)
        state = replace(case.state, answers={"itch": "yes"}, floor=Urgency.TODAY)
        saved = store.save(connection, replace(case, state=state, due_at=5.0, told_at=4.0))
        assert saved == store.by_id(connection, case.id) == store.by_code(connection, chat, case.code)
        assert (saved.version, saved.state, saved.due_at, saved.told_at) == (2, state, 5.0, 4.0)
        assert saved.found_urgency is Urgency.TODAY, "never lower than the conversation's floor"
        assert store.load_open(connection, chat) == [saved]


def test_a_case_is_as_pressing_at_the_desk_as_in_its_row(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        case = a_case(connection, chat, replace(new_state("en"), floor=Urgency.TODAY))
    for opinion in (None, Urgency.ROUTINE, Urgency.NOW):
        for over in (None, Urgency.TODAY, Urgency.ROUTINE):
            row = replace(case, opinion=opinion, opinion_over=over)
            assert (at_desk(row).reached, at_desk(row).by_clinician) == (row.reached, row.by_clinician)
            assert row.found_urgency is Urgency.TODAY, "what was found is no clinician's to change"


def test_a_state_that_cannot_be_read_begins_anew(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        case = a_case(connection, chat)
        connection.execute(update(CaseRow).values(state="{"))
        (read,) = store.load_open(connection, chat)
        assert read.state == new_state()
        assert read.code == case.code


deed = st.sampled_from(["open", "close", "reopen", "erase", "pass 30 days", "retention"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(deed, min_size=1, max_size=40), st.integers(0, 2**32))
def test_a_code_is_never_two_cases_in_ninety_days(engine: Engine, deeds: list[str], seed: int) -> None:
    # Few codes, so that they are drawn again and again.
    pool = [f"K7-{n}" for n in range(22, 30)]
    real, chance = codes.fresh, random.Random(seed)
    codes.fresh = lambda width=2: chance.choice(pool)
    left: dict[str, float] = {}
    clock = 0.0
    try:
        with transaction(engine) as connection:
            for table in ("case_notes", "cases", "case_codes", "chats"):
                connection.execute(text(f"delete from {table}"))
            chat = a_chat(connection, "1")
            for what in deeds:
                ids = list(connection.execute(select(CaseRow.id).order_by(CaseRow.id)).scalars())
                cases = [c for c in (store.by_id(connection, i) for i in ids) if c is not None]
                opened = [c for c in cases if c.is_open]
                closed = [c for c in cases if not c.is_open]
                taken = {c.code for c in cases} | {c for c, at in left.items() if clock - at < 90}
                if what == "open" and len(taken) < len(pool):
                    assert a_case(connection, chat).code not in taken
                elif what == "close" and opened:
                    left[opened[0].code] = clock
                    store.close(connection, opened[0], "better")
                elif what == "reopen" and closed:
                    store.reopen(connection, closed[0])
                elif what == "erase" and cases:
                    left[cases[0].code] = clock if cases[0].is_open else left[cases[0].code]
                    forgotten.forget(connection, [cases[0].id])
                elif what == "pass 30 days":
                    clock += 30.01
                    connection.execute(update(CaseCode).values(left_at=CaseCode.left_at - 30.01 * DAY_S))
                elif what == "retention":
                    connection.execute(
                        CaseCode.__table__.delete().where(CaseCode.left_at < db_now() - 90 * DAY_S)  # type: ignore[attr-defined]
                    )
                shown = list(connection.execute(select(CaseRow.code)).scalars())
                assert len(set(shown)) == len(shown)
    finally:
        codes.fresh = real


def test_codes_of_cases_opened_by_many_at_once_are_all_different(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = iter([f"K7-{n}" for n in range(22, 90) for _ in range(8)])
    lock = threading.Lock()

    def fresh(width: int = 2) -> str:
        with lock:
            return next(pool)

    monkeypatch.setattr(codes, "fresh", fresh)
    with transaction(engine) as connection:
        chats = [a_chat(connection, str(n)) for n in range(6)]
    gate = threading.Barrier(len(chats))

    def work(chat: int) -> None:
        gate.wait()
        for _ in range(4):
            with transaction(engine) as connection:
                a_case(connection, chat)

    threads = [threading.Thread(target=work, args=(chat,)) for chat in chats]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(engine) as connection:
        found = list(connection.execute(select(CaseRow.code)).scalars())
    assert len(found) == len(set(found)) == 24


def test_codes_grow_a_digit_where_half_are_taken(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "SPACE", 8)
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        made = [a_case(connection, chat).code for _ in range(6)]
    assert [len(code) for code in made] == [5, 5, 5, 5, 6, 6]


def test_of_two_saves_of_one_version_the_second_is_refused(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        case = a_case(connection, chat)
        store.save(connection, replace(case, due_at=1.0))
    for late in (
        lambda c: store.save(c, replace(case, due_at=2.0)),
        lambda c: store.close(c, case, "lost"),
        lambda c: store.reopen(c, case),
    ):
        with (
            transaction(engine) as connection,
            pytest.raises(store.CaseMoved, match="has no version 1 any more"),
        ):
            late(connection)
    with transaction(engine) as connection:
        (kept,) = store.load_open(connection, chat)
        assert (kept.due_at, kept.version) == (1.0, 2)


def test_saves_of_many_at_once_lose_nothing(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        case = a_case(connection, chat)
    gate = threading.Barrier(4)

    def add(name: str) -> None:
        gate.wait()
        for n in range(5):
            while True:
                try:
                    with transaction(engine) as connection:
                        found = store.by_id(connection, case.id)
                        assert found is not None
                        answers = {**found.state.answers, f"{name}{n}": "yes"}
                        store.save(connection, replace(found, state=replace(found.state, answers=answers)))
                    break
                except store.CaseMoved:
                    continue

    threads = [threading.Thread(target=add, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(engine) as connection:
        (kept,) = store.load_open(connection, chat)
        assert len(kept.state.answers) == 20
        assert kept.version == 21


def test_another_workers_code_opens_nothing(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, mine = a_member(connection, "1")
        _, theirs = a_member(connection, "2")
        stranger = a_chat(connection, "3")
        case = a_case(connection, mine)
        assert [store.by_code(connection, c, case.code) is not None for c in (mine, theirs, stranger)] == [
            True,
            False,
            False,
        ]
        assert store.load_open(connection, theirs) == store.load_open(connection, stranger) == []


def test_a_worker_with_two_chats_has_the_cases_of_both(engine: Engine) -> None:
    with transaction(engine) as connection:
        person, first = a_member(connection, "1")
        second = a_chat(connection, "2", "whatsapp")
        connection.execute(update(Chat).where(Chat.id == second).values(person_id=person))
        cases = [a_case(connection, first), a_case(connection, second)]
        assert store.load_open(connection, first) == store.load_open(connection, second) == cases
        assert store.by_code(connection, second, cases[0].code) == cases[0]
        people.remove(connection, person)
        assert store.load_open(connection, first) == cases[:1]


def test_a_case_that_is_handed_over_moves_with_the_work_under_way(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, mine = a_member(connection, "1")
        person, theirs = a_member(connection, "2")
        case = a_case(connection, mine)
        connection.execute(
            insert(FindingsJob).values(chat_id=mine, case_id=case.id, case_version=1, photo_ids=[], answers={}, floor="week",
                                       state="wanted", attempts=0, alone=False, applied=False, created_at=db_now())
        )  # fmt: skip
        moved = moving.hand_over(connection, case, person)
        assert (moved.chat_id, moved.handed_to, moved.version) == (theirs, person, 2)
        assert store.load_open(connection, theirs) == [moved]
        assert store.by_code(connection, mine, case.code) is None
        assert connection.execute(select(FindingsJob.chat_id)).scalar_one() == theirs
        with pytest.raises(store.CaseMoved):
            store.save(connection, case)


def test_the_clinic_takes_no_case_that_somebody_got_meanwhile(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, mine = a_member(connection, "1")
        person, theirs = a_member(connection, "2")
        stale = a_case(connection, mine)
        given = moving.hand_over(connection, stale, person)
        told = store.save(connection, replace(given, state=replace(given.state, answers={"itch": "yes"})))
        with pytest.raises(store.CaseMoved):
            nobodys.keep(connection, stale)
        assert store.load_open(connection, theirs) == [told]
        nobodys.keep(connection, told)
        kept = store.by_id(connection, stale.id)
        assert kept is not None
        assert (kept.handed_to, kept.state.answers) == (None, told.state.answers)
        assert (kept.touched_at, kept.version) == (told.touched_at, told.version + 1)


def test_nothing_is_handed_to_whoever_cannot_be_reached(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, mine = a_member(connection, "1")
        person, theirs = a_member(connection, "2")
        case = a_case(connection, mine)
        connection.execute(update(Chat).where(Chat.id == theirs).values(stopped=True))
        for nobody in (person, 999):
            with pytest.raises(NgoziError, match="expected an active one who has a chat"):
                moving.hand_over(connection, case, nobody)


def test_due_cases_come_most_pressing_first(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        said = [
            (Urgency.ROUTINE, 10.0),
            (Urgency.NOW, 30.0),
            (Urgency.WEEK, 20.0),
            (Urgency.WEEK, 15.0),
            (None, 5.0),
        ]
        made = {}
        for urgency, due in [*said, (Urgency.NOW, 101.0)]:
            case = replace(a_case(connection, chat), found_urgency=urgency, due_at=due)
            made[due] = store.save(connection, case)
        a_case(connection, chat)
        closed = replace(a_case(connection, chat), due_at=1.0)
        store.close(connection, store.save(connection, closed), "seen")
        found = store.due_today(connection, chat, until=100.0)
        assert [c.due_at for c in found] == [30.0, 15.0, 20.0, 10.0, 5.0]


@pytest.mark.parametrize("outcome", ["seen", "better", "referred", "lost", "died", "other"])
def test_a_closed_case_is_found_by_its_code_and_can_be_opened_again(
    engine: Engine, outcome: store.Ending
) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        case = a_case(connection, chat)
        closed = store.close(connection, case, outcome)
        assert (closed.is_open, closed.outcome, closed.due_at) == (False, outcome, None)
        assert store.load_open(connection, chat) == []
        assert store.by_code(connection, chat, case.code) == closed
        again = store.reopen(connection, closed)
        assert store.load_open(connection, chat) == [again]
        assert connection.execute(select(CaseCode.left_at)).scalar_one() is None


def test_a_case_is_not_closed_without_an_outcome(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        with pytest.raises(NgoziError, match="outcome is ''; expected one of seen, better"):
            store.close(connection, a_case(connection, chat), "")


def test_a_forgotten_case_takes_its_notes_along_and_no_other(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        cases = [a_case(connection, chat) for _ in range(2)]
        for case in cases:
            notes.add(connection, SEALER, case.id, "worker", "since May")
        forgotten.forget(connection, [cases[0].id])
        assert store.load_open(connection, chat) == cases[1:]
        assert list(connection.execute(select(CaseNote.case_id)).scalars()) == [cases[1].id]
        assert connection.execute(select(func.count()).where(CaseCode.left_at.is_not(None))).scalar_one() == 1


def test_whom_a_message_came_from_can_be_compared_and_not_read() -> None:
    first, again, other = (store.origin_of(KEYS, name) for name in ("Asha", "Asha", "Juma"))
    assert first == again != other
    assert "Asha" not in first
    assert store.origin_of(KEYS, "") == ""
    assert store.origin_of({1: b"z" * 32}, "Asha") != first
