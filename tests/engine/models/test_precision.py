"""Pictures are embedded in half precision where the processor computes it, and answered as in single."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from engine.errors import ConfigError
from engine.models import registry
from engine.models.attention import FusedAttention
from engine.models.base import Embedding, PromptBatch, Segmenter
from engine.models.precision import resolve_precision
from engine.serving.embeddings import CachedEncoder
from tests.fakes import FakeSegmenter

CPU = torch.device("cpu")
TILE = np.random.default_rng(0).integers(0, 256, (512, 512, 3), dtype=np.uint8)


@pytest.fixture(params=[True, False], ids=["with bf16", "without"])
def has_bf16(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the processor has the arithmetic; both are tried on any machine."""
    for question in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, question, lambda: request.param, raising=False)
    return bool(request.param)


@pytest.fixture(scope="module")
def half() -> Segmenter:
    return registry.load("nano", "cpu", precision="bf16")


@pytest.fixture(scope="module")
def single() -> Segmenter:
    return registry.load("nano", "cpu", precision="fp32")


def maps(embedding: Embedding) -> list[torch.Tensor]:
    return [embedding.features, *embedding.high_res]


def test_the_processor_decides_where_nothing_is_named(has_bf16: bool) -> None:
    assert resolve_precision("auto", CPU) == ("bf16" if has_bf16 else "fp32")
    assert registry.load("nano", "cpu").precision == ("bf16" if has_bf16 else "fp32")
    assert resolve_precision("auto", CPU, proven=False) == "fp32"
    assert resolve_precision("auto", torch.device("mps")) == "fp32"


@pytest.mark.parametrize("named", ["fp32", "bf16"])
def test_a_precision_that_is_named_is_kept(has_bf16: bool, named: str) -> None:
    assert resolve_precision(named, CPU, proven=False) == named


@pytest.mark.parametrize(("named", "device"), [("half", "cpu"), ("bf16", "mps")])
def test_what_is_no_precision_of_the_device_is_refused(named: str, device: str) -> None:
    with pytest.raises(ConfigError, match="precision"):
        resolve_precision(named, torch.device(device))


def test_half_embeds_nearly_the_same_in_float32(half: Segmenter, single: Segmenter) -> None:
    for rounded, exact in zip(maps(half.encode(TILE)), maps(single.encode(TILE)), strict=True):
        assert rounded.dtype == exact.dtype == torch.float32
        assert rounded.stride() == exact.stride()
        assert 0 < (rounded - exact).norm() / exact.norm() < 0.03


def test_masks_on_a_half_embedding_are_those_on_a_single_one(half: Segmenter, single: Segmenter) -> None:
    clicks = torch.rand(12, 1, 2, generator=torch.Generator().manual_seed(1)) * 512
    prompts = PromptBatch(clicks, torch.ones(12, 1, dtype=torch.int64))
    one, other = (model.decode(model.encode(TILE), prompts, False) for model in (half, single))
    masks, wanted = one.logits > 0, other.logits > 0
    assert (masks & wanted).sum() / (masks | wanted).sum() > 0.97
    assert (one.iou - other.iou).abs().max() < 0.03


def test_the_model_on_training_tiles_has_the_same_precision(half: Segmenter, single: Segmenter) -> None:
    assert [model.for_training().precision for model in (half, single)] == ["bf16", "fp32"]


def test_embeddings_of_other_precisions_have_other_names(tmp_path: Path) -> None:
    single, half = FakeSegmenter(), FakeSegmenter()
    half.precision = "bf16"
    names = {CachedEncoder(model).key(TILE) for model in (single, half)}
    assert len(names) == 2


@pytest.mark.parametrize("positions", [True, False])
def test_attention_in_half_attends_as_in_single(positions: bool) -> None:
    torch.manual_seed(0)
    attention = FusedAttention(24, num_heads=3, use_rel_pos=positions, input_size=(6, 5))
    if positions:
        nn.init.normal_(attention.rel_pos_h)
        nn.init.normal_(attention.rel_pos_w)
    tokens = torch.randn(2, 6, 5, 24)
    exact = attention(tokens)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = attention(tokens)
    assert rounded.dtype == torch.bfloat16
    assert (rounded.float() - exact).norm() / exact.norm() < 0.02
