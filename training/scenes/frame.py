"""Local frames, and the outlines that objects are put together from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pose:
    """Where an object stands: centre in raster pixels, heading in radians (0 looks along +x)."""

    x: float
    y: float
    angle: float = 0.0

    def __call__(self, points: object) -> np.ndarray:
        """Local (n, 2) points as raster coordinates."""
        local = np.asarray(points, np.float64)
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return local @ np.array([[cos, sin], [-sin, cos]]) + (self.x, self.y)

    def at(self, x: float, y: float, turn: float = 0.0) -> Pose:
        """The pose of something at local (x, y), turned by ``turn``."""
        gx, gy = self(np.array([[x, y]]))[0]
        return Pose(float(gx), float(gy), self.angle + turn)


def anywhere(rng: np.random.Generator, size: int, margin: float = 0.0) -> Pose:
    """A random pose on the sheet, at least ``margin`` of its side away from the edge."""
    x, y = rng.uniform(margin, 1 - margin, 2) * size
    return Pose(float(x), float(y), float(rng.uniform(0, 2 * np.pi)))


def rectangle(length: float, width: float, x: float = 0.0, y: float = 0.0) -> np.ndarray:
    """A rectangle around local (x, y), ``length`` along x."""
    a, b = length / 2, width / 2
    return np.array([[x - a, y - b], [x + a, y - b], [x + a, y + b], [x - a, y + b]])


def ellipse(a: float, b: float, x: float = 0.0, y: float = 0.0, count: int = 40) -> np.ndarray:
    """An ellipse with semi-axes ``a`` along x and ``b`` along y."""
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([x + a * np.cos(t), y + b * np.sin(t)], axis=1)


def stadium(length: float, width: float, count: int = 24) -> np.ndarray:
    """A rectangle with half-round ends, ``length`` over all."""
    r = width / 2
    t = np.linspace(-np.pi / 2, np.pi / 2, count)
    right = np.stack([length / 2 - r + r * np.cos(t), r * np.sin(t)], axis=1)
    return np.concatenate([right, -right])


def rounded(length: float, width: float, radius: float, count: int = 5) -> np.ndarray:
    """A rectangle with rounded corners."""
    radius = min(radius, length / 2, width / 2)
    t = np.linspace(0, np.pi / 2, count)
    corner = np.stack([np.cos(t), np.sin(t)], axis=1) * radius
    a, b = length / 2 - radius, width / 2 - radius
    turns = [(1, 0, a, b), (0, 1, -a, b), (-1, 0, -a, -b), (0, -1, a, -b)]
    return np.concatenate([corner @ np.array([[c, s], [-s, c]]) + (x, y) for c, s, x, y in turns])


def blob(
    rng: np.random.Generator, radius: float, rough: float, count: int = 40, waves: int = 6
) -> np.ndarray:
    """A closed outline whose radius wanders by about ``rough`` of itself in up to ``waves`` lobes."""
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    order = np.arange(1, waves + 1)
    gain = rng.standard_normal(waves) * rough / order**0.7
    phase = rng.uniform(0, 2 * np.pi, waves)
    r = radius * np.maximum(0.25, 1 + (gain * np.cos(np.outer(t, order) + phase)).sum(axis=1))
    return np.stack([r * np.cos(t), r * np.sin(t)], axis=1)


def spindle(length: float, width: float, bow: float, stern: float, count: int = 10) -> np.ndarray:
    """A hull that points along +x: ``bow`` and ``stern`` are the shares of the length that taper."""
    t = np.linspace(0, 1, count)
    half = width / 2
    front = np.stack([length / 2 - bow * length * (1 - t), half * np.sqrt(1 - t**2)], axis=1)
    back_width = half * (0.75 + 0.25 * t)
    back = np.stack([-length / 2 + stern * length * t, back_width], axis=1)
    side = np.concatenate([back, front])
    return np.concatenate([side, (side * (1, -1))[::-1]])
