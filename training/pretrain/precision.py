"""Which precision a pre-training run computes in: half where the hardware computes it, else single."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.models.precision import HALF, SINGLE, computes_bf16

if TYPE_CHECKING:
    import torch


def resolved(precision: str, device: torch.device) -> str:
    """``fp32`` or ``bf16``; ``auto`` takes bf16 where :func:`computes_bf16`, on GPUs too."""
    if precision != "auto":
        return precision
    return HALF if computes_bf16(device) else SINGLE
