"""Files that belong together are replaced together, whatever happens in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from engine import staging
from engine.staging import claimed, finish_dead_runs, staged

NAMES = ("a.dbf", "a.shp", "a.run.json")


def write(folder: Path, text: str, **options: Any) -> None:
    with staged(folder / "a.shp", [folder / "a.qix"], parts=True, **options) as stage:
        for name in NAMES:
            (stage / name).write_text(text)


def found(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def test_new_files_replace_the_old_and_what_must_not_outlive_them_goes(tmp_path: Path) -> None:
    write(tmp_path, "old")
    (tmp_path / "a.qix").write_text("index of the old")
    write(tmp_path, "new")
    assert found(tmp_path) == dict.fromkeys(NAMES, "new")
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("parts", [True, False])
@pytest.mark.parametrize("failing", range(8))
def test_a_move_that_fails_leaves_every_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int, parts: bool
) -> None:
    for name in (*NAMES, "a.qix"):
        (tmp_path / name).write_text("old")
    real, calls = os.replace, []

    def refusing(source: Any, place: Any) -> None:
        calls.append(place)
        # The first moves the list of moves.
        if len(calls) == failing + 2:
            raise PermissionError(13, "Permission denied")
        real(source, place)

    monkeypatch.setattr(os, "replace", refusing)
    gone = [tmp_path / "a.qix"]
    try:
        with staged(tmp_path / "a.shp", gone, parts=parts) as stage:
            for name in (*NAMES, "a.qml"):
                (stage / name).write_text("new")
    except PermissionError:
        assert found(tmp_path) == dict.fromkeys((*NAMES, "a.qix"), "old")
    else:
        assert not parts
        assert len(calls) < failing + 2
        assert found(tmp_path) == dict.fromkeys((*NAMES, "a.qml"), "new")
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


KILLED = """
import os, signal, sys
from pathlib import Path
from engine import staging
folder, step, parts = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "parts"
real, calls = os.replace, []
def counted(source, place):
    if len(calls) == step:
        os.kill(os.getpid(), signal.SIGKILL)
    calls.append(place)
    real(source, place)
os.replace = counted
with staging.staged(folder / "a.shp", [folder / "a.qix"], parts=parts) as stage:
    for name in ("a.dbf", "a.shp", "a.run.json"):
        (stage / name).write_text("new")
"""


@pytest.mark.parametrize("parts", ["parts", "one"])
@pytest.mark.parametrize("step", range(7))
def test_a_kill_at_any_move_is_finished_by_the_next_run(tmp_path: Path, step: int, parts: str) -> None:
    old = dict.fromkeys((*NAMES, "a.qix"), "old")
    for name, text in old.items():
        (tmp_path / name).write_text(text)
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(step), parts], check=False)
    left = found(tmp_path)
    if parts == "one":
        assert "a.shp" in left, "a file that is worth something alone is never away"
        assert left.get("a.run.json", left["a.shp"]) == left["a.shp"], "no record beside a stranger"
    elif "a.shp" in left:
        assert {left["a.shp"]} == {left[name] for name in NAMES}
    finish_dead_runs([tmp_path])
    killed_before_the_list = done.returncode == -signal.SIGKILL and step == 0
    assert found(tmp_path) == (old if killed_before_the_list else dict.fromkeys(NAMES, "new"))
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_what_somebody_wrote_since_the_kill_is_not_replaced(tmp_path: Path) -> None:
    write(tmp_path, "old")
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), "2", "parts"], check=False)
    later = tmp_path / "a.shp"
    later.write_text("the user's")
    os.utime(later, (time.time() + 60,) * 2)
    finish_dead_runs([tmp_path])
    assert later.read_text() == "the user's"


def test_a_run_that_lives_is_left_alone(tmp_path: Path) -> None:
    with staged(tmp_path / "a.shp") as stage:
        (stage / "a.shp").write_text("half")
        finish_dead_runs([tmp_path])
        assert (stage / "a.shp").exists()
    assert found(tmp_path) == {"a.shp": "half"}


def test_folders_of_others_that_end_alike_stay(tmp_path: Path) -> None:
    (tmp_path / ".mine.partial").mkdir()
    (tmp_path / ".mine.partial" / "file").write_text("mine")
    finish_dead_runs([tmp_path])
    assert (tmp_path / ".mine.partial" / "file").exists()


def test_ctrl_c_while_files_move_does_not_part_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "old")
    real = os.replace

    def pressed(source: Any, place: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        real(source, place)

    monkeypatch.setattr(os, "replace", pressed)
    write(tmp_path, "new")
    assert found(tmp_path) == dict.fromkeys(NAMES, "new")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_link_keeps_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere" / "real.shp"
    target.parent.mkdir()
    target.write_text("old")
    (tmp_path / "a.shp").symlink_to(target)
    write(tmp_path, "new")
    assert (tmp_path / "a.shp").is_symlink()
    assert target.read_text() == "new"


def test_a_link_to_another_disk_is_followed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.replace

    def across(source: Any, place: Any) -> None:
        if staging.NEW in Path(source).parts:
            raise OSError(18, "Invalid cross-device link")
        real(source, place)

    monkeypatch.setattr(os, "replace", across)
    write(tmp_path, "new")
    assert found(tmp_path) == dict.fromkeys(NAMES, "new")


def test_a_file_is_claimed_by_one_process_at_a_time(tmp_path: Path) -> None:
    with claimed(tmp_path / "lock"), pytest.raises(BlockingIOError):
        claimed(tmp_path / "lock")
    claimed(tmp_path / "lock").close()


def test_a_claim_on_a_file_that_its_holder_has_just_removed_is_made_on_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, real, calls = tmp_path / "lock", staging.lock, []

    def late(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 1:
            file.unlink()
        real(descriptor)

    monkeypatch.setattr(staging, "lock", late)
    with claimed(file):
        monkeypatch.setattr(staging, "lock", real)
        with pytest.raises(BlockingIOError):
            claimed(file)
