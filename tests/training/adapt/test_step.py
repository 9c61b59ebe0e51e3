"""One step: who is asked what, how often pixels are embedded, and which targets answers are held against."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.models.base import Decoded, Embedding, PromptBatch
from engine.models.nano import NanoSegmenter
from tests.training.adapt.helpers import DEFAULT, sample, tiny_segmenter
from training.adapt import step
from training.adapt.compute import Compute
from training.adapt.options import PRESETS
from training.adapt.prototypes import Memory
from training.adapt.ssa import Queue
from training.adapt.step import adapt_step
from training.adapt.student import Student
from training.adapt.teachers import Labels, label


class Spied(NanoSegmenter):
    """Notes what it was asked, with gradient and without."""

    def noting(self) -> Spied:
        self.embedded: list[bool] = []
        self.asked: list[PromptBatch] = []
        return self

    def embed(self, images: torch.Tensor) -> Embedding:
        self.embedded.append(torch.is_grad_enabled())
        return super().embed(images)

    def answer(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        self.asked.append(prompts)
        return super().answer(embedding, prompts, multimask)


def spied() -> tuple[Student, Spied]:
    student = Student(tiny_segmenter(), DEFAULT.lora, 0)
    model = student.model
    assert isinstance(model, NanoSegmenter)
    spy = Spied(model.module, model.name, model.sha256, model.device, model.image_size).noting()
    student.model = spy
    return student, spy


@pytest.mark.parametrize(("preset", "views"), [("default", 4), ("paper", 1)])
def test_each_weak_view_is_embedded_once_and_the_strong_one_once(preset: str, views: int) -> None:
    # eps 0: with that of the paper, nothing is certain enough for a network without training.
    options = replace(PRESETS[preset], teacher=replace(PRESETS[preset].teacher, eps=0.0))
    student, spy = spied()
    result = adapt_step(student, sample(), options, Memory(Queue(8)), np.random.default_rng(0))
    assert result.loss is not None
    assert spy.embedded == [False] * views + [True]


@pytest.mark.parametrize("rows", [[0, 2], [1], [2]])
def test_with_an_object_left_out_answers_still_meet_their_own_targets(
    rows: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = np.stack([np.eye(64, k=10 * k, dtype=np.float32) for k in range(3)])
    clicks: list[np.ndarray] = []
    held: list[np.ndarray] = []

    def some(model: object, seen: object, weak: step.Sample, *rest: object) -> Labels:
        found = label(model, seen, weak, *rest)  # type: ignore[arg-type]  # what the step gave
        clicks.extend(prompt.xy for prompt in weak.prompts)
        size = len(rows)
        return replace(
            found,
            rows=np.array(rows),
            masks=drawn[rows],
            boxes=np.tile([0.0, 0.0, 64.0, 64.0], (size, 1)),
            weights=np.ones(size, np.float32),
            clicked=drawn[rows] > 0,
        )

    def noted(logits: torch.Tensor, iou: torch.Tensor, labels: Labels, options: object) -> object:
        held.append(labels.masks)
        return logits.sum() + iou.sum(), {}

    monkeypatch.setattr(step, "label", some)
    monkeypatch.setattr(step, "_mask_losses", noted)
    student, spy = spied()
    one_view = replace(DEFAULT.teacher, votes=False)
    options = replace(DEFAULT, teacher=one_view, more_clicks=0)
    adapt_step(student, sample(), options, Memory(Queue(8)), np.random.default_rng(0))
    (asked,), (targets,) = spy.asked, held
    for place, row in enumerate(rows):
        assert np.allclose(asked.coords[place, 0].numpy(), clicks[row][0])
        assert (targets[place] == drawn[row]).all()


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_many_prompts_give_the_same_gradients_a_part_at_a_time(
    precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, parts = [], []
    for at_once in (64, 4):
        monkeypatch.setattr(step, "AT_ONCE", at_once)
        student, spy = spied()
        with Compute(torch.device("cpu"), precision).autocast():
            result = adapt_step(student, sample(), DEFAULT, Memory(Queue(8)), np.random.default_rng(0))
        assert result.loss is not None
        parts.append([len(batch) for batch in spy.asked])
        result.loss.backward()
        found.append([p.grad.clone() for p in student.parameters if p.grad is not None])
    assert parts == [[15], [4, 4, 4, 3]]
    assert found[0]
    assert all(torch.allclose(a, b, atol=1e-6, rtol=1e-2) for a, b in zip(*found, strict=True))
