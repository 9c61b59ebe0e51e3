"""Adapters that are saved, packed, unpacked and removed by processes that are killed: old or new, whole."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from safetensors.torch import load_file

from engine.models.lora import CARD_FILE, CONFIG_FILE, WEIGHTS_FILE, load_adapter
from tests.attacks.forging import KILLED, Forge, aged, forge
from tests.attacks.killed_work import begun, save
from tests.qgis.conftest import SYSTEM_PYTHON, require
from tests.training.adapt.helpers import tiny_segmenter

Count = Callable[[int, int], int]
PARTS = {CARD_FILE, CONFIG_FILE, WEIGHTS_FILE}
OLD, NEW = 2, 3
"""Ranks of the adapter that is there and of the one that replaces it."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """An adapter, and a file of the user's beside it."""
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    save(str(folder), OLD)
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


def rank_of(folder: Path) -> int:
    """Which adapter loads from a folder, all its parts being of one; what a kill left there goes."""
    aged(folder)
    load_adapter(tiny_segmenter(), folder)
    rank = int(json.loads((folder / CARD_FILE).read_text())["steps"])
    assert json.loads((folder / CONFIG_FILE).read_text())["r"] == rank
    assert {min(value.shape) for value in load_file(folder / WEIGHTS_FILE).values()} == {rank}
    assert {path.name for path in folder.iterdir()} == PARTS | {"notes.txt"}
    return rank


def test_a_save_that_is_killed_before_any_of_its_changes_leaves_the_old_adapter_or_the_new(
    old: Path, place: Path
) -> None:
    folder, seen = place / "a", []
    with forge("tests.attacks.killed_work", "save", place) as smith:
        for step in range(100):
            begun(old, folder)
            code = smith.run(str(folder), NEW, step=step)
            seen.append(rank_of(folder))
            if code != KILLED:
                break
    assert code == 0
    assert len(seen) > 10
    assert seen == sorted(seen), "old ones first, then new ones"
    assert set(seen) == {OLD, NEW}


def test_a_save_that_is_killed_at_any_time_leaves_the_old_adapter_or_the_new(
    old: Path, place: Path, count: Count
) -> None:
    folder, rng, kills = place / "a", random.Random(3), 0
    with forge("tests.attacks.killed_work", "save", place) as smith:
        begun(old, folder)
        seconds = smith.timed(str(folder), NEW)
        for _ in range(count(10, 200)):
            begun(old, folder)
            kills += smith.run(str(folder), NEW, after=rng.uniform(0, seconds)) == KILLED
            assert rank_of(folder) in (OLD, NEW)
    assert kills > 0


@pytest.fixture
def packing(place: Path) -> Iterator[Forge]:
    require("qgis", SYSTEM_PYTHON)
    with forge("tests.attacks.packing_inside", "work", place, SYSTEM_PYTHON) as smith:
        yield smith


def moments(smith: Forge, ready: Callable[[], list[str]], many: int) -> Iterator[int]:
    """The exit code of work that is killed before each of its changes, and then at random moments."""
    for step in range(100):
        code = smith.run(*ready(), step=step)
        yield code
        if code != KILLED:
            break
    assert step > 1
    seconds, rng = smith.timed(*ready()), random.Random(4)
    for _ in range(many):
        yield smith.run(*ready(), after=rng.uniform(0, seconds))


def content(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_export_that_is_killed_leaves_the_old_archive_or_the_new(
    old: Path, place: Path, packing: Forge, count: Count
) -> None:
    file, seen = place / "a.resam-adapter", []

    def ready() -> list[str]:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("before", b"old")
        return ["export", str(old), str(file)]

    for _ in moments(packing, ready, count(5, 100)):
        found = content(file)
        assert found in ({"before": b"old"}, files(old))
        seen.append(len(found))
    assert len(set(seen)) == 2
    aged(place)
    assert packing.run("export", str(old), str(file)) == 0
    assert [path.name for path in place.iterdir()] == [file.name]


def test_an_import_that_is_killed_leaves_a_whole_adapter_or_none(
    old: Path, place: Path, packing: Forge, tmp_path: Path, count: Count
) -> None:
    file, taken = tmp_path / "b.resam-adapter", place / "b"
    assert packing.run("export", str(old), str(file)) == 0
    seen = []

    def ready() -> list[str]:
        for path in place.glob("[!.]*"):
            assert packing.run("remove", str(path)) == 0
        return ["take", str(file), str(place)]

    for _ in moments(packing, ready, count(5, 100)):
        aged(place)
        assert packing.run("list", str(place)) == 0
        assert list(place.iterdir()) in ([], [taken])
        assert not taken.exists() or files(taken) == files(old)
        seen.append(taken.exists())
    assert set(seen) == {True, False}


def test_a_removal_that_is_killed_leaves_a_whole_adapter_or_none(
    old: Path, place: Path, packing: Forge, count: Count
) -> None:
    folder, seen = place / "a", []

    def ready() -> list[str]:
        begun(old, folder)
        return ["remove", str(folder)]

    for _ in moments(packing, ready, count(5, 100)):
        assert not folder.exists() or files(folder) == files(old)
        assert packing.run("list", str(place)) == 0
        assert list(place.iterdir()) in ([], [folder])
        seen.append(folder.exists())
    assert set(seen) == {True, False}
