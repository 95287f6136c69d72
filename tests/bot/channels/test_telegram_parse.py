"""What Telegram's updates become: a table over real-looking payloads, one event a file (made-up people)."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels import Forged, HttpRequest
from bot.channels.telegram import Telegram
from bot.channels.telegram.read import from_body
from bot.messages import Attachment, Inbound

DATA = Path(__file__).parents[2] / "data" / "telegram"
SECRET = "made-up_Secret"
PERSON = "55501001"
FUZZ = int(os.environ.get("NGOZI_FUZZ", "600"))


def payload(name: str) -> str:
    return (DATA / f"{name}.json").read_text()


def call(body: bytes, secret: str | None = SECRET) -> HttpRequest:
    headers = {} if secret is None else {"x-telegram-bot-api-secret-token": secret}
    return HttpRequest("POST", "/webhooks/telegram/main", "", headers, body)


@pytest.fixture(scope="module")
def bot() -> Telegram:
    return Telegram("main", "1000:made-up_Token", SECRET)


def largest(tag: str, message_id: int, size: int | None = 142377) -> Attachment:
    return Attachment(f"AgACAgQAAxkBAAI{tag}-960x1280", "photo", "image/jpeg", size, f"{PERSON}:{message_id}")


def image(mime: str, message_id: int, size: int = 2400123, ref: str = "BQACAgQAAxkBAAIdoc") -> Attachment:
    return Attachment(ref, "photo", mime, size, f"{PERSON}:{message_id}")


def said(kind: str = "message", **fields: object) -> Inbound:
    return Inbound(kind, language_hint="sw", **fields)  # type: ignore[arg-type]


NOISE, GROUP = Inbound("noise"), Inbound("group")

# file -> what parse makes of it (sent_at is held separately)
PARSED: dict[str, Inbound] = {
    "text": said(text="hello, I have an itching spot"),
    "start_command": said(text="/start"),
    "text_in_two_scripts": said(text="حكة itch 🤕 123"),
    "photo": said(attachments=(largest("Qk1", 106),)),
    "photo_with_caption": said(text="on my arm since Monday", attachments=(largest("Qk2", 107),)),
    "photo_sizes_not_in_order": said(attachments=(largest("Qk3", 108),)),
    "photo_without_file_size": said(attachments=(largest("Qk4", 109, None),)),
    "live_photo": said(attachments=(largest("Qk5", 110),)),
    "album_first_with_caption": said(text="both legs", attachments=(largest("Qa1", 111),)),
    "album_second": said(attachments=(largest("Qa2", 112),)),
    "album_image_document": said(attachments=(image("image/jpeg", 113, 3311000, "BQACAgQAAlbum"),)),
    "image_document_jpeg": said(text="my hand", attachments=(image("image/jpeg", 114),)),
    "image_document_heic": said(attachments=(image("image/heic", 115),)),
    "image_document_without_type": said(attachments=(image("application/octet-stream", 116),)),
    "image_document_png_larger_than_20_mb": said(attachments=(image("image/png", 117, 31000000),)),
    "document_pdf": said("unusable", unusable="document", text="from the clinic"),
    "document_executable": said("unusable", unusable="document"),
    "animation": said("unusable", unusable="video"),
    "sticker": said("unusable", unusable="sticker"),
    "voice": said(
        "unusable",
        unusable="voice",
        recording=Attachment("AwACAgQvo", "voice", "audio/ogg", 17000, f"{PERSON}:122"),
    ),
    "audio": said("unusable", unusable="audio"),
    "video": said("unusable", unusable="video", text="how it looks when I move"),
    "video_note": said("unusable", unusable="video"),
    "location": said("unusable", unusable="location", location=(0.0, 0.0)),
    "venue": said("unusable", unusable="location", location=(0.0, 0.0)),
    "contact": said("unusable", unusable="contact"),
    "poll": said("unusable", unusable="poll"),
    "dice": said("unusable", unusable="other"),
    "story": said("unusable", unusable="other"),
    "something_new": said("unusable", unusable="other"),
    "nothing_in_it": said("unusable", unusable="other"),
    "forward_from_user": said(text="it burns at night", forwarded=True, forwarded_from="user:55501033"),
    "forward_from_hidden_user": said(
        attachments=(largest("Qf1", 135),), forwarded=True, forwarded_from="hidden_user:Chausiku E."
    ),
    "forward_from_chat": said(text="seen today", forwarded=True, forwarded_from="chat:-1001555010042"),
    "forward_from_channel": said(
        text="what is this",
        attachments=(largest("Qf2", 137),),
        forwarded=True,
        forwarded_from="channel:-1001555010099:17",
    ),
    "forward_from_something_new": said(text="from afar", forwarded=True, forwarded_from="planet"),
    "reply_with_quote": said(text="the left one"),
    "reply_to_something_broken": said(text="still read"),
    "edited_text": said("edit", text="it itches at night"),
    "edited_caption": said("edit", text="on my LEFT arm"),
    "edited_photo": said("edit", attachments=(largest("Qe9", 104),)),
    "edited_live_location": NOISE,
    "button": said("choice", choice="consent.yes", reply_context="cb:4382001"),
    "button_of_a_message_long_gone": said("choice", choice="danger1.none", reply_context="cb:4382002"),
    "button_in_a_group": GROUP,
    "button_of_a_game": NOISE,
    "group_text": GROUP,
    "supergroup_photo": GROUP,
    "group_service_bot_added": NOISE,
    "channel_post": GROUP,
    "group_migrated": Inbound("migrated", migrated_to="-1001555010077"),
    "group_migrated_from": NOISE,
    "pinned": NOISE,
    "from_a_bot": NOISE,
    "blocked_by_person": Inbound("stopped"),
    "unblocked_by_person": NOISE,
    "removed_from_group": Inbound("stopped"),
    "added_to_group": NOISE,
}

# Acknowledged and not kept: they concern no chat of ours.
DROPPED = {"button_of_an_inline_result", "inline_query", "poll_state", "update_of_a_new_kind"}

SENT_AT = {
    "text": 1790000103.0,
    "edited_text": 1790000900.0,
    "blocked_by_person": 1790000500.0,
    "button": None,
}


def test_every_payload_file_is_in_a_table() -> None:
    assert {file.stem for file in DATA.glob("*.json")} == PARSED.keys() | DROPPED


def test_an_edit_is_known_by_the_message_that_it_changes(bot: Telegram) -> None:
    edited = json.loads(payload("edited_text"))["edited_message"]
    assert bot.parse(payload("edited_text")).ref == str(edited["message_id"])
    assert bot.parse(json.dumps({"update_id": 1, "message": edited})).ref == str(edited["message_id"])
    assert bot.parse(payload("button")).ref == ""


@pytest.mark.parametrize("name", sorted(PARSED))
def test_an_update_becomes_what_the_table_says(bot: Telegram, name: str) -> None:
    (update,) = bot.receive(call(payload(name).encode())).updates
    parsed = bot.parse(update.payload)
    expected = PARSED[name]
    for field in Inbound.__dataclass_fields__:
        if field not in ("sent_at", "ref"):
            assert getattr(parsed, field) == getattr(expected, field), field
    if name in SENT_AT:
        assert parsed.sent_at == SENT_AT[name]


@pytest.mark.parametrize("name", sorted(DROPPED))
def test_an_update_that_concerns_no_chat_is_acknowledged_and_not_kept(bot: Telegram, name: str) -> None:
    assert bot.receive(call(payload(name).encode())).updates == ()


@pytest.mark.parametrize(
    ("name", "address", "order", "album"),
    [
        ("text", PERSON, 103, ""),
        ("album_first_with_caption", PERSON, 111, "13900000000000001"),
        ("album_second", PERSON, 112, "13900000000000001"),
        ("edited_text", PERSON, None, ""),
        ("button", PERSON, None, ""),
        ("blocked_by_person", PERSON, None, ""),
        ("group_text", "-4015550100", 150, ""),
        ("channel_post", "-1001555010099", 5, ""),
    ],
)
def test_the_inbox_learns_chat_order_and_album(
    bot: Telegram, name: str, address: str, order: int | None, album: str
) -> None:
    (update,) = bot.receive(call(payload(name).encode())).updates
    assert (update.address, update.order, update.album) == (address, order, album)
    assert update.external_id == str(json.loads(payload(name))["update_id"])
    assert update.payload == payload(name)


@pytest.mark.parametrize(
    "secret", [None, "", "made-up_Secre", "made-up_Secret ", "MADE-UP_SECRET", "ü" * 14, "\udcff"]
)
def test_a_call_without_the_secret_is_forged(bot: Telegram, secret: str | None) -> None:
    with pytest.raises(Forged):
        bot.receive(call(payload("text").encode(), secret))


def test_a_bot_without_a_secret_lets_no_call_in() -> None:
    polling = Telegram("main", "1000:made-up_Token", "")
    for secret in (None, "", "x"):
        with pytest.raises(Forged):
            polling.receive(call(payload("text").encode(), secret))


@pytest.mark.parametrize(
    ("token", "secret"), [("", "s"), ("nonsense", "s"), ("1:a b", "s"), ("1:a", "sp ace"), ("1:a", "s" * 257)]
)
def test_a_malformed_token_or_secret_is_refused_without_being_quoted(token: str, secret: str) -> None:
    with pytest.raises(ValueError, match="Telegram account 'main'") as refused:
        Telegram("main", token, secret)
    assert "a b" not in str(refused.value)
    assert "sp ace" not in str(refused.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"not json",
        b"\xff\xfe\x00",
        b'{"update_id": 1, "message": {"chat": {"id": "5"}}}',
        b'{"update_id": 1, "message": 5}',
        b'{"update_id": true, "message": {"chat": {"id": 5}}}',
        b'{"update_id": -4, "message": {"chat": {"id": 5}}}',
        b'{"update_id": 1, "callback_query": []}',
        b'{"update_id": 1, "callback_query": {"message": null}}',
        b'{"update_id": 1e5, "message": {"chat": {"id": 5}}}',
        b'{"update_id": 99999999999999999999, "message": {"chat": {"id": 5}}}',
        b"[" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    ],
    ids=lambda body: repr(body[:40]),
)
def test_a_verified_body_that_makes_no_sense_is_kept_under_its_hash(bot: Telegram, body: bytes) -> None:
    (update,) = bot.receive(call(body)).updates
    assert update.external_id.startswith("sha256:")
    assert len(update.external_id) == 7 + 64
    assert update.address == ""
    assert "\x00" not in update.payload
    with pytest.raises(ValueError, match="update"):
        bot.parse(update.payload)


def test_text_that_no_database_takes_is_mended(bot: Telegram) -> None:
    update = json.loads(payload("text"))
    update["message"]["text"] = "a\x00b\ud800c"
    assert bot.parse(json.dumps(update)).text == "ab?c"


def test_an_error_never_quotes_what_a_person_wrote(bot: Telegram) -> None:
    for damage in ('"text": "hello', '"date": "hello'):
        broken = payload("text").replace('"text": "hello', damage)[: -20 if "text" in damage else None]
        with pytest.raises(ValueError, match="update") as parked:
            bot.parse(broken)
        assert "hello" not in str(parked.value)
        assert parked.value.__cause__ is None


# Mutations of real payloads: a value replaced, a key dropped, bytes flipped.

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.just(10**30)
    | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FILES = sorted(DATA.glob("*.json"))


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    file = draw(st.sampled_from(FILES))
    update = json.loads(file.read_text())
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.sampled_from(places(update) or [("update_id",)]))
        holder = update
        for key in place[:-1]:
            holder = holder[key]
        if draw(st.booleans()):
            holder[place[-1]] = draw(JUNK)
        elif isinstance(holder, dict):
            holder.pop(place[-1], None)
    body = bytearray(json.dumps(update, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass"))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 4]))):
        body[draw(st.integers(0, len(body) - 1))] = draw(st.integers(0, 255))
    return bytes(body[: draw(st.sampled_from([None, None, None, 10, 200]))])


@settings(
    max_examples=FUZZ, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(bodies())
def test_no_body_raises_more_than_forged_or_value_error(body: bytes) -> None:
    bot = Telegram("main", "1000:made-up_Token", SECRET)
    updates = bot.receive(call(body)).updates
    assert len(updates) <= 1
    for update in updates:
        assert update == from_body(body)
        assert "\x00" not in update.payload
        update.payload.encode("utf-8")
        assert update.address == "" or update.address.lstrip("-").isdigit()
        try:
            parsed = bot.parse(update.payload)
        except ValueError:
            continue
        for text in (parsed.text, parsed.choice, parsed.forwarded_from, parsed.migrated_to):
            assert "\x00" not in text
            text.encode("utf-8")
        assert all(isinstance(a.ref, str) and a.ref for a in parsed.attachments)


def test_reading_logs_nothing(bot: Telegram, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for file in FILES:
        for update in bot.receive(call(file.read_bytes())).updates:
            bot.parse(update.payload)
    assert caplog.records == []
