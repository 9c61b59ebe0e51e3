"""Batches made ahead of the network: in a thread beside it, or in processes when it is fast."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import cv2
import numpy as np

from training.coco import Labelled
from training.pretrain.crops import REAL_SHARE, Augmentation, Batch, ScenePool, make_batch

STEPS_PER_SCENE = 2
"""A new scene enters the pool after this many steps; each serves many crops meanwhile."""


@dataclass(frozen=True)
class Stage:
    """``steps`` steps on batches of ``count`` crops of ``side`` pixels.

    ``mar`` gives some objects several tones, ``detail`` lays fine structure over the crops.
    """

    side: int
    count: int
    steps: int
    mar: bool = False
    detail: bool = False

    @classmethod
    def parse(cls, text: str) -> Stage:
        """Read ``side:count:steps``, perhaps with ``:mar`` and ``:detail`` after it."""
        numbers, flags = text.split(":")[:3], text.split(":")[3:]
        try:
            side, count, steps = (int(part) for part in numbers)
            if not set(flags) <= {"mar", "detail"} or len(set(flags)) < len(flags):
                raise ValueError
        except ValueError:
            raise argparse.ArgumentTypeError(
                f"a stage is side:count:steps[:mar][:detail], not {text!r}"
            ) from None
        if side % 128 or side > 512 or count < 1 or steps < 0:
            raise argparse.ArgumentTypeError(
                f"side is 128, 256, 384 or 512 and count at least 1, not {text!r}"
            )
        return cls(side, count, steps, "mar" in flags, "detail" in flags)


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
        augmentation = Augmentation(stage.mar, photos if stage.detail else None)
        return [
            make_batch(rng, pool, self.real, stage.side, count, self.objects, augmentation, self.real_share)
            for rng in rngs
        ]


class Prefetch:
    """Hands out the batches in order, each made while the network works on those before it."""

    def __init__(self, queues: Sequence[tuple[Executor, Callable[[int], list[Batch]]]]) -> None:
        """Step s is made by queue ``s % len(queues)``."""
        self._queues = queues
        self._ahead: dict[int, Future[list[Batch]]] = {}

    @classmethod
    def beside(cls, maker: BatchMaker) -> Prefetch:
        """One maker in a thread of this process: little memory, enough for a processor."""
        return cls([(ThreadPoolExecutor(1), maker.make)])

    @classmethod
    def spread(cls, makers: Sequence[BatchMaker]) -> Prefetch:
        """Every maker in a process of its own: enough for a GPU."""
        # Spawned, not forked: the parent has threads, and perhaps a GPU.
        context = get_context("spawn")
        queues = [
            (ProcessPoolExecutor(1, mp_context=context, initializer=_install, initargs=(maker,)), _make)
            for maker in makers
        ]
        return cls(queues)

    def __enter__(self) -> Prefetch:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def batches(self, step: int) -> list[Batch]:
        """The step's batch in equal parts, one for each replica."""
        for wanted in range(step, step + len(self._queues) + 1):
            if wanted not in self._ahead:
                executor, make = self._queues[wanted % len(self._queues)]
                self._ahead[wanted] = executor.submit(make, wanted)
        return self._ahead.pop(step).result()

    def close(self) -> None:
        """Stop the threads or processes."""
        for executor, _ in self._queues:
            executor.shutdown(cancel_futures=True)


def make_prefetch(
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
) -> Prefetch:
    """A prefetch over ``pool`` generated scenes: one maker in a thread, or several in processes."""
    textures = texture_patches(real)
    capacity = -(-pool // makers)
    shared = [
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
    return Prefetch.beside(shared[0]) if makers == 1 else Prefetch.spread(shared)


def texture_patches(real: Sequence[Labelled]) -> list[np.ndarray]:
    """Patches of the real images that generated scenes may fill surfaces with: of those seen from above."""
    wide = [image.image for image in real if image.overhead and min(image.image.shape[:2]) >= 512]
    return [image[y : y + 256, x : x + 256] for image in wide for y in (0, 256) for x in (0, 256)]


_installed: BatchMaker
"""The maker of a process of :meth:`Prefetch.spread`."""


def _install(maker: BatchMaker) -> None:
    global _installed
    cv2.setNumThreads(1)
    _installed = maker


def _make(step: int) -> list[Batch]:
    return _installed.make(step)
