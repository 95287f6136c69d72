"""Webhooks: nothing forged gets in, nothing verified gets lost, whatever the database does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select, text, update
from starlette.testclient import TestClient

from bot import alerts, inbox, outbox, spool_aside, talk
from bot.channels import Account, RawUpdate, Received
from bot.channels.registry import build
from bot.clock import db_now
from bot.database import transaction
from bot.media.vault import Vault
from bot.messages import Reply, Text
from bot.sealing import Sealer
from bot.settings import Settings
from bot.spool import Spool, Spooled
from bot.tables import Chat, FindingsJob, Heartbeat, InboundRow, ReplyRow
from bot.web.app import WebParts, make_app
from bot.web.webhooks import Intake
from tests.fakes.twilio_server import signature

SECRET = "s" * 20
ENV = {
    "NGOZI_TELEGRAM_TOKEN": "111:abcdefghijklmnop",
    "NGOZI_TELEGRAM_SECRET": SECRET,
    "NGOZI_PUBLIC_URL": "https://ngozi.example.org",
    "NGOZI_TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "NGOZI_TWILIO_AUTH_TOKEN": "made-up-token",
    "NGOZI_WHATSAPP_FROM": "whatsapp:+15550100",
}
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET}


class Door:
    """The web process of a test."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.settings = Settings.read({"NGOZI_HOME": str(folder / "home"), **ENV})
        self.engine = engine
        self.woken: list[tuple[str, int]] = []
        vault = Vault(self.settings.media_url, self.settings.master_keys)
        channels = build(self.settings, engine, vault)
        self.app = make_app(WebParts(self.settings, engine, channels, vault, self.wake))
        self.channels = channels

    def wake(self, task: str, row_id: int, after_s: float = 0.0) -> None:
        self.woken.append((task, row_id))

    def kept(self) -> int:
        with transaction(self.engine) as connection:
            return int(connection.execute(select(func.count()).select_from(InboundRow)).scalar_one())

    def refuse_writes(self) -> None:
        """The database loses its inbox."""
        with transaction(self.engine) as connection:
            connection.execute(text("alter table inbound rename to inbound_away"))

    def take_writes(self) -> None:
        with transaction(self.engine) as connection:
            connection.execute(text("alter table inbound_away rename to inbound"))


@pytest.fixture
def door(engine: Engine, tmp_path: Path) -> Iterator[Door]:
    made = Door(engine, tmp_path)
    yield made
    for channel in made.channels.values():
        close = getattr(channel, "close", None)
        if close is not None:
            close()


@pytest.fixture
def client(door: Door) -> Iterator[TestClient]:
    with TestClient(door.app, base_url="https://ngozi.example.org") as made:
        yield made


def telegram(number: int) -> dict[str, object]:
    chat = {"id": 55501001, "type": "private", "first_name": "Amina"}
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "date": 1_790_000_000,
            "chat": chat,
            "from": {**chat, "is_bot": False},
            "text": "hello",
        },
    }


def whatsapp(client: TestClient, number: int, sender: str = "whatsapp:+15550111", **extra: str) -> int:
    form: Mapping[str, str] = {
        "MessageSid": f"SM{number:032d}",
        "AccountSid": ENV["NGOZI_TWILIO_ACCOUNT_SID"],
        "From": sender,
        "To": ENV["NGOZI_WHATSAPP_FROM"],
        "Body": "hello",
        "NumMedia": "0",
        **extra,
    }
    signed = signature(
        ENV["NGOZI_TWILIO_AUTH_TOKEN"], "https://ngozi.example.org/webhooks/whatsapp/main", form
    )
    answer = client.post("/webhooks/whatsapp/main", data=dict(form), headers={"X-Twilio-Signature": signed})
    return answer.status_code


def test_a_verified_update_is_committed_and_a_worker_woken(door: Door, client: TestClient) -> None:
    assert client.post("/webhooks/telegram/main", json=telegram(1), headers=HEADERS).status_code == 200
    assert door.kept() == 1
    assert [task for task, _ in door.woken] == ["ngozi.turn"]


@pytest.mark.parametrize(
    "header", [{}, {"X-Telegram-Bot-Api-Secret-Token": "wrong"}, {"X-Telegram-Bot-Api-Secret-Token": ""}]
)
def test_a_call_without_the_secret_is_403_and_kept_nowhere(
    door: Door, client: TestClient, header: dict[str, str]
) -> None:
    assert client.post("/webhooks/telegram/main", json=telegram(1), headers=header).status_code == 403
    assert door.kept() == 0


