"""Boxes of masks, and boxes grown: x0, y0, x1, y1 with the corner of the first cell at (0, 0)."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

Window = tuple[slice, slice]
"""Rows and columns."""


def window_of(mask: np.ndarray) -> Window | None:
    """The smallest window that holds every true cell of bool (h, w) ``mask``; None if it is empty."""
    (found,) = ndimage.find_objects(mask.astype(np.int8), max_label=1)
    return found


def tight_box(mask: np.ndarray) -> np.ndarray | None:
    """(4,) float x0, y0, x1, y1: outer edges of the true cells of (h, w) ``mask``; None if it is empty."""
    window = window_of(mask)
    if window is None:
        return None
    rows, columns = window
    return np.array([columns.start, rows.start, columns.stop, rows.stop], np.float64)


def expanded(box: np.ndarray, share: float, limit: float) -> np.ndarray:
    """``box`` grown by ``share`` of its sides on every side, within 0..limit."""
    margin = np.tile(box[2:] - box[:2], 2) * share * np.array([-1, -1, 1, 1])
    return np.clip(box + margin, 0, limit)
