"""The mask of one object, cut to its bounding box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Patch:
    """A mask cut to its bounding box: bool ``mask`` whose first pixel is at column ``x``, row ``y``."""

    x: int
    y: int
    mask: np.ndarray

    @classmethod
    def of(cls, mask: np.ndarray) -> Patch:
        """Cut a mask of the whole image; an empty one becomes an empty patch."""
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if len(rows) == 0:
            return cls(0, 0, np.zeros((0, 0), bool))
        x, y = int(columns[0]), int(rows[0])
        return cls(x, y, mask[y : rows[-1] + 1, x : columns[-1] + 1].copy())

    @property
    def box(self) -> np.ndarray:
        """(4,) outer edges of the mask, x0, y0, x1, y1."""
        height, width = self.mask.shape
        return np.array([self.x, self.y, self.x + width, self.y + height], np.float64)

    def holds(self, xy: np.ndarray) -> bool:
        """Whether (2,) x, y, in pixels of the image, lies in the mask."""
        column, row = np.floor(xy).astype(int) - (self.x, self.y)
        height, width = self.mask.shape
        return bool(0 <= column < width and 0 <= row < height and self.mask[row, column])

    def agreement(self, other: Patch) -> tuple[float, float]:
        """IoU and F1 with another patch of the same image."""
        x0, y0 = np.maximum(self.box[:2], other.box[:2]).astype(int)
        x1, y1 = np.minimum(self.box[2:], other.box[2:]).astype(int)
        both = 0
        if x1 > x0 and y1 > y0:
            mine = self.mask[y0 - self.y : y1 - self.y, x0 - self.x : x1 - self.x]
            theirs = other.mask[y0 - other.y : y1 - other.y, x0 - other.x : x1 - other.x]
            both = int((mine & theirs).sum())
        total = int(self.mask.sum()) + int(other.mask.sum())
        return both / max(total - both, 1), 2 * both / max(total, 1)
