"""Layers in one CRS on rasters in another."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from rasterio.crs import CRS
from shapely import Point

from engine.errors import PointsError
from engine.grid import RasterGrid
from engine.reading.points import load_prompts
from engine.reading.reprojection import inexact
from engine.segment import main
from tests.engine.cli_scene import BOXES, SHAPE, Captured, arguments, fake, folder
from tests.engine.point_layers import GRID, at
from tests.fakes import FakeSegmenter, painted
from tests.rasters import write_raster

__all__ = ["fake", "folder"]

SITE = 'LOCAL_CS["Site grid",UNIT["metre",1],AXIS["East",EAST],AXIS["North",NORTH]]'
BRITISH = Affine(0.5, 0, 530_000, 0, -0.5, 180_000)


def gpkg(path: Path, crs: Any, *, srs_id: int | None = None) -> Path:
    gpd.GeoDataFrame({"n": [1]}, geometry=[at(8, 9)], crs=crs).to_file(path)
    if srs_id is not None:
        with closing(sqlite3.connect(path)) as database:
            database.execute(f"update gpkg_geometry_columns set srs_id = {srs_id}")
            database.execute(f"update gpkg_contents set srs_id = {srs_id}")
            database.commit()
    return path


def test_a_layer_in_a_site_grid_cannot_be_brought_to_a_map(tmp_path: Path) -> None:
    with pytest.raises(PointsError, match=r"a\.gpkg: its CRS, 'Site grid', cannot be brought to") as caught:
        load_prompts(gpkg(tmp_path / "a.gpkg", SITE), GRID)
    assert "--points-crs" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_layer_on_a_map_cannot_be_brought_to_a_site_grid(tmp_path: Path) -> None:
    grid = RasterGrid(GRID.width, GRID.height, GRID.transform, CRS.from_wkt(SITE))
    with pytest.raises(PointsError, match="to the raster's, 'Site grid'"):
        load_prompts(gpkg(tmp_path / "a.gpkg", 32632), grid)
    assert len(load_prompts(gpkg(tmp_path / "b.gpkg", SITE), grid).prompts) == 1


def test_a_layer_with_an_undefined_cartesian_crs_is_taken_to_be_in_the_rasters(tmp_path: Path) -> None:
    result = load_prompts(gpkg(tmp_path / "a.gpkg", 32632, srs_id=-1), GRID)
    np.testing.assert_allclose(result.prompts[0].xy, [[8, 9]], atol=1e-6)
    assert any("has no CRS" in note for note in result.notes)


def test_a_layer_with_an_undefined_geographic_crs_is_taken_to_be_in_wgs84(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame(geometry=[at(8, 9)], crs=32632).to_crs(4326).to_file(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("update gpkg_geometry_columns set srs_id = 0")
        database.execute("update gpkg_contents set srs_id = 0")
        database.commit()
    result = load_prompts(path, GRID)
    np.testing.assert_allclose(result.prompts[0].xy, [[8, 9]], atol=1e-3)
    assert any("undefined geographic CRS" in note for note in result.notes)


@pytest.mark.parametrize("crs", ["EPSG:5773", "EPSG:4978", "IAU_2015:30100"])
def test_a_crs_that_leads_to_no_place_on_the_map_is_one_line(tmp_path: Path, crs: str) -> None:
    with pytest.raises(PointsError) as caught:
        load_prompts(gpkg(tmp_path / "a.gpkg", 32632), GRID, points_crs=crs)
    assert "\n" not in str(caught.value)


# --- how exactly ------------------------------------------------------------------------------------


def test_a_missing_grid_is_named_with_the_accuracy_that_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    here = Point(*(BRITISH @ (20, 20)))
    gpd.GeoDataFrame(geometry=[here], crs=27700).to_crs(4326).to_file(path)
    result = load_prompts(path, RasterGrid(100, 80, BRITISH, CRS.from_epsg(27700)))
    (note,) = result.notes
    assert re.search(r"^a\.gpkg: brought from WGS 84 to OSGB36.* to within \d+ m only", note)
    assert "uk_os_OSTN15_NTv2_OSGBtoETRS.tif is not installed (pyproj sync --file uk_os" in note


@pytest.mark.parametrize("target", ["EPSG:32632", "EPSG:3857", "EPSG:25832"])
def test_what_needs_no_grid_needs_no_note(target: str) -> None:
    assert inexact("EPSG:4326", target, (9.0, 46.0, 10.0, 47.0)) is None
    assert inexact("EPSG:4326", target, (float("nan"),) * 4) is None


def british(folder: Path) -> list[str]:
    scene = painted(SHAPE, [(box, 220) for box in BOXES])
    write_raster(folder / "london.tif", scene, transform=BRITISH, crs="EPSG:27700")
    places = [BRITISH @ ((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for b in BOXES]
    frame = gpd.GeoDataFrame(geometry=shapely.points(places), crs=27700)
    frame.to_file(folder / "british.gpkg")
    frame.to_crs(4326).to_file(folder / "gps.gpkg")
    return ["--raster", str(folder / "london.tif")]


@pytest.mark.usefixtures("fake")
def test_the_run_record_says_how_exactly_clicks_were_brought_to_the_raster(folder: Path) -> None:
    command = [*british(folder), "--points", str(folder / "gps.gpkg"), "--out", str(folder / "out.fgb")]
    assert main([*command, "--quiet"]) == 0
    run = json.loads((folder / "out.run.json").read_text())["run"]
    assert any("OSTN15" in note for note in run["prompts"]["notes"])


@pytest.mark.usefixtures("fake")
def test_output_in_another_crs_says_how_exactly_it_could_be_brought_there(
    folder: Path, capsys: Captured
) -> None:
    command = [
        *british(folder),
        "--points",
        str(folder / "british.gpkg"),
        "--out",
        str(folder / "out.geojson"),
    ]
    assert main(command) == 0
    assert "note: out.geojson: brought from OSGB36" in capsys.readouterr().err
    run = json.loads((folder / "out.run.json").read_text())["run"]
    assert any("OSTN15" in note for note in run["output"]["notes"])


def test_geojson_of_a_raster_in_a_site_grid_is_refused_before_the_work(
    folder: Path, fake: FakeSegmenter, capsys: Captured
) -> None:
    write_raster(folder / "site.tif", painted(SHAPE, []), crs=SITE)
    gpd.GeoDataFrame(geometry=[at(8, 9)], crs=SITE).to_file(folder / "site.gpkg")
    assert main(arguments(folder, "out.geojson", raster="site.tif", points="site.gpkg")) == 2
    err = capsys.readouterr().err
    assert "out.geojson: GeoJSON is always in WGS 84" in err
    assert err.count("\n") == 1
    assert not fake.encoded
    assert not (folder / "out.geojson").exists()
