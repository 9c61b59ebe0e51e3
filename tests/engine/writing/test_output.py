"""Layers on disk: complete, typed, styled, and never broken."""

from __future__ import annotations

import errno
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from shapely import MultiPolygon, Point, box
from shapely.geometry.base import BaseGeometry

from engine import staging
from engine.errors import OutputError
from engine.schema import ACCEPTED_FROM
from engine.writing import formats, output
from engine.writing.layer_table import LayerTable
from engine.writing.output import FIELDS, check_writable, segments_frame, source_names, write_layer
from engine.writing.style import CLASSES, score_style

FORMATS = (".gpkg", ".geojson", ".shp", ".fgb", ".parquet")
RUN = {"command": "segment", "seed": 7, "bands": [1, 2, 3], "raster": {"name": "Straße.tif"}}


def row(prompt_id: int, geometry: BaseGeometry | None, **values: Any) -> dict[str, Any]:
    base = {"prompt_id": prompt_id, "geometry": geometry, "score": 0.875, "n_pos": 1, "n_neg": 0}
    return {**base, "status": "accepted", "model": "nano", **values}


def three_rows() -> gpd.GeoDataFrame:
    square = box(600_000, 5_200_000, 600_010, 5_200_010)
    parts = MultiPolygon([square, box(600_020, 5_200_000, 600_030, 5_200_010)])
    rows = [
        row(1, square, attributes={"class": "roof", "floors": 3, "owner": "Ž"}),
        row(5, parts, score=0.3, status="review", attributes={"class": None, "floors": None, "owner": None}),
        row(
            9, None, score=None, status="rejected", reason="outside the raster", attributes={"class": "tank"}
        ),
    ]
    return segments_frame(rows, "EPSG:32632")


