"""Photographs in, Twilio's copies out, and what an outage made us miss: the real library against the fake."""

from __future__ import annotations

import base64
import itertools
import socket
import time
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from bot.channels import TOO_SLOW, MediaFailed, SendFailed
from bot.channels.whatsapp import WhatsApp, media
from bot.channels.whatsapp.media import MAX_BYTES, MediaHost
from bot.messages import Attachment
from tests.bot.channels.whatsapp_support import PERSON, adapter, form, outgoing, twilio
from tests.fakes.twilio_server import ACCOUNT_SID, AUTH_TOKEN, FakeTwilio, Fault

__all__ = ["twilio"]

PHOTO = b"\xff\xd8\xff" + bytes(range(256)) * 40


@pytest.fixture
def whatsapp(twilio: FakeTwilio) -> WhatsApp:
    return adapter(twilio, timeout_s=5.0)


def sent_photo(twilio: FakeTwilio, content: bytes = PHOTO, **said: Any) -> Attachment:
    """A photograph that lies at the fake, as our parser refers to it."""
    media = [{"content_type": "image/jpeg", "base64": base64.b64encode(content).decode()}]
    sid = twilio.push({"url": "", "from": PERSON, "media": media, "lost": True, **said})["sid"]
    fields = twilio.form(twilio.messages[sid])
    return Attachment(fields["MediaUrl0"], mime="image/jpeg", message_ref=sid)


def fails(whatsapp: WhatsApp, ref: str | Attachment) -> MediaFailed:
    with pytest.raises(MediaFailed) as caught:
        whatsapp.fetch(ref if isinstance(ref, Attachment) else Attachment(ref))
    return caught.value


def test_a_photograph_is_fetched_and_our_password_stays_with_twilio(
    twilio: FakeTwilio, whatsapp: WhatsApp
) -> None:
    assert whatsapp.fetch(sent_photo(twilio)) == PHOTO
    assert twilio.leaks == []
    assert twilio.headers[-1]["authorization"].startswith("Basic ")


def test_the_fake_store_would_notice_a_leaked_password(twilio: FakeTwilio) -> None:
    """The test above can fail: a client that forwards the header is refused and noted."""
    ref = sent_photo(twilio).ref.rpartition("/")[2]
    answer = httpx.get(
        f"{twilio.store_url}/{ref}?signed=yes", auth=(ACCOUNT_SID, AUTH_TOKEN), trust_env=False
    )
    assert (answer.status_code, len(twilio.leaks)) == (400, 1)


def test_a_momentary_404_is_waited_out(twilio: FakeTwilio) -> None:
    pauses: list[float] = []
    whatsapp = adapter(twilio, sleep=pauses.append)
    twilio.faults.append(Fault(on="media", status=404, times=2))
    assert whatsapp.fetch(sent_photo(twilio)) == PHOTO
    assert len(pauses) == 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault(on="media", status=404, times=9),
        Fault(on="media", status=503, times=9),
        Fault(on="store", status=500, times=9),
        Fault(on="media", kind="drop", times=9),
        Fault(on="store", kind="drop", times=9),
    ],
)
def test_what_lasts_is_given_up_for_another_time(
    twilio: FakeTwilio, whatsapp: WhatsApp, fault: Fault
) -> None:
    twilio.faults.append(fault)
    assert fails(whatsapp, sent_photo(twilio)).retryable
    assert fault.times == 6  # three times tried


@pytest.mark.parametrize(("size", "fits"), [(MAX_BYTES, True), (MAX_BYTES + 1, False)])
def test_no_more_than_twenty_mebibytes_are_taken(
    twilio: FakeTwilio, whatsapp: WhatsApp, size: int, fits: bool
) -> None:
    photo = sent_photo(twilio, bytes(size))
    if fits:
        assert len(whatsapp.fetch(photo)) == size
    else:
        assert not fails(whatsapp, photo).retryable


@pytest.mark.parametrize(
    "ref",
    [
        "https://evil.example/photo",
        "https://api.twilio.com.evil.example/photo",
        "https://evil.example#api.twilio.com",
        "https://api.twilio.com@evil.example/photo",
        "https://user:pass@api.twilio.com/photo",
        "https://api.twilio.com:8443/photo",
        "http://api.twilio.com/photo",
        "http://127.0.0.1:1/photo",
        "http://169.254.169.254/latest/meta-data",
        "https://[::1]/photo",
        "file:///etc/passwd",
        "//api.twilio.com/photo",
        "https://api.twilio.com:99999/",
        "https://[/",
        "",
    ],
)
def test_an_address_that_is_not_configured_is_never_asked(
    twilio: FakeTwilio, whatsapp: WhatsApp, ref: str
) -> None:
    assert not fails(whatsapp, ref).retryable
    assert twilio.requests == []


def photo_answer() -> httpx.Response:
    return httpx.Response(200, stream=httpx.ByteStream(PHOTO))


