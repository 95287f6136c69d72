"""The embedded mode: one process and its model child; a child that dies is started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot import inbox, migrations
from bot.channels import webchat
from bot.channels.registry import WEBCHAT
from bot.channels.webchat_store import SqlWebChatStore
from bot.database import connect, transaction
from bot.queue import TURN
from bot.settings import Settings
from bot.tables import InboundRow
from worker.embedded import embedded

CHILD = (sys.executable, "-m", "tests.faults.stand_in", "child")


def until(true: Callable[[], bool], timeout_s: float = 60.0) -> bool:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def settings_for(tmp_path: Path, monkeypatch: object) -> Settings:
    env = {
        "NGOZI_HOME": str(tmp_path),
        "NGOZI_ALLOW_UNREVIEWED": "1",
        "NGOZI_SWEEP_S": "1",
        "NGOZI_LEASE_S": "5",
        "NGOZI_WORDS": "0",
        "NGOZI_LISTEN": "0",
    }
    for name, value in env.items():
        monkeypatch.setenv(name, value)  # type: ignore[attr-defined]
    settings = Settings.read(env)
    engine = connect(settings.database_url, keys=settings.master_keys)
    migrations.upgrade(engine)
    engine.dispose()
    return settings


def test_a_message_is_answered_and_a_dead_model_process_comes_back(
    tmp_path: Path, monkeypatch: object
) -> None:
    settings = settings_for(tmp_path, monkeypatch)
    with embedded(settings, engine_command=CHILD) as (parts, child):
        assert child is not None
        assert child.ready.wait(60)
        address = webchat.address_of(webchat.new_secret()) or ""
        store = SqlWebChatStore(parts.engine)
        update_ = webchat.update(address, "message-1", text="hello", at=time.time())
        for chat in inbox.receive(parts.engine, WEBCHAT, (update_,)):
            parts.wake(TURN, chat)
        assert until(lambda: any(line.direction == "out" for line in store.after(address, 0)))
        first = child.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert until(lambda: child.pid not in (None, first))


CONVERTS = """
import sys, threading
from pathlib import Path
from model import language
from worker import engine_process

def waits(path):
    begun.set()
    threading.Event().wait()

begun = threading.Event()
of = ("gemma3-270m", Path(sys.argv[1]), waits)
threading.Thread(target=language.converted, args=of, daemon=True).start()
begun.wait()
engine_process.main(lambda _: None)
"""


@pytest.mark.parametrize("stopped", ["by a signal", "with its parent"])
def test_a_stop_while_the_language_model_is_converted_is_no_try_that_was_killed(
    tmp_path: Path, monkeypatch: object, stopped: str
) -> None:
    """A third kill would take the words away for a day."""
    settings_for(tmp_path / "home", monkeypatch)
    command = [sys.executable, "-c", CONVERTS, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready 0\n"
        assert (tmp_path / "gemma3-270m.tries").read_text() == "1\n"
        if stopped == "by a signal":
            child.send_signal(signal.SIGTERM)
        else:
            child.stdin.close()
        child.wait(60)
    assert not (tmp_path / "gemma3-270m.tries").exists()


SERVES = """
import socket
from bot.settings import Settings
from worker.embedded import embedded
from worker.serving import server, web_app

listener = socket.create_server(("127.0.0.1", 0))
settings = Settings.read()
try:
    with embedded(settings) as (parts, _):
        print(listener.getsockname()[1], flush=True)
        server(web_app(parts), settings).run(sockets=[listener])
finally:
    print("left", flush=True)
"""


def test_a_stop_by_the_system_leaves_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is at work ends first; killed, a chat would wait for the end of a lease."""
    monkeypatch.setenv("NGOZI_MODEL", "off")
    settings_for(tmp_path, monkeypatch)
    with subprocess.Popen([sys.executable, "-c", SERVES], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with httpx.Client(timeout=60.0) as client:
            assert client.get(f"http://127.0.0.1:{port}/health").status_code in (200, 503)
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "left\n"
        assert process.wait(60) == 0


def test_a_message_whose_wake_up_was_lost_is_answered_by_the_sweep(
    tmp_path: Path, monkeypatch: object
) -> None:
    settings = settings_for(tmp_path, monkeypatch)
    with embedded(settings, engine_command=CHILD) as (parts, _):
        address = webchat.address_of(webchat.new_secret()) or ""
        inbox.receive(
            parts.engine, WEBCHAT, (webchat.update(address, "message-1", text="hello", at=time.time()),)
        )

        def done() -> bool:
            with transaction(parts.engine) as connection:
                return connection.execute(select(InboundRow.state)).scalar_one() == "done"

        assert until(done)
