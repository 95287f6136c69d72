"""The console as a set of routes, each with exactly one right, and what a page gets when somebody comes.

    console.get("/audit", "see_audit", show, nav="console.nav.audit")
    console.post("/audit/note", "see_audit", note)

A page is an ordinary function: it gets a `Visit`, runs in a thread, and returns `visit.page("audit.html", rows=rows)` or
`visit.go("/audit", said="saved")`. Whether the person may be there, and whether a form is one of ours, was decided before.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import get_args
from urllib.parse import quote

import anyio
import anyio.to_thread
from markupsafe import Markup
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
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
from bot.web.console import filled, forms, look, numbers, tongues, trouble
from bot.web.console.forms import Form
from locales import Text

__all__ = ["COOKIE", "ROOT", "Console", "Entry", "Page", "Visit", "safe_next"]

log = logging.getLogger(__name__)

ROOT = "/console"
COOKIE = "ngozi_console"
SIGN_IN = "/sign-in"
PASSWORD = "/account/password"  # noqa: S105 - an address
# Where somebody may go who must first choose a password.
MUST_CHANGE_MAY = (PASSWORD, "/account", "/account/awake", "/account/language", "/sign-out")
MOST_BYTES = 256 * 1024
# The console has threads of its own: nobody who besieges it keeps a webhook waiting.
THREADS = 8
# And so has its door, where checking a password takes long: nobody who besieges it keeps staff waiting who are in.
DOOR_THREADS = 3
DOOR_WAITING = 12
_NEXT = re.compile(r"/console(/[A-Za-z0-9_.~-]+)*/?(\?[A-Za-z0-9_.~=&%+-]*)?")


@dataclass(frozen=True, slots=True)
class Entry:
    """One route. nav: the message id of its place in the navigation, about: of a sentence for the home page; '' for none.

    most_told: what somebody is told who sent more than most_bytes, in which the form around a file is counted too.
    """

    method: str
    path: str
    access: Access
    page: Page
    most_bytes: int
    nav: str = ""
    about: str = ""
    most_told: int = 0


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

    def back_of(self, visit: Visit) -> str:
        """Where one came from who gets no page, or the page above it: one that they may see, below /console; '' for none."""
        pages = (
            self._pages[one.path] for one in self.entries if one.method == "GET" and visit.may(one.access)
        )
        path = visit.request.url.path.removeprefix(ROOT)
        return trouble.back(pages, path, visit.request.method == "POST")

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
            # Nobody may make us hold a large body who may not send one.
            if request.method == "POST" and roles.may(session.role if session else None, entry.access):
                try:
                    form = await forms.read(request, entry.most_bytes)
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
                return visit.sign_in_first(entry)
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
            if not forms.is_ours(visit.request, self.settings.public_url) or (
                entry.access != "anyone" and not forms.same(session.csrf if session else "", given)
            ):
                return visit.problem(400)
        return None


def _nobody(task: str, row_id: int, after_s: float = 0.0) -> None:
    """Wakes nobody."""


@dataclass(frozen=True)
class Visit:
    """Somebody at a page. session: None before signing in."""

    console: Console
    request: Request
    session: Session | None
    form: Form = field(default_factory=Form)

    @cached_property
    def language(self) -> str:
        """The language of the page."""
        return self.console.language_of(self.request, self.session)

    @property
    def me(self) -> Session:
        """Who is signed in; for pages that not anyone may see."""
        if self.session is None:
            raise RuntimeError("nobody is signed in; expected a page that is registered with a right")
        return self.session

    @property
    def engine(self) -> Engine:
        """The database."""
        return self.console.engine

    def query(self, name: str, otherwise: str = "") -> str:
        """A field of the address, or what is given."""
        return self.request.query_params.get(name, otherwise)

    def count(self, name: str, otherwise: int) -> int | None:
        """A number in the address, or what is given where it says none; None where it is no number of at most 15 digits."""
        text = self.query(name)
        return numbers.bounded(text) if text else otherwise

    def path(self, name: str) -> str:
        """A part of the path, as text."""
        return str(self.request.path_params[name])

    def may(self, access: Access) -> bool:
        """True where the person has that right: for what a page shows or leaves out."""
        return roles.may(self.session.role if self.session else None, access)

    def t(self, message_id: str, **values: object) -> str:
        """A message in the language of the page. count: how many, which is written as there: 1,177."""
        count = values.get("count")
        if type(count) is int:
            values["count"] = look.Counted(count, self.language)
        return locales.render(Text(message_id, values), self.language)

    def shown(self, message_id: str, **values: object) -> str:
        """The same for a page of `page`, which marks it as English where the language of the page has no such sentence."""
        said = self.t(message_id, **values)
        return (
            said
            if locales.spoken_in(message_id, self.language) != "en" or self.language == "en"
            else filled.marked(said)
        )

    def when(self, at: float | None) -> str:
        """A time (epoch s) in the people's time zone; a dash for none."""
        if at is None:
            return "–"
        return look.moment(at, self.language, self.console.settings.quiet.zone)

    def number(self, value: float) -> str:
        """A number in the language of the page."""
        return look.number(value, self.language)

    def channel(self, name: str) -> str:
        """What a chat service is called; its name in the settings where no message has another."""
        known = f"console.channel.{name}"
        return self.t(known) if known in locales.library().template else name

    def account(self, account: Account) -> str:
        """What an account is called: its service; its own name too where there are several, or it is none of ours."""
        ours = [one.name for one in self.console.channels if one.channel == account.channel]
        service = self.channel(account.channel)
        if ours == [account.name]:
            return service
        return self.t("console.channel.account", channel=service, name=account.name)

    def csrf(self) -> Markup:
        """The hidden field that every form holds."""
        token = self.session.csrf if self.session else ""
        return Markup('<input type="hidden" name="{}" value="{}">').format(forms.CSRF, token)

    def page(self, template: str, status: int = 200, /, **values: object) -> Response:
        """A page from a template. What every template has: see base.html."""
        here = self.request.url.path.removeprefix(ROOT)
        nav = [
            (f"{ROOT}{entry.path}", entry.nav, entry.about, _is_here(entry.path, here))
            for entry in self.console.entries
            if entry.nav and self.may(entry.access)
        ]
        said = self.query("said")
        known = re.fullmatch(r"[a-z_]{1,40}", said) and f"console.said.{said}" in locales.library().template
        body = look.template(
            template,
            {
                "visit": self,
                "me": self.session,
                "t": self.shown,
                "when": self.when,
                "n": self.number,
                "may": self.may,
                "csrf": self.csrf,
                "account_name": self.account,
                "nav": nav,
                "root": ROOT,
                "language": self.language,
                "direction": locales.pack(self.language).direction,
                "said": self.shown(f"console.said.{said}") if known else "",
                **values,
            },
        )
        return HTMLResponse(filled.told_apart(body), status)

    def go(self, path: str, said: str = "") -> Response:
        """On to another page, after a form was done. said: the end of a message id `console.said.*` that it shows."""
        mark = "&" if "?" in path else "?"
        return RedirectResponse(f"{ROOT}{path}" + (f"{mark}said={said}" if said else ""), 303)

    def unsure(self, back: str, message_id: str, **values: object) -> Response | None:
        """None where the form says that the person is sure; else a page that asks, and sends the same fields once more.

        It says what will happen and what cannot be undone. With JavaScript a dialog asked before (console.js). back: where the
        form stands, below /console.
        """
        if self.form.get("yes") == "1":
            return None
        return self.question(back, self.shown(f"console.sure.{message_id}", **values))

    def question(
        self,
        back: str,
        ask: str,
        more: Mapping[str, str] | None = None,
        lists: Sequence[tuple[str, Sequence[str]]] = (),
    ) -> Response:
        """The page of `unsure`. more: fields that go with those of the form. lists: heading and names of what it is about."""
        sent = {
            name: several for name, several in self.form.fields.items() if name not in (forms.CSRF, "yes")
        }
        sent.update({name: (value,) for name, value in (more or {}).items()})
        fields = [(name, value) for name, several in sent.items() for value in several]
        url = self.request.url
        action = f"{url.path}?{url.query}" if url.query else url.path
        return self.page(
            "sure.html", ask=ask, action=action, fields=fields, lists=lists, back=f"{ROOT}{back}"
        )

    def problem(self, status: int, message_id: str = "", /, **values: object) -> Response:
        """A page that says what is wrong, and where one can go from there."""
        known = message_id or _PROBLEMS.get(status, "console.problem.form")
        back = self.console.back_of(self)
        return self.page(
            "problem.html", status, problem=self.shown(known, **values), back=f"{ROOT}{back}" if back else ""
        )

    def too_big(self, most_bytes: int) -> Response:
        """What was sent is bigger than it may be: how big it is where the browser says so, and how big it may be."""
        most, said = trouble.size(most_bytes, self.language), self.request.headers.get("content-length", "")
        length = numbers.bounded(said)
        if length is None:
            return self.problem(413, most=most)
        size = trouble.size(length, self.language)
        return self.problem(413, "console.problem.too_big_by", size=size, most=most)

    def sign_in_first(self, entry: Entry) -> Response:
        """To the door, and back here afterwards; from a form, whose fields are gone, to its page. The door says so."""
        url, sent = self.request.url, self.request.method == "POST"
        path = ROOT + self.console.page_of(entry, url.path.removeprefix(ROOT)) if sent else url.path
        if path.rstrip("/") == ROOT:
            return self.go(SIGN_IN)
        whole = path + (f"?{url.query}" if url.query else "")
        back = safe_next(whole) or safe_next(path)
        return self.go(
            SIGN_IN + (f"?next={quote(back, safe='')}" if back else ""), "not_sent" if sent and back else ""
        )


Page = Callable[[Visit], Response]

_PROBLEMS: Mapping[int, str] = {
    400: "console.problem.form",
    403: "console.problem.not_yours",
    404: "console.problem.not_there",
    409: "console.problem.moved",
    413: "console.problem.too_big",
    415: "console.problem.form",
    500: "console.problem.error",
    503: "console.problem.busy",
}


def safe_next(address: str) -> str:
    """The address where it is one of the console's pages, else '': nobody is sent elsewhere after signing in."""
    return address if _NEXT.fullmatch(address) and len(address) < 500 and "/." not in address else ""


def _is_here(path: str, here: str) -> bool:
    return here == path or (path != "/" and here.startswith(path + "/"))
