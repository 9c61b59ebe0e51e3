"""Geometries from mask fields, and what makes them fit to hand over: clean, simple, disjoint, measured.

Arrays and geometries in, geometries out. A function that takes a sequence returns one of equal length and
order, so results stay aligned with their prompts; an object that lost everything is an empty polygon. One
that GEOS cannot compute with, even repaired, stays as it was, and its row goes into ``failed``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
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
    from pyproj import Geod

    from engine.grid import RasterGrid

Polygonal: TypeAlias = "Polygon | MultiPolygon"

_LOGIT_LIMIT = 1e4
NODING_BITS = 40
"""Borders are matched on a lattice that much finer than the largest coordinate: micrometres in UTM."""
_FEW_FACES = 8
"""Outlines of more faces of the net are put together one by one, so that tables stay small."""


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


def simplify(
    geoms: Sequence[Polygonal],
    tolerance: float,
    failed: set[int] | None = None,
    may_overlap: bool = True,
) -> list[Polygonal]:
    """Outlines with fewer vertices, in which neighbours keep their common border.

    Args:
        geoms: polygons; those that touch, or are so near that they might come to, are simplified together
            as a coverage if their interiors are disjoint (see :func:`remove_overlaps`) and then stay so.
            Otherwise each is simplified by itself.
        tolerance: about how far an outline may move, in units of the geometry; 0 changes nothing.
        failed: gets the rows that GEOS cannot simplify.
        may_overlap: False if their interiors are disjoint but for rounding errors: the same polygons, sooner.

    Returns:
        Valid polygons; one that would vanish or break keeps its outline.
    """
    result = shape_array(geoms)
    if tolerance <= 0 or not len(result):
        return result.tolist()
    groups = neighbours(result, 2 * tolerance)
    lapping = _lapping(result) if may_overlap else np.zeros(len(result), dtype=bool)
    alone = [group for group in groups if len(group) == 1 or lapping[group].any()]
    crowds = [np.array(group) for group in groups if len(group) > 1 and not lapping[group].any()]
    for rows, coverage in zip(crowds, _coverages([result[rows] for rows in crowds]), strict=True):
        if coverage is None:
            alone.append(rows.tolist())
            continue
        simpler = _simpler_coverage(coverage, tolerance)
        result[rows] = np.where(sound_rows(simpler), simpler, result[rows])
    rows = np.array([row for group in alone for row in group], dtype=np.int64)
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
    return np.where(sound_rows(simpler), simpler, shapes)


def _simpler_coverage(coverage: Shapes, tolerance: float) -> Shapes:
    try:
        simpler = shapely.coverage_simplify(coverage, tolerance)
    except overlay.FAILURES:
        return coverage
    return simpler if sound_rows(simpler).all() else coverage


def sound_rows(geoms: Shapes) -> NDArray[np.bool_]:
    """(n,) :func:`sound` of each; not of None."""
    kinds = shapely.get_type_id(geoms)
    polygonal = (kinds == shapely.GeometryType.POLYGON) | (kinds == shapely.GeometryType.MULTIPOLYGON)
    return np.asarray(polygonal & ~shapely.is_empty(geoms) & shapely.is_valid(geoms))


def sound(geom: BaseGeometry) -> bool:
    """Whether it is a valid polygon that covers something."""
    return isinstance(geom, Polygon | MultiPolygon) and not geom.is_empty and geom.is_valid


def neighbours(geoms: Shapes, distance: float) -> list[list[int]]:
    """Indices of the non-empty geometries, grouped by chains in which each is that near to the next."""
    left, right = overlay.pairs_once(geoms, partial(shapely.dwithin, distance=distance), distance)
    labels = joined(np.stack([left, right]).astype(np.int32), len(geoms))
    groups: dict[int, list[int]] = {}
    for i in np.flatnonzero(~shapely.is_empty(geoms)).tolist():
        groups.setdefault(int(labels[i]), []).append(i)
    return list(groups.values())


def _lapping(shapes: Shapes) -> NDArray[np.bool_]:
    """(n,) whether each shares so much area with others that no lattice takes it away."""
    left, right = overlay.pairs_once(shapes, partial(shapely.relate_pattern, pattern="T********"))
    common, _ = overlay.attempt_rows(shapely.intersection, shapes[left], shapes[right])
    rounding = overlay.grid_sizes(np.column_stack([shapes[left], shapes[right]]), NODING_BITS - 3)
    much = shapely.area(common) > rounding * (shapely.length(shapes[left]) + shapely.length(shapes[right]))
    found = np.zeros(len(shapes), dtype=bool)
    found[np.concatenate([left[much], right[much]])] = True
    return found


def _coverages(groups: Sequence[Shapes]) -> list[Shapes | None]:
    """The same shapes with common borders that match vertex for vertex; None for a group that overlaps."""
    try:
        return _noded(groups) if groups else []
    except overlay.FAILURES:
        # Halves, down to the groups that are to blame.
        middle = len(groups) // 2
        return [None] if not middle else [*_coverages(groups[:middle]), *_coverages(groups[middle:])]


def _noded(groups: Sequence[Shapes]) -> list[Shapes | None]:
    # A neighbour's corner in the middle of an edge is no vertex yet (and a rounding error beside it, so
    # that even coverage_is_valid may miss it): node all borders, then give each face to its shape.
    shapes = np.concatenate(groups)
    counts = [len(group) for group in groups]
    group_of = np.repeat(np.arange(len(groups)), counts)
    sizes = np.array([overlay.grid_size(group, NODING_BITS) for group in groups])
    borders = np.split(shapely.boundary(shapes), np.cumsum(counts)[:-1])
    lines = shape_array(
        [shapely.union_all(some, grid_size=size) for some, size in zip(borders, sizes, strict=True)]
    )
    faces, face_group = shapely.get_parts(shapely.polygonize(lines[:, None]), return_index=True)
    ends = np.searchsorted(face_group, np.arange(1, len(groups)))
    owners, hits = _owners(groups, np.split(shapely.point_on_surface(faces), ends))
    claimed_twice = np.bincount(hits, minlength=len(faces)) > 1
    united = _unions_of_faces(faces[hits], owners, len(shapes))
    noded = valid_rows(united)
    # Faces of one net match as they are; a repair may add corners that their neighbours do not have.
    repaired = np.unique(group_of[noded != united])
    moved = np.abs(shapely.area(noded) - shapely.area(shapes)) > sizes[group_of] * shapely.length(shapes)
    wrong = np.union1d(face_group[claimed_twice], group_of[moved])
    found = np.split(noded, np.cumsum(counts)[:-1])
    return [
        None if number in wrong or (number in repaired and not shapely.coverage_is_valid(some)) else some
        for number, some in enumerate(found)
    ]


def _owners(
    groups: Sequence[Shapes], points: Sequence[Shapes]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of shapes and of points within them, of all groups one after the other; the former ascend."""
    found = []
    shapes_before = points_before = 0
    for shapes, some in zip(groups, points, strict=True):
        # A tree of their own each: the order of its answers depends on all that is in it.
        owners, hits = shapely.STRtree(some).query(shapes, predicate="contains")
        found.append([owners + shapes_before, hits + points_before])
        shapes_before, points_before = shapes_before + len(shapes), points_before + len(some)
    owners, hits = np.concatenate(found, axis=1)
    return owners, hits


