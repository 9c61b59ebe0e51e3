"""Polygons in one piece across the meridian at which a CRS begins to count its longitudes anew."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import ProjError
from shapely import GeometryType, MultiPolygon, Polygon

_CYLINDRICAL = ("Mercator", "Equidistant Cylindrical", "Cylindrical Equal Area")
_NOT = ("Transverse", "Oblique")
_STEPS = 16
"""Places looked at along an edge: from one to the next, none goes half round the earth."""


def full_turn(crs: Any) -> float | None:
    """How far a full turn of longitude goes along x, in CRS units; None where it does not go along x.

    Args:
        crs: in any form pyproj takes, or None.
    """
    if crs is None:
        return None
    crs = pyproj.CRS.from_user_input(crs)
    if crs.is_geographic:
        return float(2 * math.pi / crs.axis_info[0].unit_conversion_factor)
    operation = crs.coordinate_operation
    method = "" if operation is None else operation.method_name
    if operation is None or crs.geodetic_crs is None or any(word in method for word in _NOT):
        return None
    if not any(word in method for word in _CYLINDRICAL):
        return None
    middle = next((float(p.value) for p in operation.params if p.name.startswith("Longitude of")), 0.0)
    try:
        forward = pyproj.Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
        (start, end), _ = forward.transform([middle, middle + 90], [0, 0])
    except ProjError:
        return None
    return float(4 * (end - start)) if math.isfinite(end - start) and end > start else None


def rejoined(placed: gpd.GeoDataFrame, given: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A layer that was reprojected, its polygons in one piece that lie across the seam of their new CRS.

    Reprojected corner by corner, such a polygon goes the long way round the earth. Its corners are moved by
    full turns, to where its edges lead in the CRS it comes from.

    Args:
        placed: in the new CRS.
        given: the same rows as they were before.
    """
    turn = full_turn(placed.crs)
    shapes = np.array(placed.geometry.values, dtype=object)
    wide = [] if turn is None else _wide(shapes, turn)
    if turn is None or not wide:
        return placed
    before = given.geometry.to_numpy()
    transformer = pyproj.Transformer.from_crs(given.crs, placed.crs, always_xy=True)
    for row in wide:
        pairs = zip(shapely.get_parts(shapes[row]), shapely.get_parts(before[row]), strict=True)
        parts = [_rejoined(new, old, transformer, turn) for new, old in pairs]
        shapes[row] = MultiPolygon(parts) if shapes[row].geom_type == "MultiPolygon" else parts[0]
    return placed.set_geometry(shapes, crs=placed.crs)


def _wide(shapes: NDArray[np.object_], turn: float) -> list[int]:
    """Rows of polygons with a part that goes more than half round the earth."""
    parts, rows = shapely.get_parts(shapes, return_index=True)
    low, _, high, _ = shapely.bounds(parts).reshape(-1, 4).T
    somewhere = np.isfinite(low) & np.isfinite(high)  # Its place may not exist in the CRS.
    found = np.unique(rows[somewhere][high[somewhere] - low[somewhere] > turn / 2])
    types = shapely.get_type_id(shapes[found])
    rows = found[np.isin(types, (GeometryType.POLYGON, GeometryType.MULTIPOLYGON))]
    return [int(row) for row in rows]


def _rejoined(placed: Polygon, given: Polygon, transformer: pyproj.Transformer, turn: float) -> Polygon:
    """The polygon itself where it is not wide, lies round a pole, or is nowhere in part."""
    if not _wide(np.array([placed], dtype=object), turn):
        return placed
    rings: list[np.ndarray] = []
    for new, old in zip(shapely.get_rings(placed), shapely.get_rings(given), strict=True):
        turns = _turns(shapely.get_coordinates(old), transformer, turn)
        if turns is None:
            return placed
        xy = shapely.get_coordinates(new) + np.column_stack([turns * turn, np.zeros(len(turns))])
        around = rings[0] if rings else xy
        xy[:, 0] += turn * np.round((_middle(around) - _middle(xy)) / turn)
        rings.append(xy)
    return Polygon(rings[0], rings[1:])


def _turns(ring: NDArray[np.float64], transformer: pyproj.Transformer, turn: float) -> NDArray[Any] | None:
    """(n,) full turns by which each corner follows the one before; None if the ring does not close so."""
    shares = np.arange(_STEPS)[None, :, None] / _STEPS
    along = (ring[:-1, None] + (ring[1:] - ring[:-1])[:, None] * shares).reshape(-1, 2)
    x, _ = transformer.transform(*np.concatenate([along, ring[-1:]]).T)
    if not np.isfinite(x).all():
        return None
    turns = np.round((np.unwrap(x, period=turn) - x) / turn)[::_STEPS]
    return turns if turns[0] == turns[-1] else None


def _middle(xy: NDArray[np.float64]) -> float:
    return float(xy[:, 0].min() + xy[:, 0].max()) / 2
