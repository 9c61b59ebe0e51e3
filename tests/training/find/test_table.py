"""Finds beside the polygons that stand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from engine.segmentation import Request
from engine.writing.output import segments_frame, write_layer
from tests.training.find.scene import GRID
from training.find.examples import Drawn, read_examples
from training.find.table import beside_drawn


def frame_of(*shapes: shapely.Polygon) -> gpd.GeoDataFrame:
    count = len(shapes)
    columns = {"prompt_id": list(range(1, count + 1)), "status": ["accepted"] * count, "score": [0.9] * count}
    more = {"area_m2": [1.0] * count, "perimeter_m": [1.0] * count, "reason": [None] * count}
    return gpd.GeoDataFrame({**columns, **more}, geometry=list(shapes))


def standing(shape: shapely.Polygon) -> Drawn:
    return Drawn(shape, shape, {"status": "accepted", "note": "mine"})


def test_a_find_gives_what_it_shares_to_the_polygon_that_stands() -> None:
    shape = shapely.box(6, 0, 20, 10)
    result = beside_drawn(frame_of(shapely.box(0, 0, 10, 10)), [standing(shape)], GRID)
    assert result.geometry.iloc[0].equals(shapely.box(0, 0, 6, 10))
    assert result["area_m2"].iloc[0] == pytest.approx(60)
    assert result.geometry.iloc[1].equals(shape)
    assert result["note"].iloc[1] == "mine"


def test_a_find_that_is_covered_is_rejected_with_its_reason() -> None:
    result = beside_drawn(frame_of(shapely.box(7, 1, 9, 2)), [standing(shapely.box(6, 0, 20, 10))], GRID)
    assert result["status"].tolist() == ["rejected", "accepted"]
    assert result.geometry.iloc[0] is None
    assert "covered" in result["reason"].iloc[0]


def test_what_must_stay_whole_is_not_cut_but_rejected_where_it_is_covered() -> None:
    stands = [standing(shapely.box(6, 0, 20, 10))]
    result = beside_drawn(frame_of(shapely.box(0, 0, 10, 10)), stands, GRID, whole=True)
    assert result.geometry.iloc[0].equals(shapely.box(0, 0, 10, 10))
    covered = beside_drawn(frame_of(shapely.box(7, 1, 9, 2)), stands, GRID, whole=True)
    assert covered["status"].iloc[0] == "rejected"


def test_a_users_column_that_is_only_called_like_ours_travels_as_the_users() -> None:
    texts = {"score": "high", "area_m2": "12,5", "n_pos": "x", "status": "built", "class": 3, "reason": 7}
    shape = shapely.box(6, 0, 20, 10)
    row = beside_drawn(frame_of(), [Drawn(shape, shape, texts)], GRID).iloc[0]
    assert (row["score"], row["area_m2"], row["status"]) == (1.0, pytest.approx(140), "accepted")
    named = [f"src_{name}" for name in ("score", "area_m2", "n_pos", "status", "reason")]
    assert row[named].tolist() == ["high", "12,5", "x", "built", 7]
    assert row["class"] == "3"


def test_an_earlier_output_keeps_its_own_figures() -> None:
    shape = shapely.box(6, 0, 20, 10)
    row = beside_drawn(frame_of(), [Drawn(shape, shape, {"score": 0.7, "n_pos": 2})], GRID).iloc[0]
    assert (row["score"], row["n_pos"]) == (0.7, 2)


@pytest.mark.parametrize("suffix", [".gpkg", ".shp"])
def test_the_layers_own_output_gets_no_column_more_each_time_it_is_shown_again(
    suffix: str, tmp_path: Path
) -> None:
    raster, path = GRID, tmp_path / f"out{suffix}"
    shape = shapely.transform(shapely.box(10, 10, 20, 20), raster.to_world)
    drawn = [Drawn(shape, shape, {"class": "roof", "note": "a", "reason": None})]
    found = segments_frame([find_of("b")], raster.crs_wkt)
    seen = []
    for _ in range(3):
        frame = beside_drawn(found, drawn, raster)
        write_layer(path, frame, {}, overwrite=True)
        seen.append(list(frame))
        assert frame["perimeter_m"].iloc[1] == pytest.approx(20)
        drawn = list(read_examples(Request("", None), path, None, raster, None).drawn)
    assert seen == [list(found)] * 3


def find_of(note: Any) -> dict[str, Any]:
    shape = shapely.transform(shapely.box(30, 30, 40, 40), GRID.to_world)
    base = {"prompt_id": 1, "score": 0.9, "status": "accepted", "geometry": shape}
    return {**base, "model": "nano", "attributes": {"note": note}}


@pytest.mark.parametrize("suffix", [".gpkg", ".parquet"])
@pytest.mark.parametrize(
    ("found", "stands", "texts"),
    [
        (3, "three", ["3", "three"]),
        ("three", 3, ["three", "3"]),
        (True, "x", ["True", "x"]),
        (True, 2, ["True", "2"]),
        (pd.Timestamp("2024-01-02 10:00"), "x", ["2024-01-02 10:00:00", "x"]),
        (date(2024, 1, 1), 2, ["2024-01-01", "2"]),
    ],
)
def test_a_field_that_holds_other_values_in_the_finds_than_in_what_stands_is_text(
    found: Any, stands: Any, texts: list[str], suffix: str, tmp_path: Path
) -> None:
    shape, path = shapely.box(10, 10, 20, 20), tmp_path / f"out{suffix}"
    frame = segments_frame([find_of(found)], GRID.crs_wkt)
    write_layer(path, beside_drawn(frame, [Drawn(shape, shape, {"note": stands})], GRID), {})
    back = gpd.read_parquet(path) if suffix == ".parquet" else gpd.read_file(path, layer="segments")
    assert back["note"].tolist() == texts


def test_a_date_that_stands_beside_a_find_with_a_time_leaves_it_its_time() -> None:
    when, shape = pd.Timestamp("2024-05-02 14:30"), shapely.box(10, 10, 20, 20)
    frame = segments_frame([find_of(when)], GRID.crs_wkt)
    row = beside_drawn(frame, [Drawn(shape, shape, {"note": date(2024, 5, 1)})], GRID)
    assert row["note"].tolist() == [when, pd.Timestamp("2024-05-01")]


def test_polygons_that_stand_keep_what_they_share_with_each_other() -> None:
    shapes = [shapely.box(0, 0, 10, 10), shapely.box(5, 0, 15, 10)]
    result = beside_drawn(frame_of(), [standing(shape) for shape in shapes], GRID)
    assert [one.equals(other) for one, other in zip(result.geometry, shapes, strict=True)] == [True, True]
