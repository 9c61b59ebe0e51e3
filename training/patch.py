"""The mask of one object, cut to its bounding box."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from engine.boxes import window_of


@dataclass(frozen=True, eq=False)
class Patch:
    """A mask cut to its bounding box: bool ``mask`` whose first pixel is at column ``x``, row ``y``."""

    x: int
    y: int
    mask: np.ndarray

    @classmethod
    def of(cls, mask: np.ndarray) -> Patch:
        """Cut a mask of the whole image; an empty one becomes an empty patch."""
        window = window_of(mask)
        if window is None:
            return cls(0, 0, np.zeros((0, 0), bool))
        return cls(window[1].start, window[0].start, mask[window].copy())

    @classmethod
    def of_instances(cls, instances: np.ndarray, numbers: Iterable[int]) -> tuple[Patch, ...]:
        """Cut the objects of those numbers, all of them visible, out of an (H, W) int instance map."""
        windows = ndimage.find_objects(instances)
        found = []
        for number in numbers:
            rows, columns = windows[number - 1]
            found.append(cls(columns.start, rows.start, instances[rows, columns] == number))
        return tuple(found)

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
