"""The machine, the code and the memory that a figure belongs to; read from /proc and git, nothing asked of a network."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["children", "commit", "describe", "memory"]

PACKAGES = ("uvicorn", "starlette", "sqlalchemy", "celery", "torch")


def describe() -> dict[str, Any]:
    """What the figures were measured on. load: processes that wanted a core in the minute before (others' work too)."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": _cpu(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": round(os.getloadavg()[0], 2),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _cpu() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.machine()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def commit() -> str:
    """The revision of the code, with '+' where files differ from it; 'unknown' outside a checkout."""
    try:
        said = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=9"],  # noqa: S607 - whichever git there is
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return said.stdout.strip()


def memory(process: str, pid: int) -> dict[str, Any]:
    """Resident memory of a process now, and the most it ever had, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return {"process": process, "rss_mib": _mib(status, "VmRSS"), "peak_mib": _mib(status, "VmHWM")}


def _mib(status: str, field: str) -> float:
    found = re.search(rf"^{field}:\s+(\d+) kB$", status, re.MULTILINE)
    return round(int(found[1]) / 1024, 1) if found else 0.0


def children(pid: int) -> list[int]:
    """The direct children of a process."""
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
