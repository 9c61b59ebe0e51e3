"""Prompts as an analyst would give them, drawn from true masks: clicks, boxes, corrections, feedback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from engine import boxes
from engine.models.base import PromptBatch

MAX_POINTS = 5
BOX_JITTER = 0.1
"""Standard deviation of each box edge, as a share of the box's side."""
KINDS = ("click", "box", "click+box", "clicks", "inside")
"""Of a first prompt: ``clicks`` are two to five on and off the object, ``inside`` as many, all on it."""
KIND_SHARES = (0.55, 0.2, 0.1, 0.15, 0.0)


@dataclass
class Prompts:
    """N prompts under construction.

    Attributes:
        coords: (N, MAX_POINTS, 2) float32 pixels.
        labels: (N, MAX_POINTS) int64; 1, 0, -1 unused.
        boxes: (N, 4) float32 pixels; NaN where there is none.
        masks: (N, 1, h, w) float32 logits; NaN where there are none.
    """

    coords: np.ndarray
    labels: np.ndarray
    boxes: np.ndarray
    masks: np.ndarray | None = None

    @classmethod
    def empty(cls, count: int) -> Prompts:
        return cls(
            np.zeros((count, MAX_POINTS, 2), np.float32),
            np.full((count, MAX_POINTS), -1, np.int64),
            np.full((count, 4), np.nan, np.float32),
        )

    def add_point(self, row: int, xy: np.ndarray, label: int) -> None:
        """Fill the first unused place of the row; a full row stays as it is."""
        unused = np.flatnonzero(self.labels[row] == -1)
        if len(unused):
            self.coords[row, unused[0]] = xy
            self.labels[row, unused[0]] = label

    def batch(self, device: torch.device) -> PromptBatch:
        return PromptBatch(
            torch.from_numpy(self.coords).to(device),
            torch.from_numpy(self.labels).to(device),
            torch.from_numpy(self.boxes).to(device),
            None if self.masks is None else torch.from_numpy(self.masks).to(device),
        )


def random_pixel(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(2,) x, y of the centre of a uniformly drawn true pixel of (H, W) ``mask``."""
    flat = np.flatnonzero(mask)
    y, x = divmod(int(flat[rng.integers(len(flat))]), mask.shape[1])
    return np.array([x + 0.5, y + 0.5], np.float32)


def tight_box(mask: np.ndarray) -> np.ndarray:
    """(4,) x0, y0, x1, y1 outer edges of the true pixels of (H, W) ``mask``; it must have some."""
    box = boxes.tight_box(mask)
    if box is None:
        raise ValueError("the mask must have true pixels")
    return box.astype(np.float32)


def jittered(box: np.ndarray, rng: np.random.Generator, limit: int) -> np.ndarray:
    """Move every edge by a normal draw, by at most 20 px and at most a quarter of the side."""
    sides = np.array([box[2] - box[0], box[3] - box[1]] * 2, np.float32)
    moves = np.clip(rng.normal(0, BOX_JITTER, 4).astype(np.float32), -0.25, 0.25) * sides
    return np.clip(box + np.clip(moves, -20, 20), 0, limit)


def first_round(
    masks: np.ndarray, rng: np.random.Generator, shares: Sequence[float] = KIND_SHARES
) -> tuple[Prompts, np.ndarray]:
    """Draw one prompt of a random kind for each of N masks (N, H, W); also (N,) True for single clicks.

    Args:
        shares: how often each of :data:`KINDS` comes, relative to each other; those left out never come.
    """
    prompts = Prompts.empty(len(masks))
    kinds = rng.choice(len(shares), size=len(masks), p=np.array(shares) / np.sum(shares))
    for row, (mask, kind) in enumerate(zip(masks, kinds, strict=True)):
        name = KINDS[kind]
        if name != "box":
            prompts.add_point(row, random_pixel(mask, rng), 1)
        if "box" in name:
            prompts.boxes[row] = jittered(tight_box(mask), rng, mask.shape[0])
        if name in ("clicks", "inside"):
            for _ in range(rng.integers(1, MAX_POINTS)):
                positive = name == "inside" or rng.random() < 0.6 or mask.all()
                prompts.add_point(row, random_pixel(mask if positive else ~mask, rng), int(positive))
    return prompts, kinds == 0


def next_round(
    prompts: Prompts, logits: np.ndarray, targets: np.ndarray, stride: int, rng: np.random.Generator
) -> Prompts:
    """React to an answer: a corrective click, or a requery with the answer's own box; often with the mask.

    Args:
        prompts: the N prompts that were answered.
        logits: (N, h, w) float32 answers.
        targets: (N, h, w) share of each cell that the true object covers.
        stride: pixels per cell.
    """
    after = Prompts(prompts.coords.copy(), prompts.labels.copy(), prompts.boxes.copy())
    after.masks = np.full((len(logits), 1, *logits.shape[1:]), np.nan, np.float32)
    for row, (answer, target) in enumerate(zip(logits, targets, strict=True)):
        predicted, wanted = answer > 0, target > 0.5
        wrong = predicted ^ wanted
        if rng.random() < 0.35 and predicted.any():
            after.boxes[row] = jittered(tight_box(predicted) * stride, rng, answer.shape[0] * stride)
        elif wrong.any():
            xy = random_pixel(wrong, rng)
            column, line = int(xy[0]), int(xy[1])
            after.add_point(row, xy * stride, int(wanted[line, column]))
        if rng.random() < 0.6:
            after.masks[row, 0] = answer
    return after
