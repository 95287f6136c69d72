"""A whole Ngozi in this process, with the providers' servers faked at the wire: what journeys are made in.

Real: web server (uvicorn on a free port), both client libraries, database, Celery threads, sweep, model child (the
stand-in of the fault harness). Changed: the pace of sending and the pause before a dead model child is started again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import Connection, func, or_, select

from bot import migrations
from bot.channels import LIMITS
from bot.database import connect
from bot.queue import make_celery
from bot.settings import Settings
from bot.tables import Chat, FindingsJob, InboundRow, ReplyRow
from tests.fakes.telegram_server import FakeTelegram
from tests.fakes.twilio_server import FakeTwilio
from worker import embedded as embedded_room
from worker.parts import Parts
from worker.serving import web_app

__all__ = ["CHILD", "SECRET", "TOKEN", "Town", "connected", "town", "until"]

TOKEN = "1000:made-up-token-of-the-journeys"
SECRET = "made-up-secret-of-the-journeys"
CHILD = (sys.executable, "-m", "tests.faults.stand_in", "child")
ANSWER_S = 90.0  # it comes in a second; a machine that also trains a model is slow


def until(true: Callable[[], object], what: str, timeout_s: float = ANSWER_S) -> None:
    """Returns once it is true; fails with `what` where it never is."""
    end = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout_s:g} s for: {what}")
        time.sleep(0.15)


@dataclass
class Town:
    """Everything that runs."""

    parts: Parts
    telegram: FakeTelegram
    twilio: FakeTwilio
    url: str
    child: embedded_room.EngineChild
    leaving: list[Callable[[], None]] = field(default_factory=list)
    _numbers: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def number(self) -> int:
        """A number that nobody else of this town has."""
        with self._lock:
            self._numbers += 1
            return self._numbers

    def reading(self) -> Connection:
        """A connection that only reads: it takes no lock away from those who work."""
        return self.parts.engine.connect().execution_options(read_only=True)

    def chat_id(self, channel: str, address: str) -> int | None:
        """The chat's row."""
        with self.reading() as connection:
            return connection.execute(
                select(Chat.id).where(Chat.channel == channel, Chat.address == address)
            ).scalar_one_or_none()

    def received(self, external_id: str) -> bool:
        """True once the inbox has the update."""
        with self.reading() as connection:
            return (
                connection.execute(select(InboundRow.id).where(InboundRow.external_id == external_id)).first()
                is not None
            )

    def settled(self, channel: str, address: str, *, findings: bool = True) -> bool:
        """True while nothing is waiting in the chat: no message, no findings, no reply."""
        chat = self.chat_id(channel, address)
        if chat is None:
            return False
        with self.reading() as connection:
            waiting = (
                select(func.count())
                .select_from(InboundRow)
                .where(InboundRow.chat_id == chat, InboundRow.state == "received")
                .union_all(
                    select(func.count())
                    .select_from(ReplyRow)
                    .where(ReplyRow.chat_id == chat, ReplyRow.state.in_(("queued", "sending"))),
                    select(func.count())
                    .select_from(FindingsJob)
                    .where(
                        FindingsJob.chat_id == chat,
                        or_(FindingsJob.state == "wanted", FindingsJob.applied.is_(False)),
                    ),
                )
            )
            counts = list(connection.execute(waiting).scalars())
        return not (sum(counts) if findings else sum(counts[:2]))

    def replies(self, channel: str, address: str) -> list[ReplyRow]:
        """The rows of what the chat was told, in order."""
        chat = self.chat_id(channel, address)
        with self.reading() as connection:
            return list(
                connection.execute(
                    select(ReplyRow).where(ReplyRow.chat_id == chat).order_by(ReplyRow.id)
                ).all()  # type: ignore[arg-type]
            )


def connected(
    home: Path, url: str, telegram: FakeTelegram, twilio: FakeTwilio, token: str = TOKEN, secret: str = SECRET
) -> dict[str, str]:
    """Settings of a Ngozi at `url` that talks to the fakes; texts as drafts, a sweep every second."""
    return {
        "NGOZI_HOME": str(home),
        "NGOZI_PUBLIC_URL": url,
        "NGOZI_TELEGRAM_TOKEN": token,
        "NGOZI_TELEGRAM_SECRET": secret,
        "NGOZI_TELEGRAM_API": telegram.url,
        "NGOZI_TWILIO_ACCOUNT_SID": twilio.account_sid,
        "NGOZI_TWILIO_AUTH_TOKEN": twilio.auth_token,
        "NGOZI_TWILIO_API": twilio.url,
        "NGOZI_WHATSAPP_FROM": twilio.from_address,
        "NGOZI_ALLOW_UNREVIEWED": "1",
        "NGOZI_SWEEP_S": "1",
        "NGOZI_WORDS": "0",
        "NGOZI_LISTEN": "0",
        "NGOZI_QUIET_HOURS": "0-0",
    }


@contextlib.contextmanager
def town(
    folder: Path,
    database_url: str = "",
    lease_s: float = 6.0,
    broker_url: str = "",
    env: Mapping[str, str] | None = None,
) -> Iterator[Town]:
    """A running town; everything is stopped on leaving. broker_url: a Redis in place of the in-memory transport."""
    with contextlib.ExitStack() as held:
        patch = held.enter_context(pytest.MonkeyPatch.context())
        for channel in ("telegram", "whatsapp"):
            patch.setitem(LIMITS, channel, dataclasses.replace(LIMITS[channel], chat_interval_s=0.0))  # type: ignore[arg-type]
        patch.setattr(embedded_room, "RESTART_S", (0.1,))
        if broker_url:
            patch.setattr(embedded_room, "make_celery", lambda _: make_celery(broker_url))
        telegram = held.enter_context(FakeTelegram())
        twilio = held.enter_context(FakeTwilio())
        listener = socket.socket()
        held.callback(listener.close)
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for name in [n for n in os.environ if n.startswith("NGOZI_") and not n.startswith("NGOZI_TEST_")]:
            patch.delenv(name)
        for name, value in {
            **connected(folder / "home", url, telegram, twilio),
            "NGOZI_DATABASE_URL": database_url,
            "NGOZI_LEASE_S": str(lease_s),
            **(env or {}),
        }.items():
            patch.setenv(name, value)
        settings = Settings.read()
        engine = connect(settings.database_url, keys=settings.master_keys)
        migrations.upgrade(engine)
        engine.dispose()
        parts, child = held.enter_context(embedded_room.embedded(settings, engine_command=CHILD))
        held.callback(lambda: [c.close() for c in parts.channels.values() if hasattr(c, "close")])  # type: ignore[attr-defined]
        assert child is not None
        app = web_app(parts)
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="web")
        thread.start()

        def stop() -> None:
            app.state.let_go()
            server.should_exit = True
            thread.join(10)

        held.callback(stop)
        until(lambda: server.started, "the web server")
        until(child.ready.is_set, "the model child")
        telegram.webhook(f"{url}/webhooks/telegram/main", SECRET, TOKEN.partition(":")[0])
        made = Town(parts, telegram, twilio, url, child)
        try:
            yield made
        finally:
            for leave in made.leaving:
                leave()
