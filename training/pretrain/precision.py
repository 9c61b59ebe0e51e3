"""Which precision a pre-training run computes in: half where the hardware computes it, else single."""

from __future__ import annotations

import torch

PRECISIONS = ("auto", "fp32", "bf16")


def resolved(precision: str, device: torch.device) -> str:
    """``fp32`` or ``bf16``; ``auto`` takes bf16 where :func:`computes_bf16`."""
    if precision != "auto":
        return precision
    return "bf16" if computes_bf16(device) else "fp32"


def computes_bf16(device: torch.device) -> bool:
    """Whether the device has arithmetic for bfloat16.

    Processors need AVX-512 BF16 or AMX: on others torch computes bfloat16 in software, many times slower than
    single precision.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu":
        return False
    # Builds of torch for other processors than x86 lack these.
    questions = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, question, lambda: False)() for question in questions)
