"""Pre-training: stages, rates, losses of a step, and a run that resumes to the very same weights."""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.models.nano import load_nano
from engine.models.nano_net import NanoNet
from tests.engine.nano_helpers import TINY, tiny_net
from tests.training.pretrain.test_crops import numbered
from tests.training.pretrain.test_prefetch import OneSquare
from training.pretrain import checkpoint, export
from training.pretrain import loop as pretrain
from training.pretrain.checkpoint import write_checkpoint
from training.pretrain.crops import Batch, make_batch
from training.pretrain.loop import (
    WARM_UP,
    DenseHead,
    Replicas,
    Run,
    learning_rate,
    prompt_losses,
    train,
    train_step,
)
from training.pretrain.prefetch import Batches, BatchMaker, Stage
from training.pretrain.simulated_clicks import KIND_SHARES

CPU = torch.device("cpu")


# --- rates -----------------------------------------------------------------------------------------------


def test_the_rate_warms_up_stays_and_falls() -> None:
    rates = np.array([learning_rate(step, 1000, 0.5, 0.25) for step in range(1000)])
    assert rates[0] == pytest.approx(0.5 / WARM_UP)
    assert np.allclose(np.diff(rates[:WARM_UP]), 0.5 / WARM_UP)
    assert (rates[WARM_UP:750] == 0.5).all()
    assert np.allclose(np.diff(rates[751:990]), -0.5 / 250)
    assert rates[-1] == pytest.approx(0.5 / 50)


def test_a_run_made_longer_goes_back_to_the_plateau() -> None:
    assert learning_rate(950, 1000, 1.0, 0.25) < 0.25
    assert learning_rate(950, 2000, 1.0, 0.25) == 1.0


# --- the losses of a step -------------------------------------------------------------------------------


def answers() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """masks (2, 4, 16, 16), iou, likeness and targets; mask 2 is the best of 1 to 3."""
    targets = torch.zeros(2, 16, 16)
    targets[:, 4:10, 4:10] = 1
    masks = torch.zeros(2, 4, 16, 16)
    masks[:, 2] = targets * 4 - 2
    return masks.requires_grad_(), torch.zeros(2, 4), torch.zeros(2, 16, 16), targets


def test_only_single_clicks_teach_the_three_masks_and_only_the_best_of_them() -> None:
    masks, iou, likeness, targets = answers()
    prompt_losses(masks, iou, likeness, targets, torch.tensor([True, False])).backward()
    assert masks.grad is not None
    taught = masks.grad.abs().sum((2, 3)) > 0
    assert taught.tolist() == [[True, False, True, False], [True, False, False, False]]


def test_the_iou_head_learns_the_true_iou_and_no_mask_learns_from_it() -> None:
    masks, _, likeness, targets = answers()
    true = torch.tensor([[0.0, 0, 1, 0]]).expand(2, -1)
    single = torch.zeros(2, dtype=torch.bool)
    right = prompt_losses(masks, true, likeness, targets, single)
    wrong = prompt_losses(masks, true + 0.5, likeness, targets, single)
    assert (wrong - right).item() == pytest.approx(0.25, abs=1e-5)


def test_likeness_is_supervised() -> None:
    masks, iou, likeness, targets = answers()
    single = torch.zeros(2, dtype=torch.bool)
    better = prompt_losses(masks, iou, targets * 4 - 2, targets, single)
    assert better < prompt_losses(masks, iou, likeness, targets, single)


def test_the_dense_head_does_not_learn_from_cells_of_no_weight() -> None:
    head = DenseHead(4)
    maps = torch.randn(1, 4, 8, 8, requires_grad=True)
    targets = torch.zeros(1, 6, 8, 8)
    targets[:, 5, :, :4] = 1
    head(maps, targets).backward()
    assert maps.grad is not None
    assert maps.grad[..., :4].abs().sum() > 0
    assert maps.grad[..., 4:].abs().sum() == 0


