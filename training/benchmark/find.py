"""How well ``find`` finds: ``python -m training.benchmark.find --data roofs --only roof --work DIR``.

Of each image k objects are drawn as examples, with one click each; all others are the question. With
``--apart`` the examples lie on another image of the set, and all objects of the image are the question.
Candidates are kept in the folder; a line an image, draw and arm goes to ``find.jsonl`` as it is done, so that
a run which is started again leaves it out; the table to ``find.md``. Masks are measured as they are found,
before they are outlined again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from engine.config import SegmentConfig
from engine.console import Parser, Reporter, count, run_command
from engine.models.base import Segmenter
from engine.options import model_loader
from training.benchmark.find_arms import ARMS, Order, Shown, drawn, supervised
from training.benchmark.find_images import Images, images
from training.benchmark.find_rounds import costs
from training.benchmark.find_scene import FindScene, prepare, score_of
from training.benchmark.find_table import table
from training.benchmark.protocols import Example
from training.results import add_lines, check_folder, check_same, go_on_with, write_whole
from training.run_lock import alone

ROWS, TABLE = "find.jsonl", "find.md"
CEILING = "supervised on the other scenes"
ROUNDS = (0, 2)
"""Rounds of review that a simulated user goes through."""
LEAST_OBJECTS = 4
"""Of an image that gives both examples and question."""
CEILING_IMAGES = 8
"""The ceiling learns from all other images, where they are no more than that: all are held in memory."""
Draw = tuple[str, int, int]
"""Name of the image that is asked about, number of examples, seed."""


@dataclass(frozen=True, eq=False)
class Bench:
    """The images, and what was found on them so far.

    Attributes:
        apart: whether examples and question lie on different images.
    """

    images: Images
    model: Segmenter
    work: Path
    apart: bool
    _scenes: dict[tuple[str, int], FindScene] = field(default_factory=dict)

    def asked(self) -> list[Example]:
        """The images that are asked about."""
        least = 1 if self.apart else LEAST_OBJECTS
        return [one for one in self.images.examples if len(one.objects) >= least]

    def scene(self, example: Example, level: int | None = None) -> FindScene:
        """An image's candidates, by default of the level of its own objects."""
        level = self.images.level(example, self.model) if level is None else level
        place = example.name, level
        if place not in self._scenes:
            self._scenes[place] = prepare(example, self.model, self.work, level, self.images.agreement)
        return self._scenes[place]

    def source(self, example: Example, examples: int, seed: int) -> Example:
        """Another image, drawn among those of enough objects, or of the most."""
        others = [one for one in self.images.examples if one is not example]
        enough = min(examples, max(len(one.objects) for one in others))
        able = [one for one in others if len(one.objects) >= enough]
        number = self.images.examples.index(example)
        return able[int(np.random.default_rng((seed, number)).integers(len(able)))]

    def rows(self, example: Example, examples: int, seed: int) -> list[dict[str, Any]]:
        """A row for each arm."""
        if self.apart:
            source = self.source(example, examples, seed)
            teacher = self.scene(source)
            chosen = np.random.default_rng(seed).permutation(len(source.objects))[:examples]
            shown = Shown.on(teacher, chosen).elsewhere()
            found = measure(self.scene(example, teacher.level), shown, [])
            return [{**row, **_told(example, examples, seed), "from": source.name} for row in found]
        scene = self.scene(example)
        few = len(self.images.examples) <= CEILING_IMAGES
        others = [self.scene(one) for one in self.images.examples if few and one is not example]
        clicked = drawn(scene, examples, seed)
        found = measure(scene, Shown.on(scene, clicked), others)
        spent = _spent(scene, clicked)
        return [{**row, **_told(example, examples, seed), **spent} for row in found]


def _told(example: Example, examples: int, seed: int) -> dict[str, Any]:
    return {"scene": example.name, "examples": examples, "seed": seed, "objects": len(example.objects)}


