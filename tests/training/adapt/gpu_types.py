"""The types that a GPU's autocast gives, on the processor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

IN_SINGLE = {
    functional.layer_norm,
    functional.group_norm,
    functional.softmax,
    functional.log_softmax,
    functional.softplus,
    functional.normalize,
    functional.mse_loss,
    functional.l1_loss,
    functional.cosine_similarity,
    torch.softmax,
    torch.exp,
    torch.log,
    torch.pow,
    torch.rsqrt,
    torch.sum,
    torch.cumsum,
    torch.norm,
    Tensor.softmax,
    Tensor.log_softmax,
    Tensor.exp,
    Tensor.log,
    Tensor.pow,
    Tensor.__pow__,
    Tensor.rsqrt,
    Tensor.sum,
    Tensor.cumsum,
    Tensor.norm,
}
"""What autocast computes in float32 on CUDA, but in half on a processor: from the tables "CUDA Ops that can
autocast to float32" and "CPU Ops that can autocast to float32" of torch's documentation."""


class GpuTypes(TorchFunctionMode):
    """While it is entered, autocast on the processor keeps float32 where it does on CUDA."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call ``func``, with float32 in place of half where CUDA's autocast would."""
        if func in IN_SINGLE and torch.is_autocast_enabled("cpu"):
            with torch.autocast("cpu", enabled=False):
                return func(*map(_single, args), **{key: _single(v) for key, v in (kwargs or {}).items()})
        return func(*args, **(kwargs or {}))


def _single(value: Any) -> Any:
    half = isinstance(value, Tensor) and value.dtype in (torch.bfloat16, torch.float16)
    return value.float() if half else value
