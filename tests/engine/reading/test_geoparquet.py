"""GeoParquet, which is read by other hands than all other layers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.errors import PointsError
from engine.reading.points import load_prompts
from engine.reading.vector import VectorLayer, read_layer
from tests.engine.point_layers import GRID, at


def read(path: Path) -> VectorLayer:
    return read_layer(path, "point", target=None)


def indexed(tmp_path: Path, names: list[str], **fields: Any) -> Path:
    """GeoParquet whose index are some of the fields, as pandas writes it."""
    path = tmp_path / "clicks.parquet"
    shapes = [at(5 + 9 * k, 5) for k in range(len(fields["object_id"]))]
    gpd.GeoDataFrame(fields, geometry=shapes, crs=32632).set_index(names).to_parquet(path)
    return path


def test_an_index_with_a_name_is_a_column_of_geoparquet(tmp_path: Path) -> None:
    path = indexed(tmp_path, ["object_id"], object_id=[7, 7, 8], n=[1, 2, 3])
    prompts = load_prompts(path, GRID).prompts
    assert [(len(p.xy), p.attributes) for p in prompts] == [
        (2, {"object_id": 7, "n": 1}),
        (1, {"object_id": 8, "n": 3}),
    ]
    both = indexed(tmp_path, ["class", "object_id"], object_id=["a", None], **{"class": ["x", "y"]})
    assert read(both).fields == ["class", "object_id"]
    gpd.read_parquet(path).rename_axis([None, "object_id"]).to_parquet(both)
    assert read(both).fields == ["object_id"]


def test_an_index_without_a_name_is_no_column(tmp_path: Path) -> None:
    path = indexed(tmp_path, ["object_id"], object_id=[7, 8, 9], n=[1, 2, 3])
    gpd.read_parquet(path).rename_axis(None).iloc[1:].to_parquet(path)
    layer = read(path)
    assert layer.fields == ["n"]
    assert layer.frame.index.tolist() == [0, 1]


@pytest.mark.parametrize(
    "geo",
    [
        {"crs": {"type": "nonsense"}},
        {"crs": 7},
        {"crs": ["EPSG:4326"]},
        {"encoding": "WKT"},
        {"encoding": None},
        {"encoding": "point"},
        {},
        None,
    ],
)
def test_geoparquet_with_damaged_metadata_is_refused_in_one_line(tmp_path: Path, geo: Any) -> None:
    path = indexed(tmp_path, ["object_id"], object_id=[7, 8])
    table = pq.read_table(path)
    said = json.loads(table.schema.metadata[b"geo"])
    said["columns"] = {"geometry": {**said["columns"]["geometry"], **geo} if geo else geo}
    pq.write_table(table.replace_schema_metadata({b"geo": json.dumps(said)}), path)
    with pytest.raises(PointsError, match=r"clicks.parquet: cannot be read as GeoParquet \(.+\)$"):
        read(path)


def test_geoparquet_with_damaged_geometry_is_refused_in_one_line(tmp_path: Path) -> None:
    path = indexed(tmp_path, ["object_id"], object_id=[7, 8])
    table = pq.read_table(path)
    place = table.schema.get_field_index("geometry")
    pq.write_table(table.set_column(place, "geometry", pa.array([b"xx", b"yy"])), path)
    with pytest.raises(PointsError, match=r"clicks.parquet: cannot be read as GeoParquet \(.+\)$"):
        read(path)


def test_parquet_without_geometry_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "clicks.parquet"
    places = {"lon": [9.0, 9.1], "lat": [47.0, None]}
    pq.write_table(pa.table({**places, "n": pa.array([1, None], pa.int32()), "tags": [["a"], None]}), path)
    layer = read_layer(path, "point", target="EPSG:4326")
    assert layer.frame.geometry.iloc[0].coords[0] == (9, 47)
    assert layer.frame.geometry.isna().tolist() == [False, True]
    assert layer.frame[["n", "tags"]].astype(object).iloc[0].tolist() == [1, ["a"]]
    with pytest.raises(PointsError, match="is a table without geometry; give a layer of polygons"):
        read_layer(path, "polygon", target=None)
    pq.write_table(pa.table([pa.array([1]), pa.array([2])], names=["x", "x"]), path)
    with pytest.raises(PointsError, match=r"clicks.parquet: "):
        read(path)


def test_a_layer_that_geoparquet_does_not_have_is_refused(tmp_path: Path) -> None:
    path = indexed(tmp_path, ["object_id"], object_id=[7, 8])
    assert len(read_layer(path, "point", layer="clicks", target=None).frame) == 2
    with pytest.raises(PointsError, match=r"clicks.parquet: has no layer 'roofs'; it has: clicks"):
        read_layer(path, "point", layer="roofs", target=None)
