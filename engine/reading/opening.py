"""Opening a raster, and saying in one line why it cannot be opened or read."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import rasterio
from pyproj.exceptions import ProjError
from rasterio._err import (
    CPLE_BaseError,
)  # What GDAL says outside of opening and reading; it has no public name.
from rasterio.errors import CRSError, NotGeoreferencedWarning
from rasterio.errors import RasterioError as LibraryError
from rasterio.io import DatasetReader

from engine.errors import RasterError, in_short
from engine.messages import Message, message
from engine.views import check_readable

CACHE_BYTES = 256 << 20
"""Most memory that GDAL may keep decoded blocks in; its own default is a share of all memory."""
VECTOR_SUFFIXES = {".shp", ".geojson", ".gpkg", ".fgb", ".csv", ".kml", ".parquet"}
_DAMAGE = (LibraryError, CPLE_BaseError, CRSError, ProjError, UnicodeError)


@contextmanager
def library_calls(path: str) -> Iterator[None]:
    """Bound GDAL's cache, unless the user set it, and turn the library's errors into one line."""
    options = {} if "GDAL_CACHEMAX" in os.environ else {"GDAL_CACHEMAX": CACHE_BYTES}
    try:
        with rasterio.Env(**options):
            yield
    except _DAMAGE as error:
        raise RasterError(message("raster-damaged", path=path, cause=_root_cause(error))) from error


def open_dataset(path: str, *, allow_remote: bool = False, **options: str) -> DatasetReader:
    """The open raster; RasterError if it is none, has no bands, or may not be opened.

    Args:
        allow_remote: whether a file on this disk may lead to the network.
        options: of GDAL's drivers.
    """
    check_readable(path, allow_remote=allow_remote, error=RasterError)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # Our own message is clearer.
            dataset = rasterio.open(path, sharing=False, **options)
    except _DAMAGE as error:
        raise RasterError(_why_not_open(path, error)) from error
    if not dataset.count:
        inner = ", ".join(dataset.subdatasets) or "none"
        dataset.close()
        raise RasterError(message("raster-subdatasets", path=path, names=inner))
    return dataset


def _root_cause(error: BaseException) -> str:
    """The innermost message: GDAL's own words, where the outer ones say 'see previous'."""
    while error.__cause__ is not None:
        error = error.__cause__
    return in_short(error)


def _why_not_open(path: str, error: Exception) -> Message:
    if os.path.isdir(path):
        return message("raster-folder", path=path)
    if Path(path).suffix.lower() in VECTOR_SUFFIXES and os.path.exists(path):
        return message("raster-vector", path=path)
    if not os.path.exists(path) and "://" not in path and not path.startswith("/vsi"):
        return message("raster-missing", path=path)
    return message("raster-unreadable", path=path, cause=_root_cause(error))
