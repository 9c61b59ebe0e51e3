"""How a surface looks: a colour, its grain, an optional pattern of rows and an optional photograph."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from training.scenes import noise

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Grain:
    """One noise field laid over a colour. ``amount`` is relative contrast, ``scale`` enlarges it."""

    kind: str
    amount: float
    scale: float = 1.0
    angle: float | None = None


@dataclass(frozen=True)
class Rows:
    """Parallel stripes. ``angle`` (radians) is the direction they repeat in, ``period`` is in pixels.

    ``sharp`` 0 gives sine waves; larger values give harder edges. ``wobble`` (pixels) bends the stripes.
    ``thin`` leaves of the stripes only lines a fifth of a period wide.
    """

    period: float
    angle: float
    amount: float
    sharp: float = 0.0
    wobble: float = 0.0
    thin: bool = False


@dataclass(frozen=True)
class Finish:
    """A surface. ``colour`` is RGB in 0..1; ``tint`` shifts the colour where the first grain is high."""

    colour: Colour
    grains: tuple[Grain, ...] = ()
    rows: tuple[Rows, ...] = ()
    tint: Colour | None = None
    photo: np.ndarray | None = None

    def lit(self, factor: float) -> Finish:
        """The same surface under more (above 1) or less light."""
        red, green, blue = (min(1.2, channel * factor) for channel in self.colour)
        return replace(self, colour=(red, green, blue))

    def render(self, rng: np.random.Generator, x: int, y: int, width: int, height: int) -> np.ndarray:
        """The surface in the window whose upper-left pixel is (x, y).

        Returns float32 planes (3, height, width), or (3, 1, 1) when the surface is one even colour.
        """
        colour = np.array(self.colour, np.float32)[:, None, None]
        if not self.grains and not self.rows and self.photo is None:
            return colour
        light = np.ones((height, width), np.float32)
        first: np.ndarray | None = None
        for grain in self.grains:
            field = noise.sample(rng, grain.kind, height, width, grain.scale, grain.angle)
            first = field if first is None else first
            light += np.float32(grain.amount) * field
        for rows in self.rows:
            light += _stripes(rng, rows, x, y, width, height)
        if self.photo is not None:
            return _photographed(rng, self.photo, colour, light)
        out = light * colour
        if self.tint is not None and first is not None:
            for plane, shift in zip(out, self.tint, strict=True):
                plane += np.float32(shift) * first
        return out


def _stripes(rng: np.random.Generator, rows: Rows, x: int, y: int, width: int, height: int) -> np.ndarray:
    turn = 2 * np.pi / max(rows.period, 0.5)
    along_x = ((np.arange(width) + x) * (np.cos(rows.angle) * turn)).astype(np.float32)
    along_y = ((np.arange(height) + y) * (np.sin(rows.angle) * turn)).astype(np.float32)
    phase = along_y[:, None] + along_x[None, :]
    if rows.wobble:
        phase += np.float32(rows.wobble * turn) * noise.sample(rng, "smooth", height, width, 0.5)
    wave = np.sin(phase)
    if rows.thin:
        wave = np.clip((wave - np.float32(0.7)) * np.float32(4), 0, 1)
    elif rows.sharp:
        np.clip(wave * np.float32(1 + rows.sharp), -1, 1, out=wave)
    # Rows too narrow for the pixel grid fade away instead of aliasing into moire.
    return wave * np.float32(rows.amount * min(1.0, max(0.0, (rows.period - 1.6) / 2)))


def _photographed(
    rng: np.random.Generator, photo: np.ndarray, colour: np.ndarray, light: np.ndarray
) -> np.ndarray:
    """Fill with a crop of a photograph, its mean recoloured towards ``colour``."""
    height, width = light.shape
    side = min(photo.shape[:2])
    share = min(1.0, max(8.0, max(height, width) * rng.uniform(0.4, 1.6)) / side)
    rows = max(2, int(photo.shape[0] * share))
    columns = max(2, int(photo.shape[1] * share))
    top = int(rng.integers(0, photo.shape[0] - rows + 1))
    left = int(rng.integers(0, photo.shape[1] - columns + 1))
    crop = photo[top : top + rows, left : left + columns]
    crop = np.ascontiguousarray(np.rot90(crop, int(rng.integers(4))))
    crop = cv2.resize(crop, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
    planes = np.ascontiguousarray(crop.transpose(2, 0, 1))
    mean = np.maximum(planes.mean(axis=(1, 2), keepdims=True), 0.05)
    keep = np.float32(rng.uniform(0.2, 1.0))
    return planes * (keep + (1 - keep) * colour / mean) * light