def test_the_dense_head_learns_offsets_inside_objects_only() -> None:
    head = DenseHead(4)
    maps, targets = torch.randn(1, 4, 8, 8), torch.zeros(1, 6, 8, 8)
    targets[:, 0, :2] = 1
    moved = targets.clone()
    moved[:, 3, 4:] = 9
    assert head(maps, moved).item() == pytest.approx(head(maps, targets).item())
    moved[:, 3, :2] = 9
    assert head(maps, moved) > head(maps, targets) + 1


def batch(seed: int = 0) -> Batch:
    return make_batch(np.random.default_rng(seed), [numbered()], [], 128, 1, 2)


def test_a_step_gives_every_weight_a_gradient() -> None:
    net, head = tiny_net(), DenseHead(TINY.fine[1])
    total = {name: 0.0 for name, _ in net.named_parameters()}
    for seed in range(6):
        loss, log = train_step(net, head, batch(seed), np.random.default_rng(seed))
        net.zero_grad()
        loss.backward()
        assert log["loss"] == pytest.approx(loss.item())
        for name, parameter in net.named_parameters():
            total[name] += 0.0 if parameter.grad is None else parameter.grad.abs().sum().item()
    # Of the three masks only the best one learns, and of an untrained network that is mostly the same.
    three = [name for name in total if any(f"hypernetworks_mlps.{k}." in name for k in (1, 2, 3))]
    assert any(total[name] for name in three)
    assert not [name for name, size in total.items() if size == 0 and name not in three]


def test_a_step_is_a_function_of_its_seeds() -> None:
    losses = [train_step(tiny_net(), _head(), batch(), np.random.default_rng(1))[0].item() for _ in range(2)]
    assert losses[0] == losses[1]


def _head() -> DenseHead:
    torch.manual_seed(1)
    return DenseHead(TINY.fine[1])


