"""Messages out: the real twilio library against the fake at the wire."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.channels import SendFailed
from bot.channels.whatsapp import WhatsApp
from bot.messages import Medium, Outgoing
from tests.bot.channels.whatsapp_support import PERSON, adapter, outgoing, twilio
from tests.fakes.twilio_server import AUTH_TOKEN, FakeTwilio, Fault

DAY_S = 24 * 3600.0

__all__ = ["twilio"]


@pytest.fixture
def whatsapp(twilio: FakeTwilio) -> WhatsApp:
    return adapter(twilio, timeout_s=5.0)


def bodies(twilio: FakeTwilio) -> list[str]:
    return [m.body for m in twilio.messages.values() if m.direction != "inbound"]


def fails(whatsapp: WhatsApp, message: Outgoing) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        whatsapp.send(message)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


def test_a_message_goes_out_with_the_address_of_its_callback(twilio: FakeTwilio, whatsapp: WhatsApp) -> None:
    sent = whatsapp.send(outgoing("Habari"))
    message = twilio.messages[sent.provider_id]
    assert (message.to, message.body, sent.looked_up) == (PERSON, "Habari", False)
    url, _, overrides = message.callback.partition("#")
    assert url == "https://ngozi.example/webhooks/whatsapp/main/status?reply=r-1"
    assert "rp=5xx,ct,rt" in overrides


@pytest.mark.parametrize(
    ("text", "fits"), [("x" * 1600, True), ("x" * 1601, False), ("😀" * 800, True), ("😀" * 801, False)]
)
def test_a_text_over_the_limit_is_not_even_tried(
    twilio: FakeTwilio, whatsapp: WhatsApp, text: str, fits: bool
) -> None:
    if fits:
        whatsapp.send(outgoing(text))
    else:
        assert fails(whatsapp, outgoing(text)).kind == "never"
        assert twilio.requests == []


def test_an_empty_text_is_not_even_tried(twilio: FakeTwilio, whatsapp: WhatsApp) -> None:
    assert fails(whatsapp, outgoing(" \n")).kind == "never"
    assert twilio.requests == []


@pytest.mark.parametrize(
    ("fault", "kind", "code", "retry_after_s"),
    [
        (Fault(status=429, code=20429, retry_after=7), "outage", "20429", 7.0),
        (Fault(status=429), "outage", "http_429", None),
        (Fault(status=500, code=20500), "outage", "20500", None),
        (Fault(status=503, retry_after=30), "outage", "http_503", 30.0),
        (Fault(status=401, code=20003), "outage", "token", None),
        (Fault(status=403, code=20005), "outage", "token", None),
        (Fault(status=404, code=20404), "outage", "20404", None),
        (Fault(status=400, code=63007), "outage", "63007", None),
        (Fault(status=400, code=63017), "outage", "63017", None),
        (Fault(status=429, code=63038), "outage", "63038", 3600.0),
        (Fault(status=400, code=21611), "outage", "21611", None),
        (Fault(status=400, code=63016), "window", "63016", None),
        (Fault(status=400, code=63018), "slow", "63018", 10.0),
        (Fault(status=429, code=63018, retry_after=4), "slow", "63018", 4.0),
        (Fault(status=400, code=63014), "stopped", "63014", None),
        (Fault(status=400, code=21610), "stopped", "21610", None),
        (Fault(status=400, code=63024), "never", "63024", None),
        (Fault(status=400, code=21617), "never", "21617", None),
        (Fault(status=400, code=21211), "never", "21211", None),
        (Fault(status=400, code=99999), "never", "99999", None),
        (Fault(status=400, code=63012), "later", "63012", None),
        (Fault(status=408), "later", "http_408", None),
    ],
    ids=lambda value: f"{value.status}-{value.code}" if isinstance(value, Fault) else None,
)
def test_an_error_says_what_can_be_done(
    twilio: FakeTwilio, whatsapp: WhatsApp, fault: Fault, kind: str, code: str, retry_after_s: float | None
) -> None:
    twilio.faults.append(fault)
    failed = fails(whatsapp, outgoing())
    assert (failed.kind, failed.code, failed.retry_after_s) == (kind, code, retry_after_s)
    assert bodies(twilio) == []


def test_a_wrong_token_is_an_outage_that_names_the_token(twilio: FakeTwilio) -> None:
    twilio.auth_token = "another"
    failed = fails(adapter(twilio), outgoing())
    assert (failed.kind, failed.code) == ("outage", "token")


def test_no_connection_is_an_outage_since_nothing_left(twilio: FakeTwilio) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        api_url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        failed = fails(adapter(twilio, api_url=api_url), outgoing())
    assert (failed.kind, failed.code) == ("outage", "connect")


@pytest.mark.parametrize("kind", ["drop", "accept_then_drop"])
def test_a_connection_lost_after_the_request_left_is_unknown(
    twilio: FakeTwilio, whatsapp: WhatsApp, kind: str
) -> None:
    twilio.faults.append(Fault(kind=kind))
    assert fails(whatsapp, outgoing()).kind == "unknown"


def test_no_answer_in_time_is_unknown(twilio: FakeTwilio) -> None:
    twilio.faults.append(Fault(kind="slow", delay_s=1.0))
    assert fails(adapter(twilio, timeout_s=0.2), outgoing()).kind == "unknown"


class TestUncertain:
    """An earlier try may have been accepted: look before sending again."""

    def test_what_was_accepted_is_found_and_not_sent_again(
        self, twilio: FakeTwilio, whatsapp: WhatsApp
    ) -> None:
        first = time.time()
        twilio.faults.append(Fault(kind="accept_then_drop"))
        assert fails(whatsapp, outgoing("Go now")).kind == "unknown"
        sent = whatsapp.send(outgoing("Go now", uncertain=True, first_tried_at=first))
        assert sent.looked_up
        assert bodies(twilio) == ["Go now"]
        assert sent.provider_id in twilio.messages

    def test_what_never_arrived_is_sent(self, twilio: FakeTwilio, whatsapp: WhatsApp) -> None:
        first = time.time()
        twilio.faults.append(Fault(kind="drop"))
        assert fails(whatsapp, outgoing("Go now")).kind == "unknown"
        assert not whatsapp.send(outgoing("Go now", uncertain=True, first_tried_at=first)).looked_up
        assert bodies(twilio) == ["Go now"]

    def test_a_message_that_is_still_queued_has_no_date_and_is_found(
        self, twilio: FakeTwilio, whatsapp: WhatsApp
    ) -> None:
        first = time.time()
        sid = whatsapp.send(outgoing("a")).provider_id
        assert twilio.messages[sid].sent is None
        assert whatsapp.send(outgoing("a", uncertain=True, first_tried_at=first)).provider_id == sid

    def test_a_message_that_is_sent_is_found_by_its_date_among_many(
        self, twilio: FakeTwilio, whatsapp: WhatsApp
    ) -> None:
        first = time.time()
        sid = whatsapp.send(outgoing("the one")).provider_id
        for n in range(60):
            whatsapp.send(outgoing(f"later {n}"))
        for message in twilio.messages.values():
            message.sent = message.created
        assert whatsapp.send(outgoing("the one", uncertain=True, first_tried_at=first)).provider_id == sid

    def test_the_same_words_said_earlier_or_to_another_are_not_it(
        self, twilio: FakeTwilio, whatsapp: WhatsApp
    ) -> None:
        earlier = whatsapp.send(outgoing("Please answer 1 or 2")).provider_id
        twilio.messages[earlier].created -= 7.0  # least interval between two messages to one chat: 6 s
        other = whatsapp.send(outgoing("Please answer 1 or 2", address="whatsapp:+15550124")).provider_id
        again = outgoing("Please answer 1 or 2", uncertain=True, first_tried_at=time.time())
        sent = whatsapp.send(again)
        assert not sent.looked_up
        assert sent.provider_id not in {earlier, other}

    @pytest.mark.parametrize("offset_s", [-300.0, 300.0])
    def test_a_clock_that_is_wrong_hides_nothing(self, twilio: FakeTwilio, offset_s: float) -> None:
        twilio.behaviour.clock_offset_s = offset_s
        first = time.time()
        with pytest.raises(SendFailed):
            twilio.faults.append(Fault(kind="accept_then_drop"))
            adapter(twilio).send(outgoing("x"))
        fresh = adapter(twilio)  # another process: it has not seen Twilio's clock yet
        assert fresh.send(outgoing("x", uncertain=True, first_tried_at=first)).looked_up

    def test_what_failed_there_is_sent_again(self, twilio: FakeTwilio, whatsapp: WhatsApp) -> None:
        first = time.time()
        sid = whatsapp.send(outgoing("x")).provider_id
        twilio.messages[sid].status = "undelivered"
        assert not whatsapp.send(outgoing("x", uncertain=True, first_tried_at=first)).looked_up

    @pytest.mark.parametrize(
        "fault",
        [
            Fault(on="list", **how)
            for how in ({"status": 500}, {"status": 401}, {"status": 400}, {"kind": "drop"})
        ],
    )
    def test_where_the_look_up_fails_nothing_is_sent(
        self, twilio: FakeTwilio, whatsapp: WhatsApp, fault: Fault
    ) -> None:
        twilio.faults.append(fault)
        assert fails(whatsapp, outgoing("x", uncertain=True, first_tried_at=time.time())).kind == "outage"
        assert bodies(twilio) == []

    def test_a_text_sent_within_a_template_is_found(self, twilio: FakeTwilio) -> None:
        whatsapp = adapter(twilio, templates={"en": "HXapproved1"})
        first = time.time()
        old: dict[str, Any] = {"last_inbound_at": time.time() - 2 * DAY_S}
        sid = whatsapp.send(outgoing("line one\n\nline two", **old)).provider_id
        again = outgoing("line one\n\nline two", uncertain=True, first_tried_at=first, **old)
        assert whatsapp.send(again).provider_id == sid


class TestWindow:
    """Free text only within 24 hours of the person's last message."""

    @pytest.fixture(autouse=True)
    def strict(self, twilio: FakeTwilio) -> None:
        twilio.behaviour.window = True

    @pytest.mark.parametrize("age_s", [DAY_S, DAY_S - 60, None])
    def test_outside_and_without_a_template_it_is_parked_unasked(
        self, twilio: FakeTwilio, whatsapp: WhatsApp, age_s: float | None
    ) -> None:
        last = None if age_s is None else time.time() - age_s
        assert fails(whatsapp, outgoing(last_inbound_at=last)).kind == "window"
        assert twilio.requests == []

    def test_inside_it_is_free_text(self, twilio: FakeTwilio, whatsapp: WhatsApp) -> None:
        twilio.last_inbound[PERSON] = time.time() - DAY_S + 3600
        whatsapp.send(outgoing(last_inbound_at=twilio.last_inbound[PERSON]))
        assert bodies(twilio) == ["Hello"]

    @pytest.mark.parametrize(
        ("language", "sid"), [("sw", "HXapproved-sw"), ("sw-KE", "HXapproved-sw"), ("ar", "")]
    )
    def test_outside_a_template_of_the_language_carries_the_text(
        self, twilio: FakeTwilio, language: str, sid: str
    ) -> None:
        whatsapp = adapter(twilio, templates={"en": "HXapproved-en", "sw": "HXapproved-sw"})
        old = outgoing("One.\n\n  Two\t\tthree.     Four.", last_inbound_at=1.0, language=language)
        if not sid:
            assert fails(whatsapp, old).code == "no_template"
            return
        message = twilio.messages[whatsapp.send(old).provider_id]
        assert message.content_sid == sid
        assert json.loads(message.content_variables) == {"1": "One. · Two three. Four."}

    @pytest.mark.parametrize(
        ("language", "sid"),
        [
            ("sw", "HXapproved-alert-sw"),
            ("sw-KE", "HXapproved-alert-sw"),
            ("en", "HXapproved-alert"),
            ("ar", "HXapproved-alert"),
        ],
    )
    def test_outside_an_alert_does_not_leave_and_a_knock_is_a_template_without_words(
        self, twilio: FakeTwilio, language: str, sid: str
    ) -> None:
        whatsapp = adapter(
            twilio,
            templates={"en": "HXapproved-en", "alert": "HXapproved-alert", "alert-sw": "HXapproved-alert-sw"},
        )
        old: dict[str, Any] = {"last_inbound_at": 1.0, "language": language}
        assert fails(whatsapp, outgoing("K7-42 is in danger", outside="withheld", **old)).code == "withheld"
        message = twilio.messages[whatsapp.send(outgoing("Come.", outside="knock", **old)).provider_id]
        assert (message.content_sid, message.content_variables) == (sid, "")

    def test_inside_the_window_an_alert_is_free_text(self, twilio: FakeTwilio) -> None:
        whatsapp = adapter(twilio, templates={"alert": "HXapproved-alert"})
        twilio.last_inbound[PERSON] = time.time()
        whatsapp.send(outgoing("K7-42", outside="withheld", last_inbound_at=time.time()))
        assert bodies(twilio) == ["K7-42"]

    def test_a_text_too_long_for_a_template_is_parked(self, twilio: FakeTwilio) -> None:
        whatsapp = adapter(twilio, templates={"en": "HXapproved-en"})
        assert fails(whatsapp, outgoing("x" * 901, last_inbound_at=1.0)).kind == "window"

    def test_63016_from_twilio_is_the_window_too(self, whatsapp: WhatsApp) -> None:
        assert fails(whatsapp, outgoing()).kind == "window"  # our clock says open, Twilio's records closed


