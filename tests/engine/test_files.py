"""Files that are whole or absent."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import OutputError
from engine.files import save_json, written_whole

KILLED = """
import os, signal, sys
from pathlib import Path
from engine.files import written_whole
with written_whole(Path(sys.argv[1])) as part:
    part.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_file_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "layer.gpkg"
    with written_whole(path) as part:
        part.write_text("new")
        assert not path.exists()
        assert part.suffix == ".gpkg"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_fails_leaves_the_earlier_file_and_no_part(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("earlier")

    def write() -> None:
        with written_whole(path) as part:
            part.write_text("half")
            raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        write()
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_writer_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("earlier")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "earlier"


def test_json_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    save_json({"a": [1]}, path)
    with pytest.raises(TypeError):
        save_json({"a": object()}, path)
    with pytest.raises(OutputError):
        save_json({}, tmp_path)
    assert json.loads(path.read_text()) == {"a": [1]}
    assert list(tmp_path.iterdir()) == [path]
