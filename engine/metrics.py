"""Agreement of masks, boxes and polygons, and how sure a mean of such figures is."""

from __future__ import annotations

import numpy as np
from shapely.geometry.base import BaseGeometry

from engine import overlay

RESAMPLES = 2000
PERCENT_95 = (0.025, 0.975)
"""Quantiles that bound a 95 % interval."""


def mask_iou(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(…,) float IoU of bool masks (…, h, w), pair by pair; 0 where both are empty."""
    union = (one | other).sum(axis=(-2, -1))
    return np.asarray((one & other).sum(axis=(-2, -1)) / np.maximum(union, 1))


def pairwise_mask_iou(masks: np.ndarray) -> np.ndarray:
    """(K, K) float32 IoU of every two of K bool masks (K, h, w); 0 where both are empty."""
    flat = masks.reshape(len(masks), -1).astype(np.float32)
    both = flat @ flat.T
    areas = np.diag(both)
    return np.asarray(both / np.maximum(areas[:, None] + areas[None] - both, 1))


def box_iou(one: np.ndarray, other: np.ndarray) -> float:
    """IoU of two boxes (4,) x0, y0, x1, y1; 0 where they share no area."""
    shared = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    if (shared <= 0).any():
        return 0.0
    both = shared.prod()
    return float(both / ((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - both))


def polygon_agreement(one: BaseGeometry, other: BaseGeometry) -> tuple[float, float] | None:
    """IoU and F1 of two shapes, I / (A + B - I) and 2 I / (A + B); 1 where neither has an area.

    Returns:
        None where the two cannot be overlaid.
    """
    common = overlay.intersection(one, other)
    if common is None:
        return None
    shared, both = common.area, one.area + other.area
    if not both - shared:
        return 1.0, 1.0
    return float(shared / (both - shared)), float(2 * shared / both)


def bootstrap_interval(
    values: np.ndarray, rng: np.random.Generator, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """95 % percentile interval of the mean of (n,) values, at least one, over bootstrap resamples.

    Of paired differences it is the interval of the paired bootstrap.
    """
    count = len(values)
    means = [values[rng.integers(count, size=count)].mean() for _ in range(resamples)]
    low, high = np.quantile(means, PERCENT_95)
    return float(low), float(high)
