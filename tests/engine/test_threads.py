"""Threads that wait leave their core to others, and their number does not change the answer."""

from __future__ import annotations

import os

import pytest

from engine.threads import VARIABLES, settle
from tests.engine.model_helpers import run_python

ANSWER = """
import sys
from engine.threads import settle
settle()
import hashlib, numpy as np, torch
torch.set_num_threads({threads})
from engine.models import registry
from engine.models.base import PromptBatch
model = registry.load("nano", "cpu", precision="{precision}")
tile = np.random.default_rng(0).integers(0, 256, (512, 512, 3), dtype=np.uint8)
clicks = torch.rand(12, 1, 2, generator=torch.Generator().manual_seed(1)) * 512
found = model.decode(model.encode(tile), PromptBatch(clicks, torch.ones(12, 1, dtype=torch.int64)), True)
print(torch.get_num_threads(), hashlib.sha256(found.logits.numpy().tobytes()).hexdigest())
"""


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_any_number_of_threads_gives_the_same_bits(precision: str) -> None:
    asked = [ANSWER.format(threads=threads, precision=precision) for threads in (1, 2)]
    answers = [run_python(text).split() for text in asked]
    assert [count for count, _ in answers] == ["1", "2"]
    assert answers[0][1] == answers[1][1]


def test_what_the_user_chose_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    monkeypatch.delenv("MKL_CBWR", raising=False)
    settle()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
    assert os.environ["MKL_CBWR"] == VARIABLES["MKL_CBWR"]


def test_whatever_learns_or_measures_settles_its_threads_before_torch_is_imported() -> None:
    text = "import sys, os, training; print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    assert run_python(text).split() == ["PASSIVE", "False"]
