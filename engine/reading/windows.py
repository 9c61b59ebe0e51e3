"""Reading windows of a raster at any scale, with padding and validity, one window's memory at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rasterio.enums import MaskFlags, Resampling
from rasterio.io import DatasetReader
from rasterio.windows import Window

from engine.reading.bands import BandChoice
from engine.reading.missing import Missing, without

Values = NDArray[Any]
Mask = NDArray[np.bool_]

OVERSAMPLE = 4
"""Amplitudes and palette colours are averaged from at most this many samples per output pixel and axis."""
CHUNK_PIXELS = 1 << 18
"""Pixels of the windows in which single points are looked up."""
SLIVER = 1e-6
"""Parts of a pixel narrower than this are rounding noise."""


class WindowReader:
    """Values and validity of the chosen bands of one open dataset.

    Windows are (x, y, width, height) in raster pixels, and may have fractions. Values come as (B, H, W)
    floats: B = 1, or 3 (also for a palette, whose colours are looked up). Complex values become amplitudes.
    """

    def __init__(self, dataset: DatasetReader, choice: BandChoice, missing: Missing = ()) -> None:
        """
        Args:
            missing: values of each band that are no data, though the dataset does not say so.
        """
        self.dataset = dataset
        self.choice = choice
        self.missing = missing
        self.is_complex = any(dataset.dtypes[i - 1].startswith("complex") for i in choice.indexes)
        self.is_float = any(dataset.dtypes[i - 1].startswith("float") for i in choice.indexes)
        self._palette = _palette(dataset, choice.indexes[0]) if choice.palette else None
        flags = [dataset.mask_flag_enums[i - 1] for i in choice.indexes]
        self._has_masks = any(MaskFlags.all_valid not in f for f in flags)

    @property
    def bands(self) -> int:
        """Number of bands that are handed out: 1 or 3."""
        return 3 if self.choice.palette else len(self.choice.indexes)

    @property
    def all_valid(self) -> bool:
        """Whether no pixel of the raster can be invalid."""
        can_be_nan = self.is_float or self.is_complex or bool(self.missing)
        return not (self._has_masks or self.choice.alpha or can_be_nan or self.choice.palette)

    def read(self, window: tuple[float, float, float, float], shape: tuple[int, int]) -> tuple[Values, Mask]:
        """Values (B, H, W) and validity (H, W) of a window that may hang over the raster's edge.

        Decimation averages over each output pixel's area, enlargement is bilinear. Output pixels that the
        edge cuts are read from the part inside, so that nothing shifts; those outside are 0 and invalid.
        """
        x, y, width, height = window
        values = np.zeros((self.bands, *shape), dtype=self._dtype)
        valid = np.zeros(shape, dtype=bool)
        scales = width / shape[1], height / shape[0]
        for rows, top, bottom in _pieces(y, height, shape[0], self.dataset.height):
            for cols, left, right in _pieces(x, width, shape[1], self.dataset.width):
                part = Window(left, top, right - left, bottom - top)
                size = rows.stop - rows.start, cols.stop - cols.start
                values[:, rows, cols], valid[rows, cols] = self._resampled(part, size, max(scales))
        values[:, ~valid] = 0
        return values, valid

    def sample(self, window: Window, shape: tuple[int, int]) -> tuple[Values, Mask]:
        """Values (B, H, W) and validity (H, W) of nearest pixels, within the raster: never an average."""
        raw = self.dataset.read(
            self.choice.indexes,
            window=window,
            out_shape=(len(self.choice.indexes), *shape),
            resampling=Resampling.nearest,
        )
        valid = self._mask(window, shape)
        if self._palette is not None:
            colours = self._palette[np.clip(raw[0], 0, len(self._palette) - 1)]
            return np.moveaxis(colours[..., :3], -1, 0).astype(self._dtype), valid & (colours[..., 3] > 0)
        values = without((np.abs(raw) if self.is_complex else raw).astype(self._dtype), self.missing)
        return values, valid & np.isfinite(values).any(axis=0)

    def valid_at(self, xy: NDArray[np.float64]) -> Mask:
        """Whether each of (N, 2) pixel coordinates inside the raster lies on data, read in small windows."""
        valid = np.ones(len(xy), dtype=bool)
        if self.all_valid or not len(xy):
            return valid
        cols, rows = np.floor(xy).astype(np.int64).T
        for group in self._chunks(rows, cols):
            top, left = rows[group].min(), cols[group].min()
            shape = int(rows[group].max() - top + 1), int(cols[group].max() - left + 1)
            mask = self._validity(Window(left, top, shape[1], shape[0]), shape)
            valid[group] = mask[rows[group] - top, cols[group] - left]
        return valid

    @property
    def _dtype(self) -> np.dtype[Any]:
        """float32 holds 16-bit integers exactly; wider types need float64."""
        kinds = [np.dtype(np.float32)]
        if not self.is_complex:
            kinds += [np.dtype(self.dataset.dtypes[i - 1]) for i in self.choice.indexes]
        return np.result_type(*kinds)

    def _resampled(self, window: Window, shape: tuple[int, int], scale: float) -> tuple[Values, Mask]:
        # A NaN that GDAL interpolates eats its neighbours, whatever the mask says of it; of a missing value
        # that the file does not declare, GDAL knows nothing.
        hidden = self.is_complex or self._palette is not None or bool(self.missing)
        if hidden or (self.is_float and scale < 1):
            return self._resampled_after_conversion(window, shape, scale)
        values = self.dataset.read(
            self.choice.indexes,
            window=window,
            out_shape=(len(self.choice.indexes), *shape),
            out_dtype=self._dtype,
            resampling=Resampling.average if scale > 1 else Resampling.bilinear,
        )
        valid = self._mask(window, shape)
        return values, valid & np.isfinite(values).any(axis=0) if self.is_float else valid

    def _resampled_after_conversion(
        self, window: Window, shape: tuple[int, int], scale: float
    ) -> tuple[Values, Mask]:
        """Amplitudes and colours average; phases, palette indexes and NaN do not. So convert first."""
        margin = 0 if scale >= 1 else 1
        left = max(0, math.floor(window.col_off) - margin)
        top = max(0, math.floor(window.row_off) - margin)
        width = min(self.dataset.width, math.ceil(window.col_off + window.width) + margin) - left
        height = min(self.dataset.height, math.ceil(window.row_off + window.height) + margin) - top
        inner = min(height, OVERSAMPLE * shape[0] + 2), min(width, OVERSAMPLE * shape[1] + 2)
        values, valid = self.sample(Window(left, top, width, height), inner)
        fx, fy = inner[1] / width, inner[0] / height
        x, y = (window.col_off - left) * fx, (window.row_off - top) * fy
        box = (x, y, min(inner[1], x + window.width * fx), min(inner[0], y + window.height * fy))
        weight = _resize(valid.astype(np.float32), shape, box)
        resized = np.stack([_resize(np.where(valid, band, 0), shape, box) for band in values])
        return resized / np.maximum(weight, SLIVER), self.sample(window, shape)[1] & (weight > 0)

    def _validity(self, window: Window, shape: tuple[int, int]) -> Mask:
        """Validity at full resolution; the bands themselves are read only if values can be invalid."""
        if self.is_float or self.is_complex or self.choice.palette or self.missing:
            return self.sample(window, shape)[1]
        return self._mask(window, shape)

    def _mask(self, window: Window, shape: tuple[int, int]) -> Mask:
        """What nodata, mask and alpha bands say; a pixel with data in any chosen band is valid.

        (As in GDAL's dataset mask: a shadow that is black in one band is no hole.)
        """
        valid = np.ones(shape, dtype=bool)
        if self._has_masks:
            indexes = sorted(set(self.choice.indexes))
            masks = self.dataset.read_masks(
                indexes, window=window, out_shape=(len(indexes), *shape), resampling=Resampling.nearest
            )
            valid &= masks.any(axis=0)
        if self.choice.alpha is not None:
            valid &= self.dataset.read(self.choice.alpha, window=window, out_shape=shape) > 0
        return valid

    def _chunks(self, rows: NDArray[np.int64], cols: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        """Indices of points, grouped by block-aligned windows of about CHUNK_PIXELS."""
        block_height, block_width = self.dataset.block_shapes[self.choice.indexes[0] - 1]
        width = min(block_width * max(1, 512 // block_width), CHUNK_PIXELS)
        height = max(1, CHUNK_PIXELS // width)
        height = height // block_height * block_height or height
        key = (rows // height) * (self.dataset.width // width + 1) + cols // width
        order = np.argsort(key, kind="stable")
        yield from np.split(order, np.flatnonzero(np.diff(key[order])) + 1)


def _pieces(offset: float, span: float, size: int, limit: int) -> Iterator[tuple[slice, float, float]]:
    """Along one axis: output pixels wholly inside 0..limit, and those cut by an end, with source ranges."""
    scale = span / size
    begin = max(0, math.floor(-offset / scale))
    end = min(size, math.ceil((limit - offset) / scale))
    cuts = {begin, end}
    if offset + begin * scale < 0:
        cuts.add(begin + 1)
    if offset + end * scale > limit:
        cuts.add(end - 1)
    for low, high in pairwise(sorted(c for c in cuts if begin <= c <= end)):
        source = max(0.0, offset + low * scale), min(float(limit), offset + high * scale)
        if source[1] - source[0] > SLIVER:
            yield slice(low, high), *source


def _resize(band: Values, shape: tuple[int, int], box: tuple[float, float, float, float]) -> Values:
    """Area average when it gets smaller, bilinear when it gets larger."""
    shrinks = box[2] - box[0] > shape[1] or box[3] - box[1] > shape[0]
    method = Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR
    picture = Image.fromarray(band.astype(np.float32)).resize((shape[1], shape[0]), method, box=box)
    return np.asarray(picture)


def _palette(dataset: DatasetReader, index: int) -> NDArray[np.uint8]:
    """(N, 4) uint8 colour table; unlisted entries are opaque black."""
    colours = dataset.colormap(index)
    table = np.tile(np.array([0, 0, 0, 255], dtype=np.uint8), (max(colours) + 1, 1))
    for entry, rgba in colours.items():
        table[entry] = rgba
    return table
