"""Refine: which pixels of a mask are certain, belong to one object only, and hang together with its click.

Arrays in, arrays out; logits are (K, h, w) float32 for K objects on one tile. Equations are those of
ReSAM (arXiv 2511.21606), CVPR form.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

STABILITY_OFFSET = 1.0


def probability(logits: np.ndarray) -> np.ndarray:
    """``p = 1 / (1 + exp(-z))``, without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * logits.astype(np.float32))))


def binary_entropy(p: np.ndarray) -> np.ndarray:
    """``H = -(p·log2 p + (1-p)·log2(1-p))`` in [0, 1], 0 at p = 0 and 1."""
    q = np.clip(p, 1e-7, 1 - 1e-7)
    return np.asarray(-(q * np.log2(q) + (1 - q) * np.log2(1 - q)))


def confident(p: np.ndarray, eps: float) -> np.ndarray:
    """``C = [p·(1-H) > eps]``: bool, the pixels that are object with little doubt."""
    return np.asarray(p * (1 - binary_entropy(p)) > eps)


def suppress_overlaps(masks: np.ndarray) -> np.ndarray:
    """``R = C·(1-O)`` with ``O = [sum_k C > 1]``: bool (K, h, w) without what two objects claim."""
    return np.asarray(masks & (masks.sum(axis=0, keepdims=True) <= 1))


def divide_overlaps(masks: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Bool (K, h, w): what several objects claim belongs to the surest of them, on a tie to the first."""
    surest = np.where(masks, p, -1).argmax(axis=0)
    return np.asarray(masks & (np.arange(len(masks))[:, None, None] == surest))


def clicked_component(mask: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Keep the 8-connected components of bool (h, w) ``mask`` that hold a click.

    Args:
        cells: (n, 2) float x, y of the positive clicks in mask cells.

    Returns:
        The components that a click falls in; if none does, the one nearest to a click; all if there are
        no clicks.
    """
    if len(cells) == 0 or not mask.any():
        return mask
    labels, count = ndimage.label(mask, structure=np.ones((3, 3)))
    if count == 1:
        return mask
    x, y = np.clip(cells.astype(int), 0, np.array(mask.shape[::-1]) - 1).T
    hit = np.unique(labels[y, x])
    hit = hit[hit > 0]
    if len(hit) == 0:
        nearest = ndimage.distance_transform_edt(~mask, return_distances=False, return_indices=True)
        hit = np.unique(labels[tuple(nearest[:, y[:1], x[:1]])])
    return np.isin(labels, hit)


def refine(logits: np.ndarray, clicks: list[np.ndarray], eps: float, divide: bool = False) -> np.ndarray:
    """Refined masks (K, h, w) bool: confident, claimed by one object only, component of the click.

    Below eps = 0.058 the rule would let pixels pass that are confidently background; they never do here.
    ``divide`` gives contested pixels to the surest object, where the paper takes them off all.

    An object whose confident pixels all overlap a neighbour's, or that has none, falls back on its plain
    mask ``[z > 0]``: at inference it must still get its polygon, with the low score it deserves.
    """
    certain = np.empty(logits.shape, dtype=bool)
    for row, mask in enumerate(logits):  # One by one: a crowd's floats would take several times its logits.
        certain[row] = confident(probability(mask), eps) & (mask > 0)
    alone = divide_overlaps(certain, probability(logits)) if divide else suppress_overlaps(certain)
    chosen = np.where(alone.any(axis=(1, 2), keepdims=True), alone, logits > 0)
    return np.stack([clicked_component(mask, cells) for mask, cells in zip(chosen, clicks, strict=True)])


def stability(logits: np.ndarray) -> np.ndarray:
    """(K,) IoU of the masks at logits +1 and -1 (segment-anything's stability score); 0 for empty masks."""
    high = (logits > STABILITY_OFFSET).sum(axis=(1, 2))
    low = (logits > -STABILITY_OFFSET).sum(axis=(1, 2))
    return np.asarray(high / np.maximum(low, 1))


def mean_entropy(logits: np.ndarray) -> np.ndarray:
    """(K,) mean binary entropy over the pixels of each mask ``[z > 0]``; 1 for empty masks."""
    inside = logits > 0
    total = (binary_entropy(probability(logits)) * inside).sum(axis=(1, 2))
    area = inside.sum(axis=(1, 2))
    return np.asarray(np.where(area > 0, total / np.maximum(area, 1), 1.0))
