"""Where Ngozi keeps its things, for backup.sh and restore.sh: prints NAME=value lines a shell may read.

Reads the same variables as bot.settings and needs nothing but Python's own library, so that a restore works before
anything is installed.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit


def places() -> dict[str, str]:
    """Kind and place of the database, the photograph folder ('' on S3), the spool; PostgreSQL's own variables."""
    home = Path(os.environ.get("NGOZI_HOME") or "~/.ngozi").expanduser().absolute()
    url = os.environ.get("NGOZI_DATABASE_URL") or f"sqlite:///{home / 'ngozi.sqlite3'}"
    media = os.environ.get("NGOZI_MEDIA_URL") or str(home / "media")
    found = {
        "home": str(home),
        "media": media.removeprefix("file://") if "://" not in media.removeprefix("file://") else "",
        "spool": str(Path(os.environ.get("NGOZI_SPOOL") or home / "spool").expanduser().absolute()),
        "key_file": str(home / "secret_key"),
    }
    if url.startswith("sqlite:///"):
        return found | {"kind": "sqlite", "sqlite": url.removeprefix("sqlite:///")}
    if not url.startswith("postgresql"):
        raise SystemExit("ngozi: NGOZI_DATABASE_URL is neither sqlite:/// nor postgresql+psycopg://")
    parts = urlsplit(url)
    host = parts.hostname or parse_qs(parts.query).get("host", ["/var/run/postgresql"])[0]
    found |= {"kind": "postgresql", "PGHOST": host, "PGPORT": str(parts.port or 5432)}
    found["PGDATABASE"] = unquote(parts.path.lstrip("/")) or "ngozi"
    if parts.username:
        found["PGUSER"] = unquote(parts.username)
    if parts.password:
        # By environment, never as an argument: arguments show in `ps`.
        found["PGPASSWORD"] = unquote(parts.password)
    return found


if __name__ == "__main__":
    for name, value in places().items():
        print(f"{'export ' if name.startswith('PG') else ''}{name}={shlex.quote(value)}")
