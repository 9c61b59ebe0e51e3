"""What limits one click: how far the object goes, which mask is chosen, or its outline.

``python -m training.nano.limits --data DIR --weights FILE --rows FILE`` measures a model on images
that neither train it nor report it: the tuning split of NWPU VHR-10, every other scene of roofs, generated
scenes of other seeds, and the held-out tenths of the open sets. Every object gets one click, drawn in its
mask, and is answered on a window of its image at its own resolution. *Box* says how good the outline is
once the reach is known, *best* what the best of the three masks is worth, *chosen* what is chosen by
predicted IoU.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.console import Parser, Reporter, count, run_command
from engine.errors import ConfigError
from engine.grid import Tile
from engine.metrics import bootstrap_interval
from engine.models.base import PromptBatch
from engine.models.nano import NanoSegmenter, load_nano
from engine.models.weights import file_sha256
from training.benchmark.evalsets import generated, nwpu, roofs
from training.benchmark.protocols import ArrayReader, Example, draw_clicks
from training.patch import Patch
from training.pretrain.real_sets import OPEN_SETS, held_out_images
from training.results import add_lines, check_folder, check_same, read_lines
from training.run_lock import alone

GENERATED_SEED, GENERATED = 60_000, 16
WITHOUT = ("rounds", "reader", "finer")
"""Parts of a network that can be left out when it answers."""
SETS = ("nwpu", "roofs", "generated", "held-buildings", "held-others")
WINDOWS = {"nwpu": 2, "roofs": 6, "generated": 1, "held-buildings": 3, "held-others": 1}
"""Windows of an image that are looked at, at most."""
OBJECTS = 10
"""Objects of a window that are asked for, at most."""
MARGIN = 0.12
"""Clicks lie at least this share of a window's side from its border, unless the object chose the window."""


def examples(name: str, data: Path) -> Iterator[Example]:
    """The images of one of :data:`SETS`."""
    if name == "nwpu":
        return nwpu(data / "nwpu_vhr10", "tune")
    if name == "roofs":
        return islice(roofs(data / "roofs", only="roof"), 0, None, 2)
    if name == "generated":
        return generated("mixed", GENERATED, first_seed=GENERATED_SEED)
    buildings = name == "held-buildings"
    return held_out_of(data, [key for key in OPEN_SETS if ("buildings" in key) == buildings])


def held_out_of(data: Path, names: Sequence[str]) -> Iterator[Example]:
    """Images of the open sets that training leaves out."""
    for name in names:
        for number, image in enumerate(held_out_images(data, name)):
            labels = np.unique(image.instances[image.instances > 0])
            patches = [Patch.of(image.instances == label) for label in labels]
            kept = tuple(patch for patch in patches if patch.mask.sum() >= 36)
            if kept:
                yield Example(f"{name}-{number}", image.image, kept)


def measure_image(
    task: tuple[str, int, Example], weights: Path, without: Sequence[str]
) -> list[dict[str, Any]]:
    """A row per object of one image: IoU and predicted IoU of the masks of a click, and IoU of its box."""
    name, index, example = task
    model = _model(weights, tuple(without))
    rows = []
    for (x, y), numbers in windows(example, index, WINDOWS[name], model.image_size).items():
        embedding = model.encode(window(example.image, x, y, model.image_size))
        patches = [example.objects[number] for number in numbers]
        clicks = np.stack([click_in(example, index, number) for number in numbers])
        found = _answers(model, embedding, patches, clicks, np.array([x, y]))
        for number, patch, figures_of in zip(numbers, patches, found, strict=True):
            key = {"set": name, "image": example.name, "object": number, "area": int(patch.mask.sum())}
            rows.append(key | figures_of)
    return rows


def click_in(example: Example, index: int, number: int) -> np.ndarray:
    """(2,) x, y in pixels of the image of an object's click, the same for every model."""
    shape = example.image.shape[:2]
    return draw_clicks(example.objects[number], shape, 1, 0, (0, index, number))[0][0]


def windows(example: Example, index: int, most: int, size: int) -> dict[tuple[int, int], list[int]]:
    """Corner -> objects that are asked for in the window there, in turn until there are ``most`` windows."""
    waiting = np.random.default_rng(index).permutation(len(example.objects)).tolist()
    clicks = {number: click_in(example, index, number) for number in waiting}
    height, width = example.image.shape[:2]
    reach = np.array([max(width - size, 0), max(height - size, 0)])
    found: dict[tuple[int, int], list[int]] = {}
    while waiting and len(found) < most:
        x, y = np.clip(np.round(clicks[waiting[0]] - size / 2), 0, reach).astype(int).tolist()
        places = {number: (clicks[number] - (x, y)) / size for number in waiting}
        near = [n for n, place in places.items() if (np.abs(place - 0.5) <= 0.5 - MARGIN).all()]
        chosen = list(dict.fromkeys([waiting[0], *near]))[:OBJECTS]
        found.setdefault((x, y), []).extend(chosen)
        waiting = [number for number in waiting if number not in chosen]
    return found


def window(image: np.ndarray, x: int, y: int, size: int) -> np.ndarray:
    """(size, size, 3) uint8 part of an image from column ``x`` and row ``y`` on, black off it."""
    return ArrayReader(image).read(Tile(0, 0, 0, x, y, size, size))[0]


