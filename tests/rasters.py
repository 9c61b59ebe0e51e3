"""Small seeded rasters of every kind, and hypothesis strategies of georeferencing: shared by all tests."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import NotGeoreferencedWarning

NORTH_UP = Affine(0.5, 0, 600_000, 0, -0.5, 5_200_000)
SOUTH_UP = Affine(0.5, 0, 600_000, 0, 0.5, 5_200_000)
ROTATED = Affine.translation(600_000, 5_200_000) @ Affine.rotation(30) @ Affine.scale(0.5, -0.5)
SHEARED = Affine(0.5, 0.2, 600_000, 0.1, -0.6, 5_200_000)
TRANSFORMS = {"north_up": NORTH_UP, "south_up": SOUTH_UP, "rotated": ROTATED, "sheared": SHEARED}

UTM = "EPSG:32632"


def pixels(
    dtype: str = "uint8", bands: int = 3, height: int = 64, width: int = 64, seed: int = 0
) -> NDArray[Any]:
    """(bands, height, width) seeded values over a range typical of the type (dB-like if signed floats)."""
    rng = np.random.default_rng(seed)
    unit = rng.random((bands, height, width))
    if dtype.startswith("complex"):
        phase = np.exp(2j * np.pi * rng.random(unit.shape))
        return np.asarray((unit + 0.1) * 1000 * phase).astype(
            "complex64" if dtype == "complex_int16" else dtype
        )
    ranges = {"uint8": (0, 255), "int8": (-128, 127), "int16": (-500, 3000), "uint16": (200, 4000)}
    low, high = ranges.get(dtype, (-25.0, 5.0) if dtype.startswith("float") else (1000, 2_000_000))
    return np.asarray(low + unit * (high - low)).astype(dtype)


def ramp(height: int = 64, width: int = 64) -> NDArray[np.uint8]:
    """(3, height, width): red counts columns, green counts rows, blue is constant."""
    rows, cols = np.indices((height, width))
    return np.stack([cols, rows, np.full_like(rows, 77)]).astype("uint8")


def write_raster(
    path: Path,
    array: ArrayLike | None = None,
    *,
    dtype: str = "uint8",
    bands: int = 3,
    height: int = 64,
    width: int = 64,
    seed: int = 0,
    transform: Affine | None = NORTH_UP,
    crs: str | None = UTM,
    nodata: float | None = None,
    colours: Sequence[ColorInterp] | None = None,
    descriptions: Sequence[str] | None = None,
    colormap: Mapping[int, tuple[int, int, int, int]] | None = None,
    mask: ArrayLike | None = None,
    overviews: Sequence[int] = (),
    **profile: Any,
) -> Path:
    """Write a GeoTIFF and return its path.

    Args:
        array: (bands, height, width) or (height, width); seeded noise of the dtype and shape if None.
        colours: colour interpretation of each band; ``ColorInterp.alpha`` makes an alpha band.
        mask: (height, width) bool, written as a mask band inside the file.
        overviews: decimation factors to build, by averages.
        profile: more creation options, such as ``tiled=True, blockxsize=16, blockysize=16``.
    """
    data = pixels(dtype, bands, height, width, seed) if array is None else np.atleast_3d(np.asarray(array))
    if array is not None and np.ndim(array) == 2:
        data = np.moveaxis(data, -1, 0)
    profile |= {"dtype": dtype if array is None else str(data.dtype), "nodata": nodata, "crs": crs}
    with warnings.catch_warnings(), rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        shape = {"count": data.shape[0], "height": data.shape[1], "width": data.shape[2]}
        with rasterio.open(path, "w", driver="GTiff", transform=transform, **shape, **profile) as dataset:
            dataset.write(data)
            if colours is not None:
                dataset.colorinterp = colours
            if colormap is not None:
                dataset.write_colormap(1, dict(colormap))
            for index, text in enumerate(descriptions or (), start=1):
                dataset.set_band_description(index, text)
            if mask is not None:
                dataset.write_mask(np.asarray(mask, dtype=bool))
        if overviews:
            with rasterio.open(path, "r+") as dataset:
                dataset.build_overviews(list(overviews), Resampling.average)
    return path


def write_sparse_raster(
    path: Path, side: int, *, patch: ArrayLike | None = None, at: tuple[int, int] = (0, 0), **profile: Any
) -> Path:
    """A square tiled uint16 GeoTIFF of any size whose empty blocks take no room on disk.

    Args:
        patch: (height, width) values written at row and column ``at``; elsewhere everything is 0.
    """
    options: dict[str, Any] = {"tiled": True, "blockxsize": 256, "blockysize": 256, "BIGTIFF": "YES"}
    options |= {"dtype": "uint16", "count": 1, "crs": UTM, "transform": NORTH_UP, "sparse_ok": True} | profile
    with rasterio.open(path, "w", driver="GTiff", width=side, height=side, **options) as dataset:
        if patch is not None:
            data = np.asarray(patch)
            window = rasterio.windows.Window(at[1], at[0], data.shape[1], data.shape[0])
            dataset.write(data, 1, window=window)
    return path


@st.composite
def affines(draw: st.DrawFn, max_offset: float = 1e7) -> Affine:
    """Well-conditioned pixel-to-world transforms: rotated, sheared, stretched, north-up and south-up."""
    size = 10 ** draw(st.floats(-2, 3))
    stretch = draw(st.floats(0.25, 4))
    shear = draw(st.floats(-45, 45))
    angle = draw(st.floats(0, 360))
    flip = draw(st.sampled_from([-1, 1]))
    offset = st.floats(-max_offset, max_offset)
    return (
        Affine.translation(draw(offset), draw(offset))
        @ Affine.rotation(angle)
        @ Affine.shear(shear, 0)
        @ Affine.scale(size, flip * size * stretch)
    )


def pixel_points(
    low: float = -1e5, high: float = 1e5, min_size: int = 1, max_size: int = 40
) -> st.SearchStrategy[NDArray[np.float64]]:
    """(N, 2) arrays of raster pixel coordinates."""
    coordinate = st.floats(low, high, allow_nan=False)
    points = st.lists(st.tuples(coordinate, coordinate), min_size=min_size, max_size=max_size)
    return points.map(lambda pairs: np.array(pairs, dtype=np.float64).reshape(-1, 2))
