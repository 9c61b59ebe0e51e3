"""Geometries from mask fields, and what makes them fit to hand over: clean, simple, disjoint, measured.

Arrays and geometries in, geometries out. A function that takes a sequence returns one of equal length and
order, so results stay aligned with their prompts; an object that lost everything is an empty polygon. One
that GEOS cannot compute with, even repaired, stays as it was, and its row goes into ``failed``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import contourpy
import numpy as np
import shapely
from affine import Affine
from contourpy import FillType
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from engine import overlay
from engine.geodesy import ellipsoid_of

if TYPE_CHECKING:
    from engine.grid import RasterGrid

Polygonal: TypeAlias = "Polygon | MultiPolygon"

_LOGIT_LIMIT = 1e4
_NODING_BITS = 40
"""Borders are matched on a lattice that much finer than the largest coordinate: micrometres in UTM."""
_THICK = 8
"""What an opening removes is nowhere thicker than twice its radius, with pointed corners a little more."""


def trace(field: np.ndarray, affine: Affine) -> Polygonal:
    """The sub-pixel outline of ``{field > 0}``.

    Args:
        field: (h, w) samples at cell centres, such as logits; for a mask of zeros and ones pass
            ``mask - 0.5``. Infinite values are clipped, NaN counts as outside.
        affine: cell-corner coordinates (x = column, y = row) to the target, such as raster pixels. An
            object that reaches the array's border is closed exactly there.

    Returns:
        A valid polygon with its holes, in target coordinates; empty where nothing is positive.
    """
    z = np.nan_to_num(np.asarray(field, dtype=np.float64), nan=-_LOGIT_LIMIT)
    z = np.clip(z, -_LOGIT_LIMIT, _LOGIT_LIMIT)
    if not (z > 0).any():
        return Polygon()
    xs, ys, z = _close_border(z)
    # Cells cut in four triangles follow the bilinear surface; cut corners come out a third smaller.
    contours = contourpy.contour_generator(xs, ys, z, fill_type=FillType.OuterOffset, quad_as_tri=True)
    outlines, offsets = cast("tuple[list[np.ndarray], list[np.ndarray]]", contours.filled(0.0, np.inf))
    parts = [_rings(points, cuts) for points, cuts in zip(outlines, offsets, strict=True)]
    shape = valid(MultiPolygon([part for part in parts if part is not None]))
    return valid(shapely.transform(shape, lambda xy: _apply(affine, xy)))


def _close_border(z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sample positions and values, edge samples repeated on the array's border, cut to what is positive."""
    xs, ys = (np.concatenate([[0.0], np.arange(n) + 0.5, [float(n)]]) for n in (z.shape[1], z.shape[0]))
    z = np.pad(z, 1, mode="edge")
    rows, cols = (np.flatnonzero((z > 0).any(axis=axis)) for axis in (1, 0))
    down = slice(max(rows[0] - 1, 0), rows[-1] + 2)
    across = slice(max(cols[0] - 1, 0), cols[-1] + 2)
    return xs[across], ys[down], z[down, across]


def _rings(points: np.ndarray, offsets: np.ndarray) -> Polygon | None:
    rings = [points[start:end] for start, end in pairwise(offsets)]
    rings = [ring for ring in rings if len(ring) >= 4]
    return Polygon(rings[0], rings[1:]) if rings else None


def _apply(affine: Affine, xy: np.ndarray) -> np.ndarray:
    x, y = xy[:, 0], xy[:, 1]
    return np.column_stack([x * affine.a + y * affine.b + affine.c, x * affine.d + y * affine.e + affine.f])


def valid(geom: BaseGeometry) -> Polygonal:
    """The same area as a valid Polygon or MultiPolygon, without the lines that a repair may leave.

    Empty where a coordinate is no number.
    """
    repaired = overlay.repair(geom)
    if repaired is None or isinstance(repaired, Polygon):
        return repaired or Polygon()
    return _gather(part for part in _parts(repaired) if part.area > 0)


def _parts(geom: BaseGeometry) -> list[Polygon]:
    """The polygons of a geometry, however deep."""
    found = shapely.get_parts(shapely.get_parts(geom))
    return [part for part in found if isinstance(part, Polygon) and not part.is_empty]


def _gather(parts: Iterable[Polygon]) -> Polygonal:
    """One polygon stays one; several that share no area become a multipolygon."""
    kept = list(parts)
    return kept[0] if len(kept) == 1 else MultiPolygon(kept) if kept else Polygon()


