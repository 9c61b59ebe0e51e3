"""Targets by a vote of the four views of a tile: as it is, and turned over along either axis and both.

A small model answers the same click differently on a tile that is turned over. A pixel that at least half of
the views give the object becomes its target, and an object counts the less the more the views disagree: their
agreement tells good targets from bad ones where a single view is sure of itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import torch
from torch.nn import functional

from engine.boxes import tight_box
from engine.metrics import mask_iou
from training.adapt.lessons import Lesson
from training.adapt.teachers import Labels

FLIPS = ((False, False), (True, False), (False, True), (True, True))
"""Left to right, and top to bottom, of each view; the first is the one whose targets are wanted."""
SHARE = 0.5
"""Of the views, from which on a pixel belongs to the object."""
AGREEMENT_POWER = 2.0


def vote(lessons: Sequence[Lesson], own: int, image_size: int) -> Lesson:
    """One lesson on the first view, of those on the views of :data:`FLIPS`, in that order.

    Args:
        own: objects of the sample that are learned from.
        image_size: side of the tile, in pixels.
    """
    sides = [lesson.labels.masks.shape[-1] for lesson in lessons if len(lesson.labels.rows)]
    if not sides:
        return lessons[0]
    masks, clicked = (
        np.stack([_turned_back(lesson.labels, name, own, sides[0], flip) for lesson, flip in _each(lessons)])
        for name in ("masks", "clicked")
    )
    chosen = masks.mean(axis=0) >= SHARE
    rows = np.flatnonzero(chosen.any(axis=(1, 2)))
    pairs = [mask_iou(masks[one] > 0, masks[other] > 0) for one, other in combinations(range(len(masks)), 2)]
    weights = np.zeros((len(lessons), own), np.float32)
    for view, lesson in enumerate(lessons):
        weights[view, lesson.labels.rows] = lesson.labels.weights
    counted = weights.mean(axis=0) * np.mean(pairs, axis=0) ** AGREEMENT_POWER
    boxes = np.array([tight_box(chosen[row]) for row in rows]).reshape(-1, 4) * (image_size / sides[0])
    labels = Labels(
        rows,
        chosen[rows].astype(np.float32),
        boxes,
        counted[rows].astype(np.float32),
        clicked.mean(axis=0)[rows] >= SHARE,
    )
    return Lesson(labels, _pooled(lessons, rows))


def _each(lessons: Sequence[Lesson]) -> zip[tuple[Lesson, tuple[bool, bool]]]:
    return zip(lessons, FLIPS, strict=True)


def _turned_back(labels: Labels, name: str, own: int, side: int, flip: tuple[bool, bool]) -> np.ndarray:
    """(own, side, side) float32 masks as they lie on the first view; 0 of objects without a label."""
    found = np.zeros((own, side, side), np.float32)
    found[labels.rows] = getattr(labels, name)
    axes = tuple(axis for axis, turned in zip((2, 1), flip, strict=True) if turned)
    return np.flip(found, axes)


def _pooled(lessons: Sequence[Lesson], rows: np.ndarray) -> torch.Tensor:
    """(n, C) L2-normalised mean of what the views hold of each of ``rows``, which one at least knows."""
    total: dict[int, torch.Tensor] = {}
    for lesson in lessons:
        for row, vector in zip(lesson.labels.rows.tolist(), lesson.pooled, strict=True):
            total[row] = total[row] + vector if row in total else vector
    if not len(rows):
        return lessons[0].pooled[:0]
    return functional.normalize(torch.stack([total[row] for row in rows.tolist()]), dim=1)
