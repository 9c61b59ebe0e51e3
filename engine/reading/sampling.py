"""A sample of a raster's values that stands for the whole, without reading the whole."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.io import DatasetReader
from rasterio.windows import Window

from engine.reading.windows import WindowReader

FEW_PIXELS = 1 << 24
"""Rasters (or their overviews) of up to this size are decimated as a whole; of larger ones, blocks are."""
FIRST_BLOCKS = 64
"""Blocks looked at first; four times as many, and so on, while they hold no valid pixel."""
COMPARED_BLOCKS = 9
"""Blocks in which overviews are held against the pixels."""


def sample_values(reader: WindowReader, side: int) -> NDArray[Any]:
    """(B, N) values of about ``side * side`` pixels spread evenly over the raster, invalid ones left out.

    The choice of pixels depends on the raster alone. N is 0 only if no block holds valid data.
    """
    dataset = reader.dataset
    zoom = max(1.0, max(dataset.shape) / side)
    overviews = [factor for factor in dataset.overviews(reader.choice.indexes[0]) if factor <= zoom]
    if dataset.width * dataset.height <= FEW_PIXELS * max([1, *overviews]) ** 2:
        samples = _decimated(reader, Window(0, 0, dataset.width, dataset.height), zoom)
        if samples.size:
            return samples
    # Decimation without overviews would decode every block; and it can miss what little data there is.
    count, (rows, cols) = FIRST_BLOCKS, _lattice(dataset)
    while True:
        samples = _from_blocks(reader, count, side)
        if samples.size or count >= rows * cols:
            return samples
        count *= 4


def overviews_contradict(dataset: DatasetReader, indexes: Sequence[int]) -> bool:
    """Whether overviews show other values than the pixels: the raster was changed after they were built.

    In most of a few blocks, the median of the overview then lies beyond all the pixels below it. Lossy
    compression stays within the margin, a tenth of the contrast.
    """
    factors = dataset.overviews(indexes[0])
    if not factors:
        return False
    pairs = []
    for block in _spread_blocks(dataset, COMPARED_BLOCKS):
        shape = math.ceil(block.height / factors[0]), math.ceil(block.width / factors[0])
        pixels, overview = _finite(dataset, indexes[0], block), _finite(dataset, indexes[0], block, shape)
        if pixels.size and overview.size:
            pairs.append((pixels.min(), pixels.max(), np.median(overview)))
    if not pairs:
        return False
    low, high, middle = np.array(pairs, dtype=np.float64).T
    margin = 0.1 * (high.max() - low.min()) + 0.01 * max(abs(high.max()), abs(low.min()))
    return bool(((middle < low - margin) | (middle > high + margin)).mean() > 0.5)


def _finite(
    dataset: DatasetReader, index: int, window: Window, shape: tuple[int, int] | None = None
) -> NDArray[Any]:
    values = dataset.read(index, window=window, out_shape=shape, masked=True).compressed()
    values = np.abs(values) if np.iscomplexobj(values) else values
    return values[np.isfinite(values)]


def _from_blocks(reader: WindowReader, count: int, side: int) -> NDArray[Any]:
    """(B, N) values from about ``count`` blocks, thinned so that N stays near ``side * side``."""
    wanted = max(64, side * side // count)
    found = []
    for block in _spread_blocks(reader.dataset, count):
        samples = _decimated(reader, block, max(1.0, math.sqrt(block.width * block.height / wanted)))
        if samples.size:
            found.append(samples)
    return np.concatenate(found, axis=1) if found else np.empty((reader.bands, 0))


def _decimated(reader: WindowReader, window: Window, zoom: float) -> NDArray[Any]:
    shape = math.ceil(window.height / zoom), math.ceil(window.width / zoom)
    values, valid = reader.sample(window, shape)
    return values[:, valid]


def _lattice(dataset: DatasetReader) -> tuple[int, int]:
    """Rows and columns of storage blocks."""
    height, width = dataset.block_shapes[0]
    return math.ceil(dataset.height / height), math.ceil(dataset.width / width)


def _spread_blocks(dataset: DatasetReader, count: int) -> Iterator[Window]:
    """About ``count`` whole blocks in an even lattice; every block if there are no more."""
    rows, cols = _lattice(dataset)
    height, width = dataset.block_shapes[0]
    n_rows = min(rows, max(1, round(math.sqrt(count * rows / cols))))
    n_cols = min(cols, math.ceil(count / n_rows))
    n_rows = min(rows, math.ceil(count / n_cols))
    for i in range(n_rows):
        for j in range(n_cols):
            top = int((i + 0.5) * rows / n_rows) * height
            left = int((j + 0.5) * cols / n_cols) * width
            yield Window(left, top, min(width, dataset.width - left), min(height, dataset.height - top))