def keep_clicked(geom: Polygonal, points: np.ndarray) -> Polygonal:
    """The parts of an object that were pointed at.

    Args:
        geom: one object, of one part or many.
        points: (n, 2) positive clicks in the same coordinates. Each keeps the part it lies in, or else the
            nearest; without any, all parts stay.
    """
    parts = _parts(geom)
    if len(parts) < 2 or not len(points):
        return geom
    nearest = shapely.STRtree(parts).nearest(shapely.points(np.asarray(points, dtype=np.float64)))
    return _gather(parts[i] for i in sorted(set(nearest.tolist())))


def clean(geom: BaseGeometry, min_hole_area: float, min_part_area: float) -> Polygonal:
    """One geometry as :func:`clean_all` cleans it."""
    return clean_all([geom], min_hole_area, min_part_area)[0]


def clean_all(
    geoms: Sequence[BaseGeometry], min_hole_area: float, min_part_area: float, failed: set[int] | None = None
) -> list[Polygonal]:
    """Valid geometries without specks, slivers and pinholes.

    Args:
        geoms: one an object.
        min_hole_area: smaller holes are filled; in squared units of the geometry.
        min_part_area: smaller parts are dropped, and so are necks, whiskers and strips narrower than a
            quarter of the side of a square of that area.
        failed: gets the rows that stay as they were.

    Returns:
        What is left of each, empty if nothing is.
    """
    found = [_cleaned(geom, min_hole_area, min_part_area) for geom in geoms]
    return _or_as_it_was(found, [valid(geom) for geom in geoms], failed)


def _or_as_it_was(
    found: Sequence[Polygonal | None], before: Sequence[Polygonal], failed: set[int] | None
) -> list[Polygonal]:
    if failed is not None:
        failed.update(row for row, geom in enumerate(found) if geom is None)
    return [old if new is None else new for new, old in zip(found, before, strict=True)]


def _cleaned(geom: BaseGeometry, min_hole_area: float, min_part_area: float) -> Polygonal | None:
    whole = overlay.union([_fill(part, min_hole_area) for part in _parts(valid(geom))])
    radius = math.sqrt(max(min_part_area, 0.0)) / 8
    opened = None if whole is None else overlay.attempt(lambda shape: _open(shape, radius), valid(whole))
    if opened is None:
        return None
    return _gather(part for part in _parts(opened) if part.area >= min_part_area and part.area > 0)


def _fill(part: Polygon, min_hole_area: float) -> Polygon:
    holes = [ring for ring in part.interiors if Polygon(ring).area >= min_hole_area]
    return Polygon(part.exterior, holes)


def _open(geom: Polygonal, radius: float) -> Polygonal | None:
    """Morphological opening, returned only where it removes something: vertices that may stay do not move."""
    rounding = overlay.grid_size([geom], _NODING_BITS)
    if radius <= rounding:
        return geom
    core = geom.buffer(-radius, join_style="mitre").buffer(1.01 * radius, join_style="mitre")
    lost = [part for part in _parts(geom.difference(core)) if part.area > radius**2]
    if any(not part.buffer(-_THICK * radius - rounding).is_empty for part in lost):
        raise ArithmeticError("an opening cannot remove what is that thick: the buffer is wrong")
    return _less(geom, lost) if lost else geom


def simplify(geoms: Sequence[Polygonal], tolerance: float, failed: set[int] | None = None) -> list[Polygonal]:
    """Outlines with fewer vertices, in which neighbours keep their common border.

    Args:
        geoms: polygons; those that touch, or are so near that they might come to, are simplified together
            as a coverage if their interiors are disjoint (see :func:`remove_overlaps`) and then stay so.
            Otherwise each is simplified by itself.
        tolerance: about how far an outline may move, in units of the geometry; 0 changes nothing.
        failed: gets the rows that GEOS cannot simplify.

    Returns:
        Valid polygons; one that would vanish or break keeps its outline.
    """
    result = list(geoms)
    if tolerance <= 0 or not result:
        return result
    for group in _neighbours(geoms, 2 * tolerance):
        shapes = [geoms[i] for i in group]
        coverage = _coverage(shapes) if len(group) > 1 else None
        if coverage is None:
            simpler = [overlay.attempt(lambda geom: geom.simplify(tolerance), shape) for shape in shapes]
        else:
            simpler = _simpler_coverage(coverage, tolerance)
        for i, shape in zip(group, simpler, strict=True):
            result[i] = shape if shape is not None and sound(shape) else geoms[i]
            if shape is None and failed is not None:
                failed.add(i)
    return result


def _simpler_coverage(coverage: list[Polygonal], tolerance: float) -> list[Polygonal]:
    try:
        simpler = list(shapely.coverage_simplify(coverage, tolerance))
    except overlay.FAILURES:
        return coverage
    return simpler if all(sound(shape) for shape in simpler) else coverage


