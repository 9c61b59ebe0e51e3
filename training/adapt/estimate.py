"""How much better or worse an adapter answers, estimated from clicks alone.

A model that learned from its own answers is surer of them, whether it gained or lost: the calibrated score
rose in nearly every run whose truth is known. What tells gain from loss is how much it rose, and how sure the
model was before: of answers that are worth little, little can be learned. Nothing is gained where no score
rises, however high it was. The line through both was fitted by
``python -m training.benchmark.verdicts``; docs/adapting.md says how often it is right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from engine.stages.pipeline import Segment

Key = tuple[int, int]
"""Number of the raster, and of the object on it."""
WEIGHTS = {"rise": 0.585, "before": 0.23}
CONSTANT = -0.127
"""Change of the mean IoU = CONSTANT + the sum of WEIGHTS times :class:`Signals`; never more than the rise."""
HIGHEST = 0.67
"""Score before of the runs that the line was fitted to, at most; beyond it the line is not followed."""


@dataclass(frozen=True)
class Signals:
    """What the answers to the same clicks say of two models, means over the objects.

    Attributes:
        rise: of the calibrated score.
        before: that score before.
    """

    rise: float
    before: float

    def to_dict(self) -> dict[str, float]:
        """By name."""
        return asdict(self)


@dataclass(frozen=True)
class Estimate:
    """What the clicks let expect.

    Attributes:
        objects: how many it rests on.
        before: mean score before.
        change: of the mean IoU; of the mean score, which says nothing of it, if scores are not calibrated.
        calibrated: whether they are.
    """

    objects: int
    before: float
    change: float
    calibrated: bool = True


def signals(before: Mapping[Key, Segment], after: Mapping[Key, Segment]) -> Signals:
    """Compare answers to the same clicks, at least one."""
    old, new = (by_object({key: found[key].score for key in before}) for found in (before, after))
    level = float(np.mean(list(old.values())))
    return Signals(float(np.mean(list(new.values()))) - level, level)


def estimate(before: Mapping[Key, Segment], after: Mapping[Key, Segment]) -> Estimate | None:
    """The change to expect; None if there are no answers."""
    if not before:
        return None
    found, objects = signals(before, after), len({number for _, number in before})
    if any(one.claim is None for one in before.values()):
        return Estimate(objects, found.before, found.rise, calibrated=False)
    return Estimate(objects, found.before, expected(found))


def expected(found: Signals) -> float:
    """The change of the mean IoU that the line gives."""
    level = min(found.before, HIGHEST)
    return min(CONSTANT + WEIGHTS["rise"] * found.rise + WEIGHTS["before"] * level, found.rise)


def by_object(figures: Mapping[Key, float]) -> dict[int, float]:
    """The mean over the rasters that an object lies on."""
    found: dict[int, list[float]] = {}
    for (_, prompt_id), value in figures.items():
        found.setdefault(prompt_id, []).append(value)
    return {prompt_id: sum(values) / len(values) for prompt_id, values in found.items()}
