"""A segmentation by real worker processes: the same layer as by one process, or one clear line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from engine import encode, evaluate, everything, find, segment
from engine.models import registry
from engine.writing.shards import folder_of
from tests.engine.cli_scene import ROOT, Captured, arguments, lines
from tests.engine.cluster_scene import (
    COMMAND,
    OTHER_VERSION,
    free_port,
    geometries,
    scheduler,
    until_shards,
    worker,
    write_large,
)
from tests.fakes import FakeSegmenter
from tests.rasters import UTM

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A raster of many tiles with clicks, and ``alone.parquet``: its layer, made by one process."""
    folder = write_large(tmp_path_factory.mktemp("large"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "load", lambda *given: FakeSegmenter())
        assert segment.main(arguments(folder, "alone.parquet", "--quiet")) == 0
    return folder


@pytest.fixture
def port() -> Iterator[int]:
    """Where a scheduler listens."""
    number = free_port()
    with scheduler(number):
        yield number


def by_cluster(folder: Path, out: str, port: int, *more: str) -> int:
    return segment.main(arguments(folder, out, "--scheduler", f"tcp://127.0.0.1:{port}", *more))


@contextmanager
def meanwhile(work: Callable[[], object]) -> Iterator[None]:
    """Something done in a thread while the block runs."""
    thread = threading.Thread(target=work)
    thread.start()
    yield
    thread.join()


def test_two_workers_make_the_layer_of_one_process_to_the_byte_of_every_geometry(large: Path) -> None:
    program, out = large / "command.py", large / "two.parquet"
    program.write_text(COMMAND)
    command = [sys.executable, str(program), "segment", *arguments(large, out.name, "--workers", "2")]
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "2 workers at tcp://127.0.0.1:" in done.stderr
    assert "dashboard: http://127.0.0.1:" in done.stderr
    assert geometries(out) == geometries(large / "alone.parquet")
    columns = gpd.read_parquet(out).drop(columns="geometry")
    assert columns.equals(gpd.read_parquet(large / "alone.parquet").drop(columns="geometry"))
    assert not folder_of(out).exists()


def test_what_a_killed_worker_had_in_hand_is_done_by_another(large: Path, port: int) -> None:
    out = large / "killed.parquet"
    with worker(port, seconds=0.05) as victim, worker(port, seconds=0.05):

        def kill() -> None:
            until_shards(out, 2)
            victim.kill()

        with meanwhile(kill):
            assert by_cluster(large, out.name, port, "--quiet") == 0
        assert victim.wait() != 0
    assert geometries(out) == geometries(large / "alone.parquet")


def test_a_run_whose_scheduler_is_killed_continues_with_a_new_one(large: Path, capsys: Captured) -> None:
    number, out = free_port(), large / "restarted.parquet"
    with scheduler(number) as first, worker(number, seconds=0.05):

        def kill() -> None:
            until_shards(out, 2)
            first.kill()

        with meanwhile(kill):
            assert by_cluster(large, out.name, number) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("segment: the")]
    assert told == [
        "segment: the scheduler is gone; what is done is kept: start it again, and continue with --resume"
    ]
    assert not out.exists()
    with scheduler(number), worker(number):
        assert by_cluster(large, out.name, number, "--resume") == 0
    assert "objects are done already" in capsys.readouterr().err
    assert geometries(out) == geometries(large / "alone.parquet")


