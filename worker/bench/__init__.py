"""`ngozi bench`: measures this machine and writes bench.json and bench.md. Loopback only, bounded in count and time.

webhook      accepts, against an empty handler and bare INSERT+COMMIT, in pairs
web_process  the measured server, and the empty handler
load         the calls
pipeline     messages through everything with a stand-in model; photographs to findings with the real one
talks        people who write as fast as they are answered
stand_in     in place of the network
model_probe  whether the real one loads
pages        the console's pages at many cases
clinic       those cases, made up
child        measuring processes
machine      what it ran on
postgres     a database of our own
pairs        figures out of measurements, pure
table        the report in words, pure
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.errors import NgoziError
from worker.bench import machine, webhook
from worker.bench.child import PATIENCE_S, clean_env, started
from worker.bench.postgres import throwaway
from worker.bench.table import markdown
from worker.bench.talks import PHOTO_SIDE_PX

__all__ = ["run", "run_pages"]

PIPELINE = "worker.bench.pipeline"
INTERVAL_S = 1.0
# A 95th percentile of ten would be the longest of ten.
PHOTOS_PER_SECOND_GIVEN = 3
STEPS_A_DATABASE = 6


def run(out_dir: Path, seconds: float, out: Console) -> None:
    """Measures for `seconds` an arm, writes both files and prints the table.

    SQLite always; PostgreSQL too where NGOZI_DATABASE_URL names one (in a database of its own, dropped afterwards).
    """
    _made(out_dir)
    with ExitStack() as stack:
        databases, refused = _databases(stack)
        report = measure(databases, seconds, _steps(stack, out, STEPS_A_DATABASE * len(databases) + 2))
    for name, reason in refused.items():
        report["webhook"][name] = report["pipeline"][name] = {"unavailable": reason}
    (out_dir / "bench.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    text = markdown(report)
    (out_dir / "bench.md").write_text(text)
    out.print(text, markup=False, highlight=False)
    out.print(f"written: {out_dir / 'bench.json'}, {out_dir / 'bench.md'}", highlight=False)


def run_pages(out_dir: Path, cases: int, out: Console) -> None:
    """Measures the console's pages at so many cases, writes pages.json and pages.md and prints the table. Databases as `run`."""
    from worker.bench import pages

    _made(out_dir)
    with ExitStack() as stack:
        databases, refused = _databases(stack)
        steps = _steps(stack, out, len(databases) * (pages.ROUNDS + 2))
        report = pages.measure(databases, cases, pages.ROUNDS, steps)
    text = pages.markdown(report)
    for name, reason in refused.items():
        text += f"## {name}\n\n{reason}\n"
    (out_dir / "pages.json").write_text(json.dumps(report, indent=1) + "\n")
    (out_dir / "pages.md").write_text(text)
    out.print(text, markup=False, highlight=False)


def _made(out_dir: Path) -> None:
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NgoziError(
            f"--out is '{out_dir}'; expected a folder that can be made ({error.strerror})"
        ) from None


def _databases(stack: ExitStack) -> tuple[dict[str, str], dict[str, str]]:
    """Name to address of what is measured on, dropped with `stack`; and by name why one could not be made."""
    server_url = os.environ.get("NGOZI_DATABASE_URL", "")
    databases, refused = {"SQLite": ""}, {}
    if server_url.startswith("postgresql"):
        try:
            databases["PostgreSQL"] = stack.enter_context(throwaway(server_url))
        except NgoziError as error:
            refused["PostgreSQL"] = str(error)
    return databases, refused


def _steps(stack: ExitStack, out: Console, total: int) -> Callable[[str], None]:
    """Shows how far it is."""
    progress = stack.enter_context(
        Progress(
            TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=out, transient=True
        )
    )
    task = progress.add_task("beginning", total=total)
    return lambda what: progress.update(task, description=what, advance=1)


def measure(databases: dict[str, str], seconds: float, step: Callable[[str], None]) -> dict[str, Any]:
    """The report. databases: name to address ('' = SQLite in a throw-away folder)."""
    report: dict[str, Any] = {
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": machine.commit(),
        "seconds": seconds,
        "machine": machine.describe(),
        "webhook": {},
        "pipeline": {},
        "memory": [],
    }
    for name, url in databases.items():
        report["webhook"][name], processes = webhook.measure(url, seconds, step)
        report["memory"] += processes
        report["pipeline"][name] = {}
        for kind in ("inline", "embedded"):
            step(f"pipeline, {name}: {kind}")
            found = _through(clean_env("", url), seconds, kind, "--seconds", str(seconds))
            for process in found.pop("memory", []):
                report["memory"].append({**process, "process": f"{process['process']}, {name}"})
            report["pipeline"][name][kind] = found
    step("photo to findings")
    report["findings"] = findings(max(1, round(seconds * PHOTOS_PER_SECOND_GIVEN)))
    report["memory"] += report["findings"].pop("memory", [])
    report["load_at_end"] = round(os.getloadavg()[0], 2)
    return report


def _through(env: dict[str, str], budget_s: float, kind: str, *arguments: str) -> dict[str, Any]:
    """What one measuring process says. budget_s: how long it is meant to take, without its start."""
    with (
        tempfile.TemporaryDirectory(prefix="ngozi-bench-") as home,
        started(PIPELINE, kind, *arguments, env={**env, "NGOZI_HOME": home}) as child,
    ):
        return child.read(budget_s + 2 * PATIENCE_S)


def findings(photos: int, interval_s: float = INTERVAL_S, *, stand_in: bool = False) -> dict[str, Any]:
    """Times from photograph to findings with the model that NGOZI_MODEL names; or why there are none.

    stand_in: in the model's place, to try the measurement itself.
    """
    model = "" if stand_in else os.environ.get("NGOZI_MODEL", "")
    if not stand_in and (missing := _missing_model(model)):
        return {"unavailable": missing}
    arguments = [
        "--photos",
        str(photos),
        "--interval",
        str(interval_s),
        *(["--stand-in"] if stand_in else []),
    ]
    try:
        found = _through(clean_env("", model=model), photos * interval_s, "paced", *arguments)
    except NgoziError as error:
        return {"unavailable": f"model: {error}"}
    return {**found, "side_px": PHOTO_SIDE_PX}


def _missing_model(model: str) -> str:
    """'' where the model loads; else one line. Loaded in a process of its own: torch would stay in this one."""
    if model == "off":
        return "model: off (NGOZI_MODEL)"
    with tempfile.TemporaryDirectory(prefix="ngozi-bench-") as home:
        try:
            with started("worker.bench.model_probe", env=clean_env(home, model=model)) as child:
                said = child.read(2 * PATIENCE_S)
        except NgoziError as error:
            return f"model: not installed ({error})"
    return "" if said["loads"] else f"model: not installed ({said['reason']})"
