"""Suggestions counted: which objects they lie in, what chance would give, and the table of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.grid import Tile
from engine.stages.pipeline import Job
from tests.fakes import FakeSegmenter
from tests.training.adapt.helpers import SIDE, checkered, tiny_file
from tests.training.benchmark.test_real_scenes import folder_of_one
from training.benchmark.protocols import Example
from training.patch import Patch
from training.scenes import write_scene
from training.scenes.mosaic import mosaic
from training.suggest import measure as module


def test_squares_that_were_not_clicked_are_found_once_each() -> None:
    image, corners = checkered()
    squares = tuple(Patch(x, y, np.ones((36, 36), bool)) for x, y in corners)
    found = module.measure_image(FakeSegmenter(SIDE), Example("squares", image, squares), 50, (0, 0))
    assert sorted(found["new"][:9]) == [*range(9)]
    assert set(found["new"][9:]) == {None}
    assert found["iou"] == pytest.approx([1] * 4, abs=0.1)
    assert found["chance"] == 9 * 36**2 / SIDE**2


def test_chance_is_the_share_of_the_ground_that_was_looked_at() -> None:
    jobs = [Job(Tile(0, 0, 0, -64, 0, 128, 128), ()), Job(Tile(0, 0, 0, 0, 0, 128, 128), ())]
    objects = [Patch(10, 10, np.ones((64, 32), bool)), Patch(200, 200, np.ones((20, 20), bool))]
    assert module._chance(objects, jobs, (SIDE, SIDE)) == 64 * 32 / 128**2


def test_the_table_weighs_images_alike_and_counts_an_object_once() -> None:
    many = {"index": 0, "new": [3, 3, None, None], "chance": 0.1, "iou": [0.8, 0.4], "corrected": [0.4]}
    none = {"index": 1, "new": [None], "chance": 0.3, "iou": [0.8], "corrected": []}
    text = module.table([many, many, none])
    assert "| 2 images |" in text
    assert "| that lie in one, % | 25.0 (" in text
    assert "| chance, % | 20.0 (" in text
    assert "| different objects found | 0.5 (" in text
    assert "| IoU of objects to correct, % | 40.0 (" in text
    assert "| IoU of all clicked there, % | 60.0 (" in text


def test_the_command_goes_on_with_its_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, work = tmp_path / "scenes", tmp_path / "work"
    folder.mkdir()
    for name in ("a", "b"):
        rng = np.random.default_rng(ord(name))
        files = write_scene(mosaic(rng, [["roofs"]], 256, gsd=0.5, most=12), tmp_path, rng)
        for file in {files.raster, files.objects}:
            file.rename(folder / f"{name}{file.suffix}")
    model = ["--model", str(tiny_file(tmp_path)), "--workers", "1", "--count", "3"]
    asked = ["--data", str(folder), "--work", str(work), *model]
    assert module.main([*asked, "--seeds", "1"]) == 0
    first = (work / "rows.jsonl").read_text()
    assert module.main([*asked, "--seeds", "2"]) == 0
    assert (work / "rows.jsonl").read_text().startswith(first)
    assert [json.loads(line)["seed"] for line in (work / "rows.jsonl").read_text().splitlines()] == [0, 1]
    assert (work / "table.md").read_text() in capsys.readouterr().out
    assert module.main([*asked, "--split", "train"]) == 2
    assert "other settings" in capsys.readouterr().err


def test_a_folder_of_few_objects_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--data", str(folder_of_one(tmp_path)), "--work", str(tmp_path / "work")]
    assert module.main(asked) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
