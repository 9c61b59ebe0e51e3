"""Peak memory and rate on a raster far larger than memory should have to hold.

Each arm runs in a process of its own (``python -m benchmarks.large_raster RASTER POINTS SETTINGS
MODEL THREADS``), so that one arm's peak is not another's.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
import zlib
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from benchmarks.counting import CountingSegmenter
from benchmarks.layers import (
    CRS,
    SCENE,
    TRANSFORM,
    Mosaic,
    mosaic,
    prompts_at,
    repeated_clicks,
    scenes_of,
    write_mosaic,
)
from benchmarks.machine import facts, use_threads
from benchmarks.table import Table, rounded
from engine.config import RefineConfig, SegmentConfig
from engine.models.base import Segmenter
from engine.reading.raster import RasterSource
from engine.stages.pipeline import plan_jobs, run_jobs
from training.memory import MIB, memory_mib, peak_mib, reset_peak

TITLE = "A large raster: memory and rate"
ABOUT = (
    "A tiled, compressed RGB raster and a point layer go through the whole run, from the files to the "
    "layer of polygons on disk. `clustered` clicks lie in neighbourhoods of 100 neighbours, as mapped "
    "objects do; `uniform` ones are spread over all of the raster. `full` is the default settings, "
    "`single` one answer a click without requery and zoom. Peak memory is the kernel's own count, beyond "
    "the process with the model loaded and nothing done yet, and beyond the same after a first tile and "
    "click."
)
LAYERS = ("clustered", "uniform")
SETTINGS = {
    "full": RefineConfig(),
    "single": RefineConfig(refine=False, requery=False, zoom=False),
}
NEIGHBOURHOOD = 100
DOMAINS = ("vehicles", "roofs", "trees", "harbour")
MOSAIC_SCENES = 16
SEED = 17
TARGET_MIB = 1024
FULL_POINTS = 2000
ROOT = Path(__file__).resolve().parents[1]


def add_options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("large_raster")
    group.add_argument("--side", type=int, default=30_000, help="of the raster, in pixels (default: 30000)")
    group.add_argument("--points", type=int, default=FULL_POINTS, help="clicks a layer (default: 2000)")
    group.add_argument("--clicks", nargs="+", default=list(LAYERS), choices=LAYERS, help="kinds of layer")
    group.add_argument("--settings", nargs="+", default=["full", "single"], choices=list(SETTINGS))


def run(options: Namespace) -> Table:
    """Make the files that are not there yet, then measure each arm in a fresh process."""
    machine = facts(options.threads)
    scenes = min(MOSAIC_SCENES, math.ceil(options.side / SCENE) ** 2)
    tile = mosaic(scenes_of(DOMAINS, scenes, 10, 100, SEED))
    raster = options.out / "rasters" / f"large_{options.side}_{zlib.crc32(tile.image.tobytes()):08x}.tif"
    if not raster.exists():
        write_mosaic(raster, tile, options.side)
    rows = []
    for layer in options.clicks:
        points = _write_points(options.out / "rasters", tile, layer, options)
        rows += [_child(raster, points, layer, name, options) for name in options.settings]
    settings = {"model": options.model, "side": options.side, "raster_MiB": raster.stat().st_size // MIB}
    return Table("large_raster", TITLE, ABOUT, rows, _notes(rows), settings, machine)


def _notes(rows: list[dict[str, Any]]) -> list[str]:
    highest = max(float(row["peak MiB"]) for row in rows)
    notes = [f"Target: at most {TARGET_MIB} MiB beyond the loaded model; highest peak {highest:.0f} MiB."]
    for row in rows:
        if row["clicks"] < FULL_POINTS:
            minutes = FULL_POINTS / row["clicks/s"] / 60
            arm = f"{row['layer']}, {row['settings']}"
            notes.append(f"{arm}: at this rate {FULL_POINTS} clicks take {minutes:.0f} min.")
    return notes


def _write_points(folder: Path, tile: Mosaic, layer: str, options: Namespace) -> Path:
    clicks = repeated_clicks(tile, options.side)
    if options.points > len(clicks):
        raise ValueError(f"{options.side} pixels a side hold {len(clicks)} objects, not {options.points}")
    choose = clustered if layer == "clustered" else uniform
    x, y = choose(clicks, options.points, np.random.default_rng(SEED)).T
    path = folder / f"{layer}_{options.side}_{options.points}.gpkg"
    path.unlink(missing_ok=True)
    places = gpd.points_from_xy(TRANSFORM.c + TRANSFORM.a * x, TRANSFORM.f + TRANSFORM.e * y, crs=CRS)
    gpd.GeoDataFrame(geometry=places).to_file(path)
    return path


def clustered(clicks: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, 2) of the clicks (N, 2), in neighbourhoods."""
    return clicks[neighbourhoods(clicks, count, rng)]


