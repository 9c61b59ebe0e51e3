"""Scenes adapted to by their own clicks: one at a time, continued after a kill, summed up over objects."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest

from tests.training.adapt.helpers import tiny_file
from tests.training.benchmark.test_real_scenes import folder_of_one
from training.benchmark import own_scenes
from training.benchmark.own_scenes import SceneChange, table
from training.results import read_lines


def arguments(tmp_path: Path) -> tuple[Path, Path, list[str]]:
    """A folder of one scene, where the results go, and the options."""
    folder, out = folder_of_one(tmp_path), tmp_path / "out"
    model = ["--model", str(tiny_file(tmp_path)), "--workers", "1"]
    return folder, out, ["--folder", str(folder), "--out", str(out), *model]


@pytest.mark.usefixtures("short")
def test_a_scene_is_adapted_to_once_and_its_row_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, asked = arguments(tmp_path)
    assert own_scenes.main(asked) == 0
    (row,) = map(json.loads, (out / "scenes.jsonl").read_text().splitlines())
    assert row["learned"] > len(row["before"]) == len(row["after"]) > 0
    assert (out / "one" / "report.html").exists()
    written = (out / "one" / "card.json").stat().st_mtime_ns
    assert own_scenes.main(asked) == 0
    assert (out / "one" / "card.json").stat().st_mtime_ns == written
    assert (out / "table.md").read_text() in capsys.readouterr().out
    assert own_scenes.main([*asked, "--seed", "1"]) == 2
    assert "other settings" in capsys.readouterr().err


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of two steps."""
    monkeypatch.setattr("training.adapt.recipe.MIN_STEPS", 2)
    monkeypatch.setattr("training.adapt.recipe.MAX_STEPS", 2)


@pytest.mark.usefixtures("short")
def test_clicks_of_one_class_are_taken_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out, asked = arguments(tmp_path)
    classes = gpd.read_file(folder / "one.gpkg", layer="points")["class"]
    assert own_scenes.main([*asked, "--only", "balloon"]) == 2
    assert "no scene has 2 clicks of class balloon" in capsys.readouterr().err
    kind = classes.mode()[0]
    assert own_scenes.main([*asked[:3], str(out / "kind"), *asked[4:], "--only", kind]) == 0
    kept = out / "kind" / f"one-{kind}.gpkg"
    for layer in ("points", "objects"):
        assert set(gpd.read_file(kept, layer=layer)["class"]) == {kind}
    assert len(gpd.read_file(kept, layer="points")) == (classes == kind).sum()


@pytest.mark.usefixtures("short")
def test_each_class_gets_an_adapter_of_its_own_if_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, out, asked = arguments(tmp_path)
    points = gpd.read_file(folder / "one.gpkg", layer="points")
    truth = gpd.read_file(folder / "one.gpkg", layer="objects")
    for name, layer in (("points", points), ("objects", truth)):
        layer["class"] = ["barn" if x < points.geometry.x.median() else "hut" for x in layer.centroid.x]
        layer.to_file(folder / "one.gpkg", layer=name)
    monkeypatch.setattr("training.adapt.classes.FEWEST", 2)
    assert own_scenes.main([*asked, "--by-class"]) == 0
    assert sorted(path.name for path in (out / "one").iterdir()) == ["barn", "hut"]
    (row,) = read_lines(out / "scenes.jsonl")
    assert row["verdict"].count(",") >= 1
    assert row["learned"] + len(row["before"]) == len(points)
    assert own_scenes.main(asked) == 2, "rows of one adapter for all are not mixed in"


@pytest.mark.usefixtures("short")
def test_a_scene_that_cannot_be_used_does_not_cost_the_others_theirs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out, asked = arguments(tmp_path)
    (folder / "bad.tif").write_bytes((folder / "one.tif").read_bytes())
    gpd.read_file(folder / "one.gpkg", layer="points").to_file(folder / "bad.gpkg", layer="points")
    assert own_scenes.main(asked) == 2
    said = capsys.readouterr()
    assert "1 scenes have no row, the others have: bad: bad.gpkg: has no layer 'objects'" in said.err
    assert [row["name"] for row in read_lines(out / "scenes.jsonl")] == ["one"]
    assert "| one |" in said.out


def test_a_negative_seed_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        own_scenes.main([*arguments(tmp_path)[2], "--seed", "-1"])
    assert "--seed" in capsys.readouterr().err


def test_the_last_row_is_over_objects_not_scenes() -> None:
    few = SceneChange("a", 3, 80, (0.5,), (0.9,), -0.1, "no evidence")
    many = SceneChange("b", 6, 80, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5), 0.0, "no evidence")
    assert table([few, many]).splitlines()[-1].startswith("| all | 9 | 4 | | 50.0 | 60.0 | +10.0 (")


def test_a_folder_without_scenes_is_one_line_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert own_scenes.main(["--folder", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "no GeoTIFFs" in capsys.readouterr().err
