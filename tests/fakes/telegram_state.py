"""What the fake Bot API knows and answers: methods, refusals and faults as the real server words them. No sockets."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import os
import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

__all__ = ["Answer", "BotState", "FakeBotApi", "Fault"]

Json = dict[str, Any]
Kind = Literal[
    "flood", "blocked", "deactivated", "migrate", "status", "refuse", "slow", "drop", "lose", "garbage"
]


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `times` calls of `method` for `chat` ('*': any; times -1: until cleared).

    flood        429 with retry_after
    blocked, deactivated   403
    migrate      400 with migrate_to_chat_id
    refuse       400 with `description`
    status       a bare HTTP status, as a gateway gives it (HTML, not JSON)
    slow         done, but answered after delay_s
    drop         done (and logged as accepted), then hung up without an answer
    lose         hung up before anything was done
    garbage      done, answered 200 with something that is not JSON
    """

    kind: Kind
    chat: str = "*"
    method: str = "sendMessage"
    times: int = 1
    status: int = 502
    retry_after: int = 1
    delay_s: float = 0.0
    migrate_to: int = 0
    description: str = "Bad Request: chat not found"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer. drop: hang up instead. hold_s: wait before answering."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    drop: bool = False
    hold_s: float = 0.0


@dataclass(slots=True)
class BotState:
    """One bot: where its updates go and which of them wait. message ids: one sequence for both directions."""

    bot_id: str
    url: str = ""
    secret: str = ""
    allowed: tuple[str, ...] = ()
    updates: dict[int, Json] = field(default_factory=dict)
    pushed_at: dict[int, float] = field(default_factory=dict)
    next_update: int = 700_000_001
    messages: dict[tuple[str, int], float] = field(default_factory=dict)  # (chat, message_id) -> epoch s
    message_ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))


