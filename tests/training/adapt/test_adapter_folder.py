"""The folder of an adapter while a run holds it: what the run leaves there, and what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.adapt.adapter_folder import checkpoint_of, claimed


def test_a_run_that_leaves_nothing_leaves_no_folder(tmp_path: Path) -> None:
    with claimed(tmp_path / "a", resume=False, overwrite=False):
        assert (tmp_path / "a").is_dir()
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_interrupted_before_it_has_learned_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), claimed(tmp_path / "a", resume=False, overwrite=False):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_there_stays(tmp_path: Path) -> None:
    with claimed(tmp_path, resume=False, overwrite=False):
        pass
    assert tmp_path.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_stays(tmp_path: Path) -> None:
    out = tmp_path / "a"
    with claimed(out, resume=False, overwrite=False):
        checkpoint_of(out).write_text("half of it")
    assert checkpoint_of(out).read_text() == "half of it"