def read(path: Path) -> gpd.GeoDataFrame:
    if path.suffix == ".parquet":
        return gpd.read_parquet(path)
    return gpd.read_file(path, layer="segments" if path.suffix == ".gpkg" else None)


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_keeps_all_rows_in_order_even_those_without_geometry(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"polygons{suffix}"
    write_layer(path, three_rows(), RUN)
    back = read(path)
    assert back["prompt_id"].tolist() == [1, 5, 9]
    assert back["prompt_id"].dtype.kind == "i"
    assert back["class"].fillna("").tolist() == ["roof", "", "tank"]
    assert back["status"].tolist() == ["accepted", "review", "rejected"]
    assert back["score"].fillna(-1).tolist() == [0.875, 0.3, -1]
    assert back.geometry.isna().tolist() == [False, False, True]
    assert back.to_crs(32632).area[:2].tolist() == pytest.approx([100, 200], rel=1e-4)


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_takes_an_empty_result(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"none{suffix}"
    write_layer(path, segments_frame([], "EPSG:32632"), RUN)
    assert len(read(path)) == 0


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_leaves_its_files_and_nothing_else(tmp_path: Path, suffix: str) -> None:
    write_layer(tmp_path / f"a{suffix}", three_rows(), RUN)
    names = {file.name for file in tmp_path.iterdir()}
    companions = {"a.qml"} if suffix == ".gpkg" else {"a.qml", "a.run.json"}
    parts = {"a.shx", "a.dbf", "a.prj", "a.cpg"} if suffix == ".shp" else set()
    assert names == {f"a{suffix}"} | companions | parts


def test_a_geopackage_has_the_designed_columns_first(tmp_path: Path) -> None:
    write_layer(tmp_path / "a.gpkg", three_rows(), RUN)
    info = pyogrio.read_info(tmp_path / "a.gpkg", layer="segments")
    assert info["fields"].tolist() == [*FIELDS, "floors", "owner"]
    assert dict(zip(info["fields"], info["dtypes"], strict=True))["n_pos"] == "int64"
    assert info["crs"] == "EPSG:32632"
    assert info["geometry_type"] == "MultiPolygon"


def test_a_geopackage_says_how_it_was_made(tmp_path: Path) -> None:
    write_layer(tmp_path / "a.gpkg", three_rows(), RUN)
    table = pyogrio.read_dataframe(tmp_path / "a.gpkg", layer="resam_run")
    assert len(table) == 1
    assert json.loads(table["run"][0]) == RUN
    assert pd.Timestamp(table["created"][0]) <= pd.Timestamp.now(tz="UTC")
    with sqlite3.connect(tmp_path / "a.gpkg") as database:
        kind = database.execute("select data_type from gpkg_contents where table_name = 'resam_run'")
        assert kind.fetchone() == ("attributes",)


def test_a_geopackage_carries_its_default_style(tmp_path: Path) -> None:
    write_layer(tmp_path / "a.gpkg", three_rows(), RUN, layer="trees")
    with sqlite3.connect(tmp_path / "a.gpkg") as database:
        found = database.execute(
            "select styleQML from layer_styles where useAsDefault = 1 and f_table_schema = ''"
            " and f_table_name = 'trees' and f_geometry_column = 'geom'"
        ).fetchall()
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    assert found == [((tmp_path / "a.qml").read_text(encoding="utf-8"),)]


def test_a_geopackage_is_of_a_version_and_has_times_that_older_qgis_take(tmp_path: Path) -> None:
    write_layer(tmp_path / "a.gpkg", three_rows(), RUN)
    with sqlite3.connect(tmp_path / "a.gpkg") as database:
        assert database.execute("pragma user_version").fetchone() == (10300,)
        (updated,) = database.execute("select update_time from layer_styles").fetchone()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", updated)


@pytest.mark.parametrize("suffix", FORMATS[1:])
def test_other_formats_say_how_they_were_made_in_a_file_beside(tmp_path: Path, suffix: str) -> None:
    write_layer(tmp_path / f"a{suffix}", three_rows(), RUN)
    record = json.loads((tmp_path / "a.run.json").read_text(encoding="utf-8"))
    assert record["run"] == RUN
    assert record["created"].endswith("+00:00")


def test_the_style_covers_every_score_without_a_gap() -> None:
    root = ET.fromstring(score_style().split("\n", 1)[1])
    renderer = root.find("renderer-v2")
    assert renderer is not None
    assert renderer.get("attr") == "score"
    limits = [(float(r.get("lower", "")), float(r.get("upper", ""))) for r in renderer.iter("range")]
    assert [upper for _, upper in limits[:-1]] == [lower for lower, _ in limits[1:]]
    assert limits[0][0] < 0
    assert limits[-1][1] > 1
    assert len(list(renderer.iter("symbol"))) == len(CLASSES) == 5
    assert CLASSES[0][1] == CLASSES[1][0] == ACCEPTED_FROM
    assert f"{ACCEPTED_FROM:g}" in CLASSES[0][2]
    assert root.get("labelsEnabled") == "0"


def test_fields_of_the_points_that_clash_get_a_prefix() -> None:
    names = source_names(["name", "score", "FID", "CLASS", "Status", "Name"])
    assert names == {
        "name": "name",
        "score": "src_score",
        "FID": "src_FID",
        "CLASS": "src_CLASS",
        "Status": "src_Status",
        "Name": "Name_2",
    }


def test_a_clashing_field_is_kept_beside_the_layers_own(tmp_path: Path) -> None:
    rows = [row(1, box(0, 0, 1, 1), attributes={"score": "good", "fid": 12, "CLASS": "roof"})]
    write_layer(tmp_path / "a.gpkg", segments_frame(rows, None), RUN)
    back = read(tmp_path / "a.gpkg")
    assert (back["score"][0], back["src_score"][0], back["src_fid"][0], back["class"][0]) == (
        0.875,
        "good",
        12,
        "roof",
    )


def test_each_row_has_the_class_of_its_own_fields_and_no_field_is_lost() -> None:
    fields: list[dict[str, Any]] = [
        {"Class": "roof", "CLASS": 4, "class": "shed"},
        {"CLASS": "tank", "Class": "oil"},
        {"class": " ", "Class": "tree"},
        {},
    ]
    frame = segments_frame([row(k, None, attributes=one) for k, one in enumerate(fields)], None)
    assert [None if pd.isna(kind) else kind for kind in frame["class"]] == ["shed", "tank", None, None]
    others = {name: frame[name].tolist()[:3] for name in frame.columns if name.startswith("src_")}
    assert {name: [None if pd.isna(v) else v for v in column] for name, column in others.items()} == {
        "src_Class": ["roof", "oil", "tree"],
        "src_CLASS_2": [4, None, None],
    }


def test_types_of_the_points_fields_survive_empty_cells(tmp_path: Path) -> None:
    when = pd.Timestamp("2024-05-06 07:08:09")
    full = {"whole": 3, "part": 1.5, "yes": True, "text": "a", "when": when, "tags": ["a", "b"], "mix": 1}
    rows = [row(1, box(0, 0, 1, 1), attributes=full), row(2, None, attributes={"mix": "x"})]
    write_layer(tmp_path / "a.gpkg", segments_frame(rows, None), RUN)
    dtypes = pyogrio.read_info(tmp_path / "a.gpkg", layer="segments")
    kinds = dict(zip(dtypes["fields"], dtypes["dtypes"], strict=True))
    assert {name: kinds[name] for name in full} == {
        "whole": "int64",
        "part": "float64",
        "yes": "bool",
        "text": "object",
        "when": "datetime64[ms]",
        "tags": "object",
        "mix": "object",
    }
    back = read(tmp_path / "a.gpkg")
    assert (back["whole"][0], back["part"][0], back["tags"][0]) == (3, 1.5, '["a", "b"]')
    assert back["when"][0] == when
    assert back["mix"].tolist() == ["1", "x"]
    assert back.loc[1, ["whole", "part", "text", "when", "tags"]].isna().all()


@pytest.mark.parametrize("suffix", FORMATS)
def test_values_that_no_column_takes_become_text_in_every_format(tmp_path: Path, suffix: str) -> None:
    odd = {"shape": Point(1, 2), "mix": 1, "big": 2**70, "pair": complex(1, 2)}
    rows = [row(1, box(0, 0, 1, 1), attributes=odd), row(2, box(2, 0, 3, 1), attributes={"mix": "x"})]
    write_layer(tmp_path / f"a{suffix}", segments_frame(rows, "EPSG:32632"), RUN)
    back = read(tmp_path / f"a{suffix}").sort_values("prompt_id")
    first = [back[name].iloc[0] for name in odd]
    assert first == ["POINT (1 2)", "1", "1180591620717411303424", "(1+2j)"]
    assert back["mix"].iloc[1] == "x"
    assert back[["shape", "big", "pair"]].iloc[1].isna().all()


def test_a_length_of_time_is_text_where_there_is_no_type_for_it(tmp_path: Path) -> None:
    rows = [row(1, box(0, 0, 1, 1), attributes={"took": pd.Timedelta(90, "s")})]
    write_layer(tmp_path / "a.gpkg", segments_frame(rows, "EPSG:32632"), RUN)
    assert read(tmp_path / "a.gpkg")["took"].tolist() == ["0 days 00:01:30"]


def test_a_field_that_is_always_empty_is_kept(tmp_path: Path) -> None:
    rows = [row(1, box(0, 0, 1, 1), attributes={"remark": None})]
    write_layer(tmp_path / "a.gpkg", segments_frame(rows, None), RUN)
    assert "remark" in read(tmp_path / "a.gpkg").columns


def test_a_file_whose_text_cannot_be_read_back_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "_verify", lambda *a: b"\xe5\xbb".decode())
    with pytest.raises(OutputError, match="could not be written"):
        write_layer(tmp_path / "a.shp", three_rows(), RUN)
    assert list(tmp_path.iterdir()) == []


def test_geojson_is_in_wgs84_and_says_so(tmp_path: Path) -> None:
    notes = write_layer(tmp_path / "a.geojson", three_rows(), RUN)
    content = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))
    assert "crs" not in content
    assert content["features"][0]["geometry"]["coordinates"][0][0][0][0] == pytest.approx(10.3, abs=0.1)
    assert any("WGS 84" in note for note in notes)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_layer_without_crs_keeps_its_coordinates(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"local{suffix}"
    notes = write_layer(path, segments_frame([row(1, box(1000, 0, 1004, 5))], None), RUN)
    assert read(path).geometry[0].bounds == pytest.approx((1000, 0, 1004, 5))
    assert any("no CRS" in note for note in notes)


def test_an_unknown_extension_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"'\.dxf'; choose one of \.gpkg, \.geojson, \.shp, \.fgb"):
        check_writable(tmp_path / "a.dxf")


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="does not exist; create it first"):
        check_writable(tmp_path / "nowhere" / "a.gpkg")


