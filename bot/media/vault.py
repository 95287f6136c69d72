"""Where photographs are kept: encrypted, each with a key of its own, in a folder or an object store.

The file holds nonce and AES-256-GCM ciphertext, bound to its random name. Its key, sealed by a master key,
is handed back to be kept in the database: deleting that row's key erases the photograph for good, wherever
copies of the file lie. Rotation of the master key rewraps the keys and touches no file.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from bot.errors import NgoziError
from bot.sealing import KEY_BYTES, NONCE_BYTES, Sealer, SealError

NAME_BYTES = 16
NAME = re.compile(r"[0-9a-f]{32}")
PURPOSE = "photograph key"
UNFINISHED = ".part"


class VaultError(NgoziError):
    """A photograph cannot be had: never put here, erased, changed, or its master key is missing."""


class VaultUnavailable(VaultError):
    """The storage did not do what it was asked; the same may work later."""


@dataclass(frozen=True)
class Stored:
    """What the database keeps of a photograph. Whoever forgets wrapped_key has erased it."""

    name: str  # 32 hexadecimal digits, random
    wrapped_key: bytes  # 68 bytes
    master_key_id: int
    size_bytes: int  # of the photograph; the file has 28 more


class Vault:
    """Photographs under one storage address. Holds no connection: safe across threads and forks."""

    def __init__(self, storage_url: str, master_keys: Mapping[int, bytes]) -> None:
        """storage_url: a folder or an fsspec address (s3://bucket/path).  master_keys: see Sealer."""
        self._storage_url = storage_url
        self._sealer = Sealer(master_keys)

    def put(self, data: bytes) -> Stored:
        """Where the photograph now lies; on disk (fsynced) before this returns. Raises VaultUnavailable."""
        name = secrets.token_hex(NAME_BYTES)
        key = AESGCM.generate_key(KEY_BYTES * 8)
        nonce = os.urandom(NONCE_BYTES)
        self._write(name, nonce + AESGCM(key).encrypt(nonce, data, name.encode()))
        wrapped_key = self._sealer.seal(key, purpose=PURPOSE, name=name)
        return Stored(name, wrapped_key, self._sealer.key_id, len(data))

    def get(self, stored: Stored) -> bytes:
        """The photograph. Raises VaultError where it is gone or does not open, VaultUnavailable else."""
        key = self._unwrap(stored)
        blob = self._read(stored.name)
        try:
            return AESGCM(key).decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], stored.name.encode())
        except (InvalidTag, ValueError):
            raise VaultError(f"photograph {stored.name} does not open: its file was changed") from None

    def delete(self, name: str) -> None:
        """Nothing; afterwards the file is gone, whether or not it was there. Raises VaultUnavailable."""
        files, path = self._place(name)
        with _storage("delete from"), suppress(FileNotFoundError):
            files.rm_file(path)

    def rewrap(self, stored: Stored, to: int) -> Stored:
        """The same photograph with its key sealed by master key `to`; the file is not touched."""
        key = self._unwrap(stored)
        try:
            wrapped_key = self._sealer.seal(key, purpose=PURPOSE, name=stored.name, key_id=to)
        except SealError as error:
            raise VaultError(f"photograph {stored.name} cannot be rewrapped: {error}") from error
        return replace(stored, wrapped_key=wrapped_key, master_key_id=to)

    def probe(self) -> None:
        """Nothing, having put, got and deleted a few random bytes. Raises VaultError saying what failed."""
        data = os.urandom(64)
        stored = self.put(data)
        try:
            if self.get(stored) != data:
                raise VaultError("the storage gave back other bytes than were put")
        finally:
            self.delete(stored.name)

    def names(self, older_than_s: float = 0.0) -> list[str]:
        """Names of all photographs last written longer ago than that, to find those no row knows."""
        return [name for name, age_s in self._listing() if NAME.fullmatch(name) and age_s >= older_than_s]

    def clear_unfinished(self, older_than_s: float = 3600.0) -> int:
        """How many half-written files were removed: a crash leaves one; its key was never kept."""
        files, folder = _open(self._storage_url)
        unfinished = [n for n, age_s in self._listing() if n.endswith(UNFINISHED) and age_s >= older_than_s]
        with _storage("delete from"):
            for name in unfinished:
                files.rm_file(f"{folder}/{name}")
        return len(unfinished)

    def _unwrap(self, stored: Stored) -> bytes:
        try:
            return self._sealer.open(stored.wrapped_key, purpose=PURPOSE, name=stored.name)
        except SealError as error:
            raise VaultError(f"photograph {stored.name} cannot be opened: {error}") from error

    def _place(self, name: str) -> tuple[Any, str]:
        if not NAME.fullmatch(name):
            raise VaultError(f"photograph name has {len(name)} characters; expected 32 hexadecimal digits")
        files, folder = _open(self._storage_url)
        return files, f"{folder}/{name}"

    def _write(self, name: str, blob: bytes) -> None:
        files, path = self._place(name)
        with _storage("write to"):
            if isinstance(files, LocalFileSystem):
                _write_to_disk(Path(path), blob)
            else:  # object stores show an object only once it is whole
                files.pipe_file(path, blob)

    def _read(self, name: str) -> bytes:
        files, path = self._place(name)
        with _storage("read from"):
            try:
                return bytes(files.cat_file(path))
            except FileNotFoundError:
                raise VaultError(
                    f"photograph {name} is not in the storage: erased, or put elsewhere"
                ) from None

    def _listing(self) -> Iterator[tuple[str, float]]:
        """Every file's name and age in seconds."""
        files, folder = _open(self._storage_url)
        now_s = time.time()
        with _storage("list"):
            try:
                entries = files.ls(folder, detail=True, refresh=True)
            except FileNotFoundError:
                return
        for entry in entries:
            yield str(entry["name"]).rsplit("/", 1)[-1], now_s - written_s(entry, now_s)


def _open(storage_url: str) -> tuple[Any, str]:
    """File system and folder. fsspec keeps one instance a process, thread and address."""
    with _storage("open"):
        files, folder = url_to_fs(storage_url)
    return files, str(folder).rstrip("/")


def _write_to_disk(path: Path, blob: bytes) -> None:
    """Nothing; the file is whole or absent, also after a power failure."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_suffix(UNFINISHED)
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(blob)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name is on disk too
    finally:
        os.close(folder)


def written_s(entry: Mapping[str, Any], unknown_s: float) -> float:
    """When a file was last written, seconds since 1970; file systems name it differently."""
    for field in ("mtime", "LastModified", "created"):
        written = entry.get(field)
        if isinstance(written, int | float):
            return float(written)
        if isinstance(written, datetime):
            return written.timestamp()
    return unknown_s


def _client_errors() -> tuple[type[Exception], ...]:
    """What an object store's client raises besides OSError; s3fs is an extra and may be absent."""
    if importlib.util.find_spec("botocore") is None:
        return ()
    errors = importlib.import_module("botocore.exceptions")
    return (errors.BotoCoreError, errors.ClientError)


STORAGE_ERRORS: tuple[type[Exception], ...] = (OSError, ImportError, ValueError, *_client_errors())


@contextmanager
def _storage(doing: str) -> Iterator[None]:
    """Turns the storage's own errors into VaultUnavailable; without the address, which may hold a secret."""
    try:
        yield
    except FileNotFoundError:
        raise
    except STORAGE_ERRORS as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise VaultUnavailable(f"cannot {doing} the photograph storage (NGOZI_MEDIA_URL): {why}") from error
