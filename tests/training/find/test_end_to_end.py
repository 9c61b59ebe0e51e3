"""The bundled model finds the roofs of a generated scene from clicks on some of them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
from geopandas.testing import assert_geodataframe_equal

from training.find import command
from training.scenes import write_scene
from training.scenes.mosaic import mosaic

EXAMPLES = 5


def test_of_the_accepted_finds_as_many_are_right_as_the_run_expects(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    scene = write_scene(mosaic(rng, [["roofs"] * 2] * 2, 512, gsd=0.5, most=80), tmp_path, rng)
    clicks = gpd.read_file(scene.points, layer="points")
    truth = gpd.read_file(scene.objects, layer="objects")
    few = clicks.iloc[:: len(clicks) // 8]
    few.to_file(tmp_path / "few.gpkg")
    files = ["--raster", str(scene.raster), "--points", str(tmp_path / "few.gpkg")]
    assert command.main([*files, "--out", str(tmp_path / "found.gpkg"), "--threads", "1"]) == 0
    frame = gpd.read_file(tmp_path / "found.gpkg", layer="segments")
    finds = frame[(frame["status"] == "accepted") & (frame["n_pos"] == 0)]
    asked = [shape for shape in truth.geometry if not few.within(shape).any()]
    right = [any(_agree(found, true) for true in asked) for found in finds.geometry]
    hit = [any(_agree(found, true) for found in finds.geometry) for true in asked]
    assert np.mean(right) > 0.5
    assert abs(np.mean(right) - finds["score"].mean()) < 0.2
    assert sum(hit) >= 20


def test_a_killed_run_that_is_continued_gives_the_same_layer(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    scene = write_scene(mosaic(rng, [["roofs"]], 512, gsd=0.5, most=20), tmp_path, rng)
    gpd.read_file(scene.points, layer="points").iloc[:EXAMPLES].to_file(tmp_path / "few.gpkg")
    files = ["--raster", str(scene.raster), "--points", str(tmp_path / "few.gpkg"), "--threads", "1"]
    assert command.main([*files, "--out", str(tmp_path / "whole.gpkg")]) == 0
    asked = [*files, "--out", str(tmp_path / "killed.gpkg")]
    run = subprocess.Popen([sys.executable, "-m", "engine.find", *asked, "--quiet"])
    while run.poll() is None and not list(tmp_path.glob(".killed.gpkg.shards/*.parquet")):
        time.sleep(0.05)
    run.kill()
    run.wait()
    assert not (tmp_path / "killed.gpkg").exists()
    assert command.main([*asked, "--resume"]) == 0
    whole, again = (
        gpd.read_file(tmp_path / name, layer="segments") for name in ("whole.gpkg", "killed.gpkg")
    )
    assert all(one.equals(other) for one, other in zip(whole.geometry, again.geometry, strict=True))
    assert_geodataframe_equal(whole, again)


def _agree(one, other) -> bool:  # type: ignore[no-untyped-def]
    return bool(one.intersection(other).area >= 0.5 * one.union(other).area)
