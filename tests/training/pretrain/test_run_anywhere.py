"""A pre-training run goes on in another precision, with other workers, makers or devices."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.engine.nano_helpers import tiny_net
from tests.training.pretrain.test_prefetch import OneSquare
from training.pretrain import loop as pretrain
from training.pretrain import options, prefetch


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(pretrain, "NanoNet", tiny_net)
    monkeypatch.setattr(prefetch, "ScenePool", OneSquare)
    return ["--work", str(tmp_path), "--pool", "1", "--makers", "0", "--objects", "1"]


def log_of(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    ("begun", "other", "name"),
    [
        (["--precision", "bf16", "--workers", "1"], ["--precision", "fp32", "--workers", "1"], "precision"),
        (["--workers", "1"], ["--workers", "2"], "workers"),
    ],
    ids=["precision", "workers"],
)
def test_a_run_goes_on_in_another_manner_and_its_log_says_so(
    command: list[str], tmp_path: Path, begun: list[str], other: list[str], name: str
) -> None:
    assert pretrain.main([*command, *begun, "--stages", "128:2:1"]) == 0
    assert pretrain.main([*command, *other, "--stages", "128:2:2"]) == 0
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] == 2
    (note,) = log_of(tmp_path)
    assert note["step"] == 1
    assert list(note["before"]) == [name]  # type: ignore[call-overload]
    assert note["from here on"][name] != note["before"][name]  # type: ignore[index]


def test_a_run_that_goes_on_as_it_was_notes_nothing(command: list[str], tmp_path: Path) -> None:
    for steps in ("1", "2"):
        assert pretrain.main([*command, "--workers", "1", "--stages", f"128:1:{steps}"]) == 0
    assert not (tmp_path / "log.jsonl").exists()


@pytest.mark.parametrize("name", ["precision", "workers", "makers", "device"])
def test_how_a_run_is_computed_is_no_part_of_what_it_is(name: str) -> None:
    given = options.parse(["--work", "w"])
    assert name not in options.identity(given, 0, None)
    assert name in options.manner(given)


def test_what_it_learns_from_and_its_network_are(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert pretrain.main([*command, "--workers", "1", "--stages", "128:1:1"]) == 0
    capsys.readouterr()
    assert pretrain.main([*command, "--workers", "1", "--real-share", "0.5", "--stages", "128:1:2"]) == 2
    assert "another real_share" in capsys.readouterr().err