def test_replicas_leave_the_mean_gradient_and_share_the_weights() -> None:
    torch.manual_seed(0)
    run = Run(tiny_net(), 1e-3)
    replicas = Replicas(run, 2)
    logs = replicas.backward([batch(1), batch(2)], [np.random.default_rng(s) for s in (1, 2)])
    assert len(logs) == 2
    together = [p.grad.clone() if p.grad is not None else None for p in run.parameters()]
    alone = []
    for seed in (1, 2):
        run.net.zero_grad()
        run.head.zero_grad()
        train_step(run.net, run.head, batch(seed), np.random.default_rng(seed))[0].backward()
        alone.append([p.grad for p in run.parameters()])
    for mean, first, second in zip(together, *alone, strict=True):
        parts = [part for part in (first, second) if part is not None]
        assert (mean is None) == (not parts)
        if mean is not None:
            assert torch.allclose(mean, sum(parts) / 2, atol=1e-6)
    run.update(1e-2)
    (net, _), (twin, _) = replicas._pairs
    for mine, theirs in zip(net.parameters(), twin.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_half_precision_changes_the_arithmetic_and_little_else() -> None:
    net, head = tiny_net(), _head()
    losses = {}
    for half in (False, True):
        net.zero_grad()
        loss, _ = train_step(net, head, batch(1), np.random.default_rng(1), half)
        loss.backward()
        losses[half] = loss.item()
    assert losses[True] != losses[False]
    assert losses[True] == pytest.approx(losses[False], rel=0.02)
    assert {p.grad.dtype for p in net.parameters() if p.grad is not None} == {torch.float32}


# --- a run and its checkpoint ---------------------------------------------------------------------------


STAGES = [Stage(128, 2, 4)]


def run_to(work: Path, steps: int, stop_after: int | None = None, workers: int = 1) -> Run:
    """Train up to ``steps`` in ``work``, from its checkpoint if there is one, or die before that."""
    work.mkdir(exist_ok=True)
    torch.manual_seed(0)
    run = Run(tiny_net(), 1e-2)
    if (work / "checkpoint.pt").exists():
        run.resume(work / "checkpoint.pt")
    batches = Batches([BatchMaker(5, OneSquare(5, 2, 192), [], STAGES, 2, workers)])
    options = argparse.Namespace(
        seed=5,
        rate=1e-2,
        decay=0.5,
        work=work,
        save_every=2,
        workers=workers,
        makers=0,
        stop_at=None,
        precision="fp32",
        kinds=KIND_SHARES,
    )
    if stop_after is not None:
        _die_in_step(run, stop_after)
    train(run, batches, [Stage(128, 2, steps)], options)
    return run


def _die_in_step(run: Run, step: int) -> None:
    update = run.update

    def dying(rate: float) -> None:
        if run.step == step:
            raise KeyboardInterrupt
        update(rate)

    run.update = dying  # type: ignore[method-assign]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_run_resumes_to_the_same_weights(tmp_path: Path, workers: int) -> None:
    straight = run_to(tmp_path / "straight", 4, workers=workers)
    with pytest.raises(KeyboardInterrupt):
        run_to(tmp_path / "killed", 4, stop_after=3, workers=workers)
    assert torch.load(tmp_path / "killed" / "checkpoint.pt", weights_only=True)["step"] == 2
    resumed = run_to(tmp_path / "killed", 4, workers=workers)
    assert resumed.step == straight.step == 4
    for one, two in (
        (straight.net.state_dict(), resumed.net.state_dict()),
        (straight.head.state_dict(), resumed.head.state_dict()),
        (straight.average, resumed.average),
    ):
        assert all(torch.equal(one[key], two[key]) for key in one)


def test_training_changes_the_weights_and_the_average_follows_behind(tmp_path: Path) -> None:
    run = run_to(tmp_path, 2)
    before = tiny_net().state_dict()
    key = "mask_decoder.up4.weight"
    moved = (run.net.state_dict()[key] - before[key]).abs().sum()
    behind = (run.average[key] - before[key]).abs().sum()
    assert 0 < behind < moved


def test_a_checkpoint_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(tiny_net(), 1e-3)
    path = tmp_path / "checkpoint.pt"
    run.save(path)
    kept = path.read_bytes()

    def dying(state: object, part: BinaryIO) -> None:
        part.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", dying)
    with pytest.raises(OSError, match="disk full"):
        run.save(path)
    assert path.read_bytes() == kept
    assert list(tmp_path.iterdir()) == [path]


# --- export ---------------------------------------------------------------------------------------------


def test_an_exported_checkpoint_loads_as_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(tiny_net(3), 1e-3)
    run.step = 7
    for value in run.average.values():
        value.mul_(0.5)
    run.save(tmp_path / "checkpoint.pt")
    (tmp_path / "card.json").write_text('{"licence": "GPL-3.0-or-later"}')
    out = tmp_path / "nano.safetensors"
    arguments = ["--checkpoint", tmp_path / "checkpoint.pt", "--card", tmp_path / "card.json", "--out", out]
    assert export.main([*(str(argument) for argument in arguments), "--smoothing", "1.5"]) == 0
    loaded = load_nano(out, CPU)
    assert loaded.module.shape == replace(TINY, smoothing=1.5)
    assert loaded.sha256 == hashlib.sha256(out.read_bytes()).hexdigest()
    assert loaded.sha256 in capsys.readouterr().out
    for key, value in loaded.module.state_dict().items():
        assert torch.equal(value, run.average[key].half().float()), "the averaged weights are what ships"
    card = _card(out)
    assert card["licence"] == "GPL-3.0-or-later"
    assert card["steps"] == 7
    beside = json.loads(out.with_suffix(".card.json").read_text())
    assert beside == card | {"sha256": f"sha256:{loaded.sha256}"}


@pytest.mark.parametrize("content", [None, b"half a file", "of something else", "of another architecture"])
def test_a_checkpoint_that_cannot_be_used_is_one_line_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | str | None
) -> None:
    path, out = tmp_path / "checkpoint.pt", tmp_path / "out" / "net.safetensors"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "of something else":
        torch.save({"epoch": 3}, path)
    elif content is not None:
        write_checkpoint(path, NanoNet(replace(TINY, prompt_dim=32)), tiny_net().state_dict(), 1)
    assert export.main(["--checkpoint", str(path), "--out", str(out)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not out.exists()


def _card(path: Path) -> dict[str, object]:
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        return dict(json.loads(file.metadata()["card"]))


def test_the_network_that_is_trained_is_the_one_that_ships() -> None:
    assert checkpoint.NanoNet is pretrain.NanoNet is NanoNet
