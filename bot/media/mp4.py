"""A voice in MP4 (AAC), as Safari's recorder writes it: looked at, and rid of what could tell place or device.

Source: ISO/IEC 14496-12. No box changes its size, for a file's own tables count bytes from its beginning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

__all__ = ["voice_only"]

# What stays, by the box it stands in; of everything else only the size does. `udta`, `meta` and `uuid` hold names and places.
_STAY: Mapping[bytes, frozenset[bytes]] = {
    b"": frozenset({b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"sidx", b"mfra"}),
    b"moov": frozenset({b"mvhd", b"trak", b"mvex"}),
    b"trak": frozenset({b"tkhd", b"edts", b"mdia"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf"}),
    b"minf": frozenset({b"smhd", b"dinf", b"stbl"}),
    b"moof": frozenset({b"mfhd", b"traf"}),
    b"traf": frozenset({b"tfhd", b"tfdt", b"trun"}),
}


@dataclass(frozen=True, slots=True)
class _Box:
    name: bytes
    start: int
    content: int
    end: int


def voice_only(data: bytes) -> bytes:
    """The same file with nothing but its sound. Raises ValueError where it holds anything but one track of AAC."""
    kept = bytearray(data)
    handlers: list[bytes] = []
    formats: list[bytes] = []
    sound = 0
    for inside, box in _boxes(data, b"", 0, len(data)):
        content = data[box.content : box.end]
        if box.name not in _STAY[inside]:
            kept[box.start + 4 : box.start + 8] = b"free"
            kept[box.content : box.end] = bytes(box.end - box.content)
        elif box.name == b"hdlr":
            handlers.append(content[8:12])
            # Behind the kind stands a name that whoever wrote the file chose.
            kept[min(box.content + 24, box.end) : box.end] = bytes(max(0, len(content) - 24))
        elif box.name == b"stbl":
            formats += [
                data[one.content + 12 : one.content + 16]
                for one in _flat(data, box.content, box.end)
                if one.name == b"stsd"
            ]
        elif box.name == b"mdat":
            sound += len(content)
    if handlers != [b"soun"] or formats != [b"mp4a"] or not sound:
        raise ValueError("the file is not one track of AAC")
    return bytes(kept)


def _boxes(data: bytes, inside: bytes, start: int, end: int) -> Iterator[tuple[bytes, _Box]]:
    """Each box and the name of the one that it stands in; those that stay are looked into."""
    for box in _flat(data, start, end):
        yield inside, box
        if box.name in _STAY and box.name in _STAY[inside]:
            yield from _boxes(data, box.name, box.content, box.end)


def _flat(data: bytes, start: int, end: int) -> Iterator[_Box]:
    """The boxes from start to end, one behind the other. Raises ValueError where they do not fill it."""
    while start < end:
        content = start + 8
        size = int.from_bytes(data[start : start + 4])
        if size == 1:
            content += 8
            size = int.from_bytes(data[start + 8 : start + 16])
        elif size == 0:
            size = end - start
        if content > end or size < content - start or start + size > end:
            raise ValueError(f"a box of {size} bytes with {end - start} left")
        yield _Box(data[start + 4 : start + 8], start, content, start + size)
        start += size
