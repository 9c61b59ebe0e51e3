"""Where objects go: rejection sampling on a coarse map of what is taken."""

from __future__ import annotations

import cv2
import numpy as np

from training.scenes.frame import Pose, rectangle

_COARSE = 4


class Plots:
    """Remembers which ground is taken, at a quarter of the sheet's resolution."""

    def __init__(self, rng: np.random.Generator, size: int) -> None:
        self._rng = rng
        self._size = size
        self._taken = np.zeros((-(-size // _COARSE), -(-size // _COARSE)), np.uint8)

    def find(self, length: float, width: float, angle: float | None = None, tries: int = 12) -> Pose | None:
        """A free pose for a ``length`` by ``width`` rectangle (pixels), now taken; None when none is found.

        Now and then the rectangle hangs over the edge of the sheet.
        """
        for _ in range(tries):
            turn = self._rng.uniform(0, 2 * np.pi) if angle is None else angle
            margin = 0.5 * min(length, width) * self._rng.uniform(-0.3, 1.2)
            margin = min(margin, 0.45 * self._size)
            x, y = self._rng.uniform(margin, self._size - margin, 2)
            pose = Pose(float(x), float(y), float(turn))
            if self.take(pose, length, width):
                return pose
        return None

    def take(self, pose: Pose, length: float, width: float) -> bool:
        """Take a rectangle if all of it is free; False if it is not, or lies outside the sheet."""
        place = self._stamp(pose, length, width)
        if place is None or (place[0] & place[1]).any():
            return False
        place[0][...] |= place[1]
        return True

    def claim(self, pose: Pose, length: float, width: float) -> None:
        """Take a rectangle, free or not."""
        place = self._stamp(pose, length, width)
        if place is not None:
            place[0][...] |= place[1]

    def _stamp(self, pose: Pose, length: float, width: float) -> tuple[np.ndarray, np.ndarray] | None:
        """The window of the map around a rectangle, and the rectangle in it; None if it lies outside."""
        ring = np.round(pose(rectangle(length, width)) / _COARSE - 0.5).astype(np.int32)
        low = np.maximum(ring.min(axis=0), 0)
        high = np.minimum(ring.max(axis=0) + 1, self._taken.shape[0])
        if (high <= low).any():
            return None
        stamp = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
        cv2.fillConvexPoly(stamp, ring - low, 1)
        return self._taken[low[1] : high[1], low[0] : high[0]], stamp

    def block(self, mask: np.ndarray) -> None:
        """Mark the pixels of a full-size mask as taken."""
        side = self._taken.shape[0]
        small = cv2.resize(mask.astype(np.uint8), (side, side), interpolation=cv2.INTER_NEAREST)
        self._taken[np.asarray(small) > 0] = 1
