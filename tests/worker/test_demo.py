"""The demo as a person starts and stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest


def _environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NGOZI_")}
    return {**kept, "NGOZI_HOME": str(home), "NGOZI_PORT": "0", "NGOZI_WORDS": "0", "PYTHONUNBUFFERED": "1"}


@pytest.mark.timeout(120)
def test_ctrl_c_reaches_all_processes_of_the_terminal_and_ends_quietly(tmp_path: Path) -> None:
    demo = subprocess.Popen(
        [sys.executable, "-m", "worker.cli", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=_environment(tmp_path / "home"),
        start_new_session=True,
        # As in a terminal: whoever runs the tests in the background has it ignored, and that is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert demo.stdout is not None
    said = []
    try:
        for line in demo.stdout:
            said.append(line)
            if "Ctrl-C stops it" in line:
                break
        # What a terminal does: everybody in the foreground group is told at once.
        os.killpg(demo.pid, signal.SIGINT)
        rest, _ = demo.communicate(timeout=30)
    finally:
        if demo.poll() is None:
            os.killpg(demo.pid, signal.SIGKILL)
            demo.wait()
        demo.stdout.close()
    said.append(rest)
    whole = "".join(said)
    assert "Ctrl-C stops it" in whole
    assert "no number is set (NGOZI_EMERGENCY)" in whole
    assert "Traceback" not in whole
    assert "Fatal" not in whole
    assert '"level": "error"' not in whole
    assert demo.returncode in (0, 130)