def test_an_unwritable_folder_is_refused_in_one_line() -> None:
    with pytest.raises(OutputError, match="cannot write to the folder") as caught:
        check_writable("/proc/a.gpkg")
    assert "\n" not in str(caught.value)


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.gpkg").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        check_writable(tmp_path / "a.gpkg", overwrite=True)


@pytest.mark.parametrize("existing", ["a.gpkg", "a.qml"])
def test_nothing_that_exists_is_replaced_without_being_asked(tmp_path: Path, existing: str) -> None:
    (tmp_path / existing).write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        write_layer(tmp_path / "a.gpkg", three_rows(), RUN)
    assert (tmp_path / existing).read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("suffix", FORMATS[1:])
def test_a_second_format_under_the_same_name_may_share_the_style(tmp_path: Path, suffix: str) -> None:
    write_layer(tmp_path / "a.gpkg", three_rows(), RUN)
    write_layer(tmp_path / f"a{suffix}", three_rows(), RUN)
    assert read(tmp_path / f"a{suffix}")["prompt_id"].tolist() == [1, 5, 9]


@pytest.mark.parametrize("suffix", FORMATS)
def test_overwriting_replaces_the_whole_result(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_layer(path, three_rows(), RUN)
    write_layer(path, three_rows()[:1], RUN, overwrite=True)
    assert read(path)["prompt_id"].tolist() == [1]


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("failing", [(output, "_write_companions"), (output, "_verify"), (staging, "sync")])
def test_a_failure_leaves_the_old_files_and_no_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: tuple[Any, str], suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    new = (
        failing[1] == "sync" and suffix == ".gpkg"
    )  # An existing one is changed by SQLite, which syncs itself.
    if not new:
        write_layer(path, three_rows(), RUN)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(*failing, full)
    with pytest.raises(OutputError, match=r"could not be written .*No space left"):
        write_layer(path, three_rows()[:1], RUN, overwrite=True)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_rows_that_did_not_arrive_on_the_disk_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = formats._write_ogr
    part = LayerTable.of(three_rows()[:2])
    monkeypatch.setattr(formats, "_write_ogr", lambda path, table, *a, **k: whole(path, part, *a, **k))
    with pytest.raises(OutputError, match="2 of 3 rows"):
        write_layer(tmp_path / "a.gpkg", three_rows(), RUN)
    assert list(tmp_path.iterdir()) == []


def test_a_record_that_json_cannot_hold_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="does not fit in JSON"):
        write_layer(tmp_path / "a.gpkg", three_rows(), {"model": object()})
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_behind_is_cleared_away_later(tmp_path: Path) -> None:
    names = (".a.gpkg.abcdefg1.partial", ".a.gpkg.abcdefg2.partial", ".theirs.partial")
    stale, fresh, theirs = (tmp_path / name for name in names)
    for folder in (stale, fresh, theirs):
        folder.mkdir()
        (folder / "file").touch()
    for folder in (stale, theirs):
        os.utime(folder, (time.time() - 7200,) * 2)
    write_layer(tmp_path / "a.gpkg", three_rows(), RUN)
    assert [path.exists() for path in (stale, fresh, theirs)] == [False, True, True]


