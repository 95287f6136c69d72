"""Who waits for news of a web chat, and one look at the database for all of them.

A waiting page is a coroutine on an event, never a thread; while anybody waits, one query a tick asks how all
the chats waited for stand. Every web process watches for its own pages; a reply may come from any process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from bot.channels.webchat_store import Pulse

__all__ = ["Watch"]

log = logging.getLogger(__name__)

TICK_S = 0.4
# Tabs of one chat that may wait at once; the oldest is let go first.
WAITERS_A_CHAT = 4
# Well below the server's limit of open calls: waiting pages must never shut a webhook out.
WAITERS = 1000


@dataclass(eq=False, slots=True)
class _Waiter:
    seen: Pulse
    event: asyncio.Event = field(default_factory=asyncio.Event)


class Watch:
    """Waiting pages of one process. For one event loop; `pulses` runs in a thread and may block."""

    def __init__(
        self, pulses: Callable[[Sequence[str]], Mapping[str, Pulse]], tick_s: float = TICK_S
    ) -> None:
        self._pulses = pulses
        self._tick_s = tick_s
        self._waiting: dict[str, list[_Waiter]] = {}
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many pages wait."""
        return sum(len(waiters) for waiters in self._waiting.values())

    async def changed(self, address: str, seen: Pulse, wait_s: float) -> None:
        """Nothing; returns when the chat stands otherwise than `seen`, after `poke`, or after wait_s."""
        if self._closed or self.waiting >= WAITERS:
            return
        waiter = _Waiter(seen)
        waiters = self._waiting.setdefault(address, [])
        while len(waiters) >= WAITERS_A_CHAT:
            waiters.pop(0).event.set()
        waiters.append(waiter)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._look())
        try:
            async with asyncio.timeout(wait_s):
                await waiter.event.wait()
        except TimeoutError:
            pass
        finally:
            self._leave(address, waiter)

    def poke(self, address: str) -> None:
        """Lets the pages of this chat look at once."""
        for waiter in self._waiting.get(address, ()):
            waiter.event.set()

    def close(self) -> None:
        """Lets everybody go and keeps nobody waiting from now on; call it where the server begins to stop."""
        self._closed = True
        for address in list(self._waiting):
            self.poke(address)

    def _leave(self, address: str, waiter: _Waiter) -> None:
        waiters = self._waiting.get(address, [])
        if waiter in waiters:
            waiters.remove(waiter)
        if not waiters:
            self._waiting.pop(address, None)

    async def _look(self) -> None:
        """Ends by itself when nobody waits any more."""
        while self._waiting and not self._closed:
            await asyncio.sleep(self._tick_s)
            addresses = list(self._waiting)
            if not addresses:
                break
            try:
                pulses = await run_in_threadpool(self._pulses, addresses)
            except Exception as error:  # noqa: BLE001 - outermost loop: the database is away; the pages ask again
                log.warning("chat_watch_failed", extra={"error": type(error).__name__})
                continue
            for address, pulse in pulses.items():
                for waiter in self._waiting.get(address, ()):
                    if waiter.seen != pulse:
                        waiter.event.set()
