"""Georeferencing and the tile lattice, as plain values: no file is touched here.

Pixel coordinates are continuous, x along columns and y along rows, with (0, 0) at the outer corner of the
upper-left pixel: the centre of row r, column c is (c + 0.5, r + 0.5).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyproj
from affine import Affine
from numpy.typing import ArrayLike, NDArray
from rasterio.crs import CRS

from engine.errors import ConfigError, PointsError, RasterError
from engine.geodesy import ellipsoid_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def as_points(xy: ArrayLike) -> FloatArray:
    """Any sequence of pairs as an (N, 2) float64 array; a single pair becomes (1, 2)."""
    points = np.asarray(xy, dtype=np.float64)
    return points.reshape(-1, 2)


@dataclass(frozen=True)
class RasterGrid:
    """Where a raster's pixels lie on the ground.

    Attributes:
        width, height: raster size in pixels.
        transform: pixel to world; rotated, sheared and south-up transforms are as good as any other.
        crs: coordinate reference system of the world side, or None for local coordinates.
    """

    width: int
    height: int
    transform: Affine
    crs: CRS | None

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise RasterError(f"a raster needs at least one pixel, not {self.width} x {self.height}")
        if not math.isfinite(sum(self.transform[:6])) or self._determinant == 0:
            raise RasterError(
                f"the raster's geotransform {tuple(self.transform[:6])} maps pixels onto a line, "
                "so it has no inverse: give it a correct one (gdal_edit -a_ullr)"
            )

    @property
    def _determinant(self) -> float:
        t = self.transform
        return float(t.a * t.e - t.b * t.d)

    @property
    def _matrix(self) -> FloatArray:
        t = self.transform
        return np.array([[t.a, t.b], [t.d, t.e]], dtype=np.float64)

    @property
    def _origin(self) -> FloatArray:
        return np.array([self.transform.c, self.transform.f], dtype=np.float64)

    @property
    def crs_wkt(self) -> str | None:
        """WKT of the CRS, as pyproj and geopandas take it; None for local coordinates."""
        return None if self.crs is None else str(self.crs.to_wkt())

    @property
    def pixel_size(self) -> float:
        """Side, in CRS units, of the square that covers as much as one pixel."""
        return math.sqrt(abs(self._determinant))

    def to_world(self, xy: ArrayLike) -> FloatArray:
        """(N, 2) pixel coordinates to (N, 2) world coordinates."""
        return as_points(xy) @ self._matrix.T + self._origin

    def to_pixel(self, xy: ArrayLike) -> FloatArray:
        """(N, 2) world coordinates to (N, 2) pixel coordinates; the inverse of :meth:`to_world`."""
        # Subtracting the origin first keeps the digits that a false northing of millions would eat.
        shifted = as_points(xy) - self._origin
        a, b, d, e = (float(v) for v in self._matrix.ravel())
        inverse = np.array([[e, -b], [-d, a]]) / self._determinant
        return shifted @ inverse.T

    def contains(self, xy: ArrayLike) -> NDArray[np.bool_]:
        """Whether each of (N, 2) pixel coordinates lies on the raster (right and lower edge excluded)."""
        points = as_points(xy)
        return np.asarray(((points >= 0) & (points < (self.width, self.height))).all(axis=1))

    def metres_per_pixel(self) -> float:
        """True ground side of a pixel at the raster's centre, in metres.

        Geodesic, so that degrees, feet and the stretched metres of web Mercator all come out right.
        Without a CRS that leads to longitude and latitude, the nominal unit is taken (metres if unknown).
        """
        if self.crs is None:
            return self.pixel_size
        crs = self.crs.to_wkt()
        measured = self._geodesic_side(crs)
        if measured is not None:
            return measured
        return self.pixel_size * pyproj.CRS.from_wkt(crs).axis_info[0].unit_conversion_factor

    def _geodesic_side(self, crs: str) -> float | None:
        """Geodesic side of the centre pixel, or None where longitude and latitude cannot be had."""
        ellipsoid = ellipsoid_of(crs)
        if ellipsoid is None:
            return None
        centre = np.array([self.width / 2, self.height / 2])
        corners = self.to_world(centre + np.array([[0, 0], [1, 0], [0, 1]]))
        lon, lat = ellipsoid.lonlat(corners).T
        if not np.isfinite([lon, lat]).all() or np.abs(lat).max() > 90:
            return None
        azimuth, _, length = ellipsoid.geod.inv(lon[[0, 0]], lat[[0, 0]], lon[1:], lat[1:])
        # |u x v| is the area of the parallelogram that one pixel covers on the ground.
        area = length[0] * length[1] * abs(math.sin(math.radians(azimuth[1] - azimuth[0])))
        return math.sqrt(area)


@dataclass(frozen=True)
class Tile:
    """A square window over the raster, and the square image it is read into.

    Tiles may hang over the raster's edge: what lies outside reads as invalid.

    Attributes:
        level: pyramid level; a tile spans ``size * 2**level`` raster pixels a side.
        row, col: place on the lattice of that level (0, 0 touches the raster's origin).
        x, y: raster pixel coordinates of the upper-left corner: that place, or where it was moved to so as to
            lie on the raster.
        span: side in raster pixels.
        size: side in tile pixels, as read out.
    """

    level: int
    row: int
    col: int
    x: float
    y: float
    span: int
    size: int

    @property
    def scale(self) -> float:
        """Raster pixels per tile pixel."""
        return self.span / self.size

    @property
    def window(self) -> tuple[float, float, int, int]:
        """(column offset, row offset, width, height) in raster pixels."""
        return self.x, self.y, self.span, self.span

    def to_tile(self, xy: ArrayLike) -> FloatArray:
        """(N, 2) raster pixel coordinates to (N, 2) tile pixel coordinates."""
        return (as_points(xy) - (self.x, self.y)) / self.scale

    def to_raster(self, xy: ArrayLike) -> FloatArray:
        """(N, 2) tile pixel coordinates to (N, 2) raster pixel coordinates."""
        return as_points(xy) * self.scale + (self.x, self.y)


def span_at(level: int, size: int) -> int:
    """Raster pixels a side of a tile of ``size`` pixels at a pyramid level; ConfigError if not whole."""
    if size < 1:
        raise ConfigError(f"a tile needs at least one pixel a side, not {size}")
    if level >= 0:
        return size << level
    span, rest = divmod(size, 1 << -level)
    if rest:
        raise ConfigError(
            f"level {level} splits a tile of {size} pixels into fractions: choose a level nearer to 0"
        )
    return span


def stride_at(level: int, size: int, overlap: float) -> int:
    """Raster pixels between the origins of neighbouring tiles: ``span * (1 - overlap)``, rounded."""
    if not 0 <= overlap < 1:
        raise ConfigError(f"tile overlap must be in [0, 1), not {overlap}")
    return max(1, round(span_at(level, size) * (1 - overlap)))


def tile_at(level: int, row: int, col: int, size: int, overlap: float) -> Tile:
    """The lattice tile at a row and column; both may be negative."""
    stride = stride_at(level, size, overlap)
    return Tile(level, row, col, col * stride, row * stride, span_at(level, size), size)


def owner(xy: ArrayLike, level: int, size: int, overlap: float) -> IntArray:
    """(N, 2) int64: row and column of the lattice tile in which each raster pixel coordinate is most central.

    The lattice is anchored at the raster's origin, so the answer depends on the point alone, not on other
    points, their order or the raster's extent. On a tie the tile further right or down wins.
    """
    points = as_points(xy)
    if not np.isfinite(points).all():
        raise PointsError("points need finite coordinates: drop those without a position first")
    half = span_at(level, size) / 2
    # Tile k is centred at k * stride + half, so the nearest centre is a rounding, along each axis alone.
    nearest = np.floor((points - half) / stride_at(level, size, overlap) + 0.5)
    return nearest[:, ::-1].astype(np.int64)


def plan(xy: ArrayLike, level: int, size: int, overlap: float) -> tuple[tuple[Tile, IntArray], ...]:
    """The tiles that points need, in row-major order, each with the indices of the points it owns.

    Every point of ``xy`` (N, 2; raster pixels) is in exactly one tile. Indices ascend; no tile is empty.
    """
    rows_cols = owner(xy, level, size, overlap)
    if not len(rows_cols):
        return ()
    lattice, inverse = np.unique(rows_cols, axis=0, return_inverse=True)
    order = np.argsort(inverse.ravel(), kind="stable").astype(np.int64)
    ends = np.cumsum(np.bincount(inverse.ravel()))
    groups = np.split(order, ends[:-1])
    return tuple(
        (tile_at(level, int(row), int(col), size, overlap), group)
        for (row, col), group in zip(lattice, groups, strict=True)
    )
