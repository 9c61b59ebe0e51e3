"""Teach the model which of its masks is best: ``python -m training.ranking --checkpoint FILE --out FILE``.

The network stays as it is; only :class:`engine.models.nano_reading.MaskReading` learns, on crops like those
of the training, from the true IoU of every mask. Every step is a function of the seed and its number.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import ModelError, OutputError
from engine.models.nano_net import NanoNet
from engine.models.nano_prompts import MASK_STRIDE
from engine.report import Parser, Reporter, run_command
from training.checkpoint import check_folder, network, read_checkpoint, write_checkpoint
from training.crops import Batch
from training.feed import Feed, Stage, count, make_feed
from training.interactive import first_round
from training.losses import mask_iou
from training.pretrain import learning_rate, random_origin, real_images

WIDTH = 64
OBJECTS = 6
"""Objects asked for per crop."""
SHARPNESS = 10.0
"""A difference of a tenth in predicted IoU is an odds ratio of e when candidates are compared."""
CHOICE_WEIGHT = 0.1


def extended(state: dict[str, Any]) -> NanoNet:
    """The network of a checkpoint with a reading that corrects nothing yet and alone has gradients."""
    trained = network(state)
    if trained.shape.reading:
        raise ModelError("the checkpoint is ranked already; give the one of training.pretrain")
    net = NanoNet(replace(trained.shape, reading=WIDTH))
    net.load_state_dict(trained.state_dict(), strict=False)
    net.requires_grad_(False)
    reading_of(net).requires_grad_(True)
    return net


def reading_of(net: NanoNet) -> nn.Module:
    """The part that learns."""
    return net.get_submodule("mask_decoder.reading")


def rank_loss(iou: Tensor, true: Tensor, single_click: Tensor) -> Tensor:
    """Squared error of the predicted IoU, and for single clicks the cross-entropy of the choice among three.

    Args:
        iou, true: (N, 4) predicted and true IoU; candidates 1 to 3 are those chosen among.
        single_click: (N,) True where the prompt was one click.
    """
    error = (iou - true).square().mean()
    # Where every mask misses there is nothing to choose.
    rows = single_click & (true[:, 1:] > 0).any(1)
    if not rows.any():
        return error
    choice = functional.cross_entropy(SHARPNESS * iou[rows, 1:], true[rows, 1:].argmax(1))
    return error + CHOICE_WEIGHT * choice


def rank_step(net: NanoNet, batch: Batch, rng: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
    """Loss of one batch, with gradient for the reading, and what to log of it.

    The log holds the mean true IoU of what was ``chosen`` among three for single clicks, of the ``best`` of
    them, and of each of them (``mask1`` to ``mask3``); ``error`` is that of the predicted IoU of all masks.
    """
    images = torch.from_numpy(batch.images).permute(0, 3, 1, 2).float()
    with torch.no_grad():
        embedding = net.encode(images)
    targets = functional.avg_pool2d(torch.from_numpy(batch.masks)[:, None].float(), MASK_STRIDE)[:, 0]
    owners = torch.from_numpy(batch.owners)
    place = random_origin(rng, net.shape.image_size, images.shape[2], len(images), images.device)
    prompts, single = first_round(batch.masks, rng)
    masks, iou, _ = net.decode(embedding, prompts.batch(images.device), owners, place[owners])
    true, one = mask_iou(masks, targets), torch.from_numpy(single)
    loss = rank_loss(iou, true, one)
    log = {"loss": loss.item(), "error": (iou - true).abs().mean().item()}
    if one.any():
        rows = torch.arange(int(one.sum()))
        chosen, best = iou[one, 1:].argmax(1), true[one, 1:]
        log |= {"chosen": best[rows, chosen].mean().item(), "best": best.amax(1).mean().item()}
        log |= {f"mask{index}": value for index, value in enumerate(best.mean(0).tolist(), start=1)}
    return loss, log


def learn(net: NanoNet, feed: Feed, steps: int, rate: float, seed: int) -> Iterator[dict[str, float]]:
    """Train the reading for ``steps``; yields the means of every 50."""
    parameters = list(reading_of(net).parameters())
    optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=1e-3)
    recent: dict[str, list[float]] = {}
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = learning_rate(step, steps, rate, 0.5)
        optimiser.zero_grad()
        for part, batch in enumerate(feed.batches(step)):
            loss, log = rank_step(net, batch, np.random.default_rng((seed, 3, step, part)))
            loss.backward()
            for key, value in log.items():
                recent.setdefault(key, []).append(value)
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        if (step + 1) % 50 == 0 or step + 1 == steps:
            yield {"step": step + 1} | {key: round(float(np.mean(v)), 4) for key, v in sorted(recent.items())}
            recent.clear()


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(prog="python -m training.ranking", description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, required=True, help="what training.pretrain saved")
    parser.add_argument("--out", type=Path, required=True, help="what training.export reads")
    parser.add_argument("--data", type=Path, help="folder that holds naip_fields/ and solar_panels/")
    parser.add_argument("--steps", type=count, default=2000)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--pool", type=count, default=128, help="generated scenes kept at hand")
    parser.add_argument("--seed", type=int, default=1, help="another than the training's: crops it never saw")
    parser.add_argument("--makers", type=count, default=1, help="who makes batches: a thread, or processes")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.report.run_command` for the exit codes."""
    options = parse(argv)
    return run_command(lambda reporter: _work(options), Reporter("ranking"))


def _work(options: argparse.Namespace) -> None:
    cv2.setNumThreads(1)
    torch.manual_seed(options.seed)
    if options.out.resolve() == options.checkpoint.resolve():
        raise OutputError(f"{options.out}: would replace the checkpoint itself; choose another --out")
    state = read_checkpoint(options.checkpoint)
    net = extended(state).eval()
    check_folder(options.out)
    wide = options.steps // 2
    stages = [Stage(256, 8, wide, mar=True), Stage(128, 16, options.steps - wide, mar=True)]
    with make_feed(
        options.seed,
        real_images(options.data),
        stages,
        objects=OBJECTS,
        parts=1,
        pool=options.pool,
        makers=options.makers,
    ) as feed:
        for line in learn(net, feed, options.steps, options.rate, options.seed):
            print(json.dumps(line), flush=True)
    write_checkpoint(options.out, net, net.state_dict(), state["step"])


if __name__ == "__main__":
    sys.exit(main())
