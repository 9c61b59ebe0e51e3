"""Scenes adapted to by their own clicks: one at a time, gone on with, and summed up over all objects."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest

from tests.training.adapt.helpers import tiny_file
from tests.training.test_real_scenes import folder_of_one
from training import own_clicks
from training.own_clicks import SceneChange, table


def arguments(tmp_path: Path) -> tuple[Path, Path, list[str]]:
    """A folder of one scene, where the results go, and the options."""
    folder, out = folder_of_one(tmp_path), tmp_path / "out"
    model = ["--model", str(tiny_file(tmp_path)), "--workers", "1"]
    return folder, out, ["--folder", str(folder), "--out", str(out), *model]


def test_a_scene_is_adapted_to_once_and_its_row_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.adapt.session.FEWEST_STEPS", 2)
    monkeypatch.setattr("training.adapt.session.MOST_STEPS", 2)
    _, out, asked = arguments(tmp_path)
    assert own_clicks.main(asked) == 0
    (row,) = map(json.loads, (out / "scenes.jsonl").read_text().splitlines())
    assert row["learned"] > len(row["before"]) == len(row["after"]) > 0
    assert (out / "one" / "report.html").exists()
    written = (out / "one" / "card.json").stat().st_mtime_ns
    assert own_clicks.main(asked) == 0
    assert (out / "one" / "card.json").stat().st_mtime_ns == written
    assert (out / "table.md").read_text() in capsys.readouterr().out
    assert own_clicks.main([*asked, "--seed", "1"]) == 2
    assert "other settings" in capsys.readouterr().err


def test_clicks_of_one_class_are_taken_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, _, asked = arguments(tmp_path)
    classes = gpd.read_file(folder / "one.gpkg", layer="points")["class"]
    assert own_clicks.main([*asked, "--only", "balloon"]) == 2
    assert "no scene has 2 clicks of class balloon" in capsys.readouterr().err
    kept = own_clicks._of_class(folder / "one.gpkg", tmp_path / "kept.gpkg", classes[0])
    for layer in ("points", "objects"):
        assert set(gpd.read_file(kept, layer=layer)["class"]) == {classes[0]}
    assert len(gpd.read_file(kept, layer="points")) == (classes == classes[0]).sum()


def test_the_last_row_is_over_objects_not_scenes() -> None:
    few = SceneChange("a", 3, 80, (0.5,), (0.9,), -0.1, "no evidence")
    many = SceneChange("b", 6, 80, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5), 0.0, "no evidence")
    assert table([few, many]).splitlines()[-1].startswith("| all | 9 | 4 | | 50.0 | 60.0 | +10.0 (")


def test_a_folder_without_scenes_is_one_line_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert own_clicks.main(["--folder", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "no GeoTIFFs" in capsys.readouterr().err