class TestButtons:
    """Where the account has contents for buttons; the numbered list stays in the text."""

    TEMPLATES = {"buttons2": "HXsession2"}
    CHOICES = (("consent.yes", "Ndiyo"), ("consent.no", "Hapana"))

    def test_choices_become_buttons_with_our_codes(self, twilio: FakeTwilio) -> None:
        whatsapp = adapter(twilio, templates=self.TEMPLATES)
        message = twilio.messages[
            whatsapp.send(outgoing("Sawa?\n\n1. Ndiyo\n2. Hapana", choices=self.CHOICES)).provider_id
        ]
        assert message.content_sid == "HXsession2"
        assert json.loads(message.content_variables) == {
            "1": "Sawa?\n1. Ndiyo\n2. Hapana",
            "2": "Ndiyo",
            "3": "consent.yes",
            "4": "Hapana",
            "5": "consent.no",
        }

    @pytest.mark.parametrize(
        ("text", "choices"),
        [
            ("x" * 1025, CHOICES),
            ("x", (("a.b", "x" * 21), ("a.c", "no"))),
            ("x", (("a.b", "same"), ("a.c", "same"))),
            ("x", (("a.b", "only one"),)),
            ("x", ()),
        ],
    )
    def test_what_does_not_fit_goes_as_text(
        self, twilio: FakeTwilio, text: str, choices: tuple[tuple[str, str], ...]
    ) -> None:
        whatsapp = adapter(twilio, templates=self.TEMPLATES)
        message = twilio.messages[whatsapp.send(outgoing(text, choices=choices)).provider_id]
        assert (message.content_sid, message.body) == ("", text)


