"""One run a folder: the second is refused, and a killed one is in nobody's way."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import OutputError
from training.benchmark import few_clicks, measure, own_scenes, paper_table, real_scenes, surer_answers
from training.benchmark import find as find_benchmark
from training.benchmark import run as benchmark
from training.nano import calibrate, limits
from training.run_lock import LOCK, only_run
from training.suggest import measure as suggest_measure

Command = Callable[[list[str]], int]
ROOT = Path(__file__).resolve().parents[2]
HOLDING = (
    "import pathlib, sys, time\n"
    "from training.run_lock import only_run\n"
    "with only_run(pathlib.Path(sys.argv[1]), '--out'):\n"
    "    print('held', flush=True)\n"
    "    time.sleep(600)\n"
)


def test_a_second_run_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    first = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert first.stdout is not None
    assert first.stdout.readline() == "held\n"
    with pytest.raises(OutputError, match="another run is at work in it"), only_run(folder, "--out"):
        pass
    first.send_signal(signal.SIGKILL)
    first.wait()
    with only_run(folder, "--out"):
        pass


@pytest.mark.parametrize(
    ("command", "asked", "option"),
    [
        (suggest_measure.main, ["--data", "none"], "--work"),
        (benchmark.main, ["--data", "none"], "--work"),
        (measure.main, ["--data", "none"], "--work"),
        (own_scenes.main, ["--folder", "none"], "--out"),
        (real_scenes.main, ["--folder", "none"], "--out"),
        (few_clicks.main, ["--folder", "none"], "--out"),
        (surer_answers.main, ["--folder", "none", "--adapters", "none"], "--out"),
        (find_benchmark.main, ["--data", "none"], "--work"),
        (paper_table.main, ["--data", "none", "--model", "nano", "--set", "NWPU"], "--work"),
    ],
)
def test_a_second_measurement_in_a_folder_is_refused_and_changes_nothing(
    tmp_path: Path, command: Command, asked: list[str], option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with only_run(tmp_path, option):
        assert command([*asked, option, str(tmp_path)]) == 2
        assert [path.name for path in tmp_path.iterdir()] == [LOCK]
    assert f"wait for its end, or choose another {option}" in capsys.readouterr().err


@pytest.mark.parametrize("command", [calibrate.main, limits.main])
def test_a_second_measurement_into_the_same_file_is_refused_and_one_into_another_is_not(
    tmp_path: Path, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--data", "none", "--weights", "gone.safetensors", "--rows"]
    with only_run(tmp_path, "--rows", ".rows.jsonl.lock"):
        assert command([*asked, str(tmp_path / "rows.jsonl")]) == 2
        assert "another run is at work in it" in capsys.readouterr().err
        assert command([*asked, str(tmp_path / "others.jsonl")]) == 2
        assert "gone.safetensors" in capsys.readouterr().err


def test_nothing_is_left_of_the_lock(tmp_path: Path) -> None:
    with only_run(tmp_path / "a" / "b", "--out"):
        pass
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_folder_that_cannot_be_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"), only_run(tmp_path / "file" / "run", "--out"):
        pass
