"""Geometries from mask fields, and what makes them fit to hand over: clean, simple, disjoint, measured.

Arrays and geometries in, geometries out. A function that takes a sequence returns one of equal length and
order, so results stay aligned with their prompts; an object that lost everything is an empty polygon. One
that GEOS cannot compute with, even repaired, stays as it was, and its row goes into ``failed``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import contourpy
import numpy as np
import shapely
from affine import Affine
from contourpy import FillType
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from engine import overlay
from engine.geodesy import ellipsoid_of
from engine.overlay import Shapes
from engine.stages.groups import joined

if TYPE_CHECKING:
    from engine.grid import RasterGrid

Polygonal: TypeAlias = "Polygon | MultiPolygon"

_LOGIT_LIMIT = 1e4
NODING_BITS = 40
"""Borders are matched on a lattice that much finer than the largest coordinate: micrometres in UTM."""
_POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


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
    return gather(part for part in parts_of(repaired) if part.area > 0)


def valid_rows(geoms: Shapes) -> Shapes:
    """(n,) :func:`valid` of each."""
    rows = np.flatnonzero(~(shapely.is_valid(geoms) & is_polygon(geoms)))
    result = geoms.copy()
    for row in rows:
        result[row] = valid(geoms[row])
    return result


def is_polygon(geoms: Shapes) -> NDArray[np.bool_]:
    """(n,) whether each is a polygon of one part."""
    return np.asarray(shapely.get_type_id(geoms) == shapely.GeometryType.POLYGON)


def shape_array(geoms: Sequence[BaseGeometry]) -> Shapes:
    """Geometries as (n,) objects, also if there are none."""
    array = np.empty(len(geoms), dtype=object)
    array[:] = geoms
    return array


def parts_of(geom: BaseGeometry) -> list[Polygon]:
    """The polygons of a geometry, however deep."""
    found = shapely.get_parts(shapely.get_parts(geom))
    return [part for part in found if isinstance(part, Polygon) and not part.is_empty]


def gather(parts: Iterable[Polygon]) -> Polygonal:
    """One polygon stays one; several that share no area become a multipolygon."""
    kept = list(parts)
    return kept[0] if len(kept) == 1 else MultiPolygon(kept) if kept else Polygon()


def largest_part(geom: Polygonal) -> Polygonal:
    """The part with the largest area, the first on a tie."""
    return (
        geom if isinstance(geom, Polygon) else max(parts_of(geom), key=lambda part: part.area, default=geom)
    )


def keep_clicked(geom: Polygonal, points: np.ndarray) -> Polygonal:
    """The parts of an object that were pointed at.

    Args:
        geom: one object, of one part or many.
        points: (n, 2) positive clicks in the same coordinates. Each keeps the part it lies in, or else the
            nearest; without any, all parts stay.
    """
    parts = parts_of(geom)
    if len(parts) < 2 or not len(points):
        return geom
    nearest = shapely.STRtree(parts).nearest(shapely.points(np.asarray(points, dtype=np.float64)))
    return gather(parts[i] for i in sorted(set(nearest.tolist())))


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
    result = shape_array(geoms)
    if tolerance <= 0 or not len(result):
        return result.tolist()
    alone: list[int] = []
    for group in neighbours(result, 2 * tolerance):
        matching = _coverage([geoms[i] for i in group]) if len(group) > 1 else None
        if matching is None:
            alone += group
            continue
        for i, shape in zip(group, _simpler_coverage(matching, tolerance), strict=True):
            result[i] = shape if sound(shape) else geoms[i]
    rows = np.array(alone, dtype=np.int64)
    result[rows] = _simpler_rows(result[rows], rows, tolerance, failed)
    return result.tolist()


def _simpler_rows(
    shapes: Shapes, rows: NDArray[np.int64], tolerance: float, failed: set[int] | None
) -> Shapes:
    """Each simplified by itself; ``rows`` are what ``failed`` knows them by."""
    simpler, done = overlay.attempt_rows(lambda some: shapely.simplify(some, tolerance), shapes)
    for place in np.flatnonzero(~done):
        simpler[place] = overlay.attempt(lambda geom: geom.simplify(tolerance), shapes[place])
        if simpler[place] is None and failed is not None:
            failed.add(int(rows[place]))
    kinds = np.isin(shapely.get_type_id(simpler), _POLYGONAL)
    good = kinds & ~shapely.is_empty(simpler) & shapely.is_valid(simpler)
    return np.where(good, simpler, shapes)


def _simpler_coverage(coverage: list[Polygonal], tolerance: float) -> list[Polygonal]:
    try:
        simpler = list(shapely.coverage_simplify(coverage, tolerance))
    except overlay.FAILURES:
        return coverage
    return simpler if all(sound(shape) for shape in simpler) else coverage


def sound(geom: BaseGeometry) -> bool:
    """Whether it is a valid polygon that covers something."""
    return isinstance(geom, Polygon | MultiPolygon) and not geom.is_empty and geom.is_valid


def neighbours(geoms: Shapes, distance: float) -> list[list[int]]:
    """Indices of the non-empty geometries, grouped by chains in which each is that near to the next."""
    left, right = overlay.pairs(shapely.STRtree(geoms), geoms, "dwithin", distance=distance)
    labels = joined(np.stack([left, right]).astype(np.int32), len(geoms))
    groups: dict[int, list[int]] = {}
    for i in np.flatnonzero(~shapely.is_empty(geoms)).tolist():
        groups.setdefault(int(labels[i]), []).append(i)
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
    grid_size = overlay.grid_size(shapes, NODING_BITS)
    lines = shapely.union_all(shapely.boundary(list(shapes)), grid_size=grid_size)
    faces = shapely.get_parts(shapely.polygonize([lines]))
    inside = shapely.point_on_surface(faces)
    owners, hits = shapely.STRtree(inside).query(list(shapes), predicate="contains")
    if len(np.unique(hits)) < len(hits):
        return None
    # Rows of the same owner come together.
    ends = np.searchsorted(owners, np.arange(len(shapes) + 1)).tolist()
    noded = [valid(shapely.coverage_union_all(faces[hits[start:end]])) for start, end in pairwise(ends)]
    same = all(abs(n.area - s.area) <= grid_size * s.length for n, s in zip(noded, shapes, strict=True))
    return noded if same and shapely.coverage_is_valid(noded) else None


def to_world(geom_px: Any, grid: RasterGrid) -> Any:
    """Raster pixel coordinates to the raster's CRS, exteriors counter-clockwise on the ground.

    Args:
        geom_px: a geometry, or an array of them; the result is the same.
    """
    # Not by a matrix product: its last bit depends on a row's place, so rings might not close.
    return shapely.orient_polygons(shapely.transform(geom_px, lambda xy: _apply(grid.transform, xy)))


def metric(geom_world: BaseGeometry, crs: Any) -> tuple[float, float]:
    """True area and perimeter of one geometry, see :func:`metrics`."""
    ((area, perimeter),) = metrics([geom_world], crs).tolist()
    return area, perimeter


def metrics(geoms_world: Sequence[BaseGeometry], crs: Any) -> NDArray[np.float64]:
    """True areas and perimeters on the ground, whatever the projection does to them.

    Args:
        geoms_world: polygons in ``crs``.
        crs: a rasterio or pyproj CRS, WKT or authority code, or None.

    Returns:
        (n, 2) square metres and metres (holes taken off the one, added to the other), geodesic on the CRS's
        own ellipsoid. Without a CRS, or one tied to no ellipsoid, planar in the CRS's units.
    """
    shapes = shape_array(geoms_world)
    ellipsoid = ellipsoid_of(crs if crs is None or isinstance(crs, str) else crs.to_wkt())
    if ellipsoid is None:
        return np.column_stack([shapely.area(shapes), shapely.length(shapes)])
    result = np.zeros((len(shapes), 2))
    some = ~shapely.is_empty(shapes)
    lonlat = shapely.transform(shapes[some], ellipsoid.lonlat)
    # polygon_area_perimeter has signed areas, so holes must run the other way round than exteriors.
    turned = shapely.orient_polygons(lonlat)
    result[some, 0] = np.abs(_sums(turned, lambda xy: ellipsoid.geod.polygon_area_perimeter(*xy)[0]))
    result[some, 1] = _sums(lonlat, lambda xy: ellipsoid.geod.line_length(*xy))
    return result


def _sums(shapes: Shapes, measure: Callable[[NDArray[np.float64]], float]) -> list[float]:
    """What is measured of the rings of each polygon, (2, n) coordinates, added up."""
    rings, owners = _rings_of(shapes)
    totals = [0.0] * len(shapes)
    for owner, ring in zip(owners.tolist(), rings, strict=True):
        totals[owner] += measure(ring)
    return totals


def _rings_of(shapes: Shapes) -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
    """The (2, n) coordinates of every ring, exteriors first within a part, and whose it is."""
    parts, owners = shapely.get_parts(shapes, return_index=True)
    rings, places = shapely.get_rings(parts, return_index=True)
    xy = np.ascontiguousarray(shapely.get_coordinates(rings).T)
    ends = np.cumsum(shapely.get_num_coordinates(rings)).tolist()
    return [xy[:, start:end] for start, end in pairwise([0, *ends])], owners[places]
