"""The spool: where a verified webhook call waits while the database refuses writes.

Only for platforms that do not call again (Twilio). One append-only file a web process, every record sealed and
fsynced before the 200. The same process drains it in order; while a chat has spooled rows its newer ones are spooled
too, so none overtakes. A file whose process died is adopted (its lock is free) by the next process that starts or drains.
A file is made under another name and gets its own only when it is locked and whole: whoever sees it sees the lock.
"""

from __future__ import annotations

import contextlib
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
_DRAFT = ".new"
# A draft of this age belongs to a process that died before it could name it. It never holds the only copy of anything.
DRAFT_S = 3600.0
# Somebody else may take a draft away (it was stopped for an hour): then another one is made.
TRIES = 3


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
        self._mutex = threading.Lock()
        self._waiting: dict[tuple[str, str, str], int] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._path, self._file = self._make()
        except OSError as error:
            raise SpoolError(
                f"NGOZI_SPOOL is '{folder}'; expected a folder that can be written ({error.strerror})"
            ) from None

    def _make(self, content: bytes = b"") -> tuple[Path, int]:
        """A new file with this content, on the disk and locked by us before anybody can see it. Raises OSError."""
        for last in (*([False] * (TRIES - 1)), True):
            path = self._folder / f"{time.time_ns():020d}-{secrets.token_hex(4)}.spool"
            draft = path.with_suffix(_DRAFT)
            handle = os.open(draft, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.write(handle, content) != len(content):
                    raise OSError(28, "no space left on device")
                os.fsync(handle)
                draft.rename(path)
                if not _is_at(handle, path):
                    raise FileNotFoundError(2, "the file is gone")
                _sync_folder(self._folder)
            except OSError as error:
                os.close(handle)
                for name in (draft, path):
                    name.unlink(missing_ok=True)
                if last or not isinstance(error, FileNotFoundError | BlockingIOError):
                    raise
            else:
                return path, handle
        raise AssertionError("unreachable")

    def _take(self, path: Path) -> int | None:
        """A dead process's file, locked; None where its process lives or another one drained it meanwhile."""
        try:
            handle = os.open(path, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(handle, path):
                return handle
        except BlockingIOError:
            pass
        os.close(handle)
        return None

    def append(self, item: Spooled) -> None:
        """Keeps the item; on return it is on the disk. Raises SpoolError where it is not."""
        data = json.dumps(asdict(item), ensure_ascii=False).encode()
        blob = self._sealer.seal(data, purpose="spool")
        record = _LENGTH.pack(len(blob)) + blob
        with self._mutex:
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
        with self._mutex:
            return (account.channel, account.name, address) in self._waiting

    def count(self) -> int:
        """How many updates of this process wait."""
        with self._mutex:
            return sum(self._waiting.values())

    def drain(self, deliver: Callable[[Spooled], None]) -> int:
        """Hands over what waits, oldest first; how many. Stops quietly at the first that `deliver` refuses (raises).

        A crash in the middle hands some over again: the inbox knows duplicates.
        """
        done = self._drain_own(deliver)
        for path in sorted(self._folder.glob("*.spool")):
            if path != self._path:
                done += self._adopt(path, deliver)
        self._drop_drafts()
        return done

    def _drop_drafts(self) -> None:
        for path in self._folder.glob(f"*{_DRAFT}"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > DRAFT_S:
                    path.unlink()

    def _drain_own(self, deliver: Callable[[Spooled], None]) -> int:
        done = 0
        offset = 0
        while True:
            with self._mutex:
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
        with self._mutex:
            rest = os.pread(self._file, os.fstat(self._file).st_size - offset, offset)
            # Where it cannot be made the old one stays as it is: what was handed over comes again, and the inbox knows it.
            fresh, handle = self._make(rest)
            old, self._file, self._path = (self._file, self._path), handle, fresh
            old[1].unlink(missing_ok=True)
            os.close(old[0])

    def _forget(self, item: Spooled) -> None:
        if item.update is None:
            return
        key = _chat_key(item)
        with self._mutex:
            left = self._waiting.get(key, 0) - 1
            if left > 0:
                self._waiting[key] = left
            else:
                self._waiting.pop(key, None)

    def _adopt(self, path: Path, deliver: Callable[[Spooled], None]) -> int:
        """Drains a dead process's file; 0 where its process lives."""
        handle = self._take(path)
        if handle is None:
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
        with self._mutex:
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


def _is_at(handle: int, path: Path) -> bool:
    """True where the open file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
