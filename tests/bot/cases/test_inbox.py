"""The clinicians' list: in the right order, filtered, and quick at ten thousand cases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, select, update

from bot.cases import clinic, inbox, store, weighing_sql
from bot.cases.inbox import Filters
from bot.casework import weighing
from bot.clock import db_now, now
from bot.conversation.state import new_state
from bot.database import transaction
from bot.messages import Urgency
from bot.sealing import Sealer
from bot.tables import CaseRow
from tests.bot.cases.world import KEYS, a_case, a_member


def made(
    connection: Connection,
    chat: int,
    urgency: Urgency | None,
    age: float,
    *,
    waits: bool,
    language: str = "sw",
) -> str:
    """A case, that old."""
    case = store.save(
        connection, replace(a_case(connection, chat, new_state(language)), found_urgency=urgency)
    )
    if waits:
        clinic.escalate(connection, case.id, "unsure")
    values = {"opened_at": db_now() - age, **({"escalated_at": db_now() - age} if waits else {})}
    connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(**values))
    return case.code


def codes(connection: Connection, filters: Filters, person: int = 0) -> list[str]:
    return [one.code for one in inbox.listed(connection, filters, person).cases]


def test_who_waits_comes_first_then_the_most_pressing_then_the_oldest(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        quiet = made(connection, chat, Urgency.NOW, 900, waits=False)
        week = made(connection, chat, Urgency.WEEK, 900, waits=True)
        young = made(connection, chat, Urgency.TODAY, 10, waits=True)
        old = made(connection, chat, Urgency.TODAY, 500, waits=True)
        unknown = made(connection, chat, None, 999, waits=True)
        closed = store.by_id(connection, a_case(connection, chat).id)
        assert closed is not None
        store.close(connection, closed, "better")
        assert codes(connection, Filters()) == [old, young, week, unknown, quiet]
        assert codes(connection, Filters("all")) == [old, young, week, unknown, quiet, closed.code]
        assert codes(connection, Filters("closed")) == [closed.code]


def test_each_filter_leaves_out_what_does_not_fit(engine: Engine) -> None:
    with transaction(engine) as connection:
        doctor, _ = a_member(connection, "d", "clinician")
        other, _ = a_member(connection, "e", "clinician")
        _, chat = a_member(connection, "1")
        mine = made(connection, chat, Urgency.TODAY, 1, waits=True)
        theirs = made(connection, chat, Urgency.WEEK, 2, waits=True, language="ar")
        free = made(connection, chat, None, 3, waits=True)
        for code, person in ((mine, doctor), (theirs, other)):
            case = clinic.in_queue(connection, code)
            assert case is not None
            assert clinic.claim(connection, case.id, person)
        found = connection.execute(select(CaseRow.id).where(CaseRow.code == free)).scalar_one()
        store.set_place(connection, found, "mombasa-1")
        store.set_place(connection, found, "other")
        assert codes(connection, Filters("mine"), doctor) == [mine]
        assert codes(connection, Filters("waiting"), doctor) == [free]
        assert codes(connection, Filters(language="ar"), doctor) == [theirs]
        assert codes(connection, Filters(urgency="week"), doctor) == [theirs]
        assert codes(connection, Filters(urgency="unknown"), doctor) == [free]
        assert codes(connection, Filters(place="mombasa-1"), doctor) == [free]
        assert codes(connection, Filters(code=f" {free.lower().replace('-', '')} "), doctor) == [free]
        assert codes(connection, Filters(code="amina"), doctor) == [], "a name is not looked for"
        assert inbox.place_ids(connection) == ["mombasa-1"]
        assert inbox.counts(connection, doctor) == {"waiting": 1, "mine": 1, "open": 3}
        assert clinic.claim(connection, found, doctor)
        clinic.answer(connection, Sealer(KEYS), found, doctor, "x")
        assert codes(connection, Filters("answered"), doctor) == [free]


def test_a_claim_that_ran_out_is_nobodys(engine: Engine) -> None:
    with transaction(engine) as connection:
        doctor, _ = a_member(connection, "d", "clinician")
        _, chat = a_member(connection, "1")
        code = made(connection, chat, Urgency.TODAY, 1, waits=True)
        case = clinic.in_queue(connection, code)
        assert case is not None
        clinic.claim(connection, case.id, doctor)
        (line,) = inbox.listed(connection, Filters(), doctor).cases
        assert line.claimed_by == doctor
        connection.execute(update(CaseRow).values(claimed_until=db_now() - 1))
        (line,) = inbox.listed(connection, Filters("waiting"), doctor).cases
        assert line.claimed_by is None


def test_pages_follow_each_other_without_a_gap(engine: Engine) -> None:
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        for n in range(inbox.PAGE + 3):
            made(connection, chat, Urgency.WEEK, n, waits=True)
        first = inbox.listed(connection, Filters(), 1)
        second = inbox.listed(connection, Filters(), 1, 1)
        assert (len(first.cases), first.more, len(second.cases), second.more) == (inbox.PAGE, True, 3, False)
        shown = [one.since for one in (*first.cases, *second.cases)]
        assert shown == sorted(shown)
        assert shown[-1] <= now() + 5


def test_a_clinicians_word_moves_a_case_in_the_list_the_filter_and_the_queue(engine: Engine) -> None:
    with transaction(engine) as connection:
        doctor, _ = a_member(connection, "d", "clinician")
        _, chat = a_member(connection, "1")
        old = made(connection, chat, Urgency.WEEK, 900, waits=True)
        young = made(connection, chat, Urgency.WEEK, 10, waits=True)
        case = clinic.in_queue(connection, young)
        assert case is not None
        assert clinic.claim(connection, case.id, doctor)
        clinic.answer(connection, Sealer(KEYS), case.id, doctor, "x", Urgency.NOW)
        clinic.escalate(connection, case.id, "asked")
        connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(due_at=db_now() - 10))
        connection.execute(update(CaseRow).where(CaseRow.code == old).values(due_at=db_now() - 900))
        assert codes(connection, Filters("waiting")) == [young, old]
        assert codes(connection, Filters("waiting", urgency="now")) == [young]
        assert codes(connection, Filters("waiting", urgency="week")) == [old]
        assert [one.code for one in clinic.queue(connection)] == [young, old]
        assert [one.code for one in store.due_today(connection, chat, now() + 60)] == [young, old]


@pytest.mark.parametrize("urgency", [*Urgency, None])
def test_the_database_weighs_a_clinicians_word_as_everybody_does(
    engine: Engine, urgency: Urgency | None
) -> None:
    known: list[Urgency | None] = [*Urgency, None]
    with transaction(engine) as connection:
        _, chat = a_member(connection, "1")
        case = a_case(connection, chat)
        for opinion in known:
            for over in known:
                given = {"urgency": urgency or "", "opinion": opinion or "", "opinion_over": over or ""}
                connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(given))
                found = connection.execute(
                    select(weighing_sql.soon_as_stored(), weighing_sql.by_urgency())
                ).one()
                wanted = weighing.as_stored(opinion, over, urgency)
                assert tuple(found) == (wanted or "", 4 if wanted is None else wanted.rank), given
