"""Segmentations that are killed and continued end with the same layer, to the byte of every geometry."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from engine import segment, tile_work
from engine.models import registry
from engine.publishing import INTERRUPTED
from engine.writing.shards import Shards, folder_of
from tests.engine.cli_scene import Captured, arguments, folder, lines
from tests.fakes import Box, FakeSegmenter, painted
from tests.rasters import NORTH_UP, UTM, write_raster

__all__ = ["folder"]

SLOW = """
import sys, time
from engine import segment
from engine.models import registry
from engine.writing import shards
from tests.fakes import FakeSegmenter
class Slow(FakeSegmenter):
    def encode(self, image):
        time.sleep(0.02)
        return super().encode(image)
shards.ROWS = 1
registry.load = lambda *given: Slow()
sys.exit(segment.main(sys.argv[1:]))
"""
"""The command, with a model that takes its time and a shard for every job."""


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A raster of many tiles, with an object and a click in each."""
    corners = [(x, y) for x in range(20, 580, 80) for y in range(20, 580, 80)]
    boxes: list[Box] = [(x, y, x + 36, y + 28) for x, y in corners]
    write_raster(tmp_path / "scene.tif", painted((600, 600), [(box, 220) for box in boxes]))
    places = np.array([(x + 18.0, y + 14.0) for x, y in corners])
    world = np.column_stack([NORTH_UP.c + NORTH_UP.a * places[:, 0], NORTH_UP.f + NORTH_UP.e * places[:, 1]])
    gpd.GeoDataFrame(geometry=shapely.points(world), crs=UTM).to_file(tmp_path / "clicks.gpkg")
    return tmp_path


def started(folder: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SLOW, *arguments(folder, "out.parquet", "--quiet", *more)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def geometries(path: Path) -> list[bytes]:
    return [bytes(wkb) for wkb in shapely.to_wkb(gpd.read_parquet(path).geometry.to_numpy())]


@pytest.mark.timeout(600)
def test_a_run_that_is_killed_again_and_again_ends_as_if_it_never_was(
    large: Path, count: Callable[[int, int], int]
) -> None:
    rng, out = random.Random(5), large / "out.parquet"
    assert started(large).wait() == 0
    undisturbed = geometries(out)
    assert len(undisturbed) == 49
    for _ in range(count(1, 40)):
        for file in large.glob("out.*"):
            file.unlink()
        kills = 0
        while True:
            run = started(large, "--resume", "--overwrite")
            if kills < 2:
                wait_for_shard(large, out, run)
                time.sleep(rng.uniform(0, 0.3))
                run.kill()
                kills += 1
            _, err = run.communicate()
            if run.returncode == 0:
                break
            assert run.returncode == -signal.SIGKILL, err
        assert geometries(out) == undisturbed
        assert not folder_of(out).exists()


def wait_for_shard(folder: Path, out: Path, run: subprocess.Popen[str]) -> None:
    """Until the run has kept something, or ends."""
    before = len(list(folder_of(out).glob("[0-9]*.parquet")))
    while run.poll() is None and len(list(folder_of(out).glob("[0-9]*.parquet"))) <= before:
        time.sleep(0.01)


@pytest.mark.timeout(600)
def test_ctrl_c_says_how_to_go_on_and_the_old_layer_stays_until_the_new_one_is_whole(large: Path) -> None:
    out = large / "out.parquet"
    assert started(large).wait() == 0
    before = out.read_bytes()
    run = started(large, "--overwrite")
    wait_for_shard(large, out, run)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate()
    assert run.returncode == 130
    assert err.splitlines() == [f"segment: {INTERRUPTED}"]
    assert out.read_bytes() == before
    assert any(folder_of(out).glob("[0-9]*.parquet"))
    assert started(large, "--overwrite", "--resume").wait() == 0
    assert geometries(out)
    assert not folder_of(out).exists()


@pytest.fixture
def interrupted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small scene, whose run stopped after its first job."""
    model = FakeSegmenter()
    monkeypatch.setattr(registry, "load", lambda *given: model)
    real, calls = tile_work.run_job, []

    def once(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*given)

    with monkeypatch.context() as patch:
        patch.setattr(tile_work, "run_job", once)
        assert segment.main(arguments(folder, "out.gpkg", "--quiet")) == 130
    return folder


def test_a_run_goes_on_without_doing_again_what_is_done(interrupted: Path, capsys: Captured) -> None:
    assert segment.main(arguments(interrupted, "out.gpkg", "--json", "--resume")) == 0
    events = {line["event"]: line for line in lines(capsys.readouterr().out)}
    assert events["resume"]["done"] >= 1
    assert events["done"]["accepted"] == 3


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (["--simplify", "2"], "settings"),
        (["--boxes", "truth.gpkg"], "points or boxes"),
        (["--bands", "1"], "bands or stretch"),
    ],
)
def test_a_run_with_something_else_is_refused_and_names_it(
    interrupted: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, change: list[str], named: str
) -> None:
    monkeypatch.chdir(interrupted)
    assert segment.main(arguments(interrupted, "out.gpkg", "--resume", *change)) == 2
    err = [line for line in capsys.readouterr().err.splitlines() if "started with another" in line]
    assert len(err) == 1
    assert named in err[0]
    assert any(folder_of(interrupted / "out.gpkg").glob("*.parquet"))


def test_another_raster_of_the_same_name_is_refused(interrupted: Path, capsys: Captured) -> None:
    write_raster(interrupted / "scene.tif", painted((200, 240), [((20, 20, 60, 60), 210)]))
    assert segment.main(arguments(interrupted, "out.gpkg", "--resume")) == 2
    assert "another raster" in capsys.readouterr().err


@pytest.fixture
def left(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The layer of a run in a format; the run was killed when the layer stood, before its shards went."""
    out = folder / f"out.{request.param}"
    monkeypatch.setattr(registry, "load", lambda *given: FakeSegmenter())

    def killed(shards: Shards) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Shards, "discard", killed)
        assert segment.main(arguments(folder, out.name, "--quiet")) == 130
    assert any(folder_of(out).glob("[0-9]*.parquet"))
    return out


