"""The web process: webhooks, the web chat, the console, media by address, the health page. It carries no torch and no worker."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from bot.channels import Account, Channel
from bot.channels.registry import WEBCHAT
from bot.channels.webchat_store import SqlWebChatStore
from bot.media.vault import Vault
from bot.queue import Wake
from bot.sealing import Sealer
from bot.settings import Settings
from bot.spool import Spool
from bot.web import health, metrics, webhooks
from bot.web.chat import ChatDoor
from bot.web.console import furnish
from bot.web.console.frame import Console
from bot.web.media import MediaDoor
from bot.web.spoken_packs import SpokenPacks

__all__ = ["WebParts", "make_app"]

log = logging.getLogger(__name__)

DRAIN_S = 1.0


@dataclass(frozen=True)
class WebParts:
    """What the web process is made of."""

    settings: Settings
    engine: Engine
    channels: Mapping[Account, Channel]
    vault: Vault
    wake: Wake


def make_app(parts: WebParts) -> Starlette:
    """The ASGI application. Raises SpoolError where the spool cannot be written: then it must not start."""
    settings = parts.settings
    spool = Spool(settings.spool, Sealer(settings.master_keys))
    intake = webhooks.Intake(parts.engine, parts.wake, spool)
    media = MediaDoor(parts.engine, parts.vault, settings.master_keys)
    door = ChatDoor(
        SqlWebChatStore(parts.engine),
        parts.vault,
        lambda update: intake.accept(WEBCHAT, update),
        media,
        public_url=settings.public_url,
        allow_unreviewed=settings.allow_unreviewed,
    )
    stopping = threading.Event()

    def drain() -> None:
        while not stopping.wait(DRAIN_S):
            try:
                if moved := intake.drain():
                    log.info("spool_drained", extra={"moved": moved})
            except Exception:  # the outermost loop of the thread: it must outlive whatever happens
                log.exception("spool_drain_failed")

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        thread = threading.Thread(target=drain, name="spool-drain", daemon=True)
        thread.start()
        yield
        stopping.set()
        door.close()
        thread.join(5)
        spool.close()

    async def home(_: Request) -> RedirectResponse:
        return RedirectResponse("/chat")

    app = Starlette(
        routes=[
            Route("/", home),
            *webhooks.routes(parts.channels, intake),
            *door.routes(),
            *media.routes(),
            *furnish(Console(settings, parts.engine, parts.vault, parts.wake, parts.channels)).routes(),
            *health.routes(settings, parts.engine, spool),
            *metrics.routes(settings, parts.engine, list(parts.channels), spool),
        ],
        middleware=[Middleware(SpokenPacks, engine=parts.engine)],
        lifespan=lifespan,
    )
    # Pages that wait for news would hold up the end of the process: the server lets them go when the signal comes.
    app.state.let_go = door.close
    return app
