"""Telegram: webhook and polled updates in, Bot API calls out.

read      a body -> RawUpdate: all that the inbox must know, never an error
parse     the kept payload -> Inbound
keyboard  choices -> inline keyboard
wire      python-telegram-bot on its own loop thread
failures  exceptions -> SendFailed, MediaFailed
The facts behind the numbers: shared facts, messaging.md section 2.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx
import telegram
from telegram import error as bot_error

from bot.channels import (
    FETCH_LIMIT_S,
    Forged,
    HttpRequest,
    MediaFailed,
    RawUpdate,
    Received,
    SendFailed,
    Sent,
    Webhook,
)
from bot.channels.telegram.failures import FAILURES, media_failed, send_failed
from bot.channels.telegram.keyboard import keyboard
from bot.channels.telegram.parse import parse
from bot.channels.telegram.read import ALLOWED_UPDATES, from_body, from_object
from bot.channels.telegram.wire import ApiFault, Connections, Wire, decoded
from bot.messages import Attachment, Inbound, Medium, Outgoing

__all__ = ["DEFAULT_API_URL", "MAX_FILE_BYTES", "Telegram"]

log = logging.getLogger(__name__)

T = TypeVar("T")

DEFAULT_API_URL = "https://api.telegram.org"
MAX_FILE_BYTES = 20 * 1024 * 1024  # getFile gives no more
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,200}")
_SIGN_S = 5.0  # a spinner or a "typing" sign is not worth longer
_POLL_SLACK_S = 10.0


class Telegram:
    """One bot. Implements `bot.channels.Channel`; safe to call from several threads; `close` when done.

    secret: what Telegram repeats in a header of every webhook call; '' (polling only) lets no call in.
    timeout_s: how long Telegram may be silent before a send counts as unknown.
    Raises ValueError for a token or secret that Telegram would not take (without quoting it).
    """

    def __init__(
        self,
        account: str,
        token: str,
        secret: str,
        api_url: str = DEFAULT_API_URL,
        *,
        timeout_s: float = 15.0,
    ) -> None:
        if not _TOKEN.fullmatch(token):
            raise ValueError(
                f"token of Telegram account {account!r} is malformed; expected <digits>:<letters>"
            )
        if secret and not _SECRET.fullmatch(secret):
            raise ValueError(
                f"secret of Telegram account {account!r} is malformed; expected 1-256 of A-Z a-z 0-9 _ -"
            )
        self.account = account
        self._token = token
        self._secret = secret.encode()
        self._api_url = api_url.rstrip("/")
        self._timeout_s = timeout_s
        # Room for a connection, a pool slot and a slow write before the silence begins.
        self._limit_s = timeout_s + 15.0
        self._wire = Wire(token, self._api_url, timeout_s)

    def __repr__(self) -> str:
        return f"Telegram({self.account!r})"

    # The contract: bot.channels.Channel

    def receive(self, request: HttpRequest) -> Received:
        """The one update of a webhook call, or none where it concerns no chat. Raises Forged."""
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not self._secret or not hmac.compare_digest(
            given.encode("utf-8", "backslashreplace"), self._secret
        ):
            raise Forged("secret token is missing or wrong")
        update = from_body(request.body)
        return Received(updates=() if update is None else (update,))

    def parse(self, payload: str) -> Inbound:
        """The update in our words. Raises ValueError where it makes no sense."""
        return parse(payload)

    def fetch(self, attachment: Attachment) -> bytes:
        """The file's bytes, at most 20 MiB; its address is asked for anew each time, as it lives an hour only."""
        if attachment.size_bytes is not None and attachment.size_bytes > MAX_FILE_BYTES:
            raise MediaFailed("too_big", retryable=False)

        async def ask(wire: Connections) -> bytes:
            file = await wire.bot.get_file(attachment.ref)
            if (file.file_size or 0) > MAX_FILE_BYTES:
                raise MediaFailed("too_big", retryable=False)
            return await _download(wire.http, file.file_path or "")

        try:
            return self._wire.run(ask, limit_s=FETCH_LIMIT_S)
        except FAILURES as error:
            raise media_failed(error) from None

    def send(self, outgoing: Outgoing) -> Sent:
        """The accepted message's id. Telegram has no look-up: an uncertain message is sent again. Raises SendFailed."""
        chat_id = _chat_id(outgoing.address)
        try:
            markup = keyboard(outgoing.choices)
        except ValueError:
            raise SendFailed("never", code="choice_code") from None

        async def ask(wire: Connections) -> int:
            if outgoing.medium is not None:
                return await _send_medium(wire.bot, chat_id, outgoing.medium, outgoing.text, markup)
            message = await wire.bot.send_message(
                chat_id,
                outgoing.text,
                reply_markup=markup,
                link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
            )
            return message.message_id

        return Sent(provider_id=str(self._call(ask)))

    def typing(self, address: str, reply_context: str) -> None:
        """Shows "typing" for 5 s and, for the context of a pressed button, ends its spinner."""
        try:
            chat_id = _chat_id(address)
        except SendFailed:
            return
        query_id = reply_context.removeprefix("cb:") if reply_context.startswith("cb:") else ""

        async def ask(wire: Connections) -> None:
            signs = [wire.bot.send_chat_action(chat_id, telegram.constants.ChatAction.TYPING)]
            if query_id:
                signs.append(wire.bot.answer_callback_query(query_id))
            for outcome in await asyncio.gather(*signs, return_exceptions=True):
                if isinstance(outcome, FAILURES):
                    log.debug("telegram.sign_failed", extra={"account": self.account, "code": _kind(outcome)})

        try:
            self._wire.run(ask, limit_s=_SIGN_S)
        except FAILURES as error:
            log.debug("telegram.sign_failed", extra={"account": self.account, "code": _kind(error)})

    def forget(self, attachment: Attachment) -> None:
        """Deletes the person's message from the chat, for them as well.

        The Bot API allows it for 48 hours and in private chats; files as such can not be deleted. Raises
        MediaFailed('too_old') after that; a message that is already gone is no failure.
        """
        chat_id, _, message_id = attachment.message_ref.partition(":")
        if not (_is_integer(chat_id) and _is_integer(message_id)):
            raise MediaFailed("no_message_ref", retryable=False)

        async def ask(wire: Connections) -> bool:
            return await wire.bot.delete_message(int(chat_id), int(message_id))

        try:
            self._wire.run(ask, limit_s=self._limit_s)
        except FAILURES as error:
            failed = media_failed(error)
            if failed.reason != "not_found":
                raise failed from None

    # Setting up

    def probe(self) -> str:
        """The bot's user name, from getMe. Raises SendFailed; code 'token' where Telegram does not know the token."""

        async def ask(wire: Connections) -> str:
            return (await wire.bot.get_me()).username or ""

        return self._call(ask)

    def register_webhook(self, url: str) -> None:
        """Tells Telegram where to deliver; updates that wait are delivered, not dropped. Raises SendFailed, ValueError."""
        if not self._secret:
            raise ValueError(f"Telegram account {self.account!r} has no secret; a webhook needs one")

        async def ask(wire: Connections) -> bool:
            return await wire.bot.set_webhook(
                url,
                allowed_updates=ALLOWED_UPDATES,
                secret_token=self._secret.decode(),
                drop_pending_updates=False,
            )

        self._call(ask)

    def webhook(self) -> Webhook:
        """Where Telegram delivers now. Raises SendFailed."""

        async def ask(wire: Connections) -> telegram.WebhookInfo:
            return await wire.bot.get_webhook_info()

        info = self._call(ask)
        last = info.last_error_date
        return Webhook(info.url or "", info.pending_update_count or 0, last.timestamp() if last else None)

    def delete_webhook(self) -> None:
        """Ends the deliveries (polling needs that); updates that wait are kept. Raises SendFailed."""

        async def ask(wire: Connections) -> bool:
            return await wire.bot.delete_webhook(drop_pending_updates=False)

        self._call(ask)

    def poll(self, offset: int | None, wait_s: int) -> list[tuple[int, RawUpdate | None]]:
        """Updates from `offset` on with their numbers, after at most wait_s; see bot.channels.telegram_poll.

        Raw, because the library parses all of them before it returns any: one that it can not read would be fetched
        for ever.
        """
        question: dict[str, object] = {"timeout": wait_s, "allowed_updates": ALLOWED_UPDATES}
        if offset is not None:
            question["offset"] = offset

        async def ask(wire: Connections) -> list[object]:
            answer = await wire.http.post(
                f"{self._api_url}/bot{self._token}/getUpdates", json=question, timeout=wait_s + _POLL_SLACK_S
            )
            content = decoded(answer.content)
            if answer.status_code != 200 or content is None:
                raise _refusal(answer.status_code)
            result = content.get("result")
            return result if isinstance(result, list) else []

        updates = self._call(ask, limit_s=wait_s + 2 * _POLL_SLACK_S)
        return [
            (update["update_id"], from_object(update, json.dumps(update)))
            for update in updates
            if isinstance(update, dict) and isinstance(update.get("update_id"), int)
        ]

    def close(self) -> None:
        """Ends the loop thread and its connections."""
        self._wire.close()

    def _call(self, ask: Callable[[Connections], Awaitable[T]], limit_s: float | None = None) -> T:
        try:
            return self._wire.run(ask, limit_s or self._limit_s)
        except FAILURES as error:
            # Not chained: the library's exceptions quote addresses with the token in them.
            raise send_failed(error) from None


