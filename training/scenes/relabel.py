"""From painted ids to a clean instance map: connected objects, numbered without gaps."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

MIN_PIXELS = 12


def relabel(instances: np.ndarray, classes: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Split what occlusion cut apart, drop slivers under MIN_PIXELS, number from 1.

    Returns the (H, W) int32 map and one class per number.
    """
    out = np.zeros_like(instances)
    names: list[str] = []
    for instance, box in windows(instances, len(classes)):
        part = (instances[box] == instance).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
        for label in range(1, count):
            if stats[label, cv2.CC_STAT_AREA] >= MIN_PIXELS:
                names.append(classes[instance - 1])
                out[box][labels == label] = len(names)
    return out, tuple(names)


def windows(instances: np.ndarray, count: int) -> list[tuple[int, tuple[slice, slice]]]:
    """Every id that is still visible, with the window around its pixels."""
    rows, columns = np.nonzero(instances)
    ids = instances[rows, columns]
    low = np.full((count + 1, 2), np.iinfo(np.int64).max)
    high = np.full((count + 1, 2), -1)
    for axis, values in enumerate((rows, columns)):
        np.minimum.at(low[:, axis], ids, values)
        np.maximum.at(high[:, axis], ids, values)
    return [
        (int(i), (slice(int(low[i, 0]), int(high[i, 0]) + 1), slice(int(low[i, 1]), int(high[i, 1]) + 1)))
        for i in range(1, count + 1)
        if high[i, 0] >= 0
    ]
