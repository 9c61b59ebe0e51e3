"""A layer that is written batch by batch is the layer that is written at once."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from engine.errors import OutputError
from engine.overlay import Shapes
from engine.writing.layer_table import LayerTable
from engine.writing.output import segments_frame, write_layer
from tests.engine.writing.test_output import FORMATS, row


def many_rows() -> gpd.GeoDataFrame:
    """Fields of every type with empty cells, polygons of one part and of two, and rows without any."""
    rows = []
    for k in range(23):
        square = shapely.box(600_000 + 10 * k, 5_200_000, 600_003.25 + 10 * k, 5_200_004.5)
        parts = shapely.MultiPolygon(
            [square, shapely.box(600_000 + 10 * k, 5_200_100, 600_001 + 10 * k, 5_200_101)]
        )
        summer = pd.Timestamp("2024-01-01 07:08", tz="Europe/Rome") + pd.Timedelta(days=10 * k)
        fields = {
            "class": "roof" if k % 2 else None,
            "whole": None if k % 5 == 0 else 2**60 + k,
            "part": k / 3,
            "yes": None if k % 3 == 0 else k % 2 == 0,
            "text": "é" * k,
            "day": None if k < 20 else datetime.date(2024, 1, k),
            "when": pd.Timestamp("2024-05-06 07:08:09.123") + pd.Timedelta(k, "h"),
            "zoned": summer,
            "offsets": summer.tz_convert("+02:00" if k % 2 else "+03:00"),
            "late": None if k < 22 else "only in the last row",
            "none": None,
        }
        geometry = None if k % 7 == 3 else parts if k % 4 == 0 else square
        rows.append(row(k + 1, geometry, score=None if k % 6 == 0 else k / 23, attributes=fields))
    return segments_frame(rows, "EPSG:32632")


def content(path: Path) -> tuple[pd.DataFrame, list[bytes | None], Any]:
    """Fields, geometries to the byte, and the declared types."""
    if path.suffix == ".parquet":
        frame = gpd.read_parquet(path)
        kinds: Any = pq.read_schema(path).to_string(show_schema_metadata=False)
    else:
        layer = "segments" if path.suffix == ".gpkg" else None
        frame = pyogrio.read_dataframe(path, layer=layer, datetime_as_string=True)
        info = pyogrio.read_info(path, layer=layer)
        kinds = [list(info[key]) for key in ("fields", "dtypes", "ogr_types")]
    shapes = [None if shape is None else shapely.to_wkb(shape) for shape in frame.geometry]
    return pd.DataFrame(frame.drop(columns="geometry")), shapes, kinds


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_layer_in_small_batches_is_the_layer_at_once(tmp_path: Path, suffix: str) -> None:
    frame = many_rows()
    whole, parts = tmp_path / f"whole{suffix}", tmp_path / f"parts{suffix}"
    write_layer(whole, frame, {})
    write_layer(parts, replace(LayerTable.of(frame), size=4), {})
    fields, shapes, kinds = content(whole)
    other_fields, other_shapes, other_kinds = content(parts)
    pd.testing.assert_frame_equal(fields, other_fields)
    assert shapes == other_shapes
    assert kinds == other_kinds


def test_geoparquet_says_the_kinds_and_bounds_of_all_batches(tmp_path: Path) -> None:
    frame = many_rows()
    frame.to_parquet(tmp_path / "geopandas.parquet", index=False)
    write_layer(tmp_path / "ours.parquet", replace(LayerTable.of(frame), size=4), {})
    found, wanted = (
        pq.read_schema(tmp_path / f"{name}.parquet").metadata[b"geo"] for name in ("ours", "geopandas")
    )
    assert found == wanted


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("kind", [KeyboardInterrupt, OSError])
def test_what_stops_the_batches_stops_the_writing_and_leaves_nothing(
    tmp_path: Path, suffix: str, kind: type[BaseException]
) -> None:
    table = replace(LayerTable.of(many_rows()), size=4)

    def broken(start: int, stop: int) -> Shapes:
        if start > 8:
            raise kind("in the midst")
        return table.shapes(start, stop)

    with pytest.raises(OutputError if kind is OSError else kind, match="in the midst"):
        write_layer(tmp_path / f"a{suffix}", replace(table, shapes=broken), {})
    assert list(tmp_path.iterdir()) == []


def test_a_table_as_a_frame_is_the_frame_that_it_was_made_of() -> None:
    frame = many_rows()
    again = LayerTable.of(frame).frame()
    pd.testing.assert_frame_equal(again, frame)
    assert again.crs == frame.crs
    assert LayerTable.of(frame).filled.tolist() == np.not_equal(frame.geometry.to_numpy(), None).tolist()


def test_polygons_with_holes_come_back_as_they_were(tmp_path: Path) -> None:
    hole = shapely.box(2, 2, 4, 4).exterior.coords[::-1]
    holed = shapely.Polygon(shapely.box(0, 0, 9, 9).exterior, [hole])
    write_layer(tmp_path / "a.gpkg", segments_frame([row(1, holed)], "EPSG:32632"), {})
    assert gpd.read_file(tmp_path / "a.gpkg", layer="segments").geometry[0].equals(holed)
