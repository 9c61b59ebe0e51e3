"""The fields of a layer arrive as they are in the file, and leave as they came."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
from shapely import MultiPolygon, box

from engine.reading.points import load_prompts
from engine.reading.vector import VectorLayer, read_layer
from engine.writing.output import segments_frame, write_layer
from tests.engine.point_layers import GRID, at
from tests.engine.reading.dbf import Column, write_shapefile

FORMATS = ["gpkg", "geojson", "shp", "fgb", "parquet"]
BIG = 2**53
"""The first whole number after which floats leave some out."""


def saved(tmp_path: Path, suffix: str, **fields: Any) -> Path:
    """A layer of points in any of the formats, written by another program's hand."""
    count = len(next(iter(fields.values())))
    frame = gpd.GeoDataFrame(fields, geometry=[at(5 + k, 5) for k in range(count)], crs=32632)
    path = tmp_path / f"clicks.{suffix}"
    if suffix != "parquet":
        frame.to_file(path)
        return path
    frame.to_parquet(path)
    table = pq.read_table(path)  # Other programs than pandas leave out what pandas says of its types.
    metadata = {key: value for key, value in table.schema.metadata.items() if key != b"pandas"}
    pq.write_table(table.replace_schema_metadata(metadata), path)
    return path


def read(path: Path) -> VectorLayer:
    return read_layer(path, "point", target=None)


def values(layer: VectorLayer, name: str) -> list[Any]:
    return [None if pd.isna(value) else value for value in layer.frame[name].tolist()]


@pytest.mark.parametrize("suffix", FORMATS)
def test_large_whole_numbers_stay_apart_beside_an_empty_cell(tmp_path: Path, suffix: str) -> None:
    numbers = pd.array([BIG, BIG + 1, BIG + 2, None], dtype="Int64")
    result = load_prompts(saved(tmp_path, suffix, object_id=numbers), GRID)
    assert sorted(p.attributes["object_id"] or 0 for p in result.prompts) == [0, BIG, BIG + 1, BIG + 2]


@pytest.mark.parametrize("suffix", FORMATS)
def test_truth_values_stay_truth_values_beside_an_empty_cell(tmp_path: Path, suffix: str) -> None:
    layer = read(saved(tmp_path, suffix, seen=pd.array([True, None, False], dtype="boolean")))
    assert sorted(map(repr, values(layer, "seen"))) == ["False", "None", "True"]


def test_a_csv_keeps_large_numbers_and_truth_values_beside_empty_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"x,y,id,seen\n1,2,{BIG + 1},true\n3,4,,\n5,6,{BIG + 2},false\n")
    layer = read(path)
    assert values(layer, "id") == [BIG + 1, None, BIG + 2]
    assert values(layer, "seen") == [True, None, False]


@pytest.mark.parametrize("out", FORMATS)
@pytest.mark.parametrize("suffix", FORMATS)
def test_every_field_travels_unchanged_to_every_format(tmp_path: Path, suffix: str, out: str) -> None:
    fields = {
        "big": pd.array([BIG + 1, None], dtype="Int64"),
        "seen": pd.array([True, None], dtype="boolean"),
        "share": [0.1, None],
        "name": ["Brünn", None],
    }
    prompts = load_prompts(saved(tmp_path, suffix, **fields), GRID).prompts
    rows = [{"prompt_id": p.prompt_id, "geometry": None, "attributes": p.attributes} for p in prompts]
    target = tmp_path / f"out.{out}"
    write_layer(target, segments_frame(rows, GRID.crs_wkt), {})
    layer = read_layer(target, "polygon", target=None)
    assert sorted(map(str, values(layer, "big"))) == sorted(["None", str(BIG + 1)])
    assert {v if v is None else bool(v) for v in values(layer, "seen")} == {True, None}
    assert {v for v in values(layer, "share") if v is not None} == {0.1}
    assert set(values(layer, "name")) == {"Brünn", None}


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "shp", "fgb", "parquet"])
def test_a_field_named_geometry_is_a_field_like_any_other(tmp_path: Path, suffix: str) -> None:
    frame = gpd.GeoDataFrame({"geometry": ["wall"], "shape": [at(5, 5)]}, geometry="shape", crs=32632)
    path = tmp_path / f"a.{suffix}"
    frame.to_parquet(path) if suffix == "parquet" else frame.to_file(path)
    result = load_prompts(path, GRID)
    assert result.prompts[0].attributes == {"geometry": "wall"}
    np.testing.assert_allclose(result.prompts[0].anchor, [5, 5], atol=1e-3)


def test_a_csv_column_named_geometry_is_a_field_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"x,y,geometry,geometry_\n{at(5, 5).x},{at(5, 5).y},wall,roof\n")
    assert load_prompts(path, GRID).prompts[0].attributes == {"geometry": "wall", "geometry_": "roof"}


def test_a_csv_number_beyond_64_bits_is_kept_as_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y,id\n1,2,12345678901234567890\n3,4,12345678901234567891\n")
    layer = read(path)
    assert values(layer, "id") == ["12345678901234567890", "12345678901234567891"]
    assert any("field 'id'" in note and "kept as text" in note for note in layer.notes)


