"""The same place by another turn of longitude: 0..360 on -180..180, and rasters across the 180th meridian."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from engine.grid import RasterGrid
from engine.reading.seam import full_turn
from engine.reading.vector import VectorLayer


def wrap(layer: VectorLayer, grid: RasterGrid) -> VectorLayer:
    """The layer, those of its shapes moved by a full turn of longitude that only so lie along the raster.

    Args:
        layer: in the raster's CRS.
    """
    turn = full_turn(grid.crs_wkt)
    if turn is None:
        return layer
    left, right = _extent(grid)
    shapes = layer.frame.geometry.values
    moved = np.array(shapes, dtype=object)
    for row in _elsewhere(moved, left, right).tolist():
        moved[row] = _moved(shapes[row], left, right, turn)
    if all(new is old for new, old in zip(moved, shapes, strict=True)):
        return layer
    note = f"{layer.title}: longitudes are moved by a full turn to where the raster lies"
    frame = layer.frame.set_geometry(moved, crs=layer.frame.crs)
    return replace(layer, frame=frame, notes=(*layer.notes, note))


def _extent(grid: RasterGrid) -> tuple[float, float]:
    x = grid.to_world([(0, 0), (grid.width, 0), (0, grid.height), (grid.width, grid.height)])[:, 0]
    return float(x.min()), float(x.max())


def _elsewhere(shapes: NDArray[np.object_], left: float, right: float) -> NDArray[np.int64]:
    """Row numbers of shapes that have a part outside left..right."""
    parts, rows = shapely.get_parts(shapes, return_index=True)
    low, _, high, _ = shapely.bounds(parts).reshape(-1, 4).T
    return np.unique(rows[(high < left) | (low > right)])


def _moved(shape: shapely.Geometry | None, left: float, right: float, turn: float) -> shapely.Geometry | None:
    """The shape itself where nothing of it gains by a turn."""
    if shape is None or shape.is_empty:
        return shape
    parts = shapely.get_parts(shape)
    offsets = [_offset(part.bounds[0], part.bounds[2], left, right, turn) for part in parts]
    if not any(offsets):
        return shape
    turned = [shapely.transform(part, _along_x(offset)) for part, offset in zip(parts, offsets, strict=True)]
    return turned[0] if len(turned) == 1 and shape.geom_type == turned[0].geom_type else type(shape)(turned)


def _offset(low: float, high: float, left: float, right: float, turn: float) -> float:
    """0 if low..high meets left..right, or if no whole number of turns makes it do so."""
    if not (math.isfinite(low) and math.isfinite(high)) or (high >= left and low <= right):
        return 0.0
    offset = turn * round(((left + right) / 2 - (low + high) / 2) / turn)
    return offset if high + offset >= left and low + offset <= right else 0.0


def _along_x(offset: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    def shift(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return xy + np.array([offset, 0.0])

    return shift
