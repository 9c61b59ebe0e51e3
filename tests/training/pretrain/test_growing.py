"""A larger network begins with what a smaller one knows."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch.nn import functional

from engine.errors import ConfigError
from engine.models.nano_net import NanoNet
from tests.engine.model_helpers import points
from tests.engine.nano_helpers import TINY, tiny_net
from training.pretrain.growing import changed, grown

GROWTHS: list[dict[str, Any]] = [
    {"depths": (2, 4), "global_blocks": 3},
    {"stem_blocks": 4},
    {"fine2": 4},
    {"reads_masks": True},
    {"rounds": 2},
    {"depths": (3, 3), "global_blocks": 2, "stem_blocks": 3, "fine2": 4, "reads_masks": True, "rounds": 2},
]


def first_answer(net: NanoNet) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits at stride 4 and predicted IoU of the first round."""
    torch.manual_seed(5)
    with torch.inference_mode():
        embedding = net.eval().encode(torch.rand(1, 3, 128, 128) * 255)
        masks, iou, _ = net.decode_rounds(embedding, points([(40.0, 60.0, 1)], [(90.0, 20.0, 1)]))[0]
    return masks, iou


@pytest.mark.parametrize("changes", GROWTHS, ids=lambda changes: "+".join(changes))
def test_a_grown_network_answers_at_first_as_the_smaller_one(changes: dict[str, Any]) -> None:
    smaller = tiny_net()
    larger = grown(smaller, replace(TINY, **changes))
    masks, iou = first_answer(smaller)
    found, predicted = first_answer(larger)
    if found.shape != masks.shape:
        masks = functional.interpolate(masks, scale_factor=2, mode="bilinear")
    assert torch.allclose(found, masks, atol=1e-5)
    assert torch.allclose(predicted, iou, atol=1e-5)


def test_what_is_new_learns() -> None:
    larger = grown(tiny_net(), replace(TINY, depths=(2, 3), global_blocks=2, stem_blocks=3))
    embedding = larger.encode(torch.rand(1, 3, 128, 128) * 255)
    masks, iou, _ = larger.decode(embedding, points([(40.0, 60.0, 1)]))
    (masks.square().mean() + iou.square().mean()).backward()
    learned = {
        name for name, value in larger.named_parameters() if value.grad is not None and value.grad.any()
    }
    new = [f"image_encoder.stage{stride}.{last}.block" for stride, last in ((8, 3), (16, 4))]
    for block in new:
        assert {f"{block}.mlp.lin2.weight", f"{block}.attn.proj.weight"} <= learned


def test_sizes_that_cannot_grow_are_refused() -> None:
    with pytest.raises(ConfigError, match="other sizes"):
        grown(tiny_net(), replace(TINY, prompt_dim=32))
    with pytest.raises(ConfigError, match="other sizes"):
        grown(tiny_net(), replace(TINY, depths=(1, 1)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rounds=2", ("rounds", 2)),
        ("depths=6,6", ("depths", (6, 6))),
        ("reads_masks=yes", ("reads_masks", True)),
        ("smoothing=1.5", ("smoothing", 1.5)),
    ],
)
def test_a_field_of_the_architecture_is_read_as_what_it_is(text: str, expected: tuple[str, Any]) -> None:
    assert changed(text) == expected


@pytest.mark.parametrize("text", ["rounds", "rounds=two", "depths=6", "reads_masks=2", "colour=3", "=1"])
def test_other_fields_and_values_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="NAME=VALUE"):
        changed(text)
