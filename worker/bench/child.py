"""A measuring process: started with settings of its own, told what to do and answering in lines of JSON, ended in time."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import selectors
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from bot.errors import NgoziError

__all__ = ["Child", "answer", "clean_env", "end_with_parent", "started"]

# One for all processes that measure: on a database that another began no key is made.
_KEY = base64.b64encode(secrets.token_bytes(32)).decode()
# A child that says nothing for longer than its task and this is given up.
PATIENCE_S = 150.0


def clean_env(home: str, database_url: str = "", model: str = "") -> dict[str, str]:
    """This environment with Ngozi settings of its own: a measurement touches nothing that is in use."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NGOZI_")}
    return {
        **kept,
        "NGOZI_HOME": home,
        "NGOZI_DATABASE_URL": database_url,
        "NGOZI_SECRET_KEY": _KEY,
        "NGOZI_MODEL": model,
        "NGOZI_ALLOW_UNREVIEWED": "1",
        "NGOZI_LOG": "error",
    }


class Child:
    """One child; `ask` sends a line and waits for the answer."""

    def __init__(self, module: str, *arguments: str, env: Mapping[str, str]) -> None:
        self._module = module
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the child
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=dict(env),
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def read(self, timeout_s: float = PATIENCE_S) -> dict[str, Any]:
        """Its next line. Raises NgoziError where none comes in time or it has ended."""
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._process.stdout, selectors.EVENT_READ)
            if not waiting.select(timeout_s):
                raise NgoziError(f"{self._module} was silent for {timeout_s:g} s; expected its figures")
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait(10)
            raise NgoziError(
                f"{self._module} ended with status {code}; expected its figures ({self._last()})"
            )
        found: dict[str, Any] = json.loads(line)
        return found

    def ask(self, timeout_s: float = PATIENCE_S, **task: Any) -> dict[str, Any]:
        """Its answer to one task."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        return self.read(timeout_s)

    def _last(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().strip().splitlines()
        return lines[-1][:200] if lines else "it said nothing"

    def end(self) -> None:
        """Ends it and waits."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()


@contextlib.contextmanager
def started(module: str, *arguments: str, env: Mapping[str, str]) -> Iterator[Child]:
    """A child that is ended on leaving."""
    child = Child(module, *arguments, env=env)
    try:
        yield child
    finally:
        child.end()


# What the child does ------------------------------------------------------------------------------------------


def answer(**figures: Any) -> None:
    """Tells the parent, in one line."""
    print(json.dumps(figures), flush=True)


def end_with_parent() -> None:
    """Ends this process when its standard input closes: no server outlives the measurement."""

    def wait() -> None:
        # Not through sys.stdin: its lock, held here, would be fatal to a process that ends by itself.
        while os.read(0, 4096):
            pass
        os._exit(0)

    threading.Thread(target=wait, daemon=True, name="end-with-parent").start()
