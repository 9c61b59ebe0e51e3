"""Scenes as a user has them, of sets that are none: ``python -m training.benchmark.scene_folders``.

Images of NWPU VHR-10 with many objects, and scenes of a radar that nano never saw, become folders of GeoTIFFs
with GeoPackages of their names, as :mod:`training.benchmark.few_clicks` and ``own_scenes`` read them. The
images are of neither the dev split nor the tuning split.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from engine.console import Parser, Reporter, count, run_command
from training.benchmark import evalsets
from training.benchmark.protocols import Example
from training.scenes import Scene
from training.scenes.files import write_pair
from training.scenes.mosaic import mosaic
from training.scenes.scene import GENERATED_SEED

GSD_M = 0.3
"""Side of a pixel: NWPU VHR-10 does not say its own."""
RADAR_LAYOUT = (("side-looking",) * 3,) * 3
RADAR_MOST = 10
"""Objects of each of its nine parts."""
CLICK_STREAM = 23


def nwpu(folder: Path, least: int, most: int) -> Iterator[tuple[str, Scene]]:
    """The first ``most`` images with at least ``least`` objects."""
    found = (example for example in evalsets.nwpu(folder, "train") if len(example.objects) >= least)
    for _, example in zip(range(most), found, strict=False):
        yield Path(example.name).stem, scene_of(example)


def scene_of(example: Example) -> Scene:
    """The image as a scene; of objects that overlap the later one is on top, hidden ones are left out."""
    instances = np.zeros(example.image.shape[:2], np.int32)
    for number, patch in enumerate(example.objects, 1):
        height, width = patch.mask.shape
        window = instances[patch.y : patch.y + height, patch.x : patch.x + width]
        window[patch.mask] = number
    seen = np.unique(instances[instances > 0])
    numbers = np.zeros(len(example.objects) + 1, np.int32)
    numbers[seen] = np.arange(1, len(seen) + 1)
    return Scene(example.image, numbers[instances], ("object",) * len(seen), GSD_M)


def radar(most: int) -> Iterator[tuple[str, Scene]]:
    """Scenes of a side-looking radar, nine parts each."""
    for number in range(most):
        rng = np.random.default_rng(GENERATED_SEED + number)
        yield f"radar-{number}", mosaic(rng, RADAR_LAYOUT, gsd=GSD_M, most=RADAR_MOST)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    parser = Parser(prog="python -m training.benchmark.scene_folders", description=__doc__)
    parser.add_argument("--nwpu", type=Path, required=True, help="the set's COCO folder")
    parser.add_argument("--out", type=Path, required=True, help="gets the folders nwpu and radar")
    parser.add_argument("--least", type=count, default=12, help="objects of an image of NWPU (default: 12)")
    parser.add_argument("--most", type=count, default=8, help="scenes of each folder (default: 8)")
    options = parser.parse_args(argv)
    return run_command(lambda reporter: _work(options), Reporter("scene_folders"))


def _work(options: argparse.Namespace) -> None:
    made = {"nwpu": nwpu(options.nwpu, options.least, options.most), "radar": radar(options.most)}
    for name, scenes in made.items():
        for number, (stem, scene) in enumerate(scenes):
            rng = np.random.default_rng((CLICK_STREAM, number))
            write_pair(scene, options.out / name / f"{stem}.tif", rng)


if __name__ == "__main__":
    sys.exit(main())
