"""A sealed thing's handle as text: all that opening it needs, so whoever drops the text has erased the thing."""

from __future__ import annotations

import base64
import json

from bot.media.vault import Stored

__all__ = ["handle", "stored"]


def handle(stored: Stored) -> str:
    """The handle of what the vault has sealed."""
    key = base64.b64encode(stored.wrapped_key).decode("ascii")
    return json.dumps([stored.name, key, stored.master_key_id, stored.size_bytes], separators=(",", ":"))


def stored(handle: str) -> Stored:
    """What `handle` was made of. Raises ValueError for anything else."""
    parts = json.loads(handle)
    if not isinstance(parts, list) or [type(part) for part in parts] != [str, str, int, int]:
        raise ValueError("handle is not [name, key, master key, size]")
    name, key, master_key_id, size_bytes = parts
    return Stored(name, base64.b64decode(key, validate=True), master_key_id, size_bytes)
