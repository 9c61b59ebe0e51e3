"""Archives of adapters from a bad disk or a bad person, through the plugin's import in QGIS's own Python."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.qgis.conftest import SYSTEM_PYTHON, require

ROOT = Path(__file__).resolve().parents[2]


def test_a_damaged_archive_is_a_whole_adapter_or_a_refusal(
    tmp_path: Path, count: Callable[[int, int], int]
) -> None:
    require("qgis", SYSTEM_PYTHON)
    kept = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(
        [SYSTEM_PYTHON, "-m", "tests.attacks.archives_inside", str(count(2500, 300_000))],
        cwd=ROOT,
        env=kept | {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    taken, refused = map(int, done.stdout.split())
    assert taken > 0
    assert refused > taken
