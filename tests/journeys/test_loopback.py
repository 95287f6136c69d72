"""With the web chat only, no process of Ngozi opens a connection beyond this machine, and no model hub is asked."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.plans import MOST
from tests.faults.stack import Stack
from tests.journeys.person import drawn_photo

pytestmark = pytest.mark.timeout(300)

_LISTEN = "0A"


def _children(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text().split():
                found += _children(int(child))
    return found


def _inodes(pid: int) -> set[str]:
    found = set()
    with contextlib.suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = os.readlink(link)
                if target.startswith("socket:["):
                    found.add(target[8:-1])
    return found


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    raw = bytes.fromhex(text.partition(":")[0])
    swapped = b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4))
    address = ipaddress.ip_address(swapped)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def foreign_sockets(pid: int) -> tuple[int, set[str]]:
    """(how many internet sockets a process and its children hold, those that reach beyond this machine)."""
    seen, foreign = 0, set()
    for one in _children(pid):
        inodes = _inodes(one)
        for table in ("tcp", "tcp6", "udp", "udp6"):
            try:
                lines = Path(f"/proc/{one}/net/{table}").read_text().splitlines()[1:]
            except OSError:
                continue
            for line in lines:
                parts = line.split()
                local, peer, state, inode = parts[1], parts[2], parts[3], parts[9]
                if inode not in inodes:
                    continue
                seen += 1
                bound = _address(local)
                reached = _address(peer)
                outward = not (reached.is_loopback or reached.is_unspecified)
                listens_wide = not bound.is_loopback and (state == _LISTEN or table.startswith("udp"))
                if outward or listens_wide:
                    foreign.add(f"{table} {bound} -> {reached} {state}")
    return seen, foreign


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, str]]:
    folder = tmp_path_factory.mktemp("alone")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        env = {
            "NGOZI_HOME": str(folder / "home"),
            "NGOZI_ALLOW_UNREVIEWED": "1",
            "NGOZI_SWEEP_S": "1",
            "NGOZI_WORDS": "0",
            "NGOZI_LISTEN": "0",
        }
        stack = Stack.embedded(env, folder / "ngozi.log", listener)
        stack.start()
        try:
            yield stack, f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stack.stop()


def test_the_watch_sees_a_socket_that_reaches_out() -> None:
    """A control: a checker that can see nothing would find nothing. No packet leaves: UDP only notes its peer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("0.0.0.0", 0))
        _, foreign = foreign_sockets(os.getpid())
    assert foreign


def test_with_the_web_chat_only_nothing_reaches_beyond_this_machine(alone: tuple[Stack, str]) -> None:
    stack, url = alone
    process = stack.roles[0].process
    assert process is not None
    foreign: set[str] = set()
    most = 0
    looks = 0
    stop = threading.Event()

    def watch() -> None:
        nonlocal most, looks
        while not stop.is_set():
            seen, found = foreign_sockets(process.pid)
            most, looks = max(most, seen), looks + 1
            foreign.update(found)
            time.sleep(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with httpx.Client(base_url=url, headers={"Origin": url}, timeout=60, trust_env=False) as page:
            _talk(page)
    finally:
        stop.set()
        watcher.join()
    assert most >= 1
    assert looks > 10
    assert foreign == set()


def _talk(page: httpx.Client) -> None:
    end = time.monotonic() + 150
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if page.get("/chat").status_code == 200:
                break
        assert time.monotonic() < end, "the page never came"
        time.sleep(0.2)
    page.post("/chat/session").raise_for_status()
    codes = [
        "consent.yes",
        "age.adult",
        "danger1.none",
        "danger3.none",
        "shape.spot",
        "site.face",
        "danger4.none",
    ]
    _say(page, photo=drawn_photo(5))
    lines = _until(page, lambda lines: lines and lines[-1]["choices"])
    if any(c["code"] == "language.en" for c in lines[-1]["choices"]) and not any(
        c["code"] == "consent.yes" for c in lines[-1]["choices"]
    ):
        codes.insert(0, "language.en")
    for code in codes:
        _until(page, lambda lines, code=code: any(c["code"] == code for c in lines[-1]["choices"]))
        _say(page, choice=code)
    for _ in range(MOST + 2):
        # Whatever question about the spot is asked is answered with no.
        lines = _until(page, lambda lines: lines[-1]["choices"])
        offered = [c["code"] for c in lines[-1]["choices"]]
        if "menu.what" in offered:
            return
        _say(page, choice="skin.4" if "skin.4" in offered else next(c for c in offered if c.endswith(".no")))
    raise AssertionError(f"more than {MOST} questions about a spot")


def _say(page: httpx.Client, choice: str = "", photo: bytes = b"") -> None:
    files: dict[str, object] = {"id": (None, uuid.uuid4().hex)}
    if choice:
        files["choice"] = (None, choice)
    if photo:
        files["photo"] = ("a.jpg", photo, "image/jpeg")
    end = time.monotonic() + 30
    while (answer := page.post("/chat/messages", files=files)).status_code in (429, 503):  # type: ignore[arg-type]
        assert time.monotonic() < end
        time.sleep(float(answer.headers["Retry-After"]))
    assert answer.status_code == 200, answer.text


def _until(page: httpx.Client, true):  # type: ignore[no-untyped-def]
    end = time.monotonic() + 150
    while True:
        messages = page.get("/chat/events").json()["messages"]
        ours = [m for m in messages if m["direction"] == "out"]
        if ours and messages[-1]["direction"] == "out" and true(ours):
            return ours
        assert time.monotonic() < end, [m["text"][:60] for m in ours[-2:]]
        time.sleep(0.1)
