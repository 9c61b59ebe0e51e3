"""Choosing where a network runs, and saying plainly why it cannot run there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.errors import ConfigError
from engine.messages import message

if TYPE_CHECKING:
    import torch

KINDS = ("auto", "cpu", "cuda", "mps")
_NAME = re.compile(r"auto|cpu|mps|cuda(:(0|[1-9][0-9]{0,3}))?")
"""As torch reads them: it knows no ``cpu:``, and no digits but these."""


def resolve_device(wanted: str = "auto") -> torch.device:
    """Turn ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps`` into a device that exists.

    ``auto`` prefers CUDA, then Apple's MPS, then the processor. A device asked for by name is never
    replaced by another one.

    Raises:
        ConfigError: the name is unknown, or this machine or this build of torch has no such device.
    """
    import torch

    if _NAME.fullmatch(wanted) is None:
        raise ConfigError(f"unknown device '{wanted}': choose one of {', '.join(KINDS)}, or cuda:N")
    kind, _, index = wanted.partition(":")
    if kind == "auto":
        return torch.device(_best())
    if kind == "cuda":
        _require_cuda(int(index or 0))
    if kind == "mps" and not torch.backends.mps.is_available():
        raise ConfigError("device 'mps' needs macOS on Apple silicon; use --device auto or cpu")
    return torch.device(wanted)


def _best() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _require_cuda(index: int) -> None:
    import torch

    if torch.version.cuda is None and torch.version.hip is None:
        raise ConfigError(message("device-no-cuda", version=torch.__version__))
    if not torch.cuda.is_available():
        raise ConfigError(message("device-no-gpu"))
    if index >= torch.cuda.device_count():
        raise ConfigError(
            f"device 'cuda:{index}' does not exist: this machine has {torch.cuda.device_count()}"
        )
