"""Sending, fetching and forgetting, with the real python-telegram-bot against a fake Bot API on loopback."""

from __future__ import annotations

import gc
import logging
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from telegram import error as bot_error

from bot.channels import MediaFailed, SendFailed
from bot.channels.telegram import MAX_FILE_BYTES, Telegram
from bot.channels.telegram.failures import media_failed, send_failed
from bot.channels.telegram.keyboard import rows
from bot.channels.telegram.wire import ApiFault
from bot.messages import Attachment, Medium, Outgoing
from tests.fakes.telegram_server import FakeTelegram

TOKEN = "1000:made-up_Token-of_no-bot"
CHAT = 55501001


TEXT = "an itching spot"
PHOTO = Attachment("photo-1", message_ref=f"{CHAT}:1")


@pytest.fixture(scope="module")
def server() -> Iterator[FakeTelegram]:
    with FakeTelegram(known=frozenset({TOKEN})) as running:
        yield running


@pytest.fixture
def fake(server: FakeTelegram) -> FakeTelegram:
    server.api.reset()
    return server


@pytest.fixture
def bot(fake: FakeTelegram) -> Iterator[Telegram]:
    # Patient, so that a busy machine is never taken for a silent Telegram; `impatient` waits for a fault.
    adapter = Telegram("main", TOKEN, "made-up_Secret", fake.url, timeout_s=20)
    yield adapter
    adapter.close()


@pytest.fixture
def impatient(fake: FakeTelegram) -> Iterator[Telegram]:
    adapter = Telegram("main", TOKEN, "made-up_Secret", fake.url, timeout_s=0.25)
    yield adapter
    adapter.close()


def say(text: str = "Take another photo, please.", address: str = str(CHAT), **fields: object) -> Outgoing:
    return Outgoing(id="part-1", address=address, text=text, **fields)  # type: ignore[arg-type]


def test_a_message_arrives_with_its_buttons_and_without_link_preview(
    fake: FakeTelegram, bot: Telegram
) -> None:
    choices = (("consent.yes", "Ndiyo"), ("consent.no", "Hapana"))
    sent = bot.send(say("Je, https://example.org?", choices=choices))
    (arrived,) = fake.sent(CHAT)
    assert sent.provider_id == str(arrived["message_id"])
    assert not sent.looked_up
    assert arrived["text"] == "Je, https://example.org?"
    assert arrived["buttons"] == [["Ndiyo", "consent.yes"], ["Hapana", "consent.no"]]
    assert arrived["preview"] is False


def test_a_message_of_4096_units_with_every_script_arrives_as_it_was(
    fake: FakeTelegram, bot: Telegram
) -> None:
    text = ("حكة \u2068itch\u2069 🤕 <b>&amp; *_[" * 400)[:4000]
    text = text.encode("utf-16-le")[: 4095 * 2].decode("utf-16-le", "ignore").strip()
    bot.send(say(text))
    assert fake.sent(CHAT)[0]["text"] == text


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "flood", "retry_after": 7}, ("slow", "429", 7.0, "")),
        ({"kind": "blocked"}, ("stopped", "403 blocked", None, "")),
        ({"kind": "deactivated"}, ("stopped", "403 deactivated", None, "")),
        ({"kind": "migrate", "migrate_to": -1001555010077}, ("moved", "400", None, "-1001555010077")),
        ({"kind": "refuse"}, ("never", "400 chat_not_found", None, "")),
        ({"kind": "refuse", "description": "Bad Request: odd 'itching spot'"}, ("never", "400", None, "")),
        ({"kind": "status", "status": 500}, ("outage", "500", None, "")),
        ({"kind": "status", "status": 502}, ("outage", "502", None, "")),
        ({"kind": "status", "status": 504}, ("outage", "504", None, "")),
        # A proxy in the way, not Telegram: nobody has blocked us, and the token is good.
        ({"kind": "status", "status": 403}, ("outage", "403", None, "")),
        ({"kind": "status", "status": 404}, ("outage", "404", None, "")),
        ({"kind": "status", "status": 429}, ("slow", "429", None, "")),
        ({"kind": "drop"}, ("unknown", "RemoteProtocolError", None, "")),
        ({"kind": "lose"}, ("unknown", "RemoteProtocolError", None, "")),
        ({"kind": "garbage"}, ("unknown", "TelegramError", None, "")),
    ],
    ids=lambda value: "-".join(map(str, value.values()))[:30] if isinstance(value, dict) else "",
)
def test_each_refusal_of_the_server_becomes_its_kind_of_failure(
    fake: FakeTelegram, bot: Telegram, fault: dict[str, object], expected: tuple[object, ...]
) -> None:
    fake.fault(chat=CHAT, **fault)  # type: ignore[arg-type]
    with pytest.raises(SendFailed) as failed:
        bot.send(say())
    error = failed.value
    code = error.code.replace(
        "ReadError", "RemoteProtocolError"
    )  # hung up: which of the two is the system's whim
    assert (error.kind, code, error.retry_after_s, error.moved_to) == expected
    accepted = fault["kind"] in {"drop", "garbage"}
    assert len(fake.sent(CHAT)) == accepted
    # The fault is over: the same adapter sends on.
    bot.send(say())
    assert len(fake.sent(CHAT)) == accepted + 1


