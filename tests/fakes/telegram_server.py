"""A fake Bot API over real HTTP: in a thread of a test (`FakeTelegram`), or a process of its own.

    python -m tests.fakes.telegram_server --port 8081 --log sent.jsonl [--photos DIR] [--flood-s 1] [--retry-unit-s 0.5]
        [--token 123:ABC --webhook http://127.0.0.1:8000/webhooks/telegram/main --secret S]

It prints one line, `ready <port>`. /bot<token>/<method> and /file/bot<token>/<path> are Telegram's; ours are
    POST /control/push   {"update": {...}, "bot": "123", "copies": 1}  -> the update as numbered; goes to the webhook
    POST /control/fault  the fields of `telegram_state.Fault`;  POST /control/clear  ends all faults
    GET  /control/log    the log as a JSON list;                GET  /control/state  {"waiting": n, "sent": n}
The log has one line an event: sendMessage, sendPhoto, sendVoice (accepted; with `fault` 'drop' it was accepted but never answered),
sendChatAction, answerCallbackQuery, deleteMessage, setWebhook, delivered, copy, expired, flood, file (given out).
"""

from __future__ import annotations

import argparse
import asyncio
import email
import json
import socket
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

import uvicorn

from tests.fakes.telegram_lanes import Lanes
from tests.fakes.telegram_state import Answer, BotState, FakeBotApi, Fault, refused

__all__ = ["FakeTelegram", "Server"]

Json = dict[str, Any]


class Server:
    """The ASGI application around a `FakeBotApi`, and the loop it runs on."""

    def __init__(self, api: FakeBotApi, sock: socket.socket, retry_unit_s: float = 1.0) -> None:
        self.api = api
        self.loop: asyncio.AbstractEventLoop | None = None
        self.lanes: Lanes | None = None
        self.started = threading.Event()
        self._socket = sock
        self._retry_unit_s = retry_unit_s
        self._arrived = asyncio.Event()
        config = uvicorn.Config(
            self._app,
            interface="asgi3",
            proxy_headers=False,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self.uvicorn = uvicorn.Server(config)

    async def serve(self) -> None:
        """Serves until `stop` or a signal."""
        self.loop = asyncio.get_running_loop()
        self.lanes = Lanes(self.api, self._retry_unit_s)
        self.started.set()
        try:
            await self.uvicorn.serve(sockets=[self._socket])
        finally:
            await self.lanes.close()
            self.api.close()

    def push(self, bot: BotState, update: Json, copies: int = 1) -> Json:
        """Hands an update to the lanes; on the loop only."""
        assert self.lanes is not None
        taken = self.lanes.push(bot, update, copies)
        self._arrived.set()
        return taken

    async def _app(self, scope: Json, receive: Any, send: Any) -> None:
        body = b""
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            body += event.get("body", b"")
            if not event.get("more_body"):
                break
        answer = await self._answer(scope, body)
        if answer.hold_s:
            await asyncio.sleep(answer.hold_s)
        if answer.drop:
            # uvicorn knows no way to say nothing at all: the connection is cut under it.
            send.__self__.transport.abort()
            while not send.__self__.disconnected:
                await asyncio.sleep(0)
            return
        headers = [
            (b"content-type", answer.content_type.encode()),
            (b"content-length", str(len(answer.body)).encode()),
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Json, body: bytes) -> Answer:
        _, room, rest = scope["path"].split("/", 2) if scope["path"].count("/") > 1 else ("", "", "")
        try:
            if room == "control":
                return self._control(rest, json.loads(body or b"{}"))
            if room == "file":
                owner, _, path = rest.partition("/")
                bot = self.api.bot(owner.removeprefix("bot"))
                return bot if isinstance(bot, Answer) else self.api.file(path)
            bot = self.api.bot(room.removeprefix("bot"))
            if isinstance(bot, Answer):
                return bot
            params = _params(scope, body)
            if rest == "getUpdates":
                return await self._get_updates(bot, params)
            return self.api.call(bot, rest, params)
        except (KeyError, TypeError, ValueError) as error:
            return refused(400, f"Bad Request: {type(error).__name__}")

    async def _get_updates(self, bot: BotState, params: Json) -> Answer:
        fault = self.api.call(bot, "getUpdates", params)
        if fault.status not in (200, 404) or fault.drop:  # 404: no such method there, and no fault set
            return fault
        if bot.url:
            return refused(409, "Conflict: can't use getUpdates method while webhook is active")
        offset, until = int(params.get("offset", 0)), time.monotonic() + float(params.get("timeout", 0))
        while True:
            self._arrived.clear()
            for number in [n for n in bot.updates if n < offset]:
                del bot.updates[number]
            ready = [bot.updates[n] for n in sorted(bot.updates)][:100]
            left_s = until - time.monotonic()
            if ready or left_s <= 0:
                return Answer(body=json.dumps({"ok": True, "result": ready}).encode())
            try:
                await asyncio.wait_for(self._arrived.wait(), left_s)
            except TimeoutError:
                continue

    def _control(self, verb: str, asked: Json) -> Answer:
        result: Any = True
        if verb == "push":
            bot_id = asked.get("bot") or next(iter(self.api.bots), "1000")
            bot = self.api.bots.setdefault(bot_id, BotState(bot_id))
            result = self.push(bot, asked["update"], asked.get("copies", 1))
        elif verb == "fault":
            self.api.faults.append(Fault(**asked))
        elif verb == "clear":
            self.api.faults.clear()
        elif verb == "log":
            result = self.api.log
        elif verb == "state":
            assert self.lanes is not None
            result = {"waiting": self.lanes.waiting, "sent": len(self.api.sent())}
        else:
            return refused(404, "Not Found")
        return Answer(body=json.dumps(result).encode())


class FakeTelegram:
    """The server in a thread; use as a context manager. `api` is its state, `url` its address."""

    def __init__(self, *, retry_unit_s: float = 0.02, port: int = 0, **state: Any) -> None:
        self.api = FakeBotApi(**state)
        self._socket = _bound(port)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.server = Server(self.api, self._socket, retry_unit_s)
        self._thread = threading.Thread(target=lambda: asyncio.run(self.server.serve()), name="fake-telegram")

    def __enter__(self) -> FakeTelegram:
        self._thread.start()
        self.server.started.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.uvicorn.should_exit = True
        self._thread.join(10)
        self._socket.close()

    def fault(self, kind: str, chat: int | str = "*", **fields: Any) -> None:
        """Sets a fault; see `telegram_state.Fault`."""
        self.api.faults.append(Fault(kind, str(chat), **fields))  # type: ignore[arg-type]

    def push(self, update: Json, *, bot: str = "1000", copies: int = 1) -> Json:
        """Sends an update to the bot's webhook (or keeps it for getUpdates); returns it as numbered."""
        assert self.server.loop is not None

        async def taken() -> Json:
            return self.server.push(self.api.bots.setdefault(bot, BotState(bot)), update, copies)

        return asyncio.run_coroutine_threadsafe(taken(), self.server.loop).result(10)

    def webhook(self, url: str, secret: str, bot: str = "1000") -> None:
        """Sets a webhook without a call from the bot."""
        state = self.api.bots.setdefault(bot, BotState(bot))
        state.url, state.secret = url, secret
        assert self.server.loop is not None
        assert self.server.lanes is not None
        self.server.loop.call_soon_threadsafe(self.server.lanes.resume, state)

    def sent(self, chat: int | str | None = None) -> list[Json]:
        """The accepted messages, in order."""
        return self.api.sent(chat)


def _params(scope: Json, body: bytes) -> Json:
    """The parameters of a call, JSON values decoded, from a form, a JSON body or the query."""
    kind = dict(scope["headers"]).get(b"content-type", b"").decode()
    if kind.startswith("application/json"):
        return dict(json.loads(body))
    if kind.startswith("multipart/form-data"):
        return _multipart(kind, body)
    pairs = parse_qsl(scope["query_string"].decode()) + parse_qsl(body.decode(), keep_blank_values=True)
    return {name: _value(name, text) for name, text in pairs}


def _multipart(kind: str, body: bytes) -> Json:
    """The fields of an upload; a file is its bytes, and `<field>.name` what it is called."""
    message = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    found: Json = {}
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str):
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            file = part.get_filename()
            found[name] = content if file else _value(name, content.decode())
            if file:
                found[f"{name}.name"] = file
    return _attached(found)


