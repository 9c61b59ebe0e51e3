"""Never worse at the object: where the base is surer than the adapter, its answer is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

MARGIN = 0.0
"""How much higher the base's score must be for its answer to be kept."""


class Scored(Protocol):
    """What counts of an answer (:class:`engine.stages.pipeline.Segment` is one)."""

    @property
    def geometry(self) -> BaseGeometry:
        """Its outline, empty if nothing was found."""
        ...

    @property
    def score(self) -> float:
        """The IoU to expect."""
        ...


Found = TypeVar("Found", bound=Scored)


def surer(adapted: Sequence[Found], base: Sequence[Found], margin: float = MARGIN) -> list[Found]:
    """Of two answers to the same objects, in the same order, the adapter's unless the base's is surer.

    An empty answer never counts as the surer one, whatever its score.

    Args:
        margin: on the scale of the score, which is the IoU to expect.
    """
    return [other if _surer(other, own, margin) else own for own, other in zip(adapted, base, strict=True)]


def _surer(one: Scored, other: Scored, margin: float) -> bool:
    if one.geometry.is_empty or other.geometry.is_empty:
        return other.geometry.is_empty and not one.geometry.is_empty
    return one.score > other.score + margin
