"""Neighbours that share their border: where two polygons meet, one edge serves both.

A gap between two polygons that is narrower than a given width goes to the worse of them, so that the better
one's outline is the border of both. Last, all borders of polygons that touch are made to match vertex for
vertex, so that they are a coverage: no slivers, no hair cracks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from engine import overlay
from engine.overlay import Shapes
from engine.stages.cleaning import AT_ONCE, ranks, remove_overlaps, rounds
from engine.stages.polygons import (
    Polygonal,
    gather,
    is_polygon,
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
    gaps: dict[int, _Gaps] = {}
    for _ in range(_PASSES):
        before = result.copy()
        _close_gaps(result, rank, moving, width, grid, gaps)
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
    result: Shapes,
    rank: NDArray[np.int64],
    moving: NDArray[np.bool_],
    width: float,
    grid: float,
    gaps: dict[int, _Gaps],
) -> None:
    """Let each grow over the gaps to better neighbours, in place; the best first.

    Args:
        gaps: what was found of each row before, and gets what is found: it holds while the shapes stay.
    """
    # At a pointed corner it may grow that far.
    around = _beside(result, _MITRE_LIMIT * width)
    left, right = overlay.pairs_once(result, partial(shapely.dwithin, distance=width), width)
    grows = moving[np.where(rank[right] < rank[left], left, right)]
    for rows, better in rounds(left[grows], right[grows], rank):
        between = {row: [result[k] for k in (row, *some)] for row, some in zip(rows, better, strict=True)}
        new = [row for row, shapes in between.items() if row not in gaps or not gaps[row].are_of(shapes)]
        found = _gaps_of([between[row] for row in new], width, grid)
        gaps.update(zip(new, found, strict=True))
        for row, some in zip(rows, better, strict=True):
            if gaps[row].pieces != []:
                # In an order that other objects, far away, do not change.
                others = [result[k] for k in sorted(set(around[row]) - set(some))]
                result[row] = _grown(gaps[row], others, width, grid)


def _beside(shapes: Shapes, distance: float) -> dict[int, list[int]]:
    """The others that are so near to each row; rows without any are left out."""
    beside: dict[int, list[int]] = {}
    near = overlay.pairs_once(shapes, partial(shapely.dwithin, distance=distance), distance)
    for one, other in np.column_stack(near).tolist():
        beside.setdefault(one, []).append(other)
        beside.setdefault(other, []).append(one)
    return beside


@dataclass(frozen=True, eq=False)
class _Gaps:
    """The narrow gaps between a shape and better ones.

    Attributes:
        between: the shape, and the better ones by rank.
        pieces: of the gaps, what the shape may grow by; None if GEOS cannot tell for shapes as they are.
    """

    between: Sequence[Polygonal]
    pieces: list[Polygon] | None

    def are_of(self, shapes: Sequence[Polygonal]) -> bool:
        """Whether they are between these very shapes."""
        same_length = len(shapes) == len(self.between)
        return same_length and all(one is other for one, other in zip(shapes, self.between, strict=True))


def _gaps_of(between: Sequence[Sequence[Polygonal]], width: float, grid: float) -> list[_Gaps]:
    """The gaps between the first shape and the others, of each."""
    rows = [row for row, shapes in enumerate(between) if len(shapes) <= AT_ONCE]
    table = np.full((len(rows), max((len(between[row]) for row in rows), default=2)), None, dtype=object)
    for place, row in enumerate(rows):
        table[place, : len(between[row])] = between[row]
    found, done = overlay.attempt_rows(lambda some: _pieces(some[:, 0], some[:, 1:], width, grid), table)
    pieces: dict[int, list[Polygon]] = {rows[place]: found[place] for place in np.flatnonzero(done)}
    return [_Gaps(shapes, pieces.get(row)) for row, shapes in enumerate(between)]


def _pieces(shapes: Shapes, better: Shapes, width: float, grid: float) -> NDArray[np.object_]:
    """(n,) lists of what is narrow between each shape and better ones, (n, k), and joins them."""
    bounds = shapely.bounds(shapes) + np.array([-2, -2, 2, 2]) * width
    near = shapely.union_all(shapely.intersection(better, shapely.box(*bounds.T)[:, None]), axis=1)
    both = shapely.union(shapes, near)
    # What is farther away belongs to a gap that others have left.
    within = shapely.buffer(shapes, width, join_style="mitre", mitre_limit=_MITRE_LIMIT)
    filled = shapely.intersection(_closed(both, width / 2 + grid), within)
    rest = shapely.difference(filled, both)
    parts, owners = shapely.get_parts(rest, return_index=True)
    pieces, nested = shapely.get_parts(parts, return_index=True)
    wide = is_polygon(pieces) & (shapely.area(pieces) > grid * shapely.length(pieces))
    pieces, owners = pieces[wide], owners[nested[wide]]
    joins = shapely.dwithin(pieces, shapes[owners], grid) & shapely.dwithin(pieces, near[owners], grid)
    pieces, owners = pieces[joins], owners[joins]
    ends = np.searchsorted(owners, np.arange(1, len(shapes)))
    found = np.empty(len(shapes), dtype=object)
    found[:] = [some.tolist() for some in np.split(pieces, ends)]
    return found


def _grown(gaps: _Gaps, others: Sequence[Polygonal], width: float, grid: float) -> Polygonal:
    """The shape with its gaps closed, and nothing of the others taken; as it is where GEOS cannot."""
    shape, count = gaps.between[0], len(gaps.between)
    grown: BaseGeometry | None = None
    if gaps.pieces is not None:
        with suppress(*overlay.FAILURES):
            grown = _with_pieces(shape, gaps.pieces, others, grid)
    if grown is None:

        def grow(*versions: Polygonal) -> Polygonal:
            better = shape_array(versions[1:count])[None]
            pieces = _pieces(shape_array(versions[:1]), better, width, grid)[0]
            return _with_pieces(versions[0], pieces, versions[count:], grid)

        grown = overlay.attempt(grow, *gaps.between, *others)
    return shape if grown is None or not sound(grown) else grown


def _with_pieces(
    shape: Polygonal, pieces: Sequence[Polygon], others: Sequence[Polygonal], grid: float
) -> Polygonal:
    """The shape and the pieces beside it, less what others have of these.

    Raises:
        ArithmeticError: areas do not add up.
    """
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
        # To their corners: of what it snaps to, GEOS takes the vertices alone.
        shape = valid(shapely.snap(drawn[row], shapely.geometrycollections(beside), near))
        if not shape.is_empty:
            drawn[row] = shape
    return drawn


def _closed(shape: Shapes, radius: float) -> Shapes:
    """Morphological closing: what is narrower than twice the radius is filled."""
    wide = shapely.buffer(shape, radius, join_style="mitre", mitre_limit=_MITRE_LIMIT)
    return shapely.buffer(wide, -radius, join_style="mitre", mitre_limit=_MITRE_LIMIT)
