"""Memory that a network frees is kept by the process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from model import machine

FAULTS = """
import resource, sys
import torch
from model import machine
if sys.argv[1] == "kept":
    assert machine.keep_freed_memory()
def work():
    for _ in range(5):
        torch.empty(16_000_000).fill_(1.0)
work()
work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="mallopt is glibc's")
def test_big_blocks_are_not_given_back_and_fetched_again() -> None:
    plain, kept = faults("plain"), faults("kept")
    assert plain > 10_000  # five blocks of 64 MB in pages of 4 KiB
    assert kept < plain / 3  # one block of the five may lie at the end of the heap


def test_threads_that_wait_do_not_spin() -> None:
    ask = "import os, sys, model; print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["PASSIVE", "False"]


def test_many_rows_are_multiplied_in_bfloat16_where_the_cpu_knows_it(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("flags : fpu avx512f avx512_vnni")
    (tmp_path / "new").write_text("flags : fpu avx512f avx512_bf16")
    wanted = {"old": torch.float32, "new": torch.bfloat16, "absent": torch.float32}
    assert {name: machine.quick_dtype(tmp_path / name) for name in wanted} == wanted


def test_no_more_threads_than_the_environment_allows() -> None:
    ask = "import torch; from model import machine; machine.make_ready(shared=False); print(torch.get_num_threads())"
    said = {
        given: subprocess.run(
            [sys.executable, "-c", ask], capture_output=True, text=True, check=True, env={**os.environ, "OMP_NUM_THREADS": given}
        ).stdout.strip()
        for given in ("1", "64")
    }  # fmt: skip
    assert said == {"1": "1", "64": str(os.cpu_count())}
