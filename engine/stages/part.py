"""Objects that may concern each other, worked through together: outlines as found become neighbours."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from engine import overlay
from engine.config import PolygonConfig
from engine.grid import RasterGrid
from engine.overlay import Shapes
from engine.stages.cleaning import clean_all, remove_overlaps
from engine.stages.ground_frames import ground_frames
from engine.stages.polygons import (
    Polygonal,
    largest_part,
    metrics,
    shape_array,
    simplify,
    to_world,
    valid,
    valid_rows,
)
from engine.stages.right_angles import regularize
from engine.stages.rotated_boxes import rotated_boxes
from engine.stages.snapping import hair, snap

MIN_HOLE_PX2 = 16.0
"""Holes smaller than this many raster pixels are filled."""
MIN_PART_PX2 = 4.0
"""Parts smaller than this many raster pixels are dropped."""
REGULAR_TOLERANCE_PX = 2.5


@dataclass(frozen=True, eq=False)
class Part:
    """Some objects of a layer.

    Attributes:
        shapes: (n,) outlines as found, in raster pixels.
        priority: (n,) of two objects, the one with more keeps a shared area.
        clicks: (m, 2) their positive clicks, in raster pixels.
        owner: (m,) row of each click.
    """

    shapes: Shapes
    priority: NDArray[np.float64]
    clicks: NDArray[np.float64]
    owner: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Shaped:
    """What became of the objects of a part, (n,) each.

    Attributes:
        shapes: polygons in world coordinates, empty where nothing is left.
        measures: (n, 2) area in m² and perimeter in m.
        nothing: whether nothing was there after cleaning.
        small: whether it had less than the minimum area before others took of it; False where overlaps are
            allowed, and of rotated boxes, which are larger than the outlines in them.
        kept: whether a geometry operation failed and left the outline as it was.
        sharing: whether it may share area with others, since none could take them apart.
        reach: (n, 4) bounds, in raster pixels, of all that a row was where it could concern others; NaN
            where it is nothing, or where overlaps are allowed.
    """

    shapes: Shapes
    measures: NDArray[np.float64]
    nothing: NDArray[np.bool_]
    small: NDArray[np.bool_]
    kept: NDArray[np.bool_]
    sharing: NDArray[np.bool_]
    reach: NDArray[np.float64]


@dataclass
class _Troubles:
    """Rows at which geometry operations failed, even repaired."""

    kept: set[int]
    sharing: set[int]


def shaped(
    part: Part, grid: RasterGrid, options: PolygonConfig, neighbours: Sequence[BaseGeometry] = ()
) -> Shaped:
    """The objects of a part clean, disjoint, simplified, snapped to each other, and measured.

    Args:
        neighbours: polygons in world coordinates that stand already: without overlaps, nothing is taken of
            them, and gaps to them are closed.
    """
    troubles, settled = _Troubles(set(), set()), set[int]()
    cleaned = clean_all(part.shapes.tolist(), MIN_HOLE_PX2, MIN_PART_PX2, troubles.kept, settled)
    if options.shape == "largest":
        cleaned = [largest_part(shape) for shape in cleaned]
    small = _small(cleaned, grid, options)
    # What will not be kept would leave a hole in others.
    priority = np.where(small, -np.inf, _priority(cleaned, part))
    shapes, reach = _shaped(cleaned, settled, priority, grid, options, troubles, neighbours)
    count = len(shapes)
    return Shaped(
        shape_array(shapes),
        metrics(shapes, grid.crs_wkt),
        np.array([shape.is_empty for shape in cleaned], dtype=bool),
        small,
        np.isin(np.arange(count), list(troubles.kept)),
        np.isin(np.arange(count), list(troubles.sharing)),
        reach,
    )


def nearest_apart(options: PolygonConfig) -> float:
    """Raster pixels between bounds of objects from which on they do not concern each other.

    Which holds for outlines as found, unless what becomes of them reaches beyond: :attr:`Shaped.reach` says.
    """
    return max(2 * options.simplify_px, reach_of_snapping(options)) + 1.0


def reach_of_snapping(options: PolygonConfig) -> float:
    """Raster pixels between objects at which snapping, or removing overlaps, looks from one to another."""
    return 2.0 * options.snap_px + 0.1 if options.no_overlap else 0.0


def _priority(shapes: Sequence[BaseGeometry], part: Part) -> NDArray[np.float64]:
    """Who keeps a shared area: the higher priority, but one over the click of another yields to all."""
    if not len(part.owner):
        return part.priority
    polygon, click = overlay.pairs(shapely.STRtree(shapely.points(part.clicks)), shapes, "contains")
    intruding = np.unique(polygon[part.owner[click] != polygon])
    yielded = part.priority.copy()
    yielded[intruding] -= 1
    return yielded


def _small(shapes: Sequence[BaseGeometry], grid: RasterGrid, options: PolygonConfig) -> NDArray[np.bool_]:
    """(n,) whether each has less than the minimum area before others take of it; see :attr:`Shaped.small`."""
    if options.min_area_m2 <= 0 or not options.no_overlap or options.shape == "rotated-box":
        return np.zeros(len(shapes), dtype=bool)
    areas = metrics(to_world(shape_array(shapes), grid), grid.crs_wkt)[:, 0]
    return np.asarray(areas < options.min_area_m2)


def _shaped(
    shapes: Sequence[Any],
    settled: set[int],
    priority: NDArray[np.float64],
    grid: RasterGrid,
    options: PolygonConfig,
    troubles: _Troubles,
    neighbours: Sequence[BaseGeometry],
) -> tuple[list[BaseGeometry], NDArray[np.float64]]:
    """Disjoint, simplified, in the wanted shape, in world coordinates; and :attr:`Shaped.reach`.

    Args:
        settled: rows that need no cleaning where nothing is taken off them.
    """
    disjoint = _disjoint(shapes, priority, troubles, settled) if options.no_overlap else list(shapes)
    # Rounding to large coordinates may cross edges that all but touch.
    world: list[Any] = valid_rows(to_world(shape_array(disjoint), grid)).tolist()
    nowhere = np.full((len(world), 4), np.nan)
    if options.shape == "rotated-box":
        return list(rotated_boxes(world, grid.crs_wkt)), nowhere
    tolerance = options.simplify_px * _shortest_side(grid)
    world = simplify(world, tolerance, troubles.kept, may_overlap=not options.no_overlap)
    if options.shape == "right-angled":
        world = _right_angled(world, grid)
    if not options.no_overlap:
        return world, nowhere
    # Neighbours that are no clean coverage are simplified one by one, and may then overlap again.
    fixed = [shape for shape in map(valid, neighbours) if not shape.is_empty]
    apart = _disjoint(world, priority, troubles, (), grid.pixel_size**2, fixed)
    scores = [*priority.tolist(), *[np.inf] * len(fixed)]
    snapped = snap([*apart, *fixed], scores, options.snap_px * _shortest_side(grid), len(fixed))
    done = list(snapped[: len(apart)])
    reach = _around(_bounds_px(world, grid), _bounds_px(done, grid))
    if options.shape == "largest":  # Better neighbours may have cut one in two.
        done = [largest_part(shape) for shape in done]
    return done, reach


def _right_angled(shapes: Sequence[Polygonal], grid: RasterGrid) -> list[Polygonal]:
    frames = ground_frames(shapes, grid.crs_wkt)
    ground = [frame.to_ground(shape) for frame, shape in zip(frames, shapes, strict=True)]
    squared, _ = regularize(ground, REGULAR_TOLERANCE_PX * grid.pixel_size)
    return [frame.to_map(shape) for frame, shape in zip(frames, squared, strict=True)]


def _bounds_px(shapes: Sequence[BaseGeometry], grid: RasterGrid) -> NDArray[np.float64]:
    """(n, 4) bounds of shapes in world coordinates, in raster pixels; NaN of empty ones."""
    pixels = shapely.transform(shape_array(shapes), grid.to_pixel)
    return np.asarray(shapely.bounds(pixels)).reshape(-1, 4)


def _around(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 4) bounds around both."""
    low, high = np.fmin(one[:, :2], other[:, :2]), np.fmax(one[:, 2:], other[:, 2:])
    return np.concatenate([low, high], axis=1)