def _answers(
    model: NanoSegmenter, embedding: Any, patches: Sequence[Patch], clicks: np.ndarray, corner: np.ndarray
) -> list[dict[str, Any]]:
    """What the model makes of one click in each object, and of its box, in the window at ``corner``."""
    number = len(patches)
    xy = torch.from_numpy((clicks - corner)[:, None].astype(np.float32))
    boxes = np.stack([patch.box for patch in patches]) - np.tile(corner, 2)
    clicked = PromptBatch(xy, torch.ones(number, 1, dtype=torch.long))
    nothing = torch.zeros(number, 0, dtype=torch.long)
    boxed = PromptBatch(torch.zeros(number, 0, 2), nothing, torch.from_numpy(boxes.astype(np.float32)))
    several, single = (model.decode(embedding, clicked, multimask) for multimask in (True, False))
    outlined = model.decode(embedding, boxed, multimask=False)
    truths = [_cut(patch, corner, model.image_size) for patch in patches]
    return [
        {
            "three": [_iou(logits, truth) for logits in several.logits[row]],
            "predicted": [round(float(value), 4) for value in several.iou[row]],
            "single": _iou(single.logits[row, 0], truth),
            "single predicted": round(float(single.iou[row, 0]), 4),
            "box": _iou(outlined.logits[row, 0], truth),
        }
        for row, truth in enumerate(truths)
    ]


def _cut(patch: Patch, corner: np.ndarray, size: int) -> np.ndarray:
    """(size, size) bool part of a mask in the window at ``corner``."""
    whole = np.zeros((size, size), bool)
    x, y = patch.x - corner[0], patch.y - corner[1]
    height, width = patch.mask.shape
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + width, size), min(y + height, size)
    if x1 > x0 and y1 > y0:
        whole[y0:y1, x0:x1] = patch.mask[y0 - y : y1 - y, x0 - x : x1 - x]
    return whole


def _iou(logits: torch.Tensor, truth: np.ndarray) -> float:
    enlarged = torch.nn.functional.interpolate(logits[None, None], truth.shape, mode="bilinear")[0, 0]
    found = enlarged.numpy() > 0
    return round(float((found & truth).sum() / max((found | truth).sum(), 1)), 4)


@lru_cache(maxsize=4)
def _model(weights: Path, without: tuple[str, ...]) -> NanoSegmenter:
    torch.set_num_threads(1)
    module: Any = load_nano(weights, torch.device("cpu")).module
    if "rounds" in without:
        module.shape = replace(module.shape, rounds=1)
    if "reader" in without:
        module.mask_decoder.reader = None
    if "finer" in without:
        module.shape = replace(module.shape, fine2=0)
        module.mask_decoder.finer = None
        module.image_encoder.lateral2 = None
    return NanoSegmenter(module, "nano", "", torch.device("cpu"))


Figures = dict[str, np.ndarray]
"""Per name of a figure: (images,) percent."""


def figures(rows: Iterable[dict[str, Any]]) -> dict[str, Figures]:
    """Per set: mean IoU, in percent, of the single mask, the chosen, the best and the box, by image."""
    by_image: dict[str, dict[str, list[tuple[float, ...]]]] = {}
    for row in rows:
        three = row["three"]
        chosen = three[int(np.argmax(row["predicted"]))]
        values = (row["single"], chosen, max(three), row["box"])
        by_image.setdefault(row["set"], {}).setdefault(row["image"], []).append(values)
    found = {}
    for name, images in by_image.items():
        means = np.array([np.mean(images[image], axis=0) for image in sorted(images)]) * 100
        found[name] = dict(zip(("single", "chosen", "best", "box"), means.T, strict=True))
    return found


def table(rows: Sequence[dict[str, Any]], base: Sequence[dict[str, Any]] | None = None) -> str:
    """Markdown: a row per set; with ``base`` also the differences from it, paired by image."""
    lines = ["| set | images | single | chosen | best | box |", "|---|---|---|---|---|---|"]
    before = figures(base) if base else {}
    for name, found in figures(rows).items():
        cells = [_cell(values, before.get(name, {}).get(key)) for key, values in found.items()]
        lines.append(f"| {name} | {len(found['single'])} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(values: np.ndarray, before: np.ndarray | None) -> str:
    if before is None:
        return f"{values.mean():.1f}"
    low, high = bootstrap_interval(values - before, np.random.default_rng(0))
    return f"{values.mean():.1f} ({(values - before).mean():+.1f}: {low:+.1f} to {high:+.1f})"


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    parser = Parser(prog="python -m training.nano.limits", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of the sets: roofs/, nwpu_vhr10/, open/"
    )
    parser.add_argument("--weights", type=Path, required=True, help="a file of training.pretrain.export")
    parser.add_argument(
        "--rows", type=Path, required=True, help="file of the rows, a line of JSON per object"
    )
    parser.add_argument("--against", type=Path, help="rows of another model: print the differences from them")
    parser.add_argument("--without", nargs="+", choices=WITHOUT, default=[], help="parts to leave out")
    parser.add_argument("--workers", type=count, default=1, help="processes")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    options = parser.parse_args(argv)
    rows = options.rows
    work = alone(rows.parent, "--rows", lambda reporter: _work(options), f".{rows.name}.lock")
    return run_command(work, Reporter("limits"))


def _work(options: argparse.Namespace) -> None:
    check_folder(options.rows)
    identity = {"weights": file_sha256(options.weights), "without": options.without, "sets": options.sets}
    check_same(options.rows.with_suffix(".json"), identity, "--rows")
    if not options.rows.exists():
        partial = options.rows.with_suffix(".part")
        partial.unlink(missing_ok=True)
        with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
            tasks = [
                (name, index, example)
                for name in options.sets
                for index, example in enumerate(examples(name, options.data))
            ]
            running = [pool.submit(measure_image, task, options.weights, options.without) for task in tasks]
            for future in running:
                add_lines(partial, future.result())
        partial.replace(options.rows)
    base = None if options.against is None else read_lines(options.against)
    if options.against is not None and not base:
        raise ConfigError(f"{options.against}: holds no rows; measure that model first")
    print(table(read_lines(options.rows), base))


if __name__ == "__main__":
    sys.exit(main())
