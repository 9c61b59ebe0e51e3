"""A large mosaic from the files to the layer by default settings, and its polygons at the seams of tiles.

The run is the command's own, so what is done outlives a stop: the same call again continues it.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
import zlib
from argparse import ArgumentParser, Namespace
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from benchmarks.large_raster import neighbourhoods
from benchmarks.layers import (
    CRS,
    TRANSFORM,
    Mosaic,
    cells,
    mosaic,
    repeated_at,
    scenes_of,
    write_mosaic,
)
from benchmarks.machine import facts
from benchmarks.seams import Agreement, draw
from benchmarks.table import Table, rounded
from engine.files import written_whole
from engine.schema import SEGMENTS
from engine.stages.polygons import valid
from engine.writing.shards import folder_of
from training.memory import MIB

TITLE = "A mosaic end to end, and the seams of its tiles"
ABOUT = (
    "The command `segment`, default settings, on a tiled, compressed RGB raster of generated scenes that "
    "repeat mirrored, with clicks in neighbourhoods of 100. The tile in which a click is most central "
    "answers it. Objects `on a seam` lie on the line between two such tiles; those `on a middle` lie on a "
    "line through the middle of tiles, where nothing can go wrong, so the two should agree. `cut`: the "
    "polygon holds at least half of the object on one side of that line, but less than a tenth on the "
    "other. `doubled`: two polygons each hold at least a quarter of the object."
)
SIDE, OBJECTS, SCENES, PICTURES = 40_000, 20_000, 400, 12
DOMAINS = ("roofs", "vehicles", "trees", "fields", "panels", "courts", "harbour", "mixed")
SEED = 29
ROOT = Path(__file__).resolve().parents[1]


def add_options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("mosaic")
    group.add_argument("--mosaic-side", type=int, default=SIDE, help=f"in pixels (default: {SIDE})")
    group.add_argument("--mosaic-objects", type=int, default=OBJECTS, help=f"clicks (default: {OBJECTS})")
    group.add_argument("--mosaic-scenes", type=int, default=SCENES, help=f"a square (default: {SCENES})")
    group.add_argument("--mosaic-pictures", type=int, default=PICTURES, help=f"(default: {PICTURES})")


def run(options: Namespace) -> Table:
    """Make the files that are not there yet, run the command or continue it, and compare with the truth."""
    machine = facts(options.threads)
    raster, points, truth = _files(options)
    out = points.with_name(f"{points.stem}_segments.gpkg")
    notes = _segmented(raster, points, out, options)
    true = gpd.read_file(truth)
    answers = gpd.read_file(out, layer=SEGMENTS).set_index("object_id").geometry.reindex(true["object_id"])
    agreement = Agreement(_pixels(answers.to_numpy()), _pixels(true.geometry.to_numpy()))
    pictures = options.out / "seams"
    draw(raster, agreement, pictures, np.random.default_rng(SEED), options.mosaic_pictures)
    notes.append(f"Pictures of objects on seams are in the folder `{pictures.name}` beside the tables.")
    settings = {
        "model": options.model,
        "side": options.mosaic_side,
        "scenes": options.mosaic_scenes,
        "raster_MiB": raster.stat().st_size // MIB,
    }
    return Table("mosaic", TITLE, ABOUT, agreement.rows(), notes, settings, machine)


def _files(options: Namespace) -> tuple[Path, Path, Path]:
    """Raster, clicks and true outlines; files that stand are kept, so that a run can be continued."""
    folder = options.out / "rasters"
    tile = mosaic(scenes_of(DOMAINS, options.mosaic_scenes, 15, 100, SEED))
    name = f"mosaic_{options.mosaic_side}_{zlib.crc32(tile.image.tobytes()):08x}"
    raster = folder / f"{name}.tif"
    if not raster.exists():
        write_mosaic(raster, tile, options.mosaic_side)
    points, truth = (folder / f"{name}_{options.mosaic_objects}_{what}.gpkg" for what in ("clicks", "true"))
    if not (points.exists() and truth.exists()):
        _write_layers(points, truth, tile, options.mosaic_side, options.mosaic_objects)
    return raster, points, truth


def _write_layers(points: Path, truth: Path, tile: Mosaic, side: int, count: int) -> None:
    """Clicks in neighbourhoods, and the outlines of their objects as far as the raster shows them."""
    places = list(cells(tile, side))
    clicks = np.concatenate([repeated_at(tile, tile.clicks, cell) for cell in places])
    inside = np.flatnonzero((clicks < side).all(axis=1))
    rows = inside[neighbourhoods(clicks[inside], count, np.random.default_rng(SEED))]
    outlines, parts = tile.outlines(), []
    for number, cell in enumerate(places):
        here = rows[rows // len(outlines) == number] % len(outlines)
        parts.append(shapely.transform(outlines[here], partial(_repeated, tile, cell)))
    shown = shapely.intersection(np.concatenate(parts), shapely.box(0, 0, side, side))
    for path, shapes in ((truth, shown), (points, shapely.points(clicks[rows]))):
        placed = shapely.transform(shapes, lambda xy: xy * (TRANSFORM.a, TRANSFORM.e) + _ORIGIN)
        with written_whole(path) as part:
            ids = {"object_id": np.arange(1, count + 1)}
            gpd.GeoDataFrame(ids, geometry=placed, crs=CRS).to_file(part, layer=path.stem)


def _repeated(tile: Mosaic, cell: tuple[int, int], xy: np.ndarray) -> np.ndarray:
    return repeated_at(tile, xy, cell)


_ORIGIN = np.array([TRANSFORM.c, TRANSFORM.f])


def _pixels(shapes: np.ndarray) -> np.ndarray:
    """Geometries in raster pixels; what is missing is empty."""
    whole = np.where(shapely.is_missing(shapes), shapely.Polygon(), shapes)
    placed = shapely.transform(whole, lambda xy: (xy - _ORIGIN) / (TRANSFORM.a, TRANSFORM.e))
    return np.array([valid(shape) for shape in placed])


def _segmented(raster: Path, points: Path, out: Path, options: Namespace) -> list[str]:
    """Run the command, or continue it; what it took."""
    there = folder_of(out).exists()
    words = [
        "--raster",
        raster,
        "--points",
        points,
        "--out",
        out,
        "--model",
        options.model,
        "--device",
        "cpu",
    ]
    words += ["--threads", options.threads, "--resume" if there else "--overwrite"]
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "engine.segment", *map(str, words)], cwd=ROOT, check=True)
    seconds, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    each = f"{rounded(1000 * processor / options.mosaic_objects)} ms of a processor an object, "
    return [
        f"The command took {seconds:.0f} s, {processor:.0f} s of a processor, "
        + ("the last part of a run that was continued, " if there else each)
        + f"and at most {peak:.0f} MiB in all."
    ]
