"""What the numbers were measured on, and how much memory this process has had (Linux)."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

VERSIONED = ("torch", "numpy", "rasterio", "shapely")
MIB = 1 << 20
RESET_PEAK = "5"
"""What ``/proc/self/clear_refs`` takes to let VmHWM begin anew (proc(5))."""


def facts(threads: int) -> dict[str, Any]:
    """Processor, cores, threads, memory, versions, and how busy the machine was beforehand."""
    return {
        "processor": _processor(),
        "cores": cores(),
        "threads": threads,
        "memory_GiB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30), 1),
        "load_before": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    } | {name: version(name) for name in VERSIONED}


def cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0))


def use_threads(count: int) -> None:
    """Give torch and OpenCV exactly ``count`` threads."""
    import cv2
    import torch

    torch.set_num_threads(count)
    cv2.setNumThreads(count)


def memory_mib() -> float:
    """Resident memory of this process."""
    return _status("VmRSS")


def reset_peak() -> None:
    """Let :func:`peak_mib` begin anew. OSError where the kernel does not allow it."""
    Path("/proc/self/clear_refs").write_text(RESET_PEAK, encoding="ascii")


def peak_mib() -> float:
    """Most resident memory since :func:`reset_peak`, as the kernel counted it, not from samples."""
    return _status("VmHWM")


def _status(field: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    kib = next(line.split()[1] for line in lines if line.startswith(f"{field}:"))
    return int(kib) * 1024 / MIB


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
