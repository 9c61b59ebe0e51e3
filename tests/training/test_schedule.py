"""Learning rates and moving averages over the steps of a run."""

from __future__ import annotations

import pytest
import torch

from training.schedule import ema_decay, linear_decay, set_rate, step_decay, update_ema, warm_up


def test_the_warm_up_is_linear_and_ends_at_one() -> None:
    assert [warm_up(step, 4) for step in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]


def test_every_milestone_makes_the_rate_a_tenth() -> None:
    assert [step_decay(step, 10, (0.5, 0.8)) for step in (4, 5, 8)] == pytest.approx([1, 0.1, 0.01])


def test_the_linear_fall_starts_with_the_last_share_and_stops_above_zero() -> None:
    assert linear_decay(0, 100, 0.25) > 1
    assert [linear_decay(step, 100, 0.25) for step in (75, 80, 100)] == pytest.approx([1, 0.8, 0.02])


def test_the_average_follows_fast_at_first() -> None:
    assert ema_decay(0, 0.99) == 0.1
    assert ema_decay(10_000, 0.99) == 0.99


def test_the_average_moves_by_its_share_and_the_weights_stay() -> None:
    ema, current = {"a": torch.tensor([1.0, 3.0])}, {"a": torch.tensor([3.0, 7.0], requires_grad=True)}
    update_ema(ema, current, 0.75)
    assert ema["a"].tolist() == [1.5, 4.0]
    assert current["a"].tolist() == [3, 7]


def test_a_rate_is_set_for_every_group() -> None:
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))]} for _ in range(2)]
    optimiser = torch.optim.Adam(groups, lr=1.0)
    set_rate(optimiser, 0.25)
    assert [group["lr"] for group in optimiser.param_groups] == [0.25, 0.25]
