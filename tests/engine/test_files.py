"""Files that are whole or absent."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import Point, box

from engine.errors import EngineError, OutputError
from engine.files import save_json, written_whole
from engine.reading.vector import read_layer
from engine.writing import record
from engine.writing.output import check_writable, segments_frame, write_layer

KILLED = """
import os, signal, sys
from pathlib import Path
from engine.files import written_whole
with written_whole(Path(sys.argv[1])) as part:
    part.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_file_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "layer.gpkg"
    with written_whole(path) as part:
        part.write_text("new")
        assert not path.exists()
        assert part.suffix == ".gpkg"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_fails_leaves_the_earlier_file_and_no_part(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("earlier")

    def write() -> None:
        with written_whole(path) as part:
            part.write_text("half")
            raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        write()
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_writer_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("earlier")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "earlier"


def test_json_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    save_json({"a": [1]}, path)
    with pytest.raises(TypeError):
        save_json({"a": object()}, path)
    with pytest.raises(OutputError):
        save_json({}, tmp_path)
    assert json.loads(path.read_text()) == {"a": [1]}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp", ".fgb", ".parquet"])
def test_layers_in_a_folder_named_like_an_archive_are_read_and_written_there(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, elsewhere = tmp_path / "!new" / "done!", tmp_path / "elsewhere"
    folder.mkdir(parents=True)
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    path = folder / f"a{suffix}"
    rows = [{"prompt_id": 1, "geometry": box(0, 0, 1, 1), "status": "accepted"}]
    write_layer(path, segments_frame(rows, "EPSG:32632"), {"id": "x"})
    assert read_layer(path, "polygon", target=None).frame["prompt_id"].tolist() == [1]
    assert record.counts(path)["accepted"] == 1
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("name", ["a!b", "a;b"])
def test_a_name_that_would_be_taken_for_another_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.geojson"
    said = rf"{name}\.geojson: vector layers cannot have '.' in their name"
    with pytest.raises(EngineError, match=said):
        check_writable(path)
    gpd.GeoDataFrame(geometry=[Point(5, 5)], crs=4326).to_file(tmp_path / "plain.geojson")
    (tmp_path / "plain.geojson").rename(path)
    with pytest.raises(EngineError, match=said):
        read_layer(path, "point", target=None)