def test_typing_is_shown_only_where_it_is_switched_on(twilio: FakeTwilio, whatsapp: WhatsApp) -> None:
    sid = twilio.push({"url": "", "from": PERSON, "lost": True})["sid"]
    whatsapp.typing(PERSON, sid)
    assert twilio.typing == []
    adapter(twilio, typing_enabled=True).typing(PERSON, sid)
    assert twilio.typing == [sid]


@pytest.mark.parametrize(
    "fault",
    [Fault(status=500), Fault(status=429), Fault(kind="drop"), Fault(status=400, code=1), Fault(times=0)],
)
def test_typing_never_raises(twilio: FakeTwilio, fault: Fault) -> None:
    twilio.faults.append(fault)
    adapter(twilio, typing_enabled=True).typing(PERSON, "SM" + "0" * 32)
    assert len(twilio.requests) >= 1


def test_the_probe_tells_the_state_of_the_account(twilio: FakeTwilio, whatsapp: WhatsApp) -> None:
    assert whatsapp.probe() == "active"
    twilio.auth_token = "another"
    with pytest.raises(SendFailed, match="token"):
        whatsapp.probe()


def test_no_request_leaves_but_to_the_api_that_is_set(twilio: FakeTwilio) -> None:
    adapter(twilio, typing_enabled=True).typing(
        PERSON, "SM" + "0" * 32
    )  # messaging.twilio.com in the library
    assert twilio.requests == ["POST /v2/Indicators/Typing.json"]