def _attached(found: Json) -> Json:
    """A file that is sent as a part of its own (attach://name) in its field's place."""
    for name, value in list(found.items()):
        if isinstance(value, str) and value.startswith("attach://"):
            part = value.removeprefix("attach://")
            found[name], found[f"{name}.name"] = found.pop(part), found.pop(f"{part}.name", "")
    return found


def _value(name: str, text: str) -> Any:
    if name in ("text", "caption", "callback_query_id", "file_id", "url", "secret_token"):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _bound(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    sock.listen(256)
    return sock


def main() -> None:
    """The server as a process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--flood-s", type=float, default=0.0)
    parser.add_argument("--retry-unit-s", type=float, default=1.0)
    parser.add_argument("--token", default="", help="only this token is taken")
    parser.add_argument("--webhook", default="")
    parser.add_argument("--secret", default="")
    asked = parser.parse_args()
    known = frozenset({asked.token}) if asked.token else None
    api = FakeBotApi(asked.log, asked.photos, asked.flood_s, known)
    sock = _bound(asked.port)
    server = Server(api, sock, asked.retry_unit_s)
    if asked.webhook:
        bot = api.bot(asked.token)
        if isinstance(bot, Answer):
            parser.error("--webhook needs --token")
        bot.url, bot.secret = asked.webhook, asked.secret
    print("ready", sock.getsockname()[1], flush=True)
    asyncio.run(server.serve())
    sock.close()


if __name__ == "__main__":
    main()
