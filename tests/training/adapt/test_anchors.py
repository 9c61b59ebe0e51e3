"""The terms of WeSAM and TRIBE, against numbers worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from training.adapt.anchors import TEMPERATURE, anchor_dice, anchor_mse, contrast, instances


def masks(*values: float) -> torch.Tensor:
    return torch.tensor(values).reshape(1, 1, 1, -1)


def test_wesams_anchor_is_half_the_dice_loss_of_each_view_with_the_frozen_mask() -> None:
    frozen = masks(3.0, -3.0)  # the target is (1, 0)
    sure, unsure = masks(100.0, -100.0), masks(0.0, 0.0)
    # dice of a perfect mask is 0; of p = (½, ½) it is 1 - (2·½ + 1) / (1 + 1 + 1) = ⅓.
    assert anchor_dice(sure, sure, frozen).item() == pytest.approx(0)
    assert anchor_dice(sure, unsure, frozen).item() == pytest.approx(1 / 6)
    assert anchor_dice(unsure, unsure, frozen).item() == pytest.approx(1 / 3)


def test_wesams_anchor_reaches_the_weak_view() -> None:
    weak = masks(0.5, 0.5).requires_grad_()
    anchor_dice(masks(1.0, 1.0), weak, masks(3.0, -3.0)).backward()
    assert weak.grad is not None
    assert weak.grad.abs().sum() > 0


def test_tribes_anchor_is_the_mean_square_over_the_pixels_that_are_kept() -> None:
    weak, frozen = masks(1.0, 2.0, 5.0), masks(0.0, 4.0, 5.0)
    assert anchor_mse(weak, frozen).item() == pytest.approx(5 / 3)
    kept = torch.tensor([[[1.0, 0.0, 1.0]]])
    assert anchor_mse(weak, frozen, kept).item() == pytest.approx(0.5)
    assert anchor_mse(weak, frozen, torch.zeros(1, 1, 3)).item() == 0


def test_the_contrast_of_two_instances_is_what_the_equation_gives() -> None:
    mine = torch.tensor([[2.0, 0.0], [0.0, 1.0]])
    anchor = torch.tensor([[1.0, 0.0], [3.0, 3.0]])
    s = [1, 1 / math.sqrt(2), 0, 1 / math.sqrt(2)]  # S_11, S_12, S_21, S_22 before the temperature
    e = [math.exp(value / TEMPERATURE) for value in s]
    assert contrast(mine, anchor).item() == pytest.approx(-math.log((e[0] + e[3]) / sum(e)), rel=1e-5)


def test_one_instance_alone_has_no_contrast() -> None:
    mine = torch.ones(1, 4, requires_grad=True)
    loss = contrast(mine, torch.zeros(1, 4))
    loss.backward()
    assert loss.item() == 0


def test_an_instance_is_the_mean_of_normalised_features_inside_its_mask() -> None:
    features = torch.tensor([[[[3.0, 0.0]], [[0.0, 5.0]]]])  # two cells: (3, 0) and (0, 5)
    logits = torch.tensor([[[[4.0, -4.0]]], [[[4.0, 4.0]]], [[[-4.0, -4.0]]]])
    found = instances(features, logits)
    assert found.tolist() == [[1, 0], [0.5, 0.5], [0, 0]]