def test_our_own_loggers_and_errors_tell_no_number_text_or_token(
    twilio: FakeTwilio, whatsapp: WhatsApp, caplog: pytest.LogCaptureFixture
) -> None:
    """httpx and httpcore print addresses: bot.logs closes them below WARNING; all else is clean here."""
    caplog.set_level(logging.DEBUG)
    told = []
    for fault in (
        None,
        Fault(on="create", status=400, code=21211),
        Fault(on="create", status=500),
        Fault(on="create", kind="drop"),
        Fault(on="list", status=503),
        Fault(on="list", status=400),
    ):
        twilio.faults = [fault] if fault else []
        try:
            text = f"secret words {len(told)}"
            whatsapp.send(outgoing(text, uncertain=True, first_tried_at=time.time()))
            told.append("sent")
        except SendFailed as failed:
            told.append(f"{failed!r} {failed.args}")
    lines = [r.getMessage() for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    for private in ("15550123", "secret words", AUTH_TOKEN):
        assert all(private not in line for line in (*lines, *told))
    assert len(told) == 6
    assert told.count("sent") == 1


class _Place(BaseHTTPRequestHandler):
    """Our own public address, as Twilio's fetcher meets it."""

    def do_GET(self) -> None:
        there = self.path == "/media/good"
        self.send_response(200 if there else 404)
        self.send_header("Content-Type", "image/jpeg")
        self.end_headers()
        if there and self.command == "GET":
            self.wfile.write(b"\xff\xd8\xff made up")

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def place() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Place)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/media/"
    server.shutdown()
    thread.join()
    server.server_close()


