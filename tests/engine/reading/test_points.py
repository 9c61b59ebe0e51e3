"""Clicks and boxes from every kind of vector file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.crs import CRS
from shapely import LineString, MultiPoint, Point, box

from engine.errors import PointsError
from engine.grid import RasterGrid
from engine.reading.points import Prompt, load_prompts
from tests.engine.point_layers import GRID, at, layer, reasons


@pytest.mark.parametrize("name", ["a.shp", "a.gpkg", "a.geojson", "a.fgb", "a.kml", "a.gml"])
def test_every_vector_format_gives_the_same_clicks(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    frame = gpd.GeoDataFrame({"class": ["roof", "tank"]}, geometry=[at(10, 20), at(30.25, 40.5)], crs=32632)
    to_wgs84 = name.endswith(("kml", "geojson"))
    frame.to_crs(4326 if to_wgs84 else 32632).to_file(path, engine="pyogrio")
    by_class = {p.attributes["class"]: p.anchor for p in load_prompts(path, GRID).prompts}
    assert by_class.keys() == {"roof", "tank"}
    np.testing.assert_allclose(by_class["roof"], [10, 20], atol=1e-3)
    np.testing.assert_allclose(by_class["tank"], [30.25, 40.5], atol=1e-3)


def test_clicks_in_another_crs_land_on_the_same_pixel(tmp_path: Path) -> None:
    path = tmp_path / "mercator.gpkg"
    gpd.GeoDataFrame(geometry=[at(12.5, 7.5)], crs=32632).to_crs(3857).to_file(path)
    np.testing.assert_allclose(load_prompts(path, GRID).prompts[0].xy, [[12.5, 7.5]], atol=1e-5)


@pytest.mark.filterwarnings("ignore:'crs' was not provided")  # pyogrio's, while the test writes its input
def test_a_layer_without_crs_is_taken_to_be_in_the_rasters_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "bare.shp"
    gpd.GeoDataFrame({"n": [1]}, geometry=[at(5, 6)]).to_file(path)
    result = load_prompts(path, GRID)
    np.testing.assert_allclose(result.prompts[0].xy, [[5, 6]], atol=1e-6)
    assert any("has no CRS" in note for note in result.notes)


def test_a_raster_without_crs_takes_coordinates_as_its_own(tmp_path: Path) -> None:
    grid = RasterGrid(100, 80, Affine.identity(), None)
    result = load_prompts(layer(tmp_path, [Point(3, 4)]), grid)
    np.testing.assert_allclose(result.prompts[0].xy, [[3, 4]])
    assert any("raster has no CRS" in note for note in result.notes)


def test_csv_with_x_and_y_is_read_in_the_rasters_crs(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"x;Y;class\n{at(8, 9).x};{at(8, 9).y};roof\n")
    result = load_prompts(path, GRID)
    np.testing.assert_allclose(result.prompts[0].xy, [[8, 9]], atol=1e-6)
    assert result.field_names == ("class",)
    assert any("has no CRS" in note for note in result.notes)


@pytest.mark.parametrize("names", ["lon,lat", "longitude,latitude", "Lon,Lat"])
def test_csv_with_longitude_and_latitude_is_read_as_wgs84(tmp_path: Path, names: str) -> None:
    point = gpd.GeoSeries([at(8, 9)], crs=32632).to_crs(4326)[0]
    path = tmp_path / "a.csv"
    path.write_text(f"{names}\n{point.x},{point.y}\n")
    np.testing.assert_allclose(load_prompts(path, GRID).prompts[0].xy, [[8, 9]], atol=1e-4)


def test_points_crs_says_what_csv_coordinates_are_in(tmp_path: Path) -> None:
    point = gpd.GeoSeries([at(8, 9)], crs=32632).to_crs(3857)[0]
    path = tmp_path / "a.csv"
    path.write_text(f"x,y\n{point.x},{point.y}\n")
    result = load_prompts(path, GRID, points_crs="EPSG:3857")
    np.testing.assert_allclose(result.prompts[0].xy, [[8, 9]], atol=1e-4)
    assert result.notes == ()


def test_points_crs_overrules_the_file_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "wrong.gpkg"
    gpd.GeoDataFrame(geometry=[at(8, 9)], crs=4326).to_file(path)
    result = load_prompts(path, GRID, points_crs="EPSG:32632")
    np.testing.assert_allclose(result.prompts[0].xy, [[8, 9]], atol=1e-6)
    assert any("as asked" in note for note in result.notes)


def test_a_csv_row_without_coordinates_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"x,y\n{at(8, 9).x},{at(8, 9).y}\n,\n")
    result = load_prompts(path, GRID)
    assert reasons(result) == {2: "no geometry"}
    assert result.rejected[0].xy.shape == (0, 2)


def test_the_first_layer_of_points_is_taken_unless_one_is_named(tmp_path: Path) -> None:
    path = layer(tmp_path, [box(0, 0, 1, 1)], "many.gpkg")
    for name, col in (("first", 3), ("second", 4)):
        gpd.GeoDataFrame(geometry=[at(col, 5)], crs=32632).to_file(path, layer=name)
    assert load_prompts(path, GRID).prompts[0].anchor[0] == pytest.approx(3)
    assert load_prompts(path, GRID, layer="second").prompts[0].anchor[0] == pytest.approx(4)


def test_an_unknown_layer_is_refused_with_the_ones_there_are(tmp_path: Path) -> None:
    with pytest.raises(PointsError, match="no layer 'roofs'; it has: clicks"):
        load_prompts(layer(tmp_path, [at(1, 1)]), GRID, layer="roofs")


def test_the_parts_of_a_multipoint_are_clicks_of_one_object(tmp_path: Path) -> None:
    result = load_prompts(layer(tmp_path, [MultiPoint([at(1, 2), at(3, 4)]), at(9, 9)]), GRID)
    assert [len(p.xy) for p in result.prompts] == [2, 1]
    np.testing.assert_allclose(result.prompts[0].anchor, [2, 3], atol=1e-6)


def test_height_is_dropped(tmp_path: Path) -> None:
    result = load_prompts(layer(tmp_path, [Point(at(1, 2).x, at(1, 2).y, 77)]), GRID)
    assert result.prompts[0].xy.shape == (1, 2)


@pytest.mark.parametrize(
    "values",
    [[1, 0], [True, False], ["pos", "neg"], ["1", "0"], ["Positive", "NEGATIVE"], [1.0, 0.0], ["+", "-"]],
)
def test_labels_are_understood_however_they_are_written(tmp_path: Path, values: list[Any]) -> None:
    path = layer(tmp_path, [at(5, 5), at(9, 9)], label=values, object_id=[1, 1])
    result = load_prompts(path, GRID)
    assert result.prompts[0].labels.tolist() == [1, 0]
    np.testing.assert_allclose(result.prompts[0].anchor, [5, 5], atol=1e-6)
    assert "label" not in result.field_names


def test_an_empty_label_means_positive(tmp_path: Path) -> None:
    path = layer(tmp_path, [at(5, 5), at(9, 9)], label=[None, 0.0], object_id=[1, 1])
    assert load_prompts(path, GRID).prompts[0].labels.tolist() == [1, 0]


def test_an_unreadable_label_is_rejected(tmp_path: Path) -> None:
    result = load_prompts(layer(tmp_path, [at(5, 5), at(9, 9)], label=[1, 7]), GRID)
    assert reasons(result) == {2: "its label is neither 1 nor 0"}


def test_a_label_field_of_class_names_is_an_attribute(tmp_path: Path) -> None:
    result = load_prompts(layer(tmp_path, [at(5, 5), at(9, 9)], label=["roof", "tank"]), GRID)
    assert [p.attributes["label"] for p in result.prompts] == ["roof", "tank"]
    assert any("plain attribute" in note for note in result.notes)


def test_object_id_groups_clicks_and_ids_follow_the_input(tmp_path: Path) -> None:
    path = layer(tmp_path, [at(c, 5) for c in range(5)], object_id=["b", "a", "b", None, None])
    result = load_prompts(path, GRID)
    assert [(p.prompt_id, len(p.xy)) for p in result.prompts] == [(1, 2), (2, 1), (3, 1), (4, 1)]
    assert [p.attributes["object_id"] for p in result.prompts] == ["b", "a", None, None]


@pytest.mark.parametrize("empty", ["", "  "])
@pytest.mark.parametrize("file", ["clicks.gpkg", "clicks.geojson", "clicks.parquet", "clicks.csv"])
def test_blank_text_is_an_empty_cell(tmp_path: Path, file: str, empty: str) -> None:
    fields = {"object_id": ["a", "a", empty, empty], "class": [empty, "roof", "tank", empty]}
    points, path = [at(c, 5) for c in (5, 9, 20, 30)], tmp_path / file
    if file.endswith(".csv"):
        places = {"x": [p.x for p in points], "y": [p.y for p in points]}
        pd.DataFrame(fields | places).to_csv(path, index=False)
    elif file.endswith(".parquet"):
        gpd.GeoDataFrame(fields, geometry=points, crs=32632).to_parquet(path)
    else:
        layer(tmp_path, points, file, **fields)
    result = load_prompts(path, GRID)
    assert [len(p.xy) for p in result.prompts] == [2, 1, 1]
    assert [p.attributes["class"] for p in result.prompts] == ["roof", "tank", None]
    assert not [note for note in result.notes if "disagree" in note]


def test_object_field_names_another_column(tmp_path: Path) -> None:
    path = layer(tmp_path, [at(1, 1), at(2, 2)], house=[7, 7], object_id=[1, 2])
    assert len(load_prompts(path, GRID, object_field="house").prompts) == 1


def test_of_fields_that_differ_in_case_the_exact_name_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"{at(k, 5).x},{at(k, 5).y},0,0,roof,{k},{k % 2},9" for k in (5, 20)]
    path.write_text("\n".join(["x,y,X,Y,Label,Id,label,ID", *rows]))
    (prompt,) = load_prompts(path, GRID, object_field="ID").prompts
    np.testing.assert_allclose(prompt.xy, [[5, 5], [20, 5]], atol=1e-6)
    assert prompt.labels.tolist() == [1, 0]
    assert dict(prompt.attributes) == {"X": 0, "Y": 0, "Label": "roof", "Id": 5, "ID": 9}


def test_a_missing_object_field_is_refused_with_the_fields_there_are(tmp_path: Path) -> None:
    with pytest.raises(PointsError, match=r"no field 'house'.*its fields are: name, kind"):
        load_prompts(layer(tmp_path, [at(1, 1)], name=["x"], kind=["y"]), GRID, object_field="house")


def test_attributes_take_the_first_value_and_disagreements_are_noted(tmp_path: Path) -> None:
    path = layer(
        tmp_path,
        [at(1, 1), at(2, 2), at(3, 3)],
        object_id=[1, 1, 1],
        **{"class": [None, "roof", "tank"], "year": [2020, 2020, 2020]},
    )
    result = load_prompts(path, GRID)
    assert result.prompts[0].attributes == {"object_id": 1, "class": "roof", "year": 2020}
    assert [n for n in result.notes if "disagree" in n] == [
        "prompt(s) 1: clicks disagree on 'class'; the first value is kept"
    ]


def test_whole_numbers_stay_whole_beside_empty_cells(tmp_path: Path) -> None:
    path = layer(tmp_path, [at(1, 1), at(2, 2)], floors=pd.array([3, None], dtype="Int64"))
    values = [p.attributes["floors"] for p in load_prompts(path, GRID).prompts]
    assert values == [3, None]
    assert isinstance(values[0], int)


def test_dates_and_unicode_are_carried(tmp_path: Path) -> None:
    when = pd.to_datetime(["2024-05-06"])
    attributes = (
        load_prompts(layer(tmp_path, [at(1, 1)], when=when, ort=["Brünn"]), GRID).prompts[0].attributes
    )
    assert attributes["ort"] == "Brünn"
    assert (attributes["when"].year, attributes["when"].day) == (2024, 6)


def test_a_click_given_twice_for_one_object_is_merged(tmp_path: Path) -> None:
    result = load_prompts(layer(tmp_path, [at(1, 1), at(1, 1), at(2, 2)], object_id=[5, 5, 5]), GRID)
    assert result.prompts[0].xy.shape == (2, 2)
    assert any("1 repeated click(s) merged" in note for note in result.notes)


def test_a_second_object_at_the_same_place_is_a_duplicate(tmp_path: Path) -> None:
    result = load_prompts(layer(tmp_path, [at(9, 9), at(1, 1), at(1, 1)]), GRID)
    assert [p.prompt_id for p in result.prompts] == [1, 2]
    assert reasons(result) == {3: "duplicate of prompt 2"}


def test_a_second_object_on_the_same_pixel_is_a_duplicate(tmp_path: Path) -> None:
    result = load_prompts(layer(tmp_path, [at(9, 9), at(1.1, 1.9), at(1.9, 1.1), at(2.1, 1.9)]), GRID)
    assert [p.prompt_id for p in result.prompts] == [1, 2, 4]
    assert reasons(result) == {3: "duplicate of prompt 2"}


def test_a_negative_click_may_lie_on_a_neighbours_positive_one(tmp_path: Path) -> None:
    path = layer(tmp_path, [at(1, 1), at(5, 5), at(1, 1)], object_id=[1, 2, 2], label=[1, 1, 0])
    result = load_prompts(path, GRID)
    assert [p.labels.tolist() for p in result.prompts] == [[1], [1, 0]]
    assert result.rejected == ()


def test_a_click_that_contradicts_its_object_is_left_out(tmp_path: Path) -> None:
    result = load_prompts(layer(tmp_path, [at(1, 1), at(1, 1)], object_id=[1, 1], label=[1, 0]), GRID)
    assert result.prompts[0].labels.tolist() == [1]
    assert any("other label" in note for note in result.notes)


def test_clicks_outside_the_raster_are_rejected_with_their_place(tmp_path: Path) -> None:
    result = load_prompts(layer(tmp_path, [at(-1, 5), at(5, 5), at(100.5, 5)], name=list("abc")), GRID)
    assert reasons(result) == {1: "outside the raster", 3: "outside the raster"}
    assert result.rejected[0].attributes == {"name": "a"}
    np.testing.assert_allclose(result.rejected[0].xy, [[at(-1, 5).x, at(-1, 5).y]])


def test_clicks_on_nodata_are_rejected(tmp_path: Path) -> None:
    path = layer(tmp_path, [at(60, 5), at(5, 5), at(-5, 5)])
    result = load_prompts(path, GRID, valid_at=lambda xy: xy[:, 0] < 50)
    assert reasons(result) == {1: "on nodata", 3: "outside the raster"}


def test_an_object_lives_on_with_the_clicks_that_are_left(tmp_path: Path) -> None:
    result = load_prompts(layer(tmp_path, [at(-1, 5), at(5, 5)], object_id=[1, 1]), GRID)
    np.testing.assert_allclose(result.prompts[0].xy, [[5, 5]], atol=1e-6)
    assert any("1 click(s) left out, outside the raster" in note for note in result.notes)


def test_null_and_empty_geometries_are_rejected(tmp_path: Path) -> None:
    result = load_prompts(layer(tmp_path, [None, at(5, 5), MultiPoint()], n=[1, 2, 3]), GRID)
    assert reasons(result) == {1: "no geometry", 3: "no geometry"}


def test_an_object_with_only_negative_clicks_is_rejected(tmp_path: Path) -> None:
    result = load_prompts(layer(tmp_path, [at(1, 1), at(5, 5)], label=[1, 0]), GRID)
    assert reasons(result) == {2: "has only negative clicks"}


def test_a_line_among_points_is_rejected_alone(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "properties": {}, "geometry": geometry.__geo_interface__}
        for geometry in (Point(9, 9), LineString([(1, 1), (2, 2)]))
    ]
    path = tmp_path / "mixed.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    result = load_prompts(path, RasterGrid(50, 50, Affine.identity(), None))
    assert reasons(result) == {2: "a LineString, not a point"}


def test_a_place_the_rasters_crs_does_not_know_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "pole.gpkg"
    gpd.GeoDataFrame(geometry=[Point(0, 95)], crs=4326).to_file(path)
    grid = RasterGrid(10, 10, Affine.identity(), CRS.from_epsg(3857))
    assert reasons(load_prompts(path, grid)) == {1: "its position does not exist in the raster's CRS"}


def test_an_empty_layer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.gpkg"
    gpd.GeoDataFrame({"a": pd.Series(dtype=str)}, geometry=[], crs=32632).to_file(path)
    with pytest.raises(PointsError, match="no features"):
        load_prompts(path, GRID)


def test_a_layer_of_polygons_is_refused_as_points(tmp_path: Path) -> None:
    with pytest.raises(PointsError, match=r"no point layer but clicks \(Polygon\)"):
        load_prompts(layer(tmp_path, [box(0, 0, 1, 1)]), GRID)


def test_a_table_without_coordinates_is_refused_with_its_fields(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,size\nx,3\n")
    with pytest.raises(PointsError, match="its fields are: name, size"):
        load_prompts(path, GRID)


@pytest.mark.parametrize("name", ["missing.shp", "text.gpkg", "cut.shp"])
def test_an_unreadable_file_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    if name != "missing.shp":
        (tmp_path / name).write_bytes(b"\x00\x00\x27\x0anot really")
    with pytest.raises(PointsError) as caught:
        load_prompts(tmp_path / name, GRID)
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


def test_a_wrong_points_crs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PointsError, match="'EPSG:99' is not a CRS"):
        load_prompts(layer(tmp_path, [at(1, 1)]), GRID, points_crs="EPSG:99")


def test_neither_points_nor_boxes_is_refused() -> None:
    with pytest.raises(PointsError, match="no prompts"):
        load_prompts(None, GRID)


def test_a_prompt_refuses_to_exist_without_a_click_or_a_box() -> None:
    with pytest.raises(ValueError, match="neither a positive click nor a box"):
        Prompt(1, np.zeros((1, 2)), np.zeros(1, np.int64))


def test_every_click_of_the_real_scenes_becomes_a_prompt(real_data: Path) -> None:
    scenes = sorted((real_data / "roofs").glob("*.gpkg"))
    assert len(scenes) == 13
    for scene in scenes:
        with rasterio.open(scene.with_suffix(".tif")) as raster:
            grid = RasterGrid(raster.width, raster.height, raster.transform, raster.crs)
        result = load_prompts(scene, grid)
        clicks = pyogrio.read_info(scene, layer="points")["features"]
        assert [p.prompt_id for p in result.prompts] == list(range(1, clicks + 1))
        assert result.rejected == ()
        assert {p.attributes["class"] for p in result.prompts} <= {"roof", "solar"}


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-5, 104), st.integers(-5, 84), st.sampled_from([0, 1]), st.integers(1, 6)),
        min_size=1,
        max_size=25,
    )
)
def test_every_object_is_either_a_prompt_or_rejected(
    tmp_path_factory: pytest.TempPathFactory, clicks: list[tuple[int, int, int, int]]
) -> None:
    path = tmp_path_factory.mktemp("clicks") / "a.fgb"
    cols, rows, labels, objects = map(list, zip(*clicks, strict=True))
    geometry = [at(c + 0.5, r + 0.5) for c, r in zip(cols, rows, strict=True)]
    frame = gpd.GeoDataFrame({"label": labels, "object_id": objects}, geometry=geometry, crs=32632)
    pyogrio.write_dataframe(frame, path, SPATIAL_INDEX="NO")
    result = load_prompts(path, GRID)
    ids = sorted([p.prompt_id for p in result.prompts] + [r.prompt_id for r in result.rejected])
    assert ids == list(range(1, len(set(objects)) + 1))
    for prompt in result.prompts:
        assert GRID.contains(prompt.xy).all()
        assert prompt.attributes["object_id"] == list(dict.fromkeys(objects))[prompt.prompt_id - 1]
