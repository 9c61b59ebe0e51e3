"""The method against its comparators: ``python -m training.benchmark --data FOLDER --work DIR``.

Every arm adapts the same model with the same adapter, steps, losses and augmentation on clicks drawn from
the true masks of the training images, once under protocol C, and is tested on clicks drawn once from others.
Rows go to ``rows.jsonl`` as they are measured; a run that is started again, on any machine, leaves out what
is there. At the end ``results.json`` and ``table.md`` hold means, 95 % intervals (paired bootstrap over
images), and the gap closed: (arm - direct) / (supervised - direct).
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from engine.config import RefineConfig, TileConfig
from engine.errors import ConfigError
from engine.models.base import Segmenter
from engine.reading.points import Prompt
from engine.report import Parser, Reporter, count, count_or_none, run_command
from engine.stages.pipeline import plan_jobs
from training.adapt.samples import TrainingTile, tiles_of, whole_image
from training.adapt.trainer import Adaptation, Diverged
from training.benchmark.arms import ARMS, DIRECT, NAMES, arm_options
from training.benchmark.datasets import Dataset, load
from training.benchmark.protocols import (
    AnswerMode,
    ArrayReader,
    draw_clicks,
    evaluate_image,
    plain_pixels,
    single_masks,
)
from training.benchmark.rows import Row, Task, check_options, line_of, read_rows
from training.benchmark.table import summarise, table
from training.results import add_lines, check_folder, check_same, go_on_with, run_all, write_whole

SINGLE = RefineConfig(refine=False, requery=False, zoom=False)
TRAIN_STREAM, TEST_STREAM = 7, 0
"""Numbers that keep the clicks of training and test images apart."""
WORK = Path("build", "benchmark")
WATCHED = ("area_ratio", "label_iou", "click_iou", "loss")
"""What is kept of a run's log: means over its first and last fifth."""


@dataclass(frozen=True)
class Setting:
    """What all tasks of a benchmark share.

    Attributes:
        data: where the images are; by its last part alone a later run is known to be of the same.
        weights: SHA-256 of the model's file, so that rows of earlier weights are never mixed in.
        protocol: ``A``, ``B`` (clicks on and off the object) or ``C`` (on it alone).
        engine: how many seeds to test also with refine and requery, and with zoom, the engine's default.
        own_resolution: read images as the engine does, also where protocols B and C would make them smaller.
        only: the one class whose objects are clicked; None clicks all.
        device: where it is computed; rows of all devices belong together.
    """

    data: str
    model: str
    weights: str
    protocol: str
    steps: int
    train: int | None
    test: int | None
    engine: int
    precision: str
    own_resolution: bool = False
    only: str | None = None
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.protocol == "A" and (self.engine or self.own_resolution):
            raise ConfigError(
                "--protocol A shows images whole in a single pass: not with --engine or --own-resolution"
            )

    def identity(self) -> dict[str, Any]:
        """What rows of one folder have in common, whatever machine they were measured on."""
        found = {**asdict(self), "data": Path(self.data).name}
        del found["device"]
        if self.only is None:  # as folders say it that are older than the option
            del found["only"]
        return found


@lru_cache(maxsize=1)
def _dataset(setting: Setting) -> Dataset:
    found = load(setting.data, setting.train, setting.test, setting.only)
    return replace(found, whole=found.whole and not setting.own_resolution)


def run_task(task: Task, setting: Setting) -> list[Row]:
    """Adapt and test one arm; a row per test image and way of asking."""
    import torch

    from engine.models import registry
    from training.adapt.compute import Compute

    torch.set_num_threads(1)
    data = _dataset(setting)
    if setting.protocol == "A" and not data.whole:
        raise ConfigError("--protocol A shows images whole: not scenes larger than a tile")
    model = registry.load(setting.model, setting.device)
    watched: dict[str, Any] = {}
    tokens = False
    if task.arm != DIRECT:
        options = arm_options(task.arm)
        side = model.for_training().image_size
        tiles = training_tiles(data, task, setting, model.image_size, side)
        compute = Compute(model.device, setting.precision)
        # Every arm takes all its steps, also one whose targets drift away.
        run = Adaptation(model, tiles, options, setting.steps, task.seed, compute, stop_on_drift=False)
        with plain_pixels(run.student.model) if setting.protocol == "A" else nullcontext():
            run.run()
        watched = {**watch(run.logs), "steps": [0, run.step]}
        run.student.settle(options.final)
        tokens = options.comparator.tokens > 0
    # The engine knows adapters of low rank; prompt tokens learn the single mask as those do.
    with single_masks(model) if tokens else nullcontext():
        return test_rows(model, data, task, setting, watched)


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
        AnswerMode("refine + requery", task.points, negatives, pipeline=RefineConfig(zoom=False)),
        AnswerMode("refine + requery + zoom", task.points, negatives, pipeline=RefineConfig()),
    ]
    return [single, *further] if setting.engine and task.seed < setting.engine else [single]


