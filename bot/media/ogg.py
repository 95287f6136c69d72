"""Opus packets as an Ogg file, which every channel of ours plays. Source: RFC 3533 (pages), RFC 7845 (Opus in Ogg)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence

__all__ = ["checksum", "samples", "written"]

# A page a second at 20 ms a packet: players seek by pages.
PACKETS_A_PAGE = 50
# Most of one packet: 120 ms. Source: RFC 6716, section 3.2.5.
MOST_SAMPLES = 5760
_TAGS = b"OpusTags" + struct.pack("<I", 5) + b"Ngozi" + struct.pack("<I", 0)
_FIRST, _LAST = 2, 4
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def checksum(page: bytes) -> int:
    """The CRC of a page whose own field is zero.

    Ogg's polynomial is that of zlib, taken from the other end, from 0 and without the last inversion.
    """
    found = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{found:032b}"[::-1], 2)


def samples(packet: bytes) -> int:
    """How many samples at 48 kHz an Opus packet holds. Raises ValueError where it is none. Source: RFC 6716, section 3.1."""
    if not packet:
        raise ValueError("an Opus packet of 0 bytes")
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        frame = (480, 960)[config & 1]
    else:
        frame = (120, 240, 480, 960)[config & 3]
    if code == 3 and len(packet) < 2:
        raise ValueError("an Opus packet without its number of frames")
    found = frame * ((1, 2, 2)[code] if code < 3 else packet[1] & 63)
    if not 0 < found <= MOST_SAMPLES:
        raise ValueError(f"an Opus packet of {found} samples; expected 1 to {MOST_SAMPLES}")
    return found


def written(head: bytes, packets: Sequence[bytes]) -> bytes:
    """The Ogg file of these packets. head: OpusHead. Raises ValueError for what is no Opus packet, or for none at all."""
    if not packets:
        raise ValueError("0 Opus packets; expected one at least")
    pages = [_page(0, 0, _FIRST, [head]), _page(1, 0, 0, [_TAGS])]
    at = 0
    groups = list(_groups(packets))
    for number, group in enumerate(groups):
        at += sum(map(samples, group))
        pages.append(_page(number + 2, at, _LAST if number + 1 == len(groups) else 0, group))
    return b"".join(pages)


def _groups(packets: Sequence[bytes]) -> Iterator[list[bytes]]:
    group: list[bytes] = []
    room = 255
    for packet in packets:
        need = len(packet) // 255 + 1
        if need > 255:
            raise ValueError(f"an Opus packet of {len(packet)} bytes; at most {255 * 255 - 1} go into a page")
        if group and (need > room or len(group) == PACKETS_A_PAGE):
            yield group
            group, room = [], 255
        group.append(packet)
        room -= need
    yield group


def _page(number: int, at: int, flags: int, packets: Sequence[bytes]) -> bytes:
    lacing = b"".join(b"\xff" * (len(p) // 255) + bytes([len(p) % 255]) for p in packets)
    # The serial number only tells streams of one file apart; there is one.
    start = struct.pack("<4sBBqII", b"OggS", 0, flags, at, 1, number)
    rest = bytes([len(lacing)]) + lacing + b"".join(packets)
    return start + struct.pack("<I", checksum(start + bytes(4) + rest)) + rest
