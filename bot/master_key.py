"""The numbered master keys: from the environment, or kept in a file under NGOZI_HOME, which the embedded mode makes itself."""

from __future__ import annotations

import base64
import os
import secrets
import stat
import time
from pathlib import Path

from bot.database import is_begun
from bot.errors import SettingError

__all__ = ["keys"]

# How often, and how many seconds apart, a file is looked at that another process has made and not filled yet.
_LOOKS = 50
_APART_S = 0.1
_HOW = "python -c 'import os,base64;print(base64.b64encode(os.urandom(32)).decode())'"


def keys(text: str, home: Path, database_url: str, *, make: bool) -> dict[int, bytes]:
    """Numbered master keys, as they were given. make: one is made and kept where neither setting nor file has any.

    None is made beside a database that was begun before: what lies there was sealed with another, and would never open again.
    text: what NGOZI_SECRET_KEY says, '' for nothing. 'KEY' alone is number 1; 'N:KEY,M:KEY' names them. Raises SettingError.
    """
    path = home / "secret_key"
    text = text or _kept(path)
    if not text and not make:
        raise SettingError("NGOZI_SECRET_KEY", "", f"32 bytes in base64 ({_HOW})")
    if not text and is_begun(database_url) and not path.exists():
        # Looked at in this order: another process that starts makes its key before its database.
        raise SettingError(
            "NGOZI_SECRET_KEY",
            "",
            f"the key of the database that is there already, and its file {path} is missing: put it back (it is in a backup made "
            "with --with-key, or wherever you keep it); if it is gone for good, set NGOZI_SECRET_KEY=99:KEY with a new KEY "
            f"({_HOW}), and what was sealed until now, photographs, notes and one-time codes, never opens again",
        )
    return _numbered(text or _kept(path) or _made(path))


def _kept(path: Path) -> str:
    """What the file holds, '' where there is none."""
    if not path.exists():
        return ""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise SettingError(
            "NGOZI_HOME", str(path), f"a key file readable by its owner only (mode 0600, not {mode:04o})"
        )
    return path.read_text("ascii").strip()


def _made(path: Path) -> str:
    """A new key, written to the file; or the one that another process wrote there meanwhile."""
    text = base64.b64encode(secrets.token_bytes(32)).decode()
    # Exclusive creation: two processes starting at once must not each believe in a key of their own.
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _of_another(path)
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")
    return text


def _of_another(path: Path) -> str:
    """The key that another process is writing just now; one that stays empty was broken off, by a full disk or a power cut."""
    for _ in range(_LOOKS):
        if text := _kept(path):
            return text
        time.sleep(_APART_S)
    raise SettingError(
        "NGOZI_HOME",
        str(path),
        "a key file that holds 32 bytes in base64, and this one is empty: put the key back from a backup, or remove the file "
        "where nothing was kept yet",
    )


def _numbered(text: str) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for position, part in enumerate(text.split(",")):
        number, colon, value = part.strip().rpartition(":")
        try:
            key = base64.b64decode(value, validate=True)
            index = int(number) if colon else 1
        except ValueError:
            raise SettingError(
                "NGOZI_SECRET_KEY", f"part {position + 1}", "32 bytes in base64, or NUMBER:KEY"
            ) from None
        if len(key) != 32 or index in found or not 1 <= index <= 65535:
            raise SettingError(
                "NGOZI_SECRET_KEY", f"part {position + 1}", "32 bytes in base64 under a number of its own"
            )
        found[index] = key
    return found