FORMATS = ["gpkg", "geojson", "shp", "fgb", "parquet"]


@pytest.mark.parametrize("left", FORMATS, indirect=True)
def test_a_run_that_was_killed_after_its_layer_stood_is_done_already(left: Path, capsys: Captured) -> None:
    before = left.read_bytes()
    assert segment.main(arguments(left.parent, left.name, "--json", "--resume")) == 0
    done = lines(capsys.readouterr().out)[-1]
    assert done["text"].endswith("3 accepted, 0 to review, 1 rejected; this run was done already")
    assert (done["event"], done["accepted"], done["rejected"]) == ("done", 3, 1)
    assert left.read_bytes() == before
    assert not folder_of(left).exists()


@pytest.mark.parametrize("left", ["gpkg", "parquet"], indirect=True)
def test_a_layer_that_stands_is_no_answer_to_a_run_with_other_settings(left: Path, capsys: Captured) -> None:
    before = left.read_bytes()
    assert segment.main(arguments(left.parent, left.name, "--resume", "--simplify", "2")) == 2
    assert "started with another settings" in capsys.readouterr().err
    assert left.read_bytes() == before


@pytest.mark.parametrize("left", ["gpkg", "parquet"], indirect=True)
def test_shards_that_were_left_of_a_layer_go_when_it_is_replaced(left: Path, capsys: Captured) -> None:
    assert segment.main(arguments(left.parent, left.name, "--overwrite")) == 0
    assert "unfinished" not in capsys.readouterr().err
    assert not folder_of(left).exists()


@pytest.mark.parametrize("left", ["gpkg", "parquet"], indirect=True)
def test_a_layer_of_another_run_is_not_taken_for_the_one_of_the_shards(left: Path, capsys: Captured) -> None:
    shards = folder_of(left).rename(left.parent / "kept")
    assert segment.main(arguments(left.parent, left.name, "--overwrite", "--quiet")) == 0
    shards.rename(folder_of(left))
    capsys.readouterr()
    assert segment.main(arguments(left.parent, left.name, "--resume")) == 2
    assert "exists already" in capsys.readouterr().err
