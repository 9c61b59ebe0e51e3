"""Point layers beyond reason: one clear outcome, in bounded time and memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyogrio
import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_GIB, MOST_SECONDS = 2.0, 3600.0


def segmented(folder: Path, count: int, kind: str) -> tuple[dict[str, Any], str]:
    """What the run took, and what it said; the figures are shown by ``pytest -s``."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.attacks.many_points", str(folder), str(count), kind],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    print(f"{count} points, {kind}: {found}")
    assert found["gib"] < MOST_GIB
    assert found["seconds"] < MOST_SECONDS
    return found, done.stderr


@pytest.mark.parametrize("kind", ["same", "pixel"])
def test_many_points_on_one_pixel_are_one_object_and_its_duplicates(
    tmp_path: Path, kind: str, count: Callable[[int, int], int]
) -> None:
    many = count(2000, 100_000)
    found, _ = segmented(tmp_path, many, kind)
    assert found["code"] == 0
    layer = pyogrio.read_dataframe(tmp_path / "o.gpkg", layer="segments")
    assert layer["status"].value_counts().to_dict() == {"rejected": many - 1, "accepted": 1}
    assert set(layer["reason"].dropna()) == {"duplicate of prompt 1"}


def test_more_objects_in_one_window_than_there_is_memory_for_are_one_line(
    tmp_path: Path, count: Callable[[int, int], int]
) -> None:
    many = count(8200, 100_000)
    found, said = segmented(tmp_path, many, "tile")
    assert found["code"] == 2
    assert said.count("\n") == 1
    assert f"{many} objects lie within 512 pixels" in said
    assert not (tmp_path / "o.gpkg").exists()


def test_a_layer_of_very_many_points_is_done(tmp_path: Path, count: Callable[[int, int], int]) -> None:
    many = count(4000, 1_000_000)
    found, _ = segmented(tmp_path, many, "wide")
    assert found["code"] == 0
    layer = pyogrio.read_dataframe(tmp_path / "o.gpkg", layer="segments", read_geometry=False)
    assert len(layer) == many
    assert (layer["reason"] == "outside the raster").sum() > 0.99 * many
    assert (layer["status"] == "accepted").any()
