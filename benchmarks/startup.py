"""How long the command line takes to its first tile, against the bare import of torch and rasterio."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.flat import write_points
from benchmarks.layers import SCENE, mosaic, scenes_of, write_mosaic
from benchmarks.machine import facts
from benchmarks.table import Table, rounded

TITLE = "The command line: to its first tile"
ABOUT = (
    "`imports` is a Python that imports torch and rasterio and ends. `first tile` is the command `segment` "
    "from its start to the first tile read: imports, files checked, points read, model loaded; `embedded` "
    "goes on until that tile is embedded, `answered` until its one click is answered. All take turns; "
    "medians. `ratio` is that of processor time."
)
STARTS, SEED = 9, 3
TARGET = 1.5
IMPORTS = "import torch, rasterio"
UP_TO = """
import os
import sys
from engine import cli, tile_work

answer = tile_work.run_job

def stop(job, reader, model, config):
    {}
    os._exit(0)

tile_work.run_job = stop
sys.exit(cli.main(sys.argv[1:]) or "no tile was read")
"""
"""The command, ended after a call in place of :func:`engine.stages.pipeline.run_job`."""
CALLS = {
    "first tile": "reader.read(job.tile)",
    "embedded": "model.encode(reader.read(job.tile)[0])",
    "answered": "answer(job, reader, model, config)",
}
ROOT = Path(__file__).resolve().parents[1]


def add_options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("startup")
    group.add_argument("--starts", type=int, default=STARTS, help=f"of each kind (default: {STARTS})")


def run(options: Namespace) -> Table:
    """Start all by turns."""
    machine = facts(options.threads)
    with TemporaryDirectory() as folder:
        raster, points = one_click(Path(folder))
        command = ["segment", "--raster", raster, "--points", points, "--out", Path(folder) / "segments.gpkg"]
        words = [*map(str, command), "--overwrite", "--quiet", "--device", "cpu", "--model", options.model]
        arms = {"imports": (IMPORTS,)} | {arm: (UP_TO.format(call), *words) for arm, call in CALLS.items()}
        taken = [{arm: _started(program) for arm, program in arms.items()} for _ in range(options.starts + 1)]
    # The first of each reads its files from the disk.
    rows = [_row(arm, [turn[arm] for turn in taken[1:]]) for arm in arms]
    bare = rows[0]["processor s"]
    rows = [{**row, "ratio": rounded(row["processor s"] / bare)} for row in rows]
    notes = [f"Target: at most {TARGET} times the bare imports: {rows[1]['ratio']}."]
    return Table("startup", TITLE, ABOUT, rows, notes, {"starts": options.starts}, machine)


def one_click(folder: Path) -> tuple[Path, Path]:
    """A raster of one scene, and a layer with a click in its middle."""
    raster = folder / "scene.tif"
    tile = mosaic(scenes_of(("vehicles",), 1, 10, 100, SEED))
    write_mosaic(raster, tile, SCENE)
    middle = np.array([[SCENE / 2, SCENE / 2]])
    return raster, write_points(folder / "click.gpkg", middle)


def _started(program: tuple[str, ...]) -> tuple[float, float]:
    """Seconds and processor seconds of a Python that runs a program with its arguments."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", *program], cwd=ROOT, check=True)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _row(arm: str, taken: list[tuple[float, float]]) -> dict[str, Any]:
    seconds, processor = (rounded(statistics.median(times)) for times in zip(*taken, strict=True))
    return {"arm": arm, "seconds": seconds, "processor s": processor}
