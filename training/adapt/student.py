"""The network that adapts: a frozen base, a trainable adapter, and the weights its teachers answer with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from engine.models.base import Segmenter
from engine.models.lora import LoraSpec, adapter_parameters, add_adapter, without_adapter
from training.adapt.options import ComparatorOptions, Weights
from training.adapt.projections import attentions, key_rows
from training.adapt.tokens import add_tokens, without_tokens
from training.schedule import update_ema


class Student:
    """A segmenter with a fresh adapter, and the moving average of the adapter's weights.

    Only the adapter is kept twice, never the network: a teacher's weights are put in their place for as long
    as it answers.

    Attributes:
        model: the segmenter as it is trained; its network, which others may share, is adapted in place.
    """

    def __init__(
        self, model: Segmenter, spec: LoraSpec, seed: int, comparator: ComparatorOptions | None = None
    ) -> None:
        """``comparator`` may train prompt tokens in place of LoRA, or LoRA without keys."""
        self.model = model.for_training()
        for parameter in model.module.parameters():
            parameter.requires_grad_(False)
        if comparator is not None and comparator.tokens:
            self._own = add_tokens(model.module, comparator.tokens, seed)
        else:
            add_adapter(model, spec, seed)
            self._own = dict(adapter_parameters(model))
        if comparator is not None and not comparator.keys:
            _leave_keys(model.module)
        self._ema = {name: parameter.detach().clone() for name, parameter in self._own.items()}

    @property
    def parameters(self) -> list[nn.Parameter]:
        """What is trained: the adapter's matrices, in a fixed order."""
        return list(self._own.values())

    def state(self, weights: Weights = "student") -> dict[str, Tensor]:
        """Copies of the adapter's weights, by name."""
        return {name: value.detach().clone() for name, value in self._chosen(weights).items()}

    def restore(self, own: Mapping[str, Tensor], ema: Mapping[str, Tensor]) -> None:
        """Take up weights that :meth:`state` gave."""
        with torch.no_grad():
            for name, parameter in self._own.items():
                parameter.copy_(own[name])
                self._ema[name].copy_(ema[name])

    def update_ema(self, decay: float) -> None:
        """Move the moving average towards the student's weights; see :func:`training.schedule.update_ema`."""
        update_ema(self._ema, self._own, decay)

    @contextmanager
    def using(self, weights: Weights) -> Iterator[Segmenter]:
        """The segmenter answering with other weights, put back afterwards."""
        if weights == "student":
            yield self.model
            return
        if weights == "frozen":
            with without_adapter(self.model), without_tokens(self.model.module):
                yield self.model
            return
        chosen, kept = self._chosen(weights), {name: p.data for name, p in self._own.items()}
        try:
            for name, parameter in self._own.items():
                parameter.data = chosen[name]
            yield self.model
        finally:
            for name, parameter in self._own.items():
                parameter.data = kept[name]

    def settle(self, weights: Weights) -> None:
        """Let the network answer with those weights for good; it is not to be trained further.

        They are not merged into the base's: the engine lets an adapter act less where there are more clicks.
        """
        with torch.no_grad():
            for name, value in self._chosen(weights).items():
                self._own[name].copy_(value)

    def _chosen(self, weights: Weights) -> Mapping[str, Tensor]:
        if weights == "frozen":
            return {name: torch.zeros_like(parameter) for name, parameter in self._own.items()}
        return self._ema if weights == "ema" else {n: p.data for n, p in self._own.items()}


def _leave_keys(module: nn.Module) -> None:
    """Let no update of the joint projections change keys: B starts at 0, and its rows there stay 0."""
    for attention in attentions(module).values():
        adapted = getattr(attention.qkv, "lora_B", None)
        if adapted is None:
            continue
        weight = adapted["default"].weight
        kept = torch.ones_like(weight)
        kept[key_rows(attention)] = 0
        weight.register_hook(lambda grad, kept=kept: grad * kept)
