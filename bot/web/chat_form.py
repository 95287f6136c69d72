"""One message of the web chat as it streams in: a few short fields, then photographs or a voice message.

Written instead of Starlette's form parser, because that one spools files to disk in the clear, and a
photograph of somebody's skin must not lie on a disk unencrypted, not even for a second. Here a file
is held in memory until it is whole, handed to `seal`, and dropped; all requests of a process share one
budget of bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from bot.channels.webchat import MAX_PHOTO_BYTES, MAX_PHOTOS, MAX_VOICE_BYTES

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

__all__ = ["Budget", "ChatForm", "FormRefused", "Seal", "read_form"]

FIELDS = frozenset({"id", "text", "choice", "start"})
MAX_FIELD_BYTES = 32 << 10  # 4,000 characters of any script, with room
MAX_BODY_BYTES = MAX_PHOTOS * MAX_PHOTO_BYTES + (1 << 20)
# A phone on a bad line may pause; one that sends nothing for a minute has gone.
STALLED_S = 60.0


class FormRefused(Exception):
    """The message is not taken. code: what the page tells the person (`web.error_<code>`)."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class Budget:
    """Bytes of photographs and voices that all requests of this process may hold at once. For one event loop."""

    def __init__(self, size_bytes: int = 256 << 20) -> None:
        self._left = size_bytes

    def take(self, size_bytes: int) -> None:
        """Takes a share. Raises FormRefused 503 'busy' where none is left."""
        if size_bytes > self._left:
            raise FormRefused(503, "busy")
        self._left -= size_bytes

    def give(self, size_bytes: int) -> None:
        """Gives a share back."""
        self._left += size_bytes


@dataclass(slots=True)
class ChatForm:
    """What came: fields by name, and what `seal` made of each photograph, in order, and of the voice message."""

    fields: dict[str, str] = field(default_factory=dict)
    photos: list[dict[str, object]] = field(default_factory=list)
    voice: dict[str, object] | None = None


class Seal(Protocol):
    """Seals one file; None leaves it out. form: what came before it. Raises FormRefused."""

    def __call__(
        self, form: ChatForm, kind: Literal["photo", "voice"], data: bytes, /
    ) -> Awaitable[dict[str, object] | None]: ...


@dataclass(slots=True)
class _Part:
    header: bytes = b""
    value: bytes = b""
    disposition: bytes = b""
    name: str = ""
    file: bool = False
    data: bytearray = field(default_factory=bytearray)


class _Parts:
    """Callbacks of the parser: collects whole parts, and refuses what is too big as soon as it is."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.held = 0
        self.whole: list[_Part] = []
        self._part = _Part()
        self._files = 0
        self._voices = 0
        self._fields = 0

    def on_part_begin(self) -> None:
        self._part = _Part()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._part.header += data[start:end]
        if len(self._part.header) > 256:
            raise FormRefused(400, "malformed")

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._part.value += data[start:end]
        if len(self._part.value) > 4096:
            raise FormRefused(400, "malformed")

    def on_header_end(self) -> None:
        if self._part.header.lower() == b"content-disposition":
            self._part.disposition = self._part.value
        self._part.header = self._part.value = b""

    def on_headers_finished(self) -> None:
        _, options = parse_options_header(self._part.disposition)
        self._part.name = options.get(b"name", b"").decode("ascii", "replace")
        self._part.file = b"filename" in options
        if self._part.file:
            self._files += 1
            if self._part.name not in ("photo", "voice"):
                raise FormRefused(400, "malformed")
            # A voice message is a message by itself, as on every other channel.
            self._voices += self._part.name == "voice"
            if self._voices and self._files > 1:
                raise FormRefused(400, "malformed")
            if self._files > MAX_PHOTOS:
                raise FormRefused(413, "too_many_photos")
        else:
            self._fields += 1
            if self._part.name not in FIELDS or self._fields > len(FIELDS):
                raise FormRefused(400, "malformed")

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        size = end - start
        if self._part.file:
            most = MAX_VOICE_BYTES if self._part.name == "voice" else MAX_PHOTO_BYTES
            if len(self._part.data) + size > most:
                raise FormRefused(413, f"{self._part.name}_too_big")
            self.budget.take(size)
            self.held += size
        elif len(self._part.data) + size > MAX_FIELD_BYTES:
            raise FormRefused(413, "too_long")
        self._part.data += data[start:end]

    def on_part_end(self) -> None:
        self.whole.append(self._part)

    def drop(self, part: _Part) -> None:
        """Gives the memory of one file back."""
        if part.file:
            self.budget.give(len(part.data))
            self.held -= len(part.data)
        part.data = bytearray()


async def read_form(
    content_type: str,
    content_length: str,
    stream: AsyncIterator[bytes],
    budget: Budget,
    seal: Seal,
) -> ChatForm:
    """The message in this request body.

    `seal` gets the fields that came before the file (the page sends them first), its kind and its bytes; None
    leaves it out. Raises FormRefused; what was sealed by then is the caller's to forget. A body that is
    refused half-way is still read to its end within the limit, so that the browser sees an answer, not a
    broken connection.
    """
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 0 < len(boundary) <= 200:
        raise FormRefused(415, "malformed")
    if content_length.isdigit() and int(content_length) > MAX_BODY_BYTES:
        raise FormRefused(413, "photo_too_big")
    form, parts, read_bytes = ChatForm(), _Parts(budget), 0
    parser = MultipartParser(boundary, _callbacks(parts))
    refused: FormRefused | None = None
    try:
        async for chunk in _unstalled(stream):
            read_bytes += len(chunk)
            if read_bytes > MAX_BODY_BYTES:
                raise refused or FormRefused(413, "photo_too_big")
            if refused is not None:
                continue
            try:
                parser.write(chunk)
                await _take(form, parts, seal)
            except FormRefused as error:
                refused = error
                parts.whole.clear()
                budget.give(parts.held)
                parts.held = 0
        if refused is not None:
            raise refused
        parser.finalize()
    except FormParserError as error:
        raise FormRefused(400, "malformed") from error
    finally:
        budget.give(parts.held)
    return form


def _callbacks(parts: _Parts) -> MultipartCallbacks:
    return {
        "on_part_begin": parts.on_part_begin,
        "on_part_data": parts.on_part_data,
        "on_part_end": parts.on_part_end,
        "on_header_field": parts.on_header_field,
        "on_header_value": parts.on_header_value,
        "on_header_end": parts.on_header_end,
        "on_headers_finished": parts.on_headers_finished,
    }


async def _take(
    form: ChatForm,
    parts: _Parts,
    seal: Seal,
) -> None:
    while parts.whole:
        part = parts.whole.pop(0)
        if not part.file:
            if part.name in form.fields:
                raise FormRefused(400, "malformed")
            try:
                form.fields[part.name] = part.data.decode("utf-8")
            except UnicodeDecodeError:
                raise FormRefused(400, "malformed") from None
            continue
        kind: Literal["photo", "voice"] = "voice" if part.name == "voice" else "photo"
        try:
            sealed = await seal(form, kind, bytes(part.data))
        finally:
            parts.drop(part)
        if sealed is not None and kind == "voice":
            form.voice = sealed
        elif sealed is not None:
            form.photos.append(sealed)


async def _unstalled(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    iterator = aiter(stream)
    while True:
        try:
            async with asyncio.timeout(STALLED_S):
                chunk = await anext(iterator)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise FormRefused(408, "malformed") from None
        yield chunk
