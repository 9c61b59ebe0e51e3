"""Standard output and error that are full, closed or gone, and what libraries say by themselves."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from engine.console import Reporter, run_command

ROOT = Path(__file__).resolve().parents[2]
WORK = """
import sys
from engine.errors import RasterError
from engine.console import Reporter, run_command
def work(reporter):
    for number in range(30_000):
        reporter.event("step", "a step", number=number)
    open(sys.argv[1], "w").write("whole")
    {end}
sys.exit(run_command(work, Reporter("verb", as_json={as_json})))
"""


def run(
    tmp_path: Path, shell: str, end: str = "pass", as_json: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a verb of 30,000 events in a shell that sets its streams; ``$RUN`` is the verb."""
    script = tmp_path / "verb.py"
    script.write_text(WORK.format(end=end, as_json=as_json))
    variables = os.environ | {"PYTHONPATH": str(ROOT), "RUN": f"{sys.executable} {script} {tmp_path / 'out'}"}
    return subprocess.run(
        ["bash", "-c", shell], env=variables, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.mark.parametrize("end", ["pass", "raise RasterError('damaged')"])
def test_a_full_disk_under_the_json_lines_is_one_line(tmp_path: Path, end: str) -> None:
    done = run(tmp_path, "$RUN > /dev/full", end)
    assert done.returncode == 2
    assert done.stderr == "verb: standard output: No space left on device\n"


@pytest.mark.parametrize("end", ["pass", "raise RasterError('damaged')"])
def test_a_reader_that_leaves_is_no_traceback(tmp_path: Path, end: str) -> None:
    done = run(tmp_path, "$RUN | head -n 1; exit ${PIPESTATUS[0]}", end)
    assert done.returncode == 2
    assert done.stderr == ""


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-"])
def test_closed_streams_do_not_end_in_the_output(tmp_path: Path, closed: str) -> None:
    done = run(tmp_path, f"$RUN {closed}", "print('said', file=sys.stderr)" if "2>" in closed else "pass")
    assert done.returncode == 0
    assert (tmp_path / "out").read_text() == "whole"


def test_an_error_with_nobody_to_hear_it_keeps_its_exit_code(tmp_path: Path) -> None:
    done = run(tmp_path, "$RUN 2> /dev/full", "raise RasterError('damaged')", as_json=False)
    assert done.returncode == 2


@pytest.mark.parametrize("buffered", ["", "PYTHONUNBUFFERED=1"])
def test_what_was_printed_and_did_not_arrive_is_an_error(tmp_path: Path, buffered: str) -> None:
    done = run(
        tmp_path, f"unset PYTHONUNBUFFERED; {buffered} $RUN > /dev/full", "print('a table')", as_json=False
    )
    assert done.returncode == 2
    assert done.stderr.endswith("verb: standard output: No space left on device\n")


def noisy(reporter: Reporter) -> None:
    for _ in range(3):
        warnings.warn("two\nlines", UserWarning, stacklevel=1)
        logging.getLogger("some.library").warning("odd %s", "file")
    warnings.warn("old", DeprecationWarning, stacklevel=1)


@pytest.mark.filterwarnings("always")
def test_warnings_of_libraries_become_notes_each_once(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("some.library").propagate = False
    assert run_command(noisy, Reporter("verb")) == 0
    assert capsys.readouterr().err == "note: two lines\nnote: odd file\n"


@pytest.mark.filterwarnings("always")
def test_quiet_is_quiet_about_libraries_too(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("some.library").propagate = False
    assert run_command(noisy, Reporter("verb", quiet=True)) == 0
    assert capsys.readouterr().err == ""


def test_a_path_that_nobody_looked_at_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def work(reporter: Reporter) -> None:
        Path("n" * 300).stat()

    assert run_command(work, Reporter("verb")) == 2
    assert capsys.readouterr().err.endswith("n: File name too long\n")
