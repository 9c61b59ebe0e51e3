"""The folder of an adapter while a run holds it: what the run leaves there, and what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes import FakeSegmenter
from training.adapt import adapter_folder
from training.adapt.adapter_folder import checkpoint_of, claimed, save_in


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


def test_an_adapter_for_all_leaves_none_of_single_classes_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter_folder, "save_adapter", lambda *given: None)
    for name in ("class-1", "class-12", "class-notes", "rejected"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "card.json").write_text("{}")
    assert save_in(tmp_path, FakeSegmenter(), {"status": "unproven"}) == tmp_path
    assert {path.name for path in tmp_path.iterdir()} == {"class-notes", "rejected"}
