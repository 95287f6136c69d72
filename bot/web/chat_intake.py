"""One message of the page on its way into the inbox: sealed, put down, accepted, in this order.

A crash between any two steps is mended by the page, which sends the message again under its id: what was put
down then is what the inbox gets, so a message is accepted once, with one sealed copy of each photograph and voice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from bot.channels import RawUpdate
from bot.channels import webchat as wire
from bot.channels.webchat_store import SqlWebChatStore
from bot.errors import NgoziError
from bot.media.vault import Vault
from bot.web.chat_form import Budget, ChatForm, FormRefused, read_form
from bot.web.chat_page import texts

__all__ = ["Accept", "ChatIntake"]

log = logging.getLogger(__name__)


class Accept(Protocol):
    """The inbox: returns after the commit. True: new; False: it knows this update already."""

    def __call__(self, update: RawUpdate, /) -> bool: ...


class ChatIntake:
    """Takes the messages of all pages of this process."""

    def __init__(
        self, store: SqlWebChatStore, vault: Vault, accept: Accept, now: Callable[[], float]
    ) -> None:
        self._store = store
        self._vault = vault
        self._accept = accept
        self._now = now
        self._budget = Budget()

    async def take(self, request: Request, address: str, language: str, hint: str) -> int:
        """The number of the message, once the inbox has it. language: of the page; hint: the browser's.

        Raises FormRefused, ClientDisconnect, and whatever database, vault and inbox raise where they are
        away; then the same message is to come again under its id.
        """
        sealed: list[str] = []
        try:
            return await self._take(request, address, language, hint, sealed)
        except (FormRefused, ClientDisconnect):
            await self._forget(sealed)
            raise

    async def _take(self, request: Request, address: str, language: str, hint: str, sealed: list[str]) -> int:
        """The number of the message, kept by the inbox. `sealed`: handles that nothing else knows of yet."""

        async def seal(
            form: ChatForm, kind: Literal["photo", "voice"], data: bytes
        ) -> dict[str, object] | None:
            uuid = wire.client_id(form.fields.get("id", ""))
            if uuid is None:
                raise FormRefused(400, "malformed")
            mime = wire.voice_mime(data) if kind == "voice" else wire.photo_mime(data)
            if mime is None:
                raise FormRefused(415, f"{kind}_format")
            if await run_in_threadpool(self._store.kept, address, uuid) is not None:
                return None  # sent again; what came the first time is what counts
            handle = wire.handle(await run_in_threadpool(self._vault.put, data))
            sealed.append(handle)
            return {"ref": handle, "mime": mime, "size": len(data)}

        form = await read_form(
            request.headers.get("content-type", ""),
            request.headers.get("content-length", ""),
            request.stream(),
            self._budget,
            seal,
        )
        uuid = wire.client_id(form.fields.get("id", ""))
        if uuid is None:
            raise FormRefused(400, "malformed")
        kept = await run_in_threadpool(self._store.kept, address, uuid)
        if kept is None:
            shown, text, choice = await self._words(address, form, language)
            update = wire.update(
                address,
                uuid,
                text=text,
                choice=choice,
                photos=form.photos,
                voice=form.voice,
                language_hint=hint,
                at=self._now(),
            )
            kept = await run_in_threadpool(
                self._store.keep,
                address,
                uuid,
                shown,
                len(form.photos),
                update.payload,
                choice,
                spoken=form.voice is not None,
            )
            if kept.payload == update.payload:
                sealed.clear()  # the row knows them now
        if sealed:  # the same message came twice at once, and the other was first
            await self._forget(sealed)
            sealed.clear()
        if kept.payload is not None:
            await run_in_threadpool(self._accept, wire.as_update(address, uuid, kept.payload))
            await run_in_threadpool(self._store.accepted, address, uuid)
        return kept.n

    async def _words(self, address: str, form: ChatForm, language: str) -> tuple[str, str, str]:
        """(what the page shows, text, choice) of a new message. Raises FormRefused."""
        text = form.fields.get("text", "").replace("\r\n", "\n").replace("\x00", "").strip()
        choice = form.fields.get("choice", "")
        if len(text) > wire.MAX_TEXT:
            raise FormRefused(413, "too_long")
        if form.voice is not None:
            if text or choice or "start" in form.fields:
                raise FormRefused(400, "malformed")
            return "", "", ""
        if "start" in form.fields:
            if text or choice or form.photos:
                raise FormRefused(400, "malformed")
            return texts(language)["start"], "/start", ""
        if choice:
            if text or form.photos or wire.choice_code(choice) is None:
                raise FormRefused(400, "malformed")
            label = await run_in_threadpool(self._store.label, address, choice)
            if label is None:
                raise FormRefused(409, "choice_gone")
            return label, "", choice
        if not text and not form.photos:
            raise FormRefused(400, "malformed")
        return text, text, ""

    async def _forget(self, handles: list[str]) -> None:
        for handle in handles:
            try:
                await run_in_threadpool(self._vault.delete, wire.stored(handle).name)
            except NgoziError as error:
                # Without its handle it can not be opened by anybody; the sweep of unknown files takes it.
                log.warning("chat_photo_not_deleted", extra={"error": type(error).__name__})