def _disjoint(
    shapes: Sequence[Any],
    priority: NDArray[np.float64],
    troubles: _Troubles,
    settled: Collection[int],
    pixel_area: float = 1.0,
    fixed: Sequence[Any] = (),
) -> list[Any]:
    """Shapes that share no area, nor any with fixed ones, without the slivers that others leave of them."""
    scores = [*priority.tolist(), *[np.inf] * len(fixed)]
    apart = remove_overlaps([*shapes, *fixed], scores, troubles.sharing)[: len(shapes)]
    rows = [row for row, shape in enumerate(apart) if row not in settled or shape is not shapes[row]]
    kept: set[int] = set()
    for row, shape in zip(
        rows, clean_all([apart[row] for row in rows], 0.0, MIN_PART_PX2 * pixel_area, kept), strict=True
    ):
        apart[row] = shape
    troubles.kept.update(rows[place] for place in kept)
    return apart


def border_hair(grid: RasterGrid, options: PolygonConfig) -> float:
    """How far borders may miss those of ``neighbours``, in units of the CRS; 0 where none are shared."""
    width = options.snap_px * _shortest_side(grid)
    return hair(width) if width > 0 and options.no_overlap else 0.0


def _shortest_side(grid: RasterGrid) -> float:
    """Ground length of the shortest step of one pixel, so that no outline moves by more pixels than asked."""
    t = grid.transform
    return float(np.linalg.svd([[t.a, t.b], [t.d, t.e]], compute_uv=False)[-1])
