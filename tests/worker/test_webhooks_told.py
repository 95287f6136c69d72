"""Telling Telegram where to deliver: one that does not hear keeps nobody from being served."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import NgoziError
from bot.settings import Settings
from tests.fakes.telegram_server import FakeTelegram
from worker import serving, webhooks

TOKEN = "1000:made-up_Token-of_no-bot"


def settings(home: Path, url: str) -> Settings:
    return Settings.read(
        {
            "NGOZI_HOME": str(home),
            "NGOZI_EMERGENCY": "112",
            "NGOZI_ALLOW_UNREVIEWED": "1",
            "NGOZI_MODEL": "off",
            "NGOZI_PUBLIC_URL": "https://127.0.0.1:9",
            "NGOZI_TELEGRAM_TOKEN": TOKEN,
            "NGOZI_TELEGRAM_API": url,
        }
    )


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until, "did not happen in time"
        time.sleep(0.02)


class Served(Exception):
    """The web server was reached."""


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    def start(*_: object) -> None:
        raise Served

    monkeypatch.setattr(serving, "embedded", start)
    monkeypatch.setattr(webhooks, "PAUSES_S", (0.05,))
    with FakeTelegram() as gone:
        return int(gone.url.rpartition(":")[2])


def test_serve_registers_when_telegram_is_there_again(tmp_path: Path, port: int) -> None:
    with pytest.raises(Served):
        serving.run(settings(tmp_path, f"http://127.0.0.1:{port}"), register=True, workers=1)
    with FakeTelegram(port=port) as back:
        eventually(lambda: "1000" in back.api.bots and back.api.bots["1000"].url != "")


def test_by_hand_it_is_one_sentence(tmp_path: Path, port: int) -> None:
    with pytest.raises(NgoziError, match=r"account main: not reachable.*ConnectError"):
        webhooks.register(settings(tmp_path, f"http://127.0.0.1:{port}"), lambda _: None)
    heard: list[str] = []
    with FakeTelegram(port=port) as back:
        webhooks.register(settings(tmp_path, back.url), heard.append)
    assert heard == ["main"]


def test_a_token_that_is_refused_is_named_as_that(tmp_path: Path) -> None:
    with (
        FakeTelegram(known=frozenset({"2:other"})) as server,
        pytest.raises(NgoziError, match="account main: the token is refused"),
    ):
        webhooks.register(settings(tmp_path, server.url), lambda _: None)
