"""PointSAM's prototypes: which objects are of a kind, which kinds are paired, and what pulls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests.training.adapt.test_ssa import unit
from tests.training.adapt.test_trainer import SMALL, adaptation
from training.adapt import trainer
from training.adapt.prototypes import Memory, centres, finch, prototype_loss
from training.adapt.ssa import Queue
from training.benchmark.arms import arm_options

PULLED = replace(SMALL, prototype=0.5)


def at(*degrees: float) -> torch.Tensor:
    angles = torch.tensor(degrees).deg2rad()
    return torch.stack([angles.cos(), angles.sin()], dim=1)


def test_nearest_neighbours_hang_together() -> None:
    clusters = finch(at(0, 2, 90, 93, 97, 200, 201))
    assert [clusters.tolist().count(c) for c in clusters.tolist()] == [2, 2, 3, 3, 3, 2, 2]
    assert clusters[0] == clusters[1] != clusters[2]


def test_a_chain_of_nearest_neighbours_is_one_kind() -> None:
    assert len(set(finch(at(0, 10, 19, 27, 34)).tolist())) == 1


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_embeddings_are_at_most_one_kind(count: int) -> None:
    assert finch(at(*[5.0] * count)).tolist() == [0] * count


def test_a_centre_is_the_normalised_mean() -> None:
    found = centres(at(0, 20, 90), np.array([0, 0, 1]))
    assert torch.allclose(found, at(10, 90), atol=1e-6)


def test_kinds_are_paired_whatever_their_order() -> None:
    base, moved = at(0, 2, 90, 92), at(100, 102, 10, 12)
    assert prototype_loss(base, base[[2, 3, 0, 1]]).item() == pytest.approx(0, abs=1e-6)
    assert prototype_loss(base, moved).item() == pytest.approx(1 - np.cos(np.deg2rad(10)), abs=1e-6)


def test_only_as_many_pairs_as_the_smaller_side_has_kinds() -> None:
    loss = prototype_loss(at(0, 2, 90, 92, 180, 182), at(91, 93))
    assert loss.item() == pytest.approx(1 - np.cos(np.deg2rad(1)), abs=1e-6)


def test_the_student_is_pulled_and_the_base_is_not() -> None:
    base, student = at(0, 2, 90, 92).requires_grad_(), at(8, 9, 70, 71).requires_grad_()
    prototype_loss(base, student).backward()
    assert base.grad is None
    assert student.grad is not None
    assert student.grad.abs().sum() > 0
    nearer = functional.normalize(student.detach() - 0.1 * student.grad, dim=1)
    assert prototype_loss(base.detach(), nearer) < prototype_loss(base.detach(), student.detach())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_in_a_run_in_half_precision_neighbours_are_told_apart_as_finely(dtype: torch.dtype) -> None:
    base, moved = at(0, 2, 90, 92), at(100, 102, 10, 12)
    with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
        loss = prototype_loss(base, moved)
    assert loss.item() == pytest.approx(1 - np.cos(np.deg2rad(10)), abs=1e-6)


def test_a_run_is_pulled_only_when_it_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    states = []
    for options, every in ((SMALL, 2), (PULLED, 100), (PULLED, 2)):
        monkeypatch.setattr(trainer, "EVERY", every)
        run = adaptation(total=4, options=options)
        run.run()
        states.append(run.student.state())
        due = [log["step"] for log in run.logs if "prototype" in log]
        assert due == ([2.0, 4.0] if options is PULLED and every == 2 else [])
    plain, never, pulled = states
    assert all(torch.equal(plain[name], never[name]) for name in plain)
    assert any(not torch.equal(plain[name], pulled[name]) for name in plain)


def test_a_stopped_run_goes_on_with_what_it_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "EVERY", 2)
    whole, first, second = (adaptation(total=4, options=PULLED) for _ in range(3))
    whole.run()
    first.total = 1
    first.run()
    first.total = 4
    first.save(tmp_path / "state.pt", {})
    second.resume(tmp_path / "state.pt", {})
    second.run()
    expected, found = whole.student.state(), second.student.state()
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_a_memory_is_kept_whole() -> None:
    memory, again = Memory(Queue(2)), Memory(Queue(2))
    for name in ("weak", "base", "student"):
        getattr(memory, name).push(unit([1.0, 0.5], [0.2, 1.0], [1.0, 1.0]))
    again.restore(memory.state())
    like = torch.empty(0, 2)
    for name, length in (("weak", 2), ("base", 3), ("student", 3)):
        kept = getattr(again, name).tensor(like)
        assert kept.shape == (length, 2)
        assert torch.equal(kept, getattr(memory, name).tensor(like))


def test_the_arm_differs_from_pointsam_by_its_weight_alone() -> None:
    assert replace(arm_options("pointsam-prototypes"), prototype=0.0) == arm_options("pointsam")
    assert arm_options("pointsam-prototypes").prototype == 0.1
