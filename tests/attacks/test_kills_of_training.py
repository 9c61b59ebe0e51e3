"""``train``, killed: resumed to the same weights, with the same files in the folder as without a kill."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.attacks.forging import KILLED, Forge, aged, forge
from tests.training.adapt.helpers import arguments
from tests.training.conftest import scene, tiny
from training.scenes import SceneFiles

__all__ = ["scene", "tiny"]
WEIGHTS = "adapter_model.safetensors"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def asked(scene: SceneFiles, tiny: Path, out: Path) -> list[str]:
    return arguments(scene, tiny, out, "--epochs", "1", "--quiet")


@pytest.fixture
def smith(asked: list[str], out: Path) -> Iterator[Forge]:
    with forge("tests.attacks.killed_work", "adapt", out) as made:
        yield made


@pytest.fixture
def undisturbed(smith: Forge, asked: list[str], out: Path) -> tuple[bytes, set[str]]:
    """The weights that the run learns, and the files it leaves."""
    assert smith.run(*asked) == 0
    return ended(out)


def ended(out: Path) -> tuple[bytes, set[str]]:
    """The weights in a folder, and the names of all that is in it; it is gone afterwards."""
    found = (out / WEIGHTS).read_bytes(), {path.name for path in out.iterdir()}
    shutil.rmtree(out)
    return found


def check(smith: Forge, asked: list[str], out: Path, undisturbed: tuple[bytes, set[str]]) -> None:
    """The run is continued where it kept something, otherwise started anew, or it was done."""
    aged(out)
    kept = (out / ".run" / "checkpoint.pt").exists()
    code = smith.run(*asked, *(["--resume"] if kept else []))
    if not kept and code != 0:  # "holds an adapter already"
        assert (out / "card.json").exists()
    else:
        assert code == 0
    assert ended(out) == undisturbed


def test_a_run_that_is_killed_before_a_change_to_its_folder_is_continued_to_the_same_weights(
    smith: Forge,
    asked: list[str],
    out: Path,
    undisturbed: tuple[bytes, set[str]],
    count: Callable[[int, int], int],
) -> None:
    assert smith.run(*asked, step=10**6) == 0
    ended(out)
    killed, step = 0, 0
    while smith.run(*asked, step=step) == KILLED:
        check(smith, asked, out, undisturbed)
        killed, step = killed + 1, step + (1 if count(0, 1) else 20)
    assert ended(out) == undisturbed
    assert killed > 2


def test_a_run_that_is_killed_at_any_time_is_continued_to_the_same_weights(
    smith: Forge,
    asked: list[str],
    out: Path,
    undisturbed: tuple[bytes, set[str]],
    count: Callable[[int, int], int],
) -> None:
    seconds, rng, kills = smith.timed(*asked), random.Random(9), 0
    assert ended(out) == undisturbed
    for _ in range(count(2, 40)):
        kills += smith.run(*asked, after=rng.uniform(0, seconds)) == KILLED
        check(smith, asked, out, undisturbed)
    assert kills > 0
