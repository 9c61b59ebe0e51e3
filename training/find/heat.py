"""Where a view looks like the examples, cell by cell: the discriminant of :mod:`training.find.likeness`.

It says where to look, not what is an object: a cell knows its own features alone. Objects are judged whole by
``find``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from affine import Affine
from rasterio.features import rasterize
from scipy import ndimage

from engine.config import TileConfig
from engine.grid import RasterGrid, Tile, span_at
from engine.models.base import Embedding, Segmenter
from engine.stages.close_windows import lattice_windows
from engine.stages.pipeline import Reader
from training.find.likeness import Background, Moments, direction_of

MOST_TILES = 16
"""Of a view; a wider view is looked at more coarsely."""
MOST_EXAMPLES = 24
"""The last ones count: they are what the user has in mind."""
LOOKS = 16
"""Places on a tile's side, by which the tiles of a view are found."""
STRIDE = 8
"""Tile pixels on the side of a cell."""
BLUR = 1.0
"""Standard deviation in cells of the smoothing: single cells are noise."""


@dataclass(frozen=True, eq=False)
class Heat:
    """A map of likeness.

    Attributes:
        values: (h, w) float32: 0 as the mean cell of the view, 1 as the mean cell of the examples.
        x, y: its upper left corner, raster pixels.
        cell: raster pixels on the side of a cell.
    """

    values: np.ndarray
    x: float
    y: float
    cell: float


def heat(
    view: tuple[float, float, float, float],
    outlines: Sequence[shapely.Geometry],
    reader: Reader,
    model: Segmenter,
    tiles: TileConfig,
    check: Callable[[], None] = lambda: None,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Heat | None:
    """Compare every cell of a view with the cells inside the examples.

    Args:
        view: x0, y0, x1, y1 in raster pixels.
        outlines: of the examples, in raster pixels.
        check: called before each tile; what it raises ends the work.
        tell: told after each tile of the view how many are done, and how many there are.

    Returns:
        None if the view lies beside the raster, or no example covers a cell at the view's scale.
    """
    shapes = [shape for shape in outlines if not shape.is_empty][-MOST_EXAMPLES:]
    windows = _windows(view, model.image_size, tiles, reader.grid)
    if not windows or not shapes:
        return None
    level = windows[0].level
    moments, seen = Moments(), {}
    for tile in windows:
        check()
        seen[tile] = cells_of(tile, reader, model)
        moments.add(seen[tile].features[seen[tile].valid])
        tell(len(seen), len(windows))
    if not moments.count:
        return None
    middles = shapely.get_coordinates(shapely.centroid(np.array(shapes, object)))
    inside = []
    for tile, rows in lattice_windows(middles, level, model.image_size, tiles, reader.grid):
        check()
        cells = seen.get(tile) or cells_of(tile, reader, model)
        covered = _covered([shapes[row] for row in rows], tile, len(cells.valid))
        inside.append(cells.features[covered & cells.valid])
    examples = np.concatenate(inside)
    if not len(examples):
        return None
    background = moments.background()
    values = {tile: _likeness(cells, background, examples) for tile, cells in seen.items()}
    return _joined(values, span_at(level, model.image_size))


@dataclass(frozen=True, eq=False)
class Cells:
    """A tile's cells: ``features`` (s, s, F) float32, ``valid`` (s, s) whether most of each is image."""

    features: np.ndarray
    valid: np.ndarray


def cells_of(tile: Tile, reader: Reader, model: Segmenter) -> Cells:
    """What the encoder sees of each cell of a tile."""
    image, valid = reader.read(tile)
    side = model.image_size // STRIDE
    shares = valid.reshape(side, STRIDE, side, STRIDE).mean(axis=(1, 3))
    return Cells(_features(model.encode(image), side), shares > 0.5)


def _features(embedding: Embedding, side: int) -> np.ndarray:
    """(side, side, F) all maps of an embedding, brought to one size."""
    from torch.nn.functional import adaptive_avg_pool2d, interpolate

    parts = []
    for level in (embedding.features, *embedding.high_res):
        if level.shape[-1] < side:
            level = interpolate(level.float(), size=(side, side), mode="bilinear", align_corners=False)
        parts.append(adaptive_avg_pool2d(level.float(), side)[0].cpu().numpy())
    return np.concatenate(parts).transpose(1, 2, 0)


def _windows(
    view: tuple[float, float, float, float], size: int, tiles: TileConfig, grid: RasterGrid
) -> list[Tile]:
    """The tiles that cover a view, as fine as :data:`MOST_TILES` of them allow; none off the raster."""
    x0, y0 = max(view[0], 0.0), max(view[1], 0.0)
    x1, y1 = min(view[2], float(grid.width)), min(view[3], float(grid.height))
    if x0 >= x1 or y0 >= y1:
        return []
    found: list[Tile] = []
    for level in range(tiles.max_level + 1):
        step = span_at(level, size) / LOOKS
        columns, rows = (max(2, int(np.ceil((b - a) / step)) + 1) for a, b in ((x0, x1), (y0, y1)))
        if columns * rows > (MOST_TILES + 1) * LOOKS**2 and level < tiles.max_level:
            continue
        xs, ys = np.linspace(x0, x1 - 1e-6, columns), np.linspace(y0, y1 - 1e-6, rows)
        places = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
        found = [tile for tile, _ in lattice_windows(places, level, size, tiles, grid)]
        if len(found) <= MOST_TILES:
            break
    return found


def _covered(shapes: Sequence[shapely.Geometry], tile: Tile, side: int) -> np.ndarray:
    """(side, side) whether a cell's centre lies in an outline; of small ones, the cells that they touch."""
    to_raster = Affine.translation(tile.x, tile.y) @ Affine.scale(tile.span / side)
    found = np.zeros((side, side), bool)
    for shape in shapes:
        cells = rasterize([shape], out_shape=(side, side), transform=to_raster) > 0
        if not cells.any():
            cells = rasterize([shape], out_shape=(side, side), transform=to_raster, all_touched=True) > 0
        found |= cells
    return found


def _likeness(cells: Cells, background: Background, examples: np.ndarray) -> np.ndarray:
    """(s, s) the discriminant: 0 for the mean cell, 1 for the mean cell of the examples."""
    values = background.deviations(cells.features) @ direction_of(background, examples)
    return np.where(cells.valid, ndimage.gaussian_filter(values, BLUR), 0.0)


def _joined(values: dict[Tile, np.ndarray], span: int) -> Heat:
    """One map of overlapping tiles: where they overlap, the one in whose middle a cell lies counts most."""
    side = len(next(iter(values.values())))
    cell = span / side
    x, y = min(tile.x for tile in values), min(tile.y for tile in values)
    places = [(round((tile.x - x) / cell), round((tile.y - y) / cell)) for tile in values]
    width, height = (max(place[axis] for place in places) + side for axis in (0, 1))
    total, weight = np.zeros((height, width)), np.full((height, width), 1e-9)
    near = 1 + np.minimum(np.arange(side), np.arange(side)[::-1])
    inner = np.minimum(near[:, None], near[None]).astype(float)
    for (column, row), some in zip(places, values.values(), strict=True):
        part = np.s_[row : row + side, column : column + side]
        total[part] += inner * some
        weight[part] += inner
    return Heat((total / weight).astype(np.float32), float(x), float(y), float(cell))
