"""How steps are computed: precision, recomputed blocks, and what is said when memory ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import ConfigError, ModelError
from engine.models.base import Segmenter
from tests.engine.model_helpers import shallow_segmenter
from tests.training.adapt.gpu_types import GpuTypes
from tests.training.adapt.helpers import SMALL, place, sample, tiny_segmenter
from training.adapt.compute import Compute, checkpoint_blocks, explain_out_of_memory
from training.adapt.prototypes import Memory
from training.adapt.ssa import Queue
from training.adapt.step import adapt_step
from training.adapt.student import Student
from training.adapt.trainer import Adaptation, Diverged
from training.benchmark.arms import arm_options


def test_recomputed_blocks_give_the_same_gradients_and_are_computed_once_more() -> None:
    found, passes = [], {"off": 0, "on": 0}
    for mode in passes:
        model = tiny_segmenter()
        student = Student(model, SMALL.lora, 0)
        assert checkpoint_blocks(model.module, mode) == (mode == "on")

        def counted(*given: object, mode: str = mode) -> None:
            passes[mode] += 1

        blocks = [block for block in model.module.modules() if hasattr(block, "attn")]
        for block in blocks:
            block.attn.register_forward_hook(counted)
        result = adapt_step(student, sample(), SMALL, Memory(Queue(8)), np.random.default_rng(0))
        assert result.loss is not None
        result.loss.backward()
        found.append([p.grad.clone() for p in student.parameters if p.grad is not None])
    assert found[0]
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(*found, strict=True))
    assert passes["on"] == passes["off"] + len(blocks)


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(ConfigError, match="--precision"):
        Compute(torch.device("cpu"), "half")


@pytest.mark.parametrize(("knows", "chosen"), [(True, "bf16"), (False, "fp16")])
def test_a_gpu_computes_in_half_precision_of_the_kind_it_knows(
    knows: bool, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: knows)
    monkeypatch.setattr(torch.amp, "GradScaler", lambda device: None)
    assert Compute(torch.device("cuda"), "auto").name == chosen


@pytest.mark.parametrize(("knows", "chosen"), [(True, "bf16"), (False, "fp32")])
def test_a_processor_computes_in_half_precision_if_it_knows_it(
    knows: bool, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for question in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, question, lambda: knows, raising=False)
    assert Compute(torch.device("cpu"), "auto").name == chosen


@pytest.mark.parametrize(
    ("precision", "processor", "told"),
    [("bf16", "AVX2", True), ("fp16", "NO AVX", True), ("fp32", "AVX2", False), ("bf16", "AVX512", False)],
)
def test_a_precision_that_the_processor_computes_in_software_is_told(
    precision: str, processor: str, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: processor)
    warning = Compute(torch.device("cpu"), precision).warning()
    assert (warning is not None and f"no arithmetic for {precision}" in warning) == told


def test_fp16_leaves_out_steps_that_overflow_and_goes_on_with_a_smaller_scale(tmp_path: Path) -> None:
    def half() -> Adaptation:
        return Adaptation(tiny_segmenter(), [place()], SMALL, 6, 0, Compute(torch.device("cpu"), "fp16"))

    run = half()
    run.compute.restore(run.compute.state() | {"scale": 2.0**60})
    changed = []
    for run.total in range(1, 7):
        before = run.student.state()
        run.run()
        changed.append(any(not torch.equal(v, before[name]) for name, v in run.student.state().items()))
    assert not changed[0]
    scale = run.compute.state()["scale"]
    assert scale == 2.0 ** (60 - changed.count(False))
    run.save(tmp_path / "c.pt", {})
    other = half()
    other.resume(tmp_path / "c.pt", {})
    assert other.compute.state()["scale"] == scale


def test_fp16_learns_nearly_what_fp32_does() -> None:
    found = []
    for precision in ("fp32", "fp16"):
        run = Adaptation(tiny_segmenter(), [place()], SMALL, 3, 0, Compute(torch.device("cpu"), precision))
        run.run()
        found.append(torch.cat([value.ravel() for value in run.student.state().values()]))
    assert torch.nn.functional.cosine_similarity(*found, dim=0) > 0.99
    assert not torch.equal(*found)


def test_gradients_that_overflow_at_any_scale_are_divergence() -> None:
    run = Adaptation(tiny_segmenter(), [place()], SMALL, 1, 0, Compute(torch.device("cpu"), "fp16"))
    run.compute.restore(run.compute.state() | {"scale": 1.0})
    next(iter(run.student.parameters)).register_hook(lambda grad: grad * float("inf"))
    with pytest.raises(Diverged, match="gradient"):
        run.run()


def test_bfloat16_steps_train_too() -> None:
    run = Adaptation(tiny_segmenter(), [place()], SMALL, 1, 0, Compute(torch.device("cpu"), "bf16"))
    before = run.student.state()
    run.run()
    assert any(not torch.equal(value, before[name]) for name, value in run.student.state().items())


@pytest.mark.parametrize("what", ["GPU", "processor", "Python", "else"])
def test_too_little_memory_is_one_line_and_other_errors_stay_as_they_are(what: str) -> None:
    def fail() -> None:
        if what == "GPU":
            raise torch.OutOfMemoryError("CUDA out of memory")
        if what == "Python":
            raise MemoryError
        if what == "processor":
            torch.empty(1 << 50)
        raise RuntimeError("shapes differ")

    with pytest.raises(RuntimeError if what == "else" else ModelError) as found, explain_out_of_memory():
        fail()
    assert ("too little memory" in str(found.value)) == (what != "else")


@pytest.mark.parametrize(
    ("build", "arm"),
    [
        (tiny_segmenter, "resam"),
        (tiny_segmenter, "resam-ssa-v1"),
        (tiny_segmenter, "pointsam-prototypes"),
        (tiny_segmenter, "supervised"),
        (shallow_segmenter, "supervised"),
    ],
)
def test_a_step_takes_the_types_that_a_gpu_gives(build: Callable[[], Segmenter], arm: str) -> None:
    """On a GPU itself: tests/test_gpu.py."""
    options = replace(arm_options(arm), lora=SMALL.lora)
    run = Adaptation(build(), [place(truth=True)], options, 1, 0, Compute(torch.device("cpu"), "bf16"))
    before = run.student.state()
    with GpuTypes():
        run.run()
    assert run.logs[0]["labelled"] > 0
    assert all(value.isfinite().all() for value in run.student.state().values())
    assert any(not torch.equal(value, before[name]) for name, value in run.student.state().items())
