"""Records of the spool that the database refuses for their own sake: set aside, so that those behind them go on.

A file each, sealed like the spool, tried again every hour (a later version may take it) and deleted with the age of dead letters.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from bot.durations import DAY_S
from bot.errors import RecordRefused
from bot.sealing import Sealer
from bot.spool_records import Spooled, packed, read

__all__ = ["KEPT_S", "Aside", "sync_folder"]

log = logging.getLogger(__name__)
# So often the first in line is tried before it is set aside: what was refused by a whim of the moment goes through.
TRIES = 3
AGAIN_S = 3600.0
# The same where the database was away.
AWAY_S = 60.0
KEPT_S = 30 * DAY_S
DRAFT = ".new"


class Aside:
    """What was set aside in a folder."""

    def __init__(self, folder: Path, sealer: Sealer) -> None:
        """folder: that of the spool."""
        self._folder, self._sealer = folder, sealer
        # A dead process's file is read from its beginning each time: what was set aside of it comes again.
        self._tries: dict[tuple[object, ...], int] = {}
        self._due = 0.0

    def refused(self, item: Spooled, code: str) -> bool:
        """Counts a refusal of the first in line; True once it is set aside, and on the disk. Raises OSError."""
        known_as = (item.account, item.at, item.update.external_id if item.update else item.status)
        tries = self._tries.get(known_as, 0) + 1
        if tries == TRIES:
            self.put(item, code)
        self._tries[known_as] = tries
        return tries >= TRIES

    def put(self, item: Spooled, code: str) -> None:
        """Sets a record aside; on return it is on the disk. code: a static word for the log. Raises OSError."""
        path = self._folder / f"{time.time_ns():020d}-{secrets.token_hex(4)}.aside"
        draft = path.with_suffix(DRAFT)
        handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            record = packed(item, self._sealer)
            if os.write(handle, record) != len(record):
                raise OSError(28, "no space left on device")
            os.fsync(handle)
            draft.rename(path)
            sync_folder(self._folder)
        except OSError:
            for name in (draft, path):
                name.unlink(missing_ok=True)
            raise
        finally:
            os.close(handle)
        kind = "update" if item.update is not None else "status"
        account = item.account
        log.error(
            "spool_set_aside",
            extra={"channel": account.channel, "account": account.name, "kind": kind, "error": code},
        )

    def count(self) -> int:
        """How many were set aside, by whatever process."""
        return sum(1 for _ in self._folder.glob("*.aside"))

    def again(self, deliver: Callable[[Spooled], None]) -> int:
        """Once an hour: hands over what the database takes by now; how many. Raises what `deliver` does, but RecordRefused."""
        if time.monotonic() < self._due:
            return 0
        self._due = time.monotonic() + AWAY_S
        done = 0
        for path in sorted(self._folder.glob("*.aside")):
            with contextlib.suppress(FileNotFoundError, RecordRefused):
                if time.time() - path.stat().st_mtime > KEPT_S:
                    path.unlink()
                    continue
                item = self._read(path)
                if item is None:
                    continue
                deliver(item)
                path.unlink()
                done += 1
        self._due = time.monotonic() + AGAIN_S
        return done

    def _read(self, path: Path) -> Spooled | None:
        handle = os.open(path, os.O_RDONLY)
        try:
            return read(handle, 0, self._sealer)[0]
        finally:
            os.close(handle)


def sync_folder(folder: Path) -> None:
    """Has the names in a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