def test_a_csv_of_large_whole_numbers_among_decimals_keeps_their_digits(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"x,y,id\n1,2,{BIG + 1}\n3,4,1.5\n")
    assert values(read(path), "id") == [str(BIG + 1), "1.5"]


def test_plain_decimals_of_any_size_stay_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y,mass\n1,2,1e25\n3,4,1.5\n")
    layer = read(path)
    assert values(layer, "mass") == [1e25, 1.5]
    assert not any("kept as text" in note for note in layer.notes)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([12345678901234567890, 1], ["12345678901234567890", "1"]),
        ([BIG + 1, 1.5], [str(BIG + 1), "1.5"]),
    ],
)
def test_geojson_numbers_that_no_type_holds_are_kept_as_text(
    tmp_path: Path, numbers: list[float], expected: list[str]
) -> None:
    features = [
        {"type": "Feature", "properties": {"id": n}, "geometry": {"type": "Point", "coordinates": [1, 2]}}
        for n in numbers
    ]
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert values(read(path), "id") == expected


def test_a_shapefile_with_wide_number_columns_keeps_every_digit(tmp_path: Path) -> None:
    path = write_shapefile(
        tmp_path / "a.shp", [Column(b"id", "N", 20)], [[str(BIG + 1).encode()], [b""], [b"7"]]
    )
    assert values(read(path), "id") == [BIG + 1, None, 7]


def test_whole_numbers_within_lists_and_records_stay_whole(tmp_path: Path) -> None:
    path = saved(tmp_path, "parquet", n=[1, 2])
    table = pq.read_table(path)
    table = table.append_column("record", pa.array([{"a": BIG + 1}, None]))
    table = table.append_column("list", pa.array([[BIG + 1, None], None]))
    pq.write_table(table, path)
    attributes = load_prompts(path, GRID).prompts[0].attributes
    assert attributes["record"] == {"a": BIG + 1}
    assert attributes["list"] == [BIG + 1, None]


@pytest.mark.parametrize(
    "values_", [pa.array([2**63 + 5, None], pa.uint64()), pa.array([86_400_000_000, None], pa.duration("us"))]
)
def test_values_that_no_vector_format_holds_are_kept_as_text(tmp_path: Path, values_: pa.Array) -> None:
    path = saved(tmp_path, "parquet", n=[1, 2])
    pq.write_table(pq.read_table(path).append_column("odd", values_), path)
    layer = read(path)
    assert [type(value) for value in values(layer, "odd")] == [str, type(None)]
    assert any("field 'odd'" in note for note in layer.notes)


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y,kind,kind,kind_2\n1,2,roof,red,old\n")
    layer = read(path)
    assert layer.frame.iloc[0][layer.fields].to_dict() == {"kind": "roof", "kind_3": "red", "kind_2": "old"}
    assert any("several fields named 'kind'" in note and "'kind_3'" in note for note in layer.notes)


def test_coordinates_in_two_columns_of_one_name_are_the_first_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y,x\n1,2,9\n")
    layer = read(path)
    assert (layer.frame.geometry[0].x, layer.frame.geometry[0].y) == (1, 2)
    assert layer.fields == ["x_2"]


@pytest.mark.parametrize("date", ["2020-02-30", "2020-13-01"])
def test_an_impossible_date_is_kept_as_text(tmp_path: Path, date: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"x,y,when,n\n1,2,{date},5\n3,4,2020-02-28,\n")
    layer = read(path)
    assert values(layer, "when") == [date, "2020-02-28"]
    assert values(layer, "n") == [5, None]


@pytest.mark.parametrize("date", [b"20200230", b"99999999", b"20001350"])
def test_an_impossible_date_in_a_shapefile_is_kept_as_text(tmp_path: Path, date: bytes) -> None:
    columns = [Column(b"name", "C", 9), Column(b"when", "D", 8), Column(b"other", "D", 8)]
    path = write_shapefile(tmp_path / "a.shp", columns, [[b"a", date, b"20200228"], [b"b", b"", b""]])
    layer = read(path)
    assert layer.fields == ["name", "when", "other"]
    shown = f"{date[:4].decode()}-{date[4:6].decode()}-{date[6:].decode()}"
    assert values(layer, "when") == [shown, None]
    assert values(layer, "other") == [dt.date(2020, 2, 28), None]
    assert any("field 'when' holds dates that do not exist" in note for note in layer.notes)


def test_impossible_dates_and_times_in_a_geojson_are_kept_as_text(tmp_path: Path) -> None:
    properties = {"day": "2020-02-30", "time": "2020-02-30T12:00:00", "n": 1}
    feature = {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": [1, 2]},
    }
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    layer = read(path)
    assert values(layer, "day") == ["2020-02-30"]
    assert values(layer, "time")[0].startswith("2020-02-30")
    assert values(layer, "n") == [1]