class Wire:
    """Answers in place of the network, keeping what was asked. Only for addresses that tests can not have."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.asked: list[httpx.Request] = []
        self._answers = itertools.chain(answers, iter(photo_answer, None))

    def host(
        self, hosts: tuple[str, ...] = ("api.twilio.com", "mms.twiliocdn.com"), api_url: str = ""
    ) -> MediaHost:
        http = httpx.Client(transport=httpx.MockTransport(self.answer))
        return MediaHost(http, (ACCOUNT_SID, AUTH_TOKEN), hosts, api_url, sleep=lambda _: None)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return next(self._answers)


def resolves(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def getaddrinfo(*_: object, **__: object) -> list[Any]:
        families = [socket.AF_INET6 if ":" in a else socket.AF_INET for a in addresses]
        return [(f, 1, 6, "", (a, 443)) for f, a in zip(families, addresses, strict=True)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def to(location: str) -> httpx.Response:
    return httpx.Response(307, headers={"Location": location})


URL = form("photo")["MediaUrl0"]


def test_a_redirect_goes_to_the_very_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    resolves(monkeypatch, "2606:4700::1", "93.184.216.34")
    wire = Wire(to("https://media.example/a?x=1"), photo_answer())
    assert wire.host().fetch(URL) == PHOTO
    first, second = wire.asked
    assert first.url.host == "api.twilio.com"
    assert first.headers["authorization"].startswith("Basic ")
    assert str(second.url) == "https://93.184.216.34/a?x=1"
    assert second.headers["host"] == "media.example"
    assert second.extensions["sni_hostname"] == "media.example"
    assert "authorization" not in second.headers


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.5"],
        ["169.254.169.254"],
        ["192.168.1.1"],
        ["100.64.0.1"],
        ["0.0.0.0"],
        ["224.0.0.1"],
        ["93.184.216.34", "10.0.0.5"],
        ["::1"],
        ["fe80::1%eth0"],
        ["fd00::1"],
        ["::ffff:10.0.0.5"],
        ["64:ff9b::a00:5"],
        ["2002:a00:5::1"],
        [],
    ],
)
def test_a_redirect_into_a_private_net_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    resolves(monkeypatch, *addresses)
    wire = Wire(to("https://media.example/a"))
    with pytest.raises(MediaFailed, match="private"):
        wire.host().fetch(URL)
    assert len(wire.asked) == 1


@pytest.mark.parametrize(
    "location",
    [
        "http://media.example/a",
        "http://127.0.0.1/a",
        "https://media.example:8443/a",
        "https://u:p@media.example/a",
        "ftp://media.example/a",
    ],
)
def test_a_redirect_to_anything_but_plain_https_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, location: str
) -> None:
    resolves(monkeypatch, "93.184.216.34")
    wire = Wire(to(location))
    with pytest.raises(MediaFailed) as caught:
        wire.host().fetch(URL)
    assert (caught.value.retryable, len(wire.asked)) == (False, 1)


@pytest.mark.parametrize(
    "location", ["https://[", "https://media.example:x/", "https://media.example:99999/", "\x00"]
)
def test_a_redirect_that_is_no_address_fails_without_asking_another(
    monkeypatch: pytest.MonkeyPatch, location: str
) -> None:
    resolves(monkeypatch, "93.184.216.34")
    wire = Wire(*[to(location)] * 9)
    with pytest.raises(MediaFailed):
        wire.host().fetch(URL)
    assert {request.url.host for request in wire.asked} == {"api.twilio.com"}


def test_a_plain_loopback_redirect_needs_a_loopback_api(monkeypatch: pytest.MonkeyPatch) -> None:
    for api_url, followed in (("http://127.0.0.1:9", True), ("https://twilio.proxy.example", False)):
        wire = Wire(to("http://127.0.0.1:7/a"))
        try:
            wire.host(api_url=api_url).fetch(URL)
        except MediaFailed:
            assert not followed
        else:
            assert followed


def test_redirects_end_after_three(monkeypatch: pytest.MonkeyPatch) -> None:
    resolves(monkeypatch, "93.184.216.34")
    wire = Wire(*[to(f"https://media.example/{n}") for n in range(9)])
    with pytest.raises(MediaFailed, match="redirects"):
        wire.host().fetch(URL)
    assert len(wire.asked) == 4


def test_another_configured_host_is_asked_without_our_password() -> None:
    wire = Wire()
    assert wire.host().fetch("https://mms.twiliocdn.com/a") == PHOTO
    assert "authorization" not in wire.asked[0].headers


def test_a_length_that_is_a_lie_does_not_help(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(httpx.SyncByteStream):
        def __iter__(self) -> Any:
            return itertools.repeat(bytes(1 << 20))

    for headers in ({"Content-Length": "10"}, {}):
        wire = Wire(httpx.Response(200, headers=headers, stream=Endless()))
        with pytest.raises(MediaFailed, match="too big"):
            wire.host().fetch(URL)


def test_twilios_copy_is_deleted_and_a_second_time_is_no_error(
    twilio: FakeTwilio, whatsapp: WhatsApp
) -> None:
    photo = sent_photo(twilio)
    whatsapp.forget(photo)
    assert twilio.messages[photo.message_ref].media == {}
    whatsapp.forget(photo)


def test_a_text_is_redacted_at_twilio(twilio: FakeTwilio, whatsapp: WhatsApp) -> None:
    sid = whatsapp.send(outgoing("it may be ...")).provider_id
    whatsapp.redact(sid)
    assert twilio.messages[sid].body == ""
    whatsapp.redact("SM" + "0" * 32)  # gone already


@pytest.mark.parametrize(
    "fault", [Fault(status=500), Fault(status=401), Fault(status=429), Fault(kind="drop")]
)
def test_what_could_not_be_deleted_may_be_tried_again(
    twilio: FakeTwilio, whatsapp: WhatsApp, fault: Fault
) -> None:
    photo = sent_photo(twilio)
    twilio.faults.append(fault)
    with pytest.raises(MediaFailed) as caught:
        whatsapp.forget(photo)
    assert caught.value.retryable
    whatsapp.forget(photo)


@pytest.mark.parametrize(
    "ref", ["", "https://api.twilio.com/else", URL.replace(ACCOUNT_SID, "AC" + "f" * 32)]
)
def test_what_is_not_ours_is_not_deleted(twilio: FakeTwilio, whatsapp: WhatsApp, ref: str) -> None:
    with pytest.raises(MediaFailed):
        whatsapp.forget(Attachment(ref))
    assert twilio.requests == []


def test_messages_missed_in_an_outage_are_found_and_read_like_webhooks(
    twilio: FakeTwilio, whatsapp: WhatsApp
) -> None:
    twilio.push({"url": "", "from": PERSON, "body": "long ago", "lost": True})
    for message in twilio.messages.values():
        message.sent = message.created = time.time() - 3600
    since = time.time() - 60
    lost = sent_photo(twilio, body="my arm")
    twilio.push({"url": "", "from": "whatsapp:US.1349", "body": "second", "lost": True})
    whatsapp.send(outgoing("ours"))
    redacted = twilio.push({"url": "", "from": PERSON, "body": "gone", "lost": True})["sid"]
    whatsapp.redact(redacted)

    first, second = whatsapp.missed_since(since)
    assert (first.external_id, first.address, first.album) == (lost.message_ref, PERSON, "burst")
    assert (second.address, second.album) == ("whatsapp:US.1349", "")
    inbound = whatsapp.parse(first.payload)
    assert (inbound.text, inbound.attachments) == ("my arm", (lost,))
    assert whatsapp.fetch(inbound.attachments[0]) == PHOTO
    assert inbound.sent_at is not None
    assert abs(inbound.sent_at - time.time()) < 60
    assert whatsapp.parse(second.payload).text == "second"


def test_more_missed_messages_than_a_page_holds_come_all_and_in_order(
    twilio: FakeTwilio, whatsapp: WhatsApp
) -> None:
    start = time.time() - 1000
    for n in range(450):
        sid = twilio.push({"url": "", "from": PERSON, "body": f"{n}", "lost": True})["sid"]
        twilio.messages[sid].sent = twilio.messages[sid].created = start + n
    texts = [whatsapp.parse(u.payload).text for u in whatsapp.missed_since(start - 1)]
    assert texts == [str(n) for n in range(450)]


def test_the_recovery_net_says_an_outage_where_twilio_is_out(twilio: FakeTwilio, whatsapp: WhatsApp) -> None:
    twilio.faults.append(Fault(on="list", status=503))
    with pytest.raises(SendFailed, match="outage"):
        list(whatsapp.missed_since(0.0))


def test_the_date_of_a_listed_message_has_a_zone(twilio: FakeTwilio, whatsapp: WhatsApp) -> None:
    sid = twilio.push({"url": "", "from": PERSON, "body": "x", "lost": True})["sid"]
    [update] = whatsapp.missed_since(time.time() - 60)
    date = twilio.messages[sid].json(ACCOUNT_SID)["date_sent"]
    at = parsedate_to_datetime(str(date)).timestamp()
    assert whatsapp.parse(update.payload).sent_at == at
    ahead = [u.sent_at for u in whatsapp.missed_since(time.time() - 60)]
    assert ahead == [pytest.approx(at + 1 - whatsapp._rest.clock_offset_s)], "by our clock, at the latest"


def test_one_time_holds_for_all_tries_together(
    twilio: FakeTwilio, whatsapp: WhatsApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachment = sent_photo(twilio)
    monkeypatch.setattr(media, "FETCH_LIMIT_S", -1.0)
    asked = len(twilio.headers)
    failed = fails(whatsapp, attachment)
    assert (failed.reason, failed.retryable) == (TOO_SLOW, True)
    assert len(twilio.headers) == asked + 1, "no second try begins when the time is up"
