"""Measure a model on data it never saw: ``python -m training.benchmark.measure --data DIR --work DIR``.

Writes one JSON line per image, arm and seed to ``rows.jsonl``; a run that is started again leaves out what
is there. ``--table`` only turns the lines into the Markdown tables of the results page, ``--card`` also
states them in a model card. Clicks follow from seed, image and object, so that every arm has the same ones.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from engine.config import RefineConfig
from engine.console import Parser, Reporter, count, run_command
from engine.errors import ConfigError
from engine.metrics import bootstrap_interval
from engine.serving.embeddings import CachedEncoder
from training.benchmark.evalsets import generated, held_out, nwpu, roofs
from training.benchmark.protocols import AnswerMode, Example, evaluate_image
from training.results import add_lines, check_folder, go_on_with, read_lines, write_whole
from training.run_lock import alone

SINGLE = RefineConfig(refine=False, requery=False, zoom=False)
WHOLE_IMAGE = (
    AnswerMode("1 click", 1),
    AnswerMode("1 click, best of 3", 1, choose=True),
    AnswerMode("2 clicks", 2),
    AnswerMode("3 clicks", 3),
    AnswerMode("1 + 1 clicks", 1, negatives=1),
    AnswerMode("oracle box", 0),
    AnswerMode("1 click, own resolution", 1, pipeline=SINGLE),
    AnswerMode("3 clicks, own resolution", 3, pipeline=SINGLE),
    AnswerMode("1 click, requery", 1, pipeline=RefineConfig(zoom=False)),
    AnswerMode("1 click, requery + zoom", 1, pipeline=RefineConfig()),
)
"""Arms of protocol B/C; the last four read the image at its own resolution, as the engine does."""
NATIVE = (
    AnswerMode("1 click, best of 3", 1, pipeline=SINGLE),
    AnswerMode("2 clicks", 2, pipeline=SINGLE),
    AnswerMode("3 clicks", 3, pipeline=SINGLE),
    AnswerMode("1 + 1 clicks", 1, negatives=1, pipeline=SINGLE),
    AnswerMode("oracle box", 0, pipeline=SINGLE),
    *WHOLE_IMAGE[-2:],
)
"""The same for scenes far larger than a tile: single pass means one look at native resolution, and the best
of three masks for one click."""
SETS = {
    "roofs": "roofs",
    "nwpu": "NWPU dev",
    "generated": "generated",
    "sar": "generated, SAR",
    "hazy": "generated, hazy",
    "held": "fields and panels, held out",
}
"""The sets, and how tables and cards call them."""
GENERATED = 24
CACHED = 256
"""Tiles whose embeddings are remembered, since arms and seeds share most of them."""


@lru_cache(maxsize=1)
def _model(name: str) -> CachedEncoder:
    import torch

    from engine.models import registry

    torch.set_num_threads(1)
    return CachedEncoder(registry.load(name, "cpu", None, "fp32"), kept=CACHED)


def examples(name: str, data: Path) -> Iterator[Example]:
    """The images of one of :data:`SETS`."""
    if name == "roofs":
        return roofs(data / "roofs")
    if name == "nwpu":
        return nwpu(data / "nwpu_vhr10", "dev")
    if name == "held":
        return held_out(data)
    return generated("mixed" if name == "generated" else name, GENERATED)


Key = tuple[str, str, str, int]
"""Set, image, arm, seed."""


def measure_image(
    task: tuple[str, int, Example], model: str, seeds: int, done: frozenset[Key]
) -> list[dict[str, Any]]:
    """Rows of one image: every arm, every seed (an oracle box needs one)."""
    name, index, example = task
    rows = []
    for arm in NATIVE if name == "roofs" else WHOLE_IMAGE:
        for seed in range(seeds if arm.clicks else 1):
            if (name, example.name, arm.name, seed) in done:
                continue
            found = evaluate_image(_model(model), example, arm, (seed, index))
            iou, f1 = found.mean(axis=0)
            key = {"set": name, "image": example.name, "arm": arm.name, "seed": seed}
            weights = {"weights": _model(model).sha256}
            rows.append(key | weights | {"iou": float(iou), "f1": float(f1), "objects": len(found)})
    return rows


@dataclass(frozen=True)
class Score:
    """One row of the table, in percent: means over images and seeds, 95 % interval over images."""

    set: str
    arm: str
    images: int
    iou: float
    low: float
    high: float
    f1: float


def scores(rows: Iterable[dict[str, Any]]) -> list[Score]:
    """What the lines of ``rows.jsonl`` come to, in the order of the sets and of the arms."""
    order = [arm.name for arm in WHOLE_IMAGE]
    found = []
    groups = _by_arm(rows)
    for name, arm in sorted(groups, key=lambda key: (list(SETS).index(key[0]), order.index(key[1]))):
        means = np.array([*groups[name, arm].values()])
        low, high = bootstrap_interval(means[:, 0], np.random.default_rng(0))
        iou, f1 = means.mean(axis=0)
        found.append(Score(SETS[name], arm, len(means), float(iou), float(low), float(high), float(f1)))
    return found


def _by_arm(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, str], dict[str, np.ndarray]]:
    """Per set and arm, per image: (2,) IoU and F1 in percent, means over seeds."""
    groups: dict[tuple[str, str], dict[str, list[tuple[float, float]]]] = {}
    for row in rows:
        images = groups.setdefault((row["set"], row["arm"]), {})
        images.setdefault(row["image"], []).append((row["iou"], row["f1"]))
    return {
        key: {image: np.mean(values, axis=0) * 100 for image, values in images.items()}
        for key, images in groups.items()
    }


def differences(rows: Iterable[dict[str, Any]]) -> str:
    """Markdown: each arm's mean IoU less that of one click, paired by image, with its 95 % interval."""
    groups = _by_arm(rows)
    lines = ["| set | prompt | IoU less that of 1 click | 95 % |", "|---|---|---|---|"]
    for name, label in SETS.items():
        # Scenes larger than a tile have no single mask of the whole image: there one click chooses.
        plain = "1 click" if (name, "1 click") in groups else "1 click, best of 3"
        for arm in (arm.name for arm in WHOLE_IMAGE if arm.name != plain):
            if (name, arm) not in groups or (name, plain) not in groups:
                continue
            base, images = groups[name, plain], groups[name, arm]
            change = np.array([images[image][0] - base[image][0] for image in images if image in base])
            low, high = bootstrap_interval(change, np.random.default_rng(0))
            lines.append(f"| {label} | {arm} | {change.mean():+.1f} | {low:+.1f} to {high:+.1f} |")
    return "\n".join(lines)


