"""Sentences that were spoken once, as clips: by what they say, never by who heard them.

Any fsspec address, like the vault's. Several processes may share it: a clip is written under a name of its own and moved into
place, and two that make the same one make the same bytes. Bounded: the oldest go when it holds too many.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import secrets
import time
from typing import Any

from fsspec.core import url_to_fs

from bot.media.vault import STORAGE_ERRORS, written_s

__all__ = ["MOST_BYTES", "ClipCache"]

log = logging.getLogger(__name__)

MOST_BYTES = 64 << 20
_LOOK_EVERY = 200  # writes between two looks at the size
_KEEP = 0.8  # of MOST_BYTES, once it was too much
_END = ".ogg"


class ClipCache:
    """Clips under one storage address. What fails is a clip that is not there: the sentence is spoken again."""

    def __init__(self, url: str, most_bytes: int = MOST_BYTES, look_every: int = _LOOK_EVERY) -> None:
        self._url = url
        self._most_bytes = most_bytes
        self._look_every = look_every
        self._written = 0

    @staticmethod
    def key(language: str, voice: str, text: str) -> str:
        """The name of a sentence's clip."""
        return hashlib.sha256("\0".join((language, voice, text)).encode("utf-8", "replace")).hexdigest()

    def get(self, key: str) -> bytes | None:
        """The clip, or None."""
        try:
            files, folder = url_to_fs(self._url)
            return bytes(files.cat_file(f"{folder}/{key}{_END}"))
        except STORAGE_ERRORS:
            return None

    def put(self, key: str, clip: bytes) -> None:
        """Keeps the clip, where the storage takes it."""
        try:
            files, folder = url_to_fs(self._url)
            files.makedirs(folder, exist_ok=True)
            unfinished = f"{folder}/{key}.{secrets.token_hex(4)}.part"
            files.pipe_file(unfinished, clip)
            files.mv(unfinished, f"{folder}/{key}{_END}")
            self._written += 1
            if self._written % self._look_every == 1:
                self._shrink(files, folder)
        except STORAGE_ERRORS as error:
            log.warning("voice_cache_failed", extra={"error": type(error).__name__})

    def _shrink(self, files: Any, folder: str) -> None:
        """Deletes the oldest clips, and what was left unfinished, until little enough is kept."""
        found = sorted(
            files.ls(folder, detail=True, refresh=True), key=lambda entry: written_s(entry, time.time())
        )
        size = sum(int(entry.get("size") or 0) for entry in found)
        if size <= self._most_bytes:
            return
        for entry in found:
            if size <= self._most_bytes * _KEEP:
                return
            with contextlib.suppress(FileNotFoundError):  # another process was first
                files.rm_file(entry["name"])
            size -= int(entry.get("size") or 0)
