"""Runs that are killed while they write: in every format the old layer or the new one is there, whole."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from shapely import box

from engine.staging import OWNER, finish_dead_runs
from engine.writing.output import segments_frame, write_layer

FORMATS = (".gpkg", ".geojson", ".shp", ".fgb", ".parquet")
ROWS = 400
WRITER = """
import sys
from engine.writing.output import write_layer
from tests.attacks.test_kills import layer
write_layer(sys.argv[1], layer(1), {"first": 1}, overwrite=True)
print("ready", flush=True)
first = 1
while True:
    first = 100_001 if first == 1 else 1
    write_layer(sys.argv[1], layer(first), {"first": first}, overwrite=True)
"""


def layer(first: int) -> gpd.GeoDataFrame:
    rows = [{"prompt_id": first + k, "geometry": box(k, 0, k + 0.5, 1)} for k in range(ROWS)]
    return segments_frame(rows, "EPSG:32632")


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
    for _ in range(count(4, 100)):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        ) as run:
            assert run.stdout is not None
            assert run.stdout.readline() == "ready\n"
            time.sleep(rng.uniform(0, 0.4))
            run.send_signal(signal.SIGKILL)
        if suffix != ".shp":
            assert look(path)[0] == ROWS, "readable at once, by programs that cannot write, too"
        finish_dead_runs([tmp_path])
        rows, first, same = look(path)
        assert (rows, same) == (ROWS, True)
        assert f'"first": {first}' in record(path)
        left = [left for left in tmp_path.iterdir() if left.name.endswith((".partial", "-journal"))]
        held = {path.name for folder in left for path in folder.iterdir()}
        assert held <= {f"{OWNER}.new"}, "nothing but a folder removed later"
        if suffix == ".gpkg":
            assert pyogrio.read_dataframe(path, layer="roads")["name"].tolist() == ["x"]
        seen[first] += 1
    assert sum(seen.values()) == count(4, 100)
    assert set(seen) <= {1, 100_001}


def test_a_layer_written_after_a_kill_is_the_one_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.shp"
    write_layer(path, layer(1), {"first": 1})
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        run.stdout.readline()
        time.sleep(0.2)
        run.kill()
    write_layer(path, layer(5), {"first": 5}, overwrite=True)
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
