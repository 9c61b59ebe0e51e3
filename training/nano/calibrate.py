"""Fit the scores of a model to what its masks are worth: ``python -m training.nano.calibrate``.

The engine answers objects in the midst of each other, with requery and zoom: one click each, three, and a
box. Generated scenes, the held-out images of the real sets, every other scene of roofs and the tuning split
of NWPU VHR-10 fit a calibration for each kind of prompt; the other roofs and NWPU's dev split judge them.
``--out`` writes the weights again with the calibrations as metadata.
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

from engine.calibration import KINDS, SIGNALS, Calibrations
from engine.config import RefineConfig, SegmentConfig
from engine.console import Parser, Reporter, count, run_command
from engine.errors import ConfigError
from engine.files import read_object, written_whole
from engine.models.nano import load_nano, save_nano
from engine.models.weights import file_sha256
from engine.models.weights_file import read_metadata
from engine.reading.points import Prompt
from engine.serving.embeddings import CachedEncoder
from engine.stages.pipeline import plan_jobs, run_jobs
from training.benchmark.evalsets import generated, held_out, nwpu, roofs
from training.benchmark.protocols import ArrayReader, Example, draw_clicks, rasterized
from training.nano.calibration_fit import fit_all, judged, reliability
from training.nano.limits import GENERATED_SEED, held_out_of
from training.patch import Patch
from training.pretrain.crops import HELD_OUT
from training.pretrain.real_sets import OPEN_SETS
from training.results import add_lines, check_folder, check_same, go_on_with, write_whole
from training.run_lock import alone

FITTED, JUDGED = ("generated", "held", "roofs-tune", "nwpu-tune"), ("roofs", "nwpu-dev")
SETS = (*FITTED, *JUDGED)
GENERATED = 40
MOST = {"generated": 8, "held": 16, "roofs-tune": 40, "nwpu-tune": 8, "roofs": 40, "nwpu-dev": 8}
"""Objects of an image that are asked for, at most."""
SEVERAL = 3
"""Clicks on an object where there are several."""
LOOSE = 0.05
"""Sides of boxes lie off the true ones by up to this share of the object's sides, as a hand draws them."""
BOX_STREAM = 9
SIDE = 1024
"""Images are cut to this many pixels, where most of their objects are."""


def examples(name: str, data: Path) -> Iterator[Example]:
    """The images of one of :data:`SETS`, cut, with some of their objects."""
    if name == "generated":
        found = generated("mixed", GENERATED, first_seed=GENERATED_SEED + 1000)
    elif name == "held":
        first = held_out(data) if all((data / key).exists() for key in HELD_OUT) else iter(())
        found = (example for part in (first, held_out_of(data, list(OPEN_SETS))) for example in part)
    elif name.startswith("roofs"):
        found = islice(roofs(data / "roofs"), int(name in JUDGED), None, 2)
    else:
        found = nwpu(data / "nwpu_vhr10", name.removeprefix("nwpu-"))
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


def measure_image(task: tuple[str, int, Example], weights: Path, tta: bool = False) -> list[dict[str, Any]]:
    """A row per object and kind of prompt: the signals of the engine's answer, and its IoU."""
    name, index, example = task
    config = SegmentConfig(refine=RefineConfig(tta=tta))
    model, reader = _model(weights), ArrayReader(example.image)
    rows = []
    for kind in KINDS:
        prompts = [_prompt(kind, index, number, example) for number in range(len(example.objects))]
        jobs = plan_jobs(prompts, reader.grid, model.image_size, config.tiles)
        for found in run_jobs(jobs, reader, model, config):
            iou = rasterized(found.geometry).agreement(example.objects[found.prompt_id])[0]
            key = {"set": name, "image": example.name, "object": found.prompt_id, "prompt": kind}
            signals = {
                signal: round(float(value), 4) for signal, value in zip(SIGNALS, found.signals, strict=True)
            }
            rows.append(key | signals | {"iou": round(float(iou), 4)})
    return rows


def _prompt(kind: str, index: int, number: int, example: Example) -> Prompt:
    """An object asked for with one click in it, with several, or with a loose box."""
    patch, size = example.objects[number], example.image.shape[:2]
    if kind == "box":
        box = _loose_box(patch, size, np.random.default_rng((BOX_STREAM, index, number)))
        return Prompt(number, np.empty((0, 2)), np.empty(0, np.int64), box)
    xy, labels = draw_clicks(patch, size, 1 if kind == "click" else SEVERAL, 0, (1, index, number))
    return Prompt(number, xy, labels, None)


