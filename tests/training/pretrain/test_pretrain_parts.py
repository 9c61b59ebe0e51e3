"""A training step of a network with finer masks, a reading head and two rounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.models.nano_net import NanoNet
from tests.engine.nano_helpers import TINY
from tests.training.pretrain.test_crops import numbered
from training.pretrain.crops import make_batch
from training.pretrain.loop import DenseHead, prompt_losses, train_step

ALL = replace(TINY, fine2=4, reads_masks=True, rounds=2, stem_blocks=3, global_blocks=2)
CLICKS = (1.0, 0.0, 0.0, 0.0, 0.0)


def step(seed: int) -> tuple[NanoNet, torch.Tensor, dict[str, float]]:
    torch.manual_seed(0)
    net = NanoNet(ALL)
    batch = make_batch(np.random.default_rng(3), [numbered()], [], 128, 2, 3)
    loss, log = train_step(
        net, DenseHead(net.shape.fine[1]), batch, np.random.default_rng(seed), False, CLICKS
    )
    return net, loss, log


@pytest.mark.parametrize("seed", range(4))
def test_every_part_learns_from_a_step(seed: int) -> None:
    net, loss, _ = step(seed)
    loss.backward()
    learned = {name for name, value in net.named_parameters() if value.grad is not None and value.grad.any()}
    for part in ("reader.out", "finer.kernels.0", "mask_tokens", "output_hypernetworks_mlps.0"):
        assert any(name.startswith(f"mask_decoder.{part}") for name in learned), part
    assert "image_encoder.stem.0.weight" in learned


def test_its_log_tells_first_round_choice_and_best_apart() -> None:
    _, _, log = step(0)
    assert {"click", "click, first round", "chosen", "best"} <= log.keys()
    assert log["best"] >= log["chosen"]


def test_likeness_may_be_coarser_than_the_masks() -> None:
    masks, iou = torch.zeros(1, 4, 8, 8), torch.zeros(1, 4)
    targets = torch.zeros(1, 8, 8)
    targets[:, 2:6, 2:6] = 1
    single = torch.tensor([True])
    fitting = torch.nn.functional.avg_pool2d(targets[:, None], 2)[:, 0] * 20 - 10
    losses = [prompt_losses(masks, iou, likeness, targets, single) for likeness in (fitting, -fitting)]
    assert losses[0] < losses[1]
