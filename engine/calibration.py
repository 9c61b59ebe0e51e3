"""From what a model says of its masks to the IoU to expect: the score that is reported.

A network predicts the IoU of its answer, but the last answer is to a box that was drawn around its own first
one: a chip of a roof fits such a box well, and gets a high score. A calibration weighs the first
prediction, the last one and how steady the mask is, and maps that to the IoU that such masks had on images
with known outlines. What a number means depends on what was asked: a box leaves less open than a click, so
every kind of prompt has its own. ``training.nano.calibrate`` fits them; they travel in the weights file's
metadata, and hold with an adapter on the model too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SIGNALS = ("first", "last", "stability", "certainty")
"""What is weighed: predicted IoU of the first and of the last answer, the IoU of the masks at logits +1 and
-1, and 1 less the mean entropy inside the mask; all in [0, 1]."""
KINDS = ("click", "clicks", "box")
"""What an object was asked for with: one click, several, or a box, perhaps with clicks."""


def kind_of(clicks: int, boxed: bool) -> str:
    """The one of :data:`KINDS` that a prompt of that many clicks is, with a box or without."""
    if boxed:
        return "box"
    return "click" if clicks == 1 else "clicks"


@dataclass(frozen=True)
class Calibration:
    """A weighted sum of :data:`SIGNALS`, then a map that rises and is linear between its knots.

    Attributes:
        weights: one per signal.
        sums: (k,) weighted sums at the knots, rising.
        values: (k,) the IoU to expect there, in [0, 1], never falling.
    """

    weights: tuple[float, ...]
    sums: tuple[float, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        """ValueError if the numbers are no calibration."""
        if len(self.weights) != len(SIGNALS) or len(self.sums) != len(self.values) or not self.sums:
            raise ValueError("a calibration has a weight per signal, and as many sums as values")
        numbers = np.array([*self.weights, *self.sums, *self.values], np.float64)
        if not np.isfinite(numbers).all() or min(self.values) < 0 or max(self.values) > 1:
            raise ValueError("the numbers of a calibration are finite, and its values lie from 0 to 1")
        if (np.diff(self.sums) <= 0).any() or (np.diff(self.values) < 0).any():
            raise ValueError("the sums of a calibration rise, and its values never fall")

    def __call__(self, signals: Sequence[float]) -> float:
        """The IoU to expect, in [0, 1], of a mask with these :data:`SIGNALS`."""
        return float(np.interp(np.dot(self.weights, signals), self.sums, self.values))

    @classmethod
    def of(cls, stated: Mapping[str, Any]) -> Calibration:
        """From plain JSON types; KeyError, TypeError or ValueError if they are no calibration."""
        fields = (tuple(float(value) for value in stated[name]) for name in ("weights", "sums", "values"))
        return cls(*fields)


@dataclass(frozen=True)
class Calibrations:
    """A calibration for each of :data:`KINDS`."""

    click: Calibration
    clicks: Calibration
    box: Calibration

    def of_kind(self, kind: str) -> Calibration:
        """That of one of :data:`KINDS`."""
        return {"click": self.click, "clicks": self.clicks, "box": self.box}[kind]

    @classmethod
    def of(cls, stated: Mapping[str, Any]) -> Calibrations:
        """From plain JSON types; KeyError, TypeError or ValueError if they are no calibrations."""
        return cls(**{kind: Calibration.of(stated[kind]) for kind in KINDS})
