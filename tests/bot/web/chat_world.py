"""A web chat to try: the real routes, store and vault over a fresh SQLite file; the inbox is a list."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import Engine
from starlette.applications import Starlette

from bot.channels import RawUpdate
from bot.channels.webchat import WebChat
from bot.channels.webchat_store import SqlWebChatStore
from bot.database import connect
from bot.media.vault import Vault
from bot.messages import Outgoing
from bot.tables import Base
from bot.web.chat import ChatDoor
from bot.web.media import MediaDoor


class ChatWorld:
    """Everything behind the page. `accepted`: what the inbox committed, in order. `on_accept` answers it."""

    def __init__(
        self,
        folder: Path,
        *,
        public_url: str = "",
        wait_s: float = 25.0,
        now: Callable[[], float] | None = None,
    ) -> None:
        self.engine: Engine = connect(f"sqlite:///{folder / 'chat.sqlite3'}")
        Base.metadata.create_all(self.engine)
        self.store = SqlWebChatStore(self.engine)
        self.vault_folder = folder / "vault"
        self.keys = {1: os.urandom(32)}
        self.vault = Vault(str(self.vault_folder), self.keys)
        self.channel = WebChat(self.store, self.vault)
        self.accepted: list[RawUpdate] = []
        self.calls = 0
        self.refuse: list[Exception] = []
        self.on_accept: Callable[[RawUpdate], None] = lambda update: None
        extra = {} if now is None else {"now": now}
        self.media = MediaDoor(self.engine, self.vault, self.keys, **extra)
        self.door = ChatDoor(
            self.store, self.vault, self._accept, self.media, public_url=public_url, wait_s=wait_s, **extra
        )
        self.app = Starlette(routes=[*self.door.routes(), *self.media.routes()])

    def _accept(self, update: RawUpdate) -> bool:
        self.calls += 1
        if self.refuse:
            raise self.refuse.pop(0)
        if any(known.external_id == update.external_id for known in self.accepted):
            return False
        self.accepted.append(update)
        self.on_accept(update)
        return True

    def say(
        self,
        address: str,
        text: str,
        choices: Sequence[tuple[str, str]] = (),
        language: str = "en",
        part: str | None = None,
    ) -> None:
        """One message of Ngozi, sent through the channel."""
        self.channel.send(
            Outgoing(part or uuid.uuid4().hex, address, text, choices=tuple(choices), language=language)
        )

    def close(self) -> None:
        """Closes the database."""
        self.door.close()
        self.engine.dispose()
