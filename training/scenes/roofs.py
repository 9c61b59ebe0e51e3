"""Buildings from above: gabled, hipped and flat roofs, wings, rows of houses, and what stands on roofs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from training.scenes import panels
from training.scenes.canvas import Canvas, plain
from training.scenes.colours import pick
from training.scenes.finish import Finish, Grain, Rows
from training.scenes.frame import Pose, ellipse, rectangle
from training.scenes.surfaces import flat_roof, grained, photograph


@dataclass(frozen=True)
class Cover:
    """What a pitched roof is covered with, and how steep it is."""

    finish: Finish
    course: float
    """Distance between tile rows, in pixels."""
    contrast: float
    """Contrast of the tile rows."""
    pitch: float
    """How much the light differs between the slope in the sun and the one in the shade."""
    ridge: float
    """Light of the ridge line relative to the roof."""


def cover(canvas: Canvas) -> Cover:
    """A random covering: tiles, slate, sheet metal, thatch."""
    rng = canvas.rng
    grains = (
        Grain(str(rng.choice(["fine", "pink", "white"])), rng.uniform(0.01, 0.10)),
        Grain(
            str(rng.choice(["cloud", "patchy", "blotch", "slabs"])),
            rng.uniform(0.0, 0.08),
            rng.uniform(0.3, 1.0),
        ),
    )
    base = photograph(canvas) or Finish(pick(rng, "tile"), grains)
    return Cover(
        replace(base, colour=pick(rng, "tile")),
        canvas.pixels(rng.choice([0.35, 0.4, 0.8, 1.5])),
        rng.uniform(0.0, 0.12),
        float(np.clip(rng.normal(0.28, 0.17), 0.0, 0.7)),
        1 + rng.normal(0.08, 0.12),
    )


def _slope(canvas: Canvas, ring: np.ndarray, fall: np.ndarray, cover: Cover, instance: int) -> None:
    """One plane of a roof. ``fall`` is the unit direction in which it descends, in image axes."""
    towards_sun = -np.array([np.cos(canvas.sun.azimuth), np.sin(canvas.sun.azimuth)])
    light = 1 + cover.pitch * float(fall @ towards_sun)
    rows = (Rows(cover.course, float(np.arctan2(fall[1], fall[0])), cover.contrast, 0.5, 0.0),)
    canvas.fill(ring, replace(cover.finish.lit(light), rows=rows), instance)


def gable(
    canvas: Canvas, pose: Pose, length: float, width: float, cover: Cover, instance: int, hip: float
) -> None:
    """A pitched roof over a rectangle; ``hip`` is how far the ridge stops short of the ends (pixels)."""
    a, b = length / 2, width / 2
    r = a - hip
    corners = pose([[-a, -b], [a, -b], [a, b], [-a, b]])
    ridge = pose([[-r, 0], [r, 0]])
    down = pose([[0, 1]])[0] - (pose.x, pose.y)
    along = pose([[1, 0]])[0] - (pose.x, pose.y)
    canvas.fill(corners, cover.finish, instance)
    _slope(canvas, np.array([corners[0], corners[1], ridge[1], ridge[0]]), -down, cover, instance)
    _slope(canvas, np.array([corners[3], corners[2], ridge[1], ridge[0]]), down, cover, instance)
    if hip > 1:
        _slope(canvas, np.array([corners[1], corners[2], ridge[1]]), along, cover, instance)
        _slope(canvas, np.array([corners[3], corners[0], ridge[0]]), -along, cover, instance)
    if width > 8:
        line = plain(cover.finish.lit(cover.ridge).colour)
        canvas.stroke(ridge, max(0.6, canvas.pixels(0.3)), line, opacity=0.7)


def _wing(canvas: Canvas, pose: Pose, reach: float, width: float, cover: Cover, instance: int) -> None:
    """A gabled wing that grows along local +x from an eave at x = 0; its ridge runs back into the roof."""
    b = width / 2
    points = pose([[0, -b], [reach, -b], [reach, 0], [-b, 0], [reach, b], [0, b]])
    down = pose([[0, 1]])[0] - (pose.x, pose.y)
    _slope(canvas, points[[0, 1, 2, 3]], -down, cover, instance)
    _slope(canvas, points[[5, 4, 2, 3]], down, cover, instance)
    if width > 8:
        line = plain(cover.finish.lit(cover.ridge).colour)
        canvas.stroke(points[[2, 3]], max(0.6, canvas.pixels(0.3)), line, opacity=0.7)


def house(canvas: Canvas, pose: Pose, length: float, width: float, cover: Cover) -> None:
    """A house with a pitched roof, perhaps with wings, and its shadow."""
    rng = canvas.rng
    instance = canvas.add("roof")
    height = canvas.pixels(rng.uniform(3, 9))
    wings = _wings(rng, length, width) if rng.random() < 0.5 else []
    canvas.shadow(pose(rectangle(length, width)), height)
    for x, side, reach, span in wings:
        canvas.shadow(
            pose.at(x, side * width / 2, side * np.pi / 2)(rectangle(reach, span, reach / 2)), height * 0.9
        )
    eave = pose(rectangle(length, width))
    _facade(canvas, eave, height)
    hip = rng.choice([0.0, 0.0, 0.5, 0.25]) * width
    gable(canvas, pose, length, width, cover, instance, min(hip, 0.49 * length))
    for x, side, reach, span in wings:
        _wing(canvas, pose.at(x, side * width / 2, side * np.pi / 2), reach, span, cover, instance)
    if width > 14:
        _pitched_furniture(canvas, pose, length, width, cover)


def _facade(canvas: Canvas, ring: np.ndarray, height: float) -> None:
    """The wall an oblique view shows on one side of the roof."""
    rng = canvas.rng
    lean = rng.uniform(0, 0.15) * height
    if lean > 0.7:
        angle = rng.uniform(0, 2 * np.pi)
        canvas.fill(ring + lean * np.array([np.cos(angle), np.sin(angle)]), grained(canvas, "concrete"))


def _wings(rng: np.random.Generator, length: float, width: float) -> list[tuple[float, int, float, float]]:
    """(x, side, reach, span) of one or two wings: L, T and U shapes."""
    span = width * rng.uniform(0.5, 0.95)
    if span > length * 0.6:
        return []
    reach = width * rng.uniform(0.3, 1.2)
    side = int(rng.choice([-1, 1]))
    end = (length - span) / 2
    plan = rng.random()
    if plan < 0.4:
        return [(end, side, reach, span)]
    if plan < 0.7 or 2 * span > length * 0.9:
        return [(rng.uniform(-0.6, 0.6) * end, side, reach, span)]
    return [(end, side, reach, span), (-end, side, reach, span)]


def _pitched_furniture(canvas: Canvas, pose: Pose, length: float, width: float, cover: Cover) -> None:
    """Chimneys, skylights, dormers and solar panels; they stay part of the roof."""
    rng = canvas.rng
    side = int(rng.choice([-1, 1]))
    if rng.random() < 0.4:
        long, deep = length * rng.uniform(0.2, 0.7), width * rng.uniform(0.15, 0.33)
        panels.array(canvas, pose.at(rng.uniform(-0.1, 0.1) * length, side * width * 0.24), long, deep, 0)
    for _ in range(int(rng.integers(0, 4))):
        spot = pose.at(rng.uniform(-0.4, 0.4) * length, -side * width * rng.uniform(0.1, 0.4))
        long, deep = canvas.pixels(rng.uniform(0.6, 1.4)), canvas.pixels(rng.uniform(0.5, 1.0))
        canvas.fill(spot(rectangle(long, deep)), plain(pick(rng, str(rng.choice(["flat", "panel"])))))
    for _ in range(int(rng.integers(0, 3))):
        spot = pose.at(rng.uniform(-0.4, 0.4) * length, rng.uniform(-0.25, 0.25) * width)
        raised(canvas, spot(rectangle(canvas.pixels(0.9), canvas.pixels(0.7))), 1.3, grained(canvas, "tile"))
    if rng.random() < 0.25:
        _dormers(canvas, pose, length, width, cover)


def _dormers(canvas: Canvas, pose: Pose, length: float, width: float, cover: Cover) -> None:
    count = int(canvas.rng.integers(1, 4))
    span = min(canvas.pixels(2.2), 0.6 * length / count)
    for i in range(count):
        x = ((i + 0.5) / count - 0.5) * 0.8 * length
        spot = pose.at(x, 0.22 * width, np.pi / 2)
        ring = spot(rectangle(width * 0.3, span))
        canvas.shadow(ring, canvas.pixels(0.8))
        gable(canvas, spot, width * 0.3, span, cover, len(canvas.classes), 0.0)


def raised(canvas: Canvas, ring: np.ndarray, metres: float, finish: Finish) -> None:
    """A box that stands on a roof or on the ground and casts a shadow, part of what it stands on."""
    canvas.shadow(ring, canvas.pixels(metres))
    canvas.fill(ring, finish)
    canvas.unshade(ring)


def flat(canvas: Canvas, pose: Pose, length: float, width: float) -> None:
    """A flat roof: parapet, membrane or gravel, plant boxes, skylights, panels; perhaps an L or U plan."""
    rng = canvas.rng
    instance = canvas.add("roof")
    ring = pose(plan(rng, length, width))
    height = canvas.pixels(np.exp(rng.uniform(np.log(3), np.log(25))))
    canvas.shadow(ring, min(height, canvas.size * 0.12))
    _facade(canvas, ring, height)
    finish = flat_roof(canvas, pose.angle)
    canvas.fill(ring, finish, instance)
    if rng.random() < 0.65:
        edge = finish.lit(rng.uniform(0.6, 1.5))
        canvas.stroke(ring, max(0.7, canvas.pixels(rng.uniform(0.3, 0.8))), plain(edge.colour), closed=True)
        # The parapet is centred on the outline; painting the outline again keeps the mask as it was.
    if min(length, width) > 14:
        if len(ring) == 4 and rng.random() < 0.4:
            _storey(canvas, pose, length, width)
        _flat_furniture(canvas, pose, length, width)


def _storey(canvas: Canvas, pose: Pose, length: float, width: float) -> None:
    """A higher part with a roof of its own look: the building stays one object."""
    rng = canvas.rng
    long, deep = length * rng.uniform(0.3, 0.6), width * rng.uniform(0.5, 1.0)
    spot = pose.at(rng.uniform(-0.5, 0.5) * (length - long), rng.uniform(-0.5, 0.5) * (width - deep))
    raised(canvas, spot(rectangle(long, deep)), rng.uniform(1, 5), flat_roof(canvas, pose.angle))


def plan(rng: np.random.Generator, length: float, width: float) -> np.ndarray:
    """A rectangle, or an L, T, U or stepped outline inside it."""
    a, b = length / 2, width / 2
    draw = rng.random()
    x, y = rng.uniform(-0.4, 0.4) * a, rng.uniform(-0.4, 0.4) * b
    if draw < 0.5:
        return rectangle(length, width)
    if draw < 0.7:
        return np.array([[-a, -b], [a, -b], [a, y], [x, y], [x, b], [-a, b]])
    if draw < 0.82:
        w = 0.35 * a
        return np.array([[-a, -b], [a, -b], [a, b], [a - w, b], [a - w, y], [w - a, y], [w - a, b], [-a, b]])
    if draw < 0.94:
        w = rng.uniform(0.2, 0.5) * a
        return np.array([[-a, -b], [a, -b], [a, y], [x + w, y], [x + w, b], [x - w, b], [x - w, y], [-a, y]])
    return np.array(
        [[-a, -b], [x, -b], [x, -b * 0.7], [a, -b * 0.7], [a, b], [-a * 0.5, b], [-a * 0.5, y], [-a, y]]
    )


def _flat_furniture(canvas: Canvas, pose: Pose, length: float, width: float) -> None:
    rng = canvas.rng
    if rng.random() < 0.3:
        panels.array(
            canvas, pose, length * rng.uniform(0.3, 0.7), width * rng.uniform(0.3, 0.7), 0, gaps=True
        )
    for _ in range(int(rng.integers(0, 9))):
        spot = pose.at(rng.uniform(-0.4, 0.4) * length, rng.uniform(-0.4, 0.4) * width)
        side = canvas.pixels(np.exp(rng.uniform(np.log(0.8), np.log(4.0))))
        side = min(side, 0.25 * min(length, width))
        ring = spot(
            rectangle(side * rng.uniform(0.7, 2), side) if rng.random() < 0.8 else ellipse(side / 2, side / 2)
        )
        if canvas.box(ring) is not None and _on_roof(canvas, ring):
            raised(canvas, ring, rng.uniform(0.3, 2.0), grained(canvas, "flat"))


def _on_roof(canvas: Canvas, ring: np.ndarray) -> bool:
    """Whether every corner lies on the object painted last."""
    at = np.clip(np.floor(ring).astype(int), 0, canvas.size - 1)
    return bool((canvas.instances[at[:, 1], at[:, 0]] == len(canvas.classes)).all())


def row(canvas: Canvas, pose: Pose, length: float, width: float) -> None:
    """Row houses along local x: each its own roof, touching the next, alike or not."""
    rng = canvas.rng
    count = int(rng.integers(2, 8))
    shared = cover(canvas)
    alike = rng.random() < 0.6
    step = length / count
    across = rng.random() < 0.3
    for i in range(count):
        finish = shared if alike else cover(canvas)
        finish = replace(finish, finish=finish.finish.lit(rng.normal(1, 0.08)))
        deep = width * (1 if rng.random() < 0.6 else rng.uniform(0.8, 1.1))
        spot = pose.at(
            (i + 0.5) * step - length / 2, rng.normal(0, 0.03) * width, np.pi / 2 if across else 0.0
        )
        instance = canvas.add("roof")
        long, wide = (deep, step) if across else (step, deep)
        canvas.shadow(spot(rectangle(long, wide)), canvas.pixels(rng.uniform(4, 8)))
        gable(canvas, spot, long, wide, finish, instance, 0.0)
        if wide > 14:
            _pitched_furniture(canvas, spot, long, wide, finish)
