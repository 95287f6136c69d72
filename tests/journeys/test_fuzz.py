"""Broken calls of every kind: none brings the web process to a 500, none that is not signed gets in.

NGOZI_FUZZ: bodies a channel (300 in the suite).
"""

from __future__ import annotations

import copy
import json
import os
import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import event, func, select
from starlette.testclient import TestClient

from bot import migrations
from bot.channels.registry import build
from bot.database import connect, transaction
from bot.media.vault import Vault
from bot.settings import Settings
from bot.tables import InboundRow
from bot.web.app import WebParts, make_app
from tests.fakes.twilio_server import signature

BODIES = int(os.environ.get("NGOZI_FUZZ") or 300)
DATA = Path(__file__).resolve().parents[1] / "data"
PUBLIC = "https://ngozi.example.org"
SECRET = "s" * 20
AUTH = "made-up-auth-token"
ENV = {
    "NGOZI_TELEGRAM_TOKEN": "111:abcdefghijklmnop",
    "NGOZI_TELEGRAM_SECRET": SECRET,
    "NGOZI_PUBLIC_URL": PUBLIC,
    "NGOZI_TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "NGOZI_TWILIO_AUTH_TOKEN": AUTH,
    "NGOZI_WHATSAPP_FROM": "whatsapp:+15550100",
}
# What breaks parsers: types, sizes, halves of characters, NUL, deep nesting, numbers beyond every integer.
NASTY: tuple[Any, ...] = (
    None, True, -1, 0, 2**63, -(2**63) - 1, 10**400, 1.5e308, "", "\x00", "\ud800", "\u202e", "%00", "a" * 70_000,
    "' or 1=1 --", "<script>", "{name}", "{0}", [], {}, [[[]]], {"id": {"id": []}}, "NaN", "٣", "🙂" * 3000,
)  # fmt: skip


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Any]]:
    folder = tmp_path_factory.mktemp("fuzz")
    settings = Settings.read({"NGOZI_HOME": str(folder / "home"), **ENV})
    engine = connect(settings.database_url, keys=settings.master_keys)
    # Nothing here is about power cuts: a disk's flush for each of ten thousand bodies would only cost time.
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
    migrations.upgrade(engine)
    vault = Vault(settings.media_url, settings.master_keys)
    channels = build(settings, engine, vault)
    app = make_app(WebParts(settings, engine, channels, vault, lambda task, row_id, after_s=0.0: None))
    with TestClient(app, base_url=PUBLIC, raise_server_exceptions=False) as client:
        yield client, engine
    for channel in channels.values():
        close = getattr(channel, "close", None)
        if close is not None:
            close()
    engine.dispose()


def _kept(engine: Any) -> int:
    with transaction(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(InboundRow)).scalar_one())


def _paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += _paths(inner, (*at, key))
    return found


def _mutated(chance: random.Random, seed: Any) -> Any:
    value = copy.deepcopy(seed)
    for _ in range(chance.randint(1, 3)):
        paths = _paths(value)
        if not paths:
            break
        *way, last = chance.choice(paths)
        place = value
        for key in way:
            place = place[key]
        what = chance.randrange(4)
        if what == 0:
            del place[last]
        elif what == 1 and isinstance(place, dict):
            place[chance.choice(["chat", "id", "text", "message", "photo", "", "\x00"])] = place[last]
        else:
            place[last] = chance.choice(NASTY)
    return value


def _bytes_mutated(chance: random.Random, body: bytes) -> bytes:
    data = bytearray(body)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(data)) if data else 0
        what = chance.randrange(4)
        if what == 0:
            data[at : at + chance.randint(1, 40)] = b""
        elif what == 1:
            data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 12)))
        elif data:
            data[at] = chance.randrange(256)
    return bytes(data)


def _telegram(chance: random.Random) -> tuple[str, bytes, dict[str, str]]:
    seed = json.loads(chance.choice(sorted((DATA / "telegram").glob("*.json"))).read_text())
    if isinstance(seed, dict) and "update_id" in seed:
        seed["update_id"] = chance.randrange(2**40)
    if chance.random() < 0.03:
        body = b"[" * 100_000
    else:
        body = json.dumps(_mutated(chance, seed)).encode()
        if chance.random() < 0.3:
            body = _bytes_mutated(chance, body)
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
    return "/webhooks/telegram/main", body, headers


def _form_seed(chance: random.Random) -> dict[str, str]:
    seed = json.loads(chance.choice(sorted((DATA / "whatsapp").glob("*.json"))).read_text())
    fields = seed.get("form", seed.get("params", seed)) if isinstance(seed, dict) else {}
    return {k: str(v) for k, v in fields.items() if not isinstance(v, dict | list)}


