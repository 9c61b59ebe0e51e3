"""What one object is asked by; and all objects of a layer, those that cannot be asked for as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.calibration import kind_of


@dataclass(frozen=True, eq=False, slots=True)
class Prompt:
    """The clicks and box of one object, in continuous raster pixels (x = column, y = row)."""

    prompt_id: int
    """From 1, in input order, counting rejected objects too."""
    xy: np.ndarray
    """(n, 2) float64 clicks; n may be 0 when there is a box."""
    labels: np.ndarray
    """(n,) int64: 1 positive, 0 negative."""
    box: np.ndarray | None = None
    """(4,) float64 x0, y0, x1, y1, or None."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """The fields of the input, by name; None where empty."""

    def __post_init__(self) -> None:
        if self.xy.shape != (len(self.labels), 2):
            raise ValueError(f"{len(self.labels)} labels do not fit clicks of shape {self.xy.shape}")
        if self.box is None and 1 not in self.labels.tolist():
            raise ValueError(f"prompt {self.prompt_id} has neither a positive click nor a box")

    @property
    def positives(self) -> np.ndarray:
        """(k, 2) positive clicks."""
        return self.xy[self.labels == 1]

    @property
    def kind(self) -> str:
        """What it is of :data:`engine.calibration.KINDS`."""
        return kind_of(len(self.labels), self.box is not None)

    @property
    def anchor(self) -> np.ndarray:
        """(2,) where the object is: the mean of the positive clicks, else the box's centre."""
        if len(self.labels) == 1 and self.labels[0] == 1:
            return np.asarray(self.xy[0])
        if len(self.positives):
            return self.positives.mean(axis=0)
        if self.box is None:
            raise ValueError(f"prompt {self.prompt_id} has neither a positive click nor a box")
        return (self.box[:2] + self.box[2:]) / 2


@dataclass(frozen=True, eq=False)
class Rejected:
    """An object that cannot be segmented, and why."""

    prompt_id: int
    reason: str
    xy: np.ndarray
    """(n, 2) float64 clicks in world coordinates of the raster's CRS; a box has none."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    labels: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    """(n,) int64: 1 positive, 0 negative, -1 neither can be read."""

    def __post_init__(self) -> None:
        if self.xy.shape != (len(self.labels), 2):
            raise ValueError(f"{len(self.labels)} labels do not fit clicks of shape {self.xy.shape}")

    @property
    def positives(self) -> np.ndarray:
        """(k, 2) positive clicks, as in ``xy``."""
        return self.xy[self.labels == 1]


@dataclass(frozen=True)
class PromptSet:
    """Everything a layer of clicks (and one of boxes) asks for."""

    prompts: Sequence[Prompt]
    """By ``prompt_id``; of a large layer each is made when it is asked for."""
    rejected: Sequence[Rejected]
    notes: tuple[str, ...]
    """Assumptions and single clicks left out, one sentence each."""
    field_names: tuple[str, ...]
    """Attribute names in input order."""
