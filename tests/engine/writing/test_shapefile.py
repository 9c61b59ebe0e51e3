"""Shapefiles, which hold less than other formats: short names, short texts, several parts."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from shapely import box

from engine.errors import OutputError
from engine.writing.output import check_writable, segments_frame, write_layer
from tests.engine.writing.test_output import RUN, row, three_rows


def test_long_shapefile_names_are_shortened_to_unique_ones_and_told(tmp_path: Path) -> None:
    attributes = {"building_height": 1, "building_heat": 2, "yes": True, "remark": "x" * 300}
    rows = [row(1, box(0, 0, 1, 1), attributes=attributes)]
    notes = write_layer(tmp_path / "a.shp", segments_frame(rows, "EPSG:32632"), RUN)
    back = gpd.read_file(tmp_path / "a.shp")
    assert (back["building_h"][0], back["building_2"][0], back["yes"][0]) == (1, 2, 1)
    assert "perim_m" in back.columns
    assert any("building_height → building_h" in note for note in notes)
    assert any("'remark' were cut" in note for note in notes)


def test_shapefile_names_of_any_script_are_cut_between_characters_as_the_note_says(tmp_path: Path) -> None:
    names = ["建筑物名", "建筑物号", "用途地域名", "наименование", "наименование_2", "εμβαδόν"]
    rows = [row(1, box(0, 0, 1, 1), attributes=dict.fromkeys(names, "名" * 200))]
    notes = write_layer(tmp_path / "a.shp", segments_frame(rows, "EPSG:32632"), RUN)
    back = gpd.read_file(tmp_path / "a.shp")
    short = {"建筑物名": "建筑物", "建筑物号": "建筑_2", "наименование_2": "наим_2", "εμβαδόν": "εμβαδ"}
    assert all(len(name.encode()) <= 10 for name in back.columns)
    for name, cut in short.items():
        assert any(f"{name} → {cut}" in note for note in notes)
        assert back[cut][0] == "名" * (254 // 3)


def test_an_old_shapefile_index_does_not_outlive_its_shapes(tmp_path: Path) -> None:
    write_layer(tmp_path / "a.shp", three_rows(), RUN)
    (tmp_path / "a.qix").write_bytes(b"index of the old shapes")
    write_layer(tmp_path / "a.shp", three_rows()[:1], RUN, overwrite=True)
    assert not (tmp_path / "a.qix").exists()


@pytest.mark.parametrize("suffix", ["SHP", "Shp"])
def test_a_suffix_in_capitals_is_refused_at_once(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(OutputError, match=r"small letters; give a\.shp"):
        check_writable(tmp_path / f"a.{suffix}")
