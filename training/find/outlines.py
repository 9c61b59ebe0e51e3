"""Outlines as candidates: what the encoder sees of polygons that stand already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from affine import Affine
from rasterio.features import rasterize

from engine.config import TileConfig
from engine.grid import RasterGrid, Tile
from engine.models.base import Segmenter
from engine.models.class_adapters import NO_CLASS, answering_for
from engine.stages.candidates import Candidate, describe
from engine.stages.close_windows import lattice_windows
from engine.stages.pipeline import Reader

WHOLENESS = 0.7
"""Predicted IoU that stands for the model's own, which nobody asked for."""


def described(
    shapes: Sequence[shapely.Geometry], level: int, reader: Reader, model: Segmenter, tiles: TileConfig
) -> list[Candidate | None]:
    """Outlines, in raster pixels, as candidates of a level; None for one that covers no cell."""
    found: list[Candidate | None] = [None] * len(shapes)
    for tile, rows in _tiles(shapes, level, model.image_size, tiles, reader.grid):
        drawn = [_on_tile(shapes[row], tile, model.mask_size) for row in rows]
        seen = [number for number, mask in enumerate(drawn) if mask.any()]
        if seen:
            with answering_for(model, NO_CLASS):  # As the candidates that it is compared with.
                embedding = model.encode(reader.read(tile)[0])
            features = describe(embedding, np.stack([drawn[n] for n in seen]))
            for number, values in zip(seen, features, strict=True):
                found[rows[number]] = as_candidate(shapes[rows[number]], tile.span / model.mask_size, values)
    return found


def _tiles(
    shapes: Sequence[shapely.Geometry], level: int, size: int, tiles: TileConfig, grid: RasterGrid
) -> Iterator[tuple[Tile, np.ndarray]]:
    if shapes:
        bounds = shapely.bounds(np.array(shapes, object))
        yield from lattice_windows((bounds[:, :2] + bounds[:, 2:]) / 2, level, size, tiles, grid)


def _on_tile(shape: shapely.Geometry, tile: Tile, side: int) -> np.ndarray:
    """(side, side) bool: the cells of a tile whose centres an outline covers."""
    to_raster = Affine.translation(tile.x, tile.y) @ Affine.scale(tile.span / side)
    return np.asarray(rasterize([shape], out_shape=(side, side), transform=to_raster) > 0)


def as_candidate(shape: shapely.Geometry, cell: float, features: np.ndarray | None = None) -> Candidate:
    """An outline, in raster pixels, drawn on cells of that size; at least one cell."""
    x0, y0, x1, y1 = np.array(shape.bounds) / cell
    corner = np.floor([x0, y0])
    width, height = np.maximum(np.ceil([x1, y1]) - corner, 1).astype(int)
    to_raster = Affine.translation(*(corner * cell)) @ Affine.scale(cell)
    mask = rasterize([shape], out_shape=(height, width), transform=to_raster) > 0
    if not mask.any():
        mask[height // 2, width // 2] = True
    middle = np.array(shapely.point_on_surface(shape).coords[0])
    values = np.zeros(0, np.float32) if features is None else features
    return Candidate(middle, corner * cell, cell, mask, WHOLENESS, 1.0, values, False)