def test_a_csv_is_typed_by_all_of_its_rows_not_by_its_head(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = "".join(f"1,2,{k},{'x' * 40}\n" for k in range(30_000))
    path.write_text(f"x,y,plot,name\n{rows}1,2,12b,last\n")
    assert values(read(path), "plot")[-1] == "12b"


def test_what_the_reader_warns_of_is_a_note(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y,n\n1,2,3\n-,-,4\n")
    assert any("Invalid value" in note and note.startswith("a.csv: ") for note in read(path).notes)
    assert not recwarn.list


def test_healthy_layers_are_read_as_the_library_reads_them(tmp_path: Path) -> None:
    stamps = pd.to_datetime(["2020-01-01T10:11:12.5", None])
    path = saved(
        tmp_path, "gpkg", n=[1, 2], share=[0.5, None], name=["a", None], flag=[True, False], at=stamps
    )
    mine, theirs = read(path).frame, pyogrio.read_dataframe(path).set_crs(None, allow_override=True)
    pd.testing.assert_frame_equal(pd.DataFrame(mine), pd.DataFrame(theirs))


DAYS = [dt.date(2020, 2, 29), None, dt.date(1899, 12, 31)]


def dated(path: Path) -> Path:
    """A layer of three points with a column of dates, in the way of each format."""
    frame = gpd.GeoDataFrame(
        {"n": [1, None, 3], "day": DAYS}, geometry=[at(9, 9), at(30, 30), at(50, 50)], crs=GRID.crs_wkt
    )
    frame["day"] = frame["day"].astype(pd.ArrowDtype(pa.date32()))
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".csv":
        rows = zip(frame.geometry.x, frame.geometry.y, DAYS, strict=True)
        path.write_text("x,y,day\n" + "".join(f"{x},{y},{day or ''}\n" for x, y, day in rows))
    else:
        pyogrio.write_dataframe(frame, path, use_arrow=path.suffix != ".geojson")
    return path


@pytest.mark.parametrize("before", [".gpkg", ".geojson", ".shp", ".parquet", ".csv"])
def test_dates_of_the_points_leave_as_dates(tmp_path: Path, before: str) -> None:
    prompts = load_prompts(dated(tmp_path / f"clicks{before}"), GRID)
    rows = [
        {"prompt_id": p.prompt_id, "geometry": box(0, 0, 1, 1), "attributes": p.attributes}
        for p in prompts.prompts
    ]
    frame = segments_frame([*rows, {"prompt_id": 9, "geometry": None}], GRID.crs_wkt)
    for after in (".gpkg", ".geojson", ".shp", ".parquet"):
        out = tmp_path / after[1:] / f"out{after}"
        out.parent.mkdir()
        assert write_layer(out, frame, {}) is not None
        if after == ".parquet":
            assert pq.read_schema(out).field("day").type == pa.date32()
        else:
            name = "segments" if after == ".gpkg" else None
            info = pyogrio.read_info(out, layer=name)
            assert dict(zip(info["fields"], info["dtypes"], strict=True))["day"] == "datetime64[D]"
        back = read_layer(out, "polygon", target=None).frame
        assert [None if pd.isna(day) else day for day in back["day"]] == [*DAYS, None]


def test_flatgeobuf_holds_no_dates_and_says_so(tmp_path: Path) -> None:
    prompts = load_prompts(dated(tmp_path / "clicks.gpkg"), GRID).prompts
    rows = [{"prompt_id": 1, "geometry": box(0, 0, 1, 1), "attributes": prompts[0].attributes}]
    notes = write_layer(tmp_path / "out.fgb", segments_frame(rows, GRID.crs_wkt), {})
    assert any("those of 'day' got midnight" in note for note in notes)
    back = pyogrio.read_dataframe(tmp_path / "out.fgb")
    assert back["day"].tolist() == [pd.Timestamp(2020, 2, 29)]


@pytest.mark.parametrize("suffix", [".gpkg", ".shp"])
def test_a_column_of_dates_changes_no_other_column(tmp_path: Path, suffix: str) -> None:
    given = {
        "whole": 2**60,
        "share": 0.5,
        "yes": True,
        "name": "Größe",
        "at": pd.Timestamp("2020-01-01T10:11:12.5"),
    }
    shapes = [box(0, 0, 1, 1), MultiPolygon([box(0, 0, 1, 1), box(2, 2, 3, 3)]), None]
    read_back = []
    for name, more in (("plain", {}), ("dated", {"day": dt.date(2020, 1, 1)})):
        rows = [
            {"prompt_id": k, "geometry": shape, "attributes": {} if k == 1 else {**given, **more}}
            for k, shape in enumerate(shapes)
        ]
        out = tmp_path / f"{name}{suffix}"
        write_layer(out, segments_frame(rows, "EPSG:32632"), {})
        layer = "segments" if suffix == ".gpkg" else None
        info = pyogrio.read_info(out, layer=layer)
        kinds = zip(info["fields"], info["ogr_types"], info["ogr_subtypes"], strict=True)
        kept = [kind for kind in kinds if kind[0] != "day"]
        frame = pyogrio.read_dataframe(out, layer=layer)
        read_back.append((kept, info["geometry_type"], frame[[kind[0] for kind in kept] + ["geometry"]]))
    (kinds, geometry, frame), (others, geometry_too, frame_too) = read_back
    assert (kinds, geometry) == (others, geometry_too)
    pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(frame_too))
