"""Learning rates and moving averages over the steps of a run, each a function of the step alone.

``torch.optim.lr_scheduler`` keeps its own count of steps and its own state: here a run that is resumed, or
made longer, reads its rate off the step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn

STEP_FACTOR = 0.1
"""Factor of the learning rate at each milestone."""
LEAST_SHARE = 0.02
"""A linear fall ends at this share of the peak."""


def warm_up(step: int, steps: int) -> float:
    """Linear warm-up: 1 / ``steps`` at step 0, 1 from step ``steps`` - 1 on."""
    return min(1.0, (step + 1) / steps)


def step_decay(step: int, total: int, milestones: Iterable[float]) -> float:
    """1, then :data:`STEP_FACTOR` to the power of the milestones passed, given as shares of ``total``."""
    return STEP_FACTOR ** sum(step >= share * total for share in milestones)


def linear_decay(step: int, total: int, share: float) -> float:
    """A linear fall over the last ``share`` of ``total`` steps to :data:`LEAST_SHARE`; above 1 before it."""
    return max((total - step) / max(total * share, 1), LEAST_SHARE)


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every parameter group."""
    for group in optimiser.param_groups:
        group["lr"] = rate


def ema_decay(step: int, most: float) -> float:
    """Share of a moving average that stays at a step: low at first, since it starts at untrained weights."""
    return min(most, (1 + step) / (10 + step))


def update_ema(ema: Mapping[str, Tensor], current: Mapping[str, Tensor], decay: float) -> None:
    """``ema = decay·ema + (1 - decay)·current`` in place, by name (Tarvainen & Valpola 2017)."""
    names: Sequence[str] = list(ema)
    with torch.no_grad():
        update = get_ema_multi_avg_fn(decay)
        update([ema[name] for name in names], [current[name] for name in names], None)
