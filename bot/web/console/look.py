"""How a page of the console looks: its templates, its static files, what the browser may do with it."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_datetime
from babel.numbers import format_decimal, format_percent, get_decimal_symbol
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from locales.days import locale_of

__all__ = [
    "HEADERS",
    "STATIC",
    "Counted",
    "address_of",
    "language_name",
    "moment",
    "number",
    "percent",
    "ready",
    "static",
    "template",
    "two_digits",
    "undirected",
]

# Nothing inline, nothing foreign, no frame around it.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": _POLICY,
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex",
    }
)

STATIC = "/console/static"
_KINDS = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    packed: bytes
    kind: str
    version: str


@cache
def _files() -> Mapping[str, _File]:
    """What lies in static/, by name, and the mark of the chat."""
    found: dict[str, _File] = {}
    for folder in (files("bot.web.console").joinpath("static"), files("bot.web").joinpath("static")):
        for entry in folder.iterdir():
            kind = _KINDS.get(entry.name.rpartition(".")[2])
            # Of the chat's files the mark alone is the console's too.
            if kind is None or (entry.name.startswith("chat.")) or entry.name in found:
                continue
            body = entry.read_bytes()
            version = hashlib.sha256(body).hexdigest()[:16]
            found[entry.name] = _File(body, gzip.compress(body, mtime=0), kind, version)
    return MappingProxyType(found)


def address_of(name: str) -> str:
    """Where the browser finds a static file; another address whenever it changes. Raises KeyError."""
    return f"{STATIC}/{_files()[name].version}/{name}"


async def static(request: Request) -> Response:
    """A static file: kept for a year under the address of its own content, else asked for again."""
    file = _files().get(request.path_params["name"])
    if file is None:
        return Response(status_code=404, headers=dict(HEADERS))
    packed = "gzip" in request.headers.get("accept-encoding", "")
    current = request.path_params["version"] == file.version
    headers = {
        **HEADERS,
        "Cache-Control": "public, max-age=31536000, immutable" if current else "no-cache",
        "Vary": "Accept-Encoding",
    }
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(file.packed if packed else file.body, headers=headers, media_type=file.kind)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("bot.web.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # A server goes on with the templates it began with: those that an upgrade lays beside it belong to new code.
        auto_reload=False,
    )
    made.globals["asset"] = address_of
    # Read now: a page that nobody opened yet would be read after the upgrade.
    for name in made.list_templates():
        made.get_template(name)
    return made


def ready() -> None:
    """Reads all templates, once in a process: for when a server starts."""
    _environment()


def template(name: str, values: Mapping[str, object]) -> str:
    """The page. Everything that is put in is escaped; a name that is not given is an error of the code."""
    return _environment().get_template(name).render(values)


def moment(at: float, language: str, zone: tzinfo) -> str:
    """A time (epoch s) as people of the language write it, with the day. What follows the digits ('PM') stays beside them."""
    text = undirected(format_datetime(datetime.fromtimestamp(at, zone), "medium", locale=locale_of(language)))
    head, _, last = text.rpartition(" ")
    return f"{head}\N{NO-BREAK SPACE}{last}" if head and not any(map(str.isdigit, last)) else text


def undirected(text: str) -> str:
    """The text without the marks of direction that Babel puts into dates.

    A message has none in what is filled in (locales.placeholders): with them the same date reads from the other end in a table.
    """
    return str(text).replace("\N{RIGHT-TO-LEFT MARK}", "").replace("\N{LEFT-TO-RIGHT MARK}", "")


@lru_cache(maxsize=4096)
def number(value: float, language: str) -> str:
    """A number as people of the language write it."""
    return str(format_decimal(value, locale=locale_of(language)))


def has_decimal_comma(language: str) -> bool:
    """Whether spreadsheets of the language keep the comma for decimals, and part cells by a semicolon."""
    return str(get_decimal_symbol(locale_of(language))) == ","


class Counted(int):
    """How many, as a message takes it: a number to choose the plural by, written as people of the language write it."""

    language: str

    def __new__(cls, value: int, language: str) -> Counted:
        """See the class."""
        made = super().__new__(cls, value)
        made.language = language
        return made

    def __str__(self) -> str:
        return number(int(self), self.language)


@lru_cache(maxsize=4096)
def percent(share: float, language: str) -> str:
    """A share from 0 to 1, in whole percents."""
    return str(format_percent(share, locale=locale_of(language)))


@lru_cache(maxsize=1024)
def language_name(code: str, language: str) -> str:
    """A language as people of the page's language call it; its code where Babel does not know it."""
    try:
        found = Locale.parse(code, sep="-").get_display_name(locale_of(language))
    except (UnknownLocaleError, ValueError):
        return code
    return undirected(found) if found else code


def two_digits(value: float, language: str) -> str:
    """A number with two digits behind the point."""
    return str(format_decimal(value, format="0.00", locale=locale_of(language)))
