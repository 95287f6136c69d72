"""The adapters of all configured accounts."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Engine

from bot.channels import Account, Channel
from bot.channels.telegram import Telegram
from bot.channels.webchat import WebChat
from bot.channels.webchat_store import SqlWebChatStore
from bot.channels.whatsapp import WhatsApp
from bot.media.vault import Vault
from bot.settings import Settings

__all__ = ["WEBCHAT", "build"]

WEBCHAT = Account("webchat", "main")


def build(settings: Settings, engine: Engine, vault: Vault) -> Mapping[Account, Channel]:
    """One adapter an account; the web chat is always there. Opens nothing."""
    channels: dict[Account, Channel] = {WEBCHAT: WebChat(SqlWebChatStore(engine), vault)}
    for bot in settings.telegram:
        channels[Account("telegram", bot.name)] = Telegram(bot.name, bot.token, bot.secret, bot.api)
    for number in settings.whatsapp:
        channels[Account("whatsapp", number.name)] = WhatsApp(
            number.name,
            number.account_sid,
            number.auth_token,
            number.sender,
            settings.public_url,
            api_url=number.api if number.api != "https://api.twilio.com" else "",
            media_hosts=number.media_hosts,
            templates=number.templates,
        )
    return channels
