"""In which arithmetic a picture is embedded: half precision where the processor computes it, else single.

Decoders always answer in single precision: half hardly saves them time, and moves borders of masks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import ConfigError
from engine.schema import PRECISIONS

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from engine.models.base import Embedding, Segmenter

SINGLE, HALF = "fp32", "bf16"


def resolve_precision(wanted: str, device: torch.device, proven: bool = True) -> str:
    """Turn ``auto``, ``fp32`` or ``bf16`` into one of the last two.

    Args:
        proven: whether the network is known to answer as well in half; ``auto`` gives others single.

    Raises:
        ConfigError: the precision is unknown, or the device has no such arithmetic.
    """
    if wanted not in PRECISIONS:
        raise ConfigError(f"--precision must be one of {', '.join(PRECISIONS)}, not {wanted}")
    if wanted == "auto":
        return HALF if proven and device.type == "cpu" and computes_bf16(device) else SINGLE
    if wanted == HALF and device.type not in ("cpu", "cuda"):
        raise ConfigError(f"device '{device}' computes in fp32 alone here; use --precision fp32")
    return wanted


def computes_bf16(device: torch.device) -> bool:
    """Whether the device has arithmetic for bfloat16.

    Processors need AVX-512 BF16 or AMX: on others torch computes bfloat16 in software, many times slower than
    single precision.
    """
    import torch

    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu":
        return False
    # Builds of torch for other processors than x86 lack these.
    questions = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, question, lambda: False)() for question in questions)


def embedded(model: Segmenter, images: Tensor) -> Embedding:
    """Embed (B, 3, H, W) float RGB in 0..255 in the model's precision, without gradient; maps are float32."""
    import torch

    from engine.models.base import Embedding

    if model.precision != HALF:
        with torch.inference_mode():
            return model.embed(images)
    with torch.inference_mode(), torch.autocast(model.device.type, torch.bfloat16):
        found = model.embed(images)
        return Embedding(found.features.float(), tuple(level.float() for level in found.high_res))