def _unions_of_faces(faces: Shapes, owners: NDArray[np.int64], count: int) -> Shapes:
    """(count,) the faces of each owner as one, of (n,) faces of one net of lines; owners ascend."""
    each = np.bincount(owners, minlength=count)
    place = np.arange(len(faces)) - np.repeat(np.cumsum(each) - each, each)
    few = each <= _FEW_FACES
    table = np.full((count, _FEW_FACES), None, dtype=object)
    table[owners[few[owners]], place[few[owners]]] = faces[few[owners]]
    found = shapely.coverage_union_all(table, axis=1)
    for owner in np.flatnonzero(~few).tolist():
        found[owner] = shapely.coverage_union_all(faces[owners == owner])
    return np.asarray(found)


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
    result[some] = _measured(shapely.orient_polygons(lonlat), ellipsoid.geod)
    result[:, 0] = np.abs(result[:, 0])
    return result


def _measured(shapes: Shapes, geod: Geod) -> NDArray[np.float64]:
    """(n, 2) signed areas and lengths of the rings of each polygon, in degrees, added up."""
    rings, owners = _rings_of(shapes)
    each = np.array([geod.polygon_area_perimeter(*ring) for ring in rings]).reshape(-1, 2)
    columns = [np.bincount(owners, weights=column, minlength=len(shapes)) for column in each.T]
    return np.column_stack(columns)


def _rings_of(shapes: Shapes) -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
    """The (2, n) coordinates of every ring, exteriors first within a part, and whose it is."""
    parts, owners = shapely.get_parts(shapes, return_index=True)
    rings, places = shapely.get_rings(parts, return_index=True)
    xy = np.ascontiguousarray(shapely.get_coordinates(rings).T)
    ends = np.cumsum(shapely.get_num_coordinates(rings)).tolist()
    return [xy[:, start:end] for start, end in pairwise([0, *ends])], owners[places]
