"""A run that is attached to the program that started it ends with that program, and is itself otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ATTACHED = [sys.executable, "-m", "engine.serving.attached"]
PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, *sys.argv[1:]], stdin=subprocess.PIPE)
time.sleep(600)
"""


def module(folder: Path, text: str) -> dict[str, str]:
    """A module ``long_run`` in a folder, and the variables with which it is found."""
    (folder / "long_run.py").write_text(text)
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(folder)))}


def wait_for(file: Path, seconds: float = 60.0) -> str:
    """The content of a file that a process writes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if file.exists() and (text := file.read_text()):
            return text
        time.sleep(0.05)
    raise TimeoutError(f"{file.name} did not come")


def alive(number: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")
def test_a_run_is_interrupted_when_the_program_that_started_it_is_killed(tmp_path: Path) -> None:
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    text = f"""
import os, pathlib, time
pathlib.Path({str(begun)!r}).write_text(str(os.getpid()))
try:
    time.sleep(600)
except KeyboardInterrupt:
    pathlib.Path({str(ended)!r}).write_text("interrupted")
"""
    command = [sys.executable, "-c", PARENT, "-m", "engine.serving.attached", "long_run"]
    parent = subprocess.Popen(command, env=module(tmp_path, text), cwd=ROOT)
    number = int(wait_for(begun))
    parent.kill()
    parent.wait()
    assert wait_for(ended) == "interrupted"
    end = time.monotonic() + 20
    while alive(number) and time.monotonic() < end:
        time.sleep(0.05)
    assert not alive(number)


def test_a_run_that_does_not_heed_the_interrupt_is_ended(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    text = f"""
import pathlib, signal, time
import engine.serving.attached
signal.signal(signal.SIGINT, signal.SIG_IGN)
pathlib.Path({str(begun)!r}).write_text("begun")
time.sleep(600)
"""
    starter = "import sys; from engine.serving import attached; attached.GRACE_SECONDS = 0.2; attached.main()"
    command = [sys.executable, "-c", starter, "long_run"]
    run = subprocess.Popen(command, env=module(tmp_path, text), cwd=ROOT, stdin=subprocess.PIPE)
    wait_for(begun)
    assert run.stdin is not None
    run.stdin.close()
    assert run.wait(20) == 130


def test_arguments_output_and_exit_code_are_the_modules_own(tmp_path: Path) -> None:
    text = "import sys\nprint(__name__, sys.argv[1:])\nsys.exit(7)\n"
    pipe = subprocess.PIPE
    command = [*ATTACHED, "long_run", "--one", "two words"]
    run = subprocess.Popen(command, env=module(tmp_path, text), cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
    assert run.stdout is not None
    assert run.stdout.read() == "__main__ ['--one', 'two words']\n"
    assert run.wait(20) == 7


def test_without_a_module_it_says_what_it_wants() -> None:
    done = subprocess.run(
        ATTACHED, cwd=ROOT, stdin=subprocess.PIPE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "engine.train" in done.stderr
