"""Old towns and new estates: buildings wall to wall, low ones in the shade of high ones, annexes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from training.scenes import canopy, dressing, ground, roofs, vehicles
from training.scenes.canvas import Canvas, plain
from training.scenes.colours import pick
from training.scenes.finish import Finish
from training.scenes.frame import Pose, rectangle
from training.scenes.placing import Plots
from training.scenes.surfaces import flat_roof, grained, surface


@dataclass(frozen=True)
class Building:
    """A building before it is painted: where it stands, its sides and its height, in pixels."""

    pose: Pose
    length: float
    width: float
    height: float
    paint: Callable[[Canvas, Building], None]


def quarter(canvas: Canvas) -> None:
    """Blocks around courts, rows along streets, and villas with annexes."""
    rng = canvas.rng
    size = canvas.size
    deep = size * np.exp(rng.uniform(np.log(0.035), np.log(0.17)))
    canvas.gsd = max(0.05, rng.uniform(9, 14) / deep)
    ground.lay(canvas, str(rng.choice(["paved", "asphalt", "grass", "concrete", "meadow"])), "grass")
    ground.parcels(canvas, 0.4)
    plots, angle = Plots(rng, size), rng.uniform(0, np.pi)
    ground.road(canvas, ground.curve(canvas, 0.12), canvas.pixels(rng.uniform(5, 10)))
    covers = [roofs.cover(canvas) for _ in range(int(rng.integers(1, 4)))]
    standing: list[Building] = []
    for _ in range(int(min(24, 0.12 * (size / deep) ** 2 + 2))):
        kind = rng.random()
        if kind < 0.35:
            standing += _block(canvas, plots, deep, angle, covers)
        elif kind < 0.6:
            standing += _terrace(canvas, plots, deep, angle, covers)
        else:
            standing += _villa(canvas, plots, deep, angle, covers)
    # The low ones first: the shadow of a high one then falls on its neighbours' roofs.
    for building in sorted(standing, key=lambda building: building.height):
        building.paint(canvas, building)
    _street_life(canvas, plots)
    canopy.overhang(canvas, canopy.somewhere(canvas, int(rng.integers(0, 14))), rng.uniform(3, 8))


def _pitched(cover: roofs.Cover, hip: float) -> Callable[[Canvas, Building], None]:
    """Paints a pitched roof; ``hip`` is the share of the width by which its ridge stops short."""

    def paint(canvas: Canvas, building: Building) -> None:
        ring = building.pose(rectangle(building.length, building.width))
        canvas.shadow(ring, building.height)
        instance = canvas.add("roof")
        short = min(hip * building.width, 0.49 * building.length)
        roofs.gable(canvas, building.pose, building.length, building.width, cover, instance, short)
        if building.width > 12:
            dressing.dress(canvas, building.pose, building.length, building.width, cover, instance)

    return paint


def _flat(finish: Finish, parapet: bool) -> Callable[[Canvas, Building], None]:
    """Paints a flat roof, perhaps with a parapet and a planted or paved part inside it."""

    def paint(canvas: Canvas, building: Building) -> None:
        rng = canvas.rng
        ring = building.pose(rectangle(building.length, building.width))
        canvas.shadow(ring, building.height)
        canvas.fill(ring, finish, canvas.add("roof"))
        if parapet:
            edge = plain(finish.lit(rng.uniform(0.7, 1.4)).colour)
            canvas.stroke(ring, max(0.7, canvas.pixels(0.4)), edge, closed=True)
        if min(building.length, building.width) > 12 and rng.random() < 0.6:
            share = rng.uniform(0.5, 0.85, 2)
            inner = building.pose(rectangle(building.length * share[0], building.width * share[1]))
            kind = str(rng.choice(["grass", "gravel", "paved", "meadow"]))
            canvas.fill(inner, surface(canvas, kind), opacity=rng.uniform(0.6, 1))
            for _ in range(int(rng.integers(0, 6))):
                spot = building.pose.at(*(rng.uniform(-0.35, 0.35, 2) * (building.length, building.width)))
                box = spot(rectangle(canvas.pixels(rng.uniform(0.8, 3)), canvas.pixels(rng.uniform(0.8, 2))))
                roofs.raised(canvas, box, rng.uniform(0.5, 2.5), grained(canvas, "flat"))

    return paint


def _any(canvas: Canvas, covers: list[roofs.Cover], hips: float) -> Callable[[Canvas, Building], None]:
    rng = canvas.rng
    if rng.random() < 0.25:
        return _flat(flat_roof(canvas, rng.uniform(0, np.pi)), bool(rng.random() < 0.7))
    cover = covers[int(rng.integers(len(covers)))] if rng.random() < 0.75 else roofs.cover(canvas)
    return _pitched(cover, float(rng.uniform(0.3, 0.5)) if rng.random() < hips else 0.0)


def _chain(
    canvas: Canvas, pose: Pose, length: float, deep: float, covers: list[roofs.Cover]
) -> list[Building]:
    """Buildings wall to wall along local x, of several widths and heights, their fronts nearly in line."""
    rng = canvas.rng
    found, x = [], -length / 2
    while length / 2 - x > 0.3 * deep:
        step = min(deep * np.exp(rng.normal(0.1, 0.4)), length / 2 - x)
        if length / 2 - x - step < 0.3 * deep:
            step = length / 2 - x
        width = deep * (1 if rng.random() < 0.6 else rng.uniform(0.75, 1.1))
        spot = pose.at(x + step / 2, rng.choice([0.0, rng.normal(0, 0.04)]) * deep)
        found.append(Building(spot, step, width, _tall(canvas), _any(canvas, covers, 0.1)))
        x += step
    return found


def _tall(canvas: Canvas) -> float:
    return canvas.pixels(float(np.exp(canvas.rng.uniform(np.log(3.5), np.log(18)))))


def _block(
    canvas: Canvas, plots: Plots, deep: float, angle: float, covers: list[roofs.Cover]
) -> list[Building]:
    """Four chains around a court; the short ones stand between the long ones."""
    rng = canvas.rng
    length, width = deep * rng.uniform(4, 8), deep * rng.uniform(3.2, 5.5)
    pose = plots.find(length, width, angle + rng.normal(0, 0.03))
    if pose is None:
        return []
    kind = str(rng.choice(["grass", "paved", "gravel", "concrete"]))
    canvas.fill(pose(rectangle(length - deep, width - deep)), surface(canvas, kind))
    found = []
    for side in (-1, 1):
        found += _chain(canvas, pose.at(0, side * (width - deep) / 2), length, deep, covers)
        if rng.random() < 0.8:
            spot = pose.at(side * (length - deep) / 2, 0, np.pi / 2)
            found += _chain(canvas, spot, width - 2 * deep, deep, covers)
    for _ in range(int(rng.integers(0, 5))):
        x, y = rng.uniform(-0.5, 0.5, 2) * (length - 3 * deep, width - 3 * deep)
        sides = deep * rng.uniform(0.25, 0.8, 2)
        low = canvas.pixels(rng.uniform(2.2, 3.5))
        shed = _any(canvas, covers, 0.1)
        found.append(Building(pose.at(x, y, np.pi / 2 * rng.integers(2)), sides[0], sides[1], low, shed))
    return found


def _terrace(
    canvas: Canvas, plots: Plots, deep: float, angle: float, covers: list[roofs.Cover]
) -> list[Building]:
    """One row without gaps, alike or not."""
    rng = canvas.rng
    length = deep * rng.uniform(3, 9)
    pose = plots.find(length, deep * 1.1, angle + rng.choice([0, np.pi / 2]) + rng.normal(0, 0.03))
    if pose is None:
        return []
    if rng.random() < 0.5:
        return _chain(canvas, pose, length, deep, covers)
    count = int(rng.integers(3, 10))
    paint, tall = _any(canvas, covers, 0.0), _tall(canvas)
    turn, step = np.pi / 2 * rng.integers(2), length / count
    sides = (deep, step) if turn else (step, deep)
    places = [pose.at((index + 0.5) * step - length / 2, 0, turn) for index in range(count)]
    return [Building(place, *sides, tall * rng.uniform(0.95, 1.05), paint) for place in places]


def _villa(
    canvas: Canvas, plots: Plots, deep: float, angle: float, covers: list[roofs.Cover]
) -> list[Building]:
    """A hipped or flat house, its terrace, and an annex of another look that touches it."""
    rng = canvas.rng
    length, width = deep * rng.uniform(0.9, 1.8), deep * rng.uniform(0.7, 1.1)
    pose = plots.find(length * 1.7, width * 1.7, angle + rng.choice([0, np.pi / 2]) + rng.normal(0, 0.05))
    if pose is None:
        return []
    if rng.random() < 0.6:
        terrace = pose(rectangle(length * 0.7, width * 0.5, 0, width * 0.65))
        canvas.fill(terrace, surface(canvas, str(rng.choice(["paved", "concrete"]))))
        if rng.random() < 0.5:
            wall = plain(pick(rng, "plane"))
            canvas.stroke(terrace, max(0.6, canvas.pixels(0.25)), wall, closed=True)
    found = [Building(pose, length, width, _tall(canvas) * 0.6, _any(canvas, covers, 0.6))]
    if rng.random() < 0.6:
        long, wide = length * rng.uniform(0.3, 0.5), width * rng.uniform(0.4, 0.9)
        spot = pose.at(rng.choice([-1, 1]) * (length + long) / 2, rng.uniform(-0.3, 0.3) * (width - wide))
        low = canvas.pixels(rng.uniform(2.3, 3.5))
        found.append(Building(spot, long, wide, low, _any(canvas, covers, 0.2)))
    return found


def _street_life(canvas: Canvas, plots: Plots) -> None:
    """Cars, one by one and in rows."""
    rng = canvas.rng
    car = canvas.pixels(1.9)
    if car < 3:
        return
    for _ in range(int(rng.integers(0, 4))):
        pose = plots.find(car * 6, car * 2.6)
        if pose is not None:
            vehicles.parking_row(canvas, pose, int(rng.integers(2, 6)), car)
