"""The spool: where a verified webhook call waits while the database refuses writes.

Only for platforms that do not call again (Twilio). One append-only file a web process, every record sealed and
fsynced before the 200. What waits is drained in the order in which it came, the files of dead processes (their lock is free)
together with the own one; while a chat has rows in any file its newer ones are spooled too, so none overtakes.
A file is made under another name and gets its own only when it is locked and whole: whoever sees it sees the lock.
What the database refuses for its own sake is set aside after a few tries (bot.spool_aside), and those behind it go on.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bot.channels import Account
from bot.errors import RecordRefused, SpoolError
from bot.sealing import Sealer
from bot.spool_aside import DRAFT, Aside, sync_folder
from bot.spool_records import LONGEST, ChatKey, Marks, Others, Spooled, chat_key, packed, read

__all__ = ["Spool", "Spooled"]

log = logging.getLogger(__name__)
# A draft of this age belongs to a process that died before it could name it. It never holds the only copy of anything.
DRAFT_S = 3600.0
# Somebody else may take a draft away (it was stopped for an hour): then another one is made.
TRIES = 3
# So long what waits here gives way to older rows of its chat in the file of a process that lives: it hands them over itself.
GIVES_WAY_S = 60.0


class Spool:
    """Appends, and drains what was appended. Thread-safe."""

    def __init__(self, folder: Path, sealer: Sealer) -> None:
        """Raises SpoolError where the folder cannot be written: then the process must not start."""
        self._folder = folder
        self._sealer = sealer
        self._mutex = threading.Lock()
        self._waiting: dict[ChatKey, int] = {}
        self._others = Others(folder, sealer)
        self.aside = Aside(folder, sealer)
        self._gives_way: tuple[Marks, float] | None = None
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
            draft = path.with_suffix(DRAFT)
            handle = os.open(draft, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.write(handle, content) != len(content):
                    raise OSError(28, "no space left on device")
                os.fsync(handle)
                draft.rename(path)
                if not _is_at(handle, path):
                    raise FileNotFoundError(2, "the file is gone")
                sync_folder(self._folder)
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
        record = packed(item, self._sealer)
        if len(record) > LONGEST:
            # It would be read as torn, and hide those behind it.
            raise SpoolError(f"a record has {len(record)} bytes; expected {LONGEST} at most")
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
            if (key := chat_key(item)) is not None:
                self._waiting[key] = self._waiting.get(key, 0) + 1

    def holds(self, account: Account, address: str) -> bool:
        """True while rows of this chat wait, here or in another process's file: newer ones must queue behind them."""
        key = (account.channel, account.name, address)
        with self._mutex:
            return key in self._waiting or self._others.since(key, (self._path,)) is not None

    def count(self) -> int:
        """How many updates of this process wait."""
        with self._mutex:
            return sum(self._waiting.values())

    def drain(self, deliver: Callable[[Spooled], None]) -> int:
        """Hands over what waits, oldest first; how many. Stops quietly at the first that `deliver` refuses (raises), and at one
        that must give way to an older row of its chat.

        One that is refused for its own sake (RecordRefused) is set aside after a few tries. A crash in the middle hands some over
        again: the inbox knows duplicates.
        """
        own = _Own(self)
        dead = [_Dead(path, handle, self._sealer) for path, handle in self._adopted()]
        lines: list[_Own | _Dead] = [own, *dead]
        done = 0
        try:
            while True:
                heads = [(one.at, n) for n, one in enumerate(lines) if one.look()]
                if not heads:
                    break
                line = lines[min(heads)[1]]
                assert line.item is not None
                if self._must_wait(line.item, [one.path for one in dead]):
                    break
                # Outside the lock: a slow database must not hold up a webhook that only wants to append.
                try:
                    deliver(line.item)
                    done += 1
                except RecordRefused as error:
                    if not self.aside.refused(line.item, str(error)):
                        raise
                line.step()
            done += self.aside.again(deliver)
        except Exception as error:  # noqa: BLE001 - whatever it is, the row stays and is tried again
            # While the database is away nobody hands anything over: whoever has not is not hanging for that.
            self._gives_way = None
            log.info("spool_waits", extra={"waiting": self.count(), "error": type(error).__name__})
        finally:
            for one in dead:
                one.close()
            self._cut(own.offset)
        self._drop_drafts()
        return done

    def _adopted(self) -> list[tuple[Path, int]]:
        """The files of dead processes, locked, by their names (the times at which they were made)."""
        found = [
            (path, self._take(path)) for path in sorted(self._folder.glob("*.spool")) if path != self._path
        ]
        return [(path, handle) for path, handle in found if handle is not None]

    def _must_wait(self, item: Spooled, adopted: list[Path]) -> bool:
        """True where a process that lives has an older row of the chat; not for ever, for it may hang: then nothing of its file
        moves, and that is waited for once and not for each chat anew.
        """
        key = chat_key(item)
        with self._mutex:
            older = None if key is None else self._others.since(key, (self._path, *adopted))
            marks = self._others.marks()
        if older is None or older >= item.at:
            return False
        now = time.monotonic()
        if self._gives_way is None or self._gives_way[0] != marks:
            self._gives_way = marks, now
        return now - self._gives_way[1] < GIVES_WAY_S

    def _drop_drafts(self) -> None:
        for path in self._folder.glob(f"*{DRAFT}"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > DRAFT_S:
                    path.unlink()

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

    def next_own(self, offset: int) -> tuple[Spooled | None, int]:
        """The own record at an offset and where the next begins; at its end the file is emptied, and the next begins at 0."""
        with self._mutex:
            size = os.fstat(self._file).st_size
            if offset < size:
                return read(self._file, offset, self._sealer)
            if size:
                os.ftruncate(self._file, 0)
                os.fsync(self._file)
            self._waiting.clear()
            return None, 0

    def forget(self, item: Spooled) -> None:
        """The item was handed over: it waits no more."""
        key = chat_key(item)
        if key is None:
            return
        with self._mutex:
            left = self._waiting.get(key, 0) - 1
            if left > 0:
                self._waiting[key] = left
            else:
                self._waiting.pop(key, None)

    def close(self) -> None:
        """Lets the file go; removed where nothing waits."""
        with self._mutex:
            if os.fstat(self._file).st_size == 0:
                self._path.unlink(missing_ok=True)
            os.close(self._file)


class _Own:
    """The own file, read from its beginning while it may still grow. offset: of the first record that was not handed over."""

    def __init__(self, spool: Spool) -> None:
        self._spool, self.offset, self._after = spool, 0, 0
        self.item: Spooled | None = None

    @property
    def at(self) -> float:
        assert self.item is not None
        return self.item.at

    def look(self) -> bool:
        """Whether there is a next one; it is `item` then."""
        while self.item is None:
            self.item, after = self._spool.next_own(self.offset)
            if self.item is None and after == 0:
                self.offset = 0
                return False
            if self.item is None:
                self.offset = after  # it cannot be opened
            self._after = after
        return True

    def step(self) -> None:
        """It was handed over."""
        assert self.item is not None
        self._spool.forget(self.item)
        self.offset, self.item = self._after, None


class _Dead:
    """A dead process's file. It goes when all of it was handed over; else it stays whole."""

    def __init__(self, path: Path, handle: int, sealer: Sealer) -> None:
        self.path, self._handle, self._sealer = path, handle, sealer
        self._offset, self._size = 0, os.fstat(handle).st_size
        self.item: Spooled | None = None

    @property
    def at(self) -> float:
        assert self.item is not None
        return self.item.at

    def look(self) -> bool:
        """Whether there is a next one; it is `item` then."""
        while self.item is None and self._offset < self._size:
            self.item, self._offset = read(self._handle, self._offset, self._sealer)
        if self.item is None:
            self.path.unlink(missing_ok=True)
        return self.item is not None

    def step(self) -> None:
        """It was handed over."""
        self.item = None

    def close(self) -> None:
        os.close(self._handle)


def _is_at(handle: int, path: Path) -> bool:
    """True where the open file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