def _loose_box(patch: Patch, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """(4,) the box of a patch, each side moved a little, within the image."""
    height, width = patch.mask.shape
    sides = np.array([width, height, width, height], float)
    box = np.array([patch.x, patch.y, patch.x + width, patch.y + height], float)
    box += rng.uniform(-LOOSE, LOOSE, 4) * sides
    return np.clip(box, 0, [size[1], size[0]] * 2)


@lru_cache(maxsize=1)
def _model(weights: Path) -> CachedEncoder:
    torch.set_num_threads(1)
    model = load_nano(weights, torch.device("cpu"))
    model.calibrations = None
    return CachedEncoder(model, kept=64)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    parser = Parser(prog="python -m training.nano.calibrate", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of roofs/, nwpu_vhr10/, open/")
    parser.add_argument("--weights", type=Path, required=True, help="a file of training.pretrain.export")
    parser.add_argument(
        "--rows", type=Path, required=True, help="file of a line of JSON per object; resumable"
    )
    parser.add_argument("--out", type=Path, help="the weights again, with the calibrations")
    parser.add_argument("--tta", action="store_true", help="measure with test-time augmentation")
    parser.add_argument("--workers", type=count, default=1, help="processes")
    options = parser.parse_args(argv)
    rows = options.rows
    work = alone(rows.parent, "--rows", lambda reporter: _work(options), f".{rows.name}.lock")
    return run_command(work, Reporter("calibrate"))


def _work(options: argparse.Namespace) -> None:
    check_folder(options.rows)
    network = load_nano(options.weights, torch.device("cpu")).base_sha256
    identity: dict[str, Any] = {"network": network}
    if options.tta:  # Rows say nothing of it that are older than the option.
        identity["tta"] = True
    check_same(options.rows.with_suffix(".json"), identity, "--rows")
    if options.out is not None:
        if options.tta:
            raise ConfigError("--out: scores are calibrated to answers without --tta; leave one of them out")
        check_folder(options.out)
    rows = _measured(options)
    calibrations = fit_all([row for row in rows if row["set"] in FITTED])
    print(json.dumps(asdict(calibrations)))
    print(judged(rows, calibrations, SETS), reliability(rows, calibrations, JUDGED), sep="\n\n")
    if options.out is not None:
        write_calibrated(options.weights, calibrations, options.out)


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
        for future in [pool.submit(measure_image, task, options.weights, options.tta) for task in tasks]:
            add_lines(options.rows, future.result())
    return go_on_with(options.rows)


def write_calibrated(weights: Path, calibrations: Calibrations, out: Path) -> None:
    """Write the network of ``weights`` to ``out``, with ``calibrations`` and its card, and that beside it.

    Raises:
        ConfigError: the weights state no card, or the card beside them is damaged.
    """
    stored = load_nano(weights, torch.device("cpu"))
    card = read_metadata(weights).get("card")
    if card is None:
        raise ConfigError(f"{weights}: states no card; give a file of training.pretrain.export")
    stated_card = json.loads(card) | {
        "calibrated": {"network": f"sha256:{stored.base_sha256}", "fitted on": list(FITTED)}
    }
    metrics = _metrics(weights)
    with written_whole(out) as part:
        save_nano(stored.module, stored.module.state_dict(), part, stated_card, calibrations)
    beside = stated_card | {"sha256": f"sha256:{file_sha256(out)}"} | metrics
    write_whole(out.with_suffix(".card.json"), json.dumps(beside, indent=2, ensure_ascii=False) + "\n")


def _metrics(weights: Path) -> dict[str, Any]:
    """What the card beside a file says was measured: of its polygons, which a calibration does not change."""
    path = weights.with_suffix(".card.json")
    try:
        card = read_object(path) if path.is_file() else {}
    except ValueError as error:
        raise ConfigError(f"{path} {error}; mend it or take it away") from error
    return {"metrics": card["metrics"]} if "metrics" in card else {}


if __name__ == "__main__":
    sys.exit(main())
