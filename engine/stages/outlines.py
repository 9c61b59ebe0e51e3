"""From the logits of one mask to its outline in raster pixels, where the tile holds data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from affine import Affine
from scipy.ndimage import distance_transform_edt

from engine import overlay
from engine.grid import RasterGrid, Tile
from engine.stages.polygons import trace
from engine.stages.polygons import valid as valid_polygons

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

INVALID = -32.0
"""Logit of the cells that hold no image data."""


def mask_invalid(logits: np.ndarray, valid: np.ndarray) -> None:
    """Rule out cells without image data in (K, h, w) logits, in place; ``valid`` is at tile resolution."""
    if valid.all():
        return
    step = valid.shape[0] // logits.shape[-1]
    share = valid.reshape(logits.shape[-2], step, logits.shape[-1], step).mean(axis=(1, 3))
    logits[:, share < 0.5] = INVALID


def outline_of(logits: np.ndarray, tile: Tile) -> Polygon | MultiPolygon:
    """Contour of ``logits > 0`` in raster pixels, interpolated between the cells.

    Where cells hold no data the nearest answer goes on, so that the outline does not bend before them.
    """
    missing = logits == INVALID
    if missing.any() and not missing.all():
        nearest = distance_transform_edt(missing, return_distances=False, return_indices=True)
        logits = logits[tuple(nearest)]
    return trace(logits, to_raster(tile, logits.shape[-1]))


def on_data(
    outline: Polygon | MultiPolygon, logits: np.ndarray, valid: np.ndarray, tile: Tile, grid: RasterGrid
) -> Polygon | MultiPolygon | None:
    """An outline cut along the data's edge, where cells hold none; None if GEOS cannot.

    Args:
        valid: at tile resolution.
    """
    missing = logits == INVALID
    if not missing.any() or missing.all():
        return outline
    region = _data_region(valid, tile, grid)
    common = None if region is None else overlay.intersection(outline, region)
    return None if common is None else valid_polygons(common)


def to_raster(tile: Tile, side: int) -> Affine:
    """From cells of a grid of ``side`` over the tile to raster pixels."""
    return Affine.translation(tile.x, tile.y) @ Affine.scale(tile.span / side)


def _data_region(valid: np.ndarray, tile: Tile, grid: RasterGrid) -> BaseGeometry | None:
    """Where the tile holds data: the raster's rectangle, less what is nodata within it."""
    raster = shapely.box(0, 0, grid.width, grid.height)
    centres = (np.arange(tile.size) + 0.5) * tile.scale
    on_raster = np.outer(
        (centres + tile.y > 0) & (centres + tile.y < grid.height),
        (centres + tile.x > 0) & (centres + tile.x < grid.width),
    )
    if valid[on_raster].all():
        return raster
    return overlay.intersection(raster, trace(valid - np.float32(0.5), to_raster(tile, tile.size)))
