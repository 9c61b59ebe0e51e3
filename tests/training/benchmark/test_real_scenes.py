"""The table of real scenes: every scene, every way, and a picture of each."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from training.benchmark import real_scenes
from training.benchmark.evalsets import roofs
from training.scenes import generate, write_scene


def folder_of_one(tmp_path: Path) -> Path:
    """A folder of one generated scene, laid out as the real ones are."""
    files = write_scene(
        generate(np.random.default_rng(3), 160, domain="roofs"), tmp_path / "made", np.random.default_rng(0)
    )
    folder = tmp_path / "scenes"
    folder.mkdir()
    files.raster.rename(folder / "one.tif")
    for path, layer in ((files.objects, "objects"), (files.points, "points")):
        gpd.read_file(path, layer=layer).to_file(folder / "one.gpkg", layer=layer)
    return folder


def test_every_scene_gets_a_row_and_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = folder_of_one(tmp_path), tmp_path / "out"
    assert real_scenes.main(["--folder", str(folder), "--out", str(out), "--workers", "1"]) == 0
    rows = (out / "table.md").read_text().splitlines()
    assert [row.split(" | ")[0] for row in rows[2:]] == ["| one", "| all"]
    figures = [float(cell) for cell in rows[2].strip("| ").split(" | ")[2:6]]
    assert all(0 < figure <= 100 for figure in figures)
    assert (out / "one.png").stat().st_size > 1000
    assert "| one |" in capsys.readouterr().out


def test_a_folder_without_scenes_is_one_line_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert real_scenes.main(["--folder", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "no GeoTIFFs" in capsys.readouterr().err


def test_objects_in_another_crs_are_brought_to_the_raster_and_cut_at_its_edge(tmp_path: Path) -> None:
    folder = folder_of_one(tmp_path)
    (here,) = roofs(folder)
    objects = gpd.read_file(folder / "one.gpkg", layer="objects")
    objects.to_crs("EPSG:4326").to_file(folder / "one.gpkg", layer="objects")
    (there,) = roofs(folder)
    assert len(here.objects) == len(there.objects)
    assert min(a.agreement(b)[0] for a, b in zip(here.objects, there.objects, strict=True)) > 0.95
    wide = objects.set_geometry(objects.buffer(50))
    wide.to_file(folder / "one.gpkg", layer="objects")
    (cut,) = roofs(folder)
    assert all((patch.box[:2] >= 0).all() and (patch.box[2:] <= 160).all() for patch in cut.objects)
