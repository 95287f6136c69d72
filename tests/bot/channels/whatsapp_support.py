"""What the WhatsApp tests share: the recorded forms, signing by our own hand, an adapter against the fake."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.channels import HttpRequest
from bot.channels.whatsapp import WhatsApp
from bot.messages import Outgoing
from tests.fakes.twilio_server import ACCOUNT_SID, AUTH_TOKEN, FROM, FakeTwilio, signature

PUBLIC = "https://ngozi.example"
PATH = "/webhooks/whatsapp/main"
PERSON = "whatsapp:+15550123"
DATA = Path(__file__).parents[2] / "data" / "whatsapp"
NOW = 1_800_000_000.0


def form(name: str) -> dict[str, str]:
    fields: dict[str, str] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return fields


_opened: list[WhatsApp] = []


def adapter(twilio: FakeTwilio | None = None, **options: Any) -> WhatsApp:
    options.setdefault("sleep", lambda _: None)
    options.setdefault("public_url", PUBLIC)
    options.setdefault("api_url", twilio.url if twilio else "")
    _opened.append(WhatsApp("main", ACCOUNT_SID, AUTH_TOKEN, FROM, **options))
    return _opened[-1]


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    """A fake Twilio; the adapters made against it are closed with it."""
    with FakeTwilio() as fake:
        yield fake
        while _opened:
            _opened.pop().close()


def call(
    fields: Mapping[str, str],
    *,
    query: str = "",
    signed_url: str = "",
    signed_fields: Mapping[str, str] | None = None,
    body: bytes | None = None,
    token: str = AUTH_TOKEN,
    headers: Mapping[str, str] | None = None,
    path: str = PATH,
) -> HttpRequest:
    """A webhook call, signed right unless told otherwise."""
    url = signed_url or PUBLIC + path + (f"?{query}" if query else "")
    given = {
        "host": "10.0.0.7:8000",
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "x-twilio-signature": signature(token, url, fields if signed_fields is None else signed_fields),
    }
    content = urlencode(fields).encode() if body is None else body
    return HttpRequest("POST", path, query, {**given, **(headers or {})}, content)


def outgoing(text: str = "Hello", **changes: Any) -> Outgoing:
    settings: dict[str, Any] = {"id": "r-1", "address": PERSON, "last_inbound_at": time.time()}
    return Outgoing(text=text, **(settings | changes))
