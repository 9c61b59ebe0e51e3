"""Resizing as SAM's predictor calls it."""

from __future__ import annotations

import numpy as np


def to_pil_image(image: np.ndarray) -> np.ndarray:
    return image


def resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    assert image.shape[:2] == tuple(size), "tiles come in the size of the network"
    return image
