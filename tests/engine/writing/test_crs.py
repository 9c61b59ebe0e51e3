"""CRS that only newer words (WKT 2) can say, such as that of a rotated pole."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import geopandas as gpd
import pyogrio
import pyproj
import pytest
from affine import Affine
from rasterio.crs import CRS
from shapely import box

from engine.errors import OutputError
from engine.grid import RasterGrid
from engine.writing.crs import check_crs
from engine.writing.output import segments_frame, write_layer


def rotated(latitude: float) -> str:
    """A grid of longitudes and latitudes around a pole of its own, as in weather models."""
    terms = {"grid_north_pole_latitude": latitude, "grid_north_pole_longitude": -162.0}
    return str(pyproj.CRS.from_cf({"grid_mapping_name": "rotated_latitude_longitude", **terms}).to_wkt())


def square(crs: str) -> gpd.GeoDataFrame:
    return segments_frame([{"prompt_id": 1, "geometry": box(1, 1, 2, 2)}], crs)


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".parquet"])
def test_a_layer_in_a_rotated_grid_says_so(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_layer(path, square(rotated(39.25)), {})
    back = gpd.read_parquet(path) if suffix == ".parquet" else gpd.read_file(path)
    assert "39.25" in back.crs.to_wkt()


def test_a_geopackage_of_others_learns_the_words_and_keeps_its_own(tmp_path: Path) -> None:
    path = tmp_path / "project.gpkg"
    square("EPSG:32632").to_file(path, layer="roads")
    for name, latitude in (("north", 39.25), ("south", 12.5), ("north", 39.25)):
        write_layer(path, square(rotated(latitude)), {}, layer=name, overwrite=True)
    assert pyogrio.read_dataframe(path, layer="roads").crs == "EPSG:32632"
    assert "39.25" in pyogrio.read_dataframe(path, layer="north").crs.to_wkt()
    assert "12.5" in pyogrio.read_dataframe(path, layer="south").crs.to_wkt()
    with sqlite3.connect(path) as database:
        own = "SELECT count(*) FROM gpkg_spatial_ref_sys WHERE organization = 'NONE' AND srs_id > 0"
        assert database.execute(own).fetchone() == (2,)
        told = "SELECT extension_name FROM gpkg_extensions WHERE table_name = 'gpkg_spatial_ref_sys'"
        assert database.execute(told).fetchall() == [("gpkg_crs_wkt",)]
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_shapefile_that_could_not_say_its_crs_is_refused_before_the_work(tmp_path: Path) -> None:
    grid = RasterGrid(64, 64, Affine(0.01, 0, 1, 0, -0.01, 2), CRS.from_wkt(rotated(39.25)))
    with pytest.raises(OutputError, match=r"cannot say the raster's CRS; choose \.gpkg"):
        check_crs(Path("a.shp"), grid)
    with pytest.raises(OutputError, match=r"^a\.shp: shapefiles cannot say"):
        write_layer(tmp_path / "a.shp", square(rotated(39.25)), {})
    assert check_crs(Path("a.gpkg"), grid) == []
    utm = RasterGrid(64, 64, Affine(1, 0, 0, 0, -1, 0), CRS.from_epsg(32632))
    assert check_crs(Path("a.shp"), utm) == []