class FakeBotApi:
    """All bots of one fake server.

    log_path: every accepted call and every delivery is appended there as a JSON line, fsynced before the answer goes
    out. photos: folder that files are served from (drawn otherwise). flood_interval_s: two messages to one chat
    closer than that are answered 429. known: tokens that are taken; None takes all that look like tokens.
    """

    def __init__(
        self,
        log_path: Path | None = None,
        photos: Path | None = None,
        flood_interval_s: float = 0.0,
        known: frozenset[str] | None = None,
    ) -> None:
        self.log: list[Json] = []
        self.calls: list[Json] = []  # every call, also those refused
        self.bots: dict[str, BotState] = {}
        self.faults: list[Fault] = []
        self.files: dict[str, bytes] = {}
        self.uploads: list[bytes] = []  # what was sent to be seen or heard, in order
        self.known = known
        self._file = log_path.open("ab") if log_path else None
        self._photos = sorted(p for p in photos.iterdir() if p.is_file()) if photos else []
        self._flood_interval_s = flood_interval_s
        self._last_sent: dict[tuple[str, str], float] = {}
        self._paths: dict[str, str] = {}  # file_path -> file_id; forgotten by expire_links()
        self._lock = threading.Lock()
        self.on_webhook: Callable[[BotState], None] = lambda bot: None
        self.after_get_file: Callable[[], None] = lambda: None
        self.file_path_of: Callable[[str], str] | None = None  # instead of a path of ours

    # What tests and harness ask

    def sent(self, chat: int | str | None = None) -> list[Json]:
        """The accepted messages (texts, photographs, voice notes), in order; `text` is the words or the caption."""
        return [
            r
            for r in self.log
            if r["event"] in ("sendMessage", "sendPhoto", "sendVoice")
            and chat in (None, r["chat"], _number(r["chat"]))
        ]

    def expire_links(self) -> None:
        """File addresses given so far stop working, as they do after an hour."""
        self._paths.clear()

    def age(self, chat: int, message_id: int, hours: float) -> None:
        """Makes a message older than it is."""
        for bot in self.bots.values():
            bot.messages[(str(chat), message_id)] = time.time() - hours * 3600

    def record(self, event: str, **fields: Any) -> None:
        """Appends one line to the log, on disk before this returns."""
        entry = {"event": event, "at": time.time(), **fields}
        with self._lock:
            self.log.append(entry)
            if self._file:
                self._file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
                self._file.flush()
                os.fsync(self._file.fileno())

    def reset(self) -> None:
        """Forgets everything but the log file."""
        for kept in (
            self.log,
            self.calls,
            self.bots,
            self.faults,
            self.files,
            self.uploads,
            self._last_sent,
            self._paths,
        ):
            kept.clear()  # type: ignore[attr-defined]
        self.after_get_file = lambda: None
        self.file_path_of = None

    def close(self) -> None:
        """Closes the log file."""
        if self._file:
            self._file.close()
            self._file = None

    # What the server asks

    def bot(self, token: str) -> BotState | Answer:
        """The bot of a token, or the refusal."""
        if not re.fullmatch(r"\d+:[\w-]+", token):
            return refused(404, "Not Found")
        if self.known is not None and token not in self.known:
            return refused(401, "Unauthorized")
        return self.bots.setdefault(token.partition(":")[0], BotState(token.partition(":")[0]))

    def call(self, bot: BotState, method: str, params: Json) -> Answer:
        """The answer to one method call (getUpdates waits in the server and is not known here)."""
        chat = str(params.get("chat_id", params.get("file_id", "")))
        fault = self._fault(method, chat)
        self.calls.append(
            {"method": method, "chat": chat, "fault": fault.kind if fault else "", "params": params}
        )
        before = _before(fault)
        if before:
            return before
        known = getattr(self, f"_do_{method}", None)
        if known is None:
            return refused(404, "Not Found")
        answer: Answer = known(bot, params, fault.kind if fault else "")
        return _after(fault, answer)

    def file(self, path: str) -> Answer:
        """The content behind a file_path that getFile gave."""
        file_id = self._paths.get(path)
        fault = self._fault("file", file_id or "")
        before = _before(fault)
        if before:
            return before
        if file_id is None:
            return refused(404, "Not Found")
        self.record("file", file_id=file_id)
        return _after(fault, Answer(body=self.content(file_id), content_type="application/octet-stream"))

    def content(self, file_id: str) -> bytes:
        """The bytes of a file: set by a test, or one of the folder, or drawn; always the same for one id."""
        if file_id not in self.files:
            number = int.from_bytes(hashlib.sha256(file_id.encode()).digest()[:4], "big")
            self.files[file_id] = (
                self._photos[number % len(self._photos)].read_bytes() if self._photos else _drawn(number)
            )
        return self.files[file_id]

    def _fault(self, method: str, chat: str) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                if fault.method in (method, "*") and fault.chat in (chat, "*") and fault.times != 0:
                    fault.times -= fault.times > 0
                    return fault
        return None

    # The methods of the Bot API that Ngozi uses

    def _do_getMe(self, bot: BotState, params: Json, fault: str) -> Answer:
        return _result(_user(bot))

    def _do_setWebhook(self, bot: BotState, params: Json, fault: str) -> Answer:
        bot.url, bot.secret = params.get("url", ""), params.get("secret_token", "")
        bot.allowed = tuple(params.get("allowed_updates", ()))
        if params.get("drop_pending_updates"):
            bot.updates.clear()
        self.record("setWebhook", bot=bot.bot_id, url=bot.url, allowed=bot.allowed)
        self.on_webhook(bot)
        return _result(True)

    def _do_deleteWebhook(self, bot: BotState, params: Json, fault: str) -> Answer:
        bot.url = bot.secret = ""
        self.record("deleteWebhook", bot=bot.bot_id)
        return _result(True)

    def _do_getWebhookInfo(self, bot: BotState, params: Json, fault: str) -> Answer:
        waiting = len(bot.updates)
        return _result({"url": bot.url, "has_custom_certificate": False, "pending_update_count": waiting})

    def _do_sendMessage(self, bot: BotState, params: Json, fault: str) -> Answer:
        chat, text = str(params.get("chat_id", "")), str(params.get("text", ""))
        if not re.fullmatch(r"-?\d+", chat):
            return refused(400, "Bad Request: chat not found")
        if not text.strip():
            return refused(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            return refused(400, "Bad Request: message is too long")
        return self._accept(
            bot,
            "sendMessage",
            chat,
            params,
            fault,
            {"text": text, "preview": not params.get("link_preview_options", {}).get("is_disabled", False)},
            {"text": text},
        )

    def _do_sendPhoto(self, bot: BotState, params: Json, fault: str) -> Answer:
        data = params.get("photo")
        if not isinstance(data, bytes) or not data.startswith(b"\xff\xd8\xff"):
            return refused(400, "Bad Request: IMAGE_PROCESS_FAILED")
        if len(data) > 10 << 20:
            return refused(400, "Bad Request: file is too big")
        size = {"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}
        return self._send_file(bot, "sendPhoto", data, params, fault, {"photo": [size]})

    def _do_sendVoice(self, bot: BotState, params: Json, fault: str) -> Answer:
        data = params.get("voice")
        # "An .OGG file encoded with OPUS, or in .MP3 format, or in .M4A format" (core.telegram.org/bots/api#sendvoice).
        opus = isinstance(data, bytes) and data.startswith(b"OggS") and b"OpusHead" in data[:100]
        aac = isinstance(data, bytes) and data[4:8] == b"ftyp" and str(params["voice.name"]).endswith(".m4a")
        if not isinstance(data, bytes) or not (opus or aac):
            return refused(400, "Bad Request: VOICE_MESSAGES_FORBIDDEN")
        if len(data) > 1 << 20:
            return refused(400, "Bad Request: file is too big")
        voice = {"file_id": "v", "file_unique_id": "v", "duration": 1}
        return self._send_file(bot, "sendVoice", data, params, fault, {"voice": voice})

    def _send_file(
        self, bot: BotState, method: str, data: bytes, params: Json, fault: str, shown: Json
    ) -> Answer:
        chat, caption = str(params.get("chat_id", "")), str(params.get("caption", ""))
        if not re.fullmatch(r"-?\d+", chat):
            return refused(400, "Bad Request: chat not found")
        if len(caption.encode("utf-16-le")) // 2 > 1024:
            return refused(400, "Bad Request: message caption is too long")
        self.uploads.append(data)
        kept = {
            "text": caption,
            "caption": caption,
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "protected": bool(params.get("protect_content")),
        }
        return self._accept(bot, method, chat, params, fault, kept, {"caption": caption, **shown})

    def _accept(
        self, bot: BotState, method: str, chat: str, params: Json, fault: str, kept: Json, shown: Json
    ) -> Answer:
        """Takes a message of any kind: `kept` goes into the log, `shown` into the answer."""
        buttons = [b for row in params.get("reply_markup", {}).get("inline_keyboard", ()) for b in row]
        if any(not 1 <= len(b["callback_data"].encode()) <= 64 for b in buttons):
            return refused(400, "Bad Request: BUTTON_DATA_INVALID")
        now = time.monotonic()
        last = self._last_sent.get((bot.bot_id, chat))
        if self._flood_interval_s and last is not None and now - last < self._flood_interval_s:
            self.record("flood", bot=bot.bot_id, chat=chat)
            return refused(429, "Too Many Requests: retry after 1", retry_after=1)
        self._last_sent[(bot.bot_id, chat)] = now
        number = next(bot.message_ids)
        bot.messages[(chat, number)] = time.time()
        self.record(
            method,
            bot=bot.bot_id,
            chat=chat,
            message_id=number,
            buttons=[[b["text"], b["callback_data"]] for b in buttons],
            fault=fault,
            **kept,
        )
        room = {"id": int(chat), "type": "private" if int(chat) > 0 else "group"}
        return _result(
            {"message_id": number, "from": _user(bot), "chat": room, "date": int(time.time()), **shown}
        )

    def _do_sendChatAction(self, bot: BotState, params: Json, fault: str) -> Answer:
        self.record("sendChatAction", bot=bot.bot_id, chat=str(params["chat_id"]), action=params["action"])
        return _result(True)

    def _do_answerCallbackQuery(self, bot: BotState, params: Json, fault: str) -> Answer:
        self.record("answerCallbackQuery", bot=bot.bot_id, query=params["callback_query_id"])
        return _result(True)

    def _do_deleteMessage(self, bot: BotState, params: Json, fault: str) -> Answer:
        key = (str(params["chat_id"]), int(params["message_id"]))
        if key not in bot.messages:
            return refused(400, "Bad Request: message to delete not found")
        if time.time() - bot.messages[key] > 48 * 3600:
            return refused(400, "Bad Request: message can't be deleted for everyone")
        del bot.messages[key]
        self.record("deleteMessage", bot=bot.bot_id, chat=key[0], message_id=key[1])
        return _result(True)

    def _do_getFile(self, bot: BotState, params: Json, fault: str) -> Answer:
        file_id = str(params["file_id"])
        if file_id.startswith("gone"):
            return refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        size = len(self.content(file_id))
        if size > 20 << 20:
            return refused(400, "Bad Request: file is too big")
        path = f"photos/file_{len(self._paths)}_{random.randrange(10**6)}.jpg"
        if self.file_path_of:
            path = self.file_path_of(file_id)
        self._paths[path] = file_id
        self.after_get_file()
        unique = hashlib.sha256(file_id.encode()).hexdigest()[:16]
        return _result({"file_id": file_id, "file_unique_id": unique, "file_size": size, "file_path": path})


def refused(status: int, description: str, **parameters: int) -> Answer:
    """A refusal as the Bot API writes it."""
    body: Json = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    return Answer(status, json.dumps(body).encode())


def _before(fault: Fault | None) -> Answer | None:
    """The answer of a fault that keeps the call from being done."""
    match fault.kind if fault else "":
        case "flood":
            assert fault
            seconds = fault.retry_after
            return refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        case "blocked":
            return refused(403, "Forbidden: bot was blocked by the user")
        case "deactivated":
            return refused(403, "Forbidden: user is deactivated")
        case "migrate":
            assert fault
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            return refused(400, words, migrate_to_chat_id=fault.migrate_to)
        case "refuse":
            assert fault
            return refused(400, fault.description)
        case "status":
            assert fault
            return Answer(fault.status, b"<html><h1>gateway</h1></html>", "text/html")
        case "lose":
            return Answer(drop=True)
    return None


def _after(fault: Fault | None, answer: Answer) -> Answer:
    """The answer of a call that was done, changed by a fault."""
    if fault is None or answer.status != 200:
        return answer
    match fault.kind:
        case "slow":
            return Answer(answer.status, answer.body, answer.content_type, hold_s=fault.delay_s)
        case "drop":
            return Answer(drop=True)
        case "garbage":
            return Answer(200, b"<html>welcome to the hotel network</html>", "text/html")
    return answer


def _result(result: Any) -> Answer:
    return Answer(body=json.dumps({"ok": True, "result": result}).encode())


def _user(bot: BotState) -> Json:
    name = f"fake_{bot.bot_id}_bot"
    return {"id": int(bot.bot_id), "is_bot": True, "first_name": "Fake", "username": name}


def _number(text: str) -> int | str:
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def _drawn(number: int) -> bytes:
    """A JPEG of a drawn spot on skin, marked as drawn."""
    from bot.media.drawn import LESIONS, draw

    file = io.BytesIO()
    draw(1 + number % 6, LESIONS[number // 6 % len(LESIONS)], 640, number).save(file, "JPEG", quality=88)
    return file.getvalue()
