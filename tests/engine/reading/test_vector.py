"""Which layer of a file is read, whatever else lies in it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from engine.errors import PointsError
from engine.reading.vector import Kind, VectorLayer, read_layer
from tests.engine.point_layers import at

ODD = [("GEOMETRY", 1), ("TIN", 0), ("POLYHEDRALSURFACE", 0)]
"""Types that a GeoPackage may declare and the reader does not know, and whether a Z is mandatory."""


def declared(path: Path, layer: str, kind: str, z: int) -> None:
    """Let a GeoPackage say another type of a layer."""
    with sqlite3.connect(path) as database:
        database.execute(
            "update gpkg_geometry_columns set z = ?, geometry_type_name = ? where table_name = ?",
            (z, kind, layer),
        )


def package(path: Path, *odd: tuple[str, str, int]) -> Path:
    """Layers ``parcels``, ``clicks`` and ``more``; those of ``odd`` with another declared type."""
    for name, shape in (("parcels", at(9, 9).buffer(5)), ("clicks", at(5, 5)), ("more", at(6, 6))):
        gpd.GeoDataFrame({"n": [name]}, geometry=[shape], crs=32632).to_file(path, layer=name)
    for one in odd:
        declared(path, *one)
    return path


def read(path: Path, kind: Kind = "point", layer: str | None = None) -> VectorLayer:
    return read_layer(path, kind, layer=layer, target=None)


@pytest.mark.parametrize(("kind", "z"), ODD)
def test_a_layer_of_an_unknown_type_hides_no_other(tmp_path: Path, kind: str, z: int) -> None:
    path = package(tmp_path / "a.gpkg", ("parcels", kind, z))
    assert read(path).frame["n"].tolist() == ["clicks"]
    assert read(path, layer="more").frame["n"].tolist() == ["more"]


@pytest.mark.parametrize("layer", ["parcels", None])
def test_it_cannot_be_read_itself_and_says_so(tmp_path: Path, layer: str | None) -> None:
    path = package(tmp_path / "a.gpkg", ("parcels", "GEOMETRY", 1))
    with pytest.raises(PointsError, match=r"a\.gpkg.* cannot be read.*type is not supported.*save that"):
        read(path, "polygon", layer)
    with pytest.raises(PointsError, match=r"a\.gpkg, layer 'nope': cannot be read"):
        read(path, layer="nope")


@pytest.mark.parametrize(("z", "m"), [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_a_collection_may_hold_points_whatever_its_dimensions(tmp_path: Path, z: int, m: int) -> None:
    path = tmp_path / "a.gpkg"
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.force_3d(at(5, 5))], crs=32632)
    frame.to_file(path, layer="clicks")
    declared(path, "clicks", "GEOMETRYCOLLECTION", z)
    with sqlite3.connect(path) as database:
        database.execute("update gpkg_geometry_columns set m = ?", (m,))
    assert read(path).frame.geometry.tolist() == [at(5, 5)]


def with_table(path: Path, **columns: list[float]) -> Path:
    """A table beside the layers of a GeoPackage, as programs keep styles and records in."""
    pyogrio.write_dataframe(pd.DataFrame(columns), path, layer="records", driver="GPKG")
    return path


@pytest.mark.parametrize("kind", ["point", "polygon"])
def test_a_table_beside_layers_is_not_taken_for_the_layer_that_lacks(tmp_path: Path, kind: Kind) -> None:
    path = tmp_path / "a.gpkg"
    shape = at(9, 9) if kind == "polygon" else at(9, 9).buffer(5)
    gpd.GeoDataFrame(geometry=[shape], crs=32632).to_file(path, layer="wrong")
    with_table(path, created=[1.0])
    with pytest.raises(PointsError, match=rf"no {kind} layer but wrong \(.*\), records \(a table\); give"):
        read(path, kind)


def test_a_table_of_places_is_read_where_nothing_has_a_geometry_or_it_is_named(tmp_path: Path) -> None:
    places = {"x": [600_001.0], "y": [5_199_999.0]}
    alone = with_table(tmp_path / "alone.gpkg", **places)
    beside = with_table(package(tmp_path / "beside.gpkg"), **places)
    for found in (read(alone), read(beside, layer="records")):
        assert found.frame.geometry.tolist() == [shapely.Point(600_001, 5_199_999)]
