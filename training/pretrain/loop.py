"""Train the embedded model from scratch: ``python -m training.pretrain --data DIR --work DIR``.

SAM's interactive training (Kirillov et al. 2023, section 3 and appendix A) on crops of generated scenes and
of two openly licensed sets, with dense targets beside the masks. Every batch is a function of the seed and
its step; a run that is killed and started again goes on from its last checkpoint, on a processor and with the
same precision, workers and makers to the same weights. With others it goes on as well, and its log says so.

The learning rate warms up, stays, and falls linearly over the last part of the stages. A later call with
other stages may therefore end a run early, or make it longer, without spoiling it.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.console import Reporter, run_command
from engine.errors import ConfigError, ModelError
from engine.models.device import resolve_device
from engine.models.nano_net import PATCH, NanoArchitecture, NanoNet
from training import schedule
from training.losses import balanced_bce, dice, mask_iou
from training.pretrain.checkpoint import read_checkpoint, write_checkpoint
from training.pretrain.crops import Batch
from training.pretrain.growing import started_from
from training.pretrain.options import identity, manner, parse
from training.pretrain.precision import resolved
from training.pretrain.prefetch import Batches, Stage, make_batches
from training.pretrain.real_sets import real_images
from training.pretrain.simulated_clicks import KIND_SHARES, first_round, next_round
from training.results import add_lines, check_folder
from training.run_lock import only_run

WARM_UP = 100
DENSE_WEIGHT = 0.5
LIKENESS_WEIGHT = 0.5
SECOND_ROUND = 0.5


class DenseHead(nn.Module):
    """Predicts the dense targets from the stride-4 map; thrown away after training."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.out = nn.Conv2d(channels, 5, 1)

    def forward(self, f4: Tensor, targets: Tensor) -> Tensor:
        """Loss of ``f4`` (B, C, h, w) against ``targets`` (B, 6, h, w) of :mod:`training.pretrain.crops`."""
        out = self.out(f4)
        weight = targets[:, 5]
        covered = functional.binary_cross_entropy_with_logits(out[:, 0], targets[:, 0], reduction="none")
        edge = functional.binary_cross_entropy_with_logits(out[:, 1], targets[:, 1], reduction="none")
        depth = (out[:, 2] - targets[:, 2]).square()
        inside = targets[:, 0] > 0.5
        offset = functional.smooth_l1_loss(out[:, 3:5], targets[:, 3:5], reduction="none").sum(1)
        everywhere = ((covered + edge + depth) * weight).sum() / weight.sum().clamp_min(1)
        return everywhere + (offset * inside).sum() / inside.sum().clamp_min(1)


def learning_rate(step: int, total: int, peak: float, decay_share: float) -> float:
    """Warm-up, plateau, linear fall to a fiftieth over the last ``decay_share`` of the steps."""
    return peak * min(schedule.warm_up(step, WARM_UP), schedule.linear_decay(step, total, decay_share))


def prompt_losses(
    masks: Tensor, iou: Tensor, likeness: Tensor, targets: Tensor, single_click: Tensor
) -> Tensor:
    """Mean over prompts of: mask 0, the best of masks 1-3 for one click, likeness, and the IoU head.

    Args:
        masks: (N, 4, h, w) logits; iou: (N, 4) predicted.
        likeness: (N, h, w) logits, on the same grid or one half as fine.
        targets: (N, h, w) covered shares.
        single_click: (N,) True where the prompt was one click.
    """
    each = balanced_bce(masks, targets) + dice(masks, targets)
    best = each[:, 1:].min(dim=1).values
    ambiguous = single_click.float()
    mask_loss = each[:, 0] + ambiguous * best
    iou_loss = (iou - mask_iou(masks.detach(), targets)).square().mean(1)
    alike = balanced_bce(likeness[:, None], _as_fine_as(likeness, targets))[:, 0]
    return (mask_loss + iou_loss + LIKENESS_WEIGHT * alike).mean()


def _as_fine_as(maps: Tensor, targets: Tensor) -> Tensor:
    """Covered shares (N, h, w) on the grid of ``maps``, which may be coarser."""
    factor = targets.shape[-1] // maps.shape[-1]
    return targets if factor == 1 else functional.avg_pool2d(targets[:, None], factor)[:, 0]


