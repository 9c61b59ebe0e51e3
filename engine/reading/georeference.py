"""Where a raster's pixels lie, as it says itself or the user says for it."""

from __future__ import annotations

import pyproj
import rasterio
from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.io import DatasetReader

from engine.errors import ConfigError, RasterError
from engine.grid import RasterGrid
from engine.messages import message

LOCAL_COORDINATES = ("pixel", "none")
"""Values of ``assume_crs`` that keep the file's own (or plain pixel) coordinates, without a CRS."""


def grid_of(dataset: DatasetReader, path: str, assume_crs: str | None) -> RasterGrid:
    """The georeferencing of an open raster.

    Raises:
        RasterError: it has none, or one that cannot be used.
        ConfigError: ``assume_crs`` names no CRS.
    """
    local = assume_crs is not None and assume_crs.lower() in LOCAL_COORDINATES
    crs = _crs(dataset, path, None if local else assume_crs)
    nowhere = crs is not None and (
        dataset.transform.is_identity or not (crs.is_geographic or crs.is_projected)
    )
    if local and nowhere:
        crs = None
    if not local and dataset.transform.is_identity and (dataset.gcps[0] or dataset.rpcs):
        raise RasterError(message("raster-control-points", path=path))
    if crs is None and not local:
        raise RasterError(message("raster-no-crs", path=path))
    if not local and dataset.transform.is_identity:
        raise RasterError(message("raster-no-place", path=path))
    grid = RasterGrid(dataset.width, dataset.height, dataset.transform, crs)
    if grid.crs_wkt is not None:
        pyproj.CRS.from_wkt(grid.crs_wkt)  # A damaged one shows here, not when the areas are measured.
    return grid


def _crs(dataset: DatasetReader, path: str, assumed: str | None) -> CRS | None:
    if assumed is None:
        return dataset.crs or None
    try:
        with rasterio.Env():
            crs = CRS.from_user_input(assumed)
    except (CRSError, ValueError) as error:
        raise ConfigError(
            f"--assume-crs {assumed!r} is no CRS: give one like EPSG:32632, or pixel"
        ) from error
    if dataset.crs and dataset.crs != crs:
        raise RasterError(message("raster-own-crs", path=path, crs=dataset.crs.to_string()))
    return crs
