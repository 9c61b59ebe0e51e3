"""Large halls side by side: seamed metal, rows of panels from end to end, strips of skylights, saw teeth."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from training.scenes import canopy, ground, panels, roofs, vehicles
from training.scenes.canvas import Canvas, plain
from training.scenes.colours import near, pick
from training.scenes.finish import Finish, Grain, Rows
from training.scenes.frame import Pose, rectangle
from training.scenes.placing import Plots
from training.scenes.surfaces import grained


def works(canvas: Canvas) -> None:
    """An industrial estate whose halls fill a tenth to most of the sheet, some of them wall to wall."""
    rng = canvas.rng
    size = canvas.size
    hall = size * np.exp(rng.uniform(np.log(0.14), np.log(0.8)))
    canvas.gsd = max(0.05, rng.uniform(30, 70) / hall)
    ground.lay(canvas, str(rng.choice(["asphalt", "concrete", "gravel", "grass", "paved"])), "asphalt")
    ground.parcels(canvas, 0.3)
    ground.road(canvas, ground.curve(canvas, 0.1), canvas.pixels(rng.uniform(6, 10)))
    plots, angle = Plots(rng, size), rng.uniform(0, np.pi)
    for _ in range(int(min(16, 0.35 * (size / hall) ** 2 + 2))):
        length, width = hall * np.exp(rng.normal(-0.1, 0.3)), hall * rng.uniform(0.3, 0.8)
        pose = plots.find(length, width, angle + rng.normal(0, 0.01))
        if pose is not None:
            _group(canvas, pose, length, width)
    car = canvas.pixels(1.9)
    if car >= 2.5:
        for _ in range(int(rng.integers(1, 6))):
            if (spot := plots.find(car * 10, car * 2.6, angle)) is not None:
                vehicles.parking_row(canvas, spot, int(rng.integers(3, 10)), car)
    canopy.overhang(canvas, canopy.somewhere(canvas, int(rng.integers(0, 8))), rng.uniform(4, 8))


def _group(canvas: Canvas, pose: Pose, length: float, width: float) -> None:
    """One hall, or several that share walls; the low ones lie in the shade of the high ones."""
    rng = canvas.rng
    count = int(rng.choice([1, 1, 2, 3]))
    cuts = np.sort(rng.uniform(0.25, 0.75, count - 1))
    edges = np.concatenate([[0.0], cuts, [1.0]]) * length - length / 2
    parts = [(a, b) for a, b in pairwise(edges) if b - a > 6]
    heights = canvas.pixels(1.0) * rng.uniform(5, 14, len(parts))
    for index in np.argsort(heights):
        a, b = parts[index]
        deep = width * (1 if rng.random() < 0.6 else rng.uniform(0.6, 1.0))
        spot = pose.at((a + b) / 2, (width - deep) / 2 * rng.choice([-1, 0, 1]))
        if rng.random() < 0.4:
            _hall(canvas, replace(spot, angle=spot.angle + np.pi / 2), deep, b - a, float(heights[index]))
        else:
            _hall(canvas, spot, b - a, deep, float(heights[index]))


def _hall(canvas: Canvas, pose: Pose, length: float, width: float, height: float) -> None:
    """One hall as one object: bays across local y, each with two slopes, then what covers them."""
    rng = canvas.rng
    ring = pose(rectangle(length, width))
    canvas.shadow(ring, height)
    instance = canvas.add("roof")
    sheet = _sheet(canvas, pose.angle)
    canvas.fill(ring, sheet, instance)
    bays = int(rng.choice([1, 1, 2, 3, 6]))
    pitch = width / bays
    slant = float(rng.uniform(0.0, 0.25))
    teeth = bays > 2 and rng.random() < 0.5
    for bay in range(bays):
        middle = pose.at(0, (bay + 0.5) * pitch - width / 2)
        for side in (-1, 1):
            half = middle(rectangle(length, pitch / 2, 0, side * pitch / 4))
            canvas.fill(half, sheet.lit(1 + side * slant))
        if teeth:
            glass = plain(pick(rng, str(rng.choice(["panel", "tank"]))))
            canvas.fill(middle(rectangle(length, pitch * 0.18, 0, pitch * 0.38)), glass)
        _cover(canvas, middle, length, pitch, pose.angle)
    if rng.random() < 0.5:
        edge = plain(sheet.lit(rng.uniform(0.7, 1.5)).colour)
        canvas.stroke(ring, max(0.6, canvas.pixels(0.4)), edge, closed=True, opacity=0.8)
    canvas.unshade(ring)


def _sheet(canvas: Canvas, angle: float) -> Finish:
    """Metal with seams, fibre cement, membrane; often weathered."""
    rng = canvas.rng
    colour = near(rng, pick(rng, str(rng.choice(["flat", "flat", "concrete", "tile", "plane"]))), 0.08)
    grains = (
        Grain(str(rng.choice(["cloud", "patchy", "pink"])), rng.uniform(0.0, 0.1), rng.uniform(0.5, 1.5)),
        Grain("fine", rng.uniform(0.0, 0.04)),
    )
    seam = canvas.pixels(rng.choice([0.5, 1.0, 2.0, 6.0]))
    rows = (Rows(seam, angle, rng.uniform(0.0, 0.12), 2.0, thin=bool(rng.random() < 0.5)),)
    return Finish(colour, grains, rows if rng.random() < 0.8 else ())


def _cover(canvas: Canvas, bay: Pose, length: float, pitch: float, angle: float) -> None:
    """Panels in rows over most of a bay, skylight strips across or along it, vents on its ridge."""
    rng = canvas.rng
    draw = rng.random()
    if draw < 0.55:
        _rows_of_panels(canvas, bay, length, pitch)
    elif draw < 0.75:
        glass = plain(near(rng, pick(rng, str(rng.choice(["tank", "panel", "plane"]))), 0.1))
        gap = canvas.pixels(rng.uniform(4, 9))
        across = pitch * rng.uniform(0.25, 0.8)
        for index in range(int(min(length * 0.9 / gap, 30))):
            x = (index + 0.5) * gap - length * 0.45
            canvas.fill(bay.at(x, 0)(rectangle(canvas.pixels(1.2), across)), glass, opacity=0.85)
    if rng.random() < 0.4:
        strip = bay(rectangle(length * rng.uniform(0.5, 0.95), max(1.0, canvas.pixels(1.5))))
        canvas.fill(strip, plain(pick(rng, str(rng.choice(["tank", "plane", "panel"])))), opacity=0.9)
    for _ in range(int(rng.integers(0, 6))):
        x, y = rng.uniform(-0.45, 0.45, 2) * (length, pitch)
        box = bay.at(x, y)(
            rectangle(canvas.pixels(rng.uniform(0.8, 3.0)), canvas.pixels(rng.uniform(0.8, 2.5)))
        )
        roofs.raised(canvas, box, rng.uniform(0.4, 2.0), grained(canvas, "flat"))


def _rows_of_panels(canvas: Canvas, bay: Pose, length: float, pitch: float) -> None:
    """Rows along or across the bay, dense or with gaps as wide as they are, some rows cut short."""
    rng = canvas.rng
    along = rng.random() < 0.5
    span, reach = (length, pitch) if along else (pitch, length)
    row = canvas.pixels(rng.uniform(1.5, 4.5))
    step = row * rng.choice([1.02, 1.3, 2.0, 2.6])
    angle = 0.0 if along else np.pi / 2
    glass = panels.finish(canvas, bay.angle + angle)
    share = rng.uniform(0.6, 0.96)
    count = int(min(reach * rng.uniform(0.5, 0.95) / step, 40))
    for index in range(count):
        offset = (index - (count - 1) / 2) * step
        spot = bay.at(0, offset) if along else bay.at(offset, 0, angle)
        part = share * (1 if rng.random() < 0.8 else rng.uniform(0.4, 1))
        canvas.fill(spot(rectangle(span * part, row)), glass)
