"""Somebody at a page of the console: what the page may ask, and what it can answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

import locales
from bot.channels import Account
from bot.console import roles
from bot.console.roles import Access
from bot.console.sessions import Session
from bot.web.console import filled, forms, look, numbers, trouble
from bot.web.console.forms import Form
from locales import Text

if TYPE_CHECKING:  # the frame makes visits
    from bot.web.console.frame import Console

__all__ = ["ROOT", "SIGN_IN", "Entry", "Page", "Visit", "safe_next"]

ROOT = "/console"
SIGN_IN = "/sign-in"
_NEXT = re.compile(r"/console(/[A-Za-z0-9_.~-]+)*/?(\?[A-Za-z0-9_.~=&%+-]*)?")
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

    @property
    def sure(self) -> bool:
        """True where the form says that the person was asked and is sure."""
        return self.form.get("yes") == "1"

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
        if self.sure:
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


def safe_next(address: str) -> str:
    """The address where it is one of the console's pages, else '': nobody is sent elsewhere after signing in."""
    return address if _NEXT.fullmatch(address) and len(address) < 500 and "/." not in address else ""


def _is_here(path: str, here: str) -> bool:
    return here == path or (path != "/" and here.startswith(path + "/"))
