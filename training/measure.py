"""Measure a model on data it never saw: ``python -m training.measure --data DIR --work DIR``.

Writes one JSON line per image, arm and seed to ``rows.jsonl``; a run that is started again leaves out what
is there. ``--table`` only turns the lines into the Markdown table of the results page, ``--card`` also states
them in a model card.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from engine.config import RefineConfig
from engine.embeddings import CachedEncoder
from engine.report import Parser
from training.evalsets import generated, nwpu, roofs
from training.protocol import Arm, Example, evaluate_image, interval

SINGLE = RefineConfig(refine=False, requery=False, zoom=False)
WHOLE_IMAGE = (
    Arm("1 click", 1),
    Arm("1 click, best of 3", 1, choose=True),
    Arm("2 clicks", 2),
    Arm("3 clicks", 3),
    Arm("1 + 1 clicks", 1, negatives=1),
    Arm("oracle box", 0),
    Arm("1 click, requery", 1, pipeline=RefineConfig(zoom=False)),
    Arm("1 click, requery + zoom", 1, pipeline=RefineConfig()),
)
"""Arms of protocol B/C; the last two read the image at its own resolution."""
NATIVE = (
    Arm("1 click, best of 3", 1, pipeline=SINGLE),
    Arm("2 clicks", 2, pipeline=SINGLE),
    Arm("3 clicks", 3, pipeline=SINGLE),
    Arm("1 + 1 clicks", 1, negatives=1, pipeline=SINGLE),
    Arm("oracle box", 0, pipeline=SINGLE),
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
    return CachedEncoder(registry.load(name, "cpu"), kept=CACHED)


def examples(name: str, data: Path) -> Iterator[Example]:
    """The images of one of :data:`SETS`."""
    if name == "roofs":
        return roofs(data / "roofs")
    if name == "nwpu":
        return nwpu(data / "nwpu_vhr10", "dev")
    return generated("mixed" if name == "generated" else name, GENERATED)


def measure_image(
    task: tuple[str, int, Example], model: str, seeds: int, done: frozenset[tuple[str, str, str, int]]
) -> list[dict[str, Any]]:
    """Rows of one image: every arm, every seed (an oracle box needs one)."""
    name, index, example = task
    rows = []
    for arm in NATIVE if name == "roofs" else WHOLE_IMAGE:
        for seed in range(seeds if arm.clicks else 1):
            if (name, example.name, arm.name, seed) in done:
                continue
            rng = np.random.default_rng((seed, index))
            scores = evaluate_image(_model(model), example, arm, rng)
            iou, f1 = scores.mean(axis=0)
            key = {"set": name, "image": example.name, "arm": arm.name, "seed": seed}
            rows.append(key | {"iou": float(iou), "f1": float(f1), "objects": len(scores)})
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
    groups: dict[tuple[str, str], dict[str, list[tuple[float, float]]]] = {}
    for row in rows:
        images = groups.setdefault((row["set"], row["arm"]), {})
        images.setdefault(row["image"], []).append((row["iou"], row["f1"]))
    order = [arm.name for arm in WHOLE_IMAGE]
    found = []
    for name, arm in sorted(groups, key=lambda key: (list(SETS).index(key[0]), order.index(key[1]))):
        means = np.array([np.mean(values, axis=0) for values in groups[name, arm].values()]) * 100
        low, high = interval(means[:, 0], np.random.default_rng(0))
        iou, f1 = means.mean(axis=0)
        found.append(Score(SETS[name], arm, len(means), float(iou), float(low), float(high), float(f1)))
    return found


def table(found: Iterable[Score]) -> str:
    """Markdown: a row per set and arm."""
    lines = ["| set | images | prompt | IoU | 95 % | F1 |", "|---|---|---|---|---|---|"]
    for row in found:
        span = f"{row.low:.1f} to {row.high:.1f}"
        lines.append(f"| {row.set} | {row.images} | {row.arm} | {row.iou:.1f} | {span} | {row.f1:.1f} |")
    return "\n".join(lines)


def state_in_card(found: Iterable[Score], path: Path) -> None:
    """Put the figures into the ``metrics`` of a model card, in place of those of the same sets."""
    card = json.loads(path.read_text(encoding="utf-8"))
    sets: dict[str, dict[str, Any]] = {}
    for row in found:
        figures = {
            "iou": round(row.iou, 1),
            "interval": [round(row.low, 1), round(row.high, 1)],
            "images": row.images,
        }
        sets.setdefault(row.set, {})[row.arm] = figures
    card.setdefault("metrics", {}).update(sets)
    path.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def main(argv: list[str] | None = None) -> int:
    """Run the command line."""
    parser = Parser(prog="python -m training.measure", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of roofs/ and nwpu_vhr10/")
    parser.add_argument("--work", type=Path, required=True, help="folder of rows.jsonl")
    parser.add_argument("--model", default="nano")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--table", action="store_true", help="print the table of what is there and stop")
    parser.add_argument("--card", type=Path, help="model card whose figures are replaced by what is found")
    options = parser.parse_args(argv)
    options.work.mkdir(parents=True, exist_ok=True)
    path = options.work / "rows.jsonl"
    if not options.table:
        _measure(options, path)
    found = scores(_read(path))
    print(table(found))
    if options.card is not None:
        state_in_card(found, options.card)
    return 0


def _measure(options: argparse.Namespace, path: Path) -> None:
    """Append the rows that are not in ``path`` yet."""
    done = frozenset((row["set"], row["image"], row["arm"], row["seed"]) for row in _read(path))
    work = partial(measure_image, model=options.model, seeds=options.seeds, done=done)
    tasks = (
        (name, index, example)
        for name in options.sets
        for index, example in enumerate(examples(name, options.data))
    )
    with ProcessPoolExecutor(options.workers) as pool, path.open("a") as file:
        for rows in pool.map(work, tasks):
            file.writelines(json.dumps(row) + "\n" for row in rows)
            file.flush()


if __name__ == "__main__":
    sys.exit(main())
