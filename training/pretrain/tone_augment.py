"""Objects of several tones: what makes colour alone a poor guide to where an object ends.

Generated objects are cleaner than real ones. A model that learned from them alone follows the clicked colour
and stops at the ridge of a roof, at a ship's hatches, at a shadow. So parts of objects, and of the ground,
are lit, tinted and painted over, within their outlines. (Where the marks are then blurred, a little of the
ground enters the rim: the visible edge moves inwards by at most 0.4 pixels.)
"""

from __future__ import annotations

import cv2
import numpy as np

OBJECT_SHARE = 0.4
"""Chance that an object is tone_augmented."""
GROUND_SHARE = 0.3
"""Chance that the ground is, so that a mark does not give an object away."""
SHADE_SHARE = 0.15
"""Chance that a straight-edged shade lies over everything."""
MIN_SIDE = 8
"""Objects whose box is smaller than this many pixels stay as they are."""


def tone_augmented(rng: np.random.Generator, image: np.ndarray, instances: np.ndarray) -> np.ndarray:
    """A copy of ``image`` (H, W, 3) uint8 with marks on some of the objects of ``instances`` (H, W)."""
    out = image.copy()
    for number, (x, y, width, height) in _boxes(instances).items():
        if min(width, height) >= MIN_SIDE and rng.random() < OBJECT_SHARE:
            window = np.s_[y : y + height, x : x + width]
            _mark(rng, out[window], instances[window] == number, image)
    if rng.random() < GROUND_SHARE:
        _mark(rng, out, instances == 0, image)
    if rng.random() < SHADE_SHARE:
        out = (out * _half_plane(rng, out.shape[:2], 0.5)[..., None]).clip(0, 255).astype(np.uint8)
    return out


def _boxes(instances: np.ndarray) -> dict[int, tuple[int, int, int, int]]:
    """Id -> x, y, width, height of its bounding box."""
    boxes = {}
    for number in np.unique(instances[instances > 0]).tolist():
        x, y, width, height = cv2.boundingRect((instances == number).astype(np.uint8))
        boxes[number] = (x, y, width, height)
    return boxes


def _mark(rng: np.random.Generator, window: np.ndarray, inside: np.ndarray, source: np.ndarray) -> None:
    """Change ``window`` (h, w, 3) in place where ``inside`` (h, w) is true; colours come from ``source``."""
    marked: np.ndarray = window.astype(np.float32)
    shape = window.shape[:2]
    for _ in range(int(rng.integers(1, 3))):
        kind = rng.random()
        if kind < 0.35:
            marked *= _half_plane(rng, shape, 0.4)[..., None]
        elif kind < 0.5:
            marked *= _ramp(rng, shape)[..., None]
        elif kind < 0.65:
            marked *= _clouds(rng, shape)[..., None]
        else:
            _patches(rng, marked, source)
    if rng.random() < 0.5:
        marked = np.asarray(cv2.GaussianBlur(marked, (0, 0), rng.uniform(0.4, 1.0)))
    window[inside] = marked.clip(0, 255).astype(np.uint8)[inside]


def _along(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """(h, w) float32 signed distance, in half diagonals, from a random line through the middle part."""
    height, width = shape
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    cx, cy = rng.uniform(0.25, 0.75, 2) * (width, height)
    reach = np.hypot(height, width) / 2
    along = ((x - cx) * np.cos(angle) + (y - cy) * np.sin(angle)) / reach
    return along.astype(np.float32)


def _half_plane(rng: np.random.Generator, shape: tuple[int, int], spread: float) -> np.ndarray:
    """(h, w) 1 on one side of a line, another gain on the other."""
    gain = np.float32(np.exp(rng.normal(0, spread)))
    return np.where(_along(rng, shape) > 0, gain, np.float32(1))


def _ramp(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """(h, w) a gain that grows evenly in one direction."""
    return np.exp(np.float32(rng.normal(0, 0.5)) * _along(rng, shape))


def _clouds(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """(h, w) an uneven gain, from coarse noise."""
    few = rng.normal(0, rng.uniform(0.1, 0.4), rng.integers(3, 9, 2)).astype(np.float32)
    return np.exp(cv2.resize(few, shape[::-1], interpolation=cv2.INTER_CUBIC))


def _patches(rng: np.random.Generator, marked: np.ndarray, source: np.ndarray) -> None:
    """Paint a few boxes, discs or lines in place, in colours that occur in ``source``."""
    height, width = marked.shape[:2]
    layer = marked.copy()
    angle = float(rng.uniform(0, 180))
    for _ in range(int(rng.integers(1, 7))):
        y, x = rng.integers(source.shape[0]), rng.integers(source.shape[1])
        colour = (source[y, x] * rng.uniform(0.7, 1.3)).clip(0, 255).tolist()
        centre = (float(rng.uniform(0, width)), float(rng.uniform(0, height)))
        long, deep = (rng.uniform(0.08, 0.5, 2) * (width, height)).tolist()
        if rng.random() < 0.6:
            ring = cv2.boxPoints((centre, (long, deep), angle)).round().astype(np.int32)
            cv2.fillPoly(layer, [ring], colour)
        elif rng.random() < 0.5:
            cv2.ellipse(layer, (centre, (long, deep), angle), colour, -1)
        else:
            end = (int(rng.integers(width)), int(rng.integers(height)))
            cv2.line(layer, (int(centre[0]), int(centre[1])), end, colour, int(rng.integers(1, 4)))
    share = np.float32(rng.uniform(0.4, 1.0))
    marked += share * (layer - marked)