def sound(geom: BaseGeometry) -> bool:
    """Whether it is a valid polygon that covers something."""
    return isinstance(geom, Polygon | MultiPolygon) and not geom.is_empty and geom.is_valid


def _neighbours(geoms: Sequence[Polygonal], distance: float) -> list[list[int]]:
    """Indices of the non-empty geometries, grouped by chains in which each is that near to the next."""
    root = list(range(len(geoms)))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = i = root[root[i]]
        return i

    left, right = overlay.pairs(shapely.STRtree(list(geoms)), geoms, "dwithin", distance=distance)
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        root[max(find(a), find(b))] = min(find(a), find(b))
    groups: dict[int, list[int]] = {}
    for i, geom in enumerate(geoms):
        if not geom.is_empty:
            groups.setdefault(find(i), []).append(i)
    return list(groups.values())


def _coverage(shapes: Sequence[Polygonal]) -> list[Polygonal] | None:
    """The same shapes with common borders that match vertex for vertex; None if they overlap."""
    try:
        return _noded(shapes)
    except overlay.FAILURES:
        return None


def _noded(shapes: Sequence[Polygonal]) -> list[Polygonal] | None:
    # A neighbour's corner in the middle of an edge is no vertex yet (and a rounding error beside it, so
    # that even coverage_is_valid may miss it): node all borders, then give each face to its shape.
    grid_size = overlay.grid_size(shapes, _NODING_BITS)
    lines = shapely.union_all([shape.boundary for shape in shapes], grid_size=grid_size)
    faces = list(shapely.get_parts(shapely.polygonize([lines])))
    inside = [face.representative_point() for face in faces]
    owners, hits = shapely.STRtree(inside).query(list(shapes), predicate="contains")
    if len(set(hits.tolist())) < len(hits):
        return None
    noded = [shapely.coverage_union_all([faces[k] for k in hits[owners == i]]) for i in range(len(shapes))]
    noded = [valid(shape) for shape in noded]
    same = all(abs(n.area - s.area) <= grid_size * s.length for n, s in zip(noded, shapes, strict=True))
    return noded if same and shapely.coverage_is_valid(noded) else None


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
    values = np.nan_to_num(np.asarray(scores, dtype=np.float64), nan=-np.inf, neginf=-np.inf, posinf=np.inf)
    rank = np.empty(len(geoms), dtype=np.int64)
    rank[np.argsort(-values, kind="stable")] = np.arange(len(geoms))
    if not len(geoms):
        return []
    left, right = overlay.pairs(shapely.STRtree(list(geoms)), geoms, "intersects")
    better: dict[int, list[int]] = {}
    for i, other in zip(left.tolist(), right.tolist(), strict=True):
        if rank[other] < rank[i]:
            better.setdefault(i, []).append(other)
    result = list(geoms)
    for i in sorted(better, key=lambda i: int(rank[i])):
        # The pieces already cut, not the originals: a border is then computed once and shared to the bit.
        left_over = _less(result[i], [result[k] for k in sorted(better[i], key=lambda k: int(rank[k]))])
        if left_over is not None:
            result[i] = left_over
        elif failed is not None:
            failed.add(i)
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


def to_world(geom_px: BaseGeometry, grid: RasterGrid) -> BaseGeometry:
    """Raster pixel coordinates to the raster's CRS, exteriors counter-clockwise on the ground."""
    # Not by a matrix product: its last bit depends on a row's place, so rings might not close.
    return shapely.orient_polygons(shapely.transform(geom_px, lambda xy: _apply(grid.transform, xy)))


def metric(geom_world: BaseGeometry, crs: Any) -> tuple[float, float]:
    """True area and perimeter on the ground, whatever the projection does to them.

    Args:
        geom_world: polygon in ``crs``.
        crs: a rasterio or pyproj CRS, WKT or authority code, or None.

    Returns:
        Square metres and metres (holes taken off the one, added to the other), geodesic on the CRS's own
        ellipsoid. Without a CRS, or one tied to no ellipsoid, planar in the CRS's units.
    """
    if geom_world.is_empty:
        return 0.0, 0.0
    ellipsoid = ellipsoid_of(crs if crs is None or isinstance(crs, str) else crs.to_wkt())
    if ellipsoid is None:
        return float(geom_world.area), float(geom_world.length)
    lonlat = shapely.transform(geom_world, ellipsoid.lonlat)
    # geometry_area_perimeter adds signed rings, so holes must run the other way round; it measures the
    # exterior's perimeter only.
    area, _ = ellipsoid.geod.geometry_area_perimeter(shapely.orient_polygons(lonlat))
    return abs(float(area)), float(ellipsoid.geod.geometry_length(lonlat.boundary))
