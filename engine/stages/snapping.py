"""Neighbours that share their border: where two polygons meet, one edge serves both.

A gap between two polygons that is narrower than a given width goes to the worse of them, so that the better
one's outline is the border of both. Last, all borders of polygons that touch are made to match vertex for
vertex, so that they are a coverage: no slivers, no hair cracks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
import shapely
from numpy.typing import NDArray

from engine import overlay
from engine.overlay import Shapes
from engine.stages.cleaning import ranks, remove_overlaps, rounds
from engine.stages.polygons import (
    Polygonal,
    gather,
    neighbours,
    parts_of,
    shape_array,
    sound,
    valid,
)

_MITRE_LIMIT = 2.0
"""Pointed corners must not reach out to what is farther away than the width."""
_FINE = 1024
"""Borders are matched on a grid that much finer than the width: hair cracks close, and nothing else moves."""
_WANDER = 32
"""Grid cells that outlines may wander by when borders are matched; more is a wrong answer."""
_NEAR = 4
"""Grid cells by which rounding may part two that touch, or that are too near for a gap to be filled."""
_PASSES = 2
"""What grows in the first may come near to another."""


def snap(
    geoms: Sequence[Polygonal], scores: Sequence[float] | NDArray[np.float64], width: float, fixed: int = 0
) -> list[Polygonal]:
    """Polygons whose gaps of up to ``width`` are closed, and whose common borders match.

    Args:
        geoms: polygons that share no area; empty ones stay so.
        scores: one each; of two neighbours the worse one grows, the later on a tie.
        width: in units of the geometry; 0 changes nothing.
        fixed: that many polygons at the end stay as they are, to the bit, whatever their score.

    Returns:
        Valid polygons that share no area. One that GEOS cannot grow stays as it was, and so do all of a group
        whose borders GEOS cannot match.
    """
    result = shape_array(geoms)
    if width <= 0 or len(result) < 2:
        return list(geoms)
    rank = ranks(scores)
    moving = np.arange(len(result)) < len(result) - fixed
    rank[~moving] -= len(result)
    grid = _grid(width)
    for _ in range(_PASSES):
        before = result.copy()
        _close_gaps(result, rank, moving, width, grid)
        if all(one is other for one, other in zip(before, result, strict=True)):
            break
    for group in neighbours(result, _NEAR * grid):
        # What is fixed takes no further vertex.
        if len(group) > 1 and moving[group].all():
            ordered = sorted(group, key=lambda i: int(rank[i]))
            matched = _guarded_match(result[ordered], grid)
            result[ordered] = [geoms[i] for i in ordered] if matched is None else matched
    if fixed:
        # Growing rounds to the grid, so that hairs of what is fixed may be taken.
        result[moving] = shape_array(remove_overlaps(result.tolist(), -rank))[moving]
    snapped: list[Polygonal] = result.tolist()
    return snapped


def hair(width: float) -> float:
    """How far a border that comes to a fixed one may miss it, for a width above 0."""
    return 2 * _grid(width)


def _grid(width: float) -> float:
    return 2.0 ** math.floor(math.log2(width / _FINE))


def _close_gaps(
    result: Shapes, rank: NDArray[np.int64], moving: NDArray[np.bool_], width: float, grid: float
) -> None:
    """Let each grow over the gaps to better neighbours, in place; the best first."""
    tree = shapely.STRtree(result)
    around: dict[int, list[int]] = {}
    # At a pointed corner it may grow that far.
    for i, other in np.column_stack(
        overlay.pairs(tree, result, "dwithin", distance=_MITRE_LIMIT * width)
    ).tolist():
        around.setdefault(i, []).append(other)
    left, right = overlay.pairs(tree, result, "dwithin", distance=width)
    worse = (rank[right] < rank[left]) & moving[left]
    for rows, better in rounds(left[worse], right[worse], rank):
        for row, some in zip(rows.tolist(), better, strict=True):
            # In an order that other objects, far away, do not change.
            others = sorted(k for k in around[row] if k != row and k not in some)
            shapes = [result[k] for k in (row, *some, *others)]
            grow = partial(_grown, count=len(some), width=width, grid=grid)
            shape = overlay.attempt(lambda *versions, grow=grow: grow(versions), *shapes)
            if shape is not None and sound(shape):
                result[row] = shape


def _grown(shapes: Sequence[Polygonal], count: int, width: float, grid: float) -> Polygonal:
    """The first shape with the gaps to the next ``count`` closed, and nothing of the others taken.

    Raises:
        ArithmeticError: areas do not add up.
    """
    shape, better, others = shapes[0], shapes[1 : 1 + count], shapes[1 + count :]
    reach = shapely.box(*shapely.bounds(shape) + np.array([-2, -2, 2, 2]) * width)
    near = shapely.union_all([shapely.intersection(other, reach) for other in better])
    both = shapely.union(shape, near)
    # What is farther away belongs to a gap that others have left.
    within = shapely.buffer(shape, width, join_style="mitre", mitre_limit=_MITRE_LIMIT)
    filled = shapely.intersection(_closed(both, width / 2 + grid), within)
    rest = shapely.difference(filled, both)
    pieces = [
        piece
        for piece in parts_of(rest)
        if piece.area > grid * piece.length and piece.dwithin(shape, grid) and piece.dwithin(near, grid)
    ]
    if others and pieces:
        taken = shapely.union_all(list(others))
        left = [part for piece in pieces for part in parts_of(shapely.difference(piece, taken))]
        pieces = [part for part in left if part.area > grid * part.length and part.dwithin(shape, grid)]
    if not pieces:
        return shape
    whole = valid(shapely.union_all([shape, *pieces], grid_size=grid))
    # A piece that hangs on at a corner alone stays out.
    kernels = [part.representative_point() for part in parts_of(shape)]
    grown = gather(part for part in parts_of(whole) if any(part.dwithin(kernel, 0) for kernel in kernels))
    most = shape.area + sum(piece.area for piece in pieces)
    slack = grid * (grown.length + shape.length)
    if not shape.area - slack <= grown.area <= most + slack:
        raise ArithmeticError("a polygon and what it grows by do not add up")
    return grown


def _guarded_match(shapes: Shapes, grid: float) -> Shapes | None:
    """See :func:`_matched`; None if GEOS cannot."""
    try:
        return _matched(shapes, grid)
    except overlay.FAILURES:
        return None


def _matched(shapes: Shapes, grid: float) -> Shapes:
    """The same shapes, those first in order keeping what two claim, as faces of one net of borders.

    Raises:
        ArithmeticError: areas do not add up.
    """
    net = shapely.union_all(shapely.boundary(_drawn_together(shapes, _NEAR * grid)), grid_size=grid)
    faces = shapely.get_parts(shapely.polygonize([net]))
    kernels = shapely.point_on_surface(faces)
    owners, hits = shapely.STRtree(kernels).query(shapes, predicate="contains")
    first = np.full(len(faces), len(shapes))
    np.minimum.at(first, hits, owners)
    found = shape_array([valid(shapely.coverage_union_all(faces[first == i])) for i in range(len(shapes))])
    wrong = np.abs(shapely.area(found) - shapely.area(shapes)) > _WANDER * grid * shapely.length(shapes)
    if wrong.any() or not shapely.coverage_is_valid(found):
        raise ArithmeticError("borders that were made to match do not")
    return found


def _drawn_together(shapes: Shapes, near: float) -> Shapes:
    """The same shapes with their corners and edges at corners of others that are so near."""
    drawn = shapes.copy()
    rows, others = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=near)
    for row in np.unique(rows[rows != others]).tolist():
        beside = drawn[others[(rows == row) & (others != row)]]
        corners = shapely.multipoints(shapely.get_coordinates(beside))
        shape = valid(shapely.snap(drawn[row], corners, near))
        if not shape.is_empty:
            drawn[row] = shape
    return drawn


def _closed(shape: Polygonal, radius: float) -> Polygonal:
    """Morphological closing: what is narrower than twice the radius is filled."""
    wide = shapely.buffer(shape, radius, join_style="mitre", mitre_limit=_MITRE_LIMIT)
    return shapely.buffer(wide, -radius, join_style="mitre", mitre_limit=_MITRE_LIMIT)
