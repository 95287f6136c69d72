"""What went wrong, in the words of the contract: pure functions from an exception to a failure.

The question that matters for a send is whether the request may have reached Telegram, because Telegram can not be
asked afterwards. It can not where no connection was ever made (or none was free): these are safe to repeat. Once a
request was begun, a broken or silent connection proves nothing: 'unknown'.

httpx.RequestError
 ├─ TimeoutException  ConnectTimeout PoolTimeout: never left.  WriteTimeout ReadTimeout: unknown
 ├─ NetworkError      ConnectError (refused, DNS, TLS): never left.  WriteError ReadError CloseError: unknown
 ├─ ProxyError        the proxy made no tunnel: never left
 ├─ UnsupportedProtocol, ProtocolError/LocalProtocolError: never left.  RemoteProtocolError (hung up): unknown
 └─ DecodingError, TooManyRedirects: an answer came that is not Telegram's: unknown
"""

from __future__ import annotations

import httpx
from telegram import error as bot_error

from bot.channels import TOO_SLOW, MediaFailed, SendFailed
from bot.channels.telegram.wire import ApiFault, Closed

__all__ = ["FAILURES", "media_failed", "never_left", "send_failed"]

# Everything that a call through `Wire.run` may raise. The last four come from an accepted call whose answer
# python-telegram-bot could not read.
FAILURES = (
    bot_error.TelegramError,
    httpx.HTTPError,
    httpx.InvalidURL,
    Closed,
    OSError,  # also TimeoutError
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
)

_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
    Closed,
)

# Telegram's own words for a refusal -> a short code for logs; anything else may quote a person and is left out.
_REFUSALS = {
    "chat not found": "chat_not_found",
    "user not found": "user_not_found",
    "peer_id_invalid": "peer_id_invalid",
    "message text is empty": "text_empty",
    "message is too long": "text_too_long",
    "button_data_invalid": "button_data_invalid",
    "not enough rights": "no_rights",
    "write_forbidden": "no_rights",
    "blocked by the user": "blocked",
    "user is deactivated": "deactivated",
    "can't initiate conversation": "not_started",
    "was kicked": "kicked",
    "not a member": "not_a_member",
    "message to delete not found": "not_found",
    "message can't be deleted": "too_old",
    "file is too big": "too_big",
    "temporarily unavailable": "unavailable",
    "invalid file_id": "file_id",
    "query is too old": "query_too_old",
}


def send_failed(error: BaseException) -> SendFailed:
    """The failure that a call's exception stands for."""
    match error:
        case ApiFault(status=429):
            # Telegram does not say whether the chat or the bot is too fast; the chat is by far the tighter limit.
            return SendFailed("slow", code="429", retry_after_s=error.retry_after_s)
        case ApiFault():
            # 5xx, or a refusal by something that is not the Bot API. A 504 may hide an accepted message; an outage
            # that eats no tries is worth more than the rare double.
            return SendFailed("outage", code=str(error.status), retry_after_s=error.retry_after_s)
        case bot_error.ChatMigrated():
            return SendFailed("moved", code="400", moved_to=str(error.new_chat_id))
        case bot_error.Forbidden():
            return SendFailed("stopped", code=_code("403", error))
        case bot_error.InvalidToken():  # 401 and 404
            return SendFailed("outage", code="token")
        case bot_error.BadRequest():
            return SendFailed("never", code=_code("400", error))
        case bot_error.Conflict():
            return SendFailed("later", code="409")
    cause = _cause(error)
    return SendFailed("outage" if never_left(cause) else "unknown", code=type(cause).__name__)


def media_failed(error: BaseException) -> MediaFailed:
    """The failure to fetch or delete a file. Whatever may be different a minute later is retryable."""
    match error:
        case ApiFault():
            return MediaFailed(f"http_{error.status}", retryable=True)
        case bot_error.InvalidToken():
            return MediaFailed("token", retryable=True)
        case bot_error.Forbidden() | bot_error.BadRequest():
            code = _code("refused", error).rpartition(" ")[2]
            # One sentence for a wrong file id and for a file that comes back later.
            return MediaFailed(code, retryable=code == "unavailable")
        case TimeoutError():
            return MediaFailed(TOO_SLOW, retryable=True)
    return MediaFailed(type(_cause(error)).__name__, retryable=True)


def never_left(error: BaseException) -> bool:
    """Whether the request can not have reached Telegram."""
    return isinstance(error, _NEVER_LEFT)


def _cause(error: BaseException) -> BaseException:
    """The transport's own exception, which python-telegram-bot wraps in TimedOut or NetworkError."""
    if isinstance(error, bot_error.NetworkError) and error.__cause__ is not None:
        return error.__cause__
    return error


def _code(status: str, error: bot_error.TelegramError) -> str:
    said = error.message.lower()
    return next((f"{status} {short}" for words, short in _REFUSALS.items() if words in said), status)
