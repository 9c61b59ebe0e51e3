"""Whether memory stays flat, and time a straight line, as points and rasters grow.

Each arm is a process of its own (``python -m benchmarks.flat RASTER POINTS OUT NETWORK THREADS``), so that
its peak is that of everything: Python, torch, the model, and the run from the files to the layer on disk.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.windows import Window

from benchmarks.layers import BLOCK, CRS, SCENE, TRANSFORM, deepest, scenes_of
from benchmarks.machine import facts, use_threads
from benchmarks.table import Table, rounded
from engine.config import SegmentConfig
from engine.models.base import Segmenter
from engine.stages.pipeline import Job, Reader, Segment
from training.memory import peak_mib

TITLE = "Memory, flat in points and in pixels"
ABOUT = (
    "The command `segment` from the files to a GeoPackage, default settings. `points`: ever more clicks, 50 "
    "to a tile, on rasters that grow with them; the network is replaced by a stand-in that reads each tile "
    "and answers each click with a disc, so that all the rest is measured: points, jobs, shards, assembly, "
    "writing. `pixels`: the same clicks with `nano` on ever larger rasters, sparse GeoTIFFs in which only "
    "scenes with objects are filled. `peak MiB` is the most resident memory of the whole process."
)
POINTS = (1000, 10_000, 100_000, 1_000_000)
SIDES = (10_000, 31_623, 100_000, 316_228)
"""10⁸ to 10¹¹ pixels."""
A_TILE = 50
SCENES = 10
DOMAIN = "vehicles"
RADIUS_PX = (3.0, 8.0)
CORNERS = 24
SEED = 23
TARGET_MIB = 2048
ROOT = Path(__file__).resolve().parents[1]


def add_options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("flat")
    group.add_argument("--flat-points", type=int, nargs="*", default=list(POINTS), metavar="N")
    group.add_argument("--flat-sides", type=int, nargs="*", default=list(SIDES), metavar="PX")
    group.add_argument("--flat-scenes", type=int, default=SCENES, help=f"scenes (default: {SCENES})")


def run(options: Namespace) -> Table:
    """Make the files of each arm, then measure it in a fresh process."""
    machine = facts(options.threads)
    folder = options.out / "rasters"
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for count in options.flat_points:
        side = math.ceil(math.sqrt(count / A_TILE) * SCENE)
        files = sparse_raster(folder, side), scattered(folder, side, count)
        rows.append(
            {"grows": "points", "network": "stand-in", "pixels": _power(side), **_child(files, options)}
        )
    for side in options.flat_sides:
        files = filled_raster(folder, side, options.flat_scenes)
        row = _child(files, options, options.model)
        rows.append({"grows": "pixels", "network": options.model, "pixels": _power(side), **row})
    highest = max(float(row["peak MiB"]) for row in rows)
    notes = [f"Target: at most {TARGET_MIB} MiB in all; highest peak {highest:.0f} MiB."]
    return Table("flat", TITLE, ABOUT, rows, notes, {"points_a_tile": A_TILE}, machine)


def _power(side: int) -> str:
    return f"{side**2:.1e}"


def _child(files: tuple[Path, Path], options: Namespace, network: str = "stand-in") -> dict[str, Any]:
    """One arm in a process of its own."""
    raster, points = (str(file.resolve()) for file in files)
    out = str((options.out / "rasters" / "flat_segments.gpkg").resolve())
    command = [sys.executable, "-m", "benchmarks.flat", raster, points, out, network, str(options.threads)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def sparse_raster(folder: Path, side: int) -> Path:
    """A square raster without any filled block."""
    path = folder / f"sparse_{side}.tif"
    path.unlink(missing_ok=True)
    options = {"tiled": True, "blockxsize": BLOCK, "blockysize": BLOCK, "SPARSE_OK": True, "BIGTIFF": "YES"}
    size = {"width": side, "height": side, "count": 3, "dtype": "uint8", "photometric": "RGB"}
    with rasterio.open(path, "w", driver="GTiff", crs=CRS, transform=TRANSFORM, **size, **options):
        return path


def scattered(folder: Path, side: int, count: int) -> Path:
    """A layer of ``count`` clicks anywhere on a raster."""
    return write_points(
        folder / f"scattered_{count}.gpkg", np.random.default_rng(SEED).random((count, 2)) * side
    )


def filled_raster(folder: Path, side: int, scenes: int) -> tuple[Path, Path]:
    """A sparse raster with scenes on its diagonal, and a layer with a click on each of their objects."""
    path, clicks = sparse_raster(folder, side), []
    with rasterio.open(path, "r+") as file:
        blocks = np.linspace(0, side // BLOCK - 1, scenes).astype(int) * BLOCK
        for corner, scene in zip(blocks.tolist(), scenes_of((DOMAIN,), scenes, 10, 100, SEED), strict=True):
            file.write(np.moveaxis(scene.image, -1, 0), window=Window(corner, corner, SCENE, SCENE))
            clicks.append(deepest(scene.instances, len(scene.classes)) + corner)
    return path, write_points(folder / f"on_scenes_{side}.gpkg", np.concatenate(clicks))


def write_points(path: Path, pixels: np.ndarray) -> Path:
    """A layer with a click at each of (N, 2) places of a raster, and two fields."""
    path.unlink(missing_ok=True)
    x, y = pixels.T
    places = gpd.points_from_xy(TRANSFORM.c + TRANSFORM.a * x, TRANSFORM.f + TRANSFORM.e * y, crs=CRS)
    fields = {"number": np.arange(len(pixels)), "class": np.where(x > y, "east", "west")}
    gpd.GeoDataFrame(fields, geometry=places).to_file(path)
    return path


def discs(job: Job, reader: Reader, model: Segmenter, config: SegmentConfig) -> list[Segment]:
    """In place of :func:`engine.stages.pipeline.run_job`: the tile is read, and each click gets a disc."""
    reader.read(job.tile)
    ids = np.array([prompt.prompt_id for prompt in job.own])
    drawn = np.random.default_rng((SEED, int(ids[0]))).random((len(ids), 2))
    angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    radius = RADIUS_PX[0] + drawn[:, :1] * (RADIUS_PX[1] - RADIUS_PX[0])
    rings = radius[..., None] * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    shapes = shapely.polygons(rings + np.stack([prompt.anchor for prompt in job.own])[:, None])
    return [
        Segment(number, shape, score, 0.9, 0.1, 0, False, score)
        for number, shape, score in zip(ids.tolist(), shapes, drawn[:, 1].tolist(), strict=True)
    ]


def measure(raster: str, points: str, out: str, network: str, threads: int) -> dict[str, Any]:
    """Run the command line in this process."""
    from engine import segment, tile_work

    use_threads(threads)
    words = [
        "--raster",
        raster,
        "--points",
        points,
        "--out",
        out,
        "--overwrite",
        "--quiet",
        "--device",
        "cpu",
    ]
    if network == "stand-in":
        tile_work.run_job = discs
    else:
        words += ["--model", network]
    start, used = time.perf_counter(), time.process_time()
    code = segment.main([*words, "--threads", str(threads)])
    seconds, processor = time.perf_counter() - start, time.process_time() - used
    if code:
        raise RuntimeError(f"segment ended with {code}")
    count = len(gpd.read_file(points, ignore_geometry=True, columns=["number"]))
    return {
        "points": count,
        "seconds": rounded(seconds),
        "processor s": rounded(processor),
        "ms a point": rounded(1000 * processor / count),
        "peak MiB": rounded(peak_mib(), 4),
    }


if __name__ == "__main__":
    _raster, _points, _out, _network, _threads = sys.argv[1:]
    print(json.dumps(measure(_raster, _points, _out, _network, int(_threads))))
