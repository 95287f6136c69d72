"""Addresses under which a platform may fetch one photograph or voice note of ours, for an hour.

A token names the thing and the second at which it ends, and carries an HMAC-SHA256 of both by a key derived from the master key:
nobody can make one, change one or list any. What it names may be gone earlier: whoever serves it looks again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["GOOD_FOR_S", "PATH", "Named", "read_token", "token", "url"]

GOOD_FOR_S: Final = 3600.0
PATH: Final = "/media/"
_HEAD: Final = struct.Struct(">BBIB16s")  # version, kind, last second, part, id
_KINDS: Final[Mapping[int, Literal["photo", "voice", "recording"]]] = {1: "photo", 2: "voice", 3: "recording"}
_NUMBERS: Final = {kind: number for number, kind in _KINDS.items()}
_LONGEST: Final = 200
_PURPOSE: Final = b"ngozi media address"


@dataclass(frozen=True, slots=True)
class Named:
    """What an address leads to. id: a photograph's or a person's recording, or the uuid of the reply whose part `part` is a voice
    note of ours.
    """

    kind: Literal["photo", "voice", "recording"]
    id: str
    part: int = 0


def token(keys: Mapping[int, bytes], named: Named, now: float) -> str:
    """The token of an address, good until GOOD_FOR_S after `now` (epoch seconds). Raises ValueError for an id that is none."""
    raw = bytes.fromhex(named.id)
    if len(raw) != 16 or not 0 <= named.part < 256:
        raise ValueError("id has not 32 hexadecimal digits, or part is not 0 to 255")
    head = _HEAD.pack(1, _NUMBERS[named.kind], int(now + GOOD_FOR_S), named.part, raw)
    return base64.urlsafe_b64encode(head + _proof(keys[max(keys)], head)).decode().rstrip("=")


def read_token(keys: Mapping[int, bytes], text: str, now: float) -> Named | None:
    """What the token names; None where it was not made by us, was changed, or has run out."""
    if len(text) > _LONGEST or not text.isascii():
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    head, proof = raw[: _HEAD.size], raw[_HEAD.size :]
    # All keys are tried, so that a rotation breaks no address.
    proven = [hmac.compare_digest(_proof(key, head), proof) for key in keys.values()]
    if len(head) != _HEAD.size or True not in proven:
        return None
    version, kind, until, part, name = _HEAD.unpack(head)
    if version != 1 or kind not in _KINDS or now > until:
        return None
    return Named(_KINDS[kind], name.hex(), part)


def url(public_url: str, keys: Mapping[int, bytes], named: Named, now: float) -> str:
    """The whole address; '' where we have no public one."""
    return f"{public_url.rstrip('/')}{PATH}{token(keys, named, now)}" if public_url else ""


def _proof(key: bytes, head: bytes) -> bytes:
    return hmac.new(hmac.new(key, _PURPOSE, hashlib.sha256).digest(), head, hashlib.sha256).digest()
