"""How likely a candidate is a wanted object, and outlined at IoU 0.5: learned before, on other images.

What tells is the same on all imagery once it is said relative to the examples: how a candidate looks beside
the mean example and beside the nearest one, how far its size is off, how whole the model takes it to be, how
well it fills its box beside the examples, how many others agree with it, how many lie in it or around it.
That is a first judgement. A second one also knows how alike a candidate is to what the first takes for
likely (:mod:`training.find.kin`). Each knows the same beside what is usual for the examples themselves: how
near the nearest other is tells little until one knows how near the examples are to each other. Both are
logistic regressions over draws of examples on training images of roofs and trees, see
:mod:`training.benchmark.find_fit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.stages.candidates import Candidate
from engine.stages.refine import probability
from training.find.kin import kinship
from training.find.likeness import Likeness, Masks, logit
from training.find.pool import Pool, masks_of

NAMES = ("looks", "nearest", "size", "whole", "steady", "solid", "fill", "votes", "parts", "wholes", "kin")
BESIDE = ("nearest", "whole", "steady", "solid", "votes", "parts", "wholes", "kin")
"""Evidence that also counts less what it usually is for the examples."""
APART = ("solid", "votes", "parts", "wholes")
"""Evidence whose distance from that also counts, whichever way."""
INSIDE = 0.75
"""Share of a candidate that lies in another, from which on it is a part of it."""
LARGER = 1.3
"""A whole is larger than its part by that factor."""
AGREE = 0.6
"""IoU from which on two candidates show the same."""
SAME = 1e-6
"""Mean square deviation below which two descriptions are of the same mask."""


@dataclass(frozen=True)
class Regression:
    """A logistic regression: weights (d,) of evidence (n, d), and a constant."""

    weights: tuple[float, ...]
    constant: float

    def chances(self, evidence: np.ndarray) -> np.ndarray:
        """(n,) probability for evidence (n, d)."""
        return probability(evidence @ np.array(self.weights) + self.constant)


@dataclass(frozen=True)
class Rule:
    """What both judgements go by, for the evidence as :func:`_compared` orders it; the first lacks kin."""

    first: Regression
    second: Regression


FEW = 2
"""Examples up to which each says little of what is usual for the others."""
OF_FEW = Rule(
    Regression(
        (
            1.7,
            4.58,
            0.0716,
            0.59,
            -3.31,
            7.05,
            1.44,
            0.892,
            0.732,
            0.221,
            -0.924,
            -0.166,
            3.58,
            -2.1,
            -0.397,
            -0.0613,
            -0.22,
            -3.35,
            0.719,
            -0.165,
            -0.00299,
        ),
        1.93,
    ),
    Regression(
        (
            0.615,
            3.83,
            0.065,
            0.467,
            -3.45,
            6.31,
            1.29,
            0.766,
            0.652,
            0.182,
            0.744,
            -1.1,
            -0.128,
            3.48,
            -1.8,
            -0.32,
            -0.0455,
            -0.208,
            0.241,
            -3.14,
            0.67,
            -0.133,
            0.00842,
        ),
        2.0,
    ),
)
"""Learned from draws of 1 to 20 examples."""
OF_MANY = Rule(
    Regression(
        (
            1.81,
            5.56,
            0.0786,
            0.0705,
            -2.52,
            8.76,
            1.47,
            0.762,
            0.916,
            0.194,
            -1.07,
            0.252,
            2.65,
            -4.79,
            -0.165,
            -0.277,
            -0.197,
            -2.53,
            0.904,
            -0.218,
            0.03,
        ),
        2.07,
    ),
    Regression(
        (
            0.293,
            5.38,
            0.0727,
            0.0919,
            -3.03,
            8.55,
            1.27,
            0.6,
            0.869,
            0.0941,
            1.18,
            -1.61,
            0.172,
            3.0,
            -5.26,
            -0.0706,
            -0.318,
            -0.128,
            0.431,
            -2.0,
            0.874,
            -0.198,
            0.0473,
        ),
        2.83,
    ),
)
"""Learned from draws of 5 to 20 examples."""


@dataclass(frozen=True, eq=False)
class Judgement:
    """What is known of n candidates.

    Attributes:
        alone: (n, d) evidence of the first judgement.
        evidence: (n, e) of the second one; it begins in the order of :data:`NAMES`.
        chance: (n,) probability by the second one.
    """

    alone: np.ndarray
    evidence: np.ndarray
    chance: np.ndarray


def judged(
    pool: Pool, likeness: Likeness, means: Sequence[Candidate], first: Regression | None = None
) -> Judgement:
    """Judge the candidates of a pool.

    Args:
        means: the masks that the examples mean.
        first: the first judgement, for fitting the second; None takes the one learned before.
    """
    rule = OF_FEW if len(means) <= FEW else OF_MANY
    shown = set(means)
    own = np.array([number for number, one in enumerate(pool.near) if one in shown], int)
    plain = _evidence(pool, likeness, means)
    # Examples on another raster are no candidates here: those that look most like them stand for them.
    usual = own if len(own) else np.argsort(-plain[:, NAMES.index("looks")])[: len(means)]
    alone = _compared(plain, usual)
    chance = (first or rule.first).chances(alone)
    chance[own] = 1.0
    evidence = _compared(np.column_stack([plain, kinship(pool, likeness, chance)]), usual)
    return Judgement(alone, evidence, rule.second.chances(evidence))


def _compared(plain: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """(n, e) the evidence, then that beside the median of the rows ``usual``, then how far it is from it."""
    names = NAMES[: plain.shape[1]]
    beside = plain - np.median(plain[usual], axis=0)
    less, far = ([names.index(name) for name in some if name in names] for some in (BESIDE, APART))
    return np.column_stack([plain, beside[:, less], -np.abs(beside[:, far])])


def _evidence(pool: Pool, likeness: Likeness, means: Sequence[Candidate]) -> np.ndarray:
    """(n, 10) what speaks for each candidate by itself and in the company of the others."""
    masks, near = pool.masks, pool.near
    votes, parts, wholes = _company(pool)
    usual = np.median([_filled(one) for one in means])
    return np.stack(
        [
            likeness.looks(masks),
            -_distance(likeness, masks, masks_of(means)),
            2 * likeness.size(masks),
            logit(masks.score),
            np.array([one.stability for one in near]),
            np.array([_solidity(one.mask) for one in near]),
            np.array([-abs(_filled(one) - usual) for one in near]),
            votes,
            parts,
            wholes,
        ],
        axis=1,
    )


def _distance(likeness: Likeness, masks: Masks, examples: Masks) -> np.ndarray:
    """(n,) root mean square deviation from the nearest example, where correlated features count once.

    An example is recognised by its distance of nearly 0, and compared with the others; if all the others are
    the same too, that is 0.
    """
    background = likeness.background
    root = np.linalg.cholesky(background.inverse)
    own, theirs = (background.deviations(some.features) @ root for some in (masks, examples))
    squares = (own**2).sum(axis=1)[:, None] + (theirs**2).sum(axis=1)[None] - 2 * own @ theirs.T
    squares = np.maximum(squares, 0) / own.shape[1]
    if len(examples) > 1:
        squares[squares < SAME] = np.inf
    nearest = squares.min(axis=1)
    return np.asarray(np.sqrt(np.where(np.isinf(nearest), 0, nearest)))


def _solidity(mask: np.ndarray) -> float:
    """Logarithm of a mask's area over that of the ellipse with its second moments: 0 for a filled ellipse."""
    y, x = np.nonzero(mask)
    if len(x) < 3:
        return 0.0
    y, x = y - y.mean(), x - x.mean()
    (yy, xx), xy = (float((side**2).sum()) / (len(x) - 1) + 0.1 for side in (y, x)), float(x @ y)
    return float(np.log(len(x) / (4 * np.pi * np.sqrt(xx * yy - (xy / (len(x) - 1)) ** 2))))


def _filled(candidate: Candidate) -> float:
    """Logarithm of the share of its box that a mask covers."""
    return float(np.log(candidate.mask.mean()))


def _company(pool: Pool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n,) log(1 + number) of the candidates that agree with each, itself among them; of parts; of wholes."""
    shared, area = pool.among, pool.masks.area
    small = np.where(area[shared.left] < area[shared.right], shared.left, shared.right)
    large = shared.left + shared.right - small
    nested = (shared.inside > INSIDE) & (area[large] > LARGER * area[small])
    agree = shared.iou > AGREE
    votes = 1 + _counts(np.concatenate([shared.left[agree], shared.right[agree]]), len(area))
    parts, wholes = _counts(large[nested], len(area)), _counts(small[nested], len(area))
    return np.log1p(votes), np.log1p(parts), np.log1p(wholes)


def _counts(numbers: np.ndarray, length: int) -> np.ndarray:
    return np.bincount(numbers, minlength=length)
