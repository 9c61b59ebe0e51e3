"""Stages as a stranger packs them into an archive of data: nothing outside their own folder is touched."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from engine.staging import MOVES, NEW, OLD, OWNER, finish_dead_runs

NAME = ".a.tif.abcd1234.partial"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A file of the user's, outside the folder with the stranger's data."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "mine").write_text("mine")
    return tmp_path / "home" / "mine"


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    """A stage of a run that seems to have died, in the stranger's folder."""
    stage = tmp_path / "data" / NAME
    for folder in (NEW, OLD):
        (stage / folder).mkdir(parents=True)
    (stage / OWNER).touch()
    (stage / NEW / "evil").write_text("evil")
    return stage


def written(stage: Path, **moves: Any) -> None:
    plain = {"places": {}, "gone": [], "main": "a.tif", "parts": False}
    (stage / MOVES).write_text(json.dumps({**plain, **moves}))
    later = time.time() + 10**6  # So that nothing seems to have changed since.
    os.utime(stage / MOVES, (later, later))


def finished(stage: Path, mine: Path) -> None:
    finish_dead_runs([stage.parent], [stage.parent / "out.gpkg"])
    assert mine.read_text() == "mine"
    assert [path.name for path in mine.parent.iterdir()] == ["mine"]


def test_a_file_elsewhere_is_not_replaced(stage: Path, mine: Path) -> None:
    written(stage, places={"evil": str(mine)}, main="evil")
    finished(stage, mine)


def test_a_file_elsewhere_is_not_removed(stage: Path, mine: Path) -> None:
    written(stage, gone=[str(mine)])
    finished(stage, mine)


def test_a_file_elsewhere_is_not_fetched_by_its_name(stage: Path, mine: Path) -> None:
    name = os.path.relpath(mine, stage / NEW)
    written(stage, places={name: str(stage.parent / "taken")}, main=name)
    finished(stage, mine)


@pytest.mark.parametrize("part", [NEW, OLD])
def test_a_link_within_the_stage_leads_nowhere(stage: Path, mine: Path, part: str) -> None:
    for path in (stage / part).iterdir():
        path.unlink()
    (stage / part).rmdir()
    (stage / part).symlink_to(mine.parent)
    written(stage, places={"mine": str(stage.parent / "taken")}, main="mine")
    finished(stage, mine)


def test_a_link_in_place_of_a_stage_is_left_alone(stage: Path, mine: Path) -> None:
    (stage.parent / ".b.tif.abcd1234.partial").symlink_to(mine.parent)
    os.utime(mine.parent, (0, 0))
    finished(stage, mine)


def test_a_place_that_is_a_link_leads_nowhere(stage: Path, mine: Path) -> None:
    (stage.parent / "taken").symlink_to(mine)
    written(stage, places={"evil": str(stage.parent / "taken")}, main="evil")
    finished(stage, mine)


@pytest.mark.parametrize(
    "moves",
    [
        {"places": [1, 2]},
        {"places": {"evil": 3}},
        {"gone": 7},
        {"gone": [None]},
        {"main": None},
        {"main": []},
        {"parts": "no"},
        {"more": 1},
    ],
)
def test_a_list_that_is_none_is_left_alone(stage: Path, mine: Path, moves: dict[str, Any]) -> None:
    written(stage, **moves)
    finished(stage, mine)
    assert (stage / MOVES).exists()


def test_a_list_that_is_a_pipe_is_not_waited_for(stage: Path, mine: Path) -> None:
    os.mkfifo(stage / MOVES)
    finished(stage, mine)


def test_a_list_for_the_stages_own_folder_is_finished(stage: Path, mine: Path) -> None:
    written(stage, places={"evil": str(stage.parent / "good")}, main="evil")
    finished(stage, mine)
    assert [path.name for path in stage.parent.iterdir()] == ["good"]


def test_what_a_link_to_an_output_leads_to_is_finished_too(stage: Path, tmp_path: Path) -> None:
    linked = tmp_path / "links" / "out.gpkg"
    linked.parent.mkdir()
    linked.symlink_to(stage.parent / "real.gpkg")
    written(stage, places={"evil": str(linked.parent / "out.run.json")}, main="evil")
    finish_dead_runs([], [linked])
    assert (linked.parent / "out.run.json").read_text() == "evil"
    assert not stage.exists()
