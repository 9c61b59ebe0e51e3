"""On a GPU: models answer as on the processor, adapters learn in every precision, a stopped run goes on.

Left out, and listed as such, where there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import torch

from engine import segment
from engine.errors import ModelError
from engine.grid import Tile
from engine.models import registry
from engine.models.base import Segmenter
from engine.models.nano import NanoSegmenter
from engine.models.sam import SamSegmenter
from engine.models.sam2 import Sam2Segmenter, build_sam2
from tests.engine.model_helpers import mobile_segmenter, points, random_tile, shallow_module
from tests.training.adapt.helpers import SMALL, place, tiny_segmenter
from training.adapt.compute import Compute, checkpoint_blocks, explain_out_of_memory
from training.adapt.trainer import Adaptation
from training.benchmark.arms import arm_options
from training.scenes import write_scene
from training.scenes.mosaic import mosaic

pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no NVIDIA GPU, or no CUDA build of torch"),
    pytest.mark.timeout(300),
]
GPU = torch.device("cuda")
STEPS = 8
HALF = 0.1
TF32 = 5e-3
"""Convolutions on a GPU round their factors to 10 bits."""


def sam(device: torch.device) -> Segmenter:
    return SamSegmenter(shallow_module(), "shallow", "0" * 64, device)


def sam2(device: torch.device) -> Segmenter:
    torch.manual_seed(0)
    module = build_sam2("sam2.1_hiera_t", ["model.image_size=512"])
    return Sam2Segmenter(module, "sam2.1_hiera_t", "0" * 64, device)


def mobile_sam(device: torch.device) -> Segmenter:
    model = mobile_segmenter()
    return SamSegmenter(model.module, model.name, model.sha256, device)


def nano(device: torch.device) -> Segmenter:
    return registry.load("nano", str(device))


def adaptation(precision: str) -> Adaptation:
    tiny = tiny_segmenter()
    model = NanoSegmenter(tiny.module, tiny.name, tiny.sha256, GPU)
    return Adaptation(model, [place()], SMALL, STEPS, 3, Compute(GPU, precision))


def far(one: torch.Tensor, other: torch.Tensor) -> float:
    """Distance of the second from the first, as a share of the first's length."""
    return float((one.cpu().float() - other.cpu().float()).norm() / one.cpu().float().norm())


@pytest.mark.parametrize("build", [nano, sam, sam2, mobile_sam])
@pytest.mark.parametrize("multimask", [False, True])
def test_a_model_answers_as_on_the_processor(
    build: Callable[[torch.device], Segmenter], multimask: bool
) -> None:
    here, there = build(torch.device("cpu")), build(GPU)
    tile = random_tile(here.image_size)
    asked = points([(100.0, 90.0, 1)], [(60.0, 60.0, 1), (200.0, 30.0, 0)])
    wanted = here.decode(here.encode(tile), asked, multimask)
    found = there.decode(there.encode(tile), asked, multimask)
    assert found.logits.device.type == "cuda"
    assert far(wanted.logits, found.logits) < TF32
    assert far(wanted.iou, found.iou) < TF32


@pytest.mark.parametrize("build", [nano, sam, sam2, mobile_sam])
@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_a_model_answers_and_learns_in_half(
    build: Callable[[torch.device], Segmenter], precision: str
) -> None:
    model = build(GPU)
    seen = place(truth=True)
    side = model.for_training().image_size  # type: ignore[attr-defined]  # every model of ours has one
    tile = Tile(0, 0, 0, 0, 0, 256, side)
    seen = replace(seen, job=replace(seen.job, tile=tile))
    asked = points([(100.0, 90.0, 1)], [(60.0, 60.0, 1), (200.0, 30.0, 0)])
    embedding = model.encode(random_tile(model.image_size))
    single = model.decode(embedding, asked, True).logits
    compute = Compute(GPU, precision)
    with compute.autocast():
        half = model.decode(model.encode(random_tile(model.image_size)), asked, True).logits
    print(precision, model.name, "half lies", far(single, half), "from single")
    assert far(single, half) < HALF
    options = replace(arm_options("supervised"), lora=SMALL.lora)
    run = Adaptation(model, [seen], options, 2, 0, compute)
    before = run.student.state()
    run.run()
    assert all(np.isfinite(log["loss"]) for log in run.logs)
    assert any(not torch.equal(value, before[name]) for name, value in run.student.state().items())


