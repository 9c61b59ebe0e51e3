"""Prompt tokens in the image encoder, trained in place of LoRA: DePT-style (arXiv 2210.04831).

DePT puts learnable tokens before those of the image, anew at each of four stages of a ViT. Networks that
attend in windows cannot take tokens in front. Here every attention of a stage also attends to the stage's
tokens, and adds what it finds there with a learned weight that starts at 0:
``out = attention(q, K, V) + g · attention(q, K(T), V(T))``. All else is frozen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.adapt.projections import attentions, by_heads

STAGES = 4
TOKENS = "prompt_tokens"
"""Name under which a network holds its stages' tokens."""
SPREAD = 0.02
"""Standard deviation that tokens start with, as ViT's own do."""


class StageTokens(nn.Module):
    """The tokens of one stage.

    Attributes:
        tokens: (P, C) what the stage's attentions project to further keys and values.
        gate: () weight of what is found there.
        active: whether it is added.
    """

    def __init__(self, count: int, width: int) -> None:
        super().__init__()
        self.tokens = nn.Parameter(torch.randn(count, width) * SPREAD)
        self.gate = nn.Parameter(torch.zeros(()))
        self.active = True

    def found(self, attention: Any, projected: Tensor, shape: torch.Size) -> Tensor:
        """What the queries find at the tokens, in the ``shape`` (B, …, C) of the attention's own output.

        Args:
            projected: output of ``qkv`` for the image's tokens.
        """
        q = _queries(attention, projected)
        keys = functional.linear(self.tokens, attention.qkv.weight, attention.qkv.bias)
        _, k, v = by_heads(attention, keys[None])
        k, v = (value.expand(len(q), -1, -1, -1).transpose(1, 2) for value in (k, v))
        attended = functional.scaled_dot_product_attention(q.transpose(1, 2), k, v)
        return self.gate * attended.transpose(1, 2).reshape(shape)


def _queries(attention: Any, projected: Tensor) -> Tensor:
    """(B, L, heads, d) queries; where the attention pools them, the pooled ones."""
    pool = getattr(attention, "q_pool", None)
    q, _, _ = by_heads(attention, projected.flatten(1, -2))
    if pool is None:
        return q
    maps = q.flatten(2).unflatten(1, projected.shape[1:3]).permute(0, 3, 1, 2)
    pooled: Tensor = pool(maps).flatten(2).transpose(1, 2)
    return pooled.unflatten(2, q.shape[2:])


def stages_of(widths: Sequence[int], count: int = STAGES) -> list[int]:
    """Number of the stage of every block: where the width changes, and then the longest in halves."""
    runs: list[list[int]] = []
    for block, width in enumerate(widths):
        if not runs or widths[runs[-1][-1]] != width:
            runs.append([])
        runs[-1].append(block)
    while len(runs) < count and max(map(len, runs)) > 1:
        longest = max(range(len(runs)), key=lambda number: len(runs[number]))
        half = (len(runs[longest]) + 1) // 2
        runs[longest : longest + 1] = [runs[longest][:half], runs[longest][half:]]
    return [number for number, run in enumerate(runs) for _ in run]


def add_tokens(module: nn.Module, count: int, seed: int) -> dict[str, nn.Parameter]:
    """Put ``count`` tokens a stage into a network's image encoder, in place; nothing changes yet.

    Returns:
        What is to be trained, by name.
    """
    layers = list(attentions(module).values())
    widths = [layer.qkv.in_features for layer in layers]
    numbers = stages_of(widths)
    device = next(module.parameters()).device
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        stages = [StageTokens(count, widths[numbers.index(stage)]) for stage in range(numbers[-1] + 1)]
    held = nn.ModuleList(stages).to(device)
    module.add_module(TOKENS, held)
    for layer, number in zip(layers, numbers, strict=True):
        _attend_also(layer, stages[number])
    return dict(held.named_parameters())


def _attend_also(attention: Any, stage: StageTokens) -> None:
    seen: list[Tensor] = []

    def keep(layer: nn.Module, given: Any, projected: Tensor) -> None:
        seen[:] = [projected]

    def add(layer: nn.Module, given: tuple[Tensor]) -> tuple[Tensor] | None:
        projected = seen.pop()
        if not stage.active:
            return None
        return (given[0] + stage.found(attention, projected, given[0].shape),)

    attention.qkv.register_forward_hook(keep)
    attention.proj.register_forward_pre_hook(add)


def tokens_of(module: nn.Module) -> list[StageTokens]:
    """The stages' tokens of a network, none where it has none."""
    held: Any = getattr(module, TOKENS, ())
    return list(held)


@contextmanager
def without_tokens(module: nn.Module) -> Iterator[None]:
    """The network answers as if it had no tokens."""
    stages = tokens_of(module)
    try:
        for stage in stages:
            stage.active = False
        yield
    finally:
        for stage in stages:
            stage.active = True


def consistency(student: Sequence[Tensor], teacher: Sequence[Tensor]) -> Tensor:
    """``mean (1 - cos)`` of (P, C) tokens, student against teacher, then the mean over stages."""
    apart = [
        (1 - functional.cosine_similarity(mine, theirs.detach(), dim=1)).mean()
        for mine, theirs in zip(student, teacher, strict=True)
    ]
    return torch.stack(apart).mean()


def diversity(tokens: Sequence[Tensor]) -> Tensor:
    """Mean cosine of the pairs of different (P, C) tokens of a stage, then over stages: small if diverse."""
    alike = []
    for stage in tokens:
        unit = functional.normalize(stage, dim=1)
        count = len(unit)
        total = (unit @ unit.T).sum() - count
        alike.append(total / max(count * (count - 1), 1))
    return torch.stack(alike).mean()
