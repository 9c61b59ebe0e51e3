"""An adapter acts less on an object the more clicks it has."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.config import RefineConfig, SegmentConfig
from engine.grid import Tile
from engine.models.base import Segmenter
from engine.models.class_adapters import in_use
from engine.models.lora import LoraSpec, adapter_parameters, add_adapter, lora_layers, without_adapter
from engine.models.strength import FULL, acting, strength_for, strength_on
from engine.reading.points import Prompt
from engine.serving.embeddings import CachedEncoder
from engine.stages.job_parts import by_strength
from engine.stages.pipeline import Job, Segment, run_job
from tests.engine.model_helpers import random_tile
from tests.training.adapt.helpers import painted, tiny_segmenter
from training.benchmark.protocols import ArrayReader

STRENGTHS = RefineConfig().strengths


@pytest.fixture
def adapted() -> Segmenter:
    """A small network with an adapter whose updates are random."""
    model = tiny_segmenter()
    add_adapter(model, LoraSpec(2, None, ("qkv", "mlp")), 0)
    torch.manual_seed(1)
    with torch.no_grad():
        for _, parameter in adapter_parameters(model):
            parameter.normal_(std=0.3)
    return model


def features(model: Segmenter) -> torch.Tensor:
    return model.encode(random_tile(model.image_size)).features


def clicked(number: int, clicks: int) -> Prompt:
    """An object of so many clicks, beside each other on the left square of the painted image."""
    xy = np.stack([np.linspace(20, 28, clicks), np.full(clicks, 22.0)], axis=1)
    return Prompt(number, xy, np.ones(clicks, np.int64))


def test_the_strength_falls_with_the_clicks_and_a_box_alone_counts_as_one() -> None:
    assert [strength_for(clicks, STRENGTHS) for clicks in (0, 1, 2, 3, 9)] == [1.0, 1.0, 0.5, 0.25, 0.25]


@pytest.mark.parametrize("strength", [0.5, 0.25])
def test_the_update_is_scaled_and_afterwards_whole_again(adapted: Segmenter, strength: float) -> None:
    layer = next(lora_layers(adapted.module))
    fully = layer.get_delta_weight("default")
    before = features(adapted)
    with acting(adapted, strength):
        assert torch.allclose(layer.get_delta_weight("default"), strength * fully)
        assert strength_on(adapted.module) == strength
        assert not torch.equal(features(adapted), before)
    assert torch.equal(features(adapted), before)
    assert strength_on(adapted.module) == FULL


def test_an_error_leaves_the_adapter_at_full_strength(adapted: Segmenter) -> None:
    before = features(adapted)
    with pytest.raises(RuntimeError, match="on the way"), acting(adapted, 0.5):
        raise RuntimeError("on the way")
    assert torch.equal(features(adapted), before)


def test_the_base_stays_the_base_whatever_the_clicks() -> None:
    model = tiny_segmenter()
    before = features(model)
    with acting(model, 0.5):
        assert torch.equal(features(model), before)
        assert strength_on(model.module) == FULL


def test_embeddings_of_two_strengths_are_not_taken_for_each_other(adapted: Segmenter) -> None:
    encoder = CachedEncoder(adapted, adapter="hash")
    tile = random_tile(encoder.image_size)
    keys = []
    for strength in STRENGTHS:
        with acting(encoder, strength):
            keys.append(encoder.key(tile))
            encoder.encode(tile)
            encoder.encode(tile)
    assert len(set(keys)) == encoder.computed == len(STRENGTHS)
    with without_adapter(adapted):
        assert in_use(adapted.module) is None


def test_a_job_is_split_by_strength_and_the_others_are_context() -> None:
    own = (clicked(1, 1), clicked(2, 4), clicked(3, 3), clicked(4, 1))
    parts = list(by_strength(Job(Tile(0, 0, 0, 0, 0, 64, 64), own), STRENGTHS))
    assert [[prompt.prompt_id for prompt in part.own] for _, part in parts] == [[1, 4], [2, 3]]
    assert [strength for strength, _ in parts] == [1.0, 0.25]
    assert [[prompt.prompt_id for prompt in part.context] for _, part in parts] == [[2, 3], [1, 4]]


def answers(
    model: Segmenter, own: tuple[Prompt, ...], strengths: tuple[float, ...] = STRENGTHS
) -> list[Segment]:
    job = Job(Tile(0, 0, 0, 0, 0, model.image_size, model.image_size), own)
    config = SegmentConfig(refine=RefineConfig(strengths=strengths))
    return run_job(job, ArrayReader(painted()[0]), model, config)


def test_each_object_is_answered_at_its_own_strength_in_the_order_of_the_job(adapted: Segmenter) -> None:
    own = clicked(7, 3), clicked(3, 1)
    many, one = answers(adapted, own)
    fully, weakly = answers(adapted, own, (FULL,)), answers(adapted, own, STRENGTHS[-1:])
    assert same(many, weakly[0])
    assert not same(many, fully[0])
    assert same(one, fully[1])
    assert not same(one, weakly[1])


def same(one: Segment, other: Segment) -> bool:
    return bool(one.geometry.equals_exact(other.geometry, 1e-3))
