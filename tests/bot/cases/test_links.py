"""A patient's code links one chat to one case: no order of codes, chats, stops and closings mixes two patients."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, select

from bot import invitations, join_codes, people
from bot.cases import forgotten, links, store
from bot.database import transaction
from bot.errors import NgoziError
from bot.tables import Audit, CaseRow, Chat, Invitation, JoinTry
from tests.bot.cases.world import KEYS, a_case, a_chat, a_member

CASES, CHATS = range(3), range(3)
STEPS = st.one_of(
    st.tuples(st.just("code"), st.sampled_from(CASES), st.just(0)),
    st.tuples(st.just("type"), st.sampled_from(CHATS), st.integers(0, 5)),
    st.tuples(st.just("type"), st.sampled_from(CHATS), st.integers(0, 5)),
    st.tuples(st.just("stop"), st.sampled_from(CHATS), st.just(0)),
    st.tuples(st.just("turn"), st.sampled_from(CASES), st.just(0)),
    st.tuples(st.just("close"), st.sampled_from(CASES), st.just(0)),
    st.tuples(st.just("erase"), st.sampled_from(CASES), st.just(0)),
)


class World:
    """Two workers with three cases, three patients' chats; beside them what must be true, kept by hand."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        workers = [a_member(connection, f"w{n}")[1] for n in range(2)]
        self.chats = [a_chat(connection, f"p{n}") for n in CHATS]
        self.cases = [a_case(connection, workers[n % 2]).id for n in CASES]
        self.linked: dict[int, int | None] = dict.fromkeys(CASES)
        self.codes: list[tuple[int, str]] = []
        self.good: set[str] = set()
        self.gone: set[str] = set()
        self.used: set[str] = set()
        self.tries = dict.fromkeys(CHATS, 0)

    def step(self, what: str, which: int, number: int) -> None:
        getattr(self, what)(which, number)
        rows = self.connection.execute(select(CaseRow.id, CaseRow.patient_chat_id)).all()
        expected = {
            self.cases[n]: None if chat is None else self.chats[chat] for n, chat in self.linked.items()
        }
        assert {row.id: row.patient_chat_id for row in rows} == expected
        for chat in CHATS:
            mine = [self.cases[n] for n, its in self.linked.items() if its == chat]
            assert [one.case_id for one in links.of_patient(self.connection, self.chats[chat])] == mine

    def code(self, case: int, _: int) -> None:
        if case not in self.linked:
            return
        fresh = join_codes.fresh_code()
        invitations.invite_patient(self.connection, KEYS, self.cases[case], fresh, None)
        self.good -= {code for its, code in self.codes if its == case}
        self.codes.append((case, fresh))
        self.good.add(fresh)

    def type(self, chat: int, number: int) -> None:
        if not self.codes:
            return
        case, code = self.codes[number % len(self.codes)]
        row = self._row(case)
        is_open = row is not None and row.closed_at is None
        throttled = self.tries[chat] >= invitations.WRONG_TRIES
        meant = invitations.case_meant(self.connection, KEYS, self.chats[chat], code)
        said = invitations.redeem(self.connection, KEYS, self.chats[chat], code)
        assert (meant is not None) == isinstance(said, invitations.Linked)
        if throttled:
            assert said == "throttled"
        elif code not in self.good:
            assert said == ("unknown" if code in self.gone else "used" if code in self.used else "expired")
            self.tries[chat] += 1
        elif not is_open:
            assert said == "closed"
        else:
            assert said == invitations.Linked(self.cases[case])
            self.linked[case] = chat
            self.good.discard(code)
            self.used.add(code)

    def stop(self, chat: int, _: int) -> None:
        links.unlink(self.connection, self.chats[chat])
        self.linked = {case: None if its == chat else its for case, its in self.linked.items()}

    def turn(self, case: int, _: int) -> None:
        """The worker does something with the case: what they save takes the link along as it is."""
        if (row := self._row(case)) is not None:
            store.save(self.connection, row)

    def close(self, case: int, _: int) -> None:
        row = self._row(case)
        if row is not None:
            (store.close(self.connection, row, "seen") if row.is_open else store.reopen(self.connection, row))

    def erase(self, case: int, _: int) -> None:
        forgotten.forget(self.connection, [self.cases[case]])
        self.linked.pop(case, None)
        its = {code for n, code in self.codes if n == case}
        self.gone |= its
        self.good -= its

    def _row(self, case: int) -> store.Case | None:
        return store.by_id(self.connection, self.cases[case])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEPS, min_size=4, max_size=25))
