"""Teaching the reading: only it learns, it learns to choose, and what comes out can be shipped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.errors import ModelError
from engine.models.nano import load_nano
from engine.models.nano_reading import MaskReading
from tests.engine.nano_helpers import tiny_net
from tests.training.test_feed import OneSquare
from training import export, feed, ranking
from training.checkpoint import read_checkpoint
from training.losses import mask_iou
from training.pretrain import Run
from training.ranking import CHOICE_WEIGHT, extended, rank_loss


@pytest.fixture
def checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a tiny network, with pools that cost nothing."""
    monkeypatch.setattr(feed, "ScenePool", OneSquare)
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
    net = extended(read_checkpoint(checkpoint))
    learning = [name for name, parameter in net.named_parameters() if parameter.requires_grad]
    assert learning
    assert all(name.startswith("mask_decoder.reading.") for name in learning)


def test_where_every_mask_misses_there_is_nothing_to_choose() -> None:
    iou = torch.tensor([[0.5, 0.2, 0.4, 0.6]])
    assert rank_loss(iou, torch.zeros(1, 4), torch.tensor([True])).item() == pytest.approx(0.81 / 4)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"average": {"mask_decoder.extra": torch.zeros(1)}}, "do not fit the architecture"),
        ({"architecture": {"breadth": 3}}, "do not fit the architecture"),
        ({"architecture": None}, "do not fit the architecture"),
    ],
)
def test_weights_of_another_architecture_are_refused(
    checkpoint: Path, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(ModelError, match=said):
        extended(read_checkpoint(checkpoint) | change)


def candidates(rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Logits (N, 4, 16, 16) of squares, features (N, 2, 16, 16) that show the right one, true IoU (N, 4)."""
    masks, features = torch.full((count, 4, 16, 16), -4.0), torch.zeros(count, 2, 16, 16)
    for row in range(count):
        sides = rng.permutation([4, 6, 9, 12])
        for which, side in enumerate(sides):
            masks[row, which, 2 : 2 + side, 2 : 2 + side] = 4.0
        right = sides[rng.integers(1, 4)]
        features[row, 0, 2 : 2 + right, 2 : 2 + right] = 1.0
    return masks, features, mask_iou(masks, features[:, 0])


def test_a_reading_learns_to_choose_the_mask_that_fits_the_image() -> None:
    torch.manual_seed(0)
    reading = MaskReading(2, 4, 32)
    optimiser = torch.optim.Adam(reading.parameters(), lr=1e-2)
    masks, features, true = candidates(np.random.default_rng(0), 64)
    one = torch.ones(64, dtype=torch.bool)
    for _ in range(150):
        optimiser.zero_grad()
        rank_loss(0.5 + reading(masks, features, torch.full((64, 4), 0.5)), true, one).backward()
        optimiser.step()
    masks, features, true = candidates(np.random.default_rng(1), 64)
    chosen = reading(masks, features, torch.full((64, 4), 0.5))[:, 1:].argmax(1)
    assert (chosen == true[:, 1:].argmax(1)).float().mean() > 0.9


def test_a_ranked_checkpoint_is_not_ranked_again(checkpoint: Path, tmp_path: Path) -> None:
    out = tmp_path / "ranked.pt"
    assert (
        ranking.main(["--checkpoint", str(checkpoint), "--out", str(out), "--steps", "1", "--pool", "1"]) == 0
    )
    with pytest.raises(ModelError, match="ranked already"):
        extended(read_checkpoint(out))


def test_the_checkpoint_itself_is_never_replaced(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = checkpoint.read_bytes()
    assert ranking.main(["--checkpoint", str(checkpoint), "--out", str(checkpoint)]) == 2
    assert "choose another --out" in capsys.readouterr().err
    assert checkpoint.read_bytes() == before


@pytest.mark.parametrize("content", [None, b"half a file", "of something else"])
def test_a_checkpoint_that_cannot_be_read_is_one_line_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | str | None
) -> None:
    path, out = tmp_path / "checkpoint.pt", tmp_path / "ranked.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save({"epoch": 3}, path)
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
