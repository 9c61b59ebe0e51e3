"""How strongly an adapter acts on an object: fully on a single click, and less the more clicks there are.

One click leaves open how far the object goes, and that is what an adapter learns from the layer. Several
clicks say it, and the base then answers better than an adapter of the same scene, while an adapter at part of
its strength answers better than both: ``W + strength · alpha/rank · B·A`` lies between the base's weights and
the adapted ones, as in Wortsman et al. 2022 (arXiv 2109.01903). The numbers are in docs/adapting.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.models.lora import carries_adapter, lora_layers

if TYPE_CHECKING:
    from torch import nn

    from engine.models.base import Segmenter

FULL = 1.0
_STRENGTH = "resam_strength"
"""Attribute of a network whose adapter does not act fully."""


def strength_for(clicks: int, strengths: Sequence[float]) -> float:
    """How strongly an adapter acts on an object of that many clicks; one without a click has a box.

    Args:
        strengths: on an object of one click, of two, and so on; the last one counts for more, too.
    """
    return strengths[min(max(clicks, 1), len(strengths)) - 1]


def strength_on(module: nn.Module) -> float:
    """How strongly the adapter on a network acts now."""
    return float(getattr(module, _STRENGTH, FULL))


@contextmanager
def acting(segmenter: Segmenter, strength: float) -> Iterator[None]:
    """Meanwhile the adapter acts that strongly; without one, nothing changes.

    An adapter that was merged into the weights acts fully all the time.
    """
    module = segmenter.module
    if strength == FULL or not carries_adapter(module):
        yield
        return
    layers = list(lora_layers(module))
    scalings = [dict(layer.scaling) for layer in layers]
    try:
        for layer, scaling in zip(layers, scalings, strict=True):
            layer.scaling.update({name: strength * scale for name, scale in scaling.items()})
        setattr(module, _STRENGTH, strength)
        yield
    finally:
        for layer, scaling in zip(layers, scalings, strict=True):
            layer.scaling.update(scaling)
        delattr(module, _STRENGTH)
