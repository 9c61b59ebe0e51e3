"""Which finds to accept, by their probabilities."""

from __future__ import annotations

import numpy as np

from engine.schema import ACCEPTED_FROM


def default_threshold(p: np.ndarray) -> float:
    """The threshold of the best expected F1, but no find is accepted that is likelier wrong than right.

    Where objects are hard to tell apart, the best F1 accepts many wrong finds, and the user must reject each.
    """
    return max(best_threshold(p), ACCEPTED_FROM)


def best_threshold(p: np.ndarray) -> float:
    """The threshold whose expected F1 is highest, for probabilities (n,); 0.5 if there are none.

    Of what is kept, ``sum p`` is expected to be right, out of ``sum p`` over all.
    """
    if not len(p) or p.sum() == 0:
        return 0.5
    falling = np.sort(p)[::-1]
    right = np.cumsum(falling)
    expected = 2 * right / (np.arange(1, len(p) + 1) + p.sum())
    return float(falling[expected.argmax()])


def threshold_for(p: np.ndarray, precision: float) -> float:
    """The lowest threshold at which the mean probability above it is ``precision``; above all if none is."""
    falling = np.sort(p)[::-1]
    enough = np.cumsum(falling) / np.arange(1, len(p) + 1) >= precision
    return float(falling[np.flatnonzero(enough)[-1]]) if enough.any() else 1.0
