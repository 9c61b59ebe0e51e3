"""Whether a layer can be written in the CRS that its format demands, and how exactly."""

from __future__ import annotations

from pathlib import Path

from pyproj.exceptions import ProjError

from engine.errors import OutputError
from engine.grid import RasterGrid
from engine.reading.reprojection import inexact

_WGS84 = "EPSG:4326"


def check_crs(path: Path, grid: RasterGrid) -> list[str]:
    """Refuse, before the work, a GeoJSON of a raster whose CRS does not lead to WGS 84.

    Returns:
        A note if the exact way there needs a grid that is not installed.

    Raises:
        OutputError: there is no way at all.
    """
    if path.suffix.lower() != ".geojson" or grid.crs_wkt is None:
        return []
    corners = grid.to_world([(0, 0), (grid.width, 0), (0, grid.height), (grid.width, grid.height)])
    (left, bottom), (right, top) = corners.min(axis=0), corners.max(axis=0)
    try:
        doubt = inexact(grid.crs_wkt, _WGS84, (left, bottom, right, top))
    except ProjError as error:
        raise OutputError(
            f"{path}: GeoJSON is always in WGS 84, which the raster's CRS does not lead to; choose .gpkg"
        ) from error
    return [] if doubt is None else [f"{path.name}: {doubt}"]
