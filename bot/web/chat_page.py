"""The chat's page: its files, its texts in every language, and what the browser may do with it."""

from __future__ import annotations

import gzip
import hashlib
import html
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

import locales
from locales import Text, kept

__all__ = ["ASSETS", "HEADERS", "TEXTS", "Asset", "page", "preferred_language", "texts"]

# Nothing inline, nothing foreign, no frame around it; blob: is the photograph that was just chosen, the voice just recorded.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": _POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        # A voice message is recorded by the page itself; a photograph is taken by the phone's own camera app.
        "Permissions-Policy": "camera=(), microphone=(self), geolocation=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
)

# What the page says: its own short name -> message id, and the arguments that the script fills in.
TEXTS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "title": ("web.title", ()),
        "subtitle": ("web.subtitle", ()),
        "welcome": ("web.welcome", ()),
        "privacy": ("web.privacy", ()),
        "start": ("web.start", ()),
        "log_label": ("web.log_label", ()),
        "said_you": ("web.said_you", ()),
        "said_ngozi": ("web.said_ngozi", ()),
        "answers_label": ("web.answers_label", ()),
        "write_label": ("web.write_label", ()),
        "send": ("web.send", ()),
        "photo_choose": ("web.photo_choose", ()),
        "photo_take": ("web.photo_take", ()),
        "photo_number": ("web.photo_number", ("number",)),
        "photo_remove": ("web.photo_remove", ("number",)),
        "photos_label": ("web.photos_label", ()),
        "voice_start": ("web.voice_start", ()),
        "voice_send": ("web.voice_send", ()),
        "voice_discard": ("web.voice_discard", ()),
        "voice_recording": ("web.voice_recording", ()),
        "voice_full": ("web.voice_full", ()),
        "voice_message": ("web.voice_message", ()),
        "state_sending": ("web.state_sending", ()),
        "state_sending_part": ("web.state_sending_part", ("percent",)),
        "state_waiting": ("web.state_waiting", ()),
        "state_received": ("web.state_received", ()),
        "state_looking": ("web.state_looking", ()),
        "state_failed": ("web.state_failed", ()),
        "again": ("web.again", ()),
        "listen": ("listen.button", ()),
        "discard": ("web.discard", ()),
        "offline": ("web.offline", ()),
        "leave": ("web.leave", ()),
        "leave_ask": ("web.leave_ask", ()),
        "noscript": ("web.noscript", ()),
        "error_too_many_photos": ("web.error_too_many_photos", ("most",)),
        "error_too_long": ("web.error_too_long", ()),
        "error_choice_gone": ("web.error_choice_gone", ()),
        "error_no_session": ("web.error_no_session", ()),
        "error_other": ("web.error_other", ()),
        "error_photo_format": ("photo.refused.format", ()),
        "error_photo_too_big": ("photo.refused.too_big", ()),
        "error_voice_format": ("web.error_voice_format", ()),
        "error_voice_too_big": ("web.error_voice_too_big", ()),
        "error_microphone": ("web.error_microphone", ()),
    }
)

_NAMES = {
    "chat.css": "text/css; charset=utf-8",
    "chat.js": "text/javascript; charset=utf-8",
    "voice.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
}
_PLACE = re.compile(r"\{\{([a-z_.]+)\}\}")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of the page, as it is and compressed."""

    body: bytes
    packed: bytes
    content_type: str
    etag: str


def _asset(name: str, content_type: str) -> Asset:
    body = files("bot.web").joinpath("static", name).read_bytes()
    etag = hashlib.sha256(body).hexdigest()[:16]
    return Asset(body, gzip.compress(body, mtime=0), content_type, etag)


ASSETS: Mapping[str, Asset] = MappingProxyType({name: _asset(name, kind) for name, kind in _NAMES.items()})
_PAGE = files("bot.web").joinpath("static", "chat.html").read_text("utf-8")


@kept()
def texts(language: str) -> Mapping[str, str]:
    """All texts of the page in a language; arguments stand as `{name}` for the script to fill in."""
    said = {
        short: locales.render(Text(message, {name: f"{{{name}}}" for name in names}), language)
        for short, (message, names) in TEXTS.items()
    }
    pack = locales.pack(language)
    return MappingProxyType({**said, "language": pack.code, "direction": pack.direction})


@kept()
def page(language: str) -> bytes:
    """The page in a language, complete before its script has run."""
    said = texts(language)
    # '<' is escaped so that no text can end the data block.
    data = json.dumps(dict(said), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if name == "texts":
            return data
        if name.startswith("version."):
            return ASSETS[name.removeprefix("version.")].etag
        return html.escape(said[name])

    return _PLACE.sub(fill, _PAGE).encode()


def preferred_language(
    accept_language: str, allow_unreviewed: bool, among: Collection[str] | None = None
) -> tuple[str, str]:
    """(pack's code, the fitting tag) for an Accept-Language header; ('en', its first tag) where none fits.

    among: of these packs alone; None: of all that may run.
    """
    tags: list[tuple[float, str]] = []
    for part in accept_language[:500].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            tags.append((-float(weight or "1"), tag.strip()))
        except ValueError:
            continue
    ordered = [
        tag for _, tag in sorted(tags, key=lambda item: item[0]) if re.fullmatch(r"[A-Za-z0-9-]{2,35}", tag)
    ]
    for tag in ordered:
        code = locales.negotiate(tag, allow_unreviewed)
        if code is not None and (among is None or code in among):
            return code, tag
    return "en", ordered[0] if ordered else ""