def train_step(
    net: NanoNet,
    head: DenseHead,
    batch: Batch,
    rng: np.random.Generator,
    half: bool = False,
    shares: Sequence[float] = KIND_SHARES,
) -> tuple[Tensor, dict[str, float]]:
    """Loss of one batch, with gradient, and what to log of it; ``half`` runs the network in bfloat16."""
    device = net.pixel_mean.device
    images = torch.from_numpy(batch.images).to(device).permute(0, 3, 1, 2).float()
    precision = torch.autocast(device.type, torch.bfloat16, enabled=half)
    with precision:
        embedding = net.encode(images)
    dense = torch.from_numpy(batch.dense).to(device)
    loss = DENSE_WEIGHT * head(embedding.high_res[1].float(), dense)
    full = torch.from_numpy(batch.masks).to(device)
    stride = net.shape.mask_stride
    targets = functional.avg_pool2d(full[:, None].float(), stride)[:, 0]
    owners = torch.from_numpy(batch.owners).to(device)
    origin = random_origin(rng, net.shape.image_size, images.shape[2], len(images), device)[owners]
    prompts, single = first_round(batch.masks, rng, shares)
    with precision:
        answers = net.decode_rounds(embedding, prompts.batch(device), owners, origin)
    single_click = torch.from_numpy(single).to(device)
    loss = loss + _rounds_loss(answers, targets, single_click)
    masks, iou, _ = (part.float() for part in answers[-1])
    log = _log_of(masks, iou, targets, single_click, prompts.boxes)
    if len(answers) > 1 and single_click.any():
        early = answers[0][0][:, :1]
        first = mask_iou(early, _as_fine_as(early, targets))[:, 0]
        log["click, first round"] = first[single_click].mean().item()
    if rng.random() < SECOND_ROUND:
        again = next_round(prompts, masks[:, 0].detach().cpu().numpy(), targets.cpu().numpy(), stride, rng)
        with precision:
            answers = net.decode_rounds(embedding, again.batch(device), owners, origin, most=1)
        loss = loss + _rounds_loss(answers, targets, torch.zeros_like(single_click))
        log["second"] = mask_iou(answers[-1][0][:, :1], targets).mean().item()
    return loss, log | {"loss": loss.item()}


def _rounds_loss(
    answers: Sequence[tuple[Tensor, Tensor, Tensor]], targets: Tensor, single_click: Tensor
) -> Tensor:
    """The mean of :func:`prompt_losses` over the rounds of :meth:`NanoNet.decode_rounds`."""
    losses = [
        prompt_losses(masks.float(), iou.float(), likeness.float(), _as_fine_as(masks, targets), single_click)
        for masks, iou, likeness in answers
    ]
    return torch.stack(losses).mean()


def random_origin(
    rng: np.random.Generator, frame: int, side: int, count: int, device: torch.device
) -> Tensor:
    """(count, 2) places in the ``frame`` at which crops of ``side`` pretend to lie, in pixels."""
    places = (frame - side) // PATCH + 1
    return torch.from_numpy(rng.integers(places, size=(count, 2)) * PATCH).float().to(device)


def _log_of(
    masks: Tensor, iou: Tensor, targets: Tensor, single_click: Tensor, boxes: np.ndarray
) -> dict[str, float]:
    """Mean IoU of mask 0 for clicks and boxes; for clicks also of the chosen and the best of masks 1-3."""
    found = mask_iou(masks, targets)
    has_box = torch.from_numpy(np.isfinite(boxes[:, 0])).to(found.device)
    log = {}
    if single_click.any():
        clicked, predicted = found[single_click], iou[single_click, 1:]
        log["click"] = clicked[:, 0].mean().item()
        log["chosen"] = clicked[:, 1:].gather(1, predicted.argmax(1, keepdim=True)).mean().item()
        log["best"] = clicked[:, 1:].amax(1).mean().item()
    if has_box.any():
        log["box"] = found[has_box, 0].mean().item()
    return log


