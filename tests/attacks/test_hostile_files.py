"""Rasters and layers from bad disks, broken programs and bad people: each is read, or is one line.

A library may die of one: it is run by a child, and what it died of is kept and told.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.attacks import raster_seeds, vector_seeds
from tests.attacks.forging import Forge, forge

BATCH = 200
"""Cases that one child takes on."""
Seeds = Mapping[str, Callable[[Path], Path]]


def ready(folder: Path, seeds: Seeds) -> None:
    """A folder with the seeds, and with the sound files that verbs take besides."""
    mains = {}
    for name, make in seeds.items():
        (folder / "seeds" / name).mkdir(parents=True)
        mains[name] = str(make(folder / "seeds" / name).relative_to(folder / "seeds" / name))
    (folder / "seeds.json").write_text(json.dumps(mains))
    raster_seeds.SEEDS["tiles"](folder).rename(folder / "scene.tif")
    vector_seeds.clicks().to_file(folder / "clicks.gpkg")
    vector_seeds.outlines().to_file(folder / "truth.gpkg")


def run(smith: Forge, folder: Path, many: int) -> tuple[Counter[tuple[str, str]], list[str]]:
    """How often each seed was taken and refused, and what did not hold."""
    seen, broken, number = Counter[tuple[str, str]](), [], 0
    while number < many:
        (folder / "journal").write_text("")
        code = smith.run(str(folder), number, min(BATCH, many - number))
        lines = [json.loads(line) for line in (folder / "journal").read_text().splitlines()]
        for begun, ended in zip(
            lines[::2], [*lines[1::2], {"outcome": f"ended the process: {code}"}], strict=False
        ):
            number = begun["number"] + 1
            if ended["outcome"] in ("taken", "refused"):
                seen[begun["seed"], ended["outcome"]] += 1
            else:
                broken.append(f"{begun}: {ended['outcome']}")
        if code != 0:
            shutil.copytree(folder / "work", folder / "broken" / str(number - 1), dirs_exist_ok=True)
    return seen, broken


@pytest.mark.parametrize(
    ("kind", "seeds", "many"),
    [
        ("rasters", raster_seeds.SEEDS, (400, 100_000)),
        ("points", vector_seeds.POINTS, (200, 50_000)),
        ("polygons", vector_seeds.POLYGONS, (150, 50_000)),
    ],
)
def test_a_damaged_file_is_read_or_refused_in_one_line(
    tmp_path: Path, kind: str, seeds: Seeds, many: tuple[int, int], count: Callable[[int, int], int]
) -> None:
    ready(tmp_path, seeds)
    with forge("tests.attacks.hostile_files", kind, tmp_path) as smith:
        seen, broken = run(smith, tmp_path, count(*many))
    assert broken == [], f"kept in {tmp_path / 'broken'}"
    for outcome in ("taken", "refused"):
        assert len([name for name, ended in seen if ended == outcome]) > len(seeds) / 2
