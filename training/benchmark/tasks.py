"""One task of the benchmark: adapt a model as an arm does, and test it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from engine.config import RefineConfig, TileConfig
from engine.errors import ConfigError
from engine.models.base import Segmenter
from engine.reading.points import Prompt
from engine.stages.pipeline import plan_jobs
from training import progress
from training.adapt.options import AdaptOptions
from training.adapt.samples import TrainingTile, tiles_of, whole_image
from training.adapt.step import Log
from training.adapt.trainer import Adaptation
from training.benchmark.arms import DIRECT, arm_options
from training.benchmark.datasets import Dataset, load
from training.benchmark.protocols import (
    AnswerMode,
    ArrayReader,
    draw_clicks,
    evaluate_image,
    plain_pixels,
    single_masks,
)
from training.benchmark.rows import Row, Task
from training.benchmark.setting import Setting
from training.benchmark.unfinished import Unfinished
from training.memory import measured_from_here

SINGLE = RefineConfig(refine=False, requery=False, zoom=False)
TRAIN_STREAM, TEST_STREAM = 7, 0
"""Numbers that keep the clicks of training and test images apart."""
ENGINE_WAYS = ("refine + requery", "refine + requery + zoom")
WATCHED = ("area_ratio", "label_iou", "click_iou", "loss")
"""What is kept of a run's log: means over its first and last fifth."""


@lru_cache(maxsize=1)
def _dataset(setting: Setting) -> Dataset:
    found = load(setting.data, setting.train, setting.test, setting.only)
    return replace(found, whole=found.whole and not setting.own_resolution)


def run_task(task: Task, setting: Setting) -> list[Row]:
    """Adapt and test one arm; a row per test image and way of asking.

    What it is doing it says by :mod:`training.progress`.
    """
    import torch

    from engine.models import registry

    torch.set_num_threads(1)
    data = _dataset(setting)
    if setting.protocol == "A" and not data.whole:
        raise ConfigError("--protocol A shows images whole: not scenes larger than a tile")
    progress.say(f"{task}: begun, {len(data.train)} images to learn from, {len(data.test)} to test on")
    model = registry.load(setting.model, setting.device, None, setting.precision)
    watched: dict[str, Any] = {}
    if task.arm == DIRECT:
        return test_rows(model, data, task, setting, watched)
    options = arm_options(task.arm)
    memory = measured_from_here(str(model.device))
    watched = adapt(model, data, task, setting, options)
    if memory is not None:
        watched["peak_mib"] = [round(memory.peak())] * 2
    # The engine knows adapters of low rank; prompt tokens learn the single mask as those do.
    with single_masks(model) if options.comparator.tokens else nullcontext():
        return test_rows(model, data, task, setting, watched)


def adapt(
    model: Segmenter, data: Dataset, task: Task, setting: Setting, options: AdaptOptions
) -> dict[str, Any]:
    """Adapt the model in place as an arm does; what was watched on the way.

    Every arm takes all its steps, also one whose targets drift away. Its state is kept in the folder of the
    rows, so that a run that is killed continues within an arm.
    """
    from training.adapt.compute import Compute

    side = model.for_training().image_size
    tiles = training_tiles(data, task, setting, model.image_size, side)
    compute = Compute(model.device, setting.precision)
    run = Adaptation(model, tiles, options, setting.steps, task.seed, compute, stop_on_drift=False)
    kept = Unfinished.of(task, setting)
    kept.resume(run)
    pace = progress.Pace(f"{task}", run.total, "step", run.step)

    def after(log: Log) -> None:
        pace.at(run.step)
        kept.save(run)

    with plain_pixels(run.student.model) if setting.protocol == "A" else nullcontext():
        run.run(after)
    kept.save(run, now=True)
    run.student.settle(options.final)
    return {**watch(run.logs), "steps": [0, run.step]}


def training_tiles(
    data: Dataset, task: Task, setting: Setting, image_size: int, side: int
) -> list[TrainingTile]:
    """The tiles of the training images, with their clicks.

    Protocol C draws them once per seed. A and B draw them anew for every visit of a tile, as the reference
    code does: the tiles are there once for each draw, more of them than there are steps, and the run visits
    a random choice of these.
    """
    found = _placed(data, task, setting, image_size, side)
    visits = 1 if setting.protocol == "C" else math.ceil(setting.steps / max(len(found), 1))
    for visit in range(1, visits):
        found += _placed(data, task, setting, image_size, side, (visit,))
    return found


def _placed(
    data: Dataset, task: Task, setting: Setting, image_size: int, side: int, draw: tuple[int, ...] = ()
) -> list[TrainingTile]:
    """Every tile once, with one draw of the clicks.

    Images that are shown whole, and made smaller for it, are adapted on at both scales: that of the single
    pass, and their own, at which the engine reads them. An adapter that saw the first alone spoils the other.
    Protocol A knows the first alone.
    """
    found: list[TrainingTile] = []
    for index, example in enumerate(data.train):
        negatives = 0 if setting.protocol == "C" else task.points
        shape = example.image.shape[:2]
        seed = (task.seed, TRAIN_STREAM, index)
        prompts = [
            Prompt(number + 1, *draw_clicks(patch, shape, task.points, negatives, (*seed, number, *draw)))
            for number, patch in enumerate(example.objects)
        ]
        reader = ArrayReader(example.image)
        jobs = whole_image(shape, prompts, image_size, side) if data.whole else []
        if not data.whole or (max(shape) > image_size and setting.protocol != "A"):
            jobs += plan_jobs(prompts, reader.grid, side, TileConfig())
        found += tiles_of(reader, jobs, example.objects)
    return found


def ways(data: Dataset, task: Task, setting: Setting) -> list[AnswerMode]:
    """How the test images are asked: in a single pass, and as the engine does by default."""
    negatives = 0 if setting.protocol == "C" else task.points
    single = AnswerMode(
        "single pass",
        task.points,
        negatives,
        single_mask=True,
        pipeline=None if data.whole else SINGLE,
        paper_exact=setting.protocol == "A",
    )
    further = [
        AnswerMode(ENGINE_WAYS[0], task.points, negatives, pipeline=RefineConfig(zoom=False)),
        AnswerMode(ENGINE_WAYS[1], task.points, negatives, pipeline=RefineConfig()),
    ]
    return [single, *further] if setting.engine and task.seed < setting.engine else [single]


def test_rows(
    model: Segmenter, data: Dataset, task: Task, setting: Setting, watched: dict[str, Any]
) -> list[Row]:
    """IoU and F1 of every test image, means over its objects."""
    rows = []
    for way in ways(data, task, setting):
        pace = progress.Pace(f"{task}, {way.name}", len(data.test), "image")
        for index, example in enumerate(data.test):
            pace.at(index)
            scores = evaluate_image(model, example, way, (task.seed, TEST_STREAM, index))
            iou, f1 = scores.mean(axis=0)
            key = {"arm": task.arm, "points": task.points, "seed": task.seed, "way": way.name}
            rows.append(
                {**key, "image": example.name, "iou": float(iou), "f1": float(f1), "watched": watched}
            )
    return rows


def watch(logs: Sequence[dict[str, float]]) -> dict[str, Any]:
    """Means of what a run reported, at its beginning and at its end."""
    fifth = max(1, len(logs) // 5)
    found = {}
    for name in WATCHED:
        parts = [[log[name] for log in part if name in log] for part in (logs[:fifth], logs[-fifth:])]
        if all(parts):
            found[name] = [round(float(np.mean(part)), 4) for part in parts]
    return found
