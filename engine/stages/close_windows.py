"""The windows in which objects are looked at: of a lattice, or as few as hold small ones close together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from engine.config import TileConfig
from engine.grid import RasterGrid, Tile, plan, span_at
from engine.reading.prompts import Prompt

INNER_SHARE = 13 / 16
"""The middle part of a window, along each axis, in which the centres of its objects lie."""
Owned = tuple[Tile, np.ndarray]
"""A window and the numbers of its objects, ascending."""


def lattice_windows(
    xy: np.ndarray, level: int, size: int, tiles: TileConfig, grid: RasterGrid
) -> Iterator[Owned]:
    """The lattice's tiles that own the points ``xy``, moved onto the raster as far as they fit.

    What hangs over an edge is wasted; tiles that come to lie on the same window become one, so that a
    raster smaller than a tile is read and embedded once.
    """
    return _merged(((tile, rows) for tile, rows in plan(xy, level, size, tiles.overlap)), grid)


def fewest_windows(
    xy: np.ndarray, level: int, size: int, tiles: TileConfig, grid: RasterGrid
) -> Sequence[Owned]:
    """The lattice's tiles, or windows around groups of the points if those are fewer.

    A point alone gets the lattice's tile, so that another click beside it finds its embedding kept.
    """
    found = list(lattice_windows(xy, level, size, tiles, grid))
    for axes in ((0, 1), (1, 0)):
        grouped = list(_merged(_grouped(xy, level, size, axes), grid))
        if len(grouped) < len(found):
            found = grouped
    return found


def close_tiles(
    boxes: Mapping[int, np.ndarray],
    levels: Mapping[int, int],
    prompts: Sequence[Prompt],
    size: int,
    grid: RasterGrid,
) -> dict[int, Tile]:
    """A tile of its own around the box of each object, as long as all of its clicks lie in it.

    Args:
        boxes: row -> (4,) raster pixels.
        levels: row -> pyramid level.
        prompts: of all rows.
        size: side of such tiles, in their pixels.
    """
    tiles = {}
    for row, box in boxes.items():
        span = span_at(levels[row], size)
        x, y = np.round((box[:2] + box[2:]) / 2 - span / 2)
        tile = _on_raster(Tile(levels[row], 0, row, float(x), float(y), span, size), grid)
        places = tile.to_tile(prompts[row].xy)
        if ((places >= 0) & (places <= size)).all():
            tiles[row] = tile
    return tiles


def cuts(tile: Tile, box: np.ndarray, near: float, grid: RasterGrid) -> bool:
    """Whether a box reaches a side of a tile behind which the raster goes on.

    Args:
        box: (4,) tile pixels.
        near: tile pixels from a side that count as there, such as the side of a mask's cell.
    """
    low, high = box[:2] < near, box[2:] > tile.size - near
    more_before = np.array([tile.x > 0, tile.y > 0])
    more_after = np.array([tile.x + tile.span < grid.width, tile.y + tile.span < grid.height])
    return bool((low & more_before).any() or (high & more_after).any())


def _grouped(xy: np.ndarray, level: int, size: int, axes: tuple[int, int]) -> Iterator[Owned]:
    """Windows around groups of points: strips along one axis, each cut along the other."""
    span = span_at(level, size)
    reach = span * INNER_SHARE
    number = 0
    for strip in _cut(xy, np.arange(len(xy)), axes[0], reach):
        for rows in _cut(xy, strip, axes[1], reach):
            centre = (xy[rows].min(axis=0) + xy[rows].max(axis=0)) / 2
            x, y = np.round(centre - span / 2)
            yield Tile(level, 0, number, float(x), float(y), span, size), np.sort(rows)
            number += 1


def _cut(xy: np.ndarray, rows: np.ndarray, axis: int, reach: float) -> Iterator[np.ndarray]:
    """Groups of rows, none of which is longer than ``reach`` along an axis; as few as can be."""
    ordered = rows[np.argsort(xy[rows, axis], kind="stable")]
    while len(ordered):
        places = xy[ordered, axis]
        end = int(np.searchsorted(places, places[0] + reach, side="right"))
        yield ordered[:end]
        ordered = ordered[end:]


def _merged(windows: Iterable[Owned], grid: RasterGrid) -> Iterator[Owned]:
    """Windows moved onto the raster, those at one place as one, in row-major order."""
    merged: dict[tuple[float, float], tuple[Tile, list[np.ndarray]]] = {}
    for tile, rows in windows:
        moved = _on_raster(tile, grid)
        merged.setdefault((moved.x, moved.y), (moved, []))[1].append(rows)
    for _, (tile, parts) in sorted(merged.items(), key=lambda item: item[0][::-1]):
        yield tile, np.sort(np.concatenate(parts))


def _on_raster(tile: Tile, grid: RasterGrid) -> Tile:
    """The tile moved onto the raster as far as it fits."""
    x = min(max(tile.x, 0), max(grid.width - tile.span, 0))
    y = min(max(tile.y, 0), max(grid.height - tile.span, 0))
    return replace(tile, x=x, y=y)
