"""Teaching the reading: only it learns, it learns to choose, and what comes out can be shipped."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.errors import ModelError
from engine.models.nano import load_nano
from tests.engine.nano_helpers import TINY, tiny_net
from tests.training.test_pretrain import OneSquare
from training import export, pretrain, ranking
from training.pretrain import Run
from training.ranking import CHOICE_WEIGHT, extended, rank_loss


@pytest.fixture
def checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a tiny network, with pools that cost nothing."""
    monkeypatch.setattr(ranking, "NanoArchitecture", lambda: TINY)
    monkeypatch.setattr(pretrain, "ScenePool", OneSquare)
    run = Run(tiny_net(), 1e-3)
    run.save(tmp_path / "checkpoint.pt")
    return tmp_path / "checkpoint.pt"


def test_the_loss_is_the_squared_error_and_the_choice_among_three() -> None:
    iou = torch.tensor([[0.5, 0.2, 0.4, 0.6], [0.1, 0.9, 0.9, 0.9]])
    true = torch.tensor([[0.5, 0.2, 0.8, 0.6], [0.1, 0.9, 0.9, 0.9]])
    error = 0.4**2 / 8
    assert rank_loss(iou, true, torch.tensor([False, False])).item() == pytest.approx(error)
    choice = -torch.log_softmax(10 * iou[0, 1:], 0)[1].item()
    expected = error + CHOICE_WEIGHT * choice
    assert rank_loss(iou, true, torch.tensor([True, False])).item() == pytest.approx(expected)


def test_only_the_reading_has_gradients(checkpoint: Path) -> None:
    net = extended(torch.load(checkpoint, weights_only=True)["average"])
    learning = [name for name, parameter in net.named_parameters() if parameter.requires_grad]
    assert learning
    assert all(name.startswith("mask_decoder.reading.") for name in learning)


def test_a_checkpoint_of_another_architecture_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "NanoArchitecture", lambda: TINY)
    with pytest.raises(ModelError, match="another architecture"):
        extended({**tiny_net().state_dict(), "mask_decoder.extra": torch.zeros(1)})


@pytest.mark.parametrize("content", [None, b"half a file"])
def test_a_checkpoint_that_cannot_be_read_is_one_line_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    path, out = tmp_path / "checkpoint.pt", tmp_path / "ranked.pt"
    if content is not None:
        path.write_bytes(content)
    assert ranking.main(["--checkpoint", str(path), "--out", str(out)]) == 2
    complaint = capsys.readouterr().err
    assert str(path) in complaint
    assert complaint.count("\n") == 1
    assert not out.exists()


def test_ranking_changes_the_reading_alone_and_can_be_exported(checkpoint: Path, tmp_path: Path) -> None:
    out = tmp_path / "ranked.pt"
    command = ["--checkpoint", str(checkpoint), "--out", str(out), "--steps", "4", "--pool", "1"]
    assert ranking.main(command) == 0
    before, after = (torch.load(path, weights_only=True)["average"] for path in (checkpoint, out))
    assert all(torch.equal(before[key], after[key]) for key in before)
    assert any(after[key].any() for key in after if key.endswith("reading.mlp.4.weight"))
    weights = tmp_path / "net.safetensors"
    assert export.main(["--checkpoint", str(out), "--out", str(weights)]) == 0
    assert load_nano(weights, torch.device("cpu")).module.shape.reading == ranking.WIDTH


def test_ranking_is_a_function_of_its_seed(checkpoint: Path, tmp_path: Path) -> None:
    for name in ("one.pt", "two.pt"):
        command = ["--checkpoint", str(checkpoint), "--out", str(tmp_path / name), "--steps", "2"]
        assert ranking.main([*command, "--pool", "1"]) == 0
    one, two = (torch.load(tmp_path / name, weights_only=True)["average"] for name in ("one.pt", "two.pt"))
    assert all(torch.equal(one[key], two[key]) for key in one)