def _whatsapp(chance: random.Random) -> tuple[str, bytes, dict[str, str]]:
    form = _form_seed(chance) | {
        "AccountSid": ENV["NGOZI_TWILIO_ACCOUNT_SID"],
        "To": ENV["NGOZI_WHATSAPP_FROM"],
    }
    form["MessageSid"] = f"SM{chance.getrandbits(128):032x}"
    for _ in range(chance.randint(1, 3)):
        name = chance.choice(sorted(form))
        value = str(chance.choice(NASTY)).encode("utf-8", "replace").decode()
        if chance.random() < 0.2:
            del form[name]
        else:
            form[chance.choice([name, name, "NumMedia", "MediaUrl0", "MessageStatus", "\x00"])] = value
    path = chance.choice(
        ["/webhooks/whatsapp/main", "/webhooks/whatsapp/main/status?reply=" + "x" * chance.randrange(90)]
    )
    body = urlencode(form).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if chance.random() < 0.8:  # signed, as Twilio would sign it; the rest is broken after signing
        headers["X-Twilio-Signature"] = signature(AUTH, PUBLIC + path, form)
    if chance.random() < 0.2:
        body = _bytes_mutated(chance, body)
    return path, body, headers


def _webchat(chance: random.Random) -> tuple[str, bytes, dict[str, str]]:
    mark = uuid.UUID(int=chance.getrandbits(128)).hex
    lines = []
    # Half of them are what the page would send, but for one thing.
    names = ["id", "text"] if chance.random() < 0.5 else chance.sample(FIELDS, chance.randint(1, 4))
    for name in names:
        value = str(chance.choice([*NASTY, "hello", "consent.yes", "message-0001", mark])).encode(
            "utf-8", "replace"
        )
        more = '; filename="a.jpg"' if name == "photo" or chance.random() < 0.05 else ""
        if name == "id" and chance.random() < 0.8:
            value = mark.encode()
        if name == "photo":
            value = chance.choice([b"\xff\xd8\xff" + chance.randbytes(200), b"GIF89a", b"", value])
        lines += [
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode()
            + value
            + b"\r\n"
        ]
    body = b"".join(lines) + f"--{mark}--\r\n".encode()
    if chance.random() < 0.3:
        body = _bytes_mutated(chance, body)
    kind = chance.choice(
        [f"multipart/form-data; boundary={mark}"] * 8 + ["multipart/form-data", "text/plain", ""]
    )
    # A chat of its own each: the pace that a chat is held to would answer for the form otherwise.
    cookie = f"__Host-ngozi_chat={chance.getrandbits(128):032x}"
    headers = {
        "Content-Type": kind,
        "Origin": PUBLIC,
        "Cookie": cookie,
        "Accept-Language": chance.choice(["en", "\u00e4;q=x", "," * 500]),
    }
    headers["Accept-Language"] = headers["Accept-Language"].encode("latin-1").decode("latin-1")
    return "/chat/messages", body, headers


FIELDS = ["id", "text", "choice", "start", "photo", "other"]
MAKERS: dict[str, Callable[[random.Random], tuple[str, bytes, dict[str, str]]]] = {
    "telegram": _telegram,
    "whatsapp": _whatsapp,
    "webchat": _webchat,
}


@pytest.mark.timeout(0 if BODIES > 1000 else 120)
@pytest.mark.parametrize("channel", sorted(MAKERS))
def test_no_broken_body_gives_a_500(door: tuple[TestClient, Any], channel: str) -> None:
    client, _ = door
    chance = random.Random(f"{channel} {BODIES}")
    counts: Counter[int] = Counter()
    for n in range(BODIES):
        path, body, headers = MAKERS[channel](chance)
        raw = {k: v.encode("latin-1") for k, v in headers.items()}
        client.cookies.clear()
        status = client.post(path, content=body, headers=raw).status_code
        counts[status] += 1
        assert status in (200, 400, 403, 408, 409, 413, 415, 429), (n, status, path, body[:300])
    print(channel, dict(counts))
    # Most must reach the parser: a fuzzer that is refused at the door proves nothing.
    assert counts[200] > BODIES / 8, counts


def test_no_forged_call_gets_in(door: tuple[TestClient, Any]) -> None:
    client, engine = door
    chance = random.Random(7)
    before = _kept(engine)
    for n in range(BODIES):
        path, body, headers = (_telegram if n % 2 else _whatsapp)(chance)
        proof = "X-Telegram-Bot-Api-Secret-Token" if n % 2 else "X-Twilio-Signature"
        right = SECRET if n % 2 else headers.get(proof, "")
        headers[proof] = chance.choice(
            [
                "",
                right[:-1],
                right + "=",
                right.swapcase() or "x",
                "é",
                "0" * 28,
                signature("other", PUBLIC + path, {}),
            ]
        )
        if headers[proof] == right or chance.random() < 0.2:
            del headers[proof]
        raw = {k: v.encode("latin-1") for k, v in headers.items()}
        status = client.post(path, content=body, headers=raw).status_code
        assert status == 403, (n, status, headers)
    assert _kept(engine) == before
