"""Recorded forms in, our words out."""

from __future__ import annotations

import itertools
import json
import os
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import DeliveryStatus, Forged
from bot.channels.whatsapp import kind_of, rank
from bot.messages import Attachment, Inbound
from tests.bot.channels.whatsapp_support import DATA, PERSON, adapter, call, form

WHATSAPP = adapter()


_FORM = form("voice")
VOICE = Attachment(_FORM["MediaUrl0"], "voice", "audio/ogg", None, _FORM["MessageSid"])


def said(name: str) -> Inbound:
    [update] = WHATSAPP.receive(call(form(name))).updates
    return WHATSAPP.parse(update.payload)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("text", {"kind": "message", "text": "Hello, I have a spot on my arm"}),
        ("text_arabic", {"kind": "message", "text": "مرحبا عندي بقعة على ذراعي"}),
        ("text_bsuid", {"kind": "message", "text": "hello"}),
        ("text_new_parameter", {"kind": "message", "text": "hi"}),
        ("text_forwarded", {"kind": "message", "forwarded": True, "text": "look at this"}),
        ("text_forwarded_often", {"kind": "message", "forwarded": True, "text": "look at this"}),
        ("text_empty", {"kind": "unusable", "unusable": "empty"}),
        ("sticker", {"kind": "unusable", "unusable": "sticker"}),
        ("voice", {"kind": "unusable", "unusable": "voice", "recording": VOICE}),
        ("audio", {"kind": "unusable", "unusable": "audio"}),
        ("video", {"kind": "unusable", "unusable": "video", "text": "see"}),
        ("pdf", {"kind": "unusable", "unusable": "document", "text": "report.pdf"}),
        ("vcard", {"kind": "unusable", "unusable": "contact"}),
        ("location", {"kind": "unusable", "unusable": "location", "location": (-1.28, 36.82)}),
        ("button", {"kind": "choice", "choice": "consent.yes", "text": "Yes"}),
        ("button_foreign", {"kind": "message", "text": "Call me"}),
        ("list", {"kind": "choice", "choice": "site.face", "text": "Face"}),
        ("opted_out", {"kind": "stopped", "text": "STOP"}),
        ("opted_in", {"kind": "message", "text": "START"}),
        ("word_stop", {"kind": "message", "text": "stop"}),
        ("reaction", {"kind": "noise", "text": "👍"}),
    ],
)
def test_a_form_becomes_our_words(name: str, expected: dict[str, object]) -> None:
    assert said(name) == Inbound(**{"reply_context": form(name)["MessageSid"], **expected})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "mimes", "text"),
    [
        ("photo", ["image/jpeg"], ""),
        ("photo_caption", ["image/jpeg"], "since two weeks"),
        ("photos_three", ["image/jpeg", "image/png", "image/jpeg"], ""),
        ("photo_as_document", ["image/heic"], "IMG_1.HEIC"),
    ],
)
def test_every_photograph_of_a_form_is_referred_to(name: str, mimes: list[str], text: str) -> None:
    fields = form(name)
    inbound = said(name)
    assert (inbound.kind, inbound.text) == ("message", text)
    assert [a.mime for a in inbound.attachments] == mimes
    assert [a.ref for a in inbound.attachments] == [fields[f"MediaUrl{n}"] for n in range(len(mimes))]
    assert {a.message_ref for a in inbound.attachments} == {fields["MessageSid"]}


def test_a_form_with_media_may_belong_to_a_burst_and_a_text_may_not() -> None:
    assert WHATSAPP.receive(call(form("photo"))).updates[0].album == "burst"
    assert WHATSAPP.receive(call(form("text"))).updates[0].album == ""


def test_the_address_is_taken_as_it_comes_and_gives_no_language() -> None:
    for name, address in (("text", PERSON), ("text_bsuid", "whatsapp:US.13491208655302741918")):
        [update] = WHATSAPP.receive(call(form(name))).updates
        assert (update.address, update.external_id) == (address, form(name)["MessageSid"])
        assert WHATSAPP.parse(update.payload).language_hint == ""


def test_names_and_places_of_people_are_not_kept() -> None:
    for name in ("text", "location"):
        [update] = WHATSAPP.receive(call(form(name))).updates
        for private in ("Amara", "WaId", "-1.28333", "36.81667", "Somewhere"):
            assert private not in update.payload


def test_the_answer_is_an_empty_response_in_xml() -> None:
    received = WHATSAPP.receive(call(form("text")))
    assert (received.content_type, received.answer[-11:]) == ("text/xml", b"<Response/>")


@pytest.mark.parametrize(
    ("name", "status", "error"),
    [
        ("status_sent", "sent", ""),
        ("status_delivered", "delivered", ""),
        ("status_read", "read", ""),
        ("status_failed_window", "failed", "63016"),
    ],
)
def test_a_callback_tells_which_reply_got_how_far(name: str, status: str, error: str) -> None:
    received = WHATSAPP.receive(call(form(name), query="reply=r-9", path="/webhooks/whatsapp/main/status"))
    assert received.updates == ()
    assert received.statuses == (DeliveryStatus("r-9", form(name)["MessageSid"], status, error),)  # type: ignore[arg-type]


