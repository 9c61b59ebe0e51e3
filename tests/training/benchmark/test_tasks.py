"""Tasks of the benchmark: they say what they do, continue after a kill, and take the engine's ways later."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.adapt.helpers import tiny_file
from training import progress
from training.adapt.trainer import Adaptation
from training.benchmark import run as benchmark
from training.benchmark import tasks, unfinished
from training.benchmark.rows import Task, read_rows
from training.benchmark.setting import Setting
from training.benchmark.table import summarise, table
from training.sealed import read_sealed

TASK = Task("self-training", 1, 0)


def setting_of(coco: Path, folder: Path, steps: int = 3) -> Setting:
    return Setting(str(coco), str(tiny_file(folder)), "", "C", steps, 3, 2, 0, "fp32", work=folder)


def asked(coco: Path, folder: Path, *more: str) -> list[str]:
    files = ["--data", str(coco), "--work", str(folder / "w"), "--model", str(tiny_file(folder))]
    sizes = ["--points", "1", "--seeds", "1", "--train", "3", "--test", "2", "--workers", "1"]
    return [*files, *sizes, *more]


def test_a_task_says_what_it_is_doing(coco: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr(progress, "say", heard.append)
    monkeypatch.setattr(progress, "SECONDS", 0.0)
    tasks.run_task(TASK, setting_of(coco, tmp_path))
    told = "\n".join(heard)
    assert "self-training, 1 click, draw 1: begun, 3 images to learn from, 2 to test on" in told
    assert "self-training, 1 click, draw 1: step 2 of 3, about" in told
    assert "self-training, 1 click, draw 1, single pass: image 1 of 2, about" in told


def test_what_tasks_say_reaches_the_user(
    coco: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark.main(asked(coco, tmp_path, "--arms", "direct")) == 0
    assert "direct, 1 click, draw 1: begun" in capsys.readouterr().err


def test_a_task_takes_up_the_state_of_one_that_was_killed(
    coco: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = setting_of(coco, tmp_path)
    whole = tasks.run_task(TASK, replace(setting, work=None))
    monkeypatch.setattr(unfinished, "SECONDS", 0.0)
    steps: list[int] = []
    plain = Adaptation._one

    def cut(run: Adaptation) -> dict[str, float]:
        steps.append(run.step)
        if len(steps) == 3:
            raise KeyboardInterrupt
        return plain(run)

    monkeypatch.setattr(Adaptation, "_one", cut)
    with pytest.raises(KeyboardInterrupt):
        tasks.run_task(TASK, setting)
    again = tasks.run_task(TASK, setting)
    assert steps == [0, 1, 2, 2]
    assert [row["iou"] for row in again] == [row["iou"] for row in whole]
    unfinished.forget(tmp_path, TASK)
    assert not (tmp_path / unfinished.FOLDER).exists()


def test_a_state_of_other_steps_is_not_taken_up(
    coco: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.run_task(TASK, setting_of(coco, tmp_path))
    heard: list[str] = []
    monkeypatch.setattr(progress, "say", heard.append)
    rows = tasks.run_task(TASK, setting_of(coco, tmp_path, steps=2))
    assert any("begun anew, since its state cannot be used" in text for text in heard)
    assert rows[0]["watched"]["steps"] == [0, 2]


def test_a_killed_run_continues_within_its_arm(coco: Path, tmp_path: Path) -> None:
    words = asked(coco, tmp_path, "--arms", "self-training", "--steps", "60")
    code = f"from training.benchmark import run, unfinished; unfinished.SECONDS = 0; run.main({words!r})"
    kept = tmp_path / "w" / unfinished.FOLDER / "self-training-1-0.pt"
    with subprocess.Popen([sys.executable, "-c", code], start_new_session=True) as run:
        waited = time.monotonic()
        while not kept.exists() and time.monotonic() - waited < 300:
            time.sleep(0.05)
        time.sleep(0.5)
        os.killpg(run.pid, signal.SIGKILL)
    state = read_sealed(kept)["step"]
    assert 0 < state <= 60
    assert benchmark.main(words) == 0
    assert list(read_rows(tmp_path / "w" / "rows.jsonl")) == [TASK]
    assert not kept.exists()


def test_the_engines_ways_can_be_added_to_rows_that_are_there(coco: Path, tmp_path: Path) -> None:
    words = asked(coco, tmp_path, "--arms", "direct,self-training", "--steps", "2")
    path = tmp_path / "w" / "rows.jsonl"
    assert benchmark.main(words) == 0
    first = read_rows(path)
    assert benchmark.main([*words, "--engine"]) == 0
    found = read_rows(path)
    for task, rows in found.items():
        assert {row["way"] for row in rows} == {"single pass", *tasks.ENGINE_WAYS}
        single = [row["iou"] for row in rows if row["way"] == "single pass"]
        assert single == [row["iou"] for row in first[task]]
    lines = path.read_text()
    assert benchmark.main([*words, "--engine"]) == 0
    assert path.read_text() == lines, "nothing is measured a third time"


def test_the_peak_memory_of_an_arm_stands_in_its_rows_and_in_the_table(coco: Path, tmp_path: Path) -> None:
    rows = tasks.run_task(TASK, setting_of(coco, tmp_path))
    low, high = rows[0]["watched"]["peak_mib"]
    assert low == high > 0
    text = table(summarise(json.loads(json.dumps(rows)), {}))
    assert f"| {high} |" in text
    assert "peak MiB" in text
