"""``encode``, killed: every embedding that is kept is whole, and the next run makes up for the rest."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.attacks.forging import KILLED, Forge, aged, forge
from tests.engine.cli_scene import folder

__all__ = ["folder"]
Kept = dict[str, bytes]


@pytest.fixture
def asked(folder: Path, tmp_path: Path) -> list[str]:
    (tmp_path / "cache").mkdir()
    return ["--raster", str(folder / "scene.tif"), "--cache", str(tmp_path / "cache"), "--quiet"]


@pytest.fixture
def smith(asked: list[str], tmp_path: Path) -> Iterator[Forge]:
    with forge("tests.attacks.killed_work", "embed", tmp_path / "cache") as made:
        yield made


def emptied(cache: Path) -> Kept:
    """What a cache holds; it is empty afterwards."""
    kept = {path.name: path.read_bytes() for path in cache.iterdir()}
    for path in cache.iterdir():
        path.unlink()
    return kept


def check(smith: Forge, asked: list[str], cache: Path, undisturbed: Kept) -> None:
    seen = {path.name: path.read_bytes() for path in cache.glob("[!.]*")}
    assert seen.items() <= undisturbed.items()
    aged(cache)
    assert smith.run(*asked) == 0
    assert emptied(cache) == undisturbed


def test_a_run_that_is_killed_before_any_of_its_changes_is_made_whole_by_the_next(
    smith: Forge, asked: list[str], tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    assert smith.run(*asked) == 0
    undisturbed = emptied(cache)
    assert len(undisturbed) > 1
    for step in range(200):
        code = smith.run(*asked, step=step)
        check(smith, asked, cache, undisturbed)
        if code != KILLED:
            break
    assert code == 0
    assert step > 2 * len(undisturbed)


def test_a_run_that_is_killed_at_any_time_is_made_whole_by_the_next(
    smith: Forge, asked: list[str], tmp_path: Path, count: Callable[[int, int], int]
) -> None:
    cache = tmp_path / "cache"
    seconds, rng, kills = smith.timed(*asked), random.Random(8), 0
    undisturbed = emptied(cache)
    for _ in range(count(5, 100)):
        kills += smith.run(*asked, after=rng.uniform(0, seconds)) == KILLED
        check(smith, asked, cache, undisturbed)
    assert kills > 0
