"""Where Ngozi keeps its things, for backup.sh and restore.sh: prints NAME=value lines a shell may read.

Reads the same variables as bot.settings and needs nothing but Python's own library, so that a restore works before
anything is installed.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from urllib.parse import parse_qs, unquote

# SQLAlchemy's rule, not urllib's: with / # ? or : in the password Ngozi runs, and so it must be backed up.
ADDRESS = re.compile(
    r"[\w+]+://(?:(?P<user>[^:/]*)(?::(?P<password>[^@]*))?@)?"
    r"(?P<host>\[[^/?]+\]|[^/:?]*)(?::(?P<port>[^/?]*))?(?:/(?P<database>[^?]*))?(?:\?(?P<query>.*))?"
)


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
    parts = ADDRESS.match(url)
    if parts is None or url.count("@") > 1:
        raise SystemExit("ngozi: NGOZI_DATABASE_URL has more than one @; expected it as %40 in the password")
    asked = parse_qs(parts["query"] or "")
    host = parts["host"].strip("[]") or asked.get("host", ["/var/run/postgresql"])[0]
    port = parts["port"] or asked.get("port", ["5432"])[0]
    if not port.isdigit():
        raise SystemExit("ngozi: NGOZI_DATABASE_URL has a port that is no number")
    found |= {"kind": "postgresql", "PGHOST": host, "PGPORT": port}
    found["PGDATABASE"] = unquote(parts["database"] or "") or "ngozi"
    if parts["user"]:
        found["PGUSER"] = unquote(parts["user"])
    if parts["password"]:
        # By environment, never as an argument: arguments show in `ps`.
        found["PGPASSWORD"] = unquote(parts["password"])
    return found


if __name__ == "__main__":
    for name, value in places().items():
        print(f"{'export ' if name.startswith('PG') else ''}{name}={shlex.quote(value)}")
