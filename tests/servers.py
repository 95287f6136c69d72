"""Real servers for tests: a Redis and a PostgreSQL of our own, in a folder of their own, on free loopback ports.

NGOZI_TEST_POSTGRES_URL names a server that is there already. Where a program is missing, the sentence says which.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Missing", "RedisServer", "free_port", "postgres_server"]


class Missing(RuntimeError):
    """A server program is not installed."""


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, timeout_s: float = 20.0) -> None:
    """Returns once something listens there. Raises TimeoutError."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on 127.0.0.1:{port} after {timeout_s:g} s")


class RedisServer:
    """A Redis that can be stopped and started again (what it held is gone: that must not matter)."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise Missing(
                "redis-server is not installed; expected it from the system's packages ('make test' installs it)"
            )
        self._program = program
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The broker address."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Starts it and waits until it answers."""
        self._process = subprocess.Popen(
            [
                self._program,
                "--port",
                str(self.port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for_port(self.port)

    def stop(self) -> None:
        """Kills it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _postgres_bin() -> Path:
    candidates = (
        sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        if Path("/usr/lib/postgresql").is_dir()
        else []
    )
    for folder in [*candidates, *(Path(p) for p in os.environ.get("PATH", "").split(":"))]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise Missing(
        "PostgreSQL is not installed; expected it from the system's packages ('make test' installs it)"
    )


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """The SQLAlchemy address of a fresh server's database."""
    given = os.environ.get("NGOZI_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    folder = _postgres_bin()
    with tempfile.TemporaryDirectory(prefix="ngozi-pg-") as home:
        port = free_port()
        demote = _as_postgres(home)
        data = f"{home}/data"
        run = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **demote}
        subprocess.run(
            [folder / "initdb", "-D", data, "-U", "ngozi", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True,
            **run,
        )
        process = subprocess.Popen(
            [
                folder / "postgres",
                "-D",
                data,
                "-p",
                str(port),
                "-k",
                home,
                "-h",
                "127.0.0.1",
                "-c",
                "max_connections=200",
            ],
            **run,
        )
        try:
            wait_for_port(port)
            for _ in range(100):
                done = subprocess.run(
                    [folder / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "ngozi", "ngozi"],
                    check=False,
                    **run,
                )
                if done.returncode == 0:
                    break
                time.sleep(0.1)
            yield f"postgresql+psycopg://ngozi@127.0.0.1:{port}/ngozi"
        finally:
            process.terminate()
            process.wait(20)


def _as_postgres(home: str) -> dict[str, object]:
    """PostgreSQL refuses to run as root: then it runs as 'postgres' (or 'nobody')."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            os.chown(home, user.pw_uid, user.pw_gid)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise Missing("PostgreSQL refuses to run as root and there is no user 'postgres' or 'nobody'")