def test_an_account_that_is_not_ours_is_404(client: TestClient) -> None:
    assert client.post("/webhooks/telegram/other", json=telegram(1), headers=HEADERS).status_code == 404
    assert client.post("/webhooks/webchat/main", json={}).status_code == 404


def test_a_body_that_is_too_large_is_413(client: TestClient) -> None:
    assert (
        client.post("/webhooks/telegram/main", content=b"x" * (1 << 20 | 1), headers=HEADERS).status_code
        == 413
    )


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"update_id": "x"}'])
def test_a_poisonous_body_never_blocks_telegrams_lane(client: TestClient, body: bytes) -> None:
    assert client.post("/webhooks/telegram/main", content=body, headers=HEADERS).status_code == 200


def test_telegram_is_told_to_come_again_while_the_database_refuses(door: Door, client: TestClient) -> None:
    door.refuse_writes()
    answer = client.post("/webhooks/telegram/main", json=telegram(1), headers=HEADERS)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    door.take_writes()
    assert client.post("/webhooks/telegram/main", json=telegram(1), headers=HEADERS).status_code == 200
    assert door.kept() == 1


def wait_until_drained(door: Door, count: int) -> None:
    import time

    end = time.monotonic() + 20
    while door.kept() < count and time.monotonic() < end:
        time.sleep(0.05)


def test_twilios_call_goes_to_the_spool_and_comes_back_in_order(door: Door, client: TestClient) -> None:
    door.refuse_writes()
    assert [whatsapp(client, n) for n in (1, 2, 3)] == [200, 200, 200]
    door.take_writes()
    wait_until_drained(door, 3)
    with transaction(door.engine) as connection:
        (chat,) = set(connection.execute(select(InboundRow.chat_id)).scalars())
        waiting = inbox.pending(connection, int(chat or 0))
    assert waiting is not None
    assert json.loads(waiting.payloads[0])["MessageSid"].endswith("1")
    assert door.kept() == 3


# No database takes a half of a sign; PostgreSQL takes no sign 0, and no address of 201 (SQLite takes both).
HALF_A_SIGN, SIGN_0, TOO_LONG = "\ud800", "\x00", "x" * 201


@pytest.mark.parametrize("address", [HALF_A_SIGN, SIGN_0, TOO_LONG])
@pytest.mark.parametrize("channel", ["whatsapp", "telegram"])
def test_a_call_that_the_database_refuses_for_its_own_sake_holds_up_nobody(
    door: Door, channel: str, address: str
) -> None:
    intake = Intake(door.engine, door.wake, Spool(door.settings.spool, Sealer(door.settings.master_keys)))
    account, may_spool = Account(channel, "main"), channel == "whatsapp"
    poison = Received(updates=(RawUpdate("SM1", address, "{}"),))
    assert intake.keep(account, poison, may_spool=may_spool)
    if door.engine.dialect.name == "sqlite" and address != HALF_A_SIGN:
        assert (door.kept(), intake.spool.count(), intake.spool.aside.count()) == (1, 0, 0)
        intake.spool.close()
        return
    later = [Spooled(account, 2.0, update=RawUpdate(f"SM{n}", "a", "{}")) for n in (2, 3)]
    for one in later:
        intake.spool.append(one)
    for _ in range(spool_aside.TRIES):
        intake.drain()
    assert door.kept() == 2
    assert (intake.spool.count(), intake.spool.aside.count()) == (0, 1)
    intake.spool.close()


def test_a_database_that_refuses_writes_sets_nothing_aside(door: Door) -> None:
    intake = Intake(door.engine, door.wake, Spool(door.settings.spool, Sealer(door.settings.master_keys)))
    door.refuse_writes()
    update = Received(updates=(RawUpdate("SM1", "a", "{}"),))
    assert not intake.keep(Account("telegram", "main"), update, may_spool=False)
    assert intake.keep(Account("whatsapp", "main"), update, may_spool=True)
    for _ in range(2 * spool_aside.TRIES):
        intake.drain()
    assert (intake.spool.count(), intake.spool.aside.count()) == (1, 0)
    door.take_writes()
    assert intake.drain() == 1
    intake.spool.close()


