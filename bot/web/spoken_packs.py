"""Every web request speaks with the packs that are live at its beginning, with the same ones until its end."""

from __future__ import annotations

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

import locales
from bot.packs import watch

__all__ = ["SpokenPacks"]

# No sentence is said there, and a database that is away must not hold up what goes to the spool.
_SILENT = ("/webhooks/", "/media/", "/health")


class SpokenPacks:
    """ASGI middleware: looks for newly live packs, then holds one library for the request."""

    def __init__(self, app: ASGIApp, engine: Engine) -> None:
        self._app = app
        self._engine = engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or scope["path"].startswith(_SILENT):
            await self._app(scope, receive, send)
            return
        if watch.due(self._engine):
            await run_in_threadpool(watch.look, self._engine)
        with locales.held():
            await self._app(scope, receive, send)
