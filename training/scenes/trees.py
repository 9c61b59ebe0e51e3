"""Tree crowns: lone, in rows, in touching clumps."""

from __future__ import annotations

import numpy as np

from training.scenes import ground
from training.scenes.canvas import Box, Canvas, coverage
from training.scenes.colours import near, pick
from training.scenes.finish import Colour, Finish, Grain
from training.scenes.frame import Pose, blob


def crown(canvas: Canvas, x: float, y: float, radius: float, colour: Colour, labelled: bool = True) -> None:
    """A crown: ragged outline, leafy grain, brighter towards the sun, with its shadow on the ground."""
    rng = canvas.rng
    ring = Pose(x, y)(blob(rng, radius, rng.uniform(0.03, 0.12), 28, 9))
    box = canvas.box(ring)
    if box is None:
        return
    canvas.shadow(ring, radius * rng.uniform(0.5, 1.3))
    grains = (
        Grain("leaves", rng.uniform(0.05, 0.25), max(0.3, radius / 22)),
        Grain("fine", rng.uniform(0.02, 0.15)),
    )
    alpha = coverage([ring], box)
    canvas.blend(box, alpha, Finish(colour, grains), canvas.add("tree") if labelled else 0)
    canvas.shade[box.slices] *= 1 - alpha
    if radius > 2.5:
        _round(canvas, box, Pose(x, y), radius, alpha)


def _round(canvas: Canvas, box: Box, centre: Pose, radius: float, alpha: np.ndarray) -> None:
    """Light the side of a ball that faces the sun and darken the other."""
    sun = canvas.sun
    steep = (0.3 * sun.depth + 0.05) / radius
    columns = (np.arange(box.x0, box.x1) + 0.5 - centre.x) * (np.cos(sun.azimuth) * steep)
    rows = (np.arange(box.y0, box.y1) + 0.5 - centre.y) * (np.sin(sun.azimuth) * steep)
    away = columns.astype(np.float32)[None, :] + rows.astype(np.float32)[:, None]
    canvas.relief(box, 1 - away * alpha)


def scatter(canvas: Canvas, count: int, radius: float, labelled: bool = True) -> None:
    """Lone trees and small groups of about ``radius`` pixels, drawn over what is there."""
    rng = canvas.rng
    colour = pick(rng, "tree")
    place = rng.uniform(0, canvas.size, 2)
    together = rng.uniform(0, 0.6)
    for _ in range(count):
        if rng.random() < together:
            place = place + rng.normal(0, 2 * radius, 2)
        else:
            place = rng.uniform(0, canvas.size, 2)
        size = max(2.0, radius * rng.uniform(0.5, 1.5))
        crown(canvas, place[0], place[1], size, near(rng, colour, 0.12), labelled)


def grove(canvas: Canvas) -> None:
    """Trees as the objects: an orchard, an avenue, a park or a dense clump."""
    rng = canvas.rng
    radius = max(4.0, canvas.size * np.exp(rng.uniform(np.log(0.012), np.log(0.09))))
    canvas.gsd = rng.uniform(2.0, 6.0) / radius
    ground.lay(canvas, str(rng.choice(["grass", "soil", "meadow", "scrub", "paved", "asphalt"])), "grass")
    ground.parcels(canvas, 0.4)
    ground.roads(canvas, int(rng.integers(0, 3)))
    ground.clutter(canvas, int(rng.integers(0, 8)))
    draw = rng.random()
    if draw < 0.35:
        _orchard(canvas, radius)
    elif draw < 0.7:
        _clumps(canvas, radius)
    else:
        scatter(canvas, int(rng.integers(4, 45)), radius)


def _orchard(canvas: Canvas, radius: float) -> None:
    rng = canvas.rng
    size = canvas.size
    frame = Pose(size / 2, size / 2, rng.uniform(0, np.pi))
    along, across = radius * rng.uniform(1.8, 3.0), radius * rng.uniform(2.0, 4.0)
    colour = pick(rng, "tree")
    for i in range(int(-size / across), int(size / across) + 1):
        for j in range(int(-size / along), int(size / along) + 1):
            x, y = frame([[j * along, i * across]])[0] + rng.normal(0, radius * 0.15, 2)
            inside = -radius < min(x, y) and max(x, y) < size + radius
            if inside and rng.random() < 0.9 and len(canvas.classes) < 90:
                crown(canvas, x, y, radius * rng.uniform(0.75, 1.1), near(rng, colour, 0.05))


def _clumps(canvas: Canvas, radius: float) -> None:
    rng = canvas.rng
    for _ in range(int(rng.integers(1, 6))):
        middle = rng.uniform(0.1, 0.9, 2) * canvas.size
        palette = [pick(rng, "tree") for _ in range(3)]
        count = int(rng.integers(3, 14))
        for x, y in middle + rng.normal(0, radius * np.sqrt(count) * 0.8, (count, 2)):
            colour = near(rng, palette[int(rng.integers(3))], 0.08)
            crown(canvas, x, y, radius * rng.uniform(0.6, 1.3), colour)
