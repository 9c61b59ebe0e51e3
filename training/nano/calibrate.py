"""Fit the scores of a model to what its masks are worth: ``python -m training.nano.calibrate``.

The engine answers one click per object, in the midst of the others, with requery and zoom. Generated scenes
and the held-out images of the real sets fit the calibration; the roofs that adapters learn from and the
tuning split of NWPU VHR-10 judge it. ``--out`` writes the weights again with the calibration as metadata.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from functools import lru_cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.calibration import SIGNALS, Calibration
from engine.config import SegmentConfig
from engine.console import Parser, Reporter, count, run_command
from engine.errors import ConfigError
from engine.models.nano import load_nano, save_nano
from engine.models.weights import file_sha256
from engine.models.weights_file import read_metadata
from engine.reading.points import Prompt
from engine.serving.embeddings import CachedEncoder
from engine.stages.pipeline import plan_jobs, run_jobs
from training.benchmark.evalsets import generated, held_out, nwpu, roofs
from training.benchmark.protocols import ArrayReader, Example, draw_clicks, rasterized
from training.nano.calibration_fit import fit, judged
from training.nano.limits import GENERATED_SEED, held_out_of
from training.patch import Patch
from training.pretrain.crops import HELD_OUT
from training.pretrain.real_sets import OPEN_SETS
from training.results import add_lines, check_folder, check_same, go_on_with, write_whole
from training.run_lock import alone

FITTED, JUDGED = ("generated", "held"), ("roofs", "nwpu")
SETS = (*FITTED, *JUDGED)
GENERATED = 40
MOST = {"generated": 8, "held": 16, "roofs": 40, "nwpu": 8}
"""Objects of an image that are clicked, at most."""
SIDE = 1024
"""Images are cut to this many pixels, where most of their objects are."""


def examples(name: str, data: Path) -> Iterator[Example]:
    """The images of one of :data:`SETS`, cut, with some of their objects."""
    if name == "generated":
        found = generated("mixed", GENERATED, first_seed=GENERATED_SEED + 1000)
    elif name == "held":
        first = held_out(data) if all((data / key).exists() for key in HELD_OUT) else iter(())
        found = (example for part in (first, held_out_of(data, list(OPEN_SETS))) for example in part)
    elif name == "roofs":
        found = islice(roofs(data / "roofs"), 0, None, 2)
    else:
        found = nwpu(data / "nwpu_vhr10", "tune")
    for example in found:
        part = busiest_part(example, SIDE)
        picks = np.random.default_rng(0).permutation(len(part.objects))[: MOST[name]]
        if len(picks):
            yield replace(part, objects=tuple(part.objects[pick] for pick in sorted(picks)))


def busiest_part(example: Example, side: int) -> Example:
    """The square of ``side`` pixels that holds most objects whole, and those objects."""
    height, width = example.image.shape[:2]
    if max(height, width) <= side:
        return example
    boxes = np.stack([patch.box for patch in example.objects])
    corners = np.clip(boxes[:, :2] - side // 8, 0, np.maximum([width - side, height - side], 0)).astype(int)
    inside = [((boxes[:, :2] >= corner) & (boxes[:, 2:] <= corner + side)).all(1) for corner in corners]
    best = int(np.argmax([hit.sum() for hit in inside]))
    x, y = corners[best].tolist()
    kept = tuple(
        Patch(patch.x - x, patch.y - y, patch.mask)
        for patch, hit in zip(example.objects, inside[best], strict=True)
        if hit
    )
    return Example(example.name, example.image[y : y + side, x : x + side], kept)


def measure_image(task: tuple[str, int, Example], weights: Path) -> list[dict[str, Any]]:
    """A row per object: the signals of the engine's answer to one click, and its IoU."""
    name, index, example = task
    model, config, reader = _model(weights), SegmentConfig(), ArrayReader(example.image)
    prompts = []
    for number, patch in enumerate(example.objects):
        xy, labels = draw_clicks(patch, example.image.shape[:2], 1, 0, (1, index, number))
        prompts.append(Prompt(number, xy, labels, None))
    jobs = plan_jobs(prompts, reader.grid, model.image_size, config.tiles)
    rows = []
    for found in run_jobs(jobs, reader, model, config):
        iou = rasterized(found.geometry).agreement(example.objects[found.prompt_id])[0]
        signals = (found.first, found.score, found.stability, 1 - found.entropy)
        key = {"set": name, "image": example.name, "object": found.prompt_id}
        signals_by_name = {
            signal: round(float(value), 4) for signal, value in zip(SIGNALS, signals, strict=True)
        }
        rows.append(key | signals_by_name | {"iou": round(float(iou), 4)})
    return rows


@lru_cache(maxsize=1)
def _model(weights: Path) -> CachedEncoder:
    torch.set_num_threads(1)
    model = load_nano(weights, torch.device("cpu"))
    model.calibration = None
    return CachedEncoder(model, kept=64)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    parser = Parser(prog="python -m training.nano.calibrate", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of roofs/, nwpu_vhr10/, open/")
    parser.add_argument("--weights", type=Path, required=True, help="a file of training.pretrain.export")
    parser.add_argument(
        "--rows", type=Path, required=True, help="file of a line of JSON per object; resumable"
    )
    parser.add_argument("--out", type=Path, help="the weights again, with the calibration")
    parser.add_argument("--workers", type=count, default=1, help="processes")
    options = parser.parse_args(argv)
    rows = options.rows
    work = alone(rows.parent, "--rows", lambda reporter: _work(options), f".{rows.name}.lock")
    return run_command(work, Reporter("calibrate"))


def _work(options: argparse.Namespace) -> None:
    check_folder(options.rows)
    check_same(options.rows.with_suffix(".json"), {"weights": file_sha256(options.weights)}, "--rows")
    if options.out is not None:
        check_folder(options.out)
    rows = _measured(options)
    calibration = fit([row for row in rows if row["set"] in FITTED])
    print(json.dumps(asdict(calibration)))
    print(judged(rows, calibration, SETS))
    if options.out is not None:
        write_calibrated(options.weights, calibration, options.out)


def _measured(options: argparse.Namespace) -> list[dict[str, Any]]:
    """The rows of every image; those that are there already are not measured again."""
    done = {(row["set"], row["image"]) for row in go_on_with(options.rows)}
    tasks = [
        (name, index, example)
        for name in SETS
        for index, example in enumerate(examples(name, options.data))
        if (name, example.name) not in done
    ]
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        for future in [pool.submit(measure_image, task, options.weights) for task in tasks]:
            add_lines(options.rows, future.result())
    return go_on_with(options.rows)


def write_calibrated(weights: Path, calibration: Calibration, out: Path) -> None:
    """Write the network of ``weights`` to ``out``, with its card and ``calibration``, and the card beside it.

    Raises:
        ConfigError: the weights state no card.
    """
    stored = load_nano(weights, torch.device("cpu"))
    card = read_metadata(weights).get("card")
    if card is None:
        raise ConfigError(f"{weights}: states no card; give a file of training.pretrain.export")
    stated_card = json.loads(card) | {
        "calibrated": {"sha256": f"sha256:{stored.sha256}", "fitted on": list(FITTED)}
    }
    save_nano(stored.module, stored.module.state_dict(), out, stated_card, calibration)
    stated = json.dumps(stated_card | {"sha256": f"sha256:{file_sha256(out)}"}, indent=2, ensure_ascii=False)
    write_whole(out.with_suffix(".card.json"), stated + "\n")


if __name__ == "__main__":
    sys.exit(main())
