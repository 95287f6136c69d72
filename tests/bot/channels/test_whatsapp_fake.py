"""The fake Twilio as the fault harness uses it: a process with a log on disk, webhooks in, callbacks back."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from bot.channels import DeliveryStatus, Forged, HttpRequest, Received
from bot.channels.whatsapp import WhatsApp, rank
from tests.bot.channels.whatsapp_support import PERSON, outgoing
from tests.fakes.twilio_server import ACCOUNT_SID, AUTH_TOKEN, FROM, FakeTwilio, Overrides

ROOT = Path(__file__).parents[3]


class Webhooks:
    """A web server that hands every call to an adapter, and answers by a list of statuses first."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: list[int] = []
        self.whatsapp: WhatsApp | None = None
        webhooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                parts = urlsplit(self.path)
                headers = {k.lower(): v for k, v in self.headers.items()}
                status = webhooks.answers.pop(0) if webhooks.answers else 200
                if status == 200:
                    assert webhooks.whatsapp is not None
                    try:
                        request = HttpRequest("POST", parts.path, parts.query, headers, body)
                        webhooks.received.append(webhooks.whatsapp.receive(request))
                    except Forged:
                        status = 403
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def hook(self) -> str:
        return f"{self.url}/webhooks/whatsapp/main"

    def statuses(self) -> list[DeliveryStatus]:
        return [s for r in self.received for s in r.statuses]


@pytest.fixture
def webhooks() -> Iterator[Webhooks]:
    webhooks = Webhooks()
    threading.Thread(target=webhooks.server.serve_forever, args=(0.05,), daemon=True).start()
    yield webhooks
    webhooks.server.shutdown()
    webhooks.server.server_close()
    if webhooks.whatsapp:
        webhooks.whatsapp.close()


def connect(webhooks: Webhooks, api_url: str) -> WhatsApp:
    webhooks.whatsapp = WhatsApp("main", ACCOUNT_SID, AUTH_TOKEN, FROM, webhooks.url, api_url, timeout_s=5.0)
    return webhooks.whatsapp


def test_as_a_process_it_logs_what_it_accepted_and_pushed(tmp_path: Path, webhooks: Webhooks) -> None:
    log = tmp_path / "twilio.jsonl"
    command = [sys.executable, "-m", "tests.fakes.twilio_server", "--log", str(log)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            whatsapp = connect(webhooks, url)
            photo = {"content_type": "image/png", "base64": base64.b64encode(b"png").decode()}
            said: dict[str, Any] = {"url": webhooks.hook, "from": PERSON, "body": "hi", "media": [photo]}
            pushed = httpx.post(f"{url}/control/push", json=said, trust_env=False).json()
            assert pushed["attempts"] == [200]
            [update] = webhooks.received[0].updates
            assert update.external_id == pushed["sid"]
            assert whatsapp.fetch(whatsapp.parse(update.payload).attachments[0]) == b"png"
            sent = whatsapp.send(outgoing("answer"))
            body = {"sid": sent.provider_id, "status": "delivered"}
            assert httpx.post(f"{url}/control/status", json=body, trust_env=False).json() == {"http": 200}
        finally:
            process.kill()  # SIGKILL: what was acknowledged is in the log all the same
    events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [e["event"] for e in events] == ["pushed", "push_answered", "accepted", "callback"]
    assert (events[2]["body"], events[2]["reply"], events[2]["to"]) == ("answer", "r-1", PERSON)
    assert webhooks.statuses() == [DeliveryStatus("r-1", sent.provider_id, "delivered")]


def test_ten_copies_at_once_carry_one_sid(webhooks: Webhooks) -> None:
    with FakeTwilio() as twilio:
        connect(webhooks, twilio.url)
        pushed = twilio.push({"url": webhooks.hook, "from": PERSON, "body": "x", "copies": 10})
        assert pushed["all"] == [[200]] * 10
    assert {u.external_id for r in webhooks.received for u in r.updates} == {pushed["sid"]}
    assert len(webhooks.received) == 10


@pytest.mark.parametrize(
    ("fragment", "answers", "attempts"),
    [
        ("", [503], [503]),  # Twilio's default: a 5xx is lost
        ("#rc=3&rp=5xx,ct,rt&rt=4000", [503, 500], [503, 500, 200]),
        ("#rc=1&rp=5xx", [503, 503], [503, 503]),
        ("#rc=2&rp=4xx", [404], [404, 200]),
        ("#rc=2&rp=all", [503], [503, 200]),
    ],
)
def test_webhooks_are_retried_by_the_connection_overrides(
    webhooks: Webhooks, fragment: str, answers: list[int], attempts: list[int]
) -> None:
    webhooks.answers = list(answers)
    with FakeTwilio() as twilio:
        connect(webhooks, twilio.url)
        pushed = twilio.push({"url": webhooks.hook + fragment, "from": PERSON, "body": "x"})
    assert pushed["attempts"] == attempts


def test_a_refused_connection_is_tried_twice_by_default() -> None:
    with FakeTwilio() as twilio:
        pushed = twilio.push({"url": "http://127.0.0.1:1/x", "from": PERSON, "body": "x"})
    assert pushed["attempts"] == ["ct", "ct"]


def test_the_overrides_default_to_twilios_own() -> None:
    assert Overrides.of("https://h/x") == Overrides(5.0, 15.0, 15.0, 1, frozenset({"ct"}))


@pytest.mark.parametrize("order", ["ordered", "reversed"])
def test_callbacks_in_either_order_reach_us_signed(webhooks: Webhooks, order: str) -> None:
    with FakeTwilio() as twilio:
        whatsapp = connect(webhooks, twilio.url)
        twilio.behaviour.statuses = order
        whatsapp.send(outgoing("x"))
        for thread in twilio._callbacks:
            thread.join(20)
    said = [s.status for s in webhooks.statuses()]
    assert said == (["sent", "delivered", "read"] if order == "ordered" else ["read", "delivered", "sent"])
    assert max(said, key=rank) == "read"


def test_the_closed_window_may_come_back_as_a_callback(webhooks: Webhooks) -> None:
    with FakeTwilio() as twilio:
        whatsapp = connect(webhooks, twilio.url)
        twilio.behaviour.window, twilio.behaviour.window_error = True, "callback"
        whatsapp.send(outgoing("x"))
        for thread in twilio._callbacks:
            thread.join(20)
    assert [(s.status, s.error) for s in webhooks.statuses()] == [("failed", "63016")]


def test_a_callback_signed_with_another_token_is_refused(webhooks: Webhooks) -> None:
    with FakeTwilio() as twilio:
        connect(webhooks, twilio.url)
        twilio.auth_token = "another"
        assert twilio.push({"url": webhooks.hook, "from": PERSON, "body": "x"})["attempts"] == [403]
    assert webhooks.received == []
