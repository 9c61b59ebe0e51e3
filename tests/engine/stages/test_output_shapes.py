"""What outlines become: their largest part, right angles, rotated boxes."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from affine import Affine
from rasterio.crs import CRS
from shapely import MultiPolygon, Polygon, box

from engine.config import PolygonConfig
from engine.grid import RasterGrid
from tests.engine.stages.layers import layer, one, ragged, segment, world_box
from tests.fakes import click


def test_regularising_squares_outlines_up_and_keeps_them_apart() -> None:
    prompts = [click(1, (10.0, 10.0)), click(2, (50.0, 10.0))]
    segments = [segment(1, ragged(5, 5, 35, 25), 0.9), segment(2, ragged(34, 5, 60, 25), 0.8)]
    frame = layer(segments, prompts, PolygonConfig(shape="right-angled"))
    assert frame["status"].tolist() == ["accepted", "accepted"]
    first, second = frame.geometry
    # Its neighbour's corners are vertices of its border too.
    assert shapely.get_num_coordinates(first.simplify(0.01)) == 5
    assert first.intersection(second).area < 1e-6
    for shape, true in ((first, world_box(5, 5, 35, 25)), (second, world_box(34, 5, 60, 25))):
        assert shape.intersection(true).area / shape.union(true).area > 0.85


def test_outlines_that_overlap_once_squared_up_are_parted_again() -> None:
    # A slanted border becomes an upright one, further out on either side.
    left = Polygon([(5, 5), (36, 5), (30, 45), (5, 45)])
    right = Polygon([(36, 5), (60, 5), (60, 45), (30, 45)])
    prompts = [click(1, (10.0, 10.0)), click(2, (50.0, 10.0))]
    for no_overlap in (True, False):
        options = PolygonConfig(shape="right-angled", no_overlap=no_overlap)
        first, second = layer([segment(1, left), segment(2, right, 0.8)], prompts, options).geometry
        assert (first.intersection(second).area < 1e-6) == no_overlap


def test_the_largest_part_alone_is_left_of_an_object_of_several() -> None:
    parts = MultiPolygon([box(5, 5, 15, 15), box(20, 5, 40, 25)])
    prompts = [click(1, (10.0, 10.0)), click(2, (7.0, 7.0))]
    segments = [segment(1, parts, 0.9), segment(2, box(5, 5, 15, 15), 0.8)]
    first, second = layer(segments, prompts, PolygonConfig(shape="largest")).geometry
    assert first.equals(world_box(20, 5, 40, 25))
    assert second.equals(world_box(5, 5, 15, 15)), "a part that goes takes nothing of others"


def test_an_object_that_a_better_one_cuts_in_two_keeps_its_larger_half() -> None:
    prompts = [click(1, (10.0, 10.0)), click(2, (40.0, 10.0))]
    segments = [segment(1, box(30, 0, 36, 40), 0.9), segment(2, box(20, 10, 60, 20), 0.8)]
    _, cut = layer(segments, prompts, PolygonConfig(shape="largest", simplify_px=0)).geometry
    assert cut.equals(world_box(36, 10, 60, 20))


def test_rotated_boxes_hold_the_outlines_and_measure_themselves() -> None:
    ship = Polygon([(5, 5), (35, 20), (38, 24), (33, 24), (3, 9)])
    exact, boxed = one(ship), one(ship, PolygonConfig(shape="rotated-box"))
    assert len(boxed.geometry.exterior.coords) == 5
    assert boxed.geometry.buffer(1e-6).covers(exact.geometry)
    assert boxed.area_m2 == pytest.approx(boxed.geometry.area, rel=0.001)


def test_rotated_boxes_of_neighbours_stay_boxes() -> None:
    left, right = (
        Polygon([(5, 5), (15, 5), (30, 30), (20, 30)]),
        Polygon([(17, 5), (27, 5), (42, 30), (32, 30)]),
    )
    prompts = [click(1, (10.0, 8.0)), click(2, (22.0, 8.0))]
    frame = layer([segment(1, left), segment(2, right, 0.8)], prompts, PolygonConfig(shape="rotated-box"))
    assert [len(shape.exterior.coords) for shape in frame.geometry] == [5, 5]
    assert frame["status"].tolist() == ["accepted", "accepted"]


def test_right_angles_are_those_on_the_ground_where_the_raster_is_in_degrees() -> None:
    step = 1e-5
    grid = RasterGrid(100, 100, Affine(2 * step, 0, 20, 0, -step, 60), CRS.from_epsg(4326))
    # At 60 degrees a pixel of this grid is a square on the ground.
    ragged_house = shapely.affinity.rotate(ragged(20, 20, 60, 45), 30)
    prompts = [click(1, (40.0, 33.0))]
    options = PolygonConfig(shape="right-angled", simplify_px=0)
    (found,) = layer([segment(1, ragged_house)], prompts, options, grid=grid).geometry
    pixels = shapely.transform(found, lambda xy: grid.to_pixel(xy))
    house = shapely.affinity.rotate(box(20, 20, 60, 45), 30)
    assert shapely.get_num_coordinates(pixels.simplify(0.01)) == 5
    assert pixels.intersection(house).area / pixels.union(house).area > 0.9
    edges = np.diff(shapely.get_coordinates(pixels.simplify(0.01)), axis=0)
    turns = (edges[:-1] * edges[1:]).sum(axis=1) / (np.hypot(*edges[:-1].T) * np.hypot(*edges[1:].T))
    assert np.abs(turns).max() < 0.02
