"""The weak and the strong view of a tile (ReSAM, step 1): strong is built on weak and shares its geometry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from engine.stages.predict import TilePrompt
from training.adapt.samples import Sample

CHANCE = 0.5
"""Of each photometric change."""
BRIGHTNESS = CONTRAST = 0.2
"""Largest change, as a share."""


def weak(sample: Sample, rng: np.random.Generator) -> Sample:
    """``x_w = flip(x)``: not at all, left to right, top to bottom, or both; clicks and masks move along."""
    return flipped(sample, bool(rng.integers(2)), bool(rng.integers(2)))


def flipped(sample: Sample, left_right: bool, top_bottom: bool) -> Sample:
    """The tile turned over along either axis, with everything on it."""
    axes = tuple(axis for axis, wanted in ((1, left_right), (0, top_bottom)) if wanted)
    if not axes:
        return sample
    size = sample.image.shape[0]
    prompts = tuple(_flipped_prompt(prompt, size, left_right, top_bottom) for prompt in sample.prompts)
    truth = None if sample.truth is None else np.flip(sample.truth, tuple(axis + 1 for axis in axes)).copy()
    image, valid = (np.flip(array, axes).copy() for array in (sample.image, sample.valid))
    return replace(sample, image=image, valid=valid, prompts=prompts, truth=truth)


def _flipped_prompt(prompt: TilePrompt, size: int, left_right: bool, top_bottom: bool) -> TilePrompt:
    flips = np.array([left_right, top_bottom])
    xy = np.where(flips, size - prompt.xy, prompt.xy)
    if prompt.box is None:
        return replace(prompt, xy=xy)
    corners = np.where(flips, size - prompt.box.reshape(2, 2), prompt.box.reshape(2, 2))
    return replace(prompt, xy=xy, box=np.sort(corners, axis=0).ravel())


def strong(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """``x_s = photometric(x_w)``: (H, W, 3) uint8 after each of :data:`CHANGES` at even odds."""
    picture = Image.fromarray(image)
    for change in CHANGES:
        if rng.random() < CHANCE:
            picture = change(picture, rng)
    return np.asarray(picture)


def _posterize(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    return ImageOps.posterize(picture, int(rng.integers(4, 7)))


def _equalize(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    return ImageOps.equalize(picture)


def _sharpen(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    return ImageEnhance.Sharpness(picture).enhance(1 + rng.uniform(0.2, 1.0))


def _solarize(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    return ImageOps.solarize(picture, int(rng.integers(128, 256)))


def _brightness_contrast(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    brighter = ImageEnhance.Brightness(picture).enhance(1 + rng.uniform(-BRIGHTNESS, BRIGHTNESS))
    return ImageEnhance.Contrast(brighter).enhance(1 + rng.uniform(-CONTRAST, CONTRAST))


def _shadow(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Halve the light on one side of a random line, as a cloud or a tall building would."""
    width, height = picture.size
    angle, shade = rng.uniform(0, 2 * np.pi), rng.uniform(0.4, 0.7)
    x, y = np.meshgrid(np.arange(width) - rng.uniform(0, width), np.arange(height) - rng.uniform(0, height))
    dark = x * np.cos(angle) + y * np.sin(angle) > 0
    pixels = np.asarray(picture) * np.where(dark, shade, 1.0)[..., None]
    return Image.fromarray(pixels.astype(np.uint8))


Change = Callable[[Image.Image, np.random.Generator], Image.Image]
CHANGES: tuple[Change, ...] = (_posterize, _equalize, _sharpen, _solarize, _brightness_contrast, _shadow)
"""The photometric changes of the paper."""
