"""The load: keep-alive connections that each send the next call when the last is answered, or bare INSERT+COMMIT.

`python -m worker.bench.load`: one task a line on standard input, its figures a line on standard output. Bounded in
count and time; loopback only. Sockets are driven without a client library, which would be slower than what it measures.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from bot.database import connect
from worker.bench.child import answer

__all__ = ["main"]

MOST_PER_ROUND = 20_000
CHATS = 500
START_S = 1_790_000_000
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def update_body(number: int) -> bytes:
    """A text message of one of CHATS made-up people, as Telegram sends it; every number is another update."""
    person = 55_501_000 + number % CHATS
    user = {"id": person, "is_bot": False, "first_name": f"Person{number % CHATS}", "language_code": "en"}
    message = {
        "message_id": number,
        "from": user,
        "chat": {"id": person, "first_name": user["first_name"], "type": "private"},
        "date": START_S + number,
        "text": "It has been there for two months and it itches a little at night.",
    }
    return json.dumps({"update_id": number, "message": message}).encode()


def call_bytes(path: str, secret: str, body: bytes) -> bytes:
    """The whole HTTP call."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _connection(
    port: int, calls: Iterator[bytes], end: float, latencies_ms: list[float], failed: list[int]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    mine = 0
    try:
        # Once at least: on a machine that is busy elsewhere a short round may be over before it begins.
        while not mine or (time.perf_counter() < end and len(latencies_ms) < MOST_PER_ROUND):
            call = next(calls)
            mine += 1
            began = time.perf_counter()
            writer.write(call)
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            if length is not None and length[1] != b"0":
                await reader.readexactly(int(length[1]))
            latencies_ms.append((time.perf_counter() - began) * 1000)
            if not head.startswith(b"HTTP/1.1 200"):
                failed.append(1)
    finally:
        writer.close()
        await writer.wait_closed()


async def http(task: dict[str, Any], numbers: Iterator[int]) -> dict[str, Any]:
    """Figures of `connections` connections over `seconds`. path, port, secret: whom to call."""
    latencies_ms: list[float] = []
    failed: list[int] = []
    calls = (call_bytes(task["path"], task["secret"], update_body(n)) for n in numbers)
    began = time.perf_counter()
    end = began + task["seconds"]
    await asyncio.gather(
        *(
            _connection(task["port"], calls, end, latencies_ms, failed)
            for _ in range(int(task["connections"]))
        )
    )
    return _figures(latencies_ms, time.perf_counter() - began, len(failed))


def bare(task: dict[str, Any], numbers: Iterator[int]) -> dict[str, Any]:
    """Figures of INSERT+COMMIT of the same bodies by `connections` threads through the driver, nothing around it.

    The connections are opened as ours are (SQLite: WAL, synchronous=FULL).
    """
    engine = connect(task["database_url"])
    lite = engine.dialect.name == "sqlite"
    mark = "?" if lite else "%s"
    latencies_ms: list[float] = []
    lock = threading.Lock()
    opened = [engine.raw_connection() for _ in range(int(task["connections"]))]
    cursor = opened[0].cursor()
    key = "integer primary key" if lite else "bigint generated always as identity primary key"
    cursor.execute(f"CREATE TABLE IF NOT EXISTS bench_bare (id {key}, payload text)")
    if not lite:
        opened[0].commit()

    def insert(raw: Any) -> None:
        mine = raw.cursor()
        done = 0
        while not done or (time.perf_counter() < end and len(latencies_ms) < MOST_PER_ROUND):
            done += 1
            with lock:
                number = next(numbers)
            payload = update_body(number).decode()
            started = time.perf_counter()
            if lite:
                mine.execute("BEGIN IMMEDIATE")

            mine.execute(f"INSERT INTO bench_bare (payload) VALUES ({mark})", (payload,))  # noqa: S608
            if lite:
                mine.execute("COMMIT")
            else:
                raw.commit()
            latencies_ms.append((time.perf_counter() - started) * 1000)

    began = time.perf_counter()
    end = began + task["seconds"]
    threads = [threading.Thread(target=insert, args=(raw,)) for raw in opened]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    for raw in opened:
        raw.close()
    engine.dispose()
    return _figures(latencies_ms, seconds, 0)


def _figures(latencies_ms: list[float], seconds: float, failed: int) -> dict[str, Any]:
    return {
        "count": len(latencies_ms),
        "seconds": seconds,
        "latencies_ms": [round(v, 4) for v in latencies_ms],
        "failed": failed,
    }


def main() -> None:
    """Does one task a line until standard input closes."""
    numbers = itertools.count(1)
    for line in sys.stdin:
        task = json.loads(line)
        if task["kind"] == "bare":
            answer(**bare(task, numbers))
        else:
            answer(**asyncio.run(http(task, numbers)))


if __name__ == "__main__":
    main()