def test_while_a_chat_waits_in_the_spool_its_newer_messages_queue_behind(
    door: Door, client: TestClient, tmp_path: Path
) -> None:
    door.refuse_writes()
    whatsapp(client, 1)
    door.take_writes()
    # Before the next drain: the database is back, but the chat still has a row in the spool.
    whatsapp(client, 2)
    whatsapp(client, 3, sender="whatsapp:+15550112")
    wait_until_drained(door, 3)
    with transaction(door.engine) as connection:
        rows = connection.execute(
            select(InboundRow.external_id, InboundRow.received_at).order_by(
                InboundRow.position, InboundRow.received_at, InboundRow.id
            )
        ).all()
    ours = [r.external_id[-1] for r in rows if not r.external_id.endswith("3")]
    assert ours == ["1", "2"]


def test_a_status_callback_waits_in_the_spool_too(door: Door, client: TestClient) -> None:
    form = {
        "MessageSid": "SM" + "9" * 32,
        "MessageStatus": "delivered",
        "AccountSid": ENV["NGOZI_TWILIO_ACCOUNT_SID"],
    }
    account = Account("whatsapp", "main")
    (chat,) = inbox.receive(door.engine, account, [RawUpdate("SM" + "8" * 32, "whatsapp:+15550112", "{}")])
    with transaction(door.engine) as connection:
        outbox.queue(connection, chat, 1, [Reply((Text("help.what"),))], "en")
        uuid = connection.execute(select(ReplyRow.uuid)).scalar_one()
        connection.execute(text("alter table receipts rename to receipts_away"))
    url = f"https://ngozi.example.org/webhooks/whatsapp/main/status?reply={uuid}-0"
    headers = {"X-Twilio-Signature": signature(ENV["NGOZI_TWILIO_AUTH_TOKEN"], url, form)}
    assert client.post(url, data=form, headers=headers).status_code == 200
    with transaction(door.engine) as connection:
        connection.execute(text("alter table receipts_away rename to receipts"))
    import time

    end = time.monotonic() + 20
    found = 0
    while not found and time.monotonic() < end:
        with transaction(door.engine) as connection:
            found = connection.execute(text("select count(*) from receipts")).scalar_one()
        time.sleep(0.05)
    assert found == 1


def test_a_web_process_that_cannot_spool_does_not_start(engine: Engine, tmp_path: Path) -> None:
    from bot.errors import SpoolError

    blocked = tmp_path / "blocked"
    blocked.write_text("a file")
    settings = Settings.read({"NGOZI_HOME": str(tmp_path / "home"), "NGOZI_SPOOL": str(blocked / "spool")})
    vault = Vault(settings.media_url, settings.master_keys)
    with pytest.raises(SpoolError):
        make_app(WebParts(settings, engine, {}, vault, lambda *_: None))


def test_the_health_page_says_that_no_worker_sweeps(client: TestClient) -> None:
    answer = client.get("/health")
    assert answer.status_code == 503
    assert answer.json()["database"] == "ok"


def test_the_health_page_tells_of_engines_and_of_what_waits_for_them(door: Door, client: TestClient) -> None:
    details = {
        "loaded": True,
        "loading": "language model",
        "device": "cpu",
        "memory_mib": 400,
        "last_error": "RuntimeError",
        "host": "secret",
    }
    with transaction(door.engine) as connection:
        for name, age in (("engine:this:", 3.0), ("engine:gone:", 5000.0)):
            connection.execute(insert(Heartbeat).values(process=name, at=db_now() - age, details=details))
        chat = connection.execute(
            insert(Chat)
            .values(
                channel="telegram", account="main", address="1", created_at=db_now(), stopped=False, turns=0
            )
            .returning(Chat.id)
        ).scalar_one()
        talk.want_description(connection, chat, 1, 1)
    said = client.get("/health").json()
    assert said["waiting"] == {"findings": 0, "talk": 1}
    (engine,) = said["engines"]
    assert 2 < engine.pop("seen_s_ago") < 60
    assert engine == {k: v for k, v in details.items() if k != "host"}


