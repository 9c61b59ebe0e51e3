"""Sports parks: courts, diamonds, tracks and pitches between lawns, paths, houses and trees."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.scenes import courts, ground, mixed, trees
from training.scenes.canvas import Canvas
from training.scenes.frame import Pose, rectangle
from training.scenes.placing import Plots
from training.scenes.surfaces import grained

Court = Callable[[Canvas, Pose, float], None]


def park(canvas: Canvas) -> None:
    """A few sports grounds of any kind and what lies around them."""
    rng = canvas.rng
    size = canvas.size
    scale = size * np.exp(rng.uniform(np.log(0.12), np.log(0.6)))
    canvas.gsd = 100 / scale
    ground.lay(canvas, str(rng.choice(["grass", "meadow", "grass", "soil", "paved"])), "grass")
    ground.parcels(canvas, 0.5)
    ground.roads(canvas, int(rng.integers(0, 3)), 5.0)
    ground.clutter(canvas, int(rng.integers(0, 10)))
    plots = Plots(rng, size)
    angle = rng.uniform(0, np.pi)
    for _ in range(int(rng.integers(2, 8))):
        turn = angle + rng.choice([0, np.pi / 2]) if rng.random() < 0.8 else None
        _one(canvas, plots, max(12.0, scale * rng.uniform(0.5, 1.1)), turn)
    if rng.random() < 0.7:
        mixed.surroundings(canvas, plots, int(rng.integers(2, 25)))
    radius = float(np.clip(canvas.pixels(4), 3.0, size / 20))
    trees.scatter(canvas, int(rng.integers(0, 20)), radius, labelled=bool(rng.random() < 0.7))


def _one(canvas: Canvas, plots: Plots, scale: float, angle: float | None) -> None:
    rng = canvas.rng
    kind = int(rng.integers(7))
    if kind == 0 and (pose := plots.find(scale, scale * 0.6, angle)):
        courts.track(canvas, pose, scale)
    elif kind == 1 and (pose := plots.find(scale * 1.2, scale * 1.2)):
        courts.diamond(canvas, pose, scale * 0.7)
    elif kind == 2 and (pose := plots.find(scale, scale * 0.65, angle)):
        courts.pitch(canvas, pose, scale, scale * 0.62, canvas.add("pitch"))
    elif kind == 3 and (pose := plots.find(scale * 0.3, scale * 0.2, angle)):
        courts.pool(canvas, pose, scale * 0.25)
    elif kind >= 4:
        _bank(canvas, plots, scale, angle, courts.tennis if kind < 6 else courts.basketball)


def _bank(canvas: Canvas, plots: Plots, scale: float, angle: float | None, court: Court) -> None:
    """Courts side by side, touching, on a shared slab."""
    rng = canvas.rng
    length = max(14.0, scale * rng.uniform(0.3, 0.8))
    pitch_y = length * rng.choice([0.505, 0.58, 0.62])
    count = int(rng.integers(1, 6))
    pose = plots.find(length * 1.1, pitch_y * count, angle)
    if pose is None:
        return
    if rng.random() < 0.5:
        slab = rectangle(length * 1.12, pitch_y * count * 1.04)
        canvas.fill(pose(slab), grained(canvas, "court" if rng.random() < 0.5 else "asphalt"))
    for i in range(count):
        court(canvas, pose.at(0, (i + 0.5 - count / 2) * pitch_y), length)
