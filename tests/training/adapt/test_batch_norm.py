"""A network with BatchNorm adapts at batch 1: its statistics stay those of its own training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import nn

from engine.models.lora import LoraSpec
from tests.engine.model_helpers import mobile_segmenter
from tests.training.adapt.helpers import DEFAULT, sample
from training.adapt.options import TeacherOptions
from training.adapt.prototypes import Memory
from training.adapt.ssa import Queue
from training.adapt.step import adapt_step
from training.adapt.student import Student

# The true masks teach: those of random weights are too unstable to count.
OPTIONS = replace(DEFAULT, teacher=TeacherOptions(kind="supervised"))


def test_a_training_step_moves_the_adapter_and_no_running_statistic() -> None:
    model = mobile_segmenter()
    student = Student(model, LoraSpec(2, None, ("qkv", "proj", "mlp", "conv")), seed=0)
    norms = [layer for layer in model.module.modules() if isinstance(layer, nn.BatchNorm2d)]
    statistics = [(layer.running_mean.clone(), layer.running_var.clone()) for layer in norms]
    before = student.state()
    optimizer = torch.optim.SGD(student.parameters, lr=1.0)
    result = adapt_step(student, sample(), OPTIONS, Memory(Queue(8)), np.random.default_rng(0))
    assert result.loss is not None
    result.loss.backward()
    optimizer.step()
    moved = {name for name, value in student.state().items() if not torch.equal(value, before[name])}
    assert any(".conv1.c." in name for name in moved)
    assert any(".mlp.fc1." in name for name in moved)
    assert len(norms) == 27
    assert {int(layer.num_batches_tracked) for layer in norms} == {0}
    for layer, (mean, variance) in zip(norms, statistics, strict=True):
        assert torch.equal(layer.running_mean, mean)
        assert torch.equal(layer.running_var, variance)
