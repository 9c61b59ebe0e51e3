"""Polygons as they lie on the ground, where a projection bends angles.

Most projected systems keep angles. Degrees do not: on the ground, a degree of longitude is shorter than one
of latitude, so that a rectangle drawn in degrees is a parallelogram there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from engine.geodesy import Ellipsoid, ellipsoid_of
from engine.grid import FloatArray
from engine.stages.polygons import Polygonal

_BENT = 1e-2
"""A map that stretches one direction by less than this more than another bends no angle by 0.3 degrees."""


@dataclass(frozen=True, eq=False)
class GroundFrame:
    """From map coordinates to coordinates with the ground's angles, and back; areas stay what they are.

    Attributes:
        centre: (2,) place in map coordinates that becomes the origin.
        matrix: (2, 2) of determinant 1; None where the map keeps angles, so that nothing moves at all.
    """

    centre: FloatArray
    matrix: FloatArray | None

    def to_ground(self, geom: Polygonal) -> Polygonal:
        """A geometry of the map, with the frame's centre as origin; as it is where the map keeps angles."""
        if self.matrix is None:
            return geom
        return _turned(geom, lambda xy: xy - self.centre, self.matrix)

    def to_map(self, geom: Polygonal) -> Polygonal:
        """What :meth:`to_ground` made, back on the map."""
        if self.matrix is None:
            return geom
        around = _turned(geom, lambda xy: xy, np.asarray(np.linalg.inv(self.matrix), np.float64))
        back: Polygonal = shapely.transform(around, lambda xy: xy + self.centre)
        return back


def _turned(geom: Polygonal, move: Callable[[FloatArray], FloatArray], matrix: FloatArray) -> Polygonal:
    # Entry by entry, not as a matrix product, whose last bit depends on a row's place: rings must close.
    (a, b), (d, e) = matrix.tolist()

    def turn(xy: FloatArray) -> FloatArray:
        x, y = move(xy).T
        return np.column_stack([a * x + b * y, d * x + e * y])

    turned: Polygonal = shapely.transform(geom, turn)
    return turned


def ground_frames(geoms: Sequence[Polygonal], crs: str | None) -> list[GroundFrame]:
    """A frame for each geometry, true at the middle of its bounds.

    Args:
        geoms: in ``crs``; empty ones get a frame that moves nothing.
        crs: WKT or authority code; without one, or with one tied to no ellipsoid, angles are taken as drawn.
    """
    ellipsoid = ellipsoid_of(crs)
    return [_frame(np.array(geom.bounds), ellipsoid) for geom in geoms]


def _frame(bounds: FloatArray, ellipsoid: Ellipsoid | None) -> GroundFrame:
    """Of the smallest change (symmetric) that gives both axes their lengths and angle on the ground."""
    low, high = bounds[:2], bounds[2:]
    centre, reach = (low + high) / 2, float((high - low).max()) / 2
    still = GroundFrame(centre, None)
    if ellipsoid is None or not reach > 0:
        return still
    steps = _ground_steps(centre, reach, ellipsoid)
    if not np.isfinite(steps).all():
        return still
    # Lengths on the ground of map steps v are vᵀ G v; its root is that change.
    values, vectors = np.linalg.eigh(steps.T @ steps)
    if not values[0] > 0 or values[1] < values[0] * (1 + _BENT) ** 2:
        return still
    roots = np.sqrt(values)
    return GroundFrame(centre, vectors @ np.diag(roots / np.sqrt(roots.prod())) @ vectors.T)


def _ground_steps(centre: FloatArray, reach: float, ellipsoid: Ellipsoid) -> FloatArray:
    """(2, 2) metres east and north (rows) of a step along x and one along y (columns)."""
    ends = centre + reach * np.array([[-1, 0], [1, 0], [0, -1], [0, 1]])
    lon, lat = np.radians(ellipsoid.lonlat(ends)).T
    turn = (lon[1::2] - lon[::2] + np.pi) % (2 * np.pi) - np.pi
    bend = 1 - ellipsoid.geod.es * np.sin(lat.mean()) ** 2
    east = turn * np.cos(lat.mean()) / np.sqrt(bend)
    north = (lat[1::2] - lat[::2]) * (1 - ellipsoid.geod.es) / bend**1.5
    return ellipsoid.geod.a * np.stack([east, north])
