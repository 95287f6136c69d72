"""How torch is to use this machine's cores and memory; called once, before the first network runs."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import torch

__all__ = ["device", "keep_freed_memory", "make_ready", "quick_dtype"]

# Of glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
_MOST_BYTES = 2**30
_PAD_BYTES = 2**26


def keep_freed_memory() -> bool:
    """Tells glibc to keep what a network frees; False where the C library has no mallopt.

    By default it gives big activations back to the system after every layer and gets them anew, page fault by page fault: a batch
    of eight photographs then costs 2.7 times the processor time (3.4 million page faults against none; LOG.md, 2026-11-24).
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    wanted = (
        (_M_MMAP_THRESHOLD, _MOST_BYTES),
        (_M_TRIM_THRESHOLD, _MOST_BYTES),
        (_M_TOP_PAD, _PAD_BYTES),
    )
    taken = [mallopt(name, size) == 1 for name, size in wanted]
    return all(taken)


def device() -> torch.device:
    """Where the service's networks run: the GPU that this process sees, else the CPU.

    One engine, one device: CUDA_VISIBLE_DEVICES says which, and an empty one keeps the process off them.
    """
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def quick_dtype(cpuinfo: Path = Path("/proc/cpuinfo")) -> torch.dtype:
    """The dtype in which this CPU multiplies many rows fastest: bfloat16 where it has instructions for it, else float32.

    Without them 120 rows cost 2.8 times as much in bfloat16 (LOG.md, 2026-11-26); a single row is bound by memory, and is not.
    """
    try:
        flags = set(cpuinfo.read_text().split())
    except OSError:
        return torch.float32
    return torch.bfloat16 if flags & {"avx512_bf16", "amx_bf16", "bf16"} else torch.float32


def make_ready(*, shared: bool) -> None:
    """Threads, and freed memory kept.

    shared: others work on this machine too (web, database, workers): half the cores, so that nobody waits for a thread that
    waits for a core.  Else one thread a core; more cost a third (facts, serving.md section 2).  Never more than OMP_NUM_THREADS
    says.
    """
    cores = os.cpu_count() or 1
    wanted = max(1, cores // 2) if shared else cores
    said = os.environ.get("OMP_NUM_THREADS", "")
    torch.set_num_threads(min(wanted, int(said)) if said.isdecimal() and int(said) > 0 else wanted)
    keep_freed_memory()
