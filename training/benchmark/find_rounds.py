"""What a layer costs a user who finds in rounds: clicks first, then some doubtful finds reviewed, then again.

A simulated user clicks the examples. In each round the finds come, and those nearest to the threshold are
accepted or rejected, an action each; the next round learns from that. In the end finds above the threshold
stand without an action, and wrong ones are rejected, an action each, until at most a tenth of the layer is
wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import PointsError
from training.benchmark.find_scene import GOOD_IOU, FindScene
from training.find.calibration import default_threshold
from training.find.ranking import Find, Kind, rank

REVIEWED = 5
"""Finds that are reviewed in a round."""
WRONG_LEFT = 0.1


@dataclass(frozen=True)
class Cost:
    """What a layer cost.

    Attributes:
        actions: clicks, accepts and rejections.
        good: objects that some polygon of the layer outlines at IoU 0.5.
        wrong: polygons that outline none, or one that another outlines already.
    """

    actions: int
    good: int
    wrong: int

    @property
    def per_hundred(self) -> float:
        """Actions for a hundred good polygons."""
        return 100 * self.actions / max(self.good, 1)


def costs(scene: FindScene, clicked: np.ndarray, rounds: Sequence[int]) -> list[Cost]:
    """Simulate a user who clicks some objects, then reviews finds for a number of rounds."""
    try:
        found = _rounds(scene, clicked, max(rounds))
    except PointsError:
        # No mask holds any of the clicks.
        return [Cost(len(clicked), 0, 0)] * len(rounds)
    return [found[turn] for turn in rounds]


def _rounds(scene: FindScene, clicked: np.ndarray, most: int) -> list[Cost]:
    """What the layer costs after no round of review, after one, and so on."""
    number_of = scene.number_of
    accepted: list[int] = []
    rejected: list[int] = []
    actions = len(clicked)
    found: list[Cost] = []
    for _ in range(most + 1):
        drawn = [scene.candidates[row] for row in accepted]
        kind = Kind(None, scene.level, scene.clicks[clicked], drawn)
        taken = [scene.candidates[row] for row in (*accepted, *rejected)]
        ranking = rank(scene.stream, [kind], taken, np.zeros((0, 2)), scene.sharing)
        threshold = default_threshold(np.array([find.probability for find in ranking.finds]))
        standing = [number_of[find.candidate] for find in ranking.finds if find.probability >= threshold]
        meant = [number_of[one] for one in ranking.meant[None] if one is not None]
        found.append(_cleaned(scene, [*meant, *accepted, *standing], actions))
        for row in (number_of[find.candidate] for find in _doubtful(ranking.finds, threshold)):
            (accepted if scene.iou[row].max() >= GOOD_IOU else rejected).append(row)
            actions += 1
    return found


def _doubtful(finds: tuple[Find, ...], threshold: float) -> list[Find]:
    """The finds whose probability is nearest to the threshold."""
    return sorted(finds, key=lambda found: abs(found.probability - threshold))[:REVIEWED]


def _cleaned(scene: FindScene, layer: list[int], actions: int) -> Cost:
    """The layer after wrong polygons were rejected, until few enough are left."""
    outlined: set[int] = set()
    wrong = 0
    for row in layer:
        best = int(scene.iou[row].argmax())
        if scene.iou[row, best] >= GOOD_IOU and best not in outlined:
            outlined.add(best)
        else:
            wrong += 1
    good = len(outlined)
    while wrong > WRONG_LEFT * (good + wrong):
        wrong, actions = wrong - 1, actions + 1
    return Cost(actions, good, wrong)
