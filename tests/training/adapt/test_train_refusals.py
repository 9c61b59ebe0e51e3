"""``python -m engine.train`` refuses what cannot work in one line; how long a run becomes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import Point

from engine import train
from tests.training.adapt.helpers import arguments, card_of, refused
from training.adapt import command as train_command
from training.adapt import trainer
from training.adapt.options import PRESETS, RunOptions
from training.adapt.recipe import MIN_STEPS, AdaptResult, step_count
from training.adapt.sources import TrainRequest
from training.scenes import SceneFiles

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--clicks-holdout", "1"], "--clicks-holdout must be"),
        (["--epochs", "0"], "positive number"),
        (["--epochs", "nan"], "positive number"),
        (["--epochs", "1", "--minutes", "1"], "not both"),
        (["--preset", "best"], "invalid choice"),
        (["--seed", "-1"], "whole number"),
        (["--precision", "half"], "invalid choice"),
        (["--device", "cuda"], "cuda"),
        (["--resume"], "no unfinished run"),
        (["--reference", "nowhere.gpkg"], "nowhere.gpkg"),
        (["--reference-layer", "truth"], "give the file with --reference"),
        (["--threads", "0"], "--threads"),
    ],
)
def test_wrong_options_are_one_line(
    more: list[str],
    said: str,
    scene: SceneFiles,
    tiny: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert said in refused(capsys, *arguments(scene, tiny, tmp_path / "a", *more))
    assert not (tmp_path / "a" / "card.json").exists()


def test_points_off_the_raster_are_refused(
    scene: SceneFiles, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    far = gpd.GeoDataFrame(geometry=[Point(0, 0)], crs="EPSG:32632")
    far.to_file(tmp_path / "far.gpkg")
    asked = arguments(scene, tiny, tmp_path / "a")
    asked[asked.index("--points") + 1] = str(tmp_path / "far.gpkg")
    assert "no object to learn from" in refused(capsys, *asked)
    assert not (tmp_path / "a").exists(), "a run that has learned nothing leaves no folder"
    (tmp_path / "a").mkdir()
    refused(capsys, *asked)
    assert list((tmp_path / "a").iterdir()) == [], "a folder that was there stays, as it was"


def test_a_finished_adapter_is_not_overwritten_unasked(
    adapter: Path, scene: SceneFiles, tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (adapter / "adapter_model.safetensors").read_bytes()
    assert "holds an adapter already" in refused(capsys, *arguments(scene, tiny, adapter))
    assert (adapter / "adapter_model.safetensors").read_bytes() == before


def test_a_folder_that_cannot_be_written_is_refused(
    scene: SceneFiles, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be written" in refused(capsys, *arguments(scene, tiny, tmp_path / "file" / "a"))


def test_every_tile_takes_part_in_measuring_usual_sizes(
    scene: SceneFiles, degrees: Path, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    plain = trainer.with_size_priors

    def counted(model: Any, places: Any, looked_at: Any) -> Any:
        seen.append((len(places), len(looked_at)))
        return plain(model, places, looked_at)

    monkeypatch.setattr(trainer, "with_size_priors", counted)
    teacher = replace(PRESETS["default"].teacher, size_prior=0.2)
    monkeypatch.setitem(PRESETS, "default", replace(PRESETS["default"], teacher=teacher))
    asked = arguments(scene, tiny, tmp_path / "a", "--epochs", "0.5", "--quiet", "--raster", str(degrees))
    assert train.main(asked) == 0
    ((tiles, looked_at),) = seen
    assert looked_at == tiles > 1


def test_a_mended_command_runs_after_a_failed_one(
    scene: SceneFiles, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = arguments(scene, tiny, tmp_path / "a", "--epochs", "1", "--quiet")
    wrong = [word.replace("clicks.gpkg", "klicks.gpkg") for word in asked]
    assert "klicks.gpkg" in refused(capsys, *wrong)
    assert train.main(asked) == 0


def test_minutes_bound_the_steps(scene: SceneFiles, tiny: Path, tmp_path: Path) -> None:
    request = TrainRequest((str(scene.raster),), scene.points, tmp_path, minutes=2)
    assert [step_count(request, 100, seconds, 1) for seconds in (0.5, 40, 1000)] == [240, 3, 1]
    assert train.main(arguments(scene, tiny, tmp_path / "a", "--minutes", "0.001", "--quiet")) == 0
    assert 1 <= card_of(tmp_path / "a")["steps"] < MIN_STEPS


def test_the_command_to_run_it_again_does_not_resume(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scene: SceneFiles, tiny: Path
) -> None:
    told: list[str] = []

    def noted(request: object, options: object, run_options: RunOptions, *given: object) -> AdaptResult:
        told.append(run_options.command)
        return AdaptResult(tmp_path, {})

    monkeypatch.setattr(train_command, "adapt", noted)
    assert train.main(arguments(scene, tiny, tmp_path / "a", "--resume")) == 0
    assert "--resume" not in told[0]
    assert "--points" in told[0]
    assert told[0].startswith("resam train ")
    monkeypatch.setenv("WORLD_SIZE", "4")
    assert train.main(arguments(scene, tiny, tmp_path / "a")) == 0
    assert told[1].startswith("torchrun --standalone --nproc-per-node 4 -m engine.train --raster ")