KILLER = """
import os, random, signal, sys, time
import pyogrio
from shapely import box
from engine.writing.output import segments_frame, write_layer

def frame(first):
    rows = [{"prompt_id": first + i, "geometry": box(i, 0, i + 0.5, 1)} for i in range(2000)]
    return segments_frame(rows, "EPSG:32632")

rng = random.Random(11)
old, new = frame(1), frame(100001)
for path in sys.argv[1:]:
    layer = "segments" if path.endswith("gpkg") else None
    write_layer(path, old, {})
    for _ in range(6):
        child = os.fork()
        if not child:
            while True:
                write_layer(path, new, {}, overwrite=True)
        time.sleep(rng.uniform(0.02, 0.3))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        back = pyogrio.read_dataframe(path, layer=layer)
        print(len(back), back["prompt_id"].min(), back["prompt_id"].max(), back.is_valid.all())
"""


def test_a_killed_run_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    # In a process of its own, because a test runner with threads must not fork.
    paths = [str(tmp_path / "a.gpkg"), str(tmp_path / "a.fgb")]
    run = subprocess.run([sys.executable, "-c", KILLER, *paths], capture_output=True, text=True, check=True)
    found = run.stdout.splitlines()
    assert len(found) == 12
    assert set(found) <= {"2000 1 2000 True", "2000 100001 102000 True"}
