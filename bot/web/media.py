"""GET /media/{token}: one photograph or voice note for the platform that was told the address.

No listing, no cookie, no cache; whoever asks with anything but a token of ours that still holds is told 404 and nothing else.
The web chat's page gets the same things through its own session (bot.web.chat).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.cases import sight
from bot.channels.webchat_store import SqlWebChatStore
from bot.clock import now as clock_now
from bot.database import reading
from bot.errors import NgoziError
from bot.media import address, recordings
from bot.media.handles import stored
from bot.media.vault import Stored, Vault, VaultError, VaultUnavailable
from bot.tables import Chat, ReplyRow

__all__ = ["MIMES", "Found", "MediaDoor", "served", "typed"]

log = logging.getLogger(__name__)

MIMES: Mapping[str, str] = {"photo": "image/jpeg", "voice": "audio/ogg", "recording": "audio/ogg"}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True, slots=True)
class Found:
    """The bytes of what was asked for, and their type."""

    data: bytes = field(repr=False)
    mime: str


class MediaDoor:
    """Opens what is seen and heard, for the platforms' fetchers and for the web chat's page."""

    def __init__(
        self, engine: Engine, vault: Vault, keys: Mapping[int, bytes], now: Callable[[], float] = clock_now
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._keys = keys
        self._now = now
        self._store = SqlWebChatStore(engine)

    def routes(self) -> list[Route]:
        """The route to mount at the root of the application; HEAD goes with GET."""
        return [Route(f"{address.PATH}{{token}}", self.by_token, methods=["GET"])]

    async def by_token(self, request: Request) -> Response:
        """What the token names, 404 where it names nothing (any more), 503 where storage or database are away."""
        named = address.read_token(self._keys, request.path_params["token"], self._now())
        if named is None:
            return Response(status_code=404, headers=_HEADERS)
        try:
            found = await run_in_threadpool(self._of, named)
        except (SQLAlchemyError, NgoziError, OSError) as error:
            log.warning("media_not_served", extra={"error": type(error).__name__})
            return Response(status_code=503, headers={**_HEADERS, "Retry-After": "2"})
        return Response(status_code=404, headers=_HEADERS) if found is None else served(request, found)

    def _of(self, named: address.Named) -> Found | None:
        with reading(self._engine) as connection:
            if named.kind != "voice":
                sealed = sight.of_photo(connection, named.id)
            else:
                parts = connection.scalar(select(ReplyRow.parts).where(ReplyRow.uuid == named.id))
                part = parts[named.part] if parts and named.part < len(parts) else ""
                sealed = stored(part["medium"]["ref"]) if isinstance(part, dict) else None
        return self._opened(sealed, named.kind)

    def of_chat(self, chat: str, uuid: str) -> Found | None:
        """What goes with our message `uuid` in the web chat of this address; None where it is gone or not theirs to see."""
        shown = self._store.medium(chat, uuid)
        if shown is None:
            return None
        kind, ref = shown
        if kind == "voice":
            return self._opened(stored(ref), kind)
        with reading(self._engine) as connection:
            chat_id = connection.scalar(
                select(Chat.id).where(Chat.channel == "webchat", Chat.address == chat)
            )
            if chat_id is None or not sight.may_see(connection, chat_id, ref):
                return None
            sealed = sight.of_photo(connection, ref)
        return self._opened(sealed, kind)

    def _opened(self, sealed: Stored | None, kind: str) -> Found | None:
        if sealed is None:
            return None
        try:
            return typed(self._vault.get(sealed), kind)
        except VaultUnavailable:
            raise
        except VaultError:
            return None


def typed(data: bytes, kind: str) -> Found:
    """The bytes with their type; what a person spoke tells it by itself. kind: of `MIMES`."""
    told = recordings.mime(data) if kind == "recording" else None
    return Found(data, told or MIMES[kind])


def served(request: Request, found: Found) -> Response:
    """The answer with the bytes; a part of them where the browser's player asks for one."""
    headers = {**_HEADERS, "Accept-Ranges": "bytes"}
    size = len(found.data)
    span = _span(request.headers.get("range", ""), size)
    if span is None:
        return Response(found.data, headers=headers, media_type=found.mime)
    first, last = span
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return Response(found.data[first : last + 1], 206, headers=headers, media_type=found.mime)


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range; None where all is to be sent."""
    unit, _, span = asked.partition("=")
    first, dash, last = span.partition("-")
    if unit != "bytes" or not dash or not first.isascii() or not first.isdecimal() or len(first) > 12:
        return None
    start = int(first)
    end = int(last) if last.isascii() and last.isdecimal() and len(last) < 12 else size - 1
    end = min(end, size - 1)
    return (start, end) if start <= end else None
