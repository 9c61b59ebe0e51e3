"""What putting the segments of a dense layer together costs, beside buffering each object twice."""

from __future__ import annotations

import math
import os
import statistics
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import shapely
import torch
from affine import Affine
from rasterio.crs import CRS

from benchmarks.layers import CRS as EPSG
from benchmarks.layers import TRANSFORM, Mosaic, mosaic, prompts_at, scenes_of
from benchmarks.machine import facts
from benchmarks.table import Table, rounded
from engine.config import PolygonConfig
from engine.grid import RasterGrid
from engine.reading.points import PromptSet
from engine.stages.layer import Provenance, assemble, assemble_in_parts
from engine.stages.pipeline import Segment
from engine.stages.polygons import trace

TITLE = "Assembly"
ABOUT = (
    "Outlines as a model finds them go through `assemble`: cleaned, without overlaps, simplified together, "
    "in world coordinates, measured. They are the objects of generated scenes, blurred and a little too "
    "large, so that close neighbours overlap; the scenes repeat until there are enough. `twice buffered` is "
    "what shapely takes to buffer the same outlines inwards and outwards once, in one call on an array each. "
    "All take turns; medians of processor time, one thread. `ratio` is to `twice buffered`. `gaps left` is "
    "`--snap-px 0`; what `default` takes more is the cost of borders that neighbours share."
)
ARMS = {
    "gaps left": PolygonConfig(snap_px=0),
    "default": PolygonConfig(),
    "overlaps allowed": PolygonConfig(no_overlap=False),
}
DOMAINS = ("vehicles", "roofs", "quarters", "fields")
MOSAIC_SCENES = 16
SEED = 17
BLUR_PX, LEVEL = 2.0, 0.42
"""Sigma of the blur, and where the outline is drawn: below a half, objects are too large."""
MARGIN_PX = 8
CELL_PX = 2
"""Outlines come from a grid that is coarser than the pixels, as a model's masks are."""
RADIUS_PX = 0.25
TARGET = 1.5
_NOBODY = Provenance("none", None, 0.5)


def add_options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("assembly")
    group.add_argument("--assembled", type=int, default=4000, help="objects of the layer (default: 4000)")
    group.add_argument("--rounds", type=int, default=5, help="times that each arm is measured (default: 5)")


def run(options: Namespace) -> Table:
    """Measure all arms by turns, in this process."""
    machine = facts(1)
    segments, prompts, grid = dense_layer(options.assembled)
    outlines = np.array([segment.geometry for segment in segments])
    work: dict[str, Callable[[], object]] = {"twice buffered": lambda: buffered_twice(outlines)}
    for name, config in ARMS.items():
        work[name] = lambda config=config: assembled(segments, prompts, grid, config)
    seconds = medians(work, options.rounds)
    base = seconds["twice buffered"]
    rows = [
        {
            "arm": name,
            "objects": len(segments),
            "ms an object": rounded(1000 * spent / len(segments)),
            "ratio": rounded(spent / base),
        }
        for name, spent in seconds.items()
    ]
    vertices = int(shapely.get_num_coordinates(outlines).mean())
    settings = {"rounds": options.rounds, "vertices_an_object": vertices}
    ratio = {str(row["arm"]): row["ratio"] for row in rows}
    notes = [
        f"Target: at most {TARGET} times buffering each object twice, gaps left: {ratio['gaps left']}.",
        _threads_note(segments, prompts, grid, options.rounds),
    ]
    return Table("assembly", TITLE, ABOUT, rows, notes, settings, machine)


def _threads_note(segments: list[Segment], prompts: PromptSet, grid: RasterGrid, rounds: int) -> str:
    """How much faster all cores are than one, by the clock, which needs a quiet machine."""
    cores = os.cpu_count() or 1
    taken: dict[int, list[float]] = {1: [], cores: []}
    for _ in range(rounds):
        for threads, times in taken.items():
            torch.set_num_threads(threads)
            start = time.perf_counter()
            assemble_in_parts(segments, prompts, grid, PolygonConfig(), _NOBODY)
            times.append(time.perf_counter() - start)
    torch.set_num_threads(1)
    one, all_of_them = (statistics.median(times) for times in taken.values())
    faster = rounded(one / all_of_them)
    return f"In parts and on {cores} threads, `default` is {faster} times as fast as on one."


def medians(work: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median processor seconds of each piece of work; they take turns, after a round that does not count."""
    found: dict[str, list[float]] = {name: [] for name in work}
    for number in range(rounds + 1):
        for name, piece in work.items():
            start = time.process_time()
            piece()
            if number:
                found[name].append(time.process_time() - start)
    return {name: statistics.median(times) for name, times in found.items()}


def buffered_twice(outlines: np.ndarray) -> np.ndarray:
    """The morphological opening of each outline, without anything around it."""
    inside = shapely.buffer(outlines, -RADIUS_PX, join_style="mitre")
    return shapely.buffer(inside, RADIUS_PX, join_style="mitre")


def assembled(segments: list[Segment], prompts: PromptSet, grid: RasterGrid, config: PolygonConfig) -> Any:
    """The layer of these segments."""
    return assemble(segments, prompts, grid, config, _NOBODY)


def dense_layer(count: int) -> tuple[list[Segment], PromptSet, RasterGrid]:
    """Segments of ``count`` objects side by side, one click on each, and the raster they lie on."""
    tile = mosaic(scenes_of(DOMAINS, MOSAIC_SCENES, 10, 400, SEED))
    outlines = rough_outlines(tile, count)
    copies = math.ceil(count / len(tile.clicks))
    columns = math.ceil(math.sqrt(copies))
    span = len(tile.image)
    shapes, clicks = [], []
    for copy in range(copies):
        offset = np.array([copy % columns, copy // columns]) * span
        shapes.append(shapely.transform(outlines, lambda xy, offset=offset: xy + offset))
        clicks.append(tile.clicks + offset)
    scores = np.random.default_rng(SEED).uniform(0.4, 1, count)
    found = zip(np.concatenate(shapes)[:count], scores.tolist(), strict=True)
    segments = [
        Segment(k, shape, score, 0.9, 0.1, 0, False, score) for k, (shape, score) in enumerate(found, 1)
    ]
    prompts = PromptSet(tuple(prompts_at(np.concatenate(clicks)[:count])), (), (), ())
    side = columns * span
    return segments, prompts, RasterGrid(side, side, TRANSFORM, CRS.from_user_input(EPSG))


def rough_outlines(tile: Mosaic, most: int) -> np.ndarray:
    """(N,) outlines of the mosaic's first objects as a model might draw them, in pixels of the mosaic."""
    return np.array([_rough(tile.instances, k) for k in range(1, min(most, len(tile.clicks)) + 1)])


def _rough(instances: np.ndarray, number: int) -> Any:
    rows, columns = np.nonzero(instances == number)
    top, left = max(rows.min() - MARGIN_PX, 0), max(columns.min() - MARGIN_PX, 0)
    own = instances[top : rows.max() + MARGIN_PX + 1, left : columns.max() + MARGIN_PX + 1] == number
    soft = cv2.GaussianBlur(own.astype(np.float32), (0, 0), BLUR_PX)
    cells = tuple(-(-side // CELL_PX) for side in soft.shape)
    coarse = cv2.resize(soft, cells[::-1], interpolation=cv2.INTER_AREA)
    scale = Affine.scale(soft.shape[1] / cells[1], soft.shape[0] / cells[0])
    return trace(coarse - LEVEL, Affine.translation(left, top) @ scale)
