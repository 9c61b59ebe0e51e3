"""What a generated scene is: an image, its exact instance map and the names of its objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

GENERATED_SEED = 20_000
"""Generated scenes from here on are never trained on (training uses seeds that are pairs)."""


@dataclass(frozen=True)
class Scene:
    """One aerial-like image with exact instance masks.

    ``image`` is (H, W, 3) uint8 RGB. ``instances`` is (H, W) int32: 0 is background, ``k`` is the visible
    part of object ``k``, numbered from 1 without gaps. ``classes[k - 1]`` names object ``k``. ``gsd`` is
    the side of a pixel in metres.
    """

    image: np.ndarray
    instances: np.ndarray
    classes: tuple[str, ...]
    gsd: float
