"""The web chat's door: the page, what it sends, and what it waits for.

GET  /chat                 the page
GET  /chat/static/{name}   its files
GET  /chat/texts?lang=     its texts in another language
POST /chat/session         makes the browser's chat (a cookie), or keeps the one it has
POST /chat/messages        one message; answered 200 only once the inbox has committed it
GET  /chat/media/{id}      the photograph or voice note of one of our messages in this chat
GET  /chat/events?after=   what is new in the chat; waits up to 25 s for it
POST /chat/leave           forgets the chat in this browser

A cookie opens a chat, so every POST must come from our own page: `Sec-Fetch-Site` or `Origin` says so, and
the cookie is SameSite=Strict besides. The page itself sets no cookie: it may have been reached by a link from
elsewhere, when the browser holds a Strict cookie back; a fresh one would shut the person out of their chat.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

import locales
from bot.channels import webchat as wire
from bot.channels.registry import WEBCHAT
from bot.channels.webchat_store import Line, Pulse, SqlWebChatStore
from bot.clock import now as clock_now
from bot.conversation.state import offers
from bot.durations import DAY_S
from bot.errors import NgoziError
from bot.media.vault import Vault
from bot.web.chat_form import FormRefused
from bot.web.chat_intake import Accept, ChatIntake
from bot.web.chat_page import ASSETS, HEADERS, page, preferred_language, texts
from bot.web.chat_rate import Rate
from bot.web.chat_watch import Watch
from bot.web.media import MediaDoor, served

__all__ = ["ChatDoor"]

log = logging.getLogger(__name__)

WAIT_S = 25.0
COOKIE_DAYS = 90
_AWAY = (SQLAlchemyError, NgoziError, OSError)


class ChatDoor:
    """The routes of the web chat and what they share in one web process.

    public_url: where people reach us ('' where nobody but this machine does).  allow_unreviewed: see locales.
    """

    def __init__(
        self,
        store: SqlWebChatStore,
        vault: Vault,
        accept: Accept,
        media: MediaDoor,
        *,
        public_url: str = "",
        allow_unreviewed: bool = True,
        now: Callable[[], float] = clock_now,
        wait_s: float = WAIT_S,
    ) -> None:
        self._store = store
        self._public = urlsplit(public_url)
        self._allow_unreviewed = allow_unreviewed
        self._wait_s = wait_s
        self._media = media
        self._rate = Rate(now)
        self._intake = ChatIntake(store, vault, accept, now)
        self._watch = Watch(store.pulses)

    def routes(self) -> list[Route]:
        """The routes to mount at the root of the application."""
        return [
            Route("/chat", self.show, methods=["GET"]),
            Route("/chat/", lambda _: RedirectResponse("/chat"), methods=["GET"]),
            Route("/chat/static/{name}", self.asset, methods=["GET"]),
            Route("/chat/texts", self.said, methods=["GET"]),
            Route("/chat/session", self.session, methods=["POST"]),
            Route("/chat/messages", self.message, methods=["POST"]),
            Route("/chat/media/{id}", self.medium, methods=["GET"]),
            Route("/chat/events", self.events, methods=["GET"]),
            Route("/chat/leave", self.leave, methods=["POST"]),
        ]

    def close(self) -> None:
        """Lets all waiting pages go; to be called where the server begins to stop (they ask again)."""
        self._watch.close()

    # -- the page --------------------------------------------------------------------------------------------

    async def show(self, request: Request) -> Response:
        """The page in the browser's language."""
        language, _ = self._language(request)
        headers = {
            **HEADERS,
            "Cache-Control": "no-cache",
            "Vary": "Accept-Language",
            "Content-Language": language,
        }
        return Response(page(language), headers=headers, media_type="text/html")

    async def asset(self, request: Request) -> Response:
        """A file of the page; its address changes with its content, so it is kept for a year."""
        asset = ASSETS.get(request.path_params["name"])
        if asset is None:
            return _refusal(404, "not_found")
        fresh = request.query_params.get("v") == asset.etag
        headers = {
            **HEADERS,
            "Content-Type": asset.content_type,
            "Cache-Control": "public, max-age=31536000, immutable" if fresh else "no-cache",
            "ETag": f'"{asset.etag}"',
            "Vary": "Accept-Encoding",
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(asset.packed, headers={**headers, "Content-Encoding": "gzip"})
        return Response(asset.body, headers=headers)

    async def said(self, request: Request) -> Response:
        """The page's texts in `lang`, or in the nearest language that may run."""
        code = request.query_params.get("lang", "")
        if code not in locales.languages(self._allow_unreviewed):
            code = locales.negotiate(code[:35], self._allow_unreviewed) or "en"
        return _answer(texts(code))

    # -- the chat --------------------------------------------------------------------------------------------

    async def session(self, request: Request) -> Response:
        """Sets the cookie: the one that the browser has, for longer, or a fresh one."""
        if not self._ours(request):
            return _refusal(403, "forbidden")
        secret = request.cookies.get(self._cookie(request), "")
        if wire.address_of(secret) is None:
            secret = wire.new_secret()
        response = _answer({})
        response.set_cookie(
            self._cookie(request),
            secret,
            max_age=COOKIE_DAYS * int(DAY_S),
            path="/",
            secure=self._https(request),
            httponly=True,
            samesite="strict",
        )
        return response

    async def leave(self, request: Request) -> Response:
        """Takes the cookie away; the chat itself stays as it is, and nobody can open it any more."""
        if not self._ours(request):
            return _refusal(403, "forbidden")
        response = _answer({})
        response.delete_cookie(
            self._cookie(request), path="/", secure=self._https(request), httponly=True, samesite="strict"
        )
        return response

    async def message(self, request: Request) -> Response:
        """One message of the page. The same id again is the same message, whatever it carries."""
        if not self._ours(request):
            return _refusal(403, "forbidden")
        address = self._address(request)
        if address is None:
            return _refusal(401, "no_session")
        wait_s = self._rate.wait_s(address)
        if wait_s:
            return _refusal(429, "busy", retry_after_s=wait_s)
        try:
            n = await self._intake.take(request, address, *self._language(request))
        except FormRefused as error:
            return _refusal(error.status, error.code, retry_after_s=2 if error.status == 503 else None)
        except ClientDisconnect:
            return _refusal(400, "malformed")
        except _AWAY as error:
            # What was put down keeps its photographs: the page comes again with the same id.
            log.warning("chat_message_not_kept", extra={"error": type(error).__name__})
            return _refusal(503, "busy", retry_after_s=2)
        self._watch.poke(address)
        return _answer({"n": n})

    async def medium(self, request: Request) -> Response:
        """What is seen or heard with a message; only in the chat that it was sent to, and while it is there."""
        address = self._address(request)
        if address is None:
            return _refusal(401, "no_session")
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return _refusal(403, "forbidden")
        try:
            found = await run_in_threadpool(self._media.of_chat, address, request.path_params["id"])
        except _AWAY as error:
            log.warning("chat_medium_failed", extra={"error": type(error).__name__})
            return _refusal(503, "busy", retry_after_s=2)
        if found is None:
            return _refusal(404, "not_found")
        return served(request, found)

    async def events(self, request: Request) -> Response:
        """What is new after number `after`; with `wait` > 0 it waits for something to be new."""
        address = self._address(request)
        if address is None:
            return _refusal(401, "no_session")
        try:
            after, first = (int(request.query_params.get(name, "0")) for name in ("after", "first"))
            wait_s = min(float(request.query_params.get("wait", "0")), self._wait_s)
        except ValueError:
            return _refusal(400, "malformed")
        if not (0 <= after < 1 << 53 and 0 <= first < 1 << 53 and wait_s >= 0):
            return _refusal(400, "malformed")
        seen = Pulse(after, first, _state(request.query_params.get("state", "idle")))
        try:
            pulse = (await run_in_threadpool(self._store.pulses, [address]))[address]
            if pulse == seen and wait_s:
                await self._watch.changed(address, seen, wait_s)
            lines = await run_in_threadpool(self._store.after, address, after)
            pulse = (await run_in_threadpool(self._store.pulses, [address]))[address]
            # After the lines: where they ask something it stands in the state already.
            asks = bool(lines) and offers(await run_in_threadpool(self._store.state, WEBCHAT.name, address))
        except _AWAY as error:
            log.warning("chat_events_failed", extra={"error": type(error).__name__})
            return _refusal(503, "busy", retry_after_s=2)
        found: dict[str, object] = {
            "messages": [_shown(line) for line in lines],
            # What has come since `lines` were read is fetched by the next call.
            "after": lines[-1].n if lines else min(after, pulse.latest),
            "first": pulse.first,
            "state": pulse.state,
        }
        # Whether a question stands open: where none does, the page takes the buttons of one that was passed away.
        return _answer({**found, "asks": asks} if lines else found)

    # -- who asks --------------------------------------------------------------------------------------------

    def _https(self, request: Request) -> bool:
        return request.url.scheme == "https" or self._public.scheme == "https"

    def _cookie(self, request: Request) -> str:
        # The prefix makes browsers refuse a cookie that a neighbouring subdomain planted.
        return "__Host-ngozi_chat" if self._https(request) else "ngozi_chat"

    def _address(self, request: Request) -> str | None:
        return wire.address_of(request.cookies.get(self._cookie(request), ""))

    def _language(self, request: Request) -> tuple[str, str]:
        return preferred_language(request.headers.get("accept-language", ""), self._allow_unreviewed)

    def _ours(self, request: Request) -> bool:
        """True where the browser says that our own page calls. One that says nothing is not believed."""
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site is not None and site != "same-origin":
            return False
        if origin is None:
            return site is not None
        host = urlsplit(origin).netloc.lower()
        ours = {request.headers.get("host", "").lower(), self._public.netloc.lower()} - {""}
        return host in ours


def _state(text: str) -> Literal["idle", "received", "looking"]:
    return "received" if text == "received" else "looking" if text == "looking" else "idle"


def _shown(line: Line) -> dict[str, object]:
    shown: dict[str, object] = {"n": line.n, "id": line.uuid, "direction": line.direction, "text": line.text}
    if line.direction == "out":
        shown["language"] = line.language
        shown["dir"] = locales.pack(line.language).direction
        shown["choices"] = [{"code": code, "label": label} for code, label in line.choices]
    else:
        shown["photos"] = line.photos
        shown["chose"] = line.choices[0][0] if line.choices else ""
        shown["spoken"] = line.medium == "spoken"
    if line.medium and line.direction == "out":
        shown["medium"] = line.medium
    shown["at"] = line.at
    return shown


def _answer(data: Mapping[str, object]) -> Response:
    return JSONResponse(dict(data), headers={**HEADERS, "Cache-Control": "no-store"})


def _refusal(status: int, code: str, retry_after_s: float | None = None) -> Response:
    headers = {**HEADERS, "Cache-Control": "no-store"}
    if retry_after_s is not None:
        headers["Retry-After"] = str(max(1, math.ceil(retry_after_s)))
    return JSONResponse({"error": code}, status, headers=headers)
