"""What a form posted: read whole within a limit, and only if it came from a page of ours."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message

from bot.web.console.numbers import DIGITS

__all__ = ["CSRF", "CSRF_HEADER", "Form", "FormRefused", "Upload", "is_ours", "read", "same"]

CSRF = "csrf"
CSRF_HEADER = "x-csrf-token"
MOST_FIELDS = 1000


class FormRefused(Exception):
    """The form is not taken. status: of HTTP."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was posted. name: as the browser says it, for display only."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, and its files by field."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)

    def get(self, name: str, otherwise: str = "") -> str:
        """The first value of a field, or what is given."""
        values = self.fields.get(name)
        return values[0] if values else otherwise

    def all(self, name: str) -> tuple[str, ...]:
        """All values of a field."""
        return self.fields.get(name, ())

    def file(self, name: str) -> Upload | None:
        """The file of a field; None where none was chosen."""
        return self.files.get(name)


async def read(request: Request, most_bytes: int) -> Form:
    """The form in the body. Files are held in memory. Raises FormRefused: too big, of another kind, malformed."""
    body = bytearray()
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and (len(length) > DIGITS or int(length) > most_bytes):
        raise FormRefused(413)
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise FormRefused(413)

    async def receive() -> Message:
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        if body:
            raise FormRefused(415)
        return Form()
    if kind == "multipart/form-data" and not _whole(request.headers["content-type"], body):
        raise FormRefused(400)
    fields: dict[str, list[str]] = {}
    files: dict[str, Upload] = {}
    try:
        # The body is bounded already: a part may be as large as it.
        async with Request(request.scope, receive).form(
            max_files=20, max_fields=MOST_FIELDS, max_part_size=most_bytes
        ) as form:
            for name, value in form.multi_items():
                # Half a character, as some charsets allow, can neither be kept nor shown: this raises.
                for text in (name, (value.filename or "") if isinstance(value, UploadFile) else value):
                    text.encode()
                if isinstance(value, UploadFile):
                    if value.filename:
                        files[name] = Upload(value.filename, await value.read())
                else:
                    # Browsers send two characters for a line break, and count one against a field's length.
                    fields.setdefault(name, []).append(value.replace("\r\n", "\n"))
    except (MultiPartException, HTTPException, UnicodeError):
        raise FormRefused(400) from None
    return Form({name: tuple(values) for name, values in fields.items()}, files)


def _whole(kind: str, body: bytearray) -> bool:
    """True where a form of parts ends as it says that it does: of one that was cut off nothing is taken."""
    found = re.search(r'boundary="?([^";,]{1,70})"?', kind)
    return found is not None and bytes(body[-100:]).rstrip().endswith(f"--{found[1]}--".encode())


def is_ours(request: Request, public_url: str) -> bool:
    """False where the browser says that another site sent this.

    Sec-Fetch-Site says so whatever the referrer policy; Origin is 'null' on our own forms, because pages have no referrer. A
    browser that sends neither is judged by the token alone.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("origin")
    if origin is None or (origin == "null" and site is not None):
        return True
    if origin == "null":
        return True
    ours = {request.headers.get("host", "")}
    if public_url:
        ours.add(urlsplit(public_url).netloc)
    return urlsplit(origin).netloc in ours - {""}


def same(expected: str, given: str) -> bool:
    """True where a token is the one that was given out; never for an empty one."""
    return bool(expected) and hmac.compare_digest(expected.encode(), given.encode())