def seen(url: str) -> Medium:
    return Medium("photo", b"\xff\xd8\xff made up", "image/jpeg", url=url)


def test_a_photograph_goes_by_its_address_and_is_redacted_with_its_words(
    twilio: FakeTwilio, whatsapp: WhatsApp, place: str
) -> None:
    sent = whatsapp.send(outgoing("K7-42: photo 1", medium=seen(place + "good")))
    message = twilio.messages[sent.provider_id]
    assert message.body == "K7-42: photo 1"
    assert [m[1] for m in message.media.values()] == [b"\xff\xd8\xff made up"]
    again = whatsapp.send(outgoing("K7-42: photo 1", medium=seen(place + "good"), uncertain=True))
    assert (again.provider_id, again.looked_up) == (sent.provider_id, True)
    whatsapp.redact(sent.provider_id)
    assert (message.body, message.media) == ("", {})


def test_an_address_that_cannot_be_fetched_may_go_later_and_none_never(
    twilio: FakeTwilio, whatsapp: WhatsApp, place: str
) -> None:
    assert fails(whatsapp, outgoing("x", medium=seen(place + "gone"))).kind == "later"
    assert fails(whatsapp, outgoing("x", medium=seen(""))).kind == "never"
    late = outgoing("x", medium=seen(place + "good"), last_inbound_at=time.time() - 2 * DAY_S)
    assert fails(whatsapp, late).kind == "window"
