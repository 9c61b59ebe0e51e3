"""Prompt tokens in every family's attention: no effect at first, then one; nothing else is trained."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from engine.models.base import Segmenter
from engine.models.lora import LoraSpec
from tests.engine.model_helpers import mobile_segmenter, random_tile, shallow_segmenter
from tests.training.adapt.helpers import tiny_segmenter
from tests.training.adapt.small_sam2 import hiera_segmenter
from training.adapt.options import ComparatorOptions
from training.adapt.student import Student
from training.adapt.tokens import add_tokens, consistency, diversity, stages_of, tokens_of, without_tokens

FAMILIES = [tiny_segmenter, shallow_segmenter, mobile_segmenter, hiera_segmenter]


@pytest.mark.parametrize("make", FAMILIES)
def test_tokens_change_nothing_at_first_and_something_once_their_gate_opens(
    make: Callable[[], Segmenter],
) -> None:
    model = make()
    tile = random_tile(model.image_size)
    before = model.encode(tile).features
    own = add_tokens(model.module, 5, seed=0)
    assert torch.equal(model.encode(tile).features, before)
    with torch.no_grad():
        for name, parameter in own.items():
            if name.endswith("gate"):
                parameter.fill_(1.0)
    changed = model.encode(tile).features
    assert not torch.allclose(changed, before)
    with without_tokens(model.module):
        assert torch.equal(model.encode(tile).features, before)
    assert torch.equal(model.encode(tile).features, changed)


@pytest.mark.parametrize("make", FAMILIES)
def test_tokens_of_every_stage_get_a_gradient(make: Callable[[], Segmenter]) -> None:
    model = make()
    student = Student(model, LoraSpec(), 0, ComparatorOptions(tokens=3))
    for stage in tokens_of(model.module):
        stage.gate.data.fill_(0.5)
    tile = torch.tensor(random_tile(student.model.image_size)).permute(2, 0, 1)[None].float()
    student.model.embed(tile).features.square().sum().backward()
    assert len(student.parameters) == 2 * len(tokens_of(model.module))
    assert all(
        parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in student.parameters
    )
    others = [p for name, p in model.module.named_parameters() if "prompt_tokens" not in name]
    assert not any(parameter.requires_grad for parameter in others)


def test_settled_tokens_answer_with_the_weights_that_were_chosen() -> None:
    model = tiny_segmenter()
    student = Student(model, LoraSpec(), 0, ComparatorOptions(tokens=3))
    for parameter in student.parameters:
        parameter.data.add_(1.0)
    student.update_ema(0.5)
    tile = random_tile(model.image_size)
    with student.using("ema") as teacher:
        wanted = teacher.encode(np.asarray(tile)[: teacher.image_size, : teacher.image_size]).features
    student.settle("ema")
    found = student.model.encode(tile[: student.model.image_size, : student.model.image_size]).features
    assert torch.equal(found, wanted)


@pytest.mark.parametrize(
    ("widths", "stages"),
    [
        ([8] * 12, [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]),
        ([96, 192, 192, 384, 384, 768], [0, 1, 1, 2, 2, 3]),
        ([128, 128, 160, 160, 160, 160, 320, 320], [0, 0, 1, 1, 2, 2, 3, 3]),
        ([8, 8], [0, 1]),
    ],
)
def test_blocks_fall_into_four_stages_of_one_width_each(widths: list[int], stages: list[int]) -> None:
    assert stages_of(widths) == stages


def test_consistency_is_one_less_the_cosine_of_tokens_meant_over_stages() -> None:
    student = [torch.tensor([[1.0, 0.0], [0.0, 2.0]]), torch.tensor([[1.0, 1.0]])]
    teacher = [torch.tensor([[1.0, 0.0], [2.0, 0.0]]), torch.tensor([[-1.0, -1.0]])]
    assert consistency(student, teacher).item() == pytest.approx((0.5 + 2) / 2)


def test_diversity_is_the_mean_cosine_of_different_tokens() -> None:
    alike, apart = torch.tensor([[1.0, 0.0], [3.0, 0.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    assert diversity([alike]).item() == pytest.approx(1)
    assert diversity([apart]).item() == pytest.approx(0)
    assert diversity([alike, apart]).item() == pytest.approx(0.5)
    assert diversity([torch.ones(1, 2)]).item() == pytest.approx(0, abs=1e-6)
