"""Rotated boxes: the smallest rectangles, at any angle, that hold objects such as ships and vehicles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely import Polygon

from engine.grid import FloatArray
from engine.stages.ground_frames import ground_frames
from engine.stages.polygons import Polygonal


def rotated_boxes(geoms: Sequence[Polygonal], crs: str | None) -> list[Polygon]:
    """:func:`rotated_box` of each, with right angles on the ground.

    Args:
        geoms: valid polygons in ``crs``.
        crs: WKT or authority code, or None.
    """
    frames = ground_frames(geoms, crs)
    boxes = [
        frame.to_map(rotated_box(frame.to_ground(geom))) for geom, frame in zip(geoms, frames, strict=True)
    ]
    return list(shapely.orient_polygons(np.array(boxes, dtype=object)))


def rotated_box(geom: Polygonal) -> Polygon:
    """The rectangle of least area that holds a polygon with all its parts; empty for an empty one."""
    hull = shapely.convex_hull(geom)
    if not isinstance(hull, Polygon) or hull.is_empty:
        return Polygon()
    corners = shapely.get_coordinates(hull)
    # Digits that a false northing of millions would eat.
    centre = corners.mean(axis=0)
    around = corners - centre
    along = _directions(around)
    across = along[:, ::-1] * (-1, 1)
    # One side of the least rectangle lies on an edge of the hull (Freeman and Shapira, 1975).
    u, v = around @ along.T, around @ across.T
    best = int(np.argmin(np.ptp(u, axis=0) * np.ptp(v, axis=0)))
    x, y = np.sort(u[:, best])[[0, -1]], np.sort(v[:, best])[[0, -1]]
    turns = ((0, 0), (1, 0), (1, 1), (0, 1))
    return Polygon([centre + x[i] * along[best] + y[j] * across[best] for i, j in turns])


def _directions(ring: FloatArray) -> FloatArray:
    """(n, 2) unit vectors along the edges of a closed ring."""
    edges = np.diff(ring, axis=0)
    lengths = np.hypot(*edges.T)
    return edges[lengths > 0] / lengths[lengths > 0, None]