def table(found: Iterable[Score]) -> str:
    """Markdown: a row per set and arm."""
    lines = ["| set | images | prompt | IoU | 95 % | F1 |", "|---|---|---|---|---|---|"]
    for row in found:
        span = f"{row.low:.1f} to {row.high:.1f}"
        lines.append(f"| {row.set} | {row.images} | {row.arm} | {row.iou:.1f} | {span} | {row.f1:.1f} |")
    return "\n".join(lines)


WHAT = "IoU in percent, mean over images and seeds of clicks, 95 % bootstrap interval over images"


def state_in_card(found: Iterable[Score], path: Path, weights: str) -> None:
    """Put the figures into the ``metrics`` of a model card, in place of those of the same sets.

    Raises:
        ConfigError: the card is of other weights than the SHA-256 ``weights``.
    """
    card = json.loads(path.read_text(encoding="utf-8"))
    if card.get("sha256") != f"sha256:{weights}":
        raise ConfigError(f"{path}: the card of other weights than those that were measured")
    sets: dict[str, dict[str, Any]] = {}
    for row in found:
        figures = {
            "iou": round(row.iou, 1),
            "interval": [round(row.low, 1), round(row.high, 1)],
            "images": row.images,
        }
        sets.setdefault(row.set, {})[row.arm] = figures
    card.setdefault("metrics", {}).update({"what": WHAT} | sets)
    write_whole(path, json.dumps(card, indent=2, ensure_ascii=False) + "\n")


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Rows measured so far, less a line that a kill cut short; ConfigError if they are of several weights."""
    rows = read_lines(path)
    if len(_weights(rows)) > 1:
        raise ConfigError(f"{path}: holds rows of several models; measure each in a --work of its own")
    return rows


def _weights(rows: Iterable[dict[str, Any]]) -> set[str]:
    return {row.get("weights", "unknown") for row in rows}


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    parser = Parser(prog="python -m training.benchmark.measure", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets: roofs/, nwpu_vhr10/, …")
    parser.add_argument("--work", type=Path, required=True, help="folder of rows.jsonl")
    parser.add_argument("--model", default="nano")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--seeds", type=count, default=3)
    parser.add_argument("--workers", type=count, default=2)
    parser.add_argument("--table", action="store_true", help="print the tables of what is there and stop")
    parser.add_argument("--card", type=Path, help="model card whose figures are replaced by what is found")
    options = parser.parse_args(argv)

    def work(reporter: Reporter) -> None:
        _work(options, reporter)

    held = work if options.table else alone(options.work, "--work", work)
    return run_command(held, Reporter("measure"), "interrupted; run it again to continue")


def _work(options: argparse.Namespace, reporter: Reporter) -> None:
    path = options.work / "rows.jsonl"
    check_folder(path)
    if not options.table:
        _measure(options, path, reporter)
    rows = read_rows(path)
    if not rows:
        raise ConfigError(f"{path}: nothing has been measured there yet")
    found = scores(rows)
    print(table(found) + "\n\n" + differences(rows))
    if options.card is not None:
        state_in_card(found, options.card, *_weights(rows))


def _measure(options: argparse.Namespace, path: Path, reporter: Reporter) -> None:
    """Append the rows that are not in ``path`` yet."""
    rows = read_rows(path)
    weights = _model(options.model).sha256
    if rows and _weights(rows) != {weights}:
        raise ConfigError(f"{path}: holds rows of other weights; choose another --work")
    go_on_with(path)
    done = frozenset((row["set"], row["image"], row["arm"], row["seed"]) for row in rows)
    work = partial(measure_image, model=options.model, seeds=options.seeds, done=done)
    tasks = [
        (name, index, example)
        for name in options.sets
        for index, example in enumerate(examples(name, options.data))
    ]
    reporter.start(len(tasks), "images")
    workers = ProcessPoolExecutor(options.workers, mp_context=get_context("spawn"))
    with workers as pool:
        for found in pool.map(work, tasks):
            add_lines(path, found)
            reporter.advance(1)


if __name__ == "__main__":
    sys.exit(main())