def neighbourhoods(clicks: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """(N,) bool: ``count`` of the clicks (N, 2), neighbourhoods of NEIGHBOURHOOD around random ones."""
    taken = np.zeros(len(clicks), bool)
    while (missing := count - int(taken.sum())) > 0:
        free = np.flatnonzero(~taken)
        away = np.abs(clicks[free] - clicks[rng.choice(free)]).max(axis=1)
        taken[free[np.argsort(away)[: min(missing, NEIGHBOURHOOD)]]] = True
    return taken


def uniform(clicks: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, 2) of the clicks (N, 2), each as likely as any other."""
    return clicks[rng.choice(len(clicks), count, replace=False)]


def _child(raster: Path, points: Path, layer: str, settings: str, options: Namespace) -> dict[str, Any]:
    """One arm in a process of its own."""
    files = [str(raster.resolve()), str(points.resolve())]
    command = [sys.executable, "-m", "benchmarks.large_raster", *files, settings]
    command += [options.model, str(options.threads)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return {"layer": layer, "settings": settings, **json.loads(done.stdout)}


def measure(raster: Path, points: Path, settings: str, name: str, threads: int) -> dict[str, Any]:
    """Run one layer in this process."""
    from engine.console import Reporter
    from engine.models.registry import load
    from engine.segmentation import Request, segment
    from engine.writing.output import write_layer

    use_threads(threads)
    config = SegmentConfig(refine=SETTINGS[settings])
    model = load(name, "cpu")
    loaded = memory_mib()
    _warm_up(raster, model, config)
    warm = memory_mib()
    counting = CountingSegmenter(model)
    out = points.with_name(f"{points.stem}_{settings}_segments.gpkg")
    reset_peak()
    start = time.perf_counter()
    result = segment(Request(raster, points), config, Reporter("bench", quiet=True), lambda: counting)
    write_layer(out, result.frame, result.run, overwrite=True)
    seconds = time.perf_counter() - start
    count = len(result.frame)
    return {
        "clicks": count,
        "rejected": result.counts()["rejected"],
        "seconds": rounded(seconds),
        "clicks/s": rounded(count / seconds),
        "encodes": counting.encodes,
        "encodes a click": rounded(counting.encodes / count),
        "network share": rounded(counting.seconds / seconds, 2),
        "loaded MiB": rounded(loaded),
        "peak MiB": rounded(peak_mib() - loaded),
        "peak MiB, warm": rounded(peak_mib() - warm),
    }


def _warm_up(raster: Path, model: Segmenter, config: SegmentConfig) -> None:
    """One click in the middle of the raster."""
    with RasterSource.open(raster) as source:
        middle = np.array([[source.grid.width / 2, source.grid.height / 2]])
        jobs = plan_jobs(prompts_at(middle), source.grid, model.image_size, config.tiles)
        list(run_jobs(jobs, source, model, config))


if __name__ == "__main__":
    _raster, _points, _settings, _model, _threads = sys.argv[1:]
    print(json.dumps(measure(Path(_raster), Path(_points), _settings, _model, int(_threads))))