async def _send_medium(
    bot: telegram.Bot,
    chat_id: int,
    medium: Medium,
    caption: str,
    markup: telegram.InlineKeyboardMarkup | None,
) -> int:
    """What came from a person, so that nobody can forward or save it by a tap, or our voice note; the accepted message's id."""
    if medium.kind == "photo":
        message = await bot.send_photo(
            chat_id, medium.data, caption=caption or None, reply_markup=markup, protect_content=True
        )
    else:
        message = await bot.send_voice(
            chat_id,
            medium.data,
            caption=caption or None,
            reply_markup=markup,
            protect_content=medium.kind == "recording",
            # AAC is taken for a voice note by the name of its file only.
            filename="voice.m4a" if medium.mime == "audio/mp4" else None,
        )
    return message.message_id


async def _download(http: httpx.AsyncClient, url: str) -> bytes:
    content = bytearray()
    async with http.stream("GET", url) as answer:
        if answer.status_code != 200:
            raise ApiFault(answer.status_code)
        async for chunk in answer.aiter_bytes():
            content += chunk
            if len(content) > MAX_FILE_BYTES:
                raise MediaFailed("too_big", retryable=False)
    return bytes(content)


def _refusal(status: int) -> bot_error.TelegramError:
    if status in {401, 404}:
        return bot_error.InvalidToken()
    return bot_error.Conflict("409") if status == 409 else ApiFault(status)


def _kind(error: BaseException) -> str:
    return send_failed(error).code


def _is_integer(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]{1,19}", text) is not None


def _chat_id(address: str) -> int:
    if not _is_integer(address):
        raise SendFailed("never", code="address")
    return int(address)
