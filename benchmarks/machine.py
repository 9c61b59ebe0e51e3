"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

VERSIONED = ("torch", "numpy", "rasterio", "shapely")


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


def _gpu(device: str) -> str:
    import torch

    return torch.cuda.get_device_name(device)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
