"""Rivers and canals with bridges."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from training.scenes import ground, mixed
from training.scenes.canvas import Canvas, plain
from training.scenes.frame import Pose, rectangle
from training.scenes.placing import Plots
from training.scenes.surfaces import grained, surface


def crossing(canvas: Canvas) -> None:
    """A river or canal with bridges; what runs over the water is the object."""
    rng = canvas.rng
    size = canvas.size
    width = max(4.0, size * np.exp(rng.uniform(np.log(0.012), np.log(0.07))))
    canvas.gsd = rng.uniform(5, 15) / width
    ground.lay(canvas, str(rng.choice(["grass", "forest", "scrub", "paved", "soil"])), "grass")
    ground.parcels(canvas, 0.5)
    line = ground.curve(canvas, 0.2)
    river = size * np.exp(rng.uniform(np.log(0.06), np.log(0.35)))
    if rng.random() < 0.6:
        canvas.stroke(
            line, river * rng.uniform(1.02, 1.2), surface(canvas, str(rng.choice(["sand", "forest"])))
        )
    canvas.stroke(line, river, surface(canvas, "water"))
    plots = Plots(rng, size)
    _block(plots, line, 1.1 * river)
    for _ in range(int(rng.integers(1, 4))):
        i = int(rng.integers(6, len(line) - 6))
        along = line[i + 1] - line[i]
        angle = float(np.arctan2(along[1], along[0])) + np.pi / 2 + rng.normal(0, 0.2)
        pose = Pose(line[i][0], line[i][1], angle)
        ground.road(canvas, pose([[-3 * size, 0], [3 * size, 0]]), width * 0.9, "asphalt")
        plots.claim(pose, 3 * size, 1.5 * width)
        _deck(canvas, pose, river * rng.uniform(1.05, 1.3), width)
    if rng.random() < 0.7:
        mixed.surroundings(canvas, plots, int(rng.integers(2, 30)))


def _block(plots: Plots, line: np.ndarray, width: float) -> None:
    """Take the ground along a line."""
    for a, b in pairwise(line):
        (x, y), step = (a + b) / 2, b - a
        turn = float(np.arctan2(step[1], step[0]))
        plots.claim(Pose(float(x), float(y), turn), float(np.hypot(*step)), width)


def _deck(canvas: Canvas, pose: Pose, length: float, width: float) -> None:
    rng = canvas.rng
    ring = pose(rectangle(length, width))
    canvas.shadow(ring, canvas.pixels(rng.uniform(2, 10)))
    canvas.fill(ring, grained(canvas, "concrete"), canvas.add("bridge"))
    if width > 4:
        canvas.fill(pose(rectangle(length, width * 0.75)), surface(canvas, "asphalt"))
    if width > 8:
        middle = pose([[-length / 2, 0], [length / 2, 0]])
        canvas.stroke(middle, max(0.5, 0.03 * width), plain((0.9, 0.9, 0.85)))
