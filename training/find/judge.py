"""How likely a candidate is a wanted object, and outlined at IoU 0.5: learned before, on other images.

What tells is the same on all imagery once it is said relative to the examples: how a candidate looks beside
the mean example and beside the nearest one, how far its size is off, how whole the model takes it to be,
whether a candidate around it or inside it is more like the examples, and how many others agree with it. The
weights are a logistic regression over draws of 5, 10 and 20 examples on the training half of the roof
scenes: ``python -m training.benchmark.find --fit`` makes them anew.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.stages.candidates import Candidate
from engine.stages.refine import probability
from engine.stages.suppression import Overlaps
from training.find.likeness import Likeness, Masks, logit

NAMES = ("looks", "nearest", "size", "whole", "steady", "solid", "around", "within", "votes")
WEIGHTS = (1.744, 5.71, 0.083, 0.154, 1.184, 3.85, -0.065, 0.041, 1.156)
CONSTANT = -1.497
"""Of the regression, for the evidence in the order of :data:`NAMES`."""
INSIDE = 0.75
"""Share of a candidate that lies in another, from which on it is a part of it."""
LARGER = 1.3
"""A whole is larger than its part by that factor."""
AGREE = 0.6
"""IoU from which on two candidates show the same."""
SAME = 1e-6
"""Mean square deviation below which two descriptions are of the same mask."""
NONE_WORSE, MOST_BETTER = -8.0, 4.0
"""Difference of values where there is no part or whole, and the largest that counts."""


def chances(evidence_of: np.ndarray) -> np.ndarray:
    """(n,) probability for evidence (n, 9)."""
    return probability(evidence_of @ np.array(WEIGHTS) + CONSTANT)


def evidence(
    candidates: Sequence[Candidate],
    masks: Masks,
    values: np.ndarray,
    likeness: Likeness,
    examples: Masks,
    shared: Overlaps,
) -> np.ndarray:
    """(n, 9) what speaks for each candidate, see :data:`NAMES`.

    Args:
        masks: of the candidates.
        values: (n,) of the candidates.
        examples: the masks that the examples mean.
        shared: pairs among the candidates.
    """
    around, within, votes = _company(candidates, values, shared)
    return np.stack(
        [
            likeness.looks(masks),
            -_distance(likeness, masks, examples),
            2 * likeness.size(masks),
            logit(masks.score),
            np.array([candidate.stability for candidate in candidates]),
            np.array([_solidity(candidate.mask) for candidate in candidates]),
            around,
            within,
            votes,
        ],
        axis=1,
    )


def _distance(likeness: Likeness, masks: Masks, examples: Masks) -> np.ndarray:
    """(n,) root mean square deviation from the nearest example, where correlated features count once.

    An example is recognised by its distance of nearly 0, and compared with the others.
    """
    background = likeness.background
    root = np.linalg.cholesky(background.inverse)
    own, theirs = (background.deviations(some.features) @ root for some in (masks, examples))
    squares = (own**2).sum(axis=1)[:, None] + (theirs**2).sum(axis=1)[None] - 2 * own @ theirs.T
    squares = np.maximum(squares, 0) / own.shape[1]
    if len(examples) > 1:
        squares[squares < SAME] = np.inf
    return np.asarray(np.sqrt(squares.min(axis=1)))


def _solidity(mask: np.ndarray) -> float:
    """Logarithm of a mask's area over that of the ellipse with its second moments: 0 for a filled ellipse."""
    y, x = np.nonzero(mask)
    if len(x) < 3:
        return 0.0
    spread = np.linalg.eigvalsh(np.cov(np.stack([x, y])) + 0.1 * np.eye(2))
    return float(np.log(len(x) / (4 * np.pi * np.sqrt(spread.prod()))))


def _company(
    candidates: Sequence[Candidate], values: np.ndarray, shared: Overlaps
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n,) by how much the best whole around each is better, the best part within; log(1 + votes)."""
    area = np.array([candidate.area for candidate in candidates])
    small = np.where(area[shared.left] < area[shared.right], shared.left, shared.right)
    large = shared.left + shared.right - small
    nested = (shared.inside > INSIDE) & (area[large] > LARGER * area[small])
    around, within = (np.full(len(area), -np.inf) for _ in range(2))
    np.maximum.at(around, small[nested], values[large[nested]])
    np.maximum.at(within, large[nested], values[small[nested]])
    votes = np.ones(len(area))
    agree = shared.iou > AGREE
    np.add.at(votes, shared.left[agree], 1)
    np.add.at(votes, shared.right[agree], 1)
    better = [np.clip(best - values, NONE_WORSE, MOST_BETTER) for best in (around, within)]
    return better[0], better[1], np.log1p(votes)
