"""The part of the embedded network that judges its masks by what they cover."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.models.nano import load_nano, save_nano
from engine.models.nano_net import NanoNet
from engine.models.nano_reading import RING, MaskReading, _mean, _statistics
from tests.engine.nano_helpers import TINY

CPU = torch.device("cpu")


def square(low: int, high: int, inside: float = 4.0, outside: float = -4.0) -> torch.Tensor:
    """(1, 1, 16, 16) logits of a square."""
    logits = torch.full((1, 1, 16, 16), outside)
    logits[..., low:high, low:high] = inside
    return logits


def test_a_new_reading_corrects_nothing() -> None:
    reading = MaskReading(8, 4, 16)
    masks, features = torch.randn(3, 4, 16, 16), torch.randn(3, 8, 16, 16)
    assert not reading(masks, features, torch.rand(3, 4)).any()


def test_features_are_averaged_inside_a_mask_and_around_it() -> None:
    features = torch.zeros(1, 1, 16, 16)
    features[..., 4:12, 4:12] = 1.0
    inside = (square(4, 12) > 0).float()
    assert _mean(features, inside).item() == 1.0
    small = (square(4, 8) > 0).float()
    around = torch.nn.functional.max_pool2d(small, 2 * RING + 1, 1, RING) - small
    # Of the 48 cells of the ring, those at the upper left lie off the features' square.
    expected = (6 * 6 - 4 * 4) / (8 * 8 - 4 * 4)
    assert _mean(features, around).item() == pytest.approx(expected)
    assert _mean(features, torch.zeros_like(inside)).item() == 0.0


def test_statistics_of_a_decided_and_an_undecided_mask() -> None:
    masks = torch.cat([square(4, 12), square(4, 8, 0.5, -0.5)], dim=1)
    iou = torch.tensor([[0.7, 0.3]])
    (sure, unsure) = _statistics(masks, (masks > 0).float(), iou)[0]
    p = torch.tensor(4.0).sigmoid()
    size, other = torch.tensor([64.0, 16.0]).log() / 10
    expected = 64 * p / (64 + 192 * (1 - p))
    assert torch.allclose(sure, torch.stack([iou[0, 0], p * 0 + 1, p, expected, size, (size - other) / 2]))
    assert unsure[1] == 0, "no cell is above the steep logit"
    assert unsure[5] == -sure[5]


def test_an_empty_mask_is_read_without_harm() -> None:
    masks = square(0, 0)
    assert torch.isfinite(_statistics(masks, (masks > 0).float(), torch.zeros(1, 1))).all()


def test_nothing_flows_back_into_the_masks() -> None:
    reading = MaskReading(2, 1, 4)
    torch.nn.init.ones_(reading.mlp[-1].weight)
    masks, features = torch.randn(1, 1, 8, 8, requires_grad=True), torch.randn(1, 2, 8, 8, requires_grad=True)
    reading(masks, features, torch.rand(1, 1)).sum().backward()
    assert masks.grad is None
    assert features.grad is None
    assert reading.mlp[0].weight.grad is not None


def test_a_network_with_a_reading_is_written_and_read_back(tmp_path: Path) -> None:
    net = NanoNet(replace(TINY, reading=8))
    torch.nn.init.ones_(net.get_parameter("mask_decoder.reading.mlp.4.weight"))
    path = tmp_path / "net.safetensors"
    save_nano(net, net.state_dict(), path, {})
    loaded = load_nano(path, CPU).module
    assert loaded.shape == net.shape
    masks, features, iou = torch.randn(2, 4, 8, 8), torch.randn(2, TINY.fine[1], 8, 8), torch.rand(2, 4)
    net.half().float()
    corrections = [model.mask_decoder.reading(masks, features, iou) for model in (net, loaded)]
    assert corrections[0].any()
    assert torch.equal(*corrections)