class Run:
    """The state of a training run: network, its moving average, optimiser, step; saved and resumed whole."""

    EMA = 0.999
    BETAS = (0.9, 0.999)

    def __init__(
        self,
        net: NanoNet,
        peak: float,
        identity: dict[str, Any] | None = None,
        begun_with: dict[str, Any] | None = None,
        manner: dict[str, Any] | None = None,
    ) -> None:
        """
        Args:
            identity: what a run that goes on must have in common with this one, in plain JSON types.
            begun_with: SHA-256 and steps of the network that ``net`` grew from; None from scratch.
            manner: how it is computed, which may change when it goes on, in plain JSON types.
        """
        self.identity, self.begun_with, self.manner = identity or {}, begun_with, manner or {}
        self.net, self.head = net, DenseHead(net.shape.fine[1]).to(net.pixel_mean.device)
        self.average = {key: value.detach().clone() for key, value in net.state_dict().items()}
        decayed = [p for p in self.parameters() if p.ndim > 1]
        plain = [p for p in self.parameters() if p.ndim <= 1]
        groups = [{"params": decayed, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=peak, betas=self.BETAS)
        self.step = 0

    def parameters(self) -> Iterator[nn.Parameter]:
        yield from self.net.parameters()
        yield from self.head.parameters()

    def update(self, rate: float) -> None:
        """One optimiser step on the gradients that lie there, and the moving average after it."""
        schedule.set_rate(self.optimiser, rate)
        nn.utils.clip_grad_norm_(list(self.parameters()), 1.0)
        self.optimiser.step()
        self.step += 1
        schedule.update_ema(self.average, self.net.state_dict(), schedule.ema_decay(self.step, self.EMA))

    def save(self, path: Path) -> None:
        write_checkpoint(
            path,
            self.net,
            self.average,
            self.step,
            net=self.net.state_dict(),
            head=self.head.state_dict(),
            optimiser=self.optimiser.state_dict(),
            identity=self.identity,
            begun_with=self.begun_with,
            manner=self.manner,
        )

    def resume(self, path: Path) -> dict[str, Any]:
        """Go on where :meth:`save` left off.

        Returns:
            What is computed in another manner than so far, and how it was.

        Raises:
            ModelError: the file is damaged, or no checkpoint.
            ConfigError: it is of a run with other options or data.
        """
        state = read_checkpoint(path)
        if not state.keys() >= {"net", "head", "optimiser", "identity"}:
            raise ModelError(f"{path}: not a checkpoint of training.pretrain; choose another --work")
        differing = sorted(key for key in self.identity if state["identity"].get(key) != self.identity[key])
        if differing:
            raise ConfigError(
                f"{path}: the run there was started with another {', '.join(differing)}; "
                "use the same, or choose another --work"
            )
        self.net.load_state_dict(state["net"])
        self.head.load_state_dict(state["head"])
        device = self.net.pixel_mean.device
        self.average = {key: value.to(device) for key, value in state["average"].items()}
        self.optimiser.load_state_dict(state["optimiser"])
        for group in self.optimiser.param_groups:
            group["betas"] = self.BETAS
        self.step = state["step"]
        before: dict[str, Any] = state.get("manner", {})
        return {name: value for name, value in before.items() if self.manner.get(name) != value}


class Replicas:
    """Several copies that share one set of weights, each working on its own batch in its own thread.

    On two cores this is about 1.6 times faster than one copy whose every operation is split over both.
    """

    def __init__(
        self, run: Run, count: int, half: bool = False, shares: Sequence[float] = KIND_SHARES
    ) -> None:
        self._run, self._half, self._shares = run, half, shares
        self._pairs = [(run.net, run.head), *(_sharing(run.net, run.head) for _ in range(count - 1))]
        self._threads = ThreadPoolExecutor(count)

    def backward(
        self, batches: Sequence[Batch], rngs: Sequence[np.random.Generator]
    ) -> list[dict[str, float]]:
        """Leave the mean gradient of all batches in the run's own parameters; returns what to log."""
        logs = list(self._threads.map(self._one, self._pairs, batches, rngs))
        copies = [[*net.parameters(), *head.parameters()] for net, head in self._pairs]
        for own, *others in zip(*copies, strict=True):
            grads = [p.grad for p in (own, *others) if p.grad is not None]
            own.grad = torch.stack(grads).sum(0) / len(copies) if grads else None
        return logs

    def _one(
        self, pair: tuple[NanoNet, DenseHead], batch: Batch, rng: np.random.Generator
    ) -> dict[str, float]:
        net, head = pair
        net.zero_grad()
        head.zero_grad()
        loss, log = train_step(net, head, batch, rng, self._half, self._shares)
        loss.backward()
        return log


def _sharing(net: NanoNet, head: DenseHead) -> tuple[NanoNet, DenseHead]:
    """Copies with gradients of their own, whose weights are the very tensors of the originals."""
    copies = (copy.deepcopy(net), copy.deepcopy(head))
    for original, twin in zip((net, head), copies, strict=True):
        for mine, theirs in zip(original.parameters(), twin.parameters(), strict=True):
            theirs.data = mine.data
    return copies


def train(run: Run, batches: Batches, stages: list[Stage], options: argparse.Namespace) -> None:
    """Go on until the stages are done; a line of JSON per 20 steps goes to ``log.jsonl``."""
    total = sum(stage.steps for stage in stages)
    last = min(total, options.stop_at or total)
    recent: dict[str, list[float]] = {}
    replicas = Replicas(run, options.workers, options.precision == "bf16", options.kinds)
    started = time.monotonic()
    steps = range(run.step, last)
    for step, parts in zip(steps, batches.ahead(steps, options.makers), strict=True):
        rngs = [np.random.default_rng((options.seed, 2, step, part)) for part in range(options.workers)]
        logs = replicas.backward(parts, rngs)
        run.update(learning_rate(step, total, options.rate, options.decay))
        for key, value in (item for log in logs for item in log.items()):
            recent.setdefault(key, []).append(value)
        if run.step % 20 == 0:
            line = {"step": run.step, "seconds": round(time.monotonic() - started, 1)}
            line |= {key: round(float(np.mean(values)), 4) for key, values in sorted(recent.items())}
            with (options.work / "log.jsonl").open("a") as file:
                file.write(json.dumps(line) + "\n")
            print(json.dumps(line), flush=True)
            recent.clear()
        if run.step % options.save_every == 0 or run.step == last:
            run.save(options.work / "checkpoint.pt")


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    options = parse(argv)
    interrupted = "interrupted; started again it goes on from its last checkpoint"

    def work(reporter: Reporter) -> None:
        with only_run(options.work, "--work"):
            _work(options)

    return run_command(work, Reporter("pretrain"), interrupted)


def _work(options: argparse.Namespace) -> None:
    checkpoint = options.work / "checkpoint.pt"
    check_folder(checkpoint)
    device = resolve_device(options.device)
    options.precision = resolved(options.precision, device)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    cv2.setNumThreads(1)
    real = real_images(options.data, options.open_sets)
    net, begun_with = _begun(options)
    what, how = identity(options, len(real), begun_with), manner(options)
    run = Run(net.to(device), options.rate, what, begun_with, how)
    if checkpoint.exists():
        log = options.work / "log.jsonl"
        otherwise = run.resume(checkpoint)
        _forget(log, run.step)
        if otherwise:
            add_lines(log, [{"step": run.step, "from here on": how, "before": otherwise}])
    batches = make_batches(
        options.seed,
        real,
        options.stages,
        objects=options.objects,
        parts=options.workers,
        pool=options.pool,
        makers=max(options.makers, 1),
        domains=options.domains,
        real_share=options.real_share,
    )
    train(run, batches, options.stages, options)


def _begun(options: argparse.Namespace) -> tuple[NanoNet, dict[str, Any] | None]:
    """The network before the first step, and what :func:`started_from` says of it; None from scratch."""
    changes = dict(options.shape)
    if options.init is not None:
        return started_from(options.init, changes)
    return (NanoNet(NanoArchitecture(**changes)) if changes else NanoNet()), None


def _forget(log: Path, step: int) -> None:
    """Take out of the log what a kill after the last checkpoint left: it will be done again."""
    if log.exists():
        lines = [line for line in log.read_text().splitlines() if json.loads(line)["step"] <= step]
        log.write_text("".join(line + "\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