@pytest.mark.parametrize(("precision", "near"), [("fp32", 0.01), ("bf16", 0.1), ("fp16", 0.05)])
def test_true_masks_are_learned_in_every_precision(precision: str, near: float) -> None:
    options = arm_options("supervised")
    start = Adaptation(nano(torch.device("cpu")), [place(truth=True)], options, 1, 3)
    start.run()
    compute = Compute(GPU, precision)
    run = Adaptation(nano(GPU), [place(truth=True)], options, 40, 3, compute)
    run.run()
    losses = [log["loss"] for log in run.logs]
    print(precision, "processor", start.logs[0]["loss"], "GPU", losses)
    assert losses[0] == pytest.approx(start.logs[0]["loss"], rel=near)
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])


def test_a_gpu_is_trained_on_in_bf16_unless_told_otherwise() -> None:
    assert Compute(GPU, "auto").name == ("bf16" if torch.cuda.is_bf16_supported(False) else "fp16")


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_a_run_that_was_stopped_ends_where_it_would_have(precision: str, tmp_path: Path) -> None:
    """A GPU may add up in another order each time, so the same to the last bit is more than it promises."""
    whole, again = adaptation(precision), adaptation(precision)
    whole.run()
    again.run()
    first = adaptation(precision)
    for _ in range(STEPS // 2):
        first.logs.append(first._one())
    first.save(tmp_path / "c.pt", {})
    second = adaptation(precision)
    second.resume(tmp_path / "c.pt", {})
    second.run()
    ends = [torch.cat([p.flatten() for p in run.student.state().values()]) for run in (whole, again, second)]
    print(precision, "anew", far(ends[0], ends[1]), "stopped", far(ends[0], ends[2]))
    assert far(ends[0], ends[2]) <= max(1e-4, 10 * far(ends[0], ends[1]))


def test_blocks_computed_again_give_the_same_gradient_with_less_memory() -> None:
    found, peaks = [], []
    for mode in ("off", "on"):
        model = SamSegmenter(shallow_module(), "shallow", "0" * 64, GPU)
        checkpoint_blocks(model.module, mode)
        tile = torch.tensor(random_tile(model.image_size), device=GPU).permute(2, 0, 1)[None].float()
        weight = next(p for name, p in model.module.named_parameters() if name.endswith("attn.qkv.weight"))
        torch.cuda.reset_peak_memory_stats()
        model.embed(tile).features.square().mean().backward()
        assert weight.grad is not None
        found.append(weight.grad)
        peaks.append(torch.cuda.max_memory_allocated())
    assert far(*found) < TF32
    assert peaks[1] < peaks[0]


def test_too_little_memory_is_one_line() -> None:
    with (
        pytest.raises(ModelError, match="too little memory; use --checkpointing on"),
        explain_out_of_memory(),
    ):
        torch.empty(1 << 50, device=GPU)


def test_segment_gives_the_polygons_of_the_processor(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    scene = write_scene(mosaic(rng, [["roofs"]], 512, gsd=0.5, most=12), tmp_path, rng)
    layers = []
    for device in ("cpu", "cuda"):
        out = tmp_path / f"{device}.gpkg"
        files = ["--raster", str(scene.raster), "--points", str(scene.points), "--out", str(out)]
        assert segment.main([*files, "--device", device]) == 0
        layers.append(gpd.read_file(out).geometry)
    one, other = layers
    assert len(one) == len(other) > 0
    shares = np.array(one.intersection(other).area / one.union(other).area)
    print("IoU of polygons", shares.round(4).tolist())
    assert np.median(shares) > 0.99
