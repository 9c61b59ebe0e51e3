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


def facts(threads: int, device: str = "cpu") -> dict[str, Any]:
    """GPU if one is used, processor, cores, threads, memory, versions, and how busy it was beforehand."""
    return (
        ({"GPU": _gpu(device)} if device != "cpu" else {})
        | {
            "processor": _processor(),
            "cores": cores(),
            "threads": threads,
            "memory_GiB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30), 1),
            "load_before": round(os.getloadavg()[0], 1),
            "python": platform.python_version(),
        }
        | {name: version(name) for name in VERSIONED}
    )


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


class Memory:
    """Most memory that work on a device takes beyond what was in use when this was made.

    On a processor that is the process's resident memory, on a GPU what torch has given out.
    """

    def __init__(self, device: str) -> None:
        self._cuda = device != "cpu"
        self._before = _allocated_mib() if self._cuda else memory_mib()

    def reset(self) -> None:
        """Let the peak begin anew."""
        if self._cuda:
            import torch

            torch.cuda.reset_peak_memory_stats()
        else:
            reset_peak()

    def peak(self) -> float:
        """MiB, since :meth:`reset`."""
        return (_allocated_mib(peak=True) if self._cuda else peak_mib()) - self._before


def _allocated_mib(peak: bool = False) -> float:
    import torch

    return (torch.cuda.max_memory_allocated() if peak else torch.cuda.memory_allocated()) / MIB


def _gpu(device: str) -> str:
    import torch

    return torch.cuda.get_device_name(device)


def _status(field: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    kib = next(line.split()[1] for line in lines if line.startswith(f"{field}:"))
    return int(kib) * 1024 / MIB


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
