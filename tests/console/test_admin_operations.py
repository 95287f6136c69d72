"""Operations at the console: what is shown holds no content, what is ordered is done and in the trail."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Connection, Engine, func, insert, select, update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot import alerts, audit, inbox, orders, outbox, talk
from bot.cases import store
from bot.channels import Account, RawUpdate
from bot.channels.registry import WEBCHAT
from bot.channels.telegram import Telegram
from bot.clock import db_now
from bot.console import erase_search, operations
from bot.conversation import ChatState, to_json
from bot.database import reading, transaction
from bot.invitations import invite_patient
from bot.join_codes import fresh_code
from bot.messages import Reply, Text, Urgency
from bot.queue import THINK
from bot.sealing import Sealer
from bot.spool import Spool
from bot.tables import (
    Audit,
    Breaker,
    CaseRow,
    Chat,
    FindingsJob,
    Heartbeat,
    InboundRow,
    Order,
    Person,
    Photo,
    ReplyRow,
    TalkJob,
)
from bot.web import metrics
from tests.conftest import KEYS
from tests.console import desk_world
from tests.console.test_admin_plots import a_case, a_chat
from tests.console.world import Browser, World
from tests.fakes.telegram_server import FakeTelegram
from worker import kept as kept_room

SAID = "my secret rash"
MAIN = Account("telegram", "main")


def a_message(engine: Engine, n: int = 1, address: str = "77") -> int:
    inbox.receive(engine, MAIN, [RawUpdate(f"u{n}", address, json.dumps({"text": SAID}), order=n)])
    with reading(engine) as connection:
        return int(connection.execute(select(func.max(InboundRow.id))).scalar_one())


def a_reply(connection: Connection, chat_id: int, state: str = "failed", **more: object) -> int:
    outbox.queue(connection, chat_id, 0, [Reply((Text("error.parked"),))], "en")
    reply_id = connection.execute(select(func.max(ReplyRow.id))).scalar_one()
    connection.execute(update(ReplyRow).where(ReplyRow.id == reply_id).values(state=state, **more))
    connection.execute(update(Chat).values(send_due_at=None))
    return int(reply_id)


def post(browser: Browser, path: str, **fields: str) -> int:
    return int(browser.post(path, fields).status_code)


def done_by(world: World, person: int) -> list[str]:
    with reading(world.engine) as connection:
        assert audit.verify(connection, KEYS) is None
        return list(connection.execute(select(Audit.what).where(Audit.by_person == person)).scalars())


# -- dead letters --


def test_a_dead_letter_is_listed_without_its_words_and_read_once_more(world: World) -> None:
    row = a_message(world.engine)
    with transaction(world.engine) as connection:
        inbox.park(connection, [row], 5, "gave_up")
        connection.execute(update(Chat).values(due_at=None))
    asha = world.signed_in("asha")
    page = asha.get("/letters").text
    assert "Every try failed." in page
    assert SAID not in page
    assert "77" not in re.sub(r'"[^"]*"', "", page)
    assert post(asha, "/letters/replay", kind="message", id=str(row)) == 303
    with reading(world.engine) as connection:
        kept = connection.execute(select(InboundRow)).one()
        assert (kept.state, kept.attempts, kept.turn_id, kept.error) == ("received", 0, None, None)
        assert connection.execute(select(Chat.due_at)).scalar_one() is not None
        assert inbox.pending(connection, kept.chat_id) is not None
    assert post(asha, "/letters/replay", kind="message", id=str(row)) == 404, "it is none any more"
    assert "letter_replayed" in done_by(world, asha.person_id)


def test_a_dead_letter_that_is_let_go_loses_its_words(world: World) -> None:
    row = a_message(world.engine)
    with transaction(world.engine) as connection:
        inbox.park(connection, [row], 5, "gave_up")
    asha = world.signed_in("asha")
    assert post(asha, "/letters/drop", kind="message", id=str(row), yes="1") == 303
    with reading(world.engine) as connection:
        kept = connection.execute(select(InboundRow)).one()
    assert (kept.state, kept.payload) == ("done", None)
    assert "letter_dropped" in done_by(world, asha.person_id)


def test_a_message_of_nobody_can_only_be_let_go(world: World) -> None:
    inbox.receive(world.engine, MAIN, [RawUpdate("sha256:1", "", "{}")])
    asha = world.signed_in("asha")
    assert "/letters/replay" not in asha.get("/letters").text
    assert post(asha, "/letters/replay", kind="message", id="1") == 404
    assert post(asha, "/letters/drop", kind="message", id="1", yes="1") == 303


def test_a_failed_reply_is_sent_from_the_part_that_did_not_leave(world: World) -> None:
    with transaction(world.engine) as connection:
        chat = a_chat(connection, "77")
        half = a_reply(connection, chat, parts=["a", "b"], parts_sent=1, attempts=4, error="400")
        bounced = a_reply(connection, chat, parts=["a", "b"], parts_sent=2, rank=3, error="status 63001")
    asha = world.signed_in("asha")
    for row in (half, bounced):
        assert post(asha, "/letters/replay", kind="reply", id=str(row)) == 303
    with reading(world.engine) as connection:
        rows = connection.execute(select(ReplyRow).order_by(ReplyRow.id)).all()
        due = outbox.next_due(connection, chat)
        waits = connection.execute(select(Chat.send_due_at)).scalar_one()
    assert [(r.state, r.parts_sent, r.attempts, r.rank) for r in rows] == [("queued", 1, 0, 0)] * 2
    assert due is not None
    assert (due.id, due.wait_s, waits is not None) == (half, 0.0, True)


STOPPED = "This person wants no messages now."
NEWER = "A newer message about how soon has been sent since."


@pytest.mark.parametrize("how", ["typed", "blocked"])
def test_whoever_said_stop_is_not_written_to_by_trying_again(world: World, how: str) -> None:
    with transaction(world.engine) as connection:
        chat = a_chat(connection, "77")
        row = a_reply(connection, chat)
        silent = {"stopped": True} if how == "blocked" else {"state": to_json(ChatState(stopped=True))}
        connection.execute(update(Chat).where(Chat.id == chat).values(**silent))
    asha = world.signed_in("asha")
    page = asha.get("/letters").text
    assert "/letters/replay" not in page
    assert STOPPED in page
    answer = asha.post("/letters/replay", {"kind": "reply", "id": str(row)})
    assert (answer.status_code, STOPPED in answer.text) == (409, True)
    with reading(world.engine) as connection:
        assert connection.execute(select(ReplyRow.state)).scalar_one() == "failed"
    assert "letter_replayed" not in done_by(world, asha.person_id)


@pytest.mark.parametrize(
    ("older", "newer", "of", "state", "refused"),
    [
        ("opinion", "opinion", "one case", "sent", True),
        ("opinion", "now", "one case", "delivered", True),
        ("opinion", "opinion", "two cases", "sent", False),
        ("opinion", "opinion", "one case", "queued", False),
        ("opinion", "list", "one case", "sent", False),
        ("findings", "opinion", "a patient", "read", True),
        ("answer.home", "opinion", "a patient", "read", False),
    ],
)
def test_an_older_answer_is_not_sent_after_a_newer_one(
    world: World, older: str, newer: str, of: str, state: str, refused: bool
) -> None:
    """Sent late, "it can wait" would be read as the last word after "go now"."""
    asha = world.signed_in("asha")
    with transaction(world.engine) as connection:
        chat, person = a_chat(connection, "77"), None
        if of != "a patient":
            person = asha.person_id
            connection.execute(update(Chat).where(Chat.id == chat).values(person_id=person))
        cases = [
            connection.execute(
                insert(CaseRow).values(**a_case(chat, code)).returning(CaseRow.id)
            ).scalar_one()
            for code in ("K7-42", "R3-90")
        ]
        first = a_reply(connection, chat, key=older, case_id=cases[0] if person else None)
        second_of = {"one case": cases[0], "two cases": cases[1], "a patient": cases[0]}[of]
        a_reply(connection, chat, state, key=newer, case_id=second_of)
    assert ("/letters/replay" in asha.get("/letters").text) is not refused
    answer = asha.post("/letters/replay", {"kind": "reply", "id": str(first)})
    assert answer.status_code == (409 if refused else 303)
    assert (NEWER in answer.text) is refused
    with reading(world.engine) as connection:
        kept = connection.execute(select(ReplyRow.state).where(ReplyRow.id == first)).scalar_one()
    assert kept == ("failed" if refused else "queued")


def test_a_reply_to_who_stopped_is_only_let_go(world: World) -> None:
    with transaction(world.engine) as connection:
        chat = a_chat(connection, "77")
        row = a_reply(connection, chat)
        connection.execute(update(Chat).values(stopped=True))
    asha = world.signed_in("asha")
    assert "/letters/replay" not in asha.get("/letters").text
    assert post(asha, "/letters/drop", kind="reply", id=str(row), yes="1") == 303
    with reading(world.engine) as connection:
        assert connection.execute(select(ReplyRow.state)).scalar_one() == "dropped"


@pytest.mark.parametrize(("kind", "table"), [("findings", FindingsJob), ("words", TalkJob)])
def test_a_job_that_was_told_as_failed_is_let_go_and_one_that_was_not_stays(
    world: World, kind: str, table: type
) -> None:
    with transaction(world.engine) as connection:
        chat = a_chat(connection, "77")
        values = {
            "chat_id": chat,
            "case_version": 1,
            "state": "parked",
            "attempts": 3,
            "alone": False,
            "created_at": db_now(),
        }
        more = {"photo_ids": [], "answers": {}, "floor": "week"} if kind == "findings" else {"kind": "answer"}
        for applied in (True, False):
            connection.execute(insert(table).values(**values, **more, applied=applied))
    asha = world.signed_in("asha")
    assert "/letters/replay" not in asha.get("/letters").text
    assert [post(asha, "/letters/drop", kind=kind, id=n, yes="1") for n in ("1", "2", "9")] == [303, 404, 404]


def a_job(connection: Connection, table: type, chat: int, **values: object) -> int:
    """A job that was given up and of which the chat waits for nothing by its row."""
    base: dict[str, object] = {
        "chat_id": chat, "case_version": 1, "state": "parked", "attempts": 3, "alone": False, "created_at": db_now() - 600,
        "applied": True,
    }  # fmt: skip
    more = (
        {"photo_ids": ["p"], "answers": {}, "floor": "week"} if table is FindingsJob else {"kind": "describe"}
    )
    return int(
        connection.execute(
            insert(table).values(**{**base, **more, **values}).returning(table.id)
        ).scalar_one()  # type: ignore[attr-defined]
    )


def a_kept_photo(connection: Connection, chat: int) -> None:
    connection.execute(
        insert(Photo).values(
            id="p", chat_id=chat, name="p", wrapped_key=b"k", master_key_id=1, size_bytes=1, width_px=1, height_px=1,
            created_at=db_now(), expires_at=db_now() + 1e6,
        )
    )  # fmt: skip


def speaks(connection: Connection, chat: int, state: ChatState) -> None:
    connection.execute(update(Chat).where(Chat.id == chat).values(state=to_json(state)))


def test_findings_that_the_chat_still_waits_for_are_made_once_more(world: World) -> None:
    waiting = desk_world.told("en", photos=("p",), findings=None, told=0)
    woken: list[tuple[str, int]] = []
    world.console.wake = lambda task, row_id, after_s=0.0: woken.append((task, row_id))
    with transaction(world.engine) as connection:
        chat = a_chat(connection, "77")
        speaks(connection, chat, waiting)
        job = a_job(connection, FindingsJob, chat, result={"reason": "failed"})
        plan = a_job(connection, FindingsJob, chat, kind="plan")
    asha = world.signed_in("asha")
    assert post(asha, "/letters/replay", kind="findings", id=str(job)) == 404, "no photograph is kept"
    with transaction(world.engine) as connection:
        a_kept_photo(connection, chat)
    assert asha.get("/letters").text.count('action="/console/letters/replay"') == 1
    assert post(asha, "/letters/replay", kind="findings", id=str(plan)) == 404
    assert [post(asha, "/letters/replay", kind="findings", id=str(job)) for _ in range(2)] == [303, 404]
    assert woken == [(THINK, job)]
    with reading(world.engine) as connection:
        row = connection.execute(select(FindingsJob).where(FindingsJob.id == job)).one()
        assert (row.state, row.applied, row.attempts, row.alone, row.result) == (
            "wanted",
            False,
            0,
            True,
            None,
        )
        noted = connection.execute(
            select(Audit.subject, Audit.by_person, Audit.details).where(Audit.what == "letter_replayed")
        ).all()
    assert [tuple(n) for n in noted] == [(str(job), asha.person_id, {"kind": "findings"})]


@pytest.mark.parametrize(
    "more",
    [
        {},  # told already
        {"findings": None, "told": 0, "case_version": 2},
        {"findings": None, "told": 0, "requested": 0},
        {"findings": None, "told": 0, "floor": Urgency.NOW},
    ],
)
def test_findings_that_nobody_waits_for_are_not_made_again(world: World, more: dict[str, object]) -> None:
    with transaction(world.engine) as connection:
        chat = a_chat(connection, "77")
        a_kept_photo(connection, chat)
        speaks(connection, chat, replace(desk_world.told("en", photos=("p",)), **more))  # type: ignore[arg-type]
        job = a_job(connection, FindingsJob, chat)
    asha = world.signed_in("asha")
    assert "/letters/replay" not in asha.get("/letters").text
    assert post(asha, "/letters/replay", kind="findings", id=str(job)) == 404


def test_findings_of_a_health_workers_case_ask_the_case_and_not_the_chat(world: World) -> None:
    with transaction(world.engine) as connection:
        chat = a_chat(connection, "77")
        a_kept_photo(connection, chat)
        case = store.open_case(connection, chat, desk_world.told("en", photos=("p",), findings=None, told=0))
        speaks(connection, chat, desk_world.told("en", photos=("p",)))
        job = a_job(connection, FindingsJob, chat, case_id=case.id)
        assert operations.replay(connection, "findings", job, 1) == (THINK, job)
        second = a_job(connection, FindingsJob, chat, case_id=case.id)
        store.close(connection, case, "better")
        assert operations.replay(connection, "findings", second, 1) is None


def test_a_description_is_tried_again_while_it_may_be_said_and_an_answer_never(world: World) -> None:
    with transaction(world.engine) as connection:
        chat = a_chat(connection, "77")
        speaks(connection, chat, desk_world.told("en", photos=("p",)))
        read = a_job(connection, FindingsJob, chat, state="done", soft=b"s")
        blind = a_job(connection, FindingsJob, chat, state="done")
        job, lost, answer = (
            a_job(connection, TalkJob, chat, findings_job_id=of, kind=kind)
            for of, kind in ((read, "describe"), (blind, "describe"), (read, "answer"))
        )
    asha = world.signed_in("asha")
    assert [post(asha, "/letters/replay", kind="words", id=str(n)) for n in (lost, answer, job, job)] == [
        404, 404, 303, 404,
    ]  # fmt: skip
    with transaction(world.engine) as connection:
        row = connection.execute(select(TalkJob).where(TalkJob.id == job)).one()
        assert (row.state, row.applied, row.alone) == ("wanted", False, True)
        assert talk.overdue(connection, 5) == [job], "in the time that a sentence has"
        connection.execute(update(TalkJob).where(TalkJob.id == job).values(state="parked", applied=True))
        speaks(connection, chat, desk_world.told("en", photos=("p",), described=1))
        assert operations.replay(connection, "words", job, 1) is None, "it is said once a case"


def test_forms_that_name_nothing_are_refused(world: World) -> None:
    asha = world.signed_in("asha")
    for path in ("/letters/replay", "/letters/drop", "/erase"):
        for fields in ({}, {"kind": "message", "id": "x"}, {"kind": "other", "id": "1"}):
            assert post(asha, path, **fields) == 400


# -- erasing --


def a_linked_case(world: World) -> tuple[int, int, int, str]:
    """Worker's chat, patient's chat, case, and the code that links them."""
    code = fresh_code()
    with transaction(world.engine) as connection:
        person = connection.execute(
            insert(Person).values(role="chw", created_at=1.0, active=True).returning(Person.id)
        ).scalar_one()
        worker, patient = a_chat(connection, "1", person), a_chat(connection, "2")
        case = connection.execute(
            insert(CaseRow).values(a_case(worker, "K7-42", patient_chat_id=patient)).returning(CaseRow.id)
        ).scalar_one()
        invite_patient(connection, KEYS, case, code, person)
    return worker, patient, int(case), code


def test_a_case_and_its_patients_chat_are_found_by_either_code_and_the_worker_never(world: World) -> None:
    worker, patient, case, link = a_linked_case(world)
    with reading(world.engine) as connection:
        for text in ("K7-42", "k7 42 please", link, link.lower().replace("-", " ")):
            found = erase_search.find(connection, KEYS, text)
            assert [(one.kind, one.id) for one in found] == [("case", case), ("chat", patient)], text
        assert [one.id for one in erase_search.find(connection, KEYS, "telegram:main:2")] == [patient]
        for text in (
            "telegram:main:1",
            "telegram:main:3",
            "telegram:main:",
            "",
            "K2-22",
            fresh_code(),
            "%",
            "a:b:c:d",
        ):
            assert erase_search.find(connection, KEYS, text) == [], text
        assert erase_search.one(connection, "chat", worker) is None


def test_a_patients_own_case_is_their_chat(world: World) -> None:
    with transaction(world.engine) as connection:
        chat = a_chat(connection, "2")
        connection.execute(insert(CaseRow).values(a_case(chat, "K7-42")))
        assert [(one.kind, one.id, one.cases) for one in erase_search.find(connection, KEYS, "K7-42")] == [
            ("chat", chat, 1)
        ]


def test_an_erasing_is_ordered_once_with_who_ordered_it(world: World) -> None:
    worker, patient, case, _ = a_linked_case(world)
    asha = world.signed_in("asha")
    page = asha.post("/erase/find", {"what": "K7-42"}).text
    assert page.count('action="/console/erase"') == 2
    began = re.findall(r'name="id" value="(\d+)"><input type="hidden" name="mark" value="([^"]*)"', page)
    marks = dict(began)
    assert marks[str(case)] == "K7-42"
    for _ in range(2):
        assert post(asha, "/erase", kind="chat", id=str(patient), mark=marks[str(patient)], yes="1") == 303
    assert post(asha, "/erase", kind="case", id=str(case), mark="K7-42", yes="1") == 303
    assert post(asha, "/erase", kind="chat", id=str(worker), mark=marks[str(patient)], yes="1") == 404
    assert post(asha, "/erase", kind="chat", id=str(patient), mark=marks[str(patient)]) == 200, "asks"
    with reading(world.engine) as connection:
        wanted = connection.execute(select(Order.kind, Order.subject, Order.by_person)).all()
    assert [tuple(row) for row in wanted] == [
        ("erase_chat", str(patient), asha.person_id),
        ("erase_case", str(case), asha.person_id),
    ]
    assert [what for what in done_by(world, asha.person_id) if "erase" in what] == [
        "erase_chat_ordered",
        "erase_case_ordered",
    ]


@pytest.mark.parametrize("yes", ["", "1"])
def test_another_case_that_got_its_number_is_not_erased_by_an_old_page(world: World, yes: str) -> None:
    _, _, case, _ = a_linked_case(world)
    asha = world.signed_in("asha")
    with transaction(world.engine) as connection:
        connection.execute(update(CaseRow).where(CaseRow.id == case).values(code="X8-88"))
    said = {"kind": "case", "id": str(case)} | ({"yes": yes} if yes else {})
    assert post(asha, "/erase", mark="K7-42", **said) == 404
    assert post(asha, "/erase", **said) == 404
    with transaction(world.engine) as connection:
        assert connection.execute(select(Order.id)).all() == []
        # Nor where the number changes hands between the order and its doing.
        first = orders.ask(connection, "erase_case", case, asha.person_id)
        connection.execute(update(CaseRow).where(CaseRow.id == case).values(code="Y9-99"))
        second = orders.ask(connection, "erase_case", case, asha.person_id)
        assert orders.ask(connection, "erase_case", case, asha.person_id) == second != first
        taken = orders.take(connection)
        assert taken is not None
        assert (taken.id, orders.there(connection, taken)) == (first, False)
        orders.finish(connection, taken, "done", {"found": "gone"})
        taken = orders.take(connection)
        assert taken is not None
        assert (taken.id, orders.there(connection, taken)) == (second, True)
        orders.finish(connection, taken, "done", {})
        kept = [one.details for one in orders.latest(connection, ("erase_case",))]
        assert kept == [{}, {"found": "gone"}], "no code is left of what was erased"


def test_an_order_is_taken_by_one_worker_and_again_after_its_lease(engine: Engine) -> None:
    with transaction(engine) as connection:
        person = connection.execute(
            insert(Person).values(role="admin", created_at=1.0, active=True).returning(Person.id)
        ).scalar_one()
        orders.ask(connection, "backup", "", person)
    with transaction(engine) as connection:
        taken = orders.take(connection)
        assert taken is not None
        assert orders.take(connection) is None
    with transaction(engine) as connection:
        connection.execute(update(Order).values(until=db_now() - 1))
        again = orders.take(connection)
        assert again is not None
        assert again.id == taken.id
        orders.finish(connection, again, "done", {"name": "x"})
        assert orders.take(connection) is None
        last = orders.last_done(connection, "backup")
    assert last is not None
    assert last.details == {"name": "x"}


# -- channels --


def test_channels_say_when_they_were_heard_and_how_much_failed(engine: Engine) -> None:
    with transaction(engine) as connection:
        chat = a_chat(connection, "77")
        connection.execute(update(Chat).values(last_inbound_at=1234.5))
        for state, at in (
            ("sent", 100.0),
            ("read", 300.0),
            ("delivered", 200.0),
            ("failed", 900.0),
            ("queued", 999.0),
        ):
            a_reply(connection, chat, state, first_tried_at=at)
        old = a_reply(connection, chat, "failed")
        connection.execute(update(ReplyRow).where(ReplyRow.id == old).values(created_at=db_now() - 90_000))
        connection.execute(
            insert(Breaker).values(account="telegram:main", failures=3, open_until=db_now() + 60)
        )
    with reading(engine) as connection:
        main, other = operations.channels(connection, [MAIN, Account("telegram", "b")])
    assert (main.chats, main.last_in, main.last_out, main.sent, main.failed, main.failures) == (
        1,
        1234.5,
        300.0,
        3,
        1,
        3,
    )
    assert main.error_rate == 0.25
    assert 50 < main.open_s <= 60
    assert (other.chats, other.last_in, other.error_rate, other.open_s) == (0, None, None, 0.0)


def test_lines_count_what_waits_and_for_how_long(engine: Engine) -> None:
    with transaction(engine) as connection:
        chat = a_chat(connection, "77")
        connection.execute(insert(CaseRow).values(a_case(chat, "K7-1", escalated_at=db_now() - 50)))
        connection.execute(
            insert(CaseRow).values(a_case(chat, "K7-2", escalated_at=db_now() - 90, answered_at=db_now()))
        )
        a_reply(connection, chat, "queued")
        a_reply(connection, chat, "parked")
    a_message(engine, address="88")
    with reading(engine) as connection:
        lines = {line.kind: line for line in operations.lines(connection)}
    counts = {kind: line.count for kind, line in lines.items()}
    assert counts == {
        "messages": 1, "findings": 0, "words": 0, "replies": 1, "parked": 1, "reminders": 0, "clinicians": 1, "copies": 0, "alerts": 0,
    }  # fmt: skip
    assert 49 < (lines["clinicians"].oldest_s or 0) < 80
    assert lines["findings"].oldest_s is None


def test_a_test_message_goes_to_the_administrators_own_chat_and_to_nobody_else(world: World) -> None:
    asha = world.signed_in("asha")
    path = "/operations/channel/webchat/main/test"
    with transaction(world.engine) as connection:
        a_chat(connection, "77")
    assert post(asha, path) == 400
    with transaction(world.engine) as connection:
        mine = a_chat(connection, "mine", asha.person_id)
        connection.execute(update(Chat).where(Chat.id == mine).values(channel="webchat"))
    assert post(asha, path) == 303
    with reading(world.engine) as connection:
        reply = connection.execute(select(ReplyRow)).one()
    assert (reply.chat_id, reply.state, reply.texts["paragraphs"][0]["id"]) == (
        mine,
        "queued",
        "console.channels.test_text",
    )
    assert "test_message" in done_by(world, asha.person_id)
    assert post(asha, "/operations/channel/telegram/none/test") == 404


def test_telegram_is_asked_only_on_request_and_tells_where_it_delivers(world: World) -> None:
    with FakeTelegram() as fake:
        bot = Telegram("main", "1000:" + "a" * 30, "secret", fake.url)
        world.console.channels = {MAIN: bot, WEBCHAT: world.console.channels[WEBCHAT]}
        asha = world.signed_in("asha")
        try:
            ask = "/operations/channel/telegram/main/ask"
            assert "no webhook is set" in asha.post(ask, {}).text
            bot.register_webhook("https://elsewhere.example/webhooks/telegram/main")
            assert "another address" in asha.post(ask, {}).text
        finally:
            bot.close()
        assert asha.post(ask, {}).status_code == 400, "a closed wire is an answer, not an error"
        assert "elsewhere.example" not in asha.get("/operations").text
    assert post(asha, "/operations/channel/webchat/main/ask") == 400


# -- the pages --


def test_the_page_of_operations_shows_the_model_with_its_figures(world: World) -> None:
    from worker.model_card import figures

    details = {"loaded": True, "model": "ngozi-compact 3 (abc)", "device": "cpu", "figures": figures()}
    with transaction(world.engine) as connection:
        connection.execute(insert(Heartbeat).values(process="engine:one", at=db_now(), details=details))
        connection.execute(insert(Heartbeat).values(process="sweep", at=db_now()))
    page = world.signed_in("asha").get("/operations").text
    assert "ngozi-compact 3" in page
    assert "balanced accuracy" in page
    assert re.search(r"0\.\d{3} \(0\.\d{3} to 0\.\d{3}\)", page)
    assert "engine:one" not in page, "the name of a machine is nobody's business"
    assert ">works<" in page


def test_the_page_of_operations_says_that_an_alert_reached_nobody(world: World) -> None:
    bisi = world.signed_in("bisi", "supervisor")
    warns = "no clinician could be told. Please call one now"
    with transaction(world.engine) as connection:
        chat = a_chat(connection, "77")
        values = a_case(chat, "K7-1", escalated_at=db_now() - 50, reason="harm")
        case = connection.execute(insert(CaseRow).values(values).returning(CaseRow.id)).scalar_one()
        row = a_reply(connection, chat, "sent", key=alerts.ALERT, case_id=case)
    assert warns not in bisi.get("/operations").text
    with transaction(world.engine) as connection:
        connection.execute(update(ReplyRow).where(ReplyRow.id == row).values(state="parked"))
    assert warns in bisi.get("/operations").text


@pytest.mark.parametrize("language", ["sw", "ar"])
def test_every_label_of_the_models_card_is_in_the_language_of_the_page(world: World, language: str) -> None:
    from worker.model_card import figures

    details = {"loaded": True, "model": "ngozi-compact 3 (abc)", "device": "cpu", "figures": figures()}
    with transaction(world.engine) as connection:
        connection.execute(insert(Heartbeat).values(process="engine:one", at=db_now(), details=details))
    page = world.signed_in("asha", language=language).get("/operations").text
    head, *rows = figures()
    labels = [*head, *(row[0] for row in rows)]
    assert len(labels) > 10
    for label in labels:
        assert f">{label}<" not in page, label
    assert " to 0." not in page
    assert rows[0][1].split()[0] in page, "the number itself stays"


def test_where_nothing_runs_the_page_says_so(world: World) -> None:
    page = world.signed_in("bisi", "supervisor").get("/operations").text
    assert ">late<" in page
    assert "No engine was seen" in page
    assert "/operations/backup" not in page
    assert "/test" not in page


def test_consent_is_shown_in_the_language_that_was_chosen(world: World) -> None:
    asha = world.signed_in("asha")
    assert 'lang="ar" dir="rtl"' in asha.get("/texts?language=ar").text
    assert asha.get("/texts?language=../x").status_code == 200
    kept = [["photographs", "30 days", "consent"]]
    with transaction(world.engine) as connection:
        connection.execute(insert(Heartbeat).values(process="retention", at=1.0, details={"kept": kept}))
    assert "30 days" in asha.get("/texts").text


def test_the_days_of_photographs_are_set_up_to_what_the_operator_allows(world: World) -> None:
    asha = world.signed_in("asha")
    most = world.console.settings.photo_days
    for wrong in ("", "0", "-1", "7.5", str(most + 1), "٧x", "9" * 400):
        page = asha.post("/texts/photo-days", {"days": wrong}, form="/texts")
        assert page.status_code == 400
        assert f"a whole number from 1 to {most}" in page.text
    assert "photo_days_set" not in done_by(world, asha.person_id)
    assert asha.post("/texts/photo-days", {"days": "7"}, form="/texts").status_code == 303
    kept = [["photographs", "`NGOZI_PHOTO_DAYS`", "consent"]]
    with transaction(world.engine) as connection:
        connection.execute(insert(Heartbeat).values(process="retention", at=1.0, details={"kept": kept}))
    page = asha.get("/texts").text
    assert 'name="days" value="7"' in page
    assert page.count("7 days") == 2, "the consent text and the table say it"
    assert "photo_days_set" in done_by(world, asha.person_id)


def test_what_is_kept_how_long_is_told_in_the_language_of_the_page(world: World) -> None:
    details = kept_room.told()
    told = details["kept"] = [*details["kept"], ["something new", "3 days", "a worker of tomorrow"]]
    details["codes"].append("tomorrow")
    with transaction(world.engine) as connection:
        connection.execute(insert(Heartbeat).values(process="retention", at=1.0, details=details))
    asha = world.signed_in("asha")
    shown: dict[str, list[list[str]]] = {}
    for language in ("en", "ar", "sw"):
        page = asha.get("/texts", headers={"accept-language": language}).text
        cells = [html.unescape(cell) for cell in re.findall(r"<td[^>]*>([^<]*)</td>", page)]
        shown[language] = [cells[n : n + 3] for n in range(0, len(cells), 3)]
        assert shown[language].pop()[::2] == ["something new", "a worker of tomorrow"], (
            "as the worker tells it"
        )
        assert len(shown[language]) == len(told) - 1
    for row, english in zip(told, shown["en"], strict=False):
        days = world.console.settings.photo_days
        how_long = row[1].replace("`NGOZI_PHOTO_DAYS`", f"{days} days")
        how_long = re.sub("^1 days", "1 day", how_long)
        assert english == [row[0].replace("`", ""), how_long, row[2].replace("`", "")]
    assert [cell for row in shown["ar"] for cell in row if not re.search("[\u0600-\u06ff]", cell)] == []
    english_cells = {cell for row in shown["en"] for cell in row}
    assert [cell for row in shown["sw"] for cell in row if cell in english_cells] == []


def test_a_backup_is_ordered_and_its_end_shown(world: World) -> None:
    asha = world.signed_in("asha")
    assert post(asha, "/operations/backup") == 303
    assert ">ordered<" in asha.get("/operations").text
    with transaction(world.engine) as connection:
        order = orders.take(connection)
        assert order is not None
        orders.finish(connection, order, "failed", {"reason": "no_pg_dump"})
    page = asha.get("/operations").text
    assert "PostgreSQL" in page
    assert "backup_ordered" in done_by(world, asha.person_id)


# -- metrics --


def the_metrics(world: World, folder: Path, on: str) -> TestClient:
    settings = world.console.settings
    object.__setattr__(settings, "metrics", on == "1")
    spool = Spool(folder / "spool", Sealer(KEYS))
    return TestClient(Starlette(routes=metrics.routes(settings, world.engine, [MAIN], spool)))


def test_metrics_are_numbers_by_kind_and_only_where_they_are_switched_on(
    world: World, tmp_path: Path
) -> None:
    a_message(world.engine, address="+15550123")
    with transaction(world.engine) as connection:
        a_reply(connection, 1)
        connection.execute(insert(Heartbeat).values(process="sweep", at=db_now() - 5))
    assert the_metrics(world, tmp_path / "off", "0").get("/metrics").status_code == 404
    answer = the_metrics(world, tmp_path / "on", "1").get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["ngozi_waiting", "messages"] == 1
    assert found["ngozi_dead_letters", "reply"] == 1
    assert found["ngozi_replies_last_day", "main", "telegram", "failed"] == 1
    assert 4 < found["ngozi_swept_seconds_ago",] < 60
    assert "15550123" not in answer.text
    assert SAID not in answer.text