def test_a_silent_server_leaves_a_message_unknown(fake: FakeTelegram, impatient: Telegram) -> None:
    fake.fault("slow", CHAT, delay_s=1.0)
    with pytest.raises(SendFailed) as failed:
        impatient.send(say())
    assert (failed.value.kind, failed.value.code) == ("unknown", "ReadTimeout")
    assert len(fake.sent(CHAT)) == 1


def test_a_fault_in_one_chat_stays_in_that_chat(fake: FakeTelegram, bot: Telegram) -> None:
    fake.fault("flood", CHAT, times=-1)
    with pytest.raises(SendFailed, match="slow"):
        bot.send(say())
    bot.send(say(address="55501002"))
    assert len(fake.sent(55501002)) == 1


@pytest.mark.parametrize(
    ("outgoing", "code"),
    [
        (say(""), "400 text_empty"),
        (say("x" * 4097), "400 text_too_long"),
        (say(address="amina_example"), "address"),
        (say(choices=(("c" * 65, "Yes"),)), "choice_code"),
    ],
)
def test_what_can_never_be_sent_says_so(bot: Telegram, outgoing: Outgoing, code: str) -> None:
    with pytest.raises(SendFailed) as failed:
        bot.send(outgoing)
    assert (failed.value.kind, failed.value.code) == ("never", code)


def test_an_unknown_token_is_an_outage_of_the_account(fake: FakeTelegram) -> None:
    stranger = Telegram("main", "1000:another", "s", fake.url)
    for ask in (lambda: stranger.send(say()), stranger.probe, stranger.delete_webhook):
        with pytest.raises(SendFailed) as failed:
            ask()
        assert (failed.value.kind, failed.value.code) == ("outage", "token")
    stranger.close()


def test_a_refused_connection_is_an_outage_because_nothing_left() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, not listening: refused
        adapter = Telegram("main", TOKEN, "s", f"http://127.0.0.1:{held.getsockname()[1]}", timeout_s=0.5)
        with pytest.raises(SendFailed) as failed:
            adapter.send(say())
        assert (failed.value.kind, failed.value.code) == ("outage", "ConnectError")
        adapter.typing(str(CHAT), "cb:1")  # never raises
        with pytest.raises(MediaFailed, match="ConnectError") as lost:
            adapter.fetch(Attachment("photo-1"))
        assert lost.value.retryable
        adapter.close()


