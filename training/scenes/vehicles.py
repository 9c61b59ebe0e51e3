"""Cars, vans and lorries, on roads and in parking rows."""

from __future__ import annotations

import numpy as np

from training.scenes import ground
from training.scenes.canvas import Canvas, plain
from training.scenes.colours import pick
from training.scenes.finish import Finish
from training.scenes.frame import Pose, rectangle, rounded
from training.scenes.placing import Plots
from training.scenes.surfaces import surface

_GLASS = Finish((0.13, 0.15, 0.18))


def car(canvas: Canvas, pose: Pose, length: float, width: float) -> None:
    """A car that heads along local +x: body, windows, roof; sizes in pixels."""
    rng = canvas.rng
    instance = canvas.add("vehicle")
    body = pose(rounded(length, width, width * 0.3))
    canvas.shadow(body, width * rng.uniform(0.5, 0.9))
    paint = plain(pick(rng, "vehicle"))
    canvas.fill(body, paint, instance)
    if width >= 4 and rng.random() < 0.9:
        canvas.fill(pose(rounded(length * 0.55, width * 0.86, width * 0.2, 3)), _GLASS)
        canvas.fill(
            pose(rounded(length * 0.34, width * 0.78, width * 0.15, 3)), paint.lit(rng.uniform(0.9, 1.1))
        )


def lorry(canvas: Canvas, pose: Pose, length: float, width: float) -> None:
    """A lorry or bus: a box, a cab, sometimes a gap between them."""
    rng = canvas.rng
    instance = canvas.add("vehicle")
    outline = pose(rectangle(length, width))
    canvas.shadow(outline, width * rng.uniform(0.8, 1.5))
    canvas.fill(outline, plain(pick(rng, "vehicle")), instance)
    cab = min(0.2, width / length)
    canvas.fill(
        pose(rectangle(length * cab, width * 0.95, length * (0.5 - cab / 2))), plain(pick(rng, "vehicle"))
    )
    if width > 6:
        canvas.fill(pose(rectangle(length * 0.03, width * 0.8, length * 0.47)), _GLASS)


def any_vehicle(canvas: Canvas, pose: Pose, width: float) -> None:
    """A vehicle of about this width in pixels."""
    rng = canvas.rng
    if rng.random() < 0.85:
        car(canvas, pose, width * rng.uniform(2.0, 2.6), width * rng.uniform(0.9, 1.05))
    else:
        lorry(canvas, pose, width * rng.uniform(3.0, 7.0), width * rng.uniform(1.15, 1.35))


def parking_row(canvas: Canvas, pose: Pose, count: int, width: float) -> None:
    """Cars side by side along local x, most bays taken; in tight rows the cars touch."""
    rng = canvas.rng
    pitch = width * rng.choice([1.0, 1.08, 1.3, 1.45])
    lines = plain(pick(rng, "paint"))
    length = width * 2.3
    full = rng.uniform(0.5, 1.0)
    marked = rng.random() < 0.6 and pitch > 3
    for i in range(count):
        spot = pose.at((i + 0.5 - count / 2) * pitch, 0, np.pi / 2 * rng.choice([1, -1]))
        if canvas.box(spot(rectangle(length, width)), 0) is None:
            continue
        if marked:
            bay = pose.at((i - count / 2) * pitch, 0)(np.array([[0, -length * 0.55], [0, length * 0.55]]))
            canvas.stroke(bay, max(0.4, width * 0.06), lines, opacity=0.7)
        if rng.random() < full:
            spot = Pose(spot.x, spot.y, spot.angle + rng.normal(0, 0.03))
            long, wide = length * rng.uniform(0.85, 1.02), width * rng.uniform(0.92, 1.04)
            car(canvas, spot, long, min(wide, pitch * 1.01))


def lot(canvas: Canvas) -> None:
    """A parking lot or a lorry yard seen from near or far, with traffic on a road beside it."""
    rng = canvas.rng
    size = canvas.size
    width = max(3.0, size * np.exp(rng.uniform(np.log(0.008), np.log(0.06))))
    canvas.gsd = 1.9 / width
    ground.lay(canvas, str(rng.choice(["asphalt", "concrete", "gravel", "grass", "soil"])))
    ground.parcels(canvas, 0.4)
    plots = Plots(rng, size)
    if rng.random() < 0.5:
        line = ground.curve(canvas, 0.1)
        ground.road(canvas, line, 4.5 * width)
        along(canvas, line, 4.5 * width, int(rng.integers(1, 8)), width)
    ground.clutter(canvas, int(rng.integers(0, 10)))
    angle = rng.uniform(0, np.pi)
    for _ in range(int(rng.integers(1, 4))):
        _block(canvas, plots, width, angle)
    for _ in range(int(rng.integers(2, 16))):
        pose = plots.find(width * 3.5, width * 1.5, angle if rng.random() < 0.6 else None)
        if pose is not None:
            any_vehicle(canvas, pose, width)


def _block(canvas: Canvas, plots: Plots, width: float, angle: float) -> None:
    """Parking rows, back to back in pairs with lanes between, on a slab of their own."""
    rng = canvas.rng
    rows = int(rng.integers(1, 7))
    count = min(int(rng.integers(3, 18)), 90 // rows)
    length, depth = width * 1.35 * count, width * (2.5 * rows + 3.0 * (rows // 2))
    pose = plots.find(min(length, canvas.size), min(depth, canvas.size), angle)
    if pose is None:
        return
    if rng.random() < 0.7:
        slab = pose(rectangle(length * 1.1, depth + 2 * width))
        canvas.fill(slab, surface(canvas, "asphalt"), opacity=rng.uniform(0.6, 1))
    y = -depth / 2
    for row in range(rows):
        parking_row(canvas, pose.at(0, y + 1.25 * width), count, width)
        y += width * (2.5 if row % 2 else 5.5)


def along(canvas: Canvas, line: np.ndarray, road_width: float, count: int, width: float) -> None:
    """Traffic on a road."""
    rng = canvas.rng
    for _ in range(count):
        i = int(rng.integers(0, len(line) - 1))
        share = rng.random()
        at = line[i] * (1 - share) + line[i + 1] * share
        step = line[i + 1] - line[i]
        side = rng.choice([-1, 1])
        pose = Pose(at[0], at[1], float(np.arctan2(step[1], step[0])) + (np.pi if side < 0 else 0.0))
        any_vehicle(canvas, pose.at(0, road_width * 0.25), width)