@pytest.mark.parametrize(
    ("engines", "waits_s", "answers"),
    [
        ((), 0.0, True),  # a worker that starts
        ((), 400.0, False),
        (((True, "", 3.0),), 400.0, True),  # a long line
        (((True, "RuntimeError", 3.0),), 0.0, True),
        (((True, "", 3.0),), 4000.0, False),
        (((True, "", 200.0),), 400.0, False),
        (((False, "", 3.0),), 0.0, True),
        (((False, "ModelNotLoaded", 3.0),), 0.0, False),
        (((False, "ModelNotLoaded", 3.0), (True, "", 3.0)), 0.0, True),
    ],
)
def test_the_health_page_says_that_no_model_answers(
    door: Door,
    client: TestClient,
    engines: tuple[tuple[bool, str, float], ...],
    waits_s: float,
    answers: bool,
) -> None:
    with transaction(door.engine) as connection:
        connection.execute(insert(Heartbeat).values(process="sweep", at=db_now()))
        for number, (loaded, error, age) in enumerate(engines):
            details = {"loaded": loaded, "last_error": error}
            name = f"engine:made-up-{number}:"
            connection.execute(insert(Heartbeat).values(process=name, at=db_now() - age, details=details))
        if waits_s:
            values = {"channel": "telegram", "account": "main", "address": "1", "stopped": False, "turns": 0}
            chat = connection.execute(
                insert(Chat).values(created_at=db_now(), **values).returning(Chat.id)
            ).scalar_one()
            connection.execute(
                insert(FindingsJob).values(
                    chat_id=chat,
                    case_version=1,
                    photo_ids=[],
                    answers={},
                    floor="routine",
                    created_at=db_now() - waits_s,
                )
            )
    said = client.get("/health")
    assert (said.status_code, said.json()["status"]) == (
        (200, "ok") if answers else (503, "no model answers")
    )


def test_what_was_given_up_still_tells_that_no_model_answers(door: Door, client: TestClient) -> None:
    """Findings that nobody makes are parked after some hours (worker.late_findings): none is wanted then."""
    chat = {"channel": "telegram", "account": "main", "address": "1", "stopped": False, "turns": 0}
    job = {"case_version": 1, "photo_ids": [], "answers": {}, "floor": "routine"}
    with transaction(door.engine) as connection:
        connection.execute(insert(Heartbeat).values(process="sweep", at=db_now()))
        made = insert(Chat).values(created_at=db_now(), **chat).returning(Chat.id)
        job["chat_id"] = connection.execute(made).scalar_one()
        late = insert(FindingsJob).values(state="parked", created_at=db_now() - 4 * 3600, **job)
        connection.execute(late)
    assert client.get("/health").json()["status"] == "no model answers"
    with transaction(door.engine) as connection:
        connection.execute(insert(FindingsJob).values(state="done", created_at=db_now(), **job))
    assert client.get("/health").json()["status"] == "ok"


def test_an_alert_that_reached_nobody_is_said(door: Door, client: TestClient) -> None:
    chat = {"channel": "whatsapp", "account": "main", "address": "1", "stopped": False, "turns": 0}
    with transaction(door.engine) as connection:
        connection.execute(insert(Heartbeat).values(process="sweep", at=db_now()))
        made = insert(Chat).values(created_at=db_now(), **chat).returning(Chat.id)
        chat_id = connection.execute(made).scalar_one()
        outbox.queue(connection, chat_id, 1, [Reply((Text("clinic.harm.now"),), (), alerts.ALERT)], "en")
    said = client.get("/health")
    assert (said.status_code, said.json()["status"], said.json()["alerts_untold"]) == (200, "ok", 0)
    with transaction(door.engine) as connection:
        connection.execute(update(ReplyRow).values(state="parked"))
    said = client.get("/health")
    assert (said.status_code, said.json()["status"]) == (503, "an alert reached nobody")
    assert said.json()["alerts_untold"] == 1


def test_a_clock_that_was_set_back_is_said(door: Door, client: TestClient) -> None:
    with transaction(door.engine) as connection:
        connection.execute(insert(Heartbeat).values(process="sweep", at=db_now() + 30 * 86400))
    said = client.get("/health")
    assert (said.status_code, said.json()["status"]) == (503, "the clock went back")


def test_the_spool_holds_only_what_was_refused(door: Door, client: TestClient) -> None:
    whatsapp(client, 1)
    assert isinstance(door.app.routes, list)
    assert not [p for p in door.settings.spool.glob("*.spool") if p.stat().st_size]


def test_the_console_is_served_by_the_same_process(client: TestClient) -> None:
    done = client.get("/console/audit", follow_redirects=False)
    assert (done.status_code, done.headers["location"].partition("?")[0]) == (303, "/console/sign-in")
    assert client.get("/console", follow_redirects=True).status_code == 200
