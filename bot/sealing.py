"""Sealing of small things with numbered master keys: photographs' own keys, spool files.

A sealed blob is: 4 bytes "NGZ1", 4 bytes number of the master key, 12 bytes nonce, AES-256-GCM ciphertext
with its tag. The header, the purpose and a name are bound to it: a blob moved to another place does not open.

Nonces are random. NIST SP 800-38D allows 2**32 of them a key: one photograph a second for 136 years.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import NgoziError

MAGIC = b"NGZ1"
HEADER = struct.Struct(">4sI")
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
DERIVED_FOR = b"ngozi sealing"


class SealError(NgoziError):
    """A blob cannot be opened, or a key cannot be used; the message says which and what was expected."""


class Sealer:
    """Seals with one master key, opens with any of those it knows."""

    def __init__(self, master_keys: Mapping[int, bytes]) -> None:
        """master_keys: 32 random bytes each, by number (Settings.master_keys); the highest seals new blobs.

        What encrypts is derived from them (HKDF-SHA256, RFC 5869): they serve other purposes elsewhere.
        """
        if not master_keys:
            raise SealError("no master key; expected one or more")
        for key_id, key in master_keys.items():
            if not 1 <= key_id < 2**32:
                raise SealError(f"master key number is {key_id}; expected 1 to 4294967295")
            if len(key) != KEY_BYTES:
                raise SealError(f"master key {key_id} has {len(key)} bytes; expected {KEY_BYTES}")
        self._ciphers = {key_id: AESGCM(_derived(key)) for key_id, key in master_keys.items()}
        self.key_id = max(master_keys)

    def seal(self, data: bytes, *, purpose: str, name: str = "", key_id: int | None = None) -> bytes:
        """The sealed blob, 36 bytes longer than data. purpose and name are needed again to open it."""
        number = self.key_id if key_id is None else key_id
        cipher = self._cipher(number)
        header = HEADER.pack(MAGIC, number)
        nonce = os.urandom(NONCE_BYTES)
        return header + nonce + cipher.encrypt(nonce, data, _bound(header, purpose, name))

    def open(self, blob: bytes, *, purpose: str, name: str = "") -> bytes:
        """What was sealed. Raises SealError: not a blob, unknown or wrong master key, changed, other name."""
        number = sealed_with(blob)
        cipher = self._cipher(number)
        header, rest = blob[: HEADER.size], blob[HEADER.size :]
        try:
            return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], _bound(header, purpose, name))
        except InvalidTag:
            raise SealError(
                f"the {purpose} does not open with master key {number}: it was changed or moved, "
                "or the secret key is not the one it was sealed with"
            ) from None

    def _cipher(self, key_id: int) -> AESGCM:
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            known = ", ".join(str(number) for number in sorted(self._ciphers))
            raise SealError(f"master key {key_id} is not known; known: {known}")
        return cipher


def sealed_with(blob: bytes) -> int:
    """The number of the master key a blob was sealed with, as its header says. Raises SealError."""
    if len(blob) < HEADER.size + NONCE_BYTES + TAG_BYTES:
        raise SealError(f"a sealed blob has {len(blob)} bytes; expected 36 or more")
    magic, key_id = HEADER.unpack_from(blob)
    if magic != MAGIC:
        raise SealError(f"a sealed blob begins with {magic!r}; expected {MAGIC!r}")
    return int(key_id)


def _derived(master_key: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=DERIVED_FOR).derive(master_key)


def _bound(header: bytes, purpose: str, name: str) -> bytes:
    return header + b"\0".join((purpose.encode(), name.encode()))
