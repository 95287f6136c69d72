"""Tells Telegram where to deliver: once, by hand, or beside a server that starts, again until it was heard."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from bot.channels import SendFailed
from bot.channels.telegram import Telegram
from bot.errors import NgoziError, SettingError
from bot.settings import Settings
from bot.settings_accounts import TelegramAccount

__all__ = ["register", "register_meanwhile"]

log = logging.getLogger(__name__)

# After one failure, two, ... in a row. A line that comes back after a power cut is found soon; a wrong token harms nobody.
PAUSES_S = (3.0, 10.0, 30.0, 60.0, 300.0)


def register(settings: Settings, heard: Callable[[str], None]) -> None:
    """Every bot once; `heard` is called with each account that Telegram heard. Raises NgoziError that names the others."""
    refused = []
    for account in _accounts(settings):
        try:
            _tell(settings, account)
        except SendFailed as error:
            refused.append(f"account {account.name}: {reason(error)}")
        else:
            heard(account.name)
    if refused:
        raise NgoziError(f"not registered: {'; '.join(refused)}")


def reason(error: SendFailed) -> str:
    """Why Telegram or Twilio did not do it, for whoever operates this."""
    if error.code in ("token", "401"):
        return "the token is refused; expected the one in force"
    return f"not reachable, or not willing ({error.code or error.kind}); expected a line to it, and a clock that is right"


def register_meanwhile(settings: Settings) -> None:
    """Registers in a thread: whoever cannot reach Telegram still serves everybody else. Raises SettingError."""
    accounts = _accounts(settings)
    for account in accounts:
        # One bot's wrong token or silence keeps no other from being heard.
        threading.Thread(
            target=_until_heard, args=(settings, account, threading.Event()), daemon=True, name="register"
        ).start()


def _accounts(settings: Settings) -> tuple[TelegramAccount, ...]:
    if not settings.public_url.startswith("https://"):
        raise SettingError("NGOZI_PUBLIC_URL", settings.public_url, "an https address, to register a webhook")
    return tuple(settings.telegram)


def _until_heard(settings: Settings, account: TelegramAccount, stopping: threading.Event) -> None:
    failures = 0
    while not stopping.is_set():
        try:
            _tell(settings, account)
        except SendFailed as error:
            log.warning("webhook_not_registered", extra={"account": account.name, "code": error.code})
        except Exception:  # the outermost loop of the thread
            log.exception("webhook_not_registered", extra={"account": account.name})
            return
        else:
            log.info("webhook_registered", extra={"account": account.name})
            return
        stopping.wait(PAUSES_S[min(failures, len(PAUSES_S) - 1)])
        failures += 1


def _tell(settings: Settings, account: TelegramAccount) -> None:
    bot = Telegram(account.name, account.token, account.secret, account.api)
    try:
        bot.register_webhook(f"{settings.public_url}/webhooks/telegram/{account.name}")
    finally:
        bot.close()
