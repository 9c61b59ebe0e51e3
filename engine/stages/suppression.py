"""Which of many candidates stay: the best first, none that shares too much with a better one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from engine.stages.candidates import Candidate

MAX_IOU = 0.3
"""Of two candidates that agree more than this, the lesser one goes."""
MAX_INSIDE = 0.6
"""So it does if more than this share of the smaller one lies in the other: a part, or a whole block."""


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Pairs of candidates that share area.

    Attributes:
        left, right: (p,) numbers of the candidates; every pair comes once, left < right.
        iou: (p,) of the two masks.
        inside: (p,) share of the smaller one that lies in the other.
    """

    left: np.ndarray
    right: np.ndarray
    iou: np.ndarray
    inside: np.ndarray

    @property
    def clash(self) -> np.ndarray:
        """(p,) whether only one of the two can stay."""
        return np.asarray((self.iou > MAX_IOU) | (self.inside > MAX_INSIDE))

    def among(self, chosen: np.ndarray, count: int) -> Overlaps:
        """The pairs among (m,) ``chosen`` of ``count`` candidates, none twice, by their places in it."""
        place = np.full(count, -1)
        place[chosen] = np.arange(len(chosen))
        one, other = place[self.left], place[self.right]
        both = (one >= 0) & (other >= 0)
        one, other = one[both], other[both]
        return Overlaps(np.minimum(one, other), np.maximum(one, other), self.iou[both], self.inside[both])


def overlaps(candidates: Sequence[Candidate]) -> Overlaps:
    """How much any two candidates share, cell by cell of the finer of the two."""
    tree = shapely.STRtree([shapely.box(*candidate.box) for candidate in candidates])
    left, right = (
        tree.query(tree.geometries, predicate="intersects") if len(candidates) else np.zeros((2, 0), int)
    )
    left, right = left[left < right], right[left < right]
    shared = np.array([shared_area(candidates[a], candidates[b]) for a, b in zip(left, right, strict=True)])
    area = np.array([candidate.area for candidate in candidates])
    real = shared > 0
    left, right, shared = left[real], right[real], shared[real]
    return Overlaps(
        left,
        right,
        shared / (area[left] + area[right] - shared),
        shared / np.minimum(area[left], area[right]),
    )


def shared_area(one: Candidate, other: Candidate) -> float:
    """Raster pixels, squared, that two candidates have in common."""
    cell = min(one.cell, other.cell)
    first, second = _cells(one, cell), _cells(other, cell)
    start = np.maximum(first[0], second[0])
    stop = np.minimum(first[0] + first[1].shape[::-1], second[0] + second[1].shape[::-1])
    if (stop <= start).any():
        return 0.0
    parts = [
        mask[start[1] - corner[1] : stop[1] - corner[1], start[0] - corner[0] : stop[0] - corner[0]]
        for corner, mask in (first, second)
    ]
    return float((parts[0] & parts[1]).sum()) * cell**2


def _cells(candidate: Candidate, cell: float) -> tuple[np.ndarray, np.ndarray]:
    """(2,) corner and mask of a candidate on a grid of finer cells."""
    times = max(round(candidate.cell / cell), 1)
    mask = candidate.mask
    if times > 1:
        mask = mask.repeat(times, axis=0).repeat(times, axis=1)
    return np.round(candidate.corner / cell).astype(int), mask


def best_apart(values: np.ndarray, shared: Overlaps) -> np.ndarray:
    """Numbers of the candidates that stay, the highest of (n,) ``values`` first."""
    clash = shared.clash
    near: dict[int, list[int]] = {}
    for a, b in zip(shared.left[clash].tolist(), shared.right[clash].tolist(), strict=True):
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    gone: set[int] = set()
    kept = []
    for number in np.argsort(-values, kind="stable").tolist():
        if number not in gone:
            kept.append(number)
            gone.update(near.get(number, ()))
    return np.array(kept, int)
