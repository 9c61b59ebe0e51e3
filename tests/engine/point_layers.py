"""Small point and box layers over one raster, for the tests that read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from affine import Affine
from rasterio.crs import CRS
from shapely import Point

from engine.grid import RasterGrid
from engine.reading.points import PromptSet

UTM = CRS.from_epsg(32632)
GRID = RasterGrid(100, 80, Affine(2.0, 0.0, 600_000.0, 0.0, -2.0, 5_200_000.0), UTM)


def at(col: float, row: float) -> Point:
    """The world point of a pixel position."""
    return Point(*GRID.to_world(np.array([[col, row]]))[0])


def layer(tmp_path: Path, geometry: list[Any], file: str = "clicks.gpkg", /, **fields: Any) -> Path:
    path = tmp_path / file
    gpd.GeoDataFrame(fields, geometry=geometry, crs=32632).to_file(path, engine="pyogrio")
    return path


def reasons(result: PromptSet) -> dict[int, str]:
    return {r.prompt_id: r.reason for r in result.rejected}
