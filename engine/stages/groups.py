"""Which boxes lie so near to each other, in chains, that they must be worked through together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

Boxes = NDArray[np.float64]
"""(n, 4) x0, y0, x1, y1; NaN where there is nothing."""
_STRIP = 20_000
"""Boxes that are in a tree at a time, and that one is asked for at a time."""


def groups(boxes: Boxes, distance: float, owners: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Numbers of the groups of what owns boxes.

    Args:
        boxes: in any order.
        distance: boxes that are that near to each other, along both axes, belong together.
        owners: (n,) row that each box belongs to; a row may have several, or none.
        count: of rows.

    Returns:
        (count,) from 0: rows of one group have the same number; what is near to a row is in its group.
    """
    links = [np.zeros((2, 0), dtype=np.int32)]
    links += [owners[pair].astype(np.int32) for pair in near_pairs(boxes, distance)]
    return joined(np.concatenate(links, axis=1), count)


def joined(links: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """(count,) number of the group of each row, from (2, k) pairs of rows that belong together."""
    # Here, since only assembly needs them: every first click would wait for them.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(links.shape[1], dtype=bool)
    _, labels = connected_components(coo_array((ones, tuple(links)), shape=(count, count)), directed=False)
    return np.asarray(labels, dtype=np.int64)


def near_pairs(boxes: Boxes, distance: float) -> Iterator[NDArray[np.int64]]:
    """(2, k) pairs of different boxes that are near to each other, each at least once, strip by strip."""
    there = np.flatnonzero(np.isfinite(boxes).all(axis=1))
    there = there[np.argsort(boxes[there, 1], kind="stable")]
    tops = boxes[there, 1]
    for start in range(0, len(there), _STRIP):
        strip = there[start : start + _STRIP]
        wide = boxes[strip] + np.array([-distance, -distance, distance, distance])
        tree = shapely.STRtree(shapely.box(*wide.T))
        # Those that begin before the strip have asked for it in their own.
        end = int(np.searchsorted(tops, wide[:, 3].max(), side="right"))
        for first in range(start, end, _STRIP):
            others = there[first : min(first + _STRIP, end)]
            asking, hits = tree.query(shapely.box(*boxes[others].T))
            different = others[asking] != strip[hits]
            yield np.stack([others[asking][different], strip[hits][different]])


def packed(labels: NDArray[np.int64], order: NDArray[np.int64], most: int) -> list[NDArray[np.int64]]:
    """Rows in parts of whole groups, each about ``most`` rows, or one larger group.

    Args:
        labels: (n,) group of each row.
        order: (n,) place of each row in the order in which parts should follow each other.

    Returns:
        The rows of each part, ascending.
    """
    if not len(labels):
        return []
    first = np.full(labels.max() + 1, len(order))
    np.minimum.at(first, labels, order)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    rows = np.argsort(rank[labels], kind="stable")
    ends = np.cumsum(np.bincount(rank[labels]))
    cuts, start = [], 0
    for end in ends.tolist():
        if end - start >= most:
            cuts.append(end)
            start = end
    return [np.sort(part) for part in np.split(rows, cuts) if len(part)]
