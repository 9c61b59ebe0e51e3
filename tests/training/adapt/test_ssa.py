"""Soft semantic alignment: what it pools, what it costs, and that its gradient lives."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from training.adapt import ssa


def unit(*rows: list[float]) -> torch.Tensor:
    return functional.normalize(torch.tensor(rows), dim=1)


def test_pooling_is_the_mean_of_the_cells_inside_the_box() -> None:
    features = torch.randn(1, 5, 8, 8, generator=torch.Generator().manual_seed(0))
    boxes = torch.tensor([[16.0, 0.0, 48.0, 32.0]])  # columns 2 to 5, rows 0 to 3 of cells of 8 pixels
    expected = functional.normalize(features[0, :, 0:4, 2:6].mean((1, 2)), dim=0)
    assert torch.allclose(ssa.pooled(features, boxes, 64)[0], expected, atol=1e-6)


def test_a_box_within_one_cell_pools_that_cell() -> None:
    features = torch.randn(1, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    found = ssa.pooled(features, torch.tensor([[17.0, 33.0, 18.0, 35.0]]), 64)
    assert torch.allclose(found[0], functional.normalize(features[0, :, 2, 1], dim=0), atol=1e-6)


def test_the_weak_strong_form_is_one_less_the_cosine() -> None:
    weak, strong = unit([1.0, 0.0], [0.0, 1.0]), unit([1.0, 1.0], [0.0, 1.0])
    assert ssa.weak_strong(weak, strong).item() == pytest.approx((1 - 2**-0.5 + 0) / 2)


@pytest.mark.parametrize("form", ["weak-strong", "affinity"])
def test_the_gradient_flows_through_the_strong_side_alone(form: str) -> None:
    weak = unit([1.0, 0.2], [0.1, 1.0], [0.5, 0.5]).requires_grad_()
    strong = unit([0.6, 1.0], [0.9, 0.1], [0.2, 0.7]).requires_grad_()
    queue = unit([1.0, -1.0])
    loss = ssa.weak_strong(weak, strong) if form == "weak-strong" else ssa.affinity(weak, strong, queue)
    loss.backward()
    assert weak.grad is None
    assert strong.grad is not None
    assert strong.grad.abs().sum() > 0


def test_affinity_is_least_where_both_views_relate_alike() -> None:
    weak, queue = unit([1.0, 0.0], [0.6, 0.8]), unit([0.0, 1.0], [-1.0, 0.3])
    same = ssa.affinity(weak, weak, queue)
    assert same < ssa.affinity(weak, unit([0.0, 1.0], [1.0, 0.1]), queue)


def test_affinity_equals_its_formula_written_out() -> None:
    weak, strong, queue = unit([1.0, 0.0]), unit([0.8, 0.6]), unit([0.0, 1.0], [0.6, 0.8])
    wanted = np.exp(np.array([0.0, 0.6]) / 0.05)
    wanted /= wanted.sum()
    found = np.exp(np.array([0.6, 0.96]) / 0.05)
    found /= found.sum()
    expected = -(wanted * np.log(found)).sum()
    assert ssa.affinity(weak, strong, queue).item() == pytest.approx(expected, rel=1e-4)


def test_affinity_of_a_single_object_without_a_queue_is_zero() -> None:
    assert ssa.affinity(unit([1.0, 0.0]), unit([0.0, 1.0]), torch.zeros(0, 2)).item() == 0


def test_the_queue_drops_the_oldest_and_comes_back_from_its_state() -> None:
    queue = ssa.Queue(3)
    like = torch.zeros(1, 2)
    assert queue.tensor(like).shape == (0, 2)
    queue.push(torch.arange(8.0).reshape(4, 2))
    again = ssa.Queue(3)
    again.restore(queue.state())
    assert torch.equal(again.tensor(like), torch.arange(2.0, 8.0).reshape(3, 2))
