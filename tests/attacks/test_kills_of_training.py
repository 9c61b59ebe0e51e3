"""``train``, killed: resumed to the same weights, with the same files in the folder as without a kill."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.attacks.forging import KILLED, Forge, aged, forge
from tests.training.adapt.helpers import arguments, tiny_file
from training.scenes import write_scene
from training.scenes.mosaic import mosaic

WEIGHTS = "adapter_model.safetensors"
pytestmark = pytest.mark.timeout(300)


class Work(NamedTuple):
    """A run, and what comes of it when nothing disturbs it."""

    smith: Forge
    asked: list[str]
    out: Path
    undisturbed: tuple[bytes, set[str]]
    seconds: float


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    """A run of one step on four roofs, which changes its folder fifty times."""
    folder, rng = tmp_path_factory.mktemp("training"), np.random.default_rng(1)
    scene = write_scene(mosaic(rng, [["roofs"]], 256, gsd=0.5, most=4), folder, rng)
    out = folder / "out"
    asked = arguments(scene, tiny_file(folder), out, "--epochs", "1", "--quiet")
    with forge("tests.attacks.killed_work", "adapt", out) as smith:
        assert smith.run(*asked) == 0
        undisturbed, started = ended(out), time.monotonic()
        assert smith.run(*asked, step=10**6) == 0
        assert ended(out) == undisturbed
        yield Work(smith, asked, out, undisturbed, time.monotonic() - started)


def ended(out: Path) -> tuple[bytes, set[str]]:
    """The weights in a folder, and the names of all that is in it; it is gone afterwards."""
    found = (out / WEIGHTS).read_bytes(), {path.name for path in out.iterdir()}
    shutil.rmtree(out)
    return found


def check(work: Work) -> None:
    """The run is continued where it kept something, otherwise started anew, or it was done."""
    aged(work.out)
    kept = (work.out / ".run" / "checkpoint.pt").exists()
    code = work.smith.run(*work.asked, *(["--resume"] if kept else []))
    if not kept and code != 0:  # "holds an adapter already"
        assert (work.out / "card.json").exists()
    else:
        assert code == 0
    assert ended(work.out) == work.undisturbed


def test_a_run_that_is_killed_before_a_change_to_its_folder_is_continued_to_the_same_weights(
    work: Work, count: Callable[[int, int], int]
) -> None:
    killed, step = 0, 0
    while work.smith.run(*work.asked, step=step) == KILLED:
        check(work)
        killed, step = killed + 1, step + (1 if count(0, 1) else 17)
    assert ended(work.out) == work.undisturbed
    assert killed > 3


def test_a_run_that_is_killed_at_any_time_is_continued_to_the_same_weights(
    work: Work, count: Callable[[int, int], int]
) -> None:
    rng, kills = random.Random(9), 0
    for _ in range(count(2, 40)):
        kills += work.smith.run(*work.asked, after=rng.uniform(0, work.seconds)) == KILLED
        check(work)
    assert kills > 0
