"""Polygon layers as box prompts, alone and beside clicks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from affine import Affine
from shapely import Polygon

from engine.grid import RasterGrid
from engine.reading.points import load_prompts
from tests.engine.point_layers import GRID, UTM, at, layer, reasons


def test_boxes_alone_suffice(tmp_path: Path) -> None:
    corners = Polygon([(at(c, r).x, at(c, r).y) for c, r in [(10, 20), (30, 20), (30, 50)]])
    result = load_prompts(None, GRID, boxes=layer(tmp_path, [corners], **{"class": ["roof"]}))
    (prompt,) = result.prompts
    assert prompt.box is not None
    np.testing.assert_allclose(prompt.box, [10, 20, 30, 50], atol=1e-6)
    np.testing.assert_allclose(prompt.anchor, [20, 35], atol=1e-6)
    assert (prompt.prompt_id, prompt.xy.shape, prompt.attributes) == (1, (0, 2), {"class": "roof"})


def pixel_rectangle(x0: float, y0: float, x1: float, y1: float) -> Polygon:
    return Polygon([(at(x, y).x, at(x, y).y) for x, y in [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]])


def test_a_box_joins_the_one_object_clicked_in_it(tmp_path: Path) -> None:
    clicks = layer(tmp_path, [at(15, 15), at(60, 60)], name=["a", "b"])
    boxes = layer(tmp_path, [pixel_rectangle(10, 10, 20, 20)], "boxes.gpkg", name=["box"])
    result = load_prompts(clicks, GRID, boxes=boxes)
    assert [p.box is not None for p in result.prompts] == [True, False]
    assert [p.attributes["name"] for p in result.prompts] == ["a", "b"]


def test_a_box_gives_the_object_in_it_what_its_clicks_leave_empty(tmp_path: Path) -> None:
    clicks = layer(tmp_path, [at(15, 15), at(60, 60)], Class=["roof", None], name=["a", "b"])
    corners = [pixel_rectangle(k - 5, k - 5, k + 5, k + 5) for k in (15, 60)]
    boxes = layer(tmp_path, corners, "boxes.gpkg", **{"class": ["box", "shed"], "floors": [3, 4]})
    prompts = load_prompts(clicks, GRID, boxes=boxes).prompts
    assert [dict(p.attributes) for p in prompts] == [
        {"Class": "roof", "name": "a", "floors": 3},
        {"Class": "shed", "name": "b", "floors": 4},
    ]


def test_a_box_with_two_objects_or_none_is_an_object_of_its_own(tmp_path: Path) -> None:
    clicks = layer(tmp_path, [at(15, 15), at(17, 17), at(-9, 2)], name=["a", "b", "c"])
    both, none = pixel_rectangle(10, 10, 20, 20), pixel_rectangle(50, 50, 60, 60)
    boxes = layer(tmp_path, [both, none], "boxes.gpkg", kind=["x", "y"])
    result = load_prompts(clicks, GRID, boxes=boxes)
    assert [(p.prompt_id, p.box is None) for p in result.prompts] == [
        (1, True),
        (2, True),
        (4, False),
        (5, False),
    ]
    assert result.prompts[3].attributes == {"kind": "y"}
    assert result.field_names == ("name", "kind")


def test_the_smaller_of_two_boxes_around_one_click_belongs_to_it(tmp_path: Path) -> None:
    boxes = [pixel_rectangle(0, 0, 50, 50), pixel_rectangle(10, 10, 20, 20)]
    result = load_prompts(
        layer(tmp_path, [at(15, 15)]), GRID, boxes=layer(tmp_path, boxes, "boxes.gpkg", n=[1, 2])
    )
    assert result.prompts[0].box is not None
    assert result.prompts[1].box is not None
    np.testing.assert_allclose(result.prompts[0].box, [10, 10, 20, 20], atol=1e-6)
    np.testing.assert_allclose(result.prompts[1].box, [0, 0, 50, 50], atol=1e-6)


def test_boxes_are_cut_to_the_raster_and_those_beyond_it_rejected(tmp_path: Path) -> None:
    shapes = [pixel_rectangle(-10, 70, 20, 99), pixel_rectangle(200, 10, 220, 20), None]
    result = load_prompts(None, GRID, boxes=layer(tmp_path, shapes, n=[1, 2, 3]))
    assert result.prompts[0].box is not None
    np.testing.assert_allclose(result.prompts[0].box, [0, 70, 20, 80], atol=1e-6)
    assert reasons(result) == {2: "outside the raster", 3: "no geometry"}


@pytest.mark.parametrize("nowhere", [np.nan, np.inf])
def test_an_outline_with_a_corner_nowhere_is_empty_and_noted(tmp_path: Path, nowhere: float) -> None:
    corners = shapely.get_coordinates(pixel_rectangle(10, 10, 20, 20))
    corners[1] = nowhere
    path = layer(tmp_path, [Polygon(corners), pixel_rectangle(20, 20, 30, 30)], n=[1, 2])
    result = load_prompts(None, GRID, boxes=path)
    assert len(result.prompts) == 1
    assert list(reasons(result).values()) == ["no geometry"]
    assert [note for note in result.notes if "1 polygon(s) have corners that are no numbers" in note]


def test_a_box_without_any_image_data_is_rejected(tmp_path: Path) -> None:
    shapes = [pixel_rectangle(10, 10, 20, 20), pixel_rectangle(45, 10, 90, 20)]
    path = layer(tmp_path, shapes, n=[1, 2])
    result = load_prompts(None, GRID, boxes=path, valid_at=lambda xy: xy[:, 0] > 60)
    assert reasons(result) == {1: "on nodata"}


def test_the_box_of_a_polygon_on_a_rotated_raster_is_taken_in_pixels(tmp_path: Path) -> None:
    grid = RasterGrid(
        100, 100, Affine.translation(6e5, 5.2e6) @ Affine.rotation(30) @ Affine.scale(2, -2), UTM
    )
    corners = grid.to_world(np.array([[10.0, 10], [40, 10], [40, 30], [10, 30]]))
    result = load_prompts(None, grid, boxes=layer(tmp_path, [Polygon(corners)]))
    assert result.prompts[0].box is not None
    np.testing.assert_allclose(result.prompts[0].box, [10, 10, 40, 30], atol=1e-5)
