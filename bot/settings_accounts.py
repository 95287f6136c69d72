"""The accounts that the environment names: Telegram bots, and WhatsApp numbers at Twilio.

The first account's settings are `NGOZI_TELEGRAM_TOKEN` and its like; every other account appends __<ACCOUNT> to their names.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.errors import SettingError

__all__ = ["TelegramAccount", "WhatsAppAccount", "telegram", "whatsapp"]


@dataclass(frozen=True, slots=True)
class TelegramAccount:
    """One bot."""

    name: str
    token: str = field(repr=False)
    secret: str = field(repr=False)
    api: str


@dataclass(frozen=True, slots=True)
class WhatsAppAccount:
    """One WhatsApp number at Twilio."""

    name: str
    account_sid: str = field(repr=False)
    auth_token: str = field(repr=False)
    sender: str = field(repr=False)
    api: str
    media_hosts: tuple[str, ...]
    templates: Mapping[str, str]


def telegram(env: Mapping[str, str], api: str, keys: Mapping[int, bytes]) -> tuple[TelegramAccount, ...]:
    """The bots, by name. api: base address of the Bot API. keys: numbered master keys. Raises SettingError."""
    accounts = []
    for name, token in sorted(_accounts(env, "NGOZI_TELEGRAM_TOKEN").items()):
        if not re.fullmatch(r"\d+:[A-Za-z0-9_-]{10,}", token):
            raise SettingError("NGOZI_TELEGRAM_TOKEN", "(hidden)", "a bot token such as 123456:ABC-DEF...")
        # A secret derived from the oldest key stays the same while keys rotate.
        derived = hmac.new(keys[min(keys)], f"telegram {name}".encode(), hashlib.sha256).hexdigest()
        secret = _of(env, "NGOZI_TELEGRAM_SECRET", name) or derived
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise SettingError("NGOZI_TELEGRAM_SECRET", "(hidden)", "1 to 256 of A-Z a-z 0-9 _ -")
        accounts.append(TelegramAccount(name, token, secret, api.rstrip("/")))
    return tuple(accounts)


def whatsapp(env: Mapping[str, str], api: str, media_hosts: str) -> tuple[WhatsAppAccount, ...]:
    """The numbers, by name. api: base address of Twilio's. media_hosts: with commas between. Raises SettingError."""
    hosts = tuple(h.strip().lower() for h in media_hosts.split(",") if h.strip())
    accounts = []
    for name, sender in sorted(_accounts(env, "NGOZI_WHATSAPP_FROM").items()):
        sid = _of(env, "NGOZI_TWILIO_ACCOUNT_SID", name) or _of(env, "NGOZI_TWILIO_ACCOUNT_SID", "main")
        token = _of(env, "NGOZI_TWILIO_AUTH_TOKEN", name) or _of(env, "NGOZI_TWILIO_AUTH_TOKEN", "main")
        for setting, value in (
            ("NGOZI_TWILIO_ACCOUNT_SID", sid),
            ("NGOZI_TWILIO_AUTH_TOKEN", token),
            ("NGOZI_PUBLIC_URL", env.get("NGOZI_PUBLIC_URL")),
        ):
            if not value:
                raise SettingError(setting, "", f"a value, because WhatsApp account '{name}' is set")
        if not sender.startswith("whatsapp:"):
            raise SettingError("NGOZI_WHATSAPP_FROM", "(hidden)", "an address that begins with whatsapp:")
        templates = _templates(_of(env, "NGOZI_WHATSAPP_TEMPLATES", name))
        accounts.append(WhatsAppAccount(name, sid, token, sender, api.rstrip("/"), hosts, templates))
    return tuple(accounts)


def _accounts(env: Mapping[str, str], stem: str) -> dict[str, str]:
    """{'main': value, 'clinic_b': value, ...} for a per-account setting; an account name is lower case."""
    found = {"main": env[stem]} if env.get(stem) else {}
    for name, value in env.items():
        if name.startswith(stem + "__") and value:
            account = name.removeprefix(stem + "__").lower()
            if not re.fullmatch(r"[a-z0-9_]{1,32}", account):
                raise SettingError(name, account, "an account name of letters, digits and _")
            found[account] = value
    return found


def _of(env: Mapping[str, str], stem: str, account: str) -> str:
    """An account's own value of a setting; '' for none."""
    return env.get(stem if account == "main" else f"{stem}__{account.upper()}") or ""


def _templates(text: str) -> dict[str, str]:
    pairs = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        language, equals, sid = part.partition("=")
        if not equals or not sid.startswith("HX"):
            raise SettingError("NGOZI_WHATSAPP_TEMPLATES", part, "language=HX... pairs")
        pairs[language.strip()] = sid.strip()
    return pairs