def test_a_worker_that_does_not_see_the_raster_is_named_before_the_work(
    large: Path, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    with zipfile.ZipFile(tmp_path / "scene.zip", "w") as archive:
        archive.write(large / "scene.tif", "scene.tif")
    monkeypatch.chdir(tmp_path)
    near = ["--raster", "/vsizip/scene.zip/scene.tif", "--out", str(tmp_path / "out.parquet")]
    with worker(port, folder=large):
        command = [*near, "--points", str(large / "clicks.gpkg"), "--scheduler", f"tcp://127.0.0.1:{port}"]
        assert segment.main([*command, "--quiet"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("segment: worker tcp://127.0.0.1:")
    assert "/vsizip/scene.zip/scene.tif: not a raster that GDAL can read" in line


def test_a_worker_with_another_version_is_named_before_the_work(
    large: Path, port: int, capsys: Captured
) -> None:
    with worker(port, before=OTHER_VERSION):
        assert by_cluster(large, "other.parquet", port, "--quiet") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("segment: worker tcp://127.0.0.1:")
    assert "has shapely 1.8.5 in place of" in line
    assert line.endswith("install the same versions everywhere")


def test_a_scheduler_that_does_not_answer_is_one_line(
    large: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr("engine.cluster.connection.CONNECT_SECONDS", 0.5)
    assert by_cluster(large, "none.parquet", free_port(), "--quiet") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "no scheduler answers" in line


@pytest.mark.parametrize("verb", ["find", "everything"])
def test_objects_that_nobody_clicked_are_the_same_by_a_cluster(large: Path, port: int, verb: str) -> None:
    west, south, east, north = gpd.read_file(large / "clicks.gpkg").total_bounds
    zone = shapely.box(west, (south + north) / 2, (west + east) / 2, north)
    gpd.GeoDataFrame(geometry=[zone], crs=UTM).to_file(large / "zone.gpkg")
    gpd.read_file(large / "clicks.gpkg")[:6].to_file(large / "examples.gpkg")
    points = "examples.gpkg" if verb == "find" else None
    run = {"find": find.main, "everything": everything.main}[verb]

    def asked(out: str, *more: str) -> list[str]:
        return arguments(large, out, "--quiet", *more, points=points, area="zone.gpkg")  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "load", lambda *given: FakeSegmenter())
        assert run(asked(f"{verb}-alone.parquet")) == 0
        with worker(port), worker(port):
            assert run(asked(f"{verb}.parquet", "--scheduler", f"tcp://127.0.0.1:{port}")) == 0
    alone, together = (large / f"{verb}{part}.parquet" for part in ("-alone", ""))
    assert len(gpd.read_parquet(alone)) > 3
    assert geometries(together) == geometries(alone)


def test_evaluate_measures_the_same_by_a_cluster(large: Path, port: int) -> None:
    reference = gpd.read_parquet(large / "alone.parquet")[["geometry"]]
    reference.to_file(large / "truth.gpkg")
    out = large / "report.json"
    with worker(port):
        command = arguments(large, out.name, "--scheduler", f"tcp://127.0.0.1:{port}", reference="truth.gpkg")
        assert evaluate.main([*command, "--quiet"]) == 0
    assert json.loads(out.read_text())["scores"]["overall"]["mean_iou"] == pytest.approx(1)
    assert not folder_of(out).exists()


def test_evaluate_asks_for_a_folder_that_the_cluster_sees(large: Path, capsys: Captured) -> None:
    command = arguments(large, reference="alone.parquet", out=None)
    assert evaluate.main([*command, "--scheduler", "tcp://127.0.0.1:1", "--quiet"]) == 2
    assert "give --out in a folder that all machines share" in capsys.readouterr().err


def test_tiles_are_embedded_once_by_a_cluster(large: Path, port: int, capsys: Captured) -> None:
    command = ["--raster", str(large / "scene.tif"), "--cache", str(large / "kept"), "--json"]
    command += ["--scheduler", f"tcp://127.0.0.1:{port}"]
    with worker(port), worker(port):
        assert encode.main(command) == 0
        first = lines(capsys.readouterr().out)[-1]
        assert encode.main(command) == 0
        second = lines(capsys.readouterr().out)[-1]
    assert first["embedded"] == first["tiles"] == len(list((large / "kept").glob("*.embedding"))) > 30
    assert (second["embedded"], second["tiles"]) == (0, first["tiles"])
