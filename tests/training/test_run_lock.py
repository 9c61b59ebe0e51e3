"""One run a folder: the second is refused, and a killed one is in nobody's way."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import OutputError
from training.run_lock import only_run

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


def test_nothing_is_left_of_the_lock(tmp_path: Path) -> None:
    with only_run(tmp_path / "a" / "b", "--out"):
        pass
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_folder_that_cannot_be_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"), only_run(tmp_path / "file" / "run", "--out"):
        pass
