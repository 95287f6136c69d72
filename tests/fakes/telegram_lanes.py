"""Webhook deliveries as Telegram makes them (shared facts, messaging.md 2.1).

Updates of one chat form a lane: only its head is in flight, and it is tried until it is answered 2xx or has expired
(a day; a button press 150 s). Presses have lanes of their own. Retries: at once, then after 2, 4, 8 ... units, at
most 60; a `Retry-After` in the answer is obeyed.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from typing import Any

import httpx

from tests.fakes.telegram_state import BotState, FakeBotApi

__all__ = ["Lanes"]

Json = dict[str, Any]

_MESSAGE_EXPIRES_S = 86_400.0
_PRESS_EXPIRES_S = 150.0
_ANSWER_S = 30.0
_CONNECTIONS = 40


class Lanes:
    """All deliveries of one fake server; lives on the server's event loop."""

    def __init__(self, api: FakeBotApi, retry_unit_s: float = 1.0) -> None:
        self._api = api
        self._retry_unit_s = retry_unit_s
        self._queues: dict[tuple[str, str], deque[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: httpx.AsyncClient | None = None
        self._slots = asyncio.Semaphore(_CONNECTIONS)
        api.on_webhook = self.resume

    def push(self, bot: BotState, update: Json, copies: int = 1) -> Json:
        """Takes an update in, numbered where it has no numbers, and returns it; delivered `copies` times at once."""
        update = _numbered(bot, update)
        number = update["update_id"]
        bot.updates[number], bot.pushed_at[number] = update, time.time()
        self._enqueue(bot, number)
        for _ in range(copies - 1):
            self._spawn(self._copy(bot, update))
        return update

    def resume(self, bot: BotState) -> None:
        """Starts (again) what waits, after a webhook was set."""
        for (bot_id, lane), queue in self._queues.items():
            if bot_id == bot.bot_id and queue:
                self._spawn(self._drain(bot, lane))

    @property
    def waiting(self) -> int:
        """Updates not delivered yet, over all bots."""
        return sum(len(bot.updates) for bot in self._api.bots.values())

    async def close(self) -> None:
        """Ends all deliveries under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()

    def _enqueue(self, bot: BotState, number: int) -> None:
        lane = _lane(bot.updates[number])
        queue = self._queues.setdefault((bot.bot_id, lane), deque())
        queue.append(number)
        if bot.url and len(queue) == 1:
            self._spawn(self._drain(bot, lane))

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, bot: BotState, lane: str) -> None:
        queue = self._queues[(bot.bot_id, lane)]
        while queue and bot.url:
            number = queue[0]
            if number in bot.updates:  # else polled meanwhile
                await self._deliver(bot, number, lane)
            if number not in bot.updates:
                queue.popleft()

    async def _deliver(self, bot: BotState, number: int, lane: str) -> None:
        expires_s = _PRESS_EXPIRES_S if lane.startswith("press:") else _MESSAGE_EXPIRES_S
        tries = 0
        while bot.url and number in bot.updates:
            tries += 1
            status, wait_s = await self._post(bot, bot.updates[number])
            fields = {"bot": bot.bot_id, "update_id": number, "lane": lane, "tries": tries, "status": status}
            if 200 <= status < 300:
                self._api.record("delivered", **fields)
                bot.updates.pop(number, None)
                return
            if time.time() - bot.pushed_at[number] > expires_s:
                self._api.record("expired", **fields)
                bot.updates.pop(number, None)
                return
            if wait_s is None:
                wait_s = 0.0 if tries == 1 else min(60.0, 2.0 ** (tries - 1)) * self._retry_unit_s
            await asyncio.sleep(wait_s)

    async def _copy(self, bot: BotState, update: Json) -> None:
        status, _ = await self._post(bot, update)
        self._api.record("copy", bot=bot.bot_id, update_id=update["update_id"], status=status)

    async def _post(self, bot: BotState, update: Json) -> tuple[int, float | None]:
        """Status of one delivery (0: nobody answered) and the wait it asked for."""
        if self._http is None:
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=_CONNECTIONS)
            self._http = httpx.AsyncClient(timeout=_ANSWER_S, limits=limits, trust_env=False)
        headers = {"Content-Type": "application/json"}
        if bot.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = bot.secret
        body = json.dumps(update, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            async with self._slots:
                answer = await self._http.post(bot.url, content=body, headers=headers)
        except httpx.HTTPError:
            return 0, None
        asked = answer.headers.get("retry-after", "")
        return answer.status_code, min(float(asked), 3600.0) if asked.isdigit() else None


def _lane(update: Json) -> str:
    if "callback_query" in update:
        return f"press:{_id(update['callback_query'], 'from')}"
    for kind in ("message", "edited_message", "channel_post", "edited_channel_post", "my_chat_member"):
        if kind in update:
            return f"chat:{_id(update[kind], 'chat')}"
    return "other"


def _id(holder: Any, name: str) -> Any:
    """The id of a chat or person; None where the update is broken (tests send such)."""
    inner = holder.get(name) if isinstance(holder, dict) else None
    return inner.get("id") if isinstance(inner, dict) else None


def _numbered(bot: BotState, update: Json) -> Json:
    """A copy with update_id, message_id and date filled in; its messages can be deleted afterwards."""
    filled = json.loads(json.dumps(update))
    filled.setdefault("update_id", bot.next_update)
    bot.next_update = max(bot.next_update, filled["update_id"]) + 1
    message = filled.get("message")
    if isinstance(message, dict):
        if "message_id" not in message:
            message["message_id"] = next(bot.message_ids)
        message.setdefault("date", int(time.time()))
        bot.messages[(str(_id(message, "chat")), message["message_id"])] = time.time()
    return dict(filled)
