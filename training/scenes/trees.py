"""Tree crowns: lone, in rows, in touching clumps."""

from __future__ import annotations

import numpy as np

from training.scenes import ground
from training.scenes.canvas import Canvas, coverage
from training.scenes.colours import pick
from training.scenes.finish import Colour, Finish, Grain
from training.scenes.frame import Pose, blob


def crown(canvas: Canvas, x: float, y: float, radius: float, colour: Colour, labelled: bool = True) -> None:
    """A crown: ragged outline, leafy grain, brighter towards the sun, with its shadow on the ground."""
    rng = canvas.rng
    ring = Pose(x, y)(blob(rng, radius, rng.uniform(0.03, 0.12), 28, 9))
    canvas.shadow(ring, radius * rng.uniform(0.5, 1.3))
    grain = (
        Grain("leaves", rng.uniform(0.05, 0.25), max(0.3, radius / 22)),
        Grain("fine", rng.uniform(0.02, 0.15)),
    )
    box = canvas.box(ring)
    if box is None:
        return
    alpha = coverage([ring], box)
    canvas.blend(box, alpha, Finish(colour, grain), canvas.add("tree") if labelled else 0)
    if not labelled:
        canvas.shade[box.slices] *= 1 - alpha
    _round(canvas, x, y, radius, alpha)


def _round(canvas: Canvas, x: float, y: float, radius: float, alpha: np.ndarray) -> None:
    """Light one side of a ball and darken the other."""
    box = canvas.box(np.array([[x - radius * 2, y - radius * 2], [x + radius * 2, y + radius * 2]]))
    if box is None or radius < 2.5:
        return
    columns = (np.arange(box.x0, box.x1, dtype=np.float32) + 0.5 - np.float32(x)) / np.float32(radius)
    rows = (np.arange(box.y0, box.y1, dtype=np.float32) + 0.5 - np.float32(y)) / np.float32(radius)
    away = columns[None, :] * np.float32(np.cos(canvas.sun.azimuth)) + rows[:, None] * np.float32(
        np.sin(canvas.sun.azimuth)
    )
    mine = canvas.instances[box.slices] == len(canvas.classes)
    if canvas.classes:
        canvas.relief(box, 1 - np.float32(0.3 * canvas.sun.depth + 0.05) * np.clip(away, -1, 1) * mine)


def scatter(canvas: Canvas, count: int, radius: float, labelled: bool = True) -> None:
    """Lone trees of about ``radius`` pixels anywhere, drawn over what is there."""
    rng = canvas.rng
    colour = pick(rng, "tree")
    for _ in range(count):
        size = max(2.5, radius * rng.uniform(0.5, 1.5))
        shade = tuple(np.clip(np.array(colour) * rng.normal(1, 0.12) + rng.normal(0, 0.015, 3), 0.02, 1))
        x, y = rng.uniform(0, canvas.size, 2)
        crown(canvas, x, y, size, shade, labelled)


def grove(canvas: Canvas) -> None:
    """Trees as the objects: an orchard, an avenue, a park or a dense clump."""
    rng = canvas.rng
    size = canvas.size
    ground.lay(canvas, str(rng.choice(["grass", "soil", "meadow", "scrub", "paved", "asphalt"])), "grass")
    ground.roads(canvas, int(rng.integers(0, 3)))
    ground.clutter(canvas, int(rng.integers(0, 8)))
    radius = max(4.0, size * np.exp(rng.uniform(np.log(0.012), np.log(0.09))))
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
                crown(canvas, x, y, radius * rng.uniform(0.75, 1.1), colour)


def _clumps(canvas: Canvas, radius: float) -> None:
    rng = canvas.rng
    for _ in range(int(rng.integers(1, 6))):
        middle = rng.uniform(0.1, 0.9, 2) * canvas.size
        palette = [pick(rng, "tree") for _ in range(3)]
        count = int(rng.integers(3, 14))
        spread = radius * np.sqrt(count) * 0.8
        for _ in range(count):
            x, y = middle + rng.normal(0, spread, 2)
            crown(canvas, x, y, radius * rng.uniform(0.6, 1.3), palette[int(rng.integers(3))])
