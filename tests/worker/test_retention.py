"""What is too old goes, in small batches, off the disk; what is younger or still owed to somebody stays."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, insert, select, update

from bot import conversation, copies, inbox, outbox, resting
from bot.channels import RawUpdate
from bot.clock import db_now
from bot.conversation.here import Here
from bot.conversation.state import new_state
from bot.database import connect, transaction, wipe_log
from bot.durations import DAY_S
from bot.messages import Attachment, Reply, Text
from bot.packs.rows import PackSound, PackVersion
from bot.tables import (
    Base,
    CaseCode,
    CaseNote,
    CaseRow,
    Chat,
    ConsoleSession,
    Copy,
    Figure,
    FindingsJob,
    Forget,
    InboundRow,
    Invitation,
    JoinTry,
    Login,
    Order,
    Person,
    Photo,
    Receipt,
    Reminder,
    ReplyRow,
    SignInTry,
    Straggler,
    TalkJob,
    Turn,
)
from tests.worker.stage import Stage, stage
from worker import effects, kept, retention, retention_rules, sweep
from worker.retention_rules import Rule

RULES = {rule.code: rule for rule in retention_rules.RULES}
ROOT = Path(__file__).parents[2]


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path, "whatsapp") as made:
        yield made


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Stage]:
    from bot import migrations

    engine = connect(f"sqlite:///{tmp_path / 'ngozi.sqlite3'}", keys={1: b"k" * 32})
    migrations.upgrade(engine)
    with stage(engine, tmp_path, "whatsapp") as made:
        yield made
    engine.dispose()


def put(connection: Connection, table: type[Base], **values: Any) -> None:
    connection.execute(insert(table).values(**values))


def ago(days: float) -> Any:
    return db_now() - days * DAY_S


def a_chat(connection: Connection, name: str, days: float, **values: Any) -> int:
    """A chat whose last message came so long ago."""
    said = {
        "channel": "whatsapp",
        "account": "main",
        "address": f"whatsapp:{name}",
        "stopped": False,
        "turns": 1,
    }
    at = {"created_at": ago(400), "last_inbound_at": ago(days)}
    return int(connection.execute(insert(Chat).values(**said | at | values).returning(Chat.id)).scalar_one())  # fmt: skip


def an_update(connection: Connection, chat: int, name: str, days: float, state: str) -> None:
    put(connection, InboundRow, chat_id=chat, channel="whatsapp", account="main", external_id=name, payload="{}",
        position=0, album="", received_at=ago(days), state=state, attempts=1)  # fmt: skip


def a_reply(connection: Connection, chat: int, name: str, days: float, state: str) -> None:
    put(connection, ReplyRow, uuid=name.ljust(32, "0"), chat_id=chat, turn_id=1, key="", texts={"paragraphs": [], "choices": []},
        language="en", parts=["words"], parts_sent=1, state=state, rank=0, attempts=0, resent=0, created_at=ago(days))  # fmt: skip


def a_job(connection: Connection, chat: int, name: str, days: float, state: str, applied: bool) -> None:
    put(connection, FindingsJob, chat_id=chat, case_version=1, photo_ids=[name], answers={"itch": "yes"}, floor="week",
        state=state, attempts=1, alone=False, applied=applied, created_at=ago(days))  # fmt: skip


def a_sound(connection: Connection, days: float) -> None:
    version = connection.execute(select(PackVersion.id)).scalars().first()
    if version is None:
        about = {
            "language": "sw",
            "number": 1,
            "name": "Kiswahili",
            "direction": "ltr",
            "plural": "",
            "translators": [],
            "reviewers": [],
        }
        made = {"origin": "shipped", "template": "", "created_at": 0.0, "report": []}
        version = connection.execute(
            insert(PackVersion).values(**about | made).returning(PackVersion.id)
        ).scalar_one()
    put(
        connection,
        PackSound,
        version_id=version,
        said={},
        state="done",
        by_person=1,
        created_at=ago(days),
        audio=b"a",
    )


def a_talk(connection: Connection, chat: int, days: float, state: str, applied: bool) -> None:
    put(connection, TalkJob, chat_id=chat, case_version=1, kind="answer", question=b"q", state=state, attempts=1,
        alone=False, applied=applied, created_at=ago(days))  # fmt: skip


def a_reminder(connection: Connection, chat: int, days: float, state: str) -> None:
    put(connection, Reminder, chat_id=chat, case_version=1, kind="better", number=1, due_at=ago(days), state=state,
        created_at=ago(days + 7))  # fmt: skip


def a_photo(connection: Connection, chat: int, name: str, days: float) -> None:
    put(connection, Photo, id=name, chat_id=chat, name=name, wrapped_key=b"k", master_key_id=1, size_bytes=1, width_px=1,
        height_px=1, origin_ref="file", origin_message="7:1", created_at=ago(days), expires_at=db_now() + DAY_S)  # fmt: skip


def a_forget(connection: Connection, name: str, days: float) -> None:
    put(connection, Forget, channel="whatsapp", account="gone", ref="", message_ref=name, attempts=1,
        next_try_at=db_now() + DAY_S, created_at=ago(days))  # fmt: skip


def a_case(connection: Connection, chat: int, name: str, **values: Any) -> int:
    """A case with a note, a photograph that is kept longer, a reply and findings."""
    said = {"code": name, "version": 1, "chat_id": chat, "origin": "", "state": STATE, "urgency": "week", "opinion": "", "progress": "",
            "opened_at": ago(400), "touched_at": ago(0), "outcome": "", "reason": ""}  # fmt: skip
    case = int(connection.execute(insert(CaseRow).values(**said | values).returning(CaseRow.id)).scalar_one())
    put(connection, CaseCode, code=name, left_at=values.get("closed_at"))
    put(connection, CaseNote, case_id=case, at=ago(0), kind="worker", text=b"sealed")
    a_photo(connection, chat, name, 0)
    a_reply(connection, chat, name, 0, "sent")
    a_job(connection, chat, name, 0, "done", True)
    for table in (Photo, ReplyRow, FindingsJob):
        connection.execute(update(table).where(table.case_id.is_(None)).values(case_id=case))
    return case


STATE = conversation.to_json(replace(new_state("sw"), here=Here(channel="whatsapp")))


# What puts a row of each rule down, so many days old.
def a_session(connection: Connection, name: str, days: float) -> None:
    person = connection.execute(
        insert(Person).values(role="admin", created_at=ago(days), active=True).returning(Person.id)
    ).scalar_one()
    login = connection.execute(
        insert(Login)
        .values(person_id=person, name=name, password_hash="x", created_at=ago(days))
        .returning(Login.id)
    ).scalar_one()
    put(
        connection,
        ConsoleSession,
        token_hash=name,
        login_id=login,
        csrf="x",
        created_at=ago(days),
        seen_at=ago(days),
    )


def an_order(connection: Connection, name: str, days: float) -> None:
    person = connection.execute(
        insert(Person).values(role="admin", created_at=ago(days), active=True).returning(Person.id)
    ).scalar_one()
    put(
        connection,
        Order,
        kind="backup",
        subject=name,
        state="done",
        by_person=person,
        created_at=ago(days),
        details={},
    )


MAKE: dict[str, Callable[[Connection, int, str, float], Any]] = {
    "repeats": lambda c, chat, n, d: an_update(c, chat, n, d, "done"),
    "receipts": lambda c, chat, n, d: put(c, Receipt, outgoing_id=n, provider_id=n, rank=1, error="", at=ago(d)),
    "dead_letters": lambda c, chat, n, d: an_update(c, chat, n, d, "parked"),
    "replies": lambda c, chat, n, d: [a_reply(c, chat, f"{n}{s}", d, s) for s in ("sent", "read", "failed", "dropped")],
    "findings": lambda c, chat, n, d: [a_job(c, chat, n, d, s, True) for s in ("done", "parked", "dropped")],
    "talk": lambda c, chat, n, d: [a_talk(c, chat, d, s, True) for s in ("done", "parked", "dropped")],
    "reminders": lambda c, chat, n, d: [a_reminder(c, chat, d, s) for s in ("asked", "dropped")],
    "turns": lambda c, chat, n, d: put(c, Turn, chat_id=chat, number=1, event="Said", created_at=ago(d)),
    "origins": lambda c, chat, n, d: a_photo(c, chat, n, d),
    "states": lambda c, chat, n, d: a_chat(c, n, d, state=STATE),
    "copies": lambda c, chat, n, d: put(c, Copy, chat_id=chat, provider_id=n, at=ago(d)),
    "erased_chats": lambda c, chat, n, d: a_chat(c, n, d + 0.001, erased_at=ago(d)),
    "chats": lambda c, chat, n, d: a_chat(c, n, d),
    "forgets": lambda c, chat, n, d: a_forget(c, n, d),
    "cases": lambda c, chat, n, d: a_case(c, chat, n, closed_at=ago(d), outcome="better"),
    "open_cases": lambda c, chat, n, d: a_case(c, chat, n, touched_at=ago(d)),
    "case_codes": lambda c, chat, n, d: put(c, CaseCode, code=n, left_at=ago(d)),
    "invitations": lambda c, chat, n, d: [
        put(c, Invitation, role="chw", code_hash=f"{n} used", created_at=ago(400), expires_at=ago(d + 3), used_at=ago(d)),
        put(c, Invitation, role="chw", code_hash=f"{n} late", created_at=ago(400), expires_at=ago(d)),
    ],
    "join_tries": lambda c, chat, n, d: put(c, JoinTry, chat_id=chat, at=ago(d)),
    "console_sessions": lambda c, chat, n, d: a_session(c, n, d),
    "figures": lambda c, chat, n, d: put(
        c, Figure, kind="case", day=int(time.time() / DAY_S - d) - (n == "old"), who=len(n), chat_id=chat, case_version=1
    ),
    "orders": lambda c, chat, n, d: an_order(c, n, d),
    "pack_sounds": lambda c, chat, n, d: a_sound(c, d),
    "sign_in_tries": lambda c, chat, n, d: put(c, SignInTry, key=n, failures=1, last_at=ago(d), free_at=0.0),
}  # fmt: skip


def names(connection: Connection, code: str) -> set[str]:
    """Which of the rows that MAKE put down are untouched."""
    queries = {
        "repeats": select(InboundRow.external_id),
        "receipts": select(Receipt.outgoing_id),
        "dead_letters": select(InboundRow.external_id),
        "replies": select(ReplyRow.uuid),
        "findings": select(FindingsJob.photo_ids),
        "talk": select(TalkJob.id),
        "reminders": select(Reminder.id),
        "turns": select(Turn.number),
        "origins": select(Photo.id).where(Photo.origin_ref != "", Photo.origin_message != ""),
        "states": select(Chat.address).where(resting.awake()),
        "copies": select(Copy.provider_id),
        "erased_chats": select(Chat.address).where(Chat.erased_at.is_not(None)),
        "chats": select(Chat.address).where(Chat.address != "whatsapp:home"),
        "forgets": select(Forget.message_ref).where(Forget.account == "gone"),
        "cases": select(CaseRow.code),
        "open_cases": select(CaseRow.code),
        "case_codes": select(CaseCode.code),
        "invitations": select(Invitation.code_hash),
        "join_tries": select(JoinTry.id),
        "console_sessions": select(ConsoleSession.token_hash),
        "sign_in_tries": select(SignInTry.key),
        "figures": select(Figure.day),
        "orders": select(Order.subject),
        "pack_sounds": select(PackSound.id),
    }
    return {str(found) for found in connection.execute(queries[code]).scalars()}


@pytest.mark.parametrize("code", RULES)
def test_what_is_older_goes_and_what_is_younger_stays(scene: Stage, code: str) -> None:
    days = RULES[code].days
    with transaction(scene.engine) as connection:
        home = a_chat(connection, "home", 0.0)
        MAKE[code](connection, home, "young", days - 0.01)
        before = names(connection, code)
        MAKE[code](connection, home, "old", days + 0.01)
        assert names(connection, code) > before or code == "turns"
    retention.run(scene.parts)
    with transaction(scene.engine) as connection:
        assert names(connection, code) == before
        if code == "turns":
            assert connection.execute(select(func.count()).select_from(Turn)).scalar_one() == 1


def test_what_is_known_of_a_reply_stays_as_long_as_the_reply(scene: Stage) -> None:
    """A part that has arrived does not leave again, however long its reply waits."""
    with transaction(scene.engine) as connection:
        home = a_chat(connection, "home", 0.0)
        for name, state in (("waits", "parked"), ("gone", "sent")):
            a_reply(connection, home, name, 20, state)
            put(
                connection,
                Receipt,
                outgoing_id=f"{name.ljust(32, '0')}-0",
                provider_id=name,
                rank=1,
                error="",
                at=ago(20),
            )
    for _ in range(2):
        retention.run(scene.parts)
        with transaction(scene.engine) as connection:
            connection.exec_driver_sql("update heartbeats set at = 1 where process = 'retention'")
    with transaction(scene.engine) as connection:
        assert connection.execute(select(Receipt.provider_id)).scalars().all() == ["waits"]


def test_every_rule_is_tested() -> None:
    assert set(MAKE) == set(RULES)
    assert len(RULES) == len(retention_rules.RULES)


def everything(scene: Stage) -> dict[str, int]:
    tables = [
        t for t in Base.metadata.sorted_tables if t.name not in ("heartbeats", "rates", "audit", "audit_head")
    ]
    with transaction(scene.engine) as connection:
        counts = {
            t.name: connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables
        }
    return {name: n for name, n in counts.items() if n}


@pytest.mark.parametrize(
    "owed", ["received", "queued", "sending", "parked", "wanted", "untold", "asked", "at work", "due"]
)
def test_nothing_that_is_owed_ever_goes(scene: Stage, owed: str) -> None:
    with transaction(scene.engine) as connection:
        more: dict[str, Any] = {"at work": {"turn_until": db_now() + 60}, "due": {"due_at": db_now()}}.get(
            owed, {}
        )
        chat = a_chat(connection, "p1", 1000, state=STATE, erased_at=ago(999), **more)
        if owed == "received":
            an_update(connection, chat, "SM1", 1000, "received")
        elif owed in ("queued", "sending", "parked"):
            a_reply(connection, chat, "r", 1000, owed)
        elif owed in ("wanted", "untold"):
            a_job(connection, chat, "p", 1000, "wanted" if owed == "wanted" else "done", False)
        elif owed == "asked":
            a_talk(connection, chat, 1000, "done", False)
    before = everything(scene)
    retention.run(scene.parts)
    assert everything(scene) == before
    with transaction(scene.engine) as connection:
        assert connection.execute(select(Chat.state)).scalar_one() == STATE


def test_a_large_backlog_goes_in_small_transactions_and_not_all_at_once(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 20)
    monkeypatch.setattr(retention, "BATCHES", 5)
    sizes: list[int] = []
    real = retention._batch

    def batch(engine: Engine, rule: Rule, found: Any) -> int:
        assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        sizes.append(real(engine, rule, found))
        return sizes[-1]

    monkeypatch.setattr(retention, "_batch", batch)
    with transaction(scene.engine) as connection:
        chat = a_chat(connection, "p1", 0.0)
        rows = [{"chat_id": chat, "number": n, "event": "Said", "created_at": 1.0} for n in range(130)]
        connection.execute(insert(Turn), rows)
    retention.run(scene.parts)
    assert sizes == [20] * 5
    retention.run(scene.parts)
    assert sizes == [20] * 5, "once a minute"
    scene.engine.dispose()
    minute_later(scene)
    retention.run(scene.parts)
    assert sizes[5:] == [20, 10]


def minute_later(scene: Stage) -> None:
    with transaction(scene.engine) as connection:
        connection.exec_driver_sql("update heartbeats set at = at - 61 where process = 'retention'")


def test_a_row_that_somebody_took_up_meanwhile_stays(scene: Stage) -> None:
    """Chosen as too old, then the person wrote."""
    with transaction(scene.engine) as connection:
        chat = a_chat(connection, "p1", 1000, state=STATE)
    inbox.receive(scene.engine, scene.account, [RawUpdate("SM1", "whatsapp:p1", "{}")])
    for code in ("states", "chats"):
        assert retention._batch(scene.engine, RULES[code], [chat]) == 0


def test_a_silent_chat_is_redacted_before_it_is_forgotten(scene: Stage) -> None:
    with transaction(scene.engine) as connection:
        chat = a_chat(connection, "p1", 91)
        put(connection, Copy, chat_id=chat, provider_id="SMlast", at=ago(91))
        put(connection, Copy, chat_id=chat, provider_id="SMfirst", at=ago(370))
    retention.run(scene.parts)
    with transaction(scene.engine) as connection:
        assert sorted(connection.execute(select(Forget.message_ref)).scalars()) == ["SMfirst", "SMlast"]
    assert everything(scene) == {"forgets": 2}


def test_a_photograph_that_a_forgotten_state_named_is_deleted_at_the_provider(scene: Stage) -> None:
    waiting = replace(new_state("en"), pending=(Attachment("https://media", message_ref="SM1"),))
    with transaction(scene.engine) as connection:
        a_chat(connection, "p1", 32, state=conversation.to_json(waiting))
        a_chat(connection, "p2", 32, state="not JSON")
    retention.run(scene.parts)
    with transaction(scene.engine) as connection:
        assert connection.execute(select(Forget.ref)).scalars().all() == ["https://media"]
        with_pending, unreadable = connection.execute(select(Chat.state).order_by(Chat.id)).scalars()
        assert conversation.from_json(with_pending or "") == new_state("en", 2)
        assert unreadable is None


def test_an_erased_chat_is_gone_with_its_number_after_days(scene: Stage) -> None:
    number = "whatsapp:+15550198765"
    inbox.receive(scene.engine, scene.account, [RawUpdate("SM" + "7" * 32, number, "{}")])
    with transaction(scene.engine) as connection:
        inbox.finish(connection, [1], 1)
        chat = connection.execute(select(Chat.id)).scalar_one()
        effects.erase(connection, chat, scene.parts.settings)
        outbox.queue(connection, chat, 1, [Reply((Text("delete.done"),))], "en")
        connection.execute(update(Chat).values(due_at=None))
    from worker import deliver

    deliver.run(scene.parts, chat)
    assert [r.state for r in scene.replies()] == ["sent"]
    sweep.run(scene.parts)
    assert everything(scene)["chats"] == 1, "a repeat of the last message must not look new"
    with transaction(scene.engine) as connection:
        for column in (Chat.erased_at, Chat.last_inbound_at, InboundRow.received_at):
            connection.execute(update(column.class_).values({column: column - 3.1 * DAY_S}))
        connection.exec_driver_sql("update heartbeats set at = 1 where process = 'retention'")
    sweep.run(scene.parts)
    with transaction(scene.engine) as connection:
        # The confirmation itself is redacted with the rest.
        connection.execute(update(Forget).values(next_try_at=db_now() - 1))
    sweep.run(scene.parts)
    assert [a.message_ref for a in scene.channel.forgotten] == ["SM" + "7" * 32, "P1"]
    assert everything(scene) == {}
    with transaction(scene.engine) as connection:
        tables = [t for t in Base.metadata.sorted_tables if t.name != "heartbeats"]
        left = json.dumps([str(row) for t in tables for row in connection.execute(select(t)).all()])
    assert "15550198765" not in left


def test_a_case_goes_with_all_that_belongs_to_it_and_its_code_stays_taken(scene: Stage) -> None:
    with transaction(scene.engine) as connection:
        chat = a_chat(connection, "home", 0.0)
        a_case(connection, chat, "K7-42", touched_at=ago(366))
    retention.run(scene.parts)
    with transaction(scene.engine) as connection:
        assert connection.execute(select(CaseCode.code, CaseCode.left_at.is_not(None))).all() == [
            ("K7-42", True)
        ]
        waiting = connection.execute(select(Forget.ref, Forget.message_ref)).all()
    # The photograph's copy at the provider is deleted, and the texts of reply and photograph are redacted there.
    assert sorted(map(tuple, waiting)) == [("", "7:1"), ("file", "7:1")]
    assert everything(scene) == {"chats": 1, "case_codes": 1, "forgets": 2}


@pytest.mark.parametrize("why", ["case", "patient", "member"])
def test_a_silent_chat_stays_while_a_case_or_a_member_needs_it(scene: Stage, why: str) -> None:
    with transaction(scene.engine) as connection:
        chat = a_chat(connection, "silent", 200)
        if why == "member":
            person = connection.execute(
                insert(Person).values(role="chw", created_at=ago(200), active=True).returning(Person.id)
            ).scalar_one()
            connection.execute(update(Chat).values(person_id=person))
        else:
            other = a_chat(connection, "other", 0.0) if why == "patient" else chat
            a_case(connection, other, "K7-42", patient_chat_id=chat)
    retention.run(scene.parts)
    with transaction(scene.engine) as connection:
        assert connection.execute(select(Chat.id).where(Chat.id == chat)).scalar_one() == chat
        for table in (ReplyRow, FindingsJob, Photo, CaseNote, CaseRow):
            connection.execute(table.__table__.delete())  # type: ignore[attr-defined]
        connection.execute(update(Person).values(active=False))
        connection.exec_driver_sql("update heartbeats set at = 1 where process = 'retention'")
    retention.run(scene.parts)
    with transaction(scene.engine) as connection:
        assert connection.execute(select(Chat.id).where(Chat.id == chat)).first() is None


def test_an_erased_chat_that_goes_on_stays(scene: Stage) -> None:
    with transaction(scene.engine) as connection:
        a_chat(connection, "p1", 4, erased_at=ago(5), state=STATE)
    retention.run(scene.parts)
    assert everything(scene) == {"chats": 1}


def test_what_went_is_not_on_the_disk_any_more(on_sqlite: Stage, tmp_path: Path) -> None:
    mark = "zebrafishlamp"
    with transaction(on_sqlite.engine) as connection:
        chat = a_chat(connection, "p1", 0.0)
        for n in range(300):
            a_reply(connection, chat, f"r{n:03}", 8, "sent")
        connection.execute(update(ReplyRow).values(parts=[mark * 20]))

    def found() -> int:
        return sum(p.read_bytes().count(mark.encode()) for p in tmp_path.glob("ngozi.sqlite3*"))

    assert found() > 0
    retention.run(on_sqlite.parts)
    assert found() == 0


def test_wiping_the_log_waits_for_nobody(on_sqlite: Stage) -> None:
    with transaction(on_sqlite.engine) as connection:
        a_chat(connection, "p1", 0.0)
        other = connect(str(on_sqlite.engine.url))
        assert not wipe_log(other)
        other.dispose()
    assert wipe_log(on_sqlite.engine)


def test_ids_are_kept_where_they_can_be_redacted_and_nowhere_else(scene: Stage) -> None:
    with transaction(scene.engine) as connection:
        for channel in ("whatsapp", "telegram", "webchat"):
            chat = a_chat(connection, channel, 0.0, channel=channel)
            for _ in range(2):
                copies.note_of(connection, chat, f"id-{channel}")
        assert connection.execute(select(Copy.provider_id)).scalars().all() == ["id-whatsapp"]
    assert set(Copy.__table__.columns.keys()) == {"chat_id", "provider_id", "at"}
    # Nor does what is left at an erasure say anything.
    assert not {"text", "texts", "parts", "address"} & set(Straggler.__table__.columns.keys())


def test_the_technicians_table_is_what_the_code_does() -> None:
    text = (ROOT / "deploy" / "TECHNICIAN.md").read_text("utf-8")
    found = re.search(r"<!-- retention -->\n(.*?)\n<!-- /retention -->", text, re.S)
    assert found
    assert found[1] == kept.table(), (
        "paste: .venv/bin/python -c 'from worker.kept import table; print(table())'"
    )
