"""`ngozi check`: what is wrong is said in a sentence that names it."""

from __future__ import annotations

import base64
import io
import shutil
from collections import namedtuple
from pathlib import Path

import pytest
from rich.console import Console

from bot.channels import Webhook
from bot.clock import now
from bot.errors import NgoziError
from bot.settings import Settings
from tests.fakes.telegram_server import FakeTelegram
from worker import doctor

TOKEN = "1000:made-up_Token-of_no-bot"


def settings(home: Path, url: str = "http://127.0.0.1:1") -> Settings:
    return Settings.read(
        {
            "NGOZI_HOME": str(home),
            "NGOZI_SECRET_KEY": base64.b64encode(b"k" * 32).decode(),
            "NGOZI_PUBLIC_URL": "https://127.0.0.1:9",
            "NGOZI_TELEGRAM_TOKEN": TOKEN,
            "NGOZI_TELEGRAM_API": url,
        }
    )


def test_what_stands_in_brackets_is_printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def wrong() -> str:
        raise NgoziError("expected the [model] extra, not [/b]")

    monkeypatch.setattr(doctor, "_checks", lambda _: [("model", wrong, "see [x]")])
    monkeypatch.setenv("NGOZI_HOME", str(tmp_path))
    said = io.StringIO()
    assert doctor.run(Console(file=said, soft_wrap=True)) == 1
    assert "expected the [model] extra, not [/b]; see [x]" in said.getvalue()


def test_no_line_and_a_wrong_token_are_told_apart(tmp_path: Path) -> None:
    away = settings(tmp_path)
    with pytest.raises(NgoziError, match="account main: not reachable.*ConnectError"):
        doctor._telegram(away, away.telegram[0])
    with FakeTelegram(known=frozenset({"2:other"})) as server:
        refused = settings(tmp_path, server.url)
        with pytest.raises(NgoziError, match="account main: the token is refused"):
            doctor._telegram(refused, refused.telegram[0])


def test_where_telegram_delivers_is_said(tmp_path: Path) -> None:
    with FakeTelegram() as server:
        ours = settings(tmp_path, server.url)
        assert "no address is registered" in doctor._telegram(ours, ours.telegram[0])
        server.webhook("https://127.0.0.1:8/elsewhere", "s")
        with pytest.raises(NgoziError, match="delivers to .*elsewhere; expected .*:9/webhooks/telegram/main"):
            doctor._telegram(ours, ours.telegram[0])


def test_a_disk_that_is_nearly_full_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "MB free" in doctor._disk(settings(tmp_path))
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12, 3 * 10**6))
    with pytest.raises(NgoziError, match="3 MB are free"):
        doctor._disk(settings(tmp_path))


def test_a_failure_to_deliver_within_the_hour_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ours_at = "https://127.0.0.1:9/webhooks/telegram/main"
    with FakeTelegram() as server:
        ours = settings(tmp_path, server.url)
        monkeypatch.setattr(doctor.Telegram, "webhook", lambda _: Webhook(ours_at, 3, now() - 10))
        with pytest.raises(NgoziError, match=r"could not deliver.*\(3 wait\).*certificate"):
            doctor._telegram(ours, ours.telegram[0])
        monkeypatch.setattr(doctor.Telegram, "webhook", lambda _: Webhook(ours_at, 0, now() - 7200))
        assert doctor._telegram(ours, ours.telegram[0]) == f"account main; delivers to {ours_at}"
