"""How much memory work takes: of the process (Linux) on a processor, of torch on a GPU."""

from __future__ import annotations

import gc
from pathlib import Path

from engine.memory import give_back

MIB = 1 << 20
RESET_PEAK = "5"
"""What ``/proc/self/clear_refs`` takes to let VmHWM begin anew (proc(5))."""


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
        self._cuda = device.startswith("cuda")
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


def measured_from_here(device: str) -> Memory | None:
    """A measurement that begins once what earlier work left is given back; None where there can be none."""
    gc.collect()
    give_back()  # What was freed would count as in use before.
    try:
        memory = Memory(device)
        memory.reset()
    except OSError:
        return None
    return memory


def _allocated_mib(peak: bool = False) -> float:
    import torch

    return (torch.cuda.max_memory_allocated() if peak else torch.cuda.memory_allocated()) / MIB


def _status(field: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    kib = next(line.split()[1] for line in lines if line.startswith(f"{field}:"))
    return int(kib) * 1024 / MIB
