"""Polygons cleaned, and taken apart where they share area.

Arrays of geometries go through each step together; rows at which GEOS raises or answers wrongly go through
the guarded operations of :mod:`engine.overlay` one by one. A row's answer is the same either way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from engine import overlay
from engine.overlay import Shapes
from engine.stages.polygons import (
    NODING_BITS,
    Polygonal,
    gather,
    is_polygon,
    parts_of,
    shape_array,
    valid,
    valid_rows,
)

_THICK = 8
"""What an opening removes is nowhere thicker than twice its radius, with pointed corners a little more."""
_BEYOND = 1.01
"""An opening grows back a little further, so that rounding leaves no hair of the outline outside."""
AT_ONCE = 16
"""Neighbours of an object that shares arrays with others; who has more is alone, so that they stay small."""


def clean(geom: BaseGeometry, min_hole_area: float, min_part_area: float) -> Polygonal:
    """One geometry as :func:`clean_all` cleans it."""
    return clean_all([geom], min_hole_area, min_part_area)[0]


def clean_all(
    geoms: Sequence[BaseGeometry],
    min_hole_area: float,
    min_part_area: float,
    failed: set[int] | None = None,
    clean_already: set[int] | None = None,
) -> list[Polygonal]:
    """Valid geometries without specks, slivers and pinholes.

    Args:
        geoms: one an object.
        min_hole_area: smaller holes are filled; in squared units of the geometry.
        min_part_area: smaller parts are dropped, and so are necks, whiskers and strips narrower than a
            quarter of the side of a square of that area.
        failed: gets the rows that stay as they were.
        clean_already: gets the rows which cleaning again, with these areas or no ``min_hole_area``, would
            leave as they come out, to the bit.

    Returns:
        What is left of each, empty if nothing is.
    """
    before = valid_rows(shape_array(geoms))
    radius = math.sqrt(max(min_part_area, 0.0)) / 8
    filled = _filled(before, min_hole_area)
    opened = _opened(filled, radius)
    found = _large_parts(opened, min_part_area)
    if clean_already is not None:
        # An opening may find more to remove in what another has left.
        same = np.array([one is other for one, other in zip(filled, found, strict=True)], dtype=bool)
        clean_already.update(np.flatnonzero(same & is_polygon(found)).tolist())
    lost = shapely.is_missing(found)
    if failed is not None:
        failed.update(np.flatnonzero(lost).tolist())
    kept: list[Polygonal] = np.where(lost, before, found).tolist()
    return kept


def _filled(geoms: Shapes, min_hole_area: float) -> Shapes:
    """Each without small holes, its parts united; None where GEOS finds no answer."""
    result = geoms.copy()
    single = is_polygon(geoms) & ~shapely.is_empty(geoms)
    for row in np.flatnonzero(single & (shapely.get_num_interior_rings(geoms) > 0)):
        result[row] = _fill(geoms[row], min_hole_area)
    result[single] = overlay.self_union_rows(result[single])
    for row in np.flatnonzero(~single):
        result[row] = overlay.union([_fill(part, min_hole_area) for part in parts_of(geoms[row])])
    there = ~shapely.is_missing(result)
    result[there] = valid_rows(result[there])
    return result


def _fill(part: Polygon, min_hole_area: float) -> Polygon:
    holes = [ring for ring in part.interiors if Polygon(ring).area >= min_hole_area]
    return Polygon(part.exterior, holes)


def _opened(geoms: Shapes, radius: float) -> Shapes:
    """Each opened; None where it is None, or where GEOS finds no answer."""
    result = geoms.copy()
    wide = radius > overlay.grid_sizes(geoms, NODING_BITS)
    rows = np.flatnonzero(wide & ~shapely.is_missing(geoms))
    found, done = overlay.attempt_rows(lambda some: _core(some, radius), geoms[rows])
    # Most lose nothing, and to see that is faster by far than to compute what they lose.
    covered, _ = overlay.attempt_rows(shapely.covers, found, geoms[rows])
    asked = np.flatnonzero(done & ~covered.astype(bool))
    rest, subtracted = overlay.attempt_rows(shapely.difference, geoms[rows[asked]], found[asked])
    open_to = ~done
    open_to[asked] = ~subtracted | _has_parts(rest, radius**2)
    for row in rows[open_to]:
        result[row] = overlay.attempt(lambda shape: _open(shape, radius), geoms[row])
    return result


def _core(geoms: BaseGeometry | Shapes, radius: float) -> BaseGeometry | Shapes:
    inside = shapely.buffer(geoms, -radius, quad_segs=16, join_style="mitre")
    return shapely.buffer(inside, _BEYOND * radius, quad_segs=16, join_style="mitre")


def _has_parts(geoms: Shapes, larger_than: float) -> NDArray[np.bool_]:
    """(n,) whether a part of each has more than that area."""
    parts, places = shapely.get_parts(geoms, return_index=True)
    found = np.zeros(len(geoms), dtype=bool)
    found[places[shapely.area(parts) > larger_than]] = True
    return found


def _open(geom: Polygonal, radius: float) -> Polygonal | None:
    """Morphological opening, returned only where it removes something: vertices that may stay do not move."""
    rounding = overlay.grid_size([geom], NODING_BITS)
    if radius <= rounding:
        return geom
    rest = geom.difference(_core(geom, radius))
    lost = [part for part in parts_of(rest) if part.area > radius**2]
    if any(not part.buffer(-_THICK * radius - rounding).is_empty for part in lost):
        raise ArithmeticError("an opening cannot remove what is that thick: the buffer is wrong")
    return _less(geom, lost) if lost else geom


def _large_parts(geoms: Shapes, min_part_area: float) -> Shapes:
    """Each without its smaller parts; None where it is None."""
    result = geoms.copy()
    single, areas = is_polygon(geoms), shapely.area(geoms)
    result[single & ~((areas >= min_part_area) & (areas > 0))] = Polygon()
    for row in np.flatnonzero(~single & ~shapely.is_missing(geoms)):
        parts = (part for part in parts_of(geoms[row]) if part.area >= min_part_area and part.area > 0)
        result[row] = gather(parts)
    return result


def remove_overlaps(
    geoms: Sequence[Polygonal], scores: Sequence[float] | np.ndarray, failed: set[int] | None = None
) -> list[Polygonal]:
    """Geometries whose interiors are disjoint and that cover together what they covered before.

    Args:
        geoms: valid polygons.
        scores: one each; the higher keeps what two share, the earlier on a tie. NaN yields to all.
        failed: gets the rows that may still share area with others.

    Returns:
        The geometries less what better ones took; empty where that is everything.
    """
    rank = ranks(scores)
    result = shape_array(geoms)
    if not len(result):
        return []
    for rows, better in rounds(*overlay.pairs_once(result, shapely.intersects), rank):
        # The pieces already cut, not the originals: a border is then computed once and shared to the bit.
        pieces = [[result[k] for k in some] for some in better]
        cut = _less_rows(result[rows], pieces)
        lost = shapely.is_missing(cut)
        result[rows] = np.where(lost, result[rows], cut)
        if failed is not None:
            failed.update(row for row, one in zip(rows, lost.tolist(), strict=True) if one)
    polygons: list[Polygonal] = result.tolist()
    return polygons


def ranks(scores: Sequence[float] | NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) place of each by its score, the best 0, the earlier first on a tie, NaN last."""
    values = np.nan_to_num(np.asarray(scores, dtype=np.float64), nan=-np.inf, neginf=-np.inf, posinf=np.inf)
    rank = np.empty(len(values), dtype=np.int64)
    rank[np.argsort(-values, kind="stable")] = np.arange(len(values))
    return rank


