"""Teach the model which of its masks is best: ``python -m training.ranking --checkpoint FILE --out FILE``.

The network stays as it is; only :class:`engine.models.nano_reading.MaskReading` learns, on crops like those
of the training, from the true IoU of every mask. Every step is a function of the seed and its number.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import ModelError, WeightsError
from engine.models.checkpoint import read_torch
from engine.models.nano_net import NanoArchitecture, NanoNet
from engine.models.nano_prompts import MASK_STRIDE
from engine.report import Parser, Reporter, run_command
from training.crops import Batch
from training.feed import Feed, Stage
from training.interactive import first_round
from training.losses import mask_iou
from training.pretrain import learning_rate, make_feed, random_origin, real_images

WIDTH = 64
SHARPNESS = 10.0
"""A difference of a tenth in predicted IoU is an odds ratio of e when candidates are compared."""
CHOICE_WEIGHT = 0.1


def extended(average: dict[str, Tensor]) -> NanoNet:
    """The network of averaged weights, with a reading that corrects nothing yet and alone has gradients."""
    net = NanoNet(replace(NanoArchitecture(), reading=WIDTH))
    missing, unexpected = net.load_state_dict(average, strict=False)
    if unexpected or not all(key.startswith("mask_decoder.reading.") for key in missing):
        raise ModelError("the checkpoint is of another architecture: give one of training.pretrain")
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    for parameter in reading_of(net).parameters():
        parameter.requires_grad_(True)
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
    if not single_click.any():
        return error
    choice = functional.cross_entropy(SHARPNESS * iou[single_click, 1:], true[single_click, 1:].argmax(1))
    return error + CHOICE_WEIGHT * choice


def rank_step(net: NanoNet, batch: Batch, rng: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
    """Loss of one batch, with gradient for the reading, and what to log of it."""
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
        log["alone"] = best.mean(0).amax().item()
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
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--pool", type=int, default=128, help="generated scenes kept at hand")
    parser.add_argument("--seed", type=int, default=1, help="another than the training's: crops it never saw")
    parser.add_argument("--makers", type=int, default=1)
    options = parser.parse_args(argv)
    options.stages = [Stage(256, 8, options.steps // 2, True), Stage(128, 16, options.steps, True)]
    options.objects, options.workers = 6, 1
    return options


def read(path: Path) -> dict[str, Any]:
    """What training.pretrain saved."""
    if not path.is_file():
        raise WeightsError(f"{path}: no such checkpoint; run training.pretrain first")
    state = read_torch(path)
    if not isinstance(state, dict) or "average" not in state:
        raise ModelError(f"{path}: not what training.pretrain saves; give its checkpoint.pt")
    return state


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.report.run_command` for the exit codes."""
    options = parse(argv)
    return run_command(lambda reporter: _work(options), Reporter("ranking"))


def _work(options: argparse.Namespace) -> None:
    cv2.setNumThreads(1)
    torch.manual_seed(options.seed)
    state = read(options.checkpoint)
    net = extended(state["average"]).eval()
    feed = make_feed(options, real_images(options.data))
    for line in learn(net, feed, options.steps, options.rate, options.seed):
        print(json.dumps(line), flush=True)
    feed.close()
    partial = options.out.with_suffix(".part")
    ranked = {"average": net.state_dict(), "step": state["step"], "architecture": asdict(net.shape)}
    torch.save(ranked, partial)
    os.replace(partial, options.out)


if __name__ == "__main__":
    sys.exit(main())
