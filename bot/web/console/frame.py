"""The console as a set of routes, each with exactly one right, and what a page gets when somebody comes.

    console.get("/audit", "see_audit", show, nav="console.nav.audit")
    console.post("/audit/note", "see_audit", note)

A page is an ordinary function: it gets a `Visit`, runs in a thread, and returns `visit.page("audit.html", rows=rows)` or
`visit.go("/audit", said="saved")`. Whether the person may be there, and whether a form is one of ours, was decided before.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import get_args

import anyio
import anyio.to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, compile_path

import locales
from bot.channels import Account, Channel
from bot.channels.registry import build as build_channels
from bot.console import roles, sessions
from bot.console.roles import Access, Right
from bot.console.sessions import Session
from bot.database import reading, transaction
from bot.media.vault import Vault
from bot.queue import Wake
from bot.sealing import Sealer
from bot.settings import Settings
from bot.web.console import forms, look, tongues, trouble, unsent
from bot.web.console.forms import Form
from bot.web.console.visit import ROOT, Entry, Page, Visit

__all__ = ["COOKIE", "DOOR_THREADS", "DOOR_WAITING", "PASSWORD", "Console"]

log = logging.getLogger(__name__)

COOKIE = "ngozi_console"
PASSWORD = "/account/password"  # noqa: S105 - an address
# Where somebody may go who must first choose a password.
MUST_CHANGE_MAY = (PASSWORD, "/account", "/account/awake", "/account/language", "/sign-out")
MOST_BYTES = 256 * 1024
# The console has threads of its own: nobody who besieges it keeps a webhook waiting.
THREADS = 8
# And so has its door, where checking a password takes long: nobody who besieges it keeps staff waiting who are in.
DOOR_THREADS = 3
DOOR_WAITING = 12


class Console:
    """All routes of the console."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        vault: Vault | None = None,
        wake: Wake | None = None,
        channels: Mapping[Account, Channel] | None = None,
    ) -> None:
        """vault: the photographs, of the settings where none is given. wake: nobody is woken without it; the sweep comes by.

        channels: the adapters of the settings where none are given.
        """
        self.settings = settings
        self.engine = engine
        self.vault = vault or Vault(settings.media_url, settings.master_keys)
        self.wake: Wake = wake or _nobody
        self.channels = channels if channels is not None else build_channels(settings, engine, self.vault)
        self.keys = settings.master_keys
        self.sealer = Sealer(settings.master_keys)
        self.secure = settings.public_url.startswith("https:")
        self.entries: list[Entry] = []
        self._pages: dict[str, re.Pattern[str]] = {}
        # What the door answers to a form that was sent after the session was over; None: see Visit.sign_in_first.
        self.at_door: Callable[[Visit], Response | None] = lambda visit: None
        self._inside: anyio.CapacityLimiter | None = None
        self._door: anyio.CapacityLimiter | None = None

    def get(self, path: str, access: Access, page: Page, *, nav: str = "", about: str = "") -> None:
        """Registers a page that is looked at, and changes nothing. path: below /console, as Starlette writes it; a number is
        `{name:number}` (bot.web.console.numbers), for `int` has no bound."""
        self._add(Entry("GET", path, access, page, 0, nav, about))

    def post(
        self, path: str, access: Access, page: Page, *, most_bytes: int = MOST_BYTES, most_told: int = 0
    ) -> None:
        """Registers what a form does. Its fields and files are read before, together at most `most_bytes`.

        most_told: of a form with a file, how big that may be.
        """
        self._add(Entry("POST", path, access, page, most_bytes, most_told=most_told or most_bytes))

    def _add(self, entry: Entry) -> None:
        if entry.access not in (*get_args(Right), "anyone", "signed_in"):
            raise ValueError(
                f"{entry.method} {entry.path} asks for {entry.access!r}; expected a right of bot.console.roles"
            )
        if not entry.path.startswith("/"):
            raise ValueError(f"path is {entry.path!r}; expected one that begins with /")
        if any((entry.method, entry.path) == (other.method, other.path) for other in self.entries):
            raise ValueError(f"{entry.method} {entry.path} is registered twice")
        if entry.method == "GET":
            self._pages[entry.path] = compile_path(entry.path)[0]
        self.entries.append(entry)

    def routes(self) -> list[Route]:
        """For Starlette: what was registered, the static files, and one answer to every other address below /console."""
        look.ready()
        made = [Route(f"{look.STATIC}/{{version}}/{{name}}", look.static)]
        made += [
            Route(f"{ROOT}{entry.path}", self._endpoint(entry), methods=[entry.method])
            for entry in self.entries
        ]
        made.append(Route(ROOT, lambda _: RedirectResponse(f"{ROOT}/", headers=dict(look.HEADERS))))
        lost = Entry("GET", "", "anyone", lambda visit: visit.problem(404), 0)
        made.append(Route(ROOT + "/{rest:path}", self._endpoint(lost), methods=["GET", "POST"]))
        return made

    def takes(self, path: str, session: Session | None) -> bool:
        """Whether a form may be sent to `path` (below /console) by whoever has the session."""
        role = session.role if session else None
        return any(
            entry.method == "POST"
            and roles.may(role, entry.access)
            and compile_path(entry.path)[0].match(path)
            for entry in self.entries
        )

    def back_of(self, visit: Visit, sent_to: str = "") -> str:
        """Where one came from who gets no page, or the page above it: one that they may see, below /console; '' for none.

        sent_to: the path (below /console) of a form, where it is not the one of this visit.
        """
        pages = (
            self._pages[one.path] for one in self.entries if one.method == "GET" and visit.may(one.access)
        )
        path = sent_to or visit.request.url.path.removeprefix(ROOT)
        return trouble.back(pages, path, bool(sent_to) or visit.request.method == "POST")

    def page_of(self, entry: Entry, path: str) -> str:
        """Where the form stands that is posted to `path` (below /console): the page of the same route, else the nearest above.

        '' where that is the home page, or none. Pages have no referrer, so the browser does not say.
        """
        if entry.path in self._pages:
            return path
        while path := path.rpartition("/")[0]:
            if any(page.match(path) for page in self._pages.values()):
                return path
        return ""

    def language_of(self, request: Request, session: Session | None) -> str:
        """What the person chose, else what the browser asks for, else English: of those in which the console speaks."""
        unreviewed = self.settings.allow_unreviewed
        if session is not None and session.language in tongues.offered(unreviewed):
            return session.language
        return tongues.preferred(request.headers.get("accept-language", ""), unreviewed)

    def _endpoint(self, entry: Entry) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                return await taken(request)
            except (ClientDisconnect, HTTPException):
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, somebody sits before the page
                return self._failed(entry, Visit(self, request, None), error)

        async def taken(request: Request) -> Response:
            threads = self._threads_for(entry)
            if self._crowded(threads):
                return self._closed(Visit(self, request, None).problem(503))
            try:
                session = await anyio.to_thread.run_sync(self._session, request, limiter=threads)
            except SQLAlchemyError as error:
                log.warning("console_database_refused", extra={"error": type(error).__name__})
                return self._closed(Visit(self, request, None).problem(503))
            form, refused = Form(), 0
            # Nobody may make us hold a large body who may not send one; what somebody wrote whose session is over, is not large.
            may = roles.may(session.role if session else None, entry.access)
            over = session is None and bool(request.cookies.get(COOKIE))
            if request.method == "POST" and (may or over):
                try:
                    form = await forms.read(request, entry.most_bytes if may else unsent.MOST_BYTES)
                except forms.FormRefused as error:
                    refused = error.status
            visit = Visit(self, request, session, form)
            if self._crowded(threads):
                return self._closed(visit.problem(503))
            return await anyio.to_thread.run_sync(self._answer, entry, visit, refused, limiter=threads)

        return answer

    def _threads_for(self, entry: Entry) -> anyio.CapacityLimiter:
        # Made at the first call: they belong to the loop that runs.
        if self._inside is None or self._door is None:
            self._inside, self._door = anyio.CapacityLimiter(THREADS), anyio.CapacityLimiter(DOOR_THREADS)
        return self._door if entry.access == "anyone" else self._inside

    def _crowded(self, threads: anyio.CapacityLimiter) -> bool:
        # Whoever still sends a body holds no place: a slow one must not close the door.
        return threads is self._door and threads.statistics().tasks_waiting >= DOOR_WAITING

    def _answer(self, entry: Entry, visit: Visit, refused: int) -> Response:
        try:
            return self._closed(self._let_in(entry, visit, refused) or entry.page(visit))
        except SQLAlchemyError as error:
            log.warning("console_database_refused", extra={"error": type(error).__name__})
            return self._closed(visit.problem(503))
        except Exception as error:  # noqa: BLE001 - as above; here it is known who sits there
            return self._failed(entry, visit, error)

    def _failed(self, entry: Entry, visit: Visit, error: Exception) -> Response:
        """The page of what nobody foresaw. The log gets type and place: the words of an exception may be a person's."""
        log.error("console_page_failed", exc_info=error, extra={"route": f"{entry.method} {entry.path}"})
        try:
            return self._closed(visit.problem(500))
        except Exception as second:  # it may be the templates themselves
            log.error("console_problem_failed", exc_info=second)
        language = visit.language
        said = [visit.t(f"console.problem.{name}") for name in ("title", "error", "home")]
        direction = locales.pack(language).direction
        return self._closed(trouble.bare(language, direction, said[0], said[1], f"{ROOT}/", said[2]))

    @staticmethod
    def _closed(response: Response) -> Response:
        for name, value in look.HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    def _session(self, request: Request) -> Session | None:
        token = request.cookies.get(COOKIE, "")
        if not token:
            return None
        with reading(self.engine) as connection:
            session = sessions.find(connection, token)
        if session is not None and session.stale:
            with transaction(self.engine) as connection:
                sessions.touch(connection, session.id)
        return session

    def _let_in(self, entry: Entry, visit: Visit, refused: int) -> Response | None:
        """None where the page may answer; else what is answered instead."""
        session = visit.session
        if entry.access != "anyone":
            if session is None:
                return self._given_back(visit) or visit.sign_in_first(entry)
            if not roles.may(session.role, entry.access):
                return visit.problem(403)
            if session.must_change and entry.path not in MUST_CHANGE_MAY:
                return visit.go(PASSWORD)
        if entry.method == "POST":
            if refused == 413:
                return visit.too_big(entry.most_told)
            if refused:
                return visit.problem(refused)
            given = visit.form.get(forms.CSRF) or visit.request.headers.get(forms.CSRF_HEADER, "")
            # Before signing in the page checks a token of its own (bot.web.console.door).
            if not forms.is_ours(visit.request, self.settings.public_url):
                return visit.problem(400)
            if entry.access != "anyone" and not forms.same(session.csrf if session else "", given):
                sent = unsent.of(visit)
                return visit.problem(400) if sent is None else unsent.page(visit, sent, 400)
        return None

    def _given_back(self, visit: Visit) -> Response | None:
        ours = visit.request.method == "POST" and forms.is_ours(visit.request, self.settings.public_url)
        return self.at_door(visit) if ours else None


def _nobody(task: str, row_id: int, after_s: float = 0.0) -> None:
    """Wakes nobody."""
