"""Polled and delivered updates: the fake server as Telegram sends them, our adapter as it takes them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.channels import Forged, HttpRequest, SendFailed
from bot.channels.telegram import Telegram
from bot.channels.telegram_poll import get_updates, next_offset
from bot.messages import Outgoing
from tests.fakes.telegram_server import FakeTelegram

DATA = Path(__file__).parents[2] / "data" / "telegram"
TOKEN = "1000:made-up_Token-of_no-bot"
SECRET = "made-up_Secret"


def text(chat: int, words: str) -> dict[str, Any]:
    person = {"id": chat, "is_bot": False, "first_name": "Baraka"}
    return {"message": {"chat": {"id": chat, "type": "private"}, "from": person, "text": words}}


def press(chat: int, code: str) -> dict[str, Any]:
    query = json.loads((DATA / "button.json").read_text())["callback_query"]
    query["from"]["id"] = query["message"]["chat"]["id"] = chat
    return {"callback_query": {**query, "data": code}}


def eventually(holds: Callable[[], bool], limit_s: float = 20.0) -> None:
    until = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < until, "did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    with FakeTelegram(retry_unit_s=0.01) as server:
        yield server


@pytest.fixture
def bot(fake: FakeTelegram) -> Iterator[Telegram]:
    adapter = Telegram("main", TOKEN, SECRET, fake.url)
    yield adapter
    adapter.close()


def test_polled_updates_are_what_a_webhook_would_have_brought(fake: FakeTelegram, bot: Telegram) -> None:
    files = sorted(DATA.glob("*.json"))
    for file in files:
        fake.push(json.loads(file.read_text()))
    polled = dict(get_updates(bot, wait_s=0))
    assert len(polled) == len(files)
    for file in files:
        update = json.loads(file.read_text())
        request = HttpRequest("POST", "/", "", {"x-telegram-bot-api-secret-token": SECRET}, file.read_bytes())
        delivered = next(iter(bot.receive(request).updates), None)
        raw = polled[update["update_id"]]
        assert (raw is None) == (delivered is None)
        if raw and delivered:
            assert (raw.external_id, raw.address, raw.order, raw.album) == (
                delivered.external_id,
                delivered.address,
                delivered.order,
                delivered.album,
            )
            assert bot.parse(raw.payload) == bot.parse(delivered.payload)


def test_updates_come_again_until_the_offset_moves(fake: FakeTelegram, bot: Telegram) -> None:
    for words in ("one", "two"):
        fake.push(text(5, words))
    first = get_updates(bot, wait_s=0)
    assert get_updates(bot, None, wait_s=0) == first  # as after a crash before the commit
    fake.push(text(5, "three"))
    later = get_updates(bot, next_offset(None, first), wait_s=0)
    assert [bot.parse(raw.payload).text for _, raw in first + later if raw] == ["one", "two", "three"]
    offset = next_offset(None, later)
    assert get_updates(bot, offset, wait_s=0) == []
    assert next_offset(offset, []) == offset


def test_an_update_that_makes_no_sense_does_not_stop_the_offset(fake: FakeTelegram, bot: Telegram) -> None:
    fake.push({"message": 5})
    fake.push({"inline_query": {"id": "1"}})
    fake.push(text(5, "after"))
    (_, senseless), (_, dropped), (last, good) = get_updates(bot, wait_s=0)
    assert senseless is not None
    assert senseless.address == ""
    assert dropped is None
    assert good is not None
    assert good.address == "5"
    assert next_offset(None, get_updates(bot, wait_s=0)) == last + 1


def test_a_waiting_poll_ends_as_soon_as_something_comes(fake: FakeTelegram, bot: Telegram) -> None:
    timer = threading.Timer(0.2, lambda: fake.push(text(5, "now")))
    timer.start()
    assert len(get_updates(bot, wait_s=7200)) == 1  # whoever really waits so long is ended by pytest
    timer.join()


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ({"kind": "status", "status": 502}, "outage", "502"),
        ({"kind": "flood"}, "slow", "429"),
        ({"kind": "lose"}, "unknown", "RemoteProtocolError"),
    ],
)
def test_a_poll_that_fails_says_how(
    fake: FakeTelegram, bot: Telegram, fault: dict[str, Any], kind: str, code: str
) -> None:
    fake.fault(method="getUpdates", **fault)
    with pytest.raises(SendFailed) as failed:
        get_updates(bot, wait_s=0)
    assert (failed.value.kind, failed.value.code.replace("ReadError", "RemoteProtocolError")) == (kind, code)


def test_polling_beside_a_webhook_is_a_conflict_that_deleting_it_ends(
    fake: FakeTelegram, bot: Telegram
) -> None:
    bot.register_webhook("https://127.0.0.1:9/")
    with pytest.raises(SendFailed, match="later 409"):
        get_updates(bot, wait_s=0)
    bot.delete_webhook()
    assert get_updates(bot, wait_s=0) == []


class Web:
    """A webhook endpoint: the adapter's `receive`, with statuses prescribed by a test."""

    def __init__(self, adapter: Telegram) -> None:
        self.adapter = adapter
        self.taken: list[tuple[str, str]] = []  # (address, text or choice)
        self.external_ids: list[str] = []
        self.statuses: dict[str, list[int]] = {}  # text -> statuses before it is taken; 0 hangs up
        self.forged = 0
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status = web.take(HttpRequest("POST", self.path, "", headers, body))
                if status:
                    self.send_response(status)
                    if status == 503:
                        self.send_header("Retry-After", "0")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                else:
                    self.close_connection = True

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/telegram/main"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        self._lock = threading.Lock()

    def take(self, request: HttpRequest) -> int:
        try:
            (update,) = self.adapter.receive(request).updates
        except Forged:
            self.forged += 1
            return 403
        inbound = self.adapter.parse(update.payload)
        said = inbound.text or inbound.choice
        with self._lock:
            if self.statuses.get(said):
                return self.statuses[said].pop(0)
            self.taken.append((update.address, said))
            self.external_ids.append(update.external_id)
        return 200

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def web(bot: Telegram) -> Iterator[Web]:
    endpoint = Web(bot)
    yield endpoint
    endpoint.close()


