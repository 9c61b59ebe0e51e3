"""How alike each candidate is to all that are likely finds, learned from those elsewhere on the raster.

A few examples leave the direction of Fisher's discriminant rough. All candidates together, each weighted by
its probability, make it better, as the examples in expectation-maximisation do; and what is usual is what is
left without them: on a small raster they are a large part of all. A candidate does not speak
for itself: the raster is cut into blocks, and the blocks of one fold are judged by those of the others.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.stages.candidates import Candidate
from training.find.likeness import Likeness
from training.find.pool import Pool

FOLDS = 5
BLOCK = 3.0
"""Side of a block, in sides of a usual example."""
FREER = 0.5
"""Share of no correlation, less than with a few examples alone."""


def kinship(pool: Pool, likeness: Likeness, chance: np.ndarray) -> np.ndarray:
    """(n,) the discriminant between likely candidates and all others; about 1 for a likely one.

    Args:
        chance: (n,) probability of each candidate by what the examples teach; 1 for an example's mask.
    """
    features = pool.masks.features
    fold = _folds(pool.near, BLOCK * float(np.exp(likeness.log_area / 2)))
    found = np.zeros(len(features))
    for number in range(FOLDS):
        there = fold != number
        weight = chance[there].sum()
        if weight > 0:
            background = likeness.background.without(features[there], chance[there])
            mean = chance[there] @ background.deviations(features[there]) / weight
            direction = background.shrunk(FREER) @ mean
            seen = background.deviations(features[~there])
            found[~there] = seen @ direction / max(float(mean @ direction), 1e-6)
    return found


def _folds(candidates: Sequence[Candidate], side: float) -> np.ndarray:
    """(n,) fold of each: no block touches another of its fold by a side."""
    middle = np.array([(one.box[:2] + one.box[2:]) / 2 for one in candidates])
    column, row = np.floor(middle / side).astype(int).T
    return np.asarray((column + 2 * row) % FOLDS)
