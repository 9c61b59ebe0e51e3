"""Fine structure over generated crops: what photographs have at every scale and drawings lack.

A model that learned from smooth surfaces takes the grain of a real roof, the stains of an apron or the
crowns of a wood for edges. So the fine part of photographs is laid over objects and ground, small clutter
is strewn over both, some objects stand on a photograph, and some crops are sharpened as vendors do.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

OVERLAY_SHARE = 0.6
"""Chance that the fine part of a photograph lies over a crop."""
OWN_OVERLAY_SHARE = 0.4
"""Chance that objects then carry another photograph than the ground."""
CLUTTER_SHARE = 0.4
GROUND_SHARE = 0.12
"""Chance that a photograph replaces the ground."""
SHARPEN_SHARE = 0.35


def texture_augmented(
    rng: np.random.Generator, image: np.ndarray, instances: np.ndarray, photos: Sequence[np.ndarray]
) -> tuple[np.ndarray, bool]:
    """A copy of ``image`` (H, W, 3) uint8 with fine structure; the outlines of ``instances`` (H, W) stay.

    Args:
        photos: (h, w, 3) uint8 photographs; without any, only clutter and sharpening are drawn.

    Returns:
        The picture, and whether its ground is now a photograph, which may show objects that nobody labelled.
    """
    out = image.astype(np.float32)
    on_photo = len(photos) > 0 and rng.random() < GROUND_SHARE
    if on_photo:
        ground = instances == 0
        out[ground] = _placed(rng, photos, image.shape[0])[ground]
    if len(photos) > 0 and rng.random() < OVERLAY_SHARE:
        overlay = _fine_part(rng, photos, image.shape[0])
        if rng.random() < OWN_OVERLAY_SHARE:
            inside = instances > 0
            overlay[inside] = _fine_part(rng, photos, image.shape[0])[inside]
        out += overlay
    if rng.random() < CLUTTER_SHARE:
        _strew(rng, out)
    if rng.random() < SHARPEN_SHARE:
        soft = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.6, 1.5))
        out += np.float32(rng.uniform(0.3, 1.5)) * (out - soft)
    return out.clip(0, 255).astype(np.uint8), on_photo


def _placed(rng: np.random.Generator, photos: Sequence[np.ndarray], side: int) -> np.ndarray:
    """(side, side, 3) float32 part of a random photograph, scaled between half and double, perhaps turned."""
    photo = photos[int(rng.integers(len(photos)))]
    span = int(np.clip(round(side * np.exp(rng.uniform(-0.7, 0.7))), 32, min(photo.shape[:2])))
    y, x = (int(rng.integers(length - span + 1)) for length in photo.shape[:2])
    method = cv2.INTER_AREA if span > side else cv2.INTER_LINEAR
    part = cv2.resize(photo[y : y + span, x : x + span], (side, side), interpolation=method)
    return np.rot90(part, int(rng.integers(4))).astype(np.float32)


def _fine_part(rng: np.random.Generator, photos: Sequence[np.ndarray], side: int) -> np.ndarray:
    """(side, side, 3) float32 differences of a photograph from its own blur, at a random strength."""
    part = _placed(rng, photos, side)
    if rng.random() < 0.5:
        part = np.repeat(part.mean(axis=2, keepdims=True), 3, axis=2)
    fine = part - cv2.GaussianBlur(part, (0, 0), float(np.exp(rng.uniform(np.log(1.5), np.log(12)))))
    strength = float(np.exp(rng.uniform(np.log(4), np.log(28)))) / max(float(fine.std()), 1.0)
    return fine * np.float32(min(strength, 3.0))


def _strew(rng: np.random.Generator, out: np.ndarray) -> None:
    """Paint small boxes, discs and lines of 1 to 7 pixels all over ``out``, in place, in its own colours."""
    side = out.shape[0]
    angle = float(rng.uniform(0, 180))
    for _ in range(int(np.exp(rng.uniform(np.log(5), np.log(side / 2))))):
        y, x, from_y, from_x = (int(value) for value in rng.integers(side, size=4))
        colour = (out[from_y, from_x] * rng.uniform(0.5, 1.5) + rng.normal(0, 15)).tolist()
        size = rng.uniform(1, 7, 2)
        draw = rng.random()
        if draw < 0.6:
            turned = angle if rng.random() < 0.7 else float(rng.uniform(0, 180))
            ring = cv2.boxPoints(((x, y), (float(size[0]), float(size[1])), turned))
            cv2.fillPoly(out, [np.round(ring * 8).astype(np.int32)], colour, cv2.LINE_AA, 3)
        elif draw < 0.85:
            cv2.circle(out, (x, y), int(size[0] / 2), colour, -1, cv2.LINE_AA)
        else:
            reach = (rng.normal(0, 12, 2)).round().astype(int)
            cv2.line(out, (x, y), (x + int(reach[0]), y + int(reach[1])), colour, 1, cv2.LINE_AA)