def _spent(scene: FindScene, clicked: np.ndarray) -> dict[str, int]:
    """What the layer costs a simulated user, after no round of review and after some."""
    return {
        f"{name}_{rounds}": value
        for rounds, spent in zip(ROUNDS, costs(scene, clicked, ROUNDS), strict=True)
        for name, value in asdict(spent).items()
    }


def measure(scene: FindScene, shown: Shown, others: Sequence[FindScene]) -> list[dict[str, Any]]:
    """A row for each arm; ``others`` are what the supervised ceiling learns from."""
    orders: dict[str, Order] = {name: arm(scene, shown) for name, arm in ARMS.items()}
    if others:
        orders[CEILING] = supervised(scene, tuple(others))
    same = {
        "recall": round(scene.recall, 4),
        "seconds_per_mp": round(scene.seconds, 3),
        "times_encoding": scene.times_encoding,
    }
    return [
        {
            **same,
            "arm": name,
            **asdict(score_of(scene, order.rows, shown.clicked, order.chance, order.threshold)),
        }
        for name, order in orders.items()
    ]


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    parser = Parser(prog="python -m training.benchmark.find", description=__doc__)
    parser.add_argument("--data", required=True, help="as for training.benchmark, or GeoTIFFs with points")
    parser.add_argument("--work", type=Path, required=True, help="folder of candidates, rows and table")
    parser.add_argument("--only", metavar="CLASS", help="objects of this class alone")
    parser.add_argument("--split", choices=("train", "test"), default="test", help="train is for choosing")
    parser.add_argument("--examples", type=count, nargs="+", default=[1, 5, 10, 20], metavar="K")
    parser.add_argument("--seeds", type=count, default=3, help="draws of the examples")
    parser.add_argument("--apart", action="store_true", help="take the examples from another image")
    parser.add_argument("--most", type=count, metavar="N", help="at most that many images, evenly chosen")
    parser.add_argument("--model", default="nano")
    options = parser.parse_args(argv)
    interrupted = "interrupted; run it again to continue"
    work = alone(options.work, "--work", partial(_work, options))
    return run_command(work, Reporter("find"), interrupted)


def _work(options: argparse.Namespace, reporter: Reporter) -> None:
    path = options.work / ROWS
    check_folder(path)
    identity = {name: getattr(options, name) for name in ("only", "split", "apart", "most", "model")}
    data = Path(options.data).name
    check_same(options.work / "setting.json", {"data": data, **identity}, "--work")
    found = _some(images(options.data, options.only, options.split), options.most)
    model = model_loader(SegmentConfig(model=options.model, device="cpu"), 1)()
    bench = Bench(found, model, options.work, options.apart)
    draws = list(_draws(bench, options.examples, options.seeds))
    text = table(_measured(bench, draws, reporter, path))
    write_whole(options.work / TABLE, text + "\n")
    print(text)


def _some(found: Images, most: int | None) -> Images:
    if most is None or most >= len(found.examples):
        return found
    chosen = np.linspace(0, len(found.examples) - 1, most).astype(int)
    return Images(tuple(found.examples[number] for number in chosen), found.points)


def _draws(bench: Bench, examples: Sequence[int], seeds: int) -> Iterator[tuple[Example, int, int]]:
    """All draws, image by image."""
    for example in bench.asked():
        yield from ((example, number, seed) for number in examples for seed in range(seeds))


def _measured(
    bench: Bench, draws: Sequence[tuple[Example, int, int]], reporter: Reporter, path: Path
) -> list[dict[str, Any]]:
    rows = go_on_with(path)
    done: set[Draw] = {(row["scene"], row["examples"], row["seed"]) for row in rows}
    waiting = [
        (example, examples, seed)
        for example, examples, seed in draws
        if (example.name, examples, seed) not in done
    ]
    reporter.start(len(waiting), "draws")
    for example, examples, seed in waiting:
        found = bench.rows(example, examples, seed)
        add_lines(path, found)
        rows += found
        reporter.advance(1)
    return rows


if __name__ == "__main__":
    sys.exit(main())
