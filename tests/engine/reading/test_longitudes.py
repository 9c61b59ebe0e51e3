"""Layers whose longitudes count from elsewhere than the raster's."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS
from shapely import MultiPoint, MultiPolygon, Point, box

from engine.errors import RasterError
from engine.grid import RasterGrid
from engine.preview import main as preview
from engine.reading.longitudes import wrap
from engine.reading.points import load_prompts
from engine.reading.raster import RasterSource
from engine.reading.seam import full_turn
from engine.reading.vector import read_layer
from tests.engine.point_layers import GRID, reasons
from tests.rasters import pixels, write_raster

WGS84 = CRS.from_epsg(4326)
ACROSS = RasterGrid(200, 100, Affine(0.1, 0, 170, 0, -0.1, -10), WGS84)
"""Longitudes 170 to 190."""
FIJI_X = 19_900_000
MERCATOR = RasterGrid(3000, 1000, Affine(100, 0, FIJI_X, 0, -100, -1_900_000), CRS.from_epsg(3857))


def saved(path: Path, shapes: list[object], crs: int = 4326) -> Path:
    gpd.GeoDataFrame({"n": range(len(shapes))}, geometry=shapes, crs=crs).to_file(path)
    return path


def test_clicks_on_either_side_of_the_180th_meridian_land_on_one_raster(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gpkg", [Point(175, -15), Point(-175, -15)])
    result = load_prompts(path, ACROSS)
    np.testing.assert_allclose([p.anchor for p in result.prompts], [[50, 50], [150, 50]], atol=1e-6)
    assert any("moved by a full turn" in note for note in result.notes)


def test_the_clicks_of_one_object_may_lie_on_either_side(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gpkg", [MultiPoint([(175, -15), (-175, -15)])])
    np.testing.assert_allclose(load_prompts(path, ACROSS).prompts[0].xy, [[50, 50], [150, 50]], atol=1e-6)


@pytest.mark.parametrize(("raster_left", "click"), [(200.0, -155.0), (-160.0, 205.0)])
def test_longitudes_of_0_to_360_fit_those_of_minus_180_to_180(
    tmp_path: Path, raster_left: float, click: float
) -> None:
    grid = RasterGrid(100, 100, Affine(0.1, 0, raster_left, 0, -0.1, 5), WGS84)
    result = load_prompts(saved(tmp_path / "a.gpkg", [Point(click, 0)]), grid)
    np.testing.assert_allclose(result.prompts[0].xy, [[50, 50]], atol=1e-6)


def test_web_mercator_has_a_full_turn_too(tmp_path: Path) -> None:
    assert full_turn(MERCATOR.crs_wkt) == pytest.approx(2 * np.pi * 6_378_137)
    result = load_prompts(saved(tmp_path / "a.gpkg", [Point(-179.5, -17)]), MERCATOR)
    assert result.rejected == ()


def test_a_transverse_projection_has_none() -> None:
    assert full_turn(GRID.crs_wkt) is None


def test_what_lies_nowhere_near_stays_where_it_is(tmp_path: Path) -> None:
    result = load_prompts(saved(tmp_path / "a.gpkg", [Point(10, -15)]), ACROSS)
    assert reasons(result) == {1: "outside the raster"}
    np.testing.assert_allclose(result.rejected[0].xy, [[10, -15]])
    assert not any("full turn" in note for note in result.notes)


def test_boxes_and_polygons_cut_at_the_meridian_are_made_whole(tmp_path: Path) -> None:
    cut = MultiPolygon([box(175, -16, 180, -14), box(-180, -16, -175, -14)])
    path = saved(tmp_path / "a.gpkg", [cut])
    np.testing.assert_allclose(load_prompts(None, ACROSS, boxes=path).prompts[0].box, [50, 40, 150, 60])
    layer = wrap(read_layer(path, "polygon", target=ACROSS.crs_wkt), ACROSS)
    assert layer.frame.geometry[0].bounds == (175, -16, 185, -14)


def test_layers_that_fit_are_not_touched(tmp_path: Path) -> None:
    layer = read_layer(saved(tmp_path / "a.gpkg", [Point(175, -15)]), "point", target=ACROSS.crs_wkt)
    assert wrap(layer, ACROSS) is layer


def test_a_picture_shows_polygons_across_the_meridian(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_raster(tmp_path / "a.tif", pixels(), transform=Affine(0.1, 0, 178, 0, -0.1, -10), crs="EPSG:4326")
    saved(tmp_path / "a.gpkg", [box(-179, -13, -178, -12)])
    words = ["--raster", "a.tif", "--polygons", "a.gpkg", "--out", "a.png"]
    assert preview([w if w.startswith("--") else str(tmp_path / w) for w in words]) == 0
    assert "moved by a full turn" in capsys.readouterr().err


@pytest.mark.parametrize("assumed", [None, "EPSG:32632"])
def test_a_raster_with_a_crs_but_no_place_says_so(tmp_path: Path, assumed: str | None) -> None:
    path = write_raster(
        tmp_path / "a.tif", pixels(), transform=Affine.identity(), crs=None if assumed else "EPSG:32632"
    )
    with pytest.raises(RasterError, match="has a CRS but no place in it"):
        RasterSource.open(path, assume_crs=assumed)
    with RasterSource.open(path, assume_crs="pixel") as raster:
        assert raster.grid.crs is None