def test_rows(
    model: Segmenter, data: Dataset, task: Task, setting: Setting, watched: dict[str, Any]
) -> list[Row]:
    """IoU and F1 of every test image, means over its objects."""
    rows = []
    for way in ways(data, task, setting):
        for index, example in enumerate(data.test):
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


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.report.run_command` for the exit codes."""
    options = _parser().parse_args(argv)

    options.work = options.work or WORK / Path(options.data).name

    def work(reporter: Reporter) -> None:
        path, failed = options.work / "rows.jsonl", []
        check_folder(path)
        if not options.table:
            setting = _setting(options)
            check_same(options.work / "setting.json", setting.identity(), "--work")
            check_options(path)
            failed = _run_all(_tasks(options), setting, path, options.workers, reporter)
        measured = [row for rows in read_rows(path).values() for row in rows]
        if not measured:
            raise ConfigError(f"{options.work}: nothing has been measured there yet")
        results = summarise(measured, json.loads((options.work / "setting.json").read_text()))
        write_whole(options.work / "results.json", json.dumps(results, indent=1) + "\n")
        write_whole(options.work / "table.md", table(results) + "\n")
        print(table(results))
        if failed:
            raise ConfigError(f"{len(failed)} tasks have no rows, the others have: {'; '.join(failed)}")

    return run_command(work, Reporter("benchmark"), "interrupted; run it again to continue")


def _setting(options: argparse.Namespace) -> Setting:
    from engine.models import registry

    return Setting(
        options.data,
        options.model,
        registry.load(options.model, "cpu").sha256,
        options.protocol,
        options.steps,
        options.train,
        options.test,
        options.engine,
        options.precision,
        options.own_resolution,
        options.only,
        options.device,
    )


def _tasks(options: argparse.Namespace) -> list[Task]:
    return [
        Task(arm, points, seed)
        for points in options.points
        for seed in range(options.seeds)
        for arm in options.arms.split(",")
    ]


def _run_all(
    tasks: Sequence[Task], setting: Setting, path: Path, workers: int, reporter: Reporter
) -> list[str]:
    """Measure what has no rows yet; which tasks diverged, and how.

    Any other error ends the run with it: what was measured is kept, and what waits is not begun.
    """
    go_on_with(path)
    rows = read_rows(path)
    waiting = [task for task in tasks if task not in rows]
    reporter.start(len(tasks), "tasks")
    reporter.advance(len(tasks) - len(waiting))
    failed = []

    def keep(task: Task, future: Future[list[Row]]) -> None:
        try:
            add_lines(path, [line_of(task, future.result())])
        except Diverged as error:
            failed.append(f"{task}: {error}")
        reporter.advance(1)

    run_all(partial(run_task, setting=setting), waiting, workers, keep)
    return sorted(failed)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m training.benchmark", description=__doc__)
    parser.add_argument("--data", required=True, help="COCO folder, folder of scenes, or generated:DOMAIN")
    parser.add_argument("--work", type=Path, help="folder of the rows (default: build/benchmark/NAME)")
    parser.add_argument(
        "--arms", type=_arms, default=",".join(ARMS), help=f"comma-separated: {', '.join(NAMES)}"
    )
    parser.add_argument("--points", type=count, nargs="+", default=[1, 2, 3], help="clicks per object")
    parser.add_argument("--seeds", type=count, default=3, help="draws of the clicks, and of everything else")
    parser.add_argument(
        "--protocol",
        choices=("A", "B", "C"),
        default="C",
        help="C (default): clicks on the object, drawn once. B: as many beside it, drawn anew for every "
        "visit. A: as B, on pixels without the network's mean and deviation, as in the reference code",
    )
    parser.add_argument("--steps", type=count, default=400, help="of every trained arm")
    parser.add_argument("--train", type=count, help="images to adapt on (default: all)")
    parser.add_argument("--test", type=count, help="images to test on (default: all)")
    parser.add_argument(
        "--engine",
        type=count_or_none,
        nargs="?",
        const=1,
        default=0,
        metavar="SEEDS",
        help="number of seeds to test with refine and requery, and with zoom, too",
    )
    parser.add_argument(
        "--own-resolution",
        action="store_true",
        help="read images window by window, as the engine does, where they are larger than the model's tile",
    )
    parser.add_argument("--only", metavar="CLASS", help="objects of this class alone, of scenes or COCO")
    parser.add_argument("--model", default="nano")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32", help="of the training")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:N or auto (default: cpu)")
    parser.add_argument("--workers", type=count, default=2)
    parser.add_argument("--table", action="store_true", help="print the table of what is there and stop")
    return parser


def _arms(text: str) -> str:
    unknown = [name for name in text.split(",") if name not in NAMES]
    if unknown:
        raise argparse.ArgumentTypeError(f"no arm '{unknown[0]}': choose among {', '.join(NAMES)}")
    return text


if __name__ == "__main__":
    sys.exit(main())
