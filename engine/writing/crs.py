"""Whether a format can hold a layer in its CRS, or in the one that the format demands, and how exactly."""

from __future__ import annotations

from pathlib import Path

from pyproj import CRS
from pyproj.enums import WktVersion
from pyproj.exceptions import CRSError, ProjError

from engine.errors import OutputError
from engine.grid import RasterGrid
from engine.reading.reprojection import inexact

_WGS84 = "EPSG:4326"


def check_crs(path: Path, grid: RasterGrid) -> list[str]:
    """Refuse, before the work, a format that cannot hold a layer of a raster for its CRS.

    GeoJSON is in WGS 84, to which not all CRS lead; a shapefile says its CRS in words that not all fit.

    Returns:
        A note if the exact way there needs a grid that is not installed.

    Raises:
        OutputError: there is no way at all, or there are no words.
    """
    if grid.crs_wkt is None:
        return []
    if path.suffix == ".shp":
        check_words(path, CRS.from_wkt(grid.crs_wkt))
    if path.suffix.lower() != ".geojson":
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


def check_words(path: Path, crs: CRS) -> None:
    """OutputError if a shapefile cannot say a CRS."""
    try:
        crs.to_wkt(WktVersion.WKT1_ESRI)
    except CRSError as error:
        raise OutputError(f"{path}: shapefiles cannot say the raster's CRS; choose .gpkg") from error
