"""Whether suggested clicks lie where they should: ``python -m training.suggest.measure --data D --work W``.

On each test image that has enough objects, a third of them are clicked, once each, and as many suggestions
are asked for. A *new object* is right if it lies in an object that was not clicked; *chance* is the share of
the ground on the same tiles that those objects cover. A *correction* is right if it names an object that the
engine segments worse than the others that were clicked. A line an image and draw goes to ``rows.jsonl`` as it
is done, so that a run which is started again leaves it out; the table to ``table.md``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from engine.config import RefineConfig, TileConfig
from engine.console import Parser, Reporter, count, run_command
from engine.errors import ConfigError
from engine.metrics import bootstrap_interval
from engine.models.base import Segmenter
from engine.reading.points import Prompt
from engine.stages.pipeline import Job, plan_jobs
from training.benchmark.datasets import Dataset, load
from training.benchmark.protocols import (
    AnswerMode,
    ArrayReader,
    Example,
    draw_clicks,
    evaluate_image,
)
from training.patch import Patch
from training.results import add_lines, check_folder, check_same, go_on_with, run_all, write_whole
from training.run_lock import alone
from training.suggest.next_clicks import NEW, suggest

ROWS = "rows.jsonl"
SHARE, MIN_CLICKS = 1 / 3, 4
"""Share of an image's objects that is clicked, and the least number of clicks; as many must be left."""
ENGINE = AnswerMode("engine", 1, pipeline=RefineConfig())

Task = tuple[int, int]
"""Number of the image among those tested, and of the draw."""


def measure_image(model: Segmenter, example: Example, places: int, seed: Sequence[int]) -> dict[str, Any]:
    """What became of the suggestions on one image; ``seed`` says what is clicked, and where.

    Returns:
        ``new``: per suggestion of a new object, the number of the object it lies in or None; ``chance``;
        ``iou``: of every clicked object as the engine segments it; ``corrected``: of those suggested again.
    """
    order = np.random.default_rng(seed).permutation(len(example.objects))
    clicked, left = np.split(order, [max(MIN_CLICKS, round(SHARE * len(order)))])
    known = replace(example, objects=tuple(example.objects[i] for i in clicked))
    shape = example.image.shape[:2]
    prompts = [
        Prompt(number, *draw_clicks(patch, shape, 1, 0, (*seed, number)), None)
        for number, patch in enumerate(known.objects)
    ]
    reader = ArrayReader(example.image)
    jobs = plan_jobs(prompts, reader.grid, model.image_size, TileConfig())
    found = suggest(model, reader, jobs, places)
    others = [example.objects[i] for i in left]
    iou = evaluate_image(model, known, ENGINE, seed)[:, 0]
    return {
        "new": [_object_at(s.xy, others) for s in found if s.kind == NEW],
        "chance": _chance(others, jobs, shape),
        "iou": [round(float(value), 4) for value in iou],
        "corrected": [round(float(iou[s.prompt_id]), 4) for s in found if s.prompt_id is not None],
    }


def _object_at(xy: np.ndarray, objects: Sequence[Patch]) -> int | None:
    return next((number for number, patch in enumerate(objects) if patch.holds(xy)), None)


def _chance(objects: Sequence[Patch], jobs: Sequence[Job], shape: tuple[int, int]) -> float:
    """Share of the ground on the jobs' tiles that the objects cover."""
    seen, covered = np.zeros(shape, bool), np.zeros(shape, bool)
    for job in jobs:
        x, y = max(round(job.tile.x), 0), max(round(job.tile.y), 0)
        seen[y : round(job.tile.y) + job.tile.span, x : round(job.tile.x) + job.tile.span] = True
    for patch in objects:
        height, width = patch.mask.shape
        covered[patch.y : patch.y + height, patch.x : patch.x + width] |= patch.mask
    return float(covered[seen].mean())


@lru_cache(maxsize=1)
def _tested(data: str, only: str | None, split: str) -> tuple[Example, ...]:
    found: Dataset = load(data, only=only)
    images: tuple[Example, ...] = getattr(found, split)
    return tuple(example for example in images if len(example.objects) >= 2 * MIN_CLICKS)