def test_a_chat_comes_in_order_through_failures_that_stop_no_other_chat(
    fake: FakeTelegram, bot: Telegram, web: Web
) -> None:
    bot.register_webhook(web.url)
    web.statuses = {"one": [500, 0, 503], "three": [502]}
    for words in ("one", "two", "three"):
        fake.push(text(5, words))
    fake.push(text(6, "elsewhere"))
    eventually(lambda: len(web.taken) == 4)
    assert [said for address, said in web.taken if address == "5"] == ["one", "two", "three"]
    eventually(lambda: not any(state.updates for state in fake.api.bots.values()))
    tries = {r["lane"]: [] for r in fake.api.log if r["event"] == "delivered"}
    for record in fake.api.log:
        if record["event"] == "delivered":
            tries[record["lane"]].append(record["tries"])
    assert tries == {"chat:5": [4, 1, 2], "chat:6": [1]}
    assert web.forged == 0


def test_a_press_does_not_wait_for_a_message_that_fails(fake: FakeTelegram, bot: Telegram, web: Web) -> None:
    bot.register_webhook(web.url)
    web.statuses = {"stuck": [500] * 1000}
    fake.push(text(5, "stuck"))
    fake.push(press(5, "consent.yes"))
    eventually(lambda: web.taken == [("5", "consent.yes")])


def test_copies_arrive_under_one_id(fake: FakeTelegram, bot: Telegram, web: Web) -> None:
    bot.register_webhook(web.url)
    fake.push(text(5, "ten times"), copies=10)
    eventually(lambda: len(web.taken) == 10)
    assert len(set(web.external_ids)) == 1


def test_a_delivery_with_another_secret_is_turned_away(fake: FakeTelegram, web: Web) -> None:
    fake.webhook(web.url, "another_secret")
    fake.push(text(5, "forged"))
    eventually(lambda: web.forged >= 2)
    assert web.taken == []


def test_what_waited_for_a_webhook_is_delivered_once_it_is_set(
    fake: FakeTelegram, bot: Telegram, web: Web
) -> None:
    fake.push(text(5, "early"))
    bot.register_webhook(web.url)
    eventually(lambda: web.taken == [("5", "early")])


def test_the_fake_as_a_process_keeps_every_accepted_message_through_a_kill(tmp_path: Path) -> None:
    log = tmp_path / "sent.jsonl"
    command = [
        sys.executable,
        "-m",
        "tests.fakes.telegram_server",
        "--port",
        "0",
        "--log",
        str(log),
        "--token",
        TOKEN,
    ]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        ready, port = process.stdout.readline().split()
        assert ready == "ready"
        url = f"http://127.0.0.1:{port}"
        bot = Telegram("main", TOKEN, SECRET, url)
        bot.send(Outgoing("1", "5", "first"))
        fault = {"kind": "drop", "chat": "5"}
        assert httpx.post(f"{url}/control/fault", json=fault, trust_env=False).json() is True
        with pytest.raises(SendFailed, match="unknown"):
            bot.send(Outgoing("2", "5", "second"))
        pushed = httpx.post(f"{url}/control/push", json={"update": text(5, "hello")}, trust_env=False).json()
        assert pushed["message"]["message_id"] == 3
        state = httpx.get(f"{url}/control/state", trust_env=False).json()
        assert state == {"waiting": 1, "sent": 2}
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        bot.close()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(r["event"], r["chat"], r["text"], r["fault"]) for r in lines] == [
        ("sendMessage", "5", "first", ""),
        ("sendMessage", "5", "second", "drop"),
    ]
    assert lines[0]["at"] <= lines[1]["at"]
    assert TOKEN not in log.read_text()
