"""The one place where Telegram is spoken to: python-telegram-bot on an event loop in a thread of its own.

The library is asynchronous, our contract is not: every call is handed to the loop and waited for, so any number of
threads may call. Loop and connections are made by the first call, so a process that only receives opens none, and
made anew in a forked child.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import os
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import telegram
from telegram.request import HTTPXRequest, RequestData

__all__ = ["ApiFault", "Closed", "Connections", "Wire", "decoded"]

T = TypeVar("T")

_CONNECT_S = 5.0
_CLOSE_S = 10.0
_CONNECTIONS = 64


class ApiFault(telegram.error.TelegramError):
    """An answer that python-telegram-bot has no name for, or one that did not come from the Bot API at all.

    status: of HTTP. retry_after_s: what the answer asked for, or None.
    """

    def __init__(self, status: int, retry_after_s: float | None = None) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.retry_after_s = retry_after_s


class Closed(Exception):
    """The wire was closed before the call; nothing left."""


class _Request(HTTPXRequest):
    """Tells refusals of the Bot API from those of a gateway in front of it (a proxy's 403 is no blocked bot)."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = telegram.request.BaseRequest.DEFAULT_NONE,
        write_timeout: Any = telegram.request.BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = telegram.request.BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = telegram.request.BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        status, payload = await super().do_request(
            url, method, request_data, read_timeout, write_timeout, connect_timeout, pool_timeout
        )
        if 200 <= status < 300:
            return status, payload
        answer = decoded(payload)
        # 429 is read here: the library's RetryAfter warns of its own deprecation.
        if status >= 500 or status == 429 or answer is None:
            raise ApiFault(status, _retry_after(answer))
        return status, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer as an object. The library's own version writes an unreadable answer to the log."""
        answer = decoded(payload)
        if answer is None:
            raise telegram.error.TelegramError("Invalid server response")
        return answer


def decoded(payload: bytes) -> dict[str, Any] | None:
    """A Bot API answer as an object; None where it is none."""
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) and "ok" in answer else None


def _retry_after(answer: dict[str, Any] | None) -> float | None:
    parameters = answer.get("parameters") if answer else None
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(seconds) if isinstance(seconds, int | float) and 0 <= seconds < 10**6 else None


@dataclass(frozen=True, slots=True)
class Connections:
    """What a coroutine on the loop speaks through: the bot's methods, and plain HTTP for files and polling."""

    bot: telegram.Bot
    http: httpx.AsyncClient
    request: _Request


class Wire:
    """One bot's connections. timeout_s: how long an answer may take before it counts as not given."""

    def __init__(self, token: str, api_url: str, timeout_s: float) -> None:
        self._token = token
        self._api_url = api_url.rstrip("/")
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._pid = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._connections: Connections | None = None
        self._closed = False

    def run(self, ask: Callable[[Connections], Awaitable[T]], limit_s: float) -> T:
        """What `ask` returns, waited for at most limit_s.

        Raises what `ask` raises, TimeoutError at the limit or where `close` cut it off (the request may have left),
        Closed where the wire was closed before.
        """
        with self._lock:
            if self._closed:
                raise Closed
            loop, connections = self._started()

            async def asked() -> T:
                async with asyncio.timeout(limit_s):
                    return await ask(connections)

            future = asyncio.run_coroutine_threadsafe(asked(), loop)
        try:
            return future.result()
        except concurrent.futures.CancelledError:
            raise TimeoutError("closed while waiting") from None

    def close(self) -> None:
        """Ends what is under way and closes loop and connections. Safe to call twice."""
        with self._lock:
            self._closed = True
            loop, thread, connections = self._loop, self._thread, self._connections
            self._loop = self._thread = self._connections = None
        if loop is None or thread is None or connections is None or self._pid != os.getpid():
            return
        asyncio.run_coroutine_threadsafe(_end(connections), loop).result(_CLOSE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_CLOSE_S)
        loop.close()

    def _started(self) -> tuple[asyncio.AbstractEventLoop, Connections]:
        if self._loop is None or self._connections is None or self._pid != os.getpid():
            self._pid = os.getpid()
            self._connections = self._connect()
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="telegram", daemon=True)
            self._thread.start()
        return self._loop, self._connections

    def _connect(self) -> Connections:
        request = _Request(
            connection_pool_size=_CONNECTIONS,
            read_timeout=self._timeout_s,
            write_timeout=self._timeout_s,
            connect_timeout=_CONNECT_S,
            pool_timeout=_CONNECT_S,
        )
        bot = telegram.Bot(
            self._token,
            base_url=f"{self._api_url}/bot",
            base_file_url=f"{self._api_url}/file/bot",
            request=request,
            get_updates_request=request,
        )
        http = httpx.AsyncClient(timeout=httpx.Timeout(self._timeout_s, connect=_CONNECT_S, pool=_CONNECT_S))
        return Connections(bot, http, request)


async def _end(connections: Connections) -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await connections.request.shutdown()
    await connections.http.aclose()
