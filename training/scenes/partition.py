"""Label maps that divide a sheet completely: fields, gardens, blocks."""

from __future__ import annotations

import cv2
import numpy as np

from training.scenes.canvas import Box
from training.scenes.frame import Pose
from training.scenes.noise import sample

Sides = tuple[float, float]


def splits(rng: np.random.Generator, size: int, share: float, angle: float) -> np.ndarray:
    """Turned rectangles, cut in two again and again until a side is about ``share`` of the sheet.

    Returns (size, size) int32 labels from 1; a corner that no rectangle reaches is 0.
    """
    smallest = (size * share) ** 2
    skew = rng.normal(0, 0.1)
    frame = Pose(size / 2, size / 2, angle)
    reach = size * 0.75
    queue = [np.array([[-reach, -reach], [reach, -reach], [reach, reach], [-reach, reach]])]
    labels = np.zeros((size, size), np.int32)
    count = 0
    while queue:
        ring = queue.pop()
        sides = float(np.hypot(*(ring[1] - ring[0]))), float(np.hypot(*(ring[3] - ring[0])))
        if sides[0] * sides[1] > smallest * rng.uniform(0.7, 3) and min(sides) > 8:
            queue += _halves(rng, ring, sides, skew)
            continue
        count += 1
        cv2.fillPoly(labels, [np.round(frame(ring) - 0.5).astype(np.int32)], count)
    return labels


def _halves(rng: np.random.Generator, ring: np.ndarray, sides: Sides, skew: float) -> list[np.ndarray]:
    """Two quads out of one; mostly the longer side is the one that is cut."""
    first = sides[0] * rng.uniform(0.6, 1.6) > sides[1]
    a, b, c, d = ring if first else np.roll(ring, -1, axis=0)
    share = rng.uniform(0.3, 0.7)
    other = np.clip(share + rng.normal(0, 0.3) * skew, 0.2, 0.8)
    top, bottom = a + (b - a) * share, d + (c - d) * other
    if first:
        return [np.array([a, top, bottom, d]), np.array([top, b, c, bottom])]
    return [np.array([d, a, top, bottom]), np.array([bottom, top, b, c])]


def voronoi(rng: np.random.Generator, size: int, count: int) -> np.ndarray:
    """``count`` Voronoi cells, stretched along one direction: (size, size) int32 labels from 1."""
    stretch = np.array([1.0, rng.uniform(1.0, 2.5)])
    turn = Pose(0, 0, rng.uniform(0, np.pi))
    side = -(-size // 2)
    ys, xs = np.mgrid[0:side, 0:side] * 2.0
    grid = (turn(np.stack([xs.ravel(), ys.ravel()], axis=1)) * stretch).astype(np.float32)
    seeds = (turn(rng.uniform(0, size, (count, 2))) * stretch).astype(np.float32)
    # |g - s|^2 without the |g|^2 that all seeds have in common.
    score = grid @ seeds.T - 0.5 * (seeds**2).sum(axis=1)
    nearest = score.argmax(axis=1).reshape(side, side).astype(np.float32) + 1
    return _whole(cv2.resize(nearest, (2 * side, 2 * side), interpolation=cv2.INTER_NEAREST)[:size, :size])


def bent(rng: np.random.Generator, labels: np.ndarray, amount: float) -> np.ndarray:
    """The same map with borders that wander by about ``amount`` pixels, as along streams and contours."""
    size = labels.shape[0]
    ys, xs = np.mgrid[0:size, 0:size].astype(np.float32)
    scale = size / 512 * rng.uniform(0.6, 2.0)
    xs += np.float32(amount) * sample(rng, "smooth", size, size, scale)
    ys += np.float32(amount) * sample(rng, "smooth", size, size, scale)
    moved = cv2.remap(labels.astype(np.float32), xs, ys, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT)
    return _whole(moved)


def soft(labels: np.ndarray, label: int) -> tuple[Box, np.ndarray] | None:
    """The window around a label and its cover there, (h, w) float32 with smoothed borders; None if absent.

    The covers of two neighbours add up to one, so a pixel is more than half covered by one of them at most.
    """
    mask = (labels == label).astype(np.uint8)
    x, y, width, height = cv2.boundingRect(mask)
    if not width:
        return None
    box = Box(
        max(x - 1, 0), max(y - 1, 0), min(x + width + 1, mask.shape[1]), min(y + height + 1, mask.shape[0])
    )
    cover = cv2.GaussianBlur(mask[box.slices] * np.float32(1), (3, 3), 0, borderType=cv2.BORDER_REPLICATE)
    return box, np.asarray(cover)


def edges(labels: np.ndarray, width: int) -> np.ndarray:
    """(H, W) bool: the strip of about ``width`` pixels along every border."""
    edge = np.zeros(labels.shape, np.uint8)
    edge[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    edge[1:] |= labels[1:] != labels[:-1]
    if width > 1:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
        edge = np.asarray(cv2.dilate(edge, kernel))
    return edge > 0


def _whole(labels: np.ndarray) -> np.ndarray:
    return np.asarray(labels).astype(np.int32)
