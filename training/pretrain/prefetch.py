"""Batches made ahead of the network, in processes beside it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from training.coco import Labelled
from training.pretrain.crops import REAL_SHARE, Augmentation, Batch, ScenePool, make_batch

STEPS_PER_SCENE = 2
"""A new scene enters the pool after this many steps; each serves many crops meanwhile."""


@dataclass(frozen=True)
class Stage:
    """``steps`` steps on batches of ``count`` crops of ``side`` pixels.

    ``tones`` gives some objects several tones, ``texture`` lays fine structure over the crops.
    """

    side: int
    count: int
    steps: int
    tones: bool = False
    texture: bool = False

    @classmethod
    def parse(cls, text: str) -> Stage:
        """Read ``side:count:steps``, perhaps with ``:tones`` and ``:texture`` after it."""
        numbers, flags = text.split(":")[:3], text.split(":")[3:]
        try:
            side, count, steps = (int(part) for part in numbers)
            if not set(flags) <= {"tones", "texture"} or len(set(flags)) < len(flags):
                raise ValueError
        except ValueError:
            raise argparse.ArgumentTypeError(
                f"a stage is side:count:steps[:tones][:texture], not {text!r}"
            ) from None
        if side % 128 or side > 512 or count < 1 or steps < 0:
            raise argparse.ArgumentTypeError(
                f"side is 128, 256, 384 or 512 and count at least 1, not {text!r}"
            )
        return cls(side, count, steps, "tones" in flags, "texture" in flags)


def stage_at(stages: Sequence[Stage], step: int) -> Stage:
    """The stage that a step belongs to."""
    for stage in stages:
        if step < stage.steps:
            return stage
        step -= stage.steps
    return stages[-1]


@dataclass(frozen=True, eq=False)
class BatchMaker:
    """Makes the batch of any step, as a function of the step and of what is given here, never of the past.

    Attributes:
        pool: generated scenes; with several makers each has a part of the series.
        objects: objects asked for per crop.
        parts: equal parts of a batch, one for each replica of the network.
        makers: how many share the steps, in turn.
        real_share: share of crops that come from ``real``.
    """

    seed: int
    pool: ScenePool
    real: Sequence[Labelled]
    stages: Sequence[Stage]
    objects: int
    parts: int
    makers: int = 1
    real_share: float = REAL_SHARE

    def make(self, step: int) -> list[Batch]:
        """The step's batch in its parts."""
        stage = stage_at(self.stages, step)
        pool = self.pool.at(step // (STEPS_PER_SCENE * self.makers))
        rngs = [np.random.default_rng((self.seed, 1, step, part)) for part in range(self.parts)]
        count = max(stage.count // self.parts, 1)
        photos = [image.image for image in self.real if image.overhead]
        augmentation = Augmentation(stage.tones, photos if stage.texture else None)
        return [
            make_batch(rng, pool, self.real, stage.side, count, self.objects, augmentation, self.real_share)
            for rng in rngs
        ]


class Batches(Dataset[list[Batch]]):
    """The batch of any step, made by the maker whose turn it is."""

    def __init__(self, makers: Sequence[BatchMaker]) -> None:
        self.makers = makers

    def __getitem__(self, step: int) -> list[Batch]:
        return self.makers[step % len(self.makers)].make(step)

    def ahead(self, steps: range, processes: int) -> DataLoader[list[Batch]]:
        """The batches of ``steps`` in order, made in processes beside the network; 0: in this one, on demand.

        With as many processes as makers, each process fills the scene pool of one maker alone.
        """
        return DataLoader(
            self,
            batch_size=None,
            sampler=steps,
            num_workers=processes,
            collate_fn=_unchanged,
            worker_init_fn=_use_one_thread,
            # Spawned, not forked: the parent has threads, and perhaps a GPU.
            multiprocessing_context="spawn" if processes else None,
            prefetch_factor=1 if processes else None,
            generator=torch.Generator(),
        )


def _unchanged(batch: list[Batch]) -> list[Batch]:
    return batch


def _use_one_thread(worker: int) -> None:
    cv2.setNumThreads(1)


def make_batches(
    seed: int,
    real: Sequence[Labelled],
    stages: Sequence[Stage],
    *,
    objects: int,
    parts: int,
    pool: int,
    makers: int = 1,
    domains: Sequence[str] = ("mixed",),
    real_share: float = REAL_SHARE,
) -> Batches:
    """Batches over ``pool`` generated scenes, which ``makers`` share."""
    textures = texture_patches(real)
    capacity = -(-pool // makers)
    return Batches(
        [
            BatchMaker(
                seed=seed,
                pool=ScenePool(seed, capacity, 512, textures, first=index, every=makers, domains=domains),
                real=real,
                stages=stages,
                objects=objects,
                parts=parts,
                makers=makers,
                real_share=real_share,
            )
            for index in range(makers)
        ]
    )


def texture_patches(real: Sequence[Labelled]) -> list[np.ndarray]:
    """Patches of the real images that generated scenes may fill surfaces with: of those seen from above."""
    wide = [image.image for image in real if image.overhead and min(image.image.shape[:2]) >= 512]
    return [image[y : y + 256, x : x + 256] for image in wide for y in (0, 256) for x in (0, 256)]