def rounds(
    left: NDArray[np.int64], right: NDArray[np.int64], rank: NDArray[np.int64]
) -> list[tuple[list[int], list[list[int]]]]:
    """Rows to cut, and their better neighbours by rank; whoever is cut is so before it cuts others.

    Args:
        left, right: the rows of each pair that meets, in any order, each pair once.
    """
    right_is_better = rank[right] < rank[left]
    left, right = np.where(right_is_better, (left, right), (right, left))
    order = np.lexsort([rank[right], rank[left]])
    better: dict[int, list[int]] = {}
    for i, other in zip(left[order].tolist(), right[order].tolist(), strict=True):
        better.setdefault(i, []).append(other)
    turn: dict[int, int] = {}
    rounds: dict[int, list[int]] = {}
    for i, others in better.items():
        turn[i] = 1 + max(turn.get(other, 0) for other in others)
        rounds.setdefault(turn[i], []).append(i)
    return [(rounds[n], [better[i] for i in rounds[n]]) for n in sorted(rounds)]


def _less_rows(geoms: Shapes, pieces: Sequence[Sequence[Polygonal]]) -> Shapes:
    """(n,) :func:`_less` of each row."""
    result = geoms.copy()
    counts = np.array([len(some) for some in pieces], dtype=np.int64)
    owner = np.repeat(np.arange(len(geoms)), counts)
    flat = shape_array([piece for some in pieces for piece in some])
    # Neighbours that share border alone take nothing, whatever they are together.
    inside = ~overlay.touches_rows(geoms[owner], flat)
    shares = np.zeros(len(geoms), dtype=bool)
    shares[owner[inside]] = True
    for row in np.flatnonzero(shares & (counts > AT_ONCE)).tolist():
        result[row] = _less(geoms[row], pieces[row])
    rows = np.flatnonzero(shares & (counts <= AT_ONCE))
    table = np.full((len(rows), counts[rows].max(initial=1)), None, dtype=object)
    for place, row in enumerate(rows.tolist()):
        table[place, : counts[row]] = pieces[row]
    taken = overlay.union_rows(table)
    lone = shapely.is_missing(taken)
    for row in rows[lone].tolist():
        result[row] = _less(geoms[row], pieces[row])
    rows, taken = rows[~lone], taken[~lone]
    apart = shapely.is_empty(taken) | overlay.touches_rows(geoms[rows], taken)
    rows, taken = rows[~apart], taken[~apart]
    left_over = overlay.difference_rows(geoms[rows], taken)
    there = ~shapely.is_missing(left_over)
    left_over[there] = valid_rows(left_over[there])
    result[rows] = left_over
    return result


def _less(geom: Polygonal, pieces: Sequence[Polygonal]) -> Polygonal | None:
    """What pieces leave of a geometry; None if GEOS finds no answer."""
    together = overlay.union(pieces, disjoint=True) or overlay.union(pieces)
    for taken in pieces if together is None else [together]:
        if not taken.is_empty and not overlay.touches(geom, taken):
            left = overlay.difference(geom, taken)
            if left is None:
                return None
            geom = valid(left)
    return geom
