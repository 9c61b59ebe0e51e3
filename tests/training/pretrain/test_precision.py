"""Half precision is chosen where the hardware computes it."""

from __future__ import annotations

import pytest
import torch

from training.pretrain.precision import resolved

CPU = torch.device("cpu")
QUESTIONS = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")


def on_a_processor(monkeypatch: pytest.MonkeyPatch, *answers: bool) -> None:
    for question, answer in zip(QUESTIONS, answers, strict=True):
        monkeypatch.setattr(torch.cpu, question, lambda answer=answer: answer, raising=False)


@pytest.mark.parametrize("answers", [(True, False), (False, True)], ids=["AVX-512 BF16", "AMX"])
def test_a_processor_with_bfloat16_computes_in_it(
    monkeypatch: pytest.MonkeyPatch, answers: tuple[bool, bool]
) -> None:
    on_a_processor(monkeypatch, *answers)
    assert resolved("auto", CPU) == "bf16"


def test_a_processor_without_bfloat16_computes_in_single(monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_processor(monkeypatch, False, False)
    assert resolved("auto", CPU) == "fp32"
    assert resolved("auto", torch.device("mps")) == "fp32"


def test_a_build_of_torch_that_cannot_be_asked_computes_in_single(monkeypatch: pytest.MonkeyPatch) -> None:
    for question in QUESTIONS:
        monkeypatch.delattr(torch.cpu, question, raising=False)
    assert resolved("auto", CPU) == "fp32"


@pytest.mark.parametrize("named", ["fp32", "bf16"])
def test_a_precision_that_is_named_is_kept(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    on_a_processor(monkeypatch, named == "fp32", False)
    assert resolved(named, CPU) == named