def test_no_order_of_codes_mixes_two_cases(engine: Engine, steps: list[tuple[str, int, int]]) -> None:
    with engine.connect() as connection, connection.begin() as all_of_it:
        world = World(connection)
        for step in steps:
            world.step(*step)
        all_of_it.rollback()


def linking(connection: Connection, case: store.Case) -> str:
    code = join_codes.fresh_code()
    invitations.invite_patient(connection, KEYS, case.id, code, None)
    return code


def test_a_worker_who_read_the_case_before_the_patient_linked_it_does_the_work_again(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, worker = a_member(connection, "w")
        patient = a_chat(connection, "p")
        read = a_case(connection, worker)
        invitations.redeem(connection, KEYS, patient, linking(connection, read))
        with pytest.raises(store.CaseMoved):
            store.save(connection, read)
        fresh = store.by_id(connection, read.id)
        assert fresh is not None
        assert store.save(connection, fresh).patient_chat_id == patient


@pytest.mark.parametrize("role", ["chw", "clinician"])
def test_a_members_own_chat_is_not_linked_and_the_code_stays_good(engine: Engine, role: people.Role) -> None:
    with transaction(engine) as connection:
        _, worker = a_member(connection, "w")
        _, other = a_member(connection, "o", role)
        patient = a_chat(connection, "p")
        case = a_case(connection, worker)
        code = linking(connection, case)
        for chat in (worker, other):
            assert invitations.case_meant(connection, KEYS, chat, code) is None
            assert invitations.redeem(connection, KEYS, chat, code) == "member"
        assert invitations.redeem(connection, KEYS, patient, code) == invitations.Linked(case.id)
        assert people.role_of(connection, patient) == "patient"
        assert connection.execute(select(Chat.person_id).where(Chat.id == patient)).scalar_one() is None


def test_wrong_codes_of_patients_are_counted_like_any_others(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, worker = a_member(connection, "w")
        patient, other = a_chat(connection, "p"), a_chat(connection, "o")
        code = linking(connection, a_case(connection, worker))
        for _ in range(invitations.WRONG_TRIES):
            assert invitations.redeem(connection, KEYS, patient, join_codes.fresh_code()) == "unknown"
        assert invitations.case_meant(connection, KEYS, patient, code) is None
        assert invitations.redeem(connection, KEYS, patient, code) == "throttled"
        assert isinstance(invitations.redeem(connection, KEYS, other, code), invitations.Linked)
        count = select(func.count()).select_from(JoinTry).where(JoinTry.chat_id == other)
        assert connection.execute(count).scalar_one() == 0


def test_an_invitation_for_a_member_is_no_case_and_none_can_be_made_for_a_patient(engine: Engine) -> None:
    with transaction(engine) as connection:
        patient = a_chat(connection, "p")
        code = invitations.invite(connection, KEYS, "chw")
        assert invitations.case_meant(connection, KEYS, patient, code) is None
        with pytest.raises(NgoziError, match="role is 'patient'; expected one of chw, clinician"):
            invitations.invite(connection, KEYS, "patient")


def test_the_code_is_not_kept_and_the_audit_names_numbers_only(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, worker = a_member(connection, "w")
        case = a_case(connection, worker)
        code = linking(connection, case)
        patient = a_chat(connection, "p")
        invitations.redeem(connection, KEYS, patient, code)
        row: Any = connection.execute(select(Invitation)).one()
        assert code not in str(row)
        assert (row.role, row.case_id, row.used_by) == ("patient", case.id, None)
        assert row.used_at is not None
    with transaction(engine) as connection:
        last = connection.execute(
            select(Audit.what, Audit.subject, Audit.details, Audit.before, Audit.after)
            .order_by(Audit.id.desc())
            .limit(1)
        ).one()
        assert tuple(last[:3]) == ("patient_linked", str(case.id), {"invitation": row.id})
        assert (last.before, last.after) == ({"chat": None}, {"chat": patient})


def test_who_leaves_stands_in_the_trail_with_how_many_chats_before_and_after(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, worker = a_member(connection, "w")
        people.leave(connection, worker)
    with transaction(engine) as connection:
        last = connection.execute(select(Audit).order_by(Audit.id.desc()).limit(1)).one()
        assert (last.what, last.before, last.after) == ("person_left", {"chats": 1}, {"chats": 0})
