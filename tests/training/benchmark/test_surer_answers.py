"""Adapter or base by the score: the arithmetic, and the command on one scene."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest
import torch

from engine.config import RefineConfig, SegmentConfig
from engine.models import registry
from engine.models.base import Segmenter
from engine.models.lora import LoraSpec, adapter_parameters, add_adapter, save_adapter
from engine.models.strength import FULL
from engine.stages.pipeline import Job, Reader, Segment, run_jobs
from tests.training.adapt.helpers import tiny_file
from training.benchmark import surer_answers
from training.scenes import SceneFiles


def row(adapted: tuple[float, float], base: tuple[float, float], clicks: int = 1) -> dict[str, object]:
    answers = {"adapted": list(adapted), "fully": [0.5, 0.5], "base": list(base)}
    return {"scene": "a", "object": 1, "clicks": clicks, **answers}


def test_the_base_is_kept_where_its_score_is_higher_by_the_margin() -> None:
    # Score and IoU: the base is surer and better, surer by little and worse, less sure and better.
    rows = [row((0.5, 0.4), (0.9, 0.8)), row((0.5, 0.6), (0.53, 0.3)), row((0.7, 0.2), (0.6, 0.4))]
    cells = [cell.strip() for cell in surer_answers.table(rows).splitlines()[2].split("|")[1:-1]]
    assert cells[:3] == ["1", "3", "50.0"]
    means = [cell.split(" ")[0] for cell in cells[3:]]
    # adapted: -40, +30, -20; fully: -30, +20, +10.
    # By 0 and 0.02 the second is the base's too; by 0.05 and 0.1 it is not.
    assert means == ["-10.0", "-0.0", "-6.7", "-6.7", "+3.3", "+3.3", "+10.0"]


def test_numbers_of_clicks_have_rows_of_their_own() -> None:
    lines = surer_answers.table([row((0.5, 0.4), (0.9, 0.8)), row((0.5, 0.4), (0.9, 0.8), 3)]).splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| 1", "| 3"]


@pytest.fixture
def made(scene: SceneFiles, tmp_path: Path) -> tuple[Path, Path, int]:
    """Folders of one scene and of its adapter, and how many of its objects are held out."""
    folder, adapters, model = tmp_path / "scenes", tmp_path / "adapters", tiny_file(tmp_path)
    folder.mkdir()
    (folder / "a.tif").write_bytes(Path(scene.raster).read_bytes())
    for name, source in (("points", scene.points), ("objects", scene.objects)):
        gpd.read_file(source).to_file(folder / "a.gpkg", layer=name)
    segmenter = registry.load(str(model), "cpu")
    add_adapter(segmenter, LoraSpec(2), 0)
    with torch.no_grad():
        for _, parameter in adapter_parameters(segmenter):
            parameter.normal_(std=0.3)
    save_adapter(segmenter, adapters / "a", {"base_sha256": segmenter.sha256, "status": "unproven"})
    setting = {"model": str(model), "holdout": 0.4, "seed": 0, "only": None}
    (adapters / "setting.json").write_text(json.dumps(setting))
    return folder, adapters, round(len(gpd.read_file(scene.points)) * 0.4)


def test_the_command_answers_the_held_out_objects_from_one_click_and_from_three(
    made: tuple[Path, Path, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, adapters, held_out = made
    asked = ["--folder", str(folder), "--adapters", str(adapters), "--out", str(tmp_path / "w")]
    assert surer_answers.main([*asked, "--workers", "1"]) == 0
    rows = [json.loads(line) for line in (tmp_path / "w" / "objects.jsonl").read_text().splitlines()]
    assert [found["clicks"] for found in rows] == [1] * held_out + [3] * held_out
    assert any(found["adapted"] != found["base"] for found in rows)
    assert all(found["adapted"] == found["fully"] for found in rows if found["clicks"] == 1)
    assert "the better one" in capsys.readouterr().out


def test_the_adapter_answers_as_strongly_as_in_the_engine_fully_and_not_at_all(
    made: tuple[Path, Path, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = []

    def noted(jobs: list[Job], reader: Reader, model: Segmenter, config: SegmentConfig) -> Iterator[Segment]:
        ways.append(config.refine.strengths if model.adapted else None)
        return run_jobs(jobs, reader, model, config)

    monkeypatch.setattr(surer_answers, "run_jobs", noted)
    folder, adapters, _ = made
    surer_answers.run_scene(folder / "a.tif", adapters, [3])
    assert ways == [RefineConfig().strengths, (FULL,), None]


def test_a_folder_without_adapters_is_refused(
    scene: SceneFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [
        "--folder",
        str(Path(scene.raster).parent),
        "--adapters",
        str(tmp_path),
        "--out",
        str(tmp_path / "w"),
    ]
    assert surer_answers.main(asked) == 2
    assert "make them with python -m training.benchmark.own_scenes" in capsys.readouterr().err
