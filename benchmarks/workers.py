"""How much more two worker processes do than one, in the command ``segment`` from the files to the layer."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.flat import write_points
from benchmarks.large_raster import neighbourhoods
from benchmarks.layers import mosaic, repeated_clicks, scenes_of, write_mosaic
from benchmarks.machine import facts
from benchmarks.mosaic import DOMAINS
from benchmarks.table import Table, rounded

TITLE = "Workers: from one to two"
ABOUT = (
    "The command `segment`, default settings, on a mosaic of generated scenes with clicks in neighbourhoods "
    "of 100, by one worker process and by two with one thread each. `start-up` ends when the workers are "
    "ready, `tiles` when the last tile is answered, `after` with the layer on the disk. All take turns; "
    "medians. `times` is the work of one worker alone over that of the row, without start-up, and `share` is "
    "that for each worker. `beside itself` is the command with one worker, twice at once: `share` is then "
    "what the machine leaves each of two that share no work."
)
CLICKS, SIDE, SCENES, SEED = 4_000, 16_000, 100, 31
TARGET = 0.9
BESIDE = "1, beside itself"
TIMED = """
import json, sys, time
from pathlib import Path
from engine import cli, segmentation

do_all = segmentation._do_all

def timed(*given):
    begun = time.time()
    do_all(*given)
    Path(sys.argv[1]).write_text(json.dumps([begun, time.time()]))

segmentation._do_all = timed
sys.exit(cli.main(sys.argv[2:]))
"""
"""The command, which also says when its workers began with the tiles, and when they ended."""
ROOT = Path(__file__).resolve().parents[1]


def add_options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("workers")
    group.add_argument("--workers-clicks", type=int, default=CLICKS, help=f"(default: {CLICKS})")
    group.add_argument("--workers-side", type=int, default=SIDE, help=f"in pixels (default: {SIDE})")
    group.add_argument("--workers-scenes", type=int, default=SCENES, help=f"a square (default: {SCENES})")
    group.add_argument("--workers-rounds", type=int, default=1, help="runs of each kind (default: 1)")
    group.add_argument(
        "--workers-most", type=int, default=2, help="worker processes, compared with one (default: 2)"
    )


@dataclass(frozen=True)
class Spent:
    """Seconds of one command, and processor seconds."""

    start: float
    tiles: float
    after: float
    processor: float

    @property
    def work(self) -> float:
        """All but the start."""
        return self.tiles + self.after


def run(options: Namespace) -> Table:
    """Run the command by one worker, by several, and by one in two commands at once."""
    machine = facts(1)
    most = options.workers_most
    arms = {"1": (1, 1), str(most): (most, 1), BESIDE: (1, 2)}
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = _files(folder, options)
        turns = [
            {
                arm: _spent(folder, files, workers, copies, options.model)
                for arm, (workers, copies) in arms.items()
            }
            for _ in range(options.workers_rounds)
        ]
    spent = {arm: _median([turn[arm] for turn in turns]) for arm in arms}
    rows = [_row(arm, spent[arm], spent["1"], *arms[arm]) for arm in arms]
    settings = {
        "model": options.model,
        "clicks": options.workers_clicks,
        "side": options.workers_side,
        "scenes": options.workers_scenes,
        "rounds": options.workers_rounds,
    }
    notes = [f"Target for {most}: a share of {TARGET}, measured {rows[1]['share']}."]
    return Table("workers", TITLE, ABOUT, rows, notes, settings, machine)


def _files(folder: Path, options: Namespace) -> tuple[Path, Path]:
    """A raster, and a layer of clicks."""
    raster = folder / "mosaic.tif"
    scenes = mosaic(scenes_of(DOMAINS, options.workers_scenes, 15, 100, SEED))
    write_mosaic(raster, scenes, options.workers_side)
    clicks = repeated_clicks(scenes, options.workers_side)
    chosen = neighbourhoods(clicks, options.workers_clicks, np.random.default_rng(SEED))
    return raster, write_points(folder / "clicks.gpkg", clicks[chosen])


def _spent(folder: Path, files: tuple[Path, Path], workers: int, copies: int, model: str) -> Spent:
    """Run the command with that many workers, once or several times at once; mean times of a run."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    times = [folder / f"times_{number}.json" for number in range(copies)]
    running = [_started(files, path, workers, model) for path in times]
    ends = []
    for process in running:
        if process.wait():
            raise RuntimeError("the command failed")
        ends.append(time.time())
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    begun, done = np.array([json.loads(path.read_text()) for path in times]).T
    return Spent(
        float(np.mean(begun - start)),
        float(np.mean(done - begun)),
        float(np.mean(ends - done)),
        processor / copies,
    )


def _started(files: tuple[Path, Path], times: Path, workers: int, model: str) -> subprocess.Popen[bytes]:
    raster, points = files
    words = ["segment", "--raster", raster, "--points", points, "--out", times.with_suffix(".gpkg")]
    words += ["--overwrite", "--quiet", "--device", "cpu", "--model", model]
    words += ["--workers", workers, "--threads", 1]
    return subprocess.Popen([sys.executable, "-c", TIMED, str(times), *map(str, words)], cwd=ROOT)


def _median(spent: list[Spent]) -> Spent:
    return Spent(
        *(statistics.median(times) for times in zip(*(vars(one).values() for one in spent), strict=True))
    )


def _row(arm: str, spent: Spent, alone: Spent, workers: int, copies: int) -> dict[str, Any]:
    times = copies * alone.work / spent.work
    return {
        "workers": arm,
        "start-up s": rounded(spent.start),
        "tiles s": rounded(spent.tiles),
        "after s": rounded(spent.after),
        "processor s": rounded(spent.processor),
        "times": rounded(times),
        "share": rounded(times / (workers * copies)),
    }