def test_an_inbound_message_is_not_taken_for_a_status_though_it_has_one() -> None:
    assert form("text")["SmsStatus"] == "received"
    assert WHATSAPP.receive(call(form("text"))).statuses == ()


def test_an_older_callback_with_only_sms_status_is_read() -> None:
    fields = form("status_sent")
    del fields["MessageStatus"]
    assert [s.status for s in WHATSAPP.receive(call(fields, query="reply=r-1")).statuses] == ["sent"]


def test_a_status_we_do_not_know_changes_nothing() -> None:
    received = WHATSAPP.receive(call(form("status_sent") | {"MessageStatus": "pondered"}))
    assert (received.updates, received.statuses) == ((), ())


@pytest.mark.parametrize(
    "changes", [{"MessageSid": "x"}, {"From": ""}, {"From": "sms:1"}, {"From": "whatsapp:a\x00b"}]
)
def test_a_signed_call_that_makes_no_sense_is_kept_without_an_address(changes: dict[str, str]) -> None:
    [update] = WHATSAPP.receive(call(form("text") | changes)).updates
    assert update.external_id.startswith("sha256:")
    assert len(update.external_id) == 7 + 64
    assert update.address == ""


@pytest.mark.parametrize("order", list(itertools.permutations(["accepted", "sent", "delivered", "read"])))
def test_callbacks_in_any_order_end_with_the_farthest_status(order: tuple[str, ...]) -> None:
    stored = ""
    for status in order:
        if rank(status) > rank(stored):
            stored = status
    assert stored == "read"


def test_a_failure_outranks_sent_but_not_the_proof_of_arrival() -> None:
    assert rank("sent") < rank("failed") < rank("delivered") < rank("read")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("63016", "window"),
        ("63014", "stopped"),
        ("63018", "slow"),
        ("63024", "never"),
        ("63012", "later"),
        ("", "never"),
    ],
)
def test_the_code_of_a_callback_says_what_can_be_done(code: str, kind: str) -> None:
    assert kind_of(code) == kind


@given(st.text(), st.text(max_size=200), st.text(max_size=80))
def test_any_text_survives_the_way_in(body: str, label: str, payload: str) -> None:
    fields = form("text") | {"Body": body, "ButtonText": label, "ButtonPayload": payload}
    try:
        [update] = WHATSAPP.receive(call(fields)).updates
    except UnicodeEncodeError:
        return  # a lone surrogate can not be written on the wire
    inbound = WHATSAPP.parse(update.payload)
    assert "\x00" not in inbound.text
    if inbound.kind == "message" and body.strip("\x00").strip():
        assert inbound.text == body.replace("\x00", "").strip()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
)
PART = st.sampled_from(
    ["NumMedia", "MediaUrl0", "MediaContentType0", "MessageSid", "DateSent", "ListId", "Body"]
)


@given(st.dictionaries(PART, st.text() | JSON, max_size=7))
def test_parsing_raises_nothing_but_value_error(fields: dict[str, object]) -> None:
    for payload in (json.dumps(fields), json.dumps(form("photo") | fields)):
        try:
            assert isinstance(WHATSAPP.parse(payload), Inbound)
        except ValueError:
            pass


def test_a_payload_nested_without_end_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="nested"):
        WHATSAPP.parse("[" * 200_000)


@pytest.mark.parametrize("payload", ["", "[]", "{}", "null", "\x00", '{"MessageSid": 1}'])
def test_a_payload_that_is_no_form_is_a_value_error(payload: str) -> None:
    with pytest.raises(ValueError, match=r"expected|Expecting"):
        WHATSAPP.parse(payload)


def test_mangled_webhook_bodies_raise_nothing_but_forged_and_value_error() -> None:
    """NGOZI_FUZZ bodies (1,000 in the suite): half signed over the mangled fields, half with raw garbage."""
    rng = random.Random(20)
    names = sorted(p.stem for p in DATA.glob("*.json"))
    outcomes = {"parsed": 0, "nonsense": 0, "forged": 0}
    for n in range(int(os.environ.get("NGOZI_FUZZ", "1000"))):
        fields = form(rng.choice(names))
        for _ in range(rng.randint(1, 4)):
            key = rng.choice([*fields, "MediaUrl0", "Latitude", "X" * rng.randint(0, 300)])
            junk = "".join(rng.choices(string.printable + "\x00é世\u202e😀", k=rng.choice([0, 1, 9, 3000])))
            fields[key] = rng.choice([junk, "9" * rng.randint(1, 5000), "-1", "whatsapp:+15550199"])
            if rng.random() < 0.3:
                fields.pop(rng.choice(list(fields)), None)
        raw = bytes(rng.randrange(256) for _ in range(rng.randint(0, 400)))
        request = call(fields) if n % 2 else call(fields, body=raw, headers={"content-type": junk})
        try:
            received = WHATSAPP.receive(request)
            for update in received.updates:
                WHATSAPP.parse(update.payload)
                outcomes["parsed"] += 1
        except Forged:
            outcomes["forged"] += 1
        except ValueError:
            outcomes["nonsense"] += 1
    assert all(outcomes.values()), outcomes
