"""`ngozi poll`: whatever happens, the messages of every bot go on being fetched."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select

from bot.channels.telegram import Telegram
from bot.database import reading
from bot.queue import TURN
from bot.tables import InboundRow, Offset
from tests.fakes.telegram_server import FakeTelegram
from worker import polling

SECRET_WORDS = "it itches at night"


def text(words: str) -> dict[str, Any]:
    person = {"id": 5, "is_bot": False, "first_name": "Baraka"}
    return {"message": {"chat": {"id": 5, "type": "private"}, "from": person, "text": words}}


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until, "did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    with FakeTelegram(retry_unit_s=0.01) as server:
        yield server


class Running:
    """The polling thread of one bot; its long poll is short so that it ends soon."""

    def __init__(self, engine: Engine, url: str) -> None:
        self.engine = engine
        self.bot = Telegram("main", "1000:made-up_Token-of_no-bot", "s", url)
        self.woken: list[tuple[str, int]] = []
        self.stopping = threading.Event()
        self.thread = threading.Thread(
            target=polling._poll, args=(engine, self._wake, self.bot, self.stopping)
        )
        self.thread.start()

    def _wake(self, task: str, row_id: int, after_s: float = 0.0) -> None:
        self.woken.append((task, row_id))

    def kept(self) -> int:
        with reading(self.engine) as connection:
            return len(connection.execute(select(InboundRow.id)).all())


@pytest.fixture
def start(
    engine: Engine, fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Running]]:
    real = polling.get_updates
    monkeypatch.setattr(polling, "get_updates", lambda bot, offset: real(bot, offset, wait_s=1))
    monkeypatch.setattr(polling, "PAUSES_S", (0.05, 0.1))
    made: list[Running] = []

    def begin() -> Running:
        made.append(Running(engine, fake.url))
        return made[-1]

    yield begin
    for running in made:
        running.stopping.set()
        running.thread.join(20)
        running.bot.close()


def test_what_is_fetched_is_kept_and_woken_and_the_offset_moves(
    fake: FakeTelegram, start: Callable[[], Running]
) -> None:
    fake.push(text("one"))
    running = start()
    eventually(lambda: bool(running.woken))
    assert running.woken[0][0] == TURN
    assert running.kept() == 1
    with reading(running.engine) as connection:
        assert connection.execute(select(Offset.account)).scalar_one() == "telegram:main"


@pytest.mark.parametrize("where", ["keep", "next_offset", "get_updates"])
def test_an_unforeseen_failure_is_logged_without_a_word_of_the_person_and_the_next_round_works(
    fake: FakeTelegram,
    start: Callable[[], Running],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    where: str,
) -> None:
    real, calls = getattr(polling, where), [0]

    def raises_once(*arguments: Any) -> Any:
        calls[0] += 1
        if calls[0] == 1:
            raise KeyError(SECRET_WORDS)
        return real(*arguments)

    monkeypatch.setattr(polling, where, raises_once)
    fake.push(text(SECRET_WORDS))
    with caplog.at_level(logging.ERROR):
        running = start()
        eventually(lambda: running.kept() == 1 and bool(running.woken))
    assert running.thread.is_alive()
    (record,) = [r for r in caplog.records if r.name == "worker.polling"]
    assert SECRET_WORDS not in record.getMessage()
    from bot.logs import _Line

    assert SECRET_WORDS not in _Line(()).format(record)
    assert "KeyError" in _Line(()).format(record)


def test_pauses_grow_while_it_fails_and_are_short_again_after_a_success(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(threading.Event):
        """A `stopping` that does not wait."""

        def __init__(self) -> None:
            super().__init__()
            self.waits: list[float | None] = []

        def wait(self, timeout: float | None = None) -> bool:
            self.waits.append(timeout)
            return False

    clock = Clock()
    rounds = iter(["fails"] * 7 + ["works"] + ["fails"] * 2)

    def get_updates(*_: object) -> list[Any]:
        now = next(rounds, None)
        if now is None:
            clock.set()
        if now == "fails":
            raise ZeroDivisionError
        return []

    monkeypatch.setattr(polling, "get_updates", get_updates)
    bot = Telegram("main", "1000:made-up_Token-of_no-bot", "s", "http://127.0.0.1:9")
    polling._poll(engine, lambda *_: None, bot, clock)
    bot.close()
    assert clock.waits == [3.0, 6.0, 15.0, 30.0, 60.0, 60.0, 60.0, 3.0, 6.0]
