"""Recorded sentences of a pack: <code>/clips/<message id>.ogg, or <message id>.<plural form>.ogg. They win over a machine.

Ogg Opus, mono, a real speaker who is asked for their consent. Only for sentences without arguments: a recording cannot change.
Looked at without a decoder: RFC 7845 (Ogg Opus), RFC 3533 (Ogg pages).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

from locales import placeholders
from locales.catalogue import Entry

__all__ = ["MOST_BYTES", "MOST_S", "duration_s", "faults", "file_of"]

MOST_S = 30.0
MOST_BYTES = 150_000
_PAGE = struct.Struct("<4sBBqIIIB")
_RATE_HZ = 48_000  # of granule positions, whatever was recorded


def file_of(root: Path, code: str, entry: Entry, sentence: str, form: int) -> Path | None:
    """The recording of a sentence in its language, or None. form: of the plural, 0 where the message has none."""
    if placeholders.names(sentence):
        return None
    name = f"{entry.id}.{form}.ogg" if entry.plural else f"{entry.id}.ogg"
    path = root / code / "clips" / name
    return path if path.is_file() else None


def duration_s(data: bytes) -> float:
    """How long an Ogg Opus file plays. Raises ValueError saying why for any other file."""
    if b"OpusHead" not in data[:64]:
        raise ValueError("is no Ogg Opus file")
    head = data.index(b"OpusHead")
    channels, skip = data[head + 9], int.from_bytes(data[head + 10 : head + 12], "little")
    if channels != 1:
        raise ValueError(f"has {channels} channels; expected 1")
    at, last = 0, 0
    while at < len(data):
        if data[at : at + 4] != b"OggS" or len(data) < at + _PAGE.size:
            raise ValueError("is broken: no Ogg page where one should begin")
        granule, segments = _PAGE.unpack_from(data, at)[3], data[at + 26]
        table = data[at + 27 : at + 27 + segments]
        at += 27 + segments + sum(table)
        last = max(last, granule)
    if at != len(data):
        raise ValueError("ends in the middle of a page")
    return max(0.0, (last - skip) / _RATE_HZ)


def faults(root: Path, template: Mapping[str, Entry], code: str) -> Iterator[tuple[str, str]]:
    """(file, what is wrong with it) of a pack's recordings."""
    for path in sorted((root / code / "clips").glob("*")):
        file = f"{code}/clips/{path.name}"
        if path.suffix != ".ogg":
            yield file, "expected names like consent.ask.ogg"
            continue
        stem, _, form = path.stem.rpartition(".")
        of_form = template.get(stem) if form.isdecimal() else None
        entry = of_form if of_form is not None and of_form.plural else template.get(path.stem)
        if entry is None or (entry is not of_form and entry.plural):
            yield file, f"{path.stem!r} is no message of the template, or lacks its plural form"
            continue
        # Of a plural message some forms have no number in them, which ones differs by language.
        if not entry.plural and placeholders.names(entry.source[0]):
            yield file, "the sentence has arguments; a recording cannot say them"
        size = path.stat().st_size
        if size > MOST_BYTES:
            yield file, f"has {size} bytes; expected at most {MOST_BYTES}"
            continue
        try:
            long_s = duration_s(path.read_bytes())
        except ValueError as error:
            yield file, str(error)
            continue
        if not 0.2 <= long_s <= MOST_S:
            yield file, f"plays {long_s:.1f} s; expected 0.2 to {MOST_S:g} s"
