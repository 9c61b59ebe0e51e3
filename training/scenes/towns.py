"""Settlements: houses along streets with gardens, cars, pools and trees; big halls and blocks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from training.scenes import courts, ground, roofs, trees, vehicles
from training.scenes.canvas import Canvas
from training.scenes.frame import Pose, rectangle
from training.scenes.placing import Plots
from training.scenes.surfaces import grained, surface


def town(canvas: Canvas) -> None:
    """Houses of one neighbourhood, seen at a scale where a house is a twentieth to a third of the sheet."""
    rng = canvas.rng
    size = canvas.size
    house = size * np.exp(rng.uniform(np.log(0.045), np.log(0.28)))
    canvas.gsd = max(0.05, rng.uniform(9, 16) / house)
    ground.lay(canvas, str(rng.choice(["grass", "meadow", "paved", "scrub", "soil", "asphalt"])), "grass")
    ground.parcels(canvas, 0.7)
    plots = Plots(rng, size)
    angle = rng.uniform(0, np.pi)
    line = _street(canvas, plots)
    ground.clutter(canvas, int(rng.integers(2, 16)))
    covers = [roofs.cover(canvas) for _ in range(int(rng.integers(1, 5)))]
    count = int(min(48, 0.6 * (size / house) ** 2 * rng.uniform(0.3, 1.2) + 2))
    spacing = rng.uniform(0.98, 1.4)
    for _ in range(count):
        _lot(canvas, plots, house, angle, spacing, covers)
    _extras(canvas, plots, line, house)


def _street(canvas: Canvas, plots: Plots) -> np.ndarray:
    rng = canvas.rng
    line = ground.curve(canvas, 0.15)
    width = canvas.pixels(rng.uniform(4, 9))
    ground.road(canvas, line, width)
    for a, b in pairwise(line):
        step, (x, y) = b - a, (a + b) / 2
        middle = Pose(float(x), float(y), float(np.arctan2(step[1], step[0])))
        plots.claim(middle, float(np.hypot(*step)), width)
    return line


def _lot(
    canvas: Canvas, plots: Plots, house: float, angle: float, spacing: float, covers: list[roofs.Cover]
) -> None:
    """One building, with a yard around it or not; ``spacing`` is the side of its plot over its own."""
    rng = canvas.rng
    length = max(6.0, house * np.exp(rng.normal(0, 0.35)))
    width = max(5.0, length * rng.uniform(0.45, 0.95))
    turn = angle + rng.choice([0, np.pi / 2, np.pi]) + rng.normal(0, 0.06) if rng.random() < 0.85 else None
    kind = rng.random()
    if kind < 0.15:
        length, width = length * rng.uniform(1.5, 3.0), max(6.0, width * 0.7)
    pose = plots.find(length * spacing, width * spacing, turn)
    if pose is None:
        return
    if rng.random() < 0.5:
        long, deep = length * rng.uniform(1.1, 1.7), width * rng.uniform(1.1, 1.9)
        kind_of_yard = str(rng.choice(["grass", "paved", "concrete", "soil", "gravel"]))
        yard = pose(rectangle(long, deep, rng.normal(0, 0.15) * length))
        canvas.fill(yard, surface(canvas, kind_of_yard), opacity=rng.uniform(0.4, 1.0))
    if kind < 0.15:
        roofs.row(canvas, pose, length, width)
    elif kind < 0.4:
        roofs.flat(canvas, pose, length, width)
    else:
        roofs.house(canvas, pose, length, width, covers[int(rng.integers(len(covers)))])


def _extras(canvas: Canvas, plots: Plots, line: np.ndarray, house: float) -> None:
    rng = canvas.rng
    car = canvas.pixels(1.9)
    if car >= 3:
        vehicles.along(canvas, line, canvas.pixels(6), int(rng.integers(0, 5)), car)
        for _ in range(int(rng.integers(0, 6))):
            pose = plots.find(car * 2.8, car * 1.3)
            if pose is not None:
                vehicles.car(canvas, pose, car * 2.3, car)
    if rng.random() < 0.3 and (pose := plots.find(house * 0.6, house * 0.4)):
        courts.pool(canvas, pose, house * rng.uniform(0.3, 0.6))
    _hedges(canvas, house)
    radius = max(3.0, house * rng.uniform(0.12, 0.35))
    trees.scatter(canvas, int(rng.integers(0, 30)), radius, labelled=bool(rng.random() < 0.8))


def _hedges(canvas: Canvas, house: float) -> None:
    """Hedges, fences and walls: lines that belong to no object."""
    rng = canvas.rng
    free = canvas.instances == 0
    for _ in range(int(rng.integers(0, 5))):
        at = rng.uniform(0, canvas.size, 2)
        column, row = np.clip(at.astype(int), 0, canvas.size - 1)
        if free[row, column]:
            pose = Pose(at[0], at[1], rng.uniform(0, np.pi))
            kind = surface(canvas, "forest") if rng.random() < 0.5 else grained(canvas, "concrete")
            ring = pose(rectangle(house * rng.uniform(0.3, 0.8), canvas.pixels(rng.uniform(0.3, 1.5))))
            canvas.shadow(ring, canvas.pixels(1.5))
            canvas.fill(ring, kind, -1)


def halls(canvas: Canvas) -> None:
    """An industrial or inner-city district: flat roofs, big and small, with yards and parked cars."""
    rng = canvas.rng
    size = canvas.size
    hall = size * np.exp(rng.uniform(np.log(0.07), np.log(0.45)))
    canvas.gsd = max(0.05, rng.uniform(20, 45) / hall)
    ground.lay(canvas, str(rng.choice(["asphalt", "concrete", "paved", "gravel", "soil"])), "asphalt")
    ground.parcels(canvas, 0.5)
    plots = Plots(rng, size)
    angle = rng.uniform(0, np.pi)
    line = _street(canvas, plots)
    ground.clutter(canvas, int(rng.integers(2, 12)))
    for _ in range(int(min(35, 0.3 * (size / hall) ** 2 + 2))):
        length = max(8.0, hall * np.exp(rng.normal(-0.1, 0.4)))
        width = max(7.0, length * rng.uniform(0.35, 1.0))
        pose = plots.find(length * 1.05, width * 1.05, angle + rng.normal(0, 0.02))
        if pose is not None:
            roofs.flat(canvas, pose, length, width)
    car = canvas.pixels(1.9)
    if car >= 3:
        vehicles.along(canvas, line, canvas.pixels(6), int(rng.integers(0, 6)), car)
        pose = plots.find(car * 8, car * 3, angle)
        if pose is not None:
            vehicles.parking_row(canvas, pose, int(rng.integers(3, 7)), car)
    trees.scatter(canvas, int(rng.integers(0, 10)), max(3.0, canvas.pixels(3)))
