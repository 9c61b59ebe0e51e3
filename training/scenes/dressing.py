"""What covers pitched roofs from ridge to eave: rows of dormers and skylights, panels over a whole slope."""

from __future__ import annotations

import numpy as np

from training.scenes import panels, roofs
from training.scenes.canvas import Canvas, plain
from training.scenes.colours import pick
from training.scenes.frame import Pose, rectangle
from training.scenes.surfaces import grained


def dress(canvas: Canvas, pose: Pose, length: float, width: float, cover: roofs.Cover, instance: int) -> None:
    """Dress both slopes of a gable along local x; everything stays part of the roof ``instance``."""
    rng = canvas.rng
    for side in (-1, 1):
        slope = pose.at(0, side * width * 0.25)
        draw = rng.random()
        if draw < 0.25:
            _row_of_dormers(canvas, slope, length, width, side, cover, instance)
        elif draw < 0.45:
            _skylights(canvas, slope, length, width)
        elif draw < 0.6:
            share = rng.uniform(0.4, 0.95)
            panels.array(canvas, slope, length * share, width * rng.uniform(0.2, 0.44), 0)
    for _ in range(int(rng.integers(0, 4))):
        spot = pose.at(rng.uniform(-0.42, 0.42) * length, rng.uniform(-0.2, 0.2) * width)
        ring = spot(rectangle(canvas.pixels(rng.uniform(0.6, 1.4)), canvas.pixels(0.7)))
        roofs.raised(canvas, ring, rng.uniform(1.0, 2.0), grained(canvas, str(rng.choice(["tile", "flat"]))))


def _row_of_dormers(
    canvas: Canvas,
    slope: Pose,
    length: float,
    width: float,
    side: int,
    cover: roofs.Cover,
    instance: int,
) -> None:
    """Dormers in a row, gabled or flat, covered like the roof or in another way."""
    rng = canvas.rng
    pitch = canvas.pixels(rng.uniform(2.5, 5.0))
    count = int(min(length * 0.85 / pitch, 9))
    other = cover if rng.random() < 0.6 else roofs.cover(canvas)
    flat = rng.random() < 0.4
    face = plain(pick(rng, str(rng.choice(["plane", "panel", "flat"]))))
    for index in range(count):
        spot = slope.at((index - (count - 1) / 2) * pitch, 0, np.pi / 2)
        deep, span = width * rng.uniform(0.2, 0.3), pitch * rng.uniform(0.4, 0.65)
        ring = spot(rectangle(deep, span))
        canvas.shadow(ring, canvas.pixels(1.0))
        if flat or span < 4:
            canvas.fill(ring, other.finish.lit(rng.uniform(0.8, 1.3)), instance)
        else:
            roofs.gable(canvas, spot, deep, span, other, instance, 0.0)
        canvas.fill(spot(rectangle(deep * 0.15, span * 0.8, side * deep * 0.45)), face)


def _skylights(canvas: Canvas, slope: Pose, length: float, width: float) -> None:
    rng = canvas.rng
    pitch = canvas.pixels(rng.uniform(1.6, 4.0))
    glass = plain(pick(rng, str(rng.choice(["panel", "tank", "flat"]))))
    for index in range(int(min(length * 0.85 / pitch, 14))):
        if rng.random() < 0.8:
            x = (index + 0.5) * pitch - length * 0.42
            ring = slope.at(x, 0)(rectangle(canvas.pixels(0.8), min(canvas.pixels(1.2), width * 0.3)))
            canvas.fill(ring, glass, opacity=0.9)
