"""How a step is computed: precision, memory against time, and several processes that share one adapter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from engine.errors import ConfigError, ModelError, is_out_of_memory
from engine.models.precision import computes_bf16

DTYPES = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}
PRECISIONS = ("auto", *DTYPES)
LEAST_SCALE = 1.0
"""Where fp16's gradients overflow even with this loss scale, something else is wrong with them."""
CHECKPOINTING = ("auto", "on", "off")
PATIENCE = timedelta(hours=6)
"""How long processes wait for the first, which alone measures the held-out objects."""
SIMULATED = ("AVX2", "NO AVX")
"""Processors, in torch's words, on which it computes bf16 and fp16 in software: a step of ``nano`` took 40 to
90 times as long as in fp32."""
LARGE = 50_000_000
"""Parameters from which on ``auto`` recomputes blocks instead of keeping what they computed."""


class Compute:
    """Precision and processes of a run.

    Attributes:
        name: the precision as ``--precision`` takes it, never ``auto``.
        rank, world: this process among those that share the run; 0 of 1 when alone.
    """

    def __init__(self, device: torch.device, precision: str = "auto") -> None:
        """ConfigError if the device cannot compute in that precision."""
        self._device = device
        self.name = _resolved(device, precision)
        self._dtype = DTYPES[self.name]
        self._scaler = torch.amp.GradScaler(device.type) if self.name == "fp16" else None
        self._state = _processes(device)
        self.rank = int(self._state.process_index) if self._state else 0
        self.world = int(self._state.num_processes) if self._state else 1

    def warning(self) -> str | None:
        """What to say before a run whose precision costs time instead of saving it."""
        if self._device.type != "cpu" or self._dtype is None:
            return None
        if torch.backends.cpu.get_cpu_capability() not in SIMULATED:
            return None
        return f"this processor has no arithmetic for {self.name}: --precision fp32 is many times as fast"

    def autocast(self) -> AbstractContextManager[Any]:
        """Runs the network in the run's precision; mask losses and weights stay float32."""
        if self._dtype is None:
            return nullcontext()
        return torch.autocast(self._device.type, self._dtype)

    def backward(self, loss: Tensor | None, parameters: Iterable[nn.Parameter]) -> bool:
        """Leave the mean gradient of all processes in ``parameters``; False if no process had any.

        Args:
            loss: of this process; None if it had nothing to learn from this time.
        """
        if loss is not None:
            (loss if self._scaler is None else self._scaler.scale(loss)).backward()
        busy = self._sum(torch.tensor(float(loss is not None), device=self._device))
        if busy == 0:
            return False
        if self.world > 1:
            for parameter in parameters:
                grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
                parameter.grad = self._sum(grad) / busy
        return True

    def unscaled(self, optimiser: torch.optim.Optimizer) -> bool:
        """Take fp16's loss scale out of the gradients (Micikevicius et al. 2018, arXiv 1710.03740).

        Returns:
            False if they overflowed and the step is to be left out: from the next on the scale is smaller.
        """
        if self._scaler is None:
            return True
        before = self._scaler.get_scale()
        self._scaler.unscale_(optimiser)
        self._scaler.update()
        return not LEAST_SCALE <= self._scaler.get_scale() < before

    def state(self) -> dict[str, Any]:
        """What a resumed run must restore: the loss scale."""
        return {} if self._scaler is None else self._scaler.state_dict()

    def restore(self, state: dict[str, Any]) -> None:
        """Take up what :meth:`state` gave."""
        if self._scaler is not None:
            self._scaler.load_state_dict(state)

    def any(self, flag: bool) -> bool:
        """Whether it is true of any process."""
        return bool(self._sum(torch.tensor(float(flag), device=self._device)) > 0)

    def agreed(self, number: int) -> int:
        """The first process's number, for all."""
        return int(self._sum(torch.tensor(float(number if self.rank == 0 else 0), device=self._device)))

    def _sum(self, value: Tensor) -> Tensor:
        return value if self._state is None else cast(Tensor, _reduced(value))


def _reduced(value: Tensor) -> Any:
    from accelerate.utils import reduce

    return reduce(value, reduction="sum")


def _resolved(device: torch.device, precision: str) -> str:
    if precision not in PRECISIONS:
        raise ConfigError(f"--precision must be one of {', '.join(PRECISIONS)}, not {precision}")
    if precision != "auto":
        return precision
    if computes_bf16(device):
        return "bf16"
    return "fp16" if device.type == "cuda" else "fp32"


def _processes(device: torch.device) -> Any:
    """accelerate's view of the processes that torchrun started; None if this one is alone."""
    import os

    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return None
    from accelerate import PartialState

    return PartialState(cpu=device.type == "cpu", timeout=PATIENCE)


@contextmanager
def explain_out_of_memory() -> Iterator[None]:
    """ModelError, which says what to do, where the memory of the device does not suffice."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise ModelError(
            "the device has too little memory; use --checkpointing on, a smaller model, or --device cpu"
        ) from error


def checkpoint_blocks(module: nn.Module, mode: str) -> bool:
    """Let the encoder's attention blocks be computed again in the backward pass instead of being kept.

    Args:
        mode: ``on``, ``off``, or ``auto`` for networks of more than :data:`LARGE` parameters.

    Returns:
        Whether they are.
    """
    if mode not in CHECKPOINTING:
        raise ConfigError(f"--checkpointing must be one of {', '.join(CHECKPOINTING)}, not {mode}")
    large = sum(parameter.numel() for parameter in module.parameters()) > LARGE
    if mode == "off" or (mode == "auto" and not large):
        return False
    for block in module.modules():
        if hasattr(block, "attn") and hasattr(block.attn, "qkv"):
            _recompute(block)
    return True


def _recompute(block: Any) -> None:
    plain = block.forward

    def forward(*args: Any) -> Any:
        if not torch.is_grad_enabled():
            return plain(*args)
        return checkpoint(plain, *args, use_reentrant=False)

    block.forward = forward
