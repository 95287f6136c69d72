"""The spool: where a verified webhook call waits while the database refuses writes.

Only for platforms that do not call again (Twilio). One append-only file a web process, every record sealed and
fsynced before the 200. The same process drains it in order; while a chat has spooled rows its newer ones are spooled
too, so none overtakes. A file whose process died is adopted (its lock is free) by the next process that starts or drains.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import secrets
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.channels import Account, DeliveryStatus, RawUpdate
from bot.errors import SpoolError
from bot.sealing import Sealer, SealError

__all__ = ["Spool", "Spooled"]

log = logging.getLogger(__name__)
_LENGTH = struct.Struct(">I")
_LONGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Spooled:
    """One thing that waits: an update or a status of an account, with the time it came."""

    account: Account
    at: float
    update: RawUpdate | None = None
    status: DeliveryStatus | None = None


class Spool:
    """Appends, and drains what was appended. Thread-safe."""

    def __init__(self, folder: Path, sealer: Sealer) -> None:
        """Raises SpoolError where the folder cannot be written: then the process must not start."""
        self._folder = folder
        self._sealer = sealer
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, str, str], int] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._path = folder / f"{time.time_ns():020d}-{secrets.token_hex(4)}.spool"
            self._file = self._open(self._path, create=True)
            os.fsync(self._file)
            _sync_folder(folder)
        except OSError as error:
            raise SpoolError(
                f"NGOZI_SPOOL is '{folder}'; expected a folder that can be written ({error.strerror})"
            ) from None

    def _open(self, path: Path, *, create: bool = False) -> int:
        flags = os.O_RDWR | os.O_APPEND | (os.O_CREAT | os.O_EXCL if create else 0)
        handle = os.open(path, flags, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return handle

    def append(self, item: Spooled) -> None:
        """Keeps the item; on return it is on the disk. Raises SpoolError where it is not."""
        data = json.dumps(asdict(item), ensure_ascii=False).encode()
        blob = self._sealer.seal(data, purpose="spool")
        record = _LENGTH.pack(len(blob)) + blob
        with self._lock:
            try:
                start = os.fstat(self._file).st_size
                try:
                    if os.write(self._file, record) != len(record):
                        raise OSError(28, "no space left on device")
                    os.fsync(self._file)
                except OSError:
                    os.ftruncate(self._file, start)  # a torn record must not hide those after it
                    raise
            except OSError as error:
                raise SpoolError(
                    f"the spool at '{self._folder}' cannot be written ({error.strerror})"
                ) from None
            if item.update is not None:
                key = _chat_key(item)
                self._waiting[key] = self._waiting.get(key, 0) + 1

    def holds(self, account: Account, address: str) -> bool:
        """True while rows of this chat wait here: newer ones must queue behind them."""
        with self._lock:
            return (account.channel, account.name, address) in self._waiting

    def count(self) -> int:
        """How many updates of this process wait."""
        with self._lock:
            return sum(self._waiting.values())

    def drain(self, deliver: Callable[[Spooled], None]) -> int:
        """Hands over what waits, oldest first; how many. Stops quietly at the first that `deliver` refuses (raises).

        A crash in the middle hands some over again: the inbox knows duplicates.
        """
        done = self._drain_own(deliver)
        for path in sorted(self._folder.glob("*.spool")):
            if path != self._path:
                done += self._adopt(path, deliver)
        return done

    def _drain_own(self, deliver: Callable[[Spooled], None]) -> int:
        done = 0
        offset = 0
        while True:
            with self._lock:
                size = os.fstat(self._file).st_size
                if offset >= size:
                    if size:
                        os.ftruncate(self._file, 0)
                        os.fsync(self._file)
                    self._waiting.clear()
                    return done
                item, offset_next = self._read(self._file, offset)
            # Outside the lock: a slow database must not hold up a webhook that only wants to append.
            if item is not None:
                try:
                    deliver(item)
                except Exception as error:  # noqa: BLE001 - whatever it is, the row stays and is tried again
                    log.info("spool_waits", extra={"waiting": self.count(), "error": type(error).__name__})
                    self._cut(offset)
                    return done
                done += 1
                self._forget(item)
            offset = offset_next

    def _cut(self, offset: int) -> None:
        """Drops the first `offset` bytes (already handed over): the rest moves to the front, atomically."""
        if not offset:
            return
        with self._lock:
            rest = os.pread(self._file, os.fstat(self._file).st_size - offset, offset)
            fresh = self._path.with_name(f"{time.time_ns():020d}-{secrets.token_hex(4)}.spool")
            handle = self._open(fresh, create=True)
            try:
                if os.write(handle, rest) != len(rest):
                    raise OSError(28, "no space left on device")
                os.fsync(handle)
            except OSError:
                # The old file stays as it is: what was handed over already comes again, and the inbox knows it.
                os.close(handle)
                fresh.unlink(missing_ok=True)
                raise
            _sync_folder(self._folder)
            old, self._file, self._path = (self._file, self._path), handle, fresh
            old[1].unlink(missing_ok=True)
            os.close(old[0])

    def _forget(self, item: Spooled) -> None:
        if item.update is None:
            return
        key = _chat_key(item)
        with self._lock:
            left = self._waiting.get(key, 0) - 1
            if left > 0:
                self._waiting[key] = left
            else:
                self._waiting.pop(key, None)

    def _adopt(self, path: Path, deliver: Callable[[Spooled], None]) -> int:
        """Drains a dead process's file; 0 where its process lives."""
        try:
            handle = self._open(path)
        except (BlockingIOError, FileNotFoundError):
            return 0
        done = offset = 0
        try:
            size = os.fstat(handle).st_size
            while offset < size:
                item, offset = self._read(handle, offset)
                if item is not None:
                    deliver(item)
                    done += 1
            path.unlink(missing_ok=True)
        except Exception as error:  # noqa: BLE001 - the file stays whole; duplicates are known to the inbox
            log.info("spool_adoption_waits", extra={"done": done, "error": type(error).__name__})
        finally:
            os.close(handle)
        return done

    def _read(self, handle: int, offset: int) -> tuple[Spooled | None, int]:
        """The record at an offset and where the next begins; None for one that cannot be opened (skipped, logged)."""
        head = os.pread(handle, _LENGTH.size, offset)
        end = os.fstat(handle).st_size
        if len(head) < _LENGTH.size:
            return None, end
        (length,) = _LENGTH.unpack(head)
        blob = os.pread(handle, length, offset + _LENGTH.size) if 0 < length <= _LONGEST else b""
        if len(blob) < length or not blob:
            # A record torn by a crash was never answered 200.
            log.error("spool_torn", extra={"offset": offset})
            return None, end
        try:
            return _from_json(self._sealer.open(blob, purpose="spool")), offset + _LENGTH.size + length
        except (SealError, ValueError, KeyError, TypeError):
            log.error("spool_unreadable", extra={"offset": offset})
            return None, offset + _LENGTH.size + length

    def close(self) -> None:
        """Lets the file go; removed where nothing waits."""
        with self._lock:
            if os.fstat(self._file).st_size == 0:
                self._path.unlink(missing_ok=True)
            os.close(self._file)


def _chat_key(item: Spooled) -> tuple[str, str, str]:
    assert item.update is not None
    return item.account.channel, item.account.name, item.update.address


def _from_json(data: bytes) -> Spooled:
    raw = json.loads(data)
    return Spooled(
        account=Account(**raw["account"]),
        at=raw["at"],
        update=RawUpdate(**raw["update"]) if raw["update"] else None,
        status=DeliveryStatus(**raw["status"]) if raw["status"] else None,
    )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
