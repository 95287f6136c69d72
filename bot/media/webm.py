"""The Opus packets of a WebM file, as Chrome's recorder writes it. Source: RFC 8794 (EBML), RFC 9559 (Matroska), webmproject.org.

Only what a recorder of one voice writes is read: one track, Opus, no lacing, no compression. Everything else is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["MAGIC", "Opus", "opus"]

MAGIC = b"\x1a\x45\xdf\xa3"
_TRACK_ENTRY, _TRACK_TYPE, _CODEC, _PRIVATE, _ENCODINGS = 0xAE, 0x83, 0x86, 0x63A2, 0x6D80
_SIMPLE_BLOCK, _BLOCK = 0xA3, 0xA1
# What is read through: Segment, Tracks, TrackEntry, Cluster, BlockGroup. A recorder does not know the size of some of them.
_INTO = frozenset({0x18538067, 0x1654AE6B, _TRACK_ENTRY, 0x1F43B675, 0xA0})
_AUDIO = b"\x02"
_LACED = 0x06


@dataclass(slots=True)
class Opus:
    """A voice: its header (OpusHead) and its packets, in order."""

    head: bytes = b""
    packets: list[bytes] = field(default_factory=list)


def opus(data: bytes) -> Opus:
    """The voice in the file. Raises ValueError where it holds anything but one track of Opus."""
    found = Opus()
    tracks = 0
    for name, value in _elements(data):
        if name == _TRACK_ENTRY:
            tracks += 1
            if tracks > 1:
                raise ValueError("more than one track")
        elif name == _TRACK_TYPE and value.lstrip(b"\0") != _AUDIO:
            raise ValueError("a track that is no sound")
        elif name == _CODEC and value.rstrip(b"\0") != b"A_OPUS":
            raise ValueError("a sound that is not Opus")
        elif name == _ENCODINGS:
            raise ValueError("a track that is compressed or encrypted")
        elif name == _PRIVATE:
            found.head = _head(value)
        elif name in (_SIMPLE_BLOCK, _BLOCK):
            found.packets.append(_packet(value))
    if not found.head:
        raise ValueError("no header of Opus")
    return found


def _head(value: bytes) -> bytes:
    # Mapping family 0 is mono or stereo.
    if len(value) != 19 or value[:9] != b"OpusHead\x01" or value[9] not in (1, 2) or value[18] != 0:
        raise ValueError("a header of Opus that is not for one voice")
    return value


def _packet(block: bytes) -> bytes:
    """What is in a block behind the track's number, the time and the flags."""
    try:
        _, at = _number(block, 0, 8)
    except IndexError:
        raise ValueError("a block without its track") from None
    if len(block) < at + 4:
        raise ValueError("a block of no sound")
    if block[at + 2] & _LACED:
        raise ValueError("a block of several packets")
    return block[at + 3 :]


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each element's name and content, in order; ('' as content) for one that is read through. Stops at one that is cut off."""
    at = 0
    while at < len(data):
        try:
            name, at = _number(data, at, 4, marked=True)
            size, at = _number(data, at, 8)
        except IndexError:
            return
        if name in _INTO:
            yield name, b""
            continue
        if size is None or name is None:
            raise ValueError("an element of unknown size that cannot be read through")
        if at + size > len(data):
            return
        yield name, data[at : at + size]
        at += size


def _number(data: bytes, at: int, most: int, *, marked: bool = False) -> tuple[int | None, int]:
    """A number of 1 to `most` bytes and where it ends; None for 'unknown'. marked: the bit that tells the length is kept.

    Raises IndexError where the data end in it, ValueError where it is longer.
    """
    length = 9 - data[at].bit_length()
    if length > most:
        raise ValueError(f"a number of {length} bytes; expected 1 to {most}")
    if at + length > len(data):
        raise IndexError
    value = int.from_bytes(data[at : at + length])
    if marked:
        return value, at + length
    value &= (1 << 7 * length) - 1
    return (None if value == (1 << 7 * length) - 1 else value), at + length
