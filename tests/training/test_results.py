"""What a long measurement keeps: whole lines, whatever ends it, and a clear line where the disk refuses."""

from __future__ import annotations

import os
from concurrent.futures import Future
from pathlib import Path

import pytest

from engine.errors import ConfigError, ModelError, OutputError
from training.results import add_lines, check_folder, check_same, go_on_with, read_lines, run_all, write_whole


def test_a_line_that_a_kill_cut_short_is_left_out_and_what_is_added_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    assert read_lines(path) == []
    add_lines(path, [{"a": 1}, {"a": 2}])
    with path.open("a") as file:
        file.write('{"a": ')
    assert read_lines(path) == [{"a": 1}, {"a": 2}]
    assert go_on_with(path) == [{"a": 1}, {"a": 2}]
    add_lines(path, [{"a": 3}])
    assert read_lines(path) == [{"a": 1}, {"a": 2}, {"a": 3}]


def test_a_setting_is_written_once_and_never_changed(tmp_path: Path) -> None:
    path = tmp_path / "setting.json"
    check_same(path, {"steps": 1}, "--work")
    os.utime(path, (1, 1))
    check_same(path, {"steps": 1}, "--work")
    assert path.stat().st_mtime == 1
    with pytest.raises(ConfigError, match="other settings; choose another --work"):
        check_same(path, {"steps": 2}, "--work")


def test_a_disk_that_refuses_is_told_and_nothing_partial_stays(tmp_path: Path) -> None:
    taken = tmp_path / "folder"
    taken.mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        write_whole(taken, "text")
    with pytest.raises(OutputError, match="cannot be written"):
        add_lines(taken, [{"a": 1}])
    with pytest.raises(OutputError, match="cannot be made"):
        check_folder(Path(os.devnull) / "work" / "rows.jsonl")
    assert list(tmp_path.iterdir()) == [taken]


def test_a_part_that_a_kill_left_goes_once_it_is_old(tmp_path: Path) -> None:
    parts = [tmp_path / f".table.{name}.part.md" for name in ("0123abcd", "4567cdef")]
    for part in parts:
        part.touch()
    os.utime(parts[0], (1, 1))
    check_folder(tmp_path / "table.md")
    assert list(tmp_path.iterdir()) == parts[1:]


def halved(number: int) -> float:
    if number == 13:
        os._exit(9)
    return number / 2


def test_every_task_is_heard_of_once() -> None:
    heard: dict[int, float] = {}
    run_all(halved, range(6), 2, lambda task, future: heard.update({task: future.result()}))
    assert heard == {number: number / 2 for number in range(6)}


def test_a_killed_process_is_one_clear_line() -> None:
    def keep(task: int, future: Future[float]) -> None:
        future.result()

    with pytest.raises(ModelError, match="a process was killed"):
        run_all(halved, [13], 1, keep)
