"""Runs that are killed while they write: in every format the old layer or the new one is there, whole."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from shapely import box

from engine.staging import finish_dead_runs
from tests.attacks.forging import KILLED, aged, forge
from tests.attacks.killed_layers import FIRST, ROWS, SECOND, layer, write

FORMATS = (".gpkg", ".geojson", ".shp", ".fgb", ".parquet")


def look(path: Path) -> tuple[int, int, bool]:
    """Number of rows, first number, and whether each geometry is as it was written."""
    if path.suffix == ".parquet":
        frame = gpd.read_parquet(path)
    else:
        frame = pyogrio.read_dataframe(path, layer="segments" if path.suffix == ".gpkg" else None)
    frame = frame.sort_values(
        "prompt_id", ignore_index=True
    )  # FlatGeobuf keeps them in the order of its index.
    first = int(frame["prompt_id"].min())
    same = all(
        one.equals(two) for one, two in zip(frame.geometry.to_crs(32632), layer(first).geometry, strict=True)
    )
    return len(frame), first, same or path.suffix == ".geojson"


def record(path: Path) -> str:
    if path.suffix == ".gpkg":
        table = pyogrio.read_dataframe(path, layer="resam_run")
        return str(table.loc[table["layer"] == "segments", "run"].item())
    return path.with_suffix(".run.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_kill_leaves_a_whole_layer_with_its_own_record(
    tmp_path: Path, suffix: str, count: Callable[[int, int], int]
) -> None:
    path, rng, seen = tmp_path / f"a{suffix}", random.Random(7), Counter[int]()
    if suffix == ".gpkg":
        gpd.GeoDataFrame({"name": ["x"]}, geometry=[box(0, 0, 1, 1)], crs=4326).to_file(path, layer="roads")
    write(str(path), FIRST)
    with forge("tests.attacks.killed_layers", "write_on", tmp_path) as smith:
        for _ in range(count(8, 100)):
            assert smith.run(str(path), after=rng.uniform(0.05, 0.6)) == KILLED
            seen[survivor(path)] += 1
    assert set(seen) <= {FIRST, SECOND}


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_kill_before_any_change_of_a_file_leaves_a_whole_layer_with_its_own_record(
    tmp_path: Path, suffix: str
) -> None:
    path, seen = tmp_path / f"a{suffix}", []
    with forge("tests.attacks.killed_layers", "write", tmp_path) as smith:
        for step in range(100):
            if suffix == ".gpkg":
                path.unlink(missing_ok=True)
                frame = gpd.GeoDataFrame({"name": ["x"]}, geometry=[box(0, 0, 1, 1)], crs=4326)
                frame.to_file(path, layer="roads")
            write(str(path), FIRST)
            code = smith.run(str(path), SECOND, step=step)
            seen.append(survivor(path))
            if code != KILLED:
                break
    assert code == 0
    assert seen == sorted(seen), "old ones first, then new ones"
    assert set(seen) == {FIRST, SECOND}


def survivor(path: Path) -> int:
    """First number of the layer that is there after a kill, whole and with its own record."""
    if path.suffix != ".shp":
        assert look(path)[0] == ROWS, "readable at once, by programs that cannot write, too"
    aged(path.parent)
    finish_dead_runs([path.parent])
    rows, first, same = look(path)
    assert (rows, same) == (ROWS, True)
    assert f'"first": {first}' in record(path)
    assert [left.name for left in path.parent.iterdir() if left.name.startswith(".")] == []
    if path.suffix == ".gpkg":
        assert pyogrio.read_dataframe(path, layer="roads")["name"].tolist() == ["x"]
    return first


def test_a_layer_written_after_a_kill_is_the_one_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.shp"
    write(str(path), FIRST)
    with forge("tests.attacks.killed_layers", "write_on", tmp_path) as smith:
        smith.run(str(path), after=0.2)
    write(str(path), 5)
    assert look(path) == (ROWS, 5, True)
    assert {file.suffix for file in tmp_path.iterdir()} == {
        ".shp",
        ".shx",
        ".dbf",
        ".prj",
        ".cpg",
        ".json",
        ".qml",
    }