def test_a_connection_that_the_server_closed_meanwhile_is_no_failure(
    fake: FakeTelegram, bot: Telegram
) -> None:
    fake.server.uvicorn.config.timeout_keep_alive = 0
    connections = fake.server.uvicorn.server_state.connections
    for _ in range(3):
        bot.send(say())
        until = time.monotonic() + 10
        while connections and time.monotonic() < until:
            time.sleep(0.01)
        assert not connections
    fake.server.uvicorn.config.timeout_keep_alive = 5
    assert len(fake.sent(CHAT)) == 3


def test_a_forked_process_makes_its_own_connections(fake: FakeTelegram) -> None:
    program = f"""
import os, sys
from bot.channels.telegram import Telegram
from bot.messages import Outgoing
bot = Telegram("main", {TOKEN!r}, "s", {fake.url!r})
bot.send(Outgoing("1", "5", "parent"))
child = os.fork()
bot.send(Outgoing("2", "5", "parent again" if child else "child"))
bot.close()
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, timeout=60)
    assert sorted(r["text"] for r in fake.sent(5)) == ["child", "parent", "parent again"]


REQUEST = httpx.Request("POST", f"https://api.telegram.org/bot{TOKEN}/sendMessage")


def wrapped(cause: Exception) -> bot_error.NetworkError:
    """As python-telegram-bot hands on an exception of httpx."""
    error = (
        bot_error.TimedOut()
        if isinstance(cause, httpx.TimeoutException)
        else bot_error.NetworkError(str(cause))
    )
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (httpx.ConnectError("refused", request=REQUEST), "outage"),
        (httpx.ConnectTimeout("slow", request=REQUEST), "outage"),
        (httpx.PoolTimeout("full", request=REQUEST), "outage"),
        (httpx.ProxyError("no tunnel", request=REQUEST), "outage"),
        (httpx.UnsupportedProtocol("ftp", request=REQUEST), "outage"),
        (httpx.LocalProtocolError("bad header", request=REQUEST), "outage"),
        (httpx.ReadTimeout("silent", request=REQUEST), "unknown"),
        (httpx.WriteTimeout("half written", request=REQUEST), "unknown"),
        (httpx.ReadError("reset", request=REQUEST), "unknown"),
        (httpx.WriteError("reset", request=REQUEST), "unknown"),
        (httpx.CloseError("reset", request=REQUEST), "unknown"),
        (httpx.RemoteProtocolError("hung up", request=REQUEST), "unknown"),
        (httpx.DecodingError("zip", request=REQUEST), "unknown"),
        (httpx.TooManyRedirects("loop", request=REQUEST), "unknown"),
        (ConnectionResetError("reset"), "unknown"),
        (TimeoutError(), "unknown"),
        (KeyError("result"), "unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_only_what_can_not_have_left_is_an_outage(cause: Exception, kind: str) -> None:
    assert send_failed(cause).kind == kind
    assert send_failed(wrapped(cause)).kind == kind


@pytest.mark.parametrize(
    ("error", "reason", "retryable"),
    [
        (ApiFault(502), "http_502", True),
        (ApiFault(429, 3.0), "http_429", True),
        (bot_error.InvalidToken(), "token", True),
        (bot_error.BadRequest("Bad Request: file is too big"), "too_big", False),
        (bot_error.BadRequest("Bad Request: invalid file_id"), "file_id", False),
        (bot_error.BadRequest("wrong file_id or the file is temporarily unavailable"), "unavailable", True),
        (bot_error.Forbidden("Forbidden: bot was blocked by the user"), "blocked", False),
        (httpx.ReadTimeout("silent"), "ReadTimeout", True),
    ],
)
def test_a_photograph_that_may_come_later_is_retryable(
    error: Exception, reason: str, retryable: bool
) -> None:
    failed = media_failed(error)
    assert (failed.reason, failed.retryable) == (reason, retryable)


@pytest.mark.parametrize(
    ("labels", "laid"),
    [
        ([], []),
        (["Yes"], [[0]]),
        (["Yes", "No"], [[0, 1]]),
        (["Yes", "No", "Skip"], [[0, 1, 2]]),
        (["Ndiyo", "Hapana", "Sijui bado ndugu"], [[0, 1], [2]]),
        (["Face", "Arm", "Leg", "Back"], [[0, 1], [2, 3]]),
        (["A spot that bleeds", "Fever", "None of these"], [[0], [1, 2]]),
    ],
)
def test_buttons_share_a_row_only_where_a_small_phone_shows_them_whole(
    labels: list[str], laid: list[list[int]]
) -> None:
    assert rows(labels) == laid


def test_a_photograph_is_fetched_and_its_address_asked_for_each_time(
    fake: FakeTelegram, bot: Telegram
) -> None:
    fake.api.files["photo-1"] = b"\xff\xd8 made up"
    assert bot.fetch(Attachment("photo-1")) == b"\xff\xd8 made up"
    fake.api.expire_links()
    assert bot.fetch(Attachment("photo-1")) == b"\xff\xd8 made up"
    assert bot.fetch(Attachment("photo-2"))[:2] == b"\xff\xd8"  # drawn


def test_a_file_over_20_mb_is_refused_before_and_while_it_is_loaded(
    fake: FakeTelegram, bot: Telegram
) -> None:
    with pytest.raises(MediaFailed, match="too_big") as known:
        bot.fetch(Attachment("photo-1", size_bytes=MAX_FILE_BYTES + 1))
    assert fake.api.calls == []
    fake.api.files["large"] = b"\0" * (MAX_FILE_BYTES + 1)
    with pytest.raises(MediaFailed, match="too_big") as refused:
        bot.fetch(Attachment("large"))
    fake.api.files["grows"] = b"small"
    fake.api.after_get_file = lambda: fake.api.files.update(grows=b"\0" * (MAX_FILE_BYTES + 5))
    with pytest.raises(MediaFailed, match="too_big") as stopped:
        bot.fetch(Attachment("grows"))
    assert [f.value.retryable for f in (known, refused, stopped)] == [False, False, False]
    fake.api.files["fits"] = b"\1" * MAX_FILE_BYTES
    assert len(bot.fetch(Attachment("fits"))) == MAX_FILE_BYTES


@pytest.mark.parametrize(
    ("fault", "reason", "retryable"),
    [
        ({"kind": "status", "method": "file", "status": 404}, "http_404", True),
        ({"kind": "status", "method": "file", "status": 503}, "http_503", True),
        ({"kind": "status", "method": "getFile", "status": 502}, "http_502", True),
        ({"kind": "flood", "method": "getFile"}, "http_429", True),
        ({"kind": "drop", "method": "file"}, "RemoteProtocolError", True),
    ],
)
def test_a_download_that_fails_says_why(
    fake: FakeTelegram, bot: Telegram, fault: dict[str, object], reason: str, retryable: bool
) -> None:
    fake.fault(**fault)  # type: ignore[arg-type]
    with pytest.raises(MediaFailed) as failed:
        bot.fetch(Attachment("photo-1"))
    assert (failed.value.reason.replace("ReadError", "RemoteProtocolError"), failed.value.retryable) == (
        reason,
        retryable,
    )
    assert bot.fetch(Attachment("photo-1"))


def test_a_download_that_stops_may_be_tried_again(fake: FakeTelegram, impatient: Telegram) -> None:
    fake.fault("slow", method="file", delay_s=1.0)
    with pytest.raises(MediaFailed, match="ReadTimeout") as failed:
        impatient.fetch(PHOTO)
    assert failed.value.retryable


def test_a_local_path_instead_of_an_address_is_never_opened(fake: FakeTelegram, bot: Telegram) -> None:
    fake.api.file_path_of = lambda file_id: "/etc/hostname"
    with pytest.raises(MediaFailed):
        bot.fetch(Attachment("photo-1"))


def test_a_pressed_button_stops_spinning_and_typing_is_shown(fake: FakeTelegram, bot: Telegram) -> None:
    bot.typing(str(CHAT), "")
    bot.typing(str(CHAT), "cb:4382001")
    events = [(r["event"], r.get("query", "")) for r in fake.api.log]
    assert sorted(events) == [
        ("answerCallbackQuery", "4382001"),
        ("sendChatAction", ""),
        ("sendChatAction", ""),
    ]


def test_typing_raises_nothing_whatever_the_platform_does(fake: FakeTelegram, bot: Telegram) -> None:
    for kind in ("flood", "blocked", "status", "drop", "garbage"):
        fake.fault(kind, method="*", times=2)
        bot.typing(str(CHAT), "cb:1")
        fake.api.faults.clear()
    bot.typing("no chat", "cb:1")
    bot.typing(str(CHAT), "SMfffff")
    assert bot.probe() == "fake_1000_bot"


def test_a_persons_photo_message_is_deleted_within_48_hours_and_not_after(
    fake: FakeTelegram, bot: Telegram
) -> None:
    fake.webhook("", "")
    sent = fake.push({"message": {"chat": {"id": CHAT, "type": "private"}, "text": "x"}})["message"][
        "message_id"
    ]
    photo = Attachment("photo-1", message_ref=f"{CHAT}:{sent}")
    fake.api.age(CHAT, sent, hours=49)
    with pytest.raises(MediaFailed, match="too_old") as failed:
        bot.forget(photo)
    assert not failed.value.retryable
    fake.api.age(CHAT, sent, hours=47)
    bot.forget(photo)
    assert [r["message_id"] for r in fake.api.log if r["event"] == "deleteMessage"] == [sent]
    bot.forget(photo)  # already gone: no failure
    with pytest.raises(MediaFailed, match="no_message_ref"):
        bot.forget(Attachment("photo-1"))


def test_the_webhook_is_registered_with_secret_and_without_dropping_what_waits(
    fake: FakeTelegram, bot: Telegram
) -> None:
    fake.push({"message": {"chat": {"id": CHAT, "type": "private"}, "text": "waiting"}})
    bot.register_webhook("https://127.0.0.1:9/webhooks/telegram/main")
    state = fake.api.bots["1000"]
    assert (state.url, state.secret) == ("https://127.0.0.1:9/webhooks/telegram/main", "made-up_Secret")
    assert state.allowed == ("message", "edited_message", "callback_query", "my_chat_member")
    assert len(state.updates) == 1
    bot.delete_webhook()
    assert state.url == ""
    with pytest.raises(ValueError, match="no secret"):
        Telegram("main", TOKEN, "", fake.url).register_webhook("https://example.org/")


def test_many_threads_send_at_once_and_each_gets_its_own_answer(fake: FakeTelegram, bot: Telegram) -> None:
    def send(number: int) -> tuple[int, str]:
        return number, bot.send(say(f"message {number}", address=str(55500000 + number))).provider_id

    with ThreadPoolExecutor(24) as pool:
        ids = dict(pool.map(send, range(120)))
    arrived = {r["text"]: str(r["message_id"]) for r in fake.sent()}
    assert arrived == {f"message {number}": provider_id for number, provider_id in ids.items()}


def test_closing_ends_what_is_under_way_and_leaves_nothing_open(fake: FakeTelegram) -> None:
    adapter = Telegram("main", TOKEN, "s", fake.url, timeout_s=30)
    fake.fault("slow", delay_s=5)
    failures: list[SendFailed] = []

    def send() -> None:
        try:
            adapter.send(say())
        except SendFailed as error:
            failures.append(error)

    sender = threading.Thread(target=send)
    sender.start()
    until = time.monotonic() + 5
    while not fake.sent() and time.monotonic() < until:
        time.sleep(0.01)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        adapter.close()
        adapter.close()
        gc.collect()
    sender.join(5)
    assert [f.kind for f in failures] == ["unknown"]
    assert not any(t.name == "telegram" for t in threading.enumerate())
    with pytest.raises(SendFailed, match="outage Closed"):
        adapter.send(say())


def test_an_adapter_that_only_receives_opens_nothing() -> None:
    before = threading.active_count()
    adapter = Telegram("main", TOKEN, "s", "http://127.0.0.1:9")
    assert threading.active_count() == before
    adapter.close()
    assert TOKEN not in repr(adapter)


def test_no_failure_and_no_log_line_holds_token_text_or_address(
    fake: FakeTelegram, bot: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    # As bot.logs.set_up leaves the loggers: ours at the lowest level, the libraries' closed below WARNING.
    caplog.set_level(logging.DEBUG)
    for library in ("httpx", "httpcore", "telegram", "asyncio"):
        caplog.set_level(logging.WARNING, logger=library)
    secrets = (TOKEN, TOKEN.partition(":")[2], "made-up_Secret", TEXT, str(CHAT), PHOTO.ref)
    for kind in ("flood", "blocked", "refuse", "status", "drop", "garbage"):
        fake.fault(kind, method="*", times=-1, description=f"Bad Request: odd '{TEXT}'")
        for ask in (
            lambda: bot.send(say(TEXT)),
            lambda: bot.fetch(PHOTO),
            lambda: bot.forget(PHOTO),
            lambda: bot.typing(str(CHAT), "cb:1"),
        ):
            try:
                ask()
            except (SendFailed, MediaFailed) as error:
                # With `logger.exception` the traceback would be written too.
                logging.getLogger("bot.test").warning("failed", exc_info=error)
        fake.api.faults.clear()
    bot.send(say(TEXT))
    assert len(caplog.records) >= 15
    for secret in secrets:
        assert secret not in caplog.text
    for record in caplog.records:
        assert not any(secret in repr(record.__dict__) for secret in secrets)


def test_a_photograph_and_a_voice_note_are_uploaded_with_words_and_buttons(
    fake: FakeTelegram, bot: Telegram
) -> None:
    jpeg, note = b"\xff\xd8\xff made up", b"OggS" + bytes(24) + b"OpusHead made up"
    for medium in (Medium("photo", jpeg, "image/jpeg"), Medium("voice", note, "audio/ogg")):
        bot.send(Outgoing("r", str(CHAT), "words", choices=(("listen.1", "Listen"),), medium=medium))
    assert [r["event"] for r in fake.sent(CHAT)] == ["sendPhoto", "sendVoice"]
    assert [(r["text"], r["buttons"]) for r in fake.sent(CHAT)] == [("words", [["Listen", "listen.1"]])] * 2
    assert [r["protected"] for r in fake.sent(CHAT)] == [True, False]
    assert fake.api.uploads == [jpeg, note]


def test_the_recording_of_a_person_cannot_be_forwarded(fake: FakeTelegram, bot: Telegram) -> None:
    note = b"OggS" + bytes(24) + b"OpusHead made up"
    aac = b"\0\0\0\x18ftypM4A made up"
    for data, mime in ((note, "audio/ogg"), (aac, "audio/mp4")):
        bot.send(Outgoing("r", str(CHAT), "", medium=Medium("recording", data, mime)))
    assert [(r["event"], r["protected"]) for r in fake.sent(CHAT)] == [("sendVoice", True)] * 2
    assert fake.api.uploads == [note, aac]


@pytest.mark.parametrize("method", ["sendPhoto", "sendVoice"])
def test_an_upload_that_is_refused_fails_as_a_message_does(
    fake: FakeTelegram, bot: Telegram, method: str
) -> None:
    kind = "photo" if method == "sendPhoto" else "voice"
    fake.fault("flood", method=method, retry_after=7)
    with pytest.raises(SendFailed) as failed:
        bot.send(Outgoing("r", str(CHAT), "", medium=Medium(kind, b"\xff\xd8\xff", "image/jpeg")))  # type: ignore[arg-type]
    assert (failed.value.kind, failed.value.retry_after_s) == ("slow", 7.0)