@lru_cache(maxsize=1)
def _model(name: str) -> Segmenter:
    import torch

    from engine.models import registry

    torch.set_num_threads(1)
    return registry.load(name, "cpu")


def _run(task: Task, options: argparse.Namespace) -> dict[str, Any]:
    index, seed = task
    example = _tested(options.data, options.only, options.split)[index]
    found = measure_image(_model(options.model), example, options.count, (seed, index))
    return {"image": example.name, "index": index, "seed": seed, **found}


def table(rows: Iterable[dict[str, Any]]) -> str:
    """Markdown: means over the draws of an image, then over images; 95 % bootstrap intervals over images."""
    images: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        images.setdefault(row["index"], []).append(row)

    def line(name: str, values: Iterable[Iterable[float]]) -> str:
        means = np.array([np.mean(found) for of_image in values if (found := list(of_image))])
        if not len(means):
            return f"| {name} | none |"
        low, high = bootstrap_interval(means, np.random.default_rng(0))
        return f"| {name} | {means.mean():.1f} ({low:.1f} to {high:.1f}) |"

    def hits(row: dict[str, Any]) -> list[int]:
        return [number for number in row["new"] if number is not None]

    draws = list(images.values())
    corrected = [[row for row in some if row["corrected"]] for some in draws]
    lines = (
        line("suggestions of new objects", ([len(row["new"]) for row in some] for some in draws)),
        line(
            "that lie in one, %", ([100 * len(hits(r)) / len(r["new"]) for r in s if r["new"]] for s in draws)
        ),
        line("chance, %", ([100 * row["chance"] for row in some] for some in draws)),
        line("different objects found", ([len({*hits(row)}) for row in some] for some in draws)),
        line("IoU of objects to correct, %", ([100 * np.mean(r["corrected"]) for r in s] for s in corrected)),
        line("IoU of all clicked there, %", ([100 * np.mean(r["iou"]) for r in s] for s in corrected)),
    )
    return "\n".join([f"| {len(images)} images | mean (95 %) |", "|---|---|", *lines])


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    parser = Parser(prog="python -m training.suggest.measure", description=__doc__)
    parser.add_argument("--data", required=True, help="as for training.benchmark")
    parser.add_argument("--work", type=Path, required=True, help="folder of the rows and the table")
    parser.add_argument("--only", metavar="CLASS", help="objects of this class alone")
    parser.add_argument("--split", choices=("train", "test"), default="test", help="train is for choosing")
    parser.add_argument("--count", type=count, default=20, help="suggestions per image (default: 20)")
    parser.add_argument("--seeds", type=count, default=3, help="draws of what is clicked, and where")
    parser.add_argument("--model", default="nano")
    parser.add_argument("--workers", type=count, default=2)
    options = parser.parse_args(argv)
    work = alone(options.work, "--work", lambda reporter: _work(options, reporter))
    return run_command(work, Reporter("measure_suggest"))


def _work(options: argparse.Namespace, reporter: Reporter) -> None:
    path = options.work / ROWS
    check_folder(path)
    identity = {name: getattr(options, name) for name in ("only", "split", "count", "model")}
    check_same(options.work / "setting.json", {"data": Path(options.data).name, **identity}, "--work")
    images = len(_tested(options.data, options.only, options.split))
    if not images:
        raise ConfigError(f"--data {options.data}: no image has {2 * MIN_CLICKS} objects")
    rows = {(row["index"], row["seed"]): row for row in go_on_with(path)}
    tasks = [(index, seed) for seed in range(options.seeds) for index in range(images)]
    waiting = [task for task in tasks if task not in rows]
    reporter.start(len(waiting), "images")

    def keep(task: Task, future: Future[dict[str, Any]]) -> None:
        rows[task] = future.result()
        add_lines(path, [rows[task]])
        reporter.advance(1)

    run_all(partial(_run, options=options), waiting, options.workers, keep)
    text = table(rows.values())
    write_whole(options.work / "table.md", text + "\n")
    print(text)


if __name__ == "__main__":
    sys.exit(main())
