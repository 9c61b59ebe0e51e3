"""Round storage tanks with their rims, shadows, roofs and bunds."""

from __future__ import annotations

import numpy as np

from training.scenes import ground
from training.scenes.canvas import Canvas, plain
from training.scenes.colours import pick
from training.scenes.finish import Finish
from training.scenes.frame import Pose, ellipse, rectangle
from training.scenes.placing import Plots
from training.scenes.surfaces import grained, surface


def tank(canvas: Canvas, x: float, y: float, radius: float) -> None:
    """A tank of ``radius`` pixels: fixed cone roof, or a floating roof sunk inside its rim."""
    rng = canvas.rng
    pose = Pose(x, y, rng.uniform(0, np.pi))
    ring = pose(ellipse(radius, radius, count=56))
    canvas.shadow(ring, radius * rng.uniform(0.2, 1.2))
    skin = grained(canvas, "tank")
    lean = radius * max(0.0, rng.normal(0, 0.08))
    instance = canvas.add("storage_tank")
    if lean > 0.5:
        turn = rng.uniform(0, 2 * np.pi)
        wall = ring + lean * np.array([np.cos(turn), np.sin(turn)])
        canvas.fill(wall, skin.lit(rng.uniform(0.6, 0.9)), instance)
    canvas.fill(ring, skin, instance)
    if radius > 5:
        (_floating if rng.random() < 0.5 else _cone)(canvas, pose, radius, skin)


def _floating(canvas: Canvas, pose: Pose, radius: float, skin: Finish) -> None:
    """The roof lies lower than the rim, so that the rim shades part of it."""
    rng = canvas.rng
    inner = radius * rng.uniform(0.85, 0.96)
    roof = grained(canvas, "tank", 0.06)
    canvas.fill(pose(ellipse(inner, inner, count=56)), roof.lit(0.6))
    reach = inner * rng.uniform(0.05, 0.35)
    lit = Pose(pose.x + reach * np.cos(canvas.sun.azimuth), pose.y + reach * np.sin(canvas.sun.azimuth))
    t = np.linspace(0, 2 * np.pi, 56, endpoint=False)
    moved = lit(ellipse(inner, inner, count=56)) - (pose.x, pose.y)
    far = np.maximum(np.hypot(*moved.T) / inner, 1.0)
    # The sunlit part is the disc moved with the light, cut off at the rim.
    canvas.fill(moved / far[:, None] + (pose.x, pose.y), roof)
    if rng.random() < 0.4:
        small = inner * rng.uniform(0.1, 0.5)
        canvas.stroke(
            pose(np.stack([np.cos(t), np.sin(t)], axis=1) * small), max(0.6, radius * 0.03), skin, True
        )


def _cone(canvas: Canvas, pose: Pose, radius: float, skin: Finish) -> None:
    """Sectors that take the light differently, a vent, an edge line."""
    rng = canvas.rng
    steep = rng.uniform(0.0, 0.12)
    count = int(rng.choice([8, 16]))
    for i in range(count):
        t = np.linspace(i, i + 1, 6) * 2 * np.pi / count
        light = 1 - steep * np.cos(t.mean() + pose.angle - canvas.sun.azimuth)
        arc = np.stack([np.cos(t), np.sin(t)], axis=1) * radius * 0.98
        canvas.fill(pose(np.concatenate([[[0.0, 0.0]], arc])), skin.lit(light))
    if rng.random() < 0.6:
        canvas.stroke(
            pose(ellipse(radius * 0.95, radius * 0.95)),
            max(0.5, radius * 0.03),
            plain(pick(rng, "flat")),
            True,
        )
    canvas.fill(pose(ellipse(radius * 0.06, radius * 0.06)), plain(pick(rng, "flat")))
    if rng.random() < 0.4:
        stairs = pose([[0.1 * radius, 0], [radius, 0]])
        canvas.stroke(stairs, max(0.5, radius * 0.03), plain(pick(rng, "flat")))


def depot(canvas: Canvas) -> None:
    """Tanks in rows and groups on gravel or grass, with bunds, pipes and roads."""
    rng = canvas.rng
    size = canvas.size
    radius = max(4.0, size * np.exp(rng.uniform(np.log(0.012), np.log(0.13))))
    canvas.gsd = rng.uniform(4, 25) / radius
    ground.lay(canvas, str(rng.choice(["gravel", "concrete", "grass", "soil", "asphalt", "sand"])), "soil")
    ground.parcels(canvas, 0.4)
    ground.roads(canvas, int(rng.integers(0, 3)))
    ground.clutter(canvas, int(rng.integers(0, 10)))
    plots = Plots(rng, size)
    angle = rng.uniform(0, np.pi)
    for _ in range(int(rng.integers(1, 5))):
        _group(canvas, plots, radius * np.exp(rng.normal(0, 0.4)), angle)
    for _ in range(int(rng.integers(0, 6))):
        own = max(3.0, radius * np.exp(rng.normal(-0.3, 0.5)))
        pose = plots.find(own * 2.6, own * 2.6)
        if pose is not None:
            tank(canvas, pose.x, pose.y, own)


def _group(canvas: Canvas, plots: Plots, radius: float, angle: float) -> None:
    rng = canvas.rng
    radius = max(3.0, radius)
    columns, lines = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    pitch = radius * rng.uniform(2.04, 3.4)
    columns = max(1, min(columns, int(0.9 * canvas.size / pitch)))
    lines = max(1, min(lines, int(0.9 * canvas.size / pitch)))
    long, deep = pitch * columns, pitch * lines
    pose = plots.find(min(long, canvas.size), min(deep, canvas.size), angle)
    if pose is None:
        return
    if rng.random() < 0.6:
        canvas.fill(
            pose(rectangle(long * 1.04, deep * 1.04)),
            surface(canvas, str(rng.choice(["gravel", "concrete", "soil"]))),
        )
    if rng.random() < 0.6:
        wall = grained(canvas, "concrete")
        canvas.stroke(pose(rectangle(long * 1.04, deep * 1.04)), max(0.8, radius * 0.06), wall, closed=True)
    for i in range(columns):
        for j in range(lines):
            x, y = pose([[(i + 0.5) * pitch - long / 2, (j + 0.5) * pitch - deep / 2]])[0]
            if rng.random() < 0.92:
                tank(canvas, x, y, radius)
