"""What people said, who they are and what we hold secret: in no log line, and on no disk once it has been handled."""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fakes.telegram_server import FakeTelegram
from tests.fakes.twilio_server import FakeTwilio, Fault
from tests.faults.stack import Stack
from tests.journeys.person import drawn_photo
from tests.journeys.town import connected

pytestmark = pytest.mark.timeout(300)

MARK = "zebrafishlamp" + secrets.token_hex(6)
NAME = "Qwandolyn" + secrets.token_hex(3)
TOKEN = "1000:privacytoken" + secrets.token_hex(8)
SECRET = "privacysecret" + secrets.token_hex(8)
KEY = base64.b64encode(secrets.token_bytes(32)).decode()
TELEGRAM_PEOPLE = (55_509_871, 55_509_872)
WHATSAPP_PEOPLE = ("whatsapp:+15550198761", "whatsapp:+15550198762")


class Scene:
    """The stack in its own processes, with what was pushed into it."""

    def __init__(
        self, folder: Path, telegram: FakeTelegram, twilio: FakeTwilio, listener: socket.socket
    ) -> None:
        self.folder, self.telegram, self.twilio = folder, telegram, twilio
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.home = folder / "home"
        self.photo = drawn_photo(11)
        self.env = {
            **connected(self.home, self.url, telegram, twilio, TOKEN, SECRET),
            "NGOZI_SECRET_KEY": KEY,
            "NGOZI_LOG": "debug",
        }
        self.log = folder / "ngozi.log"
        self.stack = Stack.embedded(self.env, self.log, listener)
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False, headers={"Origin": self.url})
        self._message_id = 0

    def wait(self, true: Any, what: str, timeout_s: float = 150) -> None:
        end = time.monotonic() + timeout_s
        while not true():
            assert time.monotonic() < end, f"waited for {what}; log: {self.log.read_text()[-1500:]}"
            time.sleep(0.1)

    def healthy(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return self.http.get("/health").status_code == 200
        return False

    def telegram_says(self, chat: int, **content: Any) -> None:
        self._message_id += 10
        user = {
            "id": chat,
            "is_bot": False,
            "first_name": NAME,
            "username": NAME.lower(),
            "language_code": "en",
        }
        message = {"message_id": self._message_id, "from": user, "date": int(time.time()), **content}
        message["chat"] = {"id": chat, "first_name": NAME, "type": "private"}
        before = len(self.telegram.sent(chat))
        self.telegram.push({"message": message}, bot=TOKEN.partition(":")[0])
        self.wait(lambda: len(self.telegram.sent(chat)) > before, "an answer on Telegram")

    def whatsapp_says(self, address: str, body: str = "", media: bytes = b"", **more: Any) -> None:
        before = self._told(address)
        photos = [{"content_type": "image/jpeg", "base64": base64.b64encode(media).decode()}] if media else []
        said = {"url": self.url + "/webhooks/whatsapp/main", "from": address, "body": body, "media": photos}
        said["fields"] = {"ProfileName": NAME}
        self.twilio.push(said | more)
        self.wait(lambda: self._told(address) > before, "an answer on WhatsApp")

    def _told(self, address: str) -> int:
        return sum(m.to == address for m in list(self.twilio.messages.values()))


def _play(scene: Scene) -> None:
    one, two = TELEGRAM_PEOPLE
    three, four = WHATSAPP_PEOPLE
    scene.telegram_says(one, text=f"{MARK} hello")
    scene.telegram_says(one, text="1")
    scene.telegram.api.files["pf"] = scene.photo
    size = {
        "file_id": "pf",
        "file_unique_id": "upf",
        "file_size": len(scene.photo),
        "width": 480,
        "height": 480,
    }
    scene.telegram_says(one, photo=[size], caption=f"{MARK} caption")
    scene.telegram.fault("status", two, status=502, times=1)
    scene.telegram.fault("drop", two, times=1)
    scene.telegram_says(two, text=f"{MARK} and a failure")
    scene.whatsapp_says(three, f"{MARK} hujambo")
    scene.whatsapp_says(three, "1")
    scene.whatsapp_says(three, "1")
    scene.whatsapp_says(three, media=scene.photo)
    scene.twilio.faults.append(Fault(on="create", kind="error", status=500, times=1))
    scene.whatsapp_says(four, f"{MARK} fails")
    scene.twilio.faults.append(Fault(on="create", kind="error", status=400, code=21211, times=1))
    scene.twilio.push({"url": scene.url + "/webhooks/whatsapp/main", "from": four, "body": f"{MARK} refused"})
    # Broken media, an unreadable update, forged calls, a bad form.
    scene.twilio.faults += [Fault(on="media", kind="error", status=500, times=3)]
    scene.twilio.push(
        {"url": scene.url + "/webhooks/whatsapp/main", "from": three, "body": MARK,
         "media": [{"content_type": "image/jpeg", "base64": base64.b64encode(MARK.encode()).decode()}]}
    )  # fmt: skip
    unreadable = {
        "update_id": 5,
        "message": {"chat": {"id": one}, "message_id": [MARK], "from": NAME, "text": [MARK]},
    }
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    assert scene.http.post("/webhooks/telegram/main", json=unreadable, headers=headers).status_code == 200
    assert (
        scene.http.post("/webhooks/telegram/main", content=MARK.encode(), headers=headers).status_code == 200
    )
    assert scene.http.post("/webhooks/telegram/main", json={"text": MARK}, headers={}).status_code == 403
    forged = {"Body": MARK, "From": three, "MessageSid": "SM" + "0" * 32}
    assert scene.http.post("/webhooks/whatsapp/main", data=forged).status_code == 403
    scene.http.post("/chat/session").raise_for_status()
    said = {"id": (None, "message-0001"), "text": (None, f"{MARK} in the page")}
    assert scene.http.post("/chat/messages", files=said).status_code == 200
    assert scene.http.post("/chat/messages", content=MARK.encode()).status_code in (400, 415)
    scene.wait(
        lambda: any(m["direction"] == "out" for m in scene.http.get("/chat/events").json()["messages"]),
        "an answer in the page",
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A whole run, ended cleanly."""
    folder = tmp_path_factory.mktemp("privacy")
    with FakeTelegram() as telegram, FakeTwilio() as twilio, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        scene = Scene(folder, telegram, twilio, listener)
        scene.stack.start()
        try:
            scene.wait(scene.healthy, "the stack")
            telegram.webhook(scene.url + "/webhooks/telegram/main", SECRET, TOKEN.partition(":")[0])
            _play(scene)
            time.sleep(3)  # what follows a failure (a retry, a sweep) writes its lines too
        finally:
            for role in scene.stack.roles:
                assert role.process is not None
                role.process.send_signal(signal.SIGTERM)
            scene.stack.stop()
            scene.http.close()
        yield scene


def test_the_whole_log_holds_nothing_of_anybody(played: Scene) -> None:
    log = played.log.read_bytes().decode("utf-8", "replace")
    events = [json.loads(line).get("event") for line in log.splitlines() if line.startswith("{")]
    # The run really went through the failures: an empty log would prove nothing.
    assert {"webhook_forged", "inbound_unreadable", "send_failed"} <= set(events), sorted(
        set(events), key=str
    )
    forbidden = {
        "text": MARK,
        "name": NAME,
        "user name": NAME.lower(),
        "Telegram token": TOKEN,
        "half of the token": TOKEN.partition(":")[2],
        "Telegram secret": SECRET,
        "master key": KEY,
        "Twilio token": played.twilio.auth_token,
        "Twilio account": played.twilio.account_sid,
        "our number": played.twilio.from_address.removeprefix("whatsapp:"),
        "photo": base64.b64encode(played.photo[:300]).decode(),
        **{f"chat {n}": str(chat) for n, chat in enumerate(TELEGRAM_PEOPLE)},
        **{f"number {n}": a.removeprefix("whatsapp:+") for n, a in enumerate(WHATSAPP_PEOPLE)},
    }
    found = {what: log.count(value) for what, value in forbidden.items() if value in log}
    assert found == {}
    stray = [line for line in log.splitlines() if not line.startswith("{")]
    assert stray == [], "every line is one of our own"


def test_no_photograph_and_no_secret_lies_readable_on_the_disk(played: Scene) -> None:
    pieces = {
        "photo": played.photo[200:260],
        "Telegram token": TOKEN.encode(),
        "Telegram secret": SECRET.encode(),
        "Twilio token": played.twilio.auth_token.encode(),
    }
    files = [p for p in played.home.rglob("*") if p.is_file()]
    assert any("media" in p.parts for p in files), "a photograph was stored"
    for path in files:
        data = path.read_bytes()
        assert [what for what, piece in pieces.items() if piece in data] == [], path.name
        assert b"JFIF" not in data, path.name


def test_handled_texts_are_gone_from_spool_and_database_files(played: Scene) -> None:
    """But for what is kept on purpose: rows that were parked for a person to look at, and the page's own history."""
    import sqlite3

    database = played.home / "ngozi.sqlite3"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
        done = connection.execute("select count(*) from inbound where state = 'done' and payload is not null")
        assert done.fetchone() == (0,)
        kept = connection.execute("select payload from inbound where payload is not null").fetchall()
        kept += connection.execute("select text from webchat_messages where text is not null").fetchall()
        kept += connection.execute("select state from chats where state is not null").fetchall()
    wanted = sum(row[0].count(MARK) for row in kept)
    assert not [
        p.name for p in (played.home / "spool").rglob("*") if p.is_file() and MARK.encode() in p.read_bytes()
    ]
    in_files = sum(
        p.read_bytes().count(MARK.encode()) for p in played.home.glob("ngozi.sqlite3*") if p.is_file()
    )
    assert in_files == wanted, (
        f"{in_files} copies of what people wrote in the files, {wanted} of them in rows"
    )
