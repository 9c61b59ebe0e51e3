"""Several scenes side by side, as one sheet with many kinds of object on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.scenes.recipes import generate
from training.scenes.scene import Scene


def mosaic(
    rng: np.random.Generator,
    domains: Sequence[Sequence[str]],
    size: int = 512,
    *,
    gsd: float,
    most: int,
    min_pixels: int = 64,
) -> Scene:
    """Generate one scene of ``size`` by ``size`` pixels per domain and lay them out in rows.

    Args:
        domains: rows of equal length, from the top, of names that :func:`generate` knows.
        gsd: side of a pixel of the whole, in metres.
        most: objects kept in each part, drawn at random; the others stay in the picture, but unnamed.
        min_pixels: smaller objects are not kept either.
    """
    rows, columns = len(domains), len(domains[0])
    image = np.empty((rows * size, columns * size, 3), np.uint8)
    instances = np.zeros(image.shape[:2], np.int32)
    classes: list[str] = []
    for row, names in enumerate(domains):
        for column, name in enumerate(names):
            part = generate(rng, size, domain=name)
            place = np.s_[row * size : (row + 1) * size, column * size : (column + 1) * size]
            image[place] = part.image
            numbers, kept = _chosen(rng, part, most, min_pixels)
            instances[place] = np.where(numbers > 0, numbers + len(classes), 0)
            classes += kept
    return Scene(image, instances, tuple(classes), gsd)


def _chosen(
    rng: np.random.Generator, part: Scene, most: int, min_pixels: int
) -> tuple[np.ndarray, list[str]]:
    """Instance map and classes of at most ``most`` objects, numbered from 1 in their old order."""
    areas = np.bincount(part.instances.ravel(), minlength=len(part.classes) + 1)
    large = np.flatnonzero(areas[1:] >= min_pixels) + 1
    chosen = np.sort(rng.permutation(large)[:most])
    numbers = np.zeros(len(areas), np.int32)
    numbers[chosen] = np.arange(1, len(chosen) + 1)
    return numbers[part.instances], [part.classes[number - 1] for number in chosen]
