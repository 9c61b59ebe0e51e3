"""Polygons across the meridian where the raster's longitudes begin anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.crs import CRS
from shapely import MultiPolygon, Point, Polygon, box

from engine.grid import RasterGrid
from engine.reading.areas import read_area
from engine.reading.points import load_prompts
from engine.reading.seam import rejoined
from engine.scoring import Reference

WGS84, WEB, PACIFIC, SOUTH_POLE = "EPSG:4326", "EPSG:3857", "EPSG:3832", "EPSG:3031"
ACROSS = box(179.9, 0.4, 180.1, 0.6)
"""In longitudes and latitudes."""


def grid(left: float, crs: str = WGS84, pixel: float = 0.001) -> RasterGrid:
    return RasterGrid(2000, 1000, Affine(pixel, 0, left, 0, -pixel, 1000 * pixel), CRS.from_user_input(crs))


def pacific(*shapes: Any) -> gpd.GeoDataFrame:
    """Shapes of longitudes up to 330 in a CRS whose seam lies elsewhere."""
    return gpd.GeoDataFrame(geometry=list(shapes), crs=WGS84).to_crs(PACIFIC)


def moved(shape: Any, crs: str) -> Any:
    """A shape of longitudes brought to a CRS, corner by corner, and whole again."""
    frame = pacific(shape)
    return rejoined(frame.to_crs(crs), frame).geometry[0]


@pytest.mark.parametrize(("left", "column"), [(179.0, 900), (-181.0, 900), (-180.0, -100)])
def test_boxes_areas_and_references_lie_where_they_were_drawn(
    tmp_path: Path, left: float, column: int
) -> None:
    pacific(ACROSS).to_file(tmp_path / "a.gpkg")
    where = [max(column, 0), 400, column + 200, 600]
    (prompt,) = load_prompts(None, grid(left), boxes=tmp_path / "a.gpkg").prompts
    assert prompt.box is not None
    np.testing.assert_allclose(prompt.box, where, atol=1e-5)
    area, _ = read_area(tmp_path / "a.gpkg", grid(left))
    np.testing.assert_allclose(area.bounds, where, atol=1e-5)
    truth = Reference(tmp_path / "a.gpkg").read(grid(left)).frame.geometry[0]
    assert truth.area == pytest.approx(ACROSS.area)


def test_a_raster_in_mercator_has_a_seam_too(tmp_path: Path) -> None:
    gpd.GeoDataFrame(geometry=[ACROSS], crs=WGS84).to_file(tmp_path / "a.gpkg")
    raster = grid(20_037_508 - 100_000, WEB, 100)
    (prompt,) = load_prompts(None, raster, boxes=tmp_path / "a.gpkg").prompts
    assert prompt.box is not None
    np.testing.assert_allclose(prompt.box[[0, 2]], [888.7, 1111.3], atol=0.1)


def test_the_seam_of_another_middle_meridian_counts() -> None:
    frame = gpd.GeoDataFrame(geometry=[box(-31, 0, -29, 1)], crs=WGS84)
    low, _, high, _ = rejoined(frame.to_crs(PACIFIC), frame).geometry[0].bounds
    assert high - low == pytest.approx(np.radians(2) * 6_378_137)


def test_holes_and_parts_stay_with_their_polygon() -> None:
    holed = Polygon(box(170, 0, 190, 20).exterior, [box(k, 5, k + 2, 8).exterior for k in (172, 179, 186)])
    whole = moved(MultiPolygon([holed, box(100, 0, 101, 1)]), WGS84)
    assert whole.is_valid
    assert whole.area == pytest.approx(holed.area + 1)
    assert [len(part.interiors) for part in whole.geoms] == [3, 0]


@settings(max_examples=40, deadline=None)
@given(st.floats(150, 210), st.floats(0.01, 100), st.integers(0, 3))
def test_any_polygon_is_the_one_that_was_drawn_but_for_full_turns(
    middle: float, width: float, first: int
) -> None:
    corners = np.roll(
        shapely.get_coordinates(box(middle - width / 2, 0, middle + width / 2, 9))[:4], first, 0
    )
    drawn = Polygon(corners)
    found = moved(drawn, WGS84)
    turns = round((drawn.bounds[0] - found.bounds[0]) / 360)
    np.testing.assert_allclose(found.bounds, np.array(drawn.bounds) - [360 * turns, 0] * 2, atol=1e-6)


@pytest.mark.parametrize("source", [WGS84, "EPSG:4258"])
def test_what_goes_round_the_world_stays_as_it_is(source: str) -> None:
    world, small = box(-180, -60, 180, 60), box(5, 5, 6, 6)
    frame = gpd.GeoDataFrame(geometry=[world, None, small, Polygon()], crs=source)
    for target in (WEB, "EPSG:4269"):
        placed = frame.to_crs(target)
        assert rejoined(placed, frame).geometry.geom_equals_exact(placed.geometry, 0).tolist()[::2] == [
            True,
            True,
        ]


def test_what_lies_round_a_pole_stays_as_it_is() -> None:
    frame = gpd.GeoDataFrame(geometry=[Point(0, 0).buffer(1_000_000)], crs=SOUTH_POLE)
    placed = frame.to_crs(WGS84)
    assert rejoined(placed, frame).geometry[0].equals(placed.geometry[0])
