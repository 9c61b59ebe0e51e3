"""The spread of adaptations from few clicks: which objects are judged, and the command in small."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.adapt.helpers import tiny_file
from training.adapt.options import AdaptOptions
from training.benchmark import few_clicks
from training.benchmark.few_clicks import Run, chosen, table
from training.scenes import SceneFiles


def test_the_judged_objects_are_the_same_for_all_seeds_and_numbers_and_never_learned_from() -> None:
    found = [chosen(30, clicks, seed, 7) for clicks in (5, 10) for seed in range(3)]
    judged = [set(rows[0].tolist()) for rows in found if rows is not None]
    learned = [rows[1].tolist() for rows in found if rows is not None]
    assert len(judged) == 6
    assert all(rows == judged[0] for rows in judged)
    assert len(judged[0]) == 12
    assert not any(set(rows) & judged[0] for rows in learned)
    assert [len(rows) for rows in learned] == [5, 5, 5, 10, 10, 10]
    assert len({tuple(rows) for rows in learned}) == 6


def test_more_clicks_of_a_seed_hold_the_fewer() -> None:
    few, many = chosen(40, 5, 1, 7), chosen(40, 15, 1, 7)
    assert few is not None
    assert many is not None
    assert np.array_equal(many[1][:5], few[1])


@pytest.mark.parametrize(("count", "clicks"), [(30, 19), (10, 3)])
def test_a_scene_with_too_few_objects_is_left_out(count: int, clicks: int) -> None:
    assert chosen(count, clicks, 0, 7) is None


def test_the_table_names_the_worst_of_the_seeds() -> None:
    runs = [Run("a", 10, seed, 9, 0.5, after) for seed, after in enumerate((0.6, 0.45, 0.55))]
    text = table([*runs, Run("b", 10, 0, 9, 0.5, 0.3)])
    assert "| a | 10 | 9 | 3 | 50.0 | +3.3 | -5.0 | +10.0 |" in text
    assert "| all | 10 | | 4 | | -2.5 | -20.0 | +10.0 |" in text


def test_the_command_measures_each_run_once(
    scene: SceneFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "scenes"
    folder.mkdir()
    import geopandas as gpd

    (folder / "a.tif").write_bytes(Path(scene.raster).read_bytes())
    for name, source in (("points", scene.points), ("objects", scene.objects)):
        gpd.read_file(source).to_file(folder / "a.gpkg", layer=name)
    asked = ["--folder", str(folder), "--out", str(tmp_path / "w"), "--model", str(tiny_file(tmp_path))]
    asked += ["--clicks", "2", "99", "--seeds", "2", "--workers", "1"]
    monkeyed = few_clicks.FEWEST_JUDGED
    few_clicks.FEWEST_JUDGED = 2
    try:
        assert few_clicks.main(asked) == 0
        lines = (tmp_path / "w" / "runs.jsonl").read_text()
        assert few_clicks.main(asked) == 0
    finally:
        few_clicks.FEWEST_JUDGED = monkeyed
    found = [json.loads(line) for line in lines.splitlines()]
    assert [(run["clicks"], run["seed"]) for run in found] == [(2, 0), (2, 1)]
    assert all(sorted(run["signals"]) == ["before", "rise"] for run in found)
    assert (tmp_path / "w" / "runs.jsonl").read_text() == lines
    assert "| a | 2 |" in capsys.readouterr().out


def test_another_rate_is_another_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rates: list[float] = []

    def noted(task: few_clicks.Task, *, options: AdaptOptions, **rest: object) -> Run:
        rates.append(options.rate)
        return Run(task.scene, task.clicks, task.seed, 5, 0.4, 0.5)

    monkeypatch.setattr(few_clicks, "run_task", noted)
    monkeypatch.setattr(few_clicks, "run_all", here)
    (tmp_path / "a.tif").touch()
    asked = ["--folder", str(tmp_path), "--out", str(tmp_path / "w"), "--clicks", "3", "--seeds", "1"]
    assert few_clicks.main([*asked, "--rate", "0.004"]) == 0
    assert rates == [0.004]
    assert few_clicks.main(asked) == 2
    assert "other settings" in capsys.readouterr().err


def here(
    work: Callable[[few_clicks.Task], Run], tasks: list[few_clicks.Task], workers: int, keep: Any, say: Any
) -> None:
    for task in tasks:
        done: Future[Run] = Future()
        done.set_result(work(task))
        keep(task, done)
