"""The real processes of Ngozi, and a supervisor that starts them again when they die, as systemd would."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Stack"]


@dataclass
class Role:
    """One supervised process. kills: how often it was killed. mortal: the harness may kill it."""

    name: str
    command: list[str]
    mortal: bool = True
    socket: socket.socket | None = None
    process: subprocess.Popen[bytes] | None = None
    kills: int = 0
    starts: int = 0


@dataclass
class Stack:
    """All processes of one deployment. env: their settings. log: where their standard error goes."""

    env: dict[str, str]
    log: Path
    listener: socket.socket
    roles: list[Role] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def production(cls, env: dict[str, str], log: Path, listener: socket.socket) -> Stack:
        """Web, turn, deliver, sweep, model and beat on Redis and PostgreSQL."""
        ngozi = [sys.executable, "-m", "worker.cli"]
        stack = cls(env, log, listener)
        stack.roles = [
            Role("web", [*ngozi, "serve"], socket=listener),
            Role("turn", [*ngozi, "worker", "--queues", "turn"]),
            Role("deliver", [*ngozi, "worker", "--queues", "deliver"]),
            Role("model", [sys.executable, "-m", "tests.faults.stand_in", "worker"]),
            Role("sweep", [*ngozi, "worker", "--queues", "sweep", "--threads", "1"]),
            Role("beat", [*ngozi, "worker", "--queues", "beat"]),
        ]
        return stack

    @classmethod
    def embedded(cls, env: dict[str, str], log: Path, listener: socket.socket) -> Stack:
        """Everything in one process, with its model child."""
        stack = cls(env, log, listener)
        stack.roles = [
            Role("embedded", [sys.executable, "-m", "tests.faults.embedded_main"], socket=listener)
        ]
        return stack

    def start(self) -> None:
        """Starts everything, and the supervisor."""
        for role in self.roles:
            self._start(role)
        threading.Thread(target=self._supervise, daemon=True).start()

    def _start(self, role: Role) -> None:
        env = {**os.environ, **self.env, "PYTHONUNBUFFERED": "1"}
        command, keep = role.command, ()
        if role.socket is not None:
            # As systemd hands it over: file descriptor 3, and LISTEN_FDS=1.
            number = role.socket.fileno()
            env["LISTEN_FDS"] = "1"
            command, keep = ["bash", "-c", f'exec "$@" 3<&{number}', "bash", *command], (number,)
        with self.log.open("ab") as log:
            role.process = subprocess.Popen(
                command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=keep
            )
        role.starts += 1

    def _supervise(self) -> None:
        while not self._stopping.wait(0.1):
            for role in self.roles:
                with self._lock:
                    if (
                        role.process is not None
                        and role.process.poll() is not None
                        and not self._stopping.is_set()
                    ):
                        self._start(role)

    def kill_one(self, chance: random.Random, at_work_s: float = 0.0) -> str:
        """Kills a random process with SIGKILL; its name, or '' where none has been at work for at_work_s.

        The model child of an embedded process counts as one.
        """
        targets: list[tuple[Role, int]] = []
        for role in self.roles:
            if role.mortal and role.process is not None and role.process.poll() is None:
                targets.append((role, role.process.pid))
                targets += [(role, pid) for pid in _children(role.process.pid)]
        targets = [(role, pid) for role, pid in targets if _age_s(pid) >= at_work_s]
        if not targets:
            return ""
        role, pid = chance.choice(targets)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return ""
        role.kills += 1
        return role.name if role.process is not None and pid == role.process.pid else f"{role.name}/child"

    @property
    def kills(self) -> int:
        """How many processes were killed."""
        return sum(role.kills for role in self.roles)

    def stop(self) -> None:
        """Ends everything."""
        self._stopping.set()
        with self._lock:
            for role in self.roles:
                if role.process is not None and role.process.poll() is None:
                    role.process.terminate()
        for role in self.roles:
            if role.process is not None:
                try:
                    role.process.wait(15)
                except subprocess.TimeoutExpired:
                    role.process.kill()
                    role.process.wait()


def _age_s(pid: int) -> float:
    """How long a process has been there; -1 where it is gone."""
    try:
        began = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
        up_s = float(Path("/proc/uptime").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return -1.0
    return up_s - began / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> list[int]:
    """The direct children of a process."""
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
