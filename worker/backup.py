"""A backup of the database into NGOZI_HOME/backups, as the console orders it.

It is a folder as deploy/backup.sh makes it and deploy/restore.sh takes it, without the photographs, the spool and the master
key: those are another copy's business, and a photograph is worth nothing without its row and the key anyway.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import shutil
import sqlite3
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url

from bot.settings import Settings

__all__ = ["KEPT", "BackupFailed", "Made", "make"]

# So many are kept; whoever was erased is in them until they age out.
KEPT = 7
LONGEST_S = 1500.0
log = logging.getLogger(__name__)

_NAME = re.compile(r"ngozi-\d{8}T\d{6}Z")


@dataclass(frozen=True, slots=True)
class Made:
    """A backup. name: of its folder. size_bytes: of the database in it."""

    name: str
    size_bytes: int


class BackupFailed(Exception):
    """No backup was made. reason: 'disk', 'damaged', 'no_pg_dump', 'pg_dump' or 'slow'."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def make(settings: Settings) -> Made:
    """Makes one and lets the oldest go. Raises BackupFailed; a backup that failed leaves nothing."""
    shelf = settings.home / "backups"
    final = shelf / f"ngozi-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    part = final.with_suffix(".part")
    try:
        shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
        # What a process that died left behind.
        for left in shelf.glob("ngozi-*.part"):
            shutil.rmtree(left, ignore_errors=True)
        part.mkdir(mode=0o700)
        for empty in ("media", "spool"):
            (part / empty).mkdir(mode=0o700)
        file = (
            _sqlite(settings, part) if settings.database_url.startswith("sqlite") else _dump(settings, part)
        )
        file.chmod(0o600)
        (part / "SHA256SUMS").write_text(f"{_sum(file)}  ./{file.name}\n")
        size = file.stat().st_size
        part.rename(final)
    except OSError:
        raise BackupFailed("disk") from None
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(part, ignore_errors=True)
    _let_go(shelf)
    return Made(final.name, size)


def _let_go(shelf: Path) -> None:
    """Deletes the oldest. The new one stands: one that cannot be deleted is tried again by the next."""
    try:
        for old in sorted((p for p in shelf.iterdir() if _NAME.fullmatch(p.name)), reverse=True)[KEPT:]:
            shutil.rmtree(old)
    except OSError as error:
        log.warning("old_backup_stays", extra={"error": type(error).__name__})


def _sqlite(settings: Settings, part: Path) -> Path:
    """One consistent state, also while others write."""
    path, copy = settings.database_url.removeprefix("sqlite:///"), part / "database.sqlite3"
    try:
        source = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=rw", uri=True, timeout=30)
        try:
            source.execute("VACUUM INTO ?", (str(copy),))
        finally:
            source.close()
        made = sqlite3.connect(copy)
        try:
            (said,) = made.execute("PRAGMA integrity_check").fetchone()
        finally:
            made.close()
    except sqlite3.Error:
        raise BackupFailed("disk") from None
    if said != "ok":
        raise BackupFailed("damaged")
    return copy


def _dump(settings: Settings, part: Path) -> Path:
    program = shutil.which("pg_dump")
    if program is None:
        raise BackupFailed("no_pg_dump")
    url, file = make_url(settings.database_url), part / "database.dump"
    asked = {
        "PGHOST": url.host or url.query.get("host"),
        "PGPORT": str(url.port) if url.port else url.query.get("port"),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    # By the environment: a command line can be read by everybody on the machine.
    env = {**os.environ, **{name: str(value) for name, value in asked.items() if value}}
    command = [program, "--format=custom", "--no-owner", "--no-privileges", "--file", str(file)]
    try:
        done = subprocess.run(command, env=env, capture_output=True, timeout=LONGEST_S, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise BackupFailed("slow") from None
    if done.returncode != 0:
        raise BackupFailed("pg_dump")
    return file


def _sum(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
