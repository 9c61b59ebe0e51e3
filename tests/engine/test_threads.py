"""Threads that wait leave their core to others, and their number does not change the answer."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from engine.threads import VARIABLES, in_order, settle
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


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_work_on_threads_comes_in_order_and_takes_few_items_ahead(threads: int) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(40):
            taken.append(number)
            yield number

    for done, result in enumerate(in_order(lambda number: number**2, items(), threads)):
        assert result == done**2
        assert len(taken) <= done + 1 + threads
    assert taken == list(range(40))


@pytest.mark.parametrize("threads", [1, 3])
def test_work_that_fails_on_a_thread_fails_where_its_result_is_asked_for(threads: int) -> None:
    found = in_order(lambda number: 6 // number, [3, 2, 0, 1], threads)
    assert [next(found), next(found)] == [2, 3]
    with pytest.raises(ZeroDivisionError):
        next(found)


def test_as_many_threads_are_at_hand_as_torch_may_use_or_the_cores_without_it() -> None:
    text = "from engine.threads import at_hand; print(at_hand()){}; print(at_hand())"
    loaded = text.format("; import torch; torch.set_num_threads(1)")
    assert run_python(loaded).split() == [str(len(os.sched_getaffinity(0))), "1"]
